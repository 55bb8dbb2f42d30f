/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Congestion control by RTCP's reports. */

#include "gst/rtpgcc/gcc.h"
#include "gst/webrtc/rtcpreport.h"

#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>
#include <string.h>

#define MS GST_RTC_GCC_MS
#define SECOND GST_RTC_GCC_SECOND
#define START 2000000

/* One report a second, with as much sent as is reckoned with */
static guint64
report_for (GstRtcGcc * gcc, gint64 * now, guint seconds, gdouble loss,
    gint64 rtt, guint64 remb)
{
  const GstRtcPathReport report = { loss, rtt, remb, TRUE };

  for (guint i = 0; i < seconds; i++) {
    *now += SECOND;
    for (guint k = 0; k < 10; k++)
      gst_rtc_gcc_sent (gcc, *now, gcc->estimate / 80);
    gst_rtc_gcc_take_report (gcc, *now, &report);
  }

  return gcc->estimate;
}

static void
gcc_init (GstRtcGcc * gcc)
{
  gst_rtc_gcc_init (gcc, GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, START);
  gst_rtc_gcc_set_limits (gcc, 100000, 8000000);
}

static const struct
{
  const gchar *name;
  gdouble loss;
  gint64 rtt;
  guint64 remb;
  guint64 from;                 /* bit/s after ten seconds */
  guint64 to;
  GstRtcGccLimit limit;
} paths[] = {
  {"clear", 0, 50 * MS, 0, 3500000, 4400000, GST_RTC_GCC_LIMIT_APPLICATION},
  {"a little loss", 0.05, 50 * MS, 0, START, START,
      GST_RTC_GCC_LIMIT_APPLICATION},
  {"much loss", 0.2, 50 * MS, 0, 700000, 800000, GST_RTC_GCC_LIMIT_NETWORK},
  {"a limit", 0, 50 * MS, 500000, 500000, 500000, GST_RTC_GCC_LIMIT_NETWORK},
  {"a wide limit", 0, 50 * MS, 3000000, 3000000, 3000000,
      GST_RTC_GCC_LIMIT_NETWORK},
  {"a round trip that was never known", 0, 0, 0, 3500000, 4400000,
      GST_RTC_GCC_LIMIT_APPLICATION},
};

GST_START_TEST (ten_seconds)
{
  GstRtcGcc gcc;
  gint64 now = 0;
  guint64 rate;

  gcc_init (&gcc);
  report_for (&gcc, &now, 1, 0, paths[__i__].rtt, 0);
  rate = report_for (&gcc, &now, 9, paths[__i__].loss, paths[__i__].rtt,
      paths[__i__].remb);
  fail_unless (rate >= paths[__i__].from && rate <= paths[__i__].to,
      "%s: %" G_GUINT64_FORMAT, paths[__i__].name, rate);
  fail_unless_equals_int (gcc.limit, paths[__i__].limit);
}

GST_END_TEST;

/* Down with the queue, and up again without it */
GST_START_TEST (queue_and_back)
{
  GstRtcGcc gcc;
  gint64 now = 0;
  guint64 low, high;

  gcc_init (&gcc);
  report_for (&gcc, &now, 1, 0, 40 * MS, 0);
  low = report_for (&gcc, &now, 5, 0, 300 * MS, 0);
  fail_unless (low < START / 2, "%" G_GUINT64_FORMAT, low);
  high = report_for (&gcc, &now, 20, 0, 45 * MS, 0);
  fail_unless (high > 3 * low, "%" G_GUINT64_FORMAT, high);
  fail_unless_equals_int (gcc.limit, GST_RTC_GCC_LIMIT_APPLICATION);
}

GST_END_TEST;

/* Who sends nothing learns nothing */
GST_START_TEST (nothing_is_sent)
{
  GstRtcGcc gcc;
  const GstRtcPathReport report = { 0, 50 * MS, 0, TRUE };

  gcc_init (&gcc);
  for (guint i = 1; i < 100; i++)
    gst_rtc_gcc_take_report (&gcc, i * SECOND, &report);
  fail_unless_equals_uint64 (gcc.estimate, START);
}

GST_END_TEST;

/* Feedback on each packet is better: reports do not count beside it */
GST_START_TEST (feedback_wins)
{
  GstRtcGcc gcc;
  GstRtcGccPacket packet = { 1, 10 * MS, 30 * MS, 1000 };
  const GstRtcPathReport report = { 0.5, 50 * MS, 100000, TRUE };
  guint64 before;

  gcc_init (&gcc);
  gst_rtc_gcc_sent (&gcc, 10 * MS, 1000);
  gst_rtc_gcc_take_feedback (&gcc, 50 * MS, &packet, 1);
  before = gcc.estimate;
  gst_rtc_gcc_take_report (&gcc, SECOND, &report);
  fail_unless_equals_uint64 (gcc.estimate, before);
}

GST_END_TEST;

/* Reading */

static GstBuffer *
make_rr (guint32 ssrc, guint8 fraction, guint32 highest, guint32 lsr,
    guint32 dlsr)
{
  GstBuffer *buffer = gst_rtcp_buffer_new (1000);
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;

  gst_rtcp_buffer_map (buffer, GST_MAP_READWRITE, &rtcp);
  gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_RR, &packet);
  gst_rtcp_packet_rr_set_ssrc (&packet, 77);
  gst_rtcp_packet_add_rb (&packet, ssrc, fraction, 0, highest, 0, lsr, dlsr);
  gst_rtcp_buffer_unmap (&rtcp);

  return buffer;
}

GST_START_TEST (report_blocks)
{
  GstRtcRtcpReader reader = { 0, };
  GstRtcPathReport report;
  const guint64 ntp = G_GUINT64_CONSTANT (0x1234567890abcdef);
  const guint32 now = (guint32) (ntp >> 16);
  g_autoptr (GstBuffer) first = make_rr (5, 0, 65530, 0, 0);
  /* half a second, of which it had the report for a quarter */
  g_autoptr (GstBuffer) second = make_rr (5, 64, 65630, now - 32768, 16384);
  g_autoptr (GstBuffer) other = make_rr (6, 255, 3, 0, 0);
  g_autoptr (GstBuffer) odd = make_rr (5, 64, 5, now + 5, 0);

  /* of how many packets the first speaks is not known */
  fail_if (gst_rtc_rtcp_reader_take (&reader, first, ntp, &report));
  fail_unless (gst_rtc_rtcp_reader_take (&reader, second, ntp, &report));
  fail_unless (report.has_loss && report.loss == 0.25 && report.remb == 0);
  fail_unless_equals_int64 (report.rtt, 250 * MS);
  fail_if (gst_rtc_rtcp_reader_take (&reader, other, ntp, &report));
  /* numbers that go back, and an answer to what was not asked yet */
  fail_if (gst_rtc_rtcp_reader_take (&reader, odd, ntp, &report));
  fail_unless_equals_int64 (report.rtt, 0);
}

GST_END_TEST;

static GstBuffer *
make_remb (const guint8 * fci, guint n_words)
{
  GstBuffer *buffer = gst_rtcp_buffer_new (1000);
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;

  gst_rtcp_buffer_map (buffer, GST_MAP_READWRITE, &rtcp);
  gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_RR, &packet);
  gst_rtcp_packet_rr_set_ssrc (&packet, 77);
  gst_rtcp_buffer_add_packet (&rtcp, GST_RTCP_TYPE_PSFB, &packet);
  gst_rtcp_packet_fb_set_type (&packet, GST_RTCP_PSFB_TYPE_AFB);
  gst_rtcp_packet_fb_set_sender_ssrc (&packet, 77);
  gst_rtcp_packet_fb_set_fci_length (&packet, n_words);
  memcpy (gst_rtcp_packet_fb_get_fci (&packet), fci, 4 * n_words);
  gst_rtcp_buffer_unmap (&rtcp);

  return buffer;
}

static const struct
{
  guint8 fci[12];
  guint n_words;
  guint64 expected;
} rembs[] = {
  /* 2^3 * 131072 */
  {{'R', 'E', 'M', 'B', 1, 3 << 2 | 2, 0, 0, 0, 0, 0, 5}, 3, 1048576},
  {{'R', 'E', 'M', 'B', 0, 0, 3, 232}, 2, 1000},
  {{'R', 'E', 'M', 'B', 0, 63 << 2 | 3, 255, 255}, 2, 0},
  {{'R', 'E', 'M', 'C', 0, 0, 3, 232}, 2, 0},
  {{'R', 'E', 'M', 'B'}, 1, 0},
};

GST_START_TEST (remb)
{
  GstRtcRtcpReader reader = { 0, };
  GstRtcPathReport report;
  g_autoptr (GstBuffer) packet = make_remb (rembs[__i__].fci,
      rembs[__i__].n_words);

  fail_unless (gst_rtc_rtcp_reader_take (&reader, packet, 0, &report) ==
      (rembs[__i__].expected > 0));
  fail_unless_equals_uint64 (report.remb, rembs[__i__].expected);
  fail_if (report.has_loss);
}

GST_END_TEST;

static Suite *
reports_suite (void)
{
  Suite *suite = suite_create ("reports");
  TCase *tc = tcase_create ("reports");

  tcase_add_loop_test (tc, ten_seconds, 0, G_N_ELEMENTS (paths));
  tcase_add_test (tc, queue_and_back);
  tcase_add_test (tc, nothing_is_sent);
  tcase_add_test (tc, feedback_wins);
  tcase_add_test (tc, report_blocks);
  tcase_add_loop_test (tc, remb, 0, G_N_ELEMENTS (rembs));
  suite_add_tcase (suite, tc);

  return suite;
}

GST_CHECK_MAIN (reports);
