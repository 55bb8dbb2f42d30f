/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What feedback says, summed up. */

#include <gst/check/gstcheck.h>
#include <gst/rtpgcc/twccstats.h>
#include <string.h>

#define MS GST_RTC_GCC_MS
#define SIZE 1250

static GstRtcTwccStats stats;

/* @n packets that are sent every @sent ms and arrive every @received; of ten,
 * the last @n_lost do not. */
static void
take (guint n, gint64 sent, gint64 received, guint n_lost)
{
  g_autofree GstRtcGccPacket *packets = g_new (GstRtcGccPacket, n);
  const gint64 first_sent = stats.last.sent + sent * MS;
  const gint64 first_received = stats.last.received + received * MS;

  for (guint i = 0; i < n; i++)
    packets[i] = (GstRtcGccPacket) {
    .seqnum = stats.n_sent + i,.sent = first_sent + i * sent * MS,.received =
        i % 10 >=
        10 - n_lost ? GST_RTC_GCC_NO_TIME : first_received +
        i * received * MS,.size = SIZE};
  gst_rtc_twcc_stats_take (&stats, packets, n);
}

static void
expect (guint bitrate_sent, guint bitrate_received, guint n_sent,
    guint n_received, gdouble loss, gint64 delta)
{
  GstStructure *said = gst_rtc_twcc_stats_get (&stats);
  guint got[4];
  gdouble got_loss;
  gint64 got_delta;

  fail_unless (gst_structure_get (said, "bitrate-sent", G_TYPE_UINT, &got[0],
          "bitrate-recv", G_TYPE_UINT, &got[1], "packets-sent", G_TYPE_UINT,
          &got[2], "packets-recv", G_TYPE_UINT, &got[3], "packet-loss-pct",
          G_TYPE_DOUBLE, &got_loss, "avg-delta-of-delta", G_TYPE_INT64,
          &got_delta, NULL));
  fail_unless_equals_int (got[0], bitrate_sent);
  fail_unless_equals_int (got[1], bitrate_received);
  fail_unless_equals_int (got[2], n_sent);
  fail_unless_equals_int (got[3], n_received);
  fail_unless_equals_float (got_loss, loss);
  fail_unless_equals_int64 (got_delta, delta);
  gst_structure_free (said);
}

static void
begin (void)
{
  const GstRtcGccPacket first = {.sent = 5 * MS,.received = 77 * MS };

  memset (&stats, 0, sizeof (stats));
  gst_rtc_twcc_stats_take (&stats, &first, 1);
}

GST_START_TEST (test_nothing_yet)
{
  memset (&stats, 0, sizeof (stats));
  expect (0, 0, 0, 0, 0, 0);
}

GST_END_TEST;

GST_START_TEST (test_rates)
{
  begin ();
  take (100, 10, 10, 0);
  expect (1000000, 1000000, 101, 101, 0, 0);
  /* as fast as before, but the path is slower */
  begin ();
  take (100, 10, 20, 0);
  expect (1000000, 500000, 101, 101, 0, 10 * MS);
}

GST_END_TEST;

GST_START_TEST (test_loss)
{
  begin ();
  for (guint i = 0; i < GST_RTC_TWCC_STATS_FEEDBACKS; i++)
    take (10, 10, 10, 3);
  fail_unless_equals_int (stats.n_received, 1 + 7 * 16);
  expect (1428571, 1000000, 161, 113, 30, 0);
}

GST_END_TEST;

GST_START_TEST (test_what_is_long_ago_does_not_count)
{
  begin ();
  for (guint i = 0; i < 20; i++)
    take (10, 1, 5, 5);
  for (guint i = 0; i < GST_RTC_TWCC_STATS_FEEDBACKS; i++)
    take (10, 10, 10, 0);
  expect (1000000, 1000000, 361, 261, 0, 0);
}

GST_END_TEST;

/* Packets that overtook others */
GST_START_TEST (test_reordered)
{
  GstRtcGccPacket packets[] = {
    {1, 10 * MS, 100 * MS, SIZE},
    {2, 20 * MS, 130 * MS, SIZE},
    {3, 30 * MS, 120 * MS, SIZE},
    {4, 40 * MS, 140 * MS, SIZE},
  };

  memset (&stats, 0, sizeof (stats));
  gst_rtc_twcc_stats_take (&stats, packets, G_N_ELEMENTS (packets));
  fail_unless_equals_int (stats.n_received, 4);
  expect (4 * SIZE * 8 * 50, 4 * SIZE * 8 * 20, 4, 4, 0, 15 * MS);
}

GST_END_TEST;

static Suite *
twccstats_suite (void)
{
  Suite *suite = suite_create ("twccstats");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_nothing_yet);
  tcase_add_test (tc, test_rates);
  tcase_add_test (tc, test_loss);
  tcase_add_test (tc, test_what_is_long_ago_does_not_count);
  tcase_add_test (tc, test_reordered);

  return suite;
}

GST_CHECK_MAIN (twccstats);
