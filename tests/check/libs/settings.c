/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/settings.h"

#include <gst/check/gstcheck.h>

GST_START_TEST (copy_is_deep)
{
  GstRtcSettings *one = gst_rtc_settings_new ();
  GstRtcSettings *two;

  one->turn_servers = g_strsplit ("a b", " ", -1);
  one->meta = gst_structure_new ("meta", "a", G_TYPE_INT, 1, NULL);
  one->max_bitrate = 7;
  two = gst_rtc_settings_copy (one);
  gst_rtc_settings_unref (one);

  fail_unless_equals_int (g_strv_length (two->turn_servers), 2);
  fail_unless (gst_structure_has_field (two->meta, "a"));
  fail_unless_equals_int (two->max_bitrate, 7);
  fail_unless_equals_string (two->stun_server,
      "stun://stun.l.google.com:19302");
  gst_rtc_settings_unref (two);
}

GST_END_TEST;

GST_START_TEST (reference_keeps_it)
{
  GstRtcSettings *one = gst_rtc_settings_new ();
  GstRtcSettings *two = gst_rtc_settings_ref (one);

  fail_unless (one == two);
  gst_rtc_settings_unref (one);
  fail_unless_equals_string (two->forward_metas, "");
  gst_rtc_settings_unref (two);
}

GST_END_TEST;

/* With congestion control off a bitrate is what the user said is the most */
static const struct
{
  GstRtcCongestionControl control;
  guint min;
  guint start;
  guint max;
  gboolean max_set;
  guint expected;
} bitrates[] = {
  {GST_RTC_CONGESTION_CONTROL_GCC, 1000, 2048000, 8192000, FALSE, 2048000},
  {GST_RTC_CONGESTION_CONTROL_GCC, 1000, 2048000, 8192000, TRUE, 2048000},
  {GST_RTC_CONGESTION_CONTROL_GCC, 1000, 2048000, 500000, TRUE, 500000},
  {GST_RTC_CONGESTION_CONTROL_GCC, 3000000, 2048000, 8192000, FALSE, 3000000},
  {GST_RTC_CONGESTION_CONTROL_GCC, 9000, 2000, 500, TRUE, 500},
  {GST_RTC_CONGESTION_CONTROL_DISABLED, 1000, 2048000, 8192000, FALSE,
      2048000},
  {GST_RTC_CONGESTION_CONTROL_DISABLED, 1000, 2048000, 300000, TRUE, 300000},
  {GST_RTC_CONGESTION_CONTROL_DISABLED, 1000, 2048000, 9000000, TRUE, 9000000},
};

GST_START_TEST (fixed_bitrate)
{
  GstRtcSettings *settings = gst_rtc_settings_new ();

  settings->congestion_control = bitrates[__i__].control;
  settings->min_bitrate = bitrates[__i__].min;
  settings->start_bitrate = bitrates[__i__].start;
  settings->max_bitrate = bitrates[__i__].max;
  settings->max_bitrate_set = bitrates[__i__].max_set;
  fail_unless_equals_int (gst_rtc_settings_get_fixed_bitrate (settings),
      bitrates[__i__].expected);
  gst_rtc_settings_unref (settings);
}

GST_END_TEST;

GST_START_TEST (arrays_of_strings)
{
  const gchar *const strings[] = { "a", "b", NULL };
  GValue value = G_VALUE_INIT;
  GValue item = G_VALUE_INIT;
  g_auto (GStrv) copy = NULL;
  g_autofree gchar *text = NULL;

  g_value_init (&value, GST_TYPE_ARRAY);
  gst_rtc_strv_to_value_array (strings, &value);
  gst_rtc_strv_to_value_array (NULL, &value);
  fail_unless_equals_int (gst_value_array_get_size (&value), 2);

  /* what is no string is left out */
  g_value_init (&item, G_TYPE_STRING);
  gst_value_array_append_and_take_value (&value, &item);
  copy = gst_rtc_strv_from_value_array (&value);
  text = g_strjoinv (",", copy);
  fail_unless_equals_string (text, "a,b");
  g_value_unset (&value);
}

GST_END_TEST;

static Suite *
settings_suite (void)
{
  Suite *s = suite_create ("settings");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, copy_is_deep);
  tcase_add_test (tc, reference_keeps_it);
  tcase_add_loop_test (tc, fixed_bitrate, 0, G_N_ELEMENTS (bitrates));
  tcase_add_test (tc, arrays_of_strings);

  return s;
}

GST_CHECK_MAIN (settings);
