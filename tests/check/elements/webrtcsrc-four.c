/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Four sources in one process, each with a producer of its own, that start and
 * stop in an order by chance: whatever one does, the others play on. The seed
 * is always the same and is told when it fails; another one can be given in
 * GST_RTC_SEED.
 */

#include "tests/check/common/srcharness.h"
#include "tests/check/common/threads.h"

#include <gst/check/gstcheck.h>
#include <stdlib.h>

#define N_SOURCES 4
#define N_MOVES 16
#define SEED 20261123

/* The element goes on without a session that has not ended by then */
#define HUNG (5 * G_USEC_PER_SEC)

static const gchar *const streams[N_SOURCES] = {
  "videotestsrc is-live=true pattern=ball ! "
      "video/x-raw,width=160,height=120,framerate=30/1 ! vp8enc deadline=1 "
      "keyframe-max-dist=30 ! rtpvp8pay pt=96 ! webrtcbin. ",
  "videotestsrc is-live=true pattern=ball ! "
      "video/x-raw,width=160,height=120,framerate=30/1 ! x264enc "
      "tune=zerolatency speed-preset=ultrafast key-int-max=30 ! "
      "video/x-h264,profile=constrained-baseline ! rtph264pay pt=98 ! "
      "webrtcbin. ",
  "videotestsrc is-live=true pattern=smpte ! "
      "video/x-raw,width=160,height=120,framerate=15/1 ! vp8enc deadline=1 "
      "keyframe-max-dist=15 ! rtpvp8pay pt=96 ! webrtcbin. " PRODUCER_OPUS,
  PRODUCER_OPUS,
};

static const gboolean has_video[N_SOURCES] = { TRUE, TRUE, TRUE, FALSE };

static SrcHarness *
start_source (guint i)
{
  SrcHarness *h = src_harness_new (NULL, streams[i]);

  src_harness_add_sink (h, "video", "videoconvert ! fakesink async=false");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink async=false");
  src_harness_start (h);

  return h;
}

/* Fails when it hangs */
static void
stop_source (SrcHarness * h)
{
  const gint64 start = g_get_monotonic_time ();

  src_harness_free (h);
  fail_unless (g_get_monotonic_time () - start < HUNG, "a stop took too long");
}

/* All that run play on, and none has anything to say */
static void
wait_for_all (SrcHarness ** sources)
{
  for (guint i = 0; i < N_SOURCES; i++) {
    if (sources[i])
      src_harness_forget_buffers (sources[i]);
  }
  for (guint i = 0; i < N_SOURCES; i++) {
    if (!sources[i])
      continue;
    src_harness_wait_buffers (sources[i], has_video[i], 3);
    fail_unless (gst_bus_pop_filtered (sources[i]->bus, GST_MESSAGE_ERROR |
            GST_MESSAGE_EOS) == NULL, "source %u is at its end", i);
  }
}

static guint32
get_seed (guint run)
{
  const gchar *given = g_getenv ("GST_RTC_SEED");

  return (given ? strtoul (given, NULL, 10) : SEED) + run;
}

GST_START_TEST (four_in_any_order)
{
  const guint32 seed = get_seed (__i__);
  GRand *rand = g_rand_new_with_seed (seed);
  SrcHarness *sources[N_SOURCES] = { NULL, };

  g_printerr ("seed %u:", seed);
  for (guint n = 0; n < N_MOVES; n++) {
    const guint i = g_rand_int_range (rand, 0, N_SOURCES);

    g_printerr (" %c%u", sources[i] ? '-' : '+', i);
    if (sources[i])
      g_clear_pointer (&sources[i], stop_source);
    else
      sources[i] = start_source (i);
    /* and now and then two at once */
    if (g_rand_boolean (rand))
      wait_for_all (sources);
  }
  for (guint i = 0; i < N_SOURCES; i++) {
    if (!sources[i])
      sources[i] = start_source (i);
  }
  wait_for_all (sources);
  for (guint i = 0; i < N_SOURCES; i++)
    stop_source (sources[i]);
  g_printerr ("\n");
  g_rand_free (rand);
}

GST_END_TEST;

static Suite *
webrtcsrc_four_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc-four");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 180);
  tcase_add_checked_fixture (tcase, NULL, wait_for_threads);
  tcase_add_loop_test (tcase, four_in_any_order, 0, 3);

  return suite;
}

GST_CHECK_MAIN (webrtcsrc_four);
