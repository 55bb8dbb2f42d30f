/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long sent packets are kept: the rule, and that the reports of a peer
 * reach the element that keeps them. */

#include "gst/webrtc/rtxhistory.h"

#include <gst/check/gstcheck.h>

/* rtpsession hands an RTPSource to on-ssrc-active, whose type is its own: ours
 * is one with other statistics. */

static void
get_stats (GObject * source, guint id, GValue * value, GParamSpec * pspec)
{
  g_value_set_boxed (value, g_object_get_data (source, "test-stats"));
}

static void
class_init (gpointer klass, gpointer data)
{
  ((GObjectClass *) klass)->get_property = get_stats;
  g_object_class_install_property (klass, 1000, g_param_spec_boxed ("stats",
          NULL, NULL, GST_TYPE_STRUCTURE, G_PARAM_READABLE));
}

static void
register_source_type (void)
{
  GTypeQuery parent;
  GTypeInfo info = { 0, };

  g_type_query (g_type_from_name ("RTPSource"), &parent);
  fail_unless (parent.type != 0);
  info.class_size = parent.class_size;
  info.instance_size = parent.instance_size;
  info.class_init = class_init;

  g_type_register_static (parent.type, "TestSource", &info, 0);
}

GST_START_TEST (follows_the_round_trip)
{
  fail_unless_equals_int (gst_rtc_rtx_history_for_round_trip (0), 500);
  fail_unless_equals_int (gst_rtc_rtx_history_for_round_trip (40), 500);
  fail_unless_equals_int (gst_rtc_rtx_history_for_round_trip (300), 900);
  fail_unless_equals_int (gst_rtc_rtx_history_for_round_trip (5000), 3000);
  fail_unless_equals_int (gst_rtc_rtx_history_for_round_trip (G_MAXUINT), 3000);
}

GST_END_TEST;

static guint
report (GObject * session, GstElement * sender, gboolean has_report,
    guint round_trip_ms)
{
  GObject *source = g_object_new (g_type_from_name ("TestSource"), NULL);
  guint time;

  g_object_set_data_full (source, "test-stats", gst_structure_new ("stats",
          "have-rb", G_TYPE_BOOLEAN, has_report,
          "rb-round-trip", G_TYPE_UINT, (round_trip_ms << 16) / 1000, NULL),
      (GDestroyNotify) gst_structure_free);
  g_signal_emit_by_name (session, "on-ssrc-active", source);
  g_object_unref (source);
  g_object_get (sender, "max-size-time", &time, NULL);

  return time;
}

GST_START_TEST (hears_reports)
{
  GstElement *bin = gst_bin_new (NULL);
  GstElement *sender = gst_element_factory_make ("rtprtxsend", NULL);
  GstElement *rtpsession = gst_element_factory_make ("rtpsession", NULL);
  g_autoptr (GObject) internal = NULL;
  guint packets, time;
  guint n_reports = 0;
  gint64 end;

  gst_bin_add_many (GST_BIN (bin), sender, rtpsession, NULL);
  gst_rtc_rtx_history_init (sender);
  gst_rtc_rtx_history_watch (bin, rtpsession);
  g_object_get (sender, "max-size-packets", &packets, "max-size-time", &time,
      NULL);
  fail_unless_equals_int (packets, 0);
  fail_unless_equals_int (time, 500);

  g_object_get (rtpsession, "internal-session", &internal, NULL);
  register_source_type ();
  fail_unless_equals_int (report (internal, sender, FALSE, 600), 500);
  fail_unless_equals_int (report (internal, sender, TRUE, 0), 500);
  fail_unless (ABS ((gint) report (internal, sender, TRUE, 600) - 1800) < 5);
  /* one a second is enough */
  end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  for (;;) {
    n_reports++;
    if (report (internal, sender, TRUE, 20) == 500)
      break;
    fail_unless (g_get_monotonic_time () < end);
    g_thread_yield ();
  }
  fail_unless (n_reports > 1);

  gst_object_unref (bin);
}

GST_END_TEST;

static Suite *
rtxhistory_suite (void)
{
  Suite *suite = suite_create ("rtxhistory");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, follows_the_round_trip);
  tcase_add_test (tcase, hears_reports);

  return suite;
}

GST_CHECK_MAIN (rtxhistory);
