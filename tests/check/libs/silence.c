/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>

#include <gst/webrtc/silence.h>

/* microseconds */
#define MS G_TIME_SPAN_MILLISECOND
#define START G_GINT64_CONSTANT (1000000000)

static GstRtcSilence silence;

static void
hear_rtcp_every (gint from_ms, gint until_ms, gint interval_ms)
{
  for (gint t = from_ms; t <= until_ms; t += interval_ms)
    gst_rtc_silence_heard (&silence, START + t * MS, TRUE);
}

GST_START_TEST (test_without_rtcp_nothing_is_expected)
{
  gst_rtc_silence_init (&silence, START);
  fail_unless_equals_int (gst_rtc_silence_check (&silence,
          START + 60000 * MS), 0);

  gst_rtc_silence_heard (&silence, START + 100 * MS, FALSE);
  fail_unless_equals_int (gst_rtc_silence_check (&silence,
          START + 60000 * MS), 0);
}

GST_END_TEST;

GST_START_TEST (test_frequent_peer_is_missed_after_four_seconds)
{
  gst_rtc_silence_init (&silence, START);
  hear_rtcp_every (0, 5000, 80);

  fail_unless_equals_int (gst_rtc_silence_check (&silence,
          START + (4960 + 3990) * MS), 0);
  fail_unless (gst_rtc_silence_check (&silence,
          START + (4960 + 4010) * MS) > 4000);
}

GST_END_TEST;

GST_START_TEST (test_limit_follows_the_longest_gap)
{
  gst_rtc_silence_init (&silence, START);
  hear_rtcp_every (0, 9000, 1500);

  fail_unless_equals_int (gst_rtc_silence_check (&silence,
          START + (9000 + 5900) * MS), 0);
  fail_unless (gst_rtc_silence_check (&silence,
          START + (9000 + 6100) * MS) > 0);
}

GST_END_TEST;

GST_START_TEST (test_limit_has_an_upper_end)
{
  gst_rtc_silence_init (&silence, START);
  hear_rtcp_every (0, 21000, 7000);

  fail_unless_equals_int (gst_rtc_silence_check (&silence,
          START + (21000 + 9900) * MS), 0);
  fail_unless (gst_rtc_silence_check (&silence,
          START + (21000 + 10100) * MS) > 0);
}

GST_END_TEST;

GST_START_TEST (test_any_packet_ends_the_silence)
{
  gst_rtc_silence_init (&silence, START);
  hear_rtcp_every (0, 1000, 100);
  gst_rtc_silence_heard (&silence, START + 4500 * MS, FALSE);

  fail_unless_equals_int (gst_rtc_silence_check (&silence,
          START + 5500 * MS), 0);
}

GST_END_TEST;

static Suite *
silence_suite (void)
{
  Suite *suite = suite_create ("silence");
  TCase *tc = tcase_create ("silence");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_without_rtcp_nothing_is_expected);
  tcase_add_test (tc, test_frequent_peer_is_missed_after_four_seconds);
  tcase_add_test (tc, test_limit_follows_the_longest_gap);
  tcase_add_test (tc, test_limit_has_an_upper_end);
  tcase_add_test (tc, test_any_packet_ends_the_silence);

  return suite;
}

GST_CHECK_MAIN (silence);
