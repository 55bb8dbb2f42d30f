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

static const struct
{
  const gchar *name;
  gint interval;                /* ms */
  gint n;                       /* RTCP packets */
  gint limit;                   /* ms of silence that are too long */
} peers[] = {
  {"transport-wide feedback", 80, 60, 8000},
  {"no RTP flows", 1500, 30, 8000},
  {"loses some", 4000, 30, 12000},
  {"a plain webrtcbin", 7500, 30, 22500},
  {"slower than anybody", 20000, 30, 30000},
  {"hardly known", 80, 15, 20000 - 14 * 80},
};

GST_START_TEST (test_limit)
{
  const gint last = (peers[__i__].n - 1) * peers[__i__].interval;

  gst_rtc_silence_init (&silence, START);
  hear_rtcp_every (0, last, peers[__i__].interval);

  fail_unless (gst_rtc_silence_check (&silence,
          START + (last + peers[__i__].limit - 50) * MS) == 0, "%s",
      peers[__i__].name);
  fail_unless (gst_rtc_silence_check (&silence,
          START + (last + peers[__i__].limit + 50) * MS) > 0, "%s",
      peers[__i__].name);
}

GST_END_TEST;

GST_START_TEST (test_any_packet_ends_the_silence)
{
  gst_rtc_silence_init (&silence, START);
  hear_rtcp_every (0, 5000, 100);
  gst_rtc_silence_heard (&silence, START + 12500 * MS, FALSE);

  fail_unless_equals_int (gst_rtc_silence_check (&silence,
          START + 13500 * MS), 0);
}

GST_END_TEST;

static Suite *
silence_suite (void)
{
  Suite *suite = suite_create ("silence");
  TCase *tc = tcase_create ("silence");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_without_rtcp_nothing_is_expected);
  tcase_add_loop_test (tc, test_limit, 0, G_N_ELEMENTS (peers));
  tcase_add_test (tc, test_any_packet_ends_the_silence);

  return suite;
}

GST_CHECK_MAIN (silence);
