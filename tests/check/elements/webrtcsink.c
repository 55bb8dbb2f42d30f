/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>

/* Life */

GST_START_TEST (consumer_gets_frames)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join (h, "one");
  ConsumerStats stats;

  consumer_wait_frames (consumer, 0, 30);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, "VP8");
  fail_unless_equals_int (stats.width, 320);
  fail_unless_equals_int (stats.height, 240);
  fail_unless_equals_int (stats.n_holes, 0);
  fail_unless (stats.key_first);

  consumer_leave (consumer);
  sink_harness_wait (h, "consumer-removed peer-one", 1);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsink_suite (void)
{
  Suite *s = suite_create ("webrtcsink");
  TCase *life = tcase_create ("life");

  suite_add_tcase (s, life);
  tcase_add_test (life, consumer_gets_frames);

  return s;
}

GST_CHECK_MAIN (webrtcsink);
