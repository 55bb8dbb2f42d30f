/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the fuzzer does to the hub (tests/fuzz/hub.c: a model beside it says
 * what must hold), with random scripts of peers that come, go, come back and
 * speak. The seed of a script that fails is in the log; HUB_SEED runs it
 * alone. */

#include <gst/check/gstcheck.h>

#include "tests/fuzz/common.h"

#define N_SCRIPTS 400
#define MAX_BYTES 1200

static void
run_script (guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  const gsize size = g_rand_int_range (rand, 1, MAX_BYTES);
  g_autofree guint8 *data = g_malloc (size);

  GST_INFO ("seed %u", seed);
  for (gsize i = 0; i < size; i++)
    data[i] = g_rand_int (rand);
  LLVMFuzzerTestOneInput (data, size);
}

GST_START_TEST (random_scripts)
{
  const gchar *seed = g_getenv ("HUB_SEED");

  if (seed) {
    run_script (g_ascii_strtoull (seed, NULL, 10));
    return;
  }
  for (guint i = 0; i < N_SCRIPTS; i++)
    run_script (g_random_int ());
}

GST_END_TEST;

static Suite *
hubrandom_suite (void)
{
  Suite *suite = suite_create ("hubrandom");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, random_scripts);

  return suite;
}

GST_CHECK_MAIN (hubrandom);
