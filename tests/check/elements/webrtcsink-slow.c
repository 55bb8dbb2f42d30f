/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What takes its time: limits that a test has to wait for. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

/* Until an answer, and until ICE and DTLS are done, there are 10 s */
static void
assert_given_up (Consumer * consumer, SinkHarness * h, const gchar * reason)
{
  Consumer *watcher = sink_harness_join_and_wait (h, "watcher");
  g_autofree gchar *call = NULL;
  gint64 took;

  consumer_join (consumer, sink_harness_get_signaller (h));
  call = fake_signaller_wait (sink_harness_get_signaller (h),
      "end-session late");
  took = g_get_monotonic_time () - consumer_get_join_time (consumer);
  fail_unless (strstr (call, reason) != NULL, "%s", call);
  fail_unless (took > 2 * G_TIME_SPAN_SECOND && took < 13 * G_TIME_SPAN_SECOND);
  sink_harness_wait (h, "consumer-removed", 1);
  consumer_forget (watcher);
  consumer_wait_frames (watcher, 0, 10);

  consumer_vanish (consumer);
  consumer_leave (watcher);
  g_object_unref (watcher);
}

GST_START_TEST (never_answers)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_consumer (h, "late");

  consumer_never_answer (consumer);
  assert_given_up (consumer, h, "did not connect within 10000 ms");
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Nobody can check a candidate with another password */
static gchar *
spoil_password (gchar * text)
{
  gchar *password = strstr (text, "a=ice-pwd:");

  fail_unless (password != NULL);
  password[strlen ("a=ice-pwd:")] ^= 1;

  return text;
}

GST_START_TEST (never_connects)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_consumer (h, "late");
  ConsumerStats stats;

  consumer_edit_answer (consumer, spoil_password);
  assert_given_up (consumer, h, "ICE found no way");
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_int (stats.n_packets, 0);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Who watches is not ended by the limit */
GST_START_TEST (limit_is_for_negotiation)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join (h, "one");

  consumer_wait_frames (consumer, 0, 12 * 30);
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed"), 0);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsink_slow_suite (void)
{
  Suite *s = suite_create ("webrtcsink-slow");
  TCase *limits = tcase_create ("limits");

  suite_add_tcase (s, limits);
  tcase_add_checked_fixture (limits, NULL, wait_for_threads);
  tcase_add_test (limits, never_answers);
  tcase_add_test (limits, never_connects);
  tcase_add_test (limits, limit_is_for_negotiation);

  return s;
}

GST_CHECK_MAIN (webrtcsink_slow);
