/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/mitigation.h"

#include <gst/check/gstcheck.h>

#define SCALED GST_RTC_MITIGATION_MODE_DOWNSCALED
#define SAMPLED GST_RTC_MITIGATION_MODE_DOWNSAMPLED
#define NOTHING GST_RTC_MITIGATION_MODE_NONE
#define HD "video/x-raw,format=I420,width=1280,height=720,framerate=30/1"

static GstVideoInfo
info_of (const gchar * text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, caps));

  return info;
}

static const struct
{
  const gchar *input;
  guint bitrate;
  GstRtcMitigationMode enabled;
  const gchar *expected;
  GstRtcMitigationMode mode;
} policies[] = {
  {HD, 2000000, SCALED | SAMPLED, "video/x-raw(ANY)", NOTHING},
  {HD, 1999999, SCALED | SAMPLED, "video/x-raw(ANY)", NOTHING},
  {HD, 999999, SCALED | SAMPLED,
      "video/x-raw(ANY), height=360, width=640", SCALED},
  {HD, 500000, SCALED | SAMPLED,
      "video/x-raw(ANY), height=360, width=640", SCALED},
  {HD, 499999, SCALED | SAMPLED,
        "video/x-raw(ANY), framerate=15/1, height=360, width=640",
      SCALED | SAMPLED},
  {HD, 1000, SCALED, "video/x-raw(ANY), height=360, width=640", SCALED},
  {HD, 1000, SAMPLED, "video/x-raw(ANY), framerate=15/1", SAMPLED},
  {HD, 1000, NOTHING, "video/x-raw(ANY)", NOTHING},
  {"video/x-raw,format=I420,width=1920,height=1080,framerate=25/1", 1500000,
      SCALED | SAMPLED, "video/x-raw(ANY), height=720, width=1280", SCALED},
  /* odd ones become even */
  {"video/x-raw,format=I420,width=641,height=481,framerate=30/1", 900000,
      SCALED, "video/x-raw(ANY), height=360, width=480", SCALED},
  {"video/x-raw,format=I420,width=853,height=480,framerate=30/1", 900000,
      SCALED, "video/x-raw(ANY), height=360, width=640", SCALED},
  /* as wide as it is shown */
  {"video/x-raw,format=I420,width=720,height=576,framerate=25/1,"
        "pixel-aspect-ratio=16/15", 900000, SCALED,
      "video/x-raw(ANY), height=360, width=480", SCALED},
  /* never made larger, and a rate that is none is not halved */
  {"video/x-raw,format=I420,width=320,height=240,framerate=0/1", 1000,
      SCALED | SAMPLED, "video/x-raw(ANY)", NOTHING},
};

GST_START_TEST (default_policy)
{
  const GstVideoInfo info = info_of (policies[__i__].input);
  g_autoptr (GstCaps) caps = gst_rtc_mitigation_get_default_caps (&info,
      policies[__i__].bitrate, policies[__i__].enabled);
  g_autoptr (GstCaps) expected =
      gst_caps_from_string (policies[__i__].expected);

  fail_unless (gst_caps_is_strictly_equal (caps, expected),
      "%" GST_PTR_FORMAT, caps);
  fail_unless_equals_int (gst_rtc_mitigation_get_mode (caps, &info),
      policies[__i__].mode);
}

GST_END_TEST;

/* What an application says is taken, but square pixels stay square and sizes
 * even (D16) */
static const struct
{
  const gchar *input;
  const gchar *wanted;
  const gchar *expected;
  GstRtcMitigationMode mode;
} answers[] = {
  {HD, "video/x-raw(ANY)", "video/x-raw(ANY), pixel-aspect-ratio=1/1",
      NOTHING},
  {HD, "video/x-raw(ANY), height=241, width=321",
        "video/x-raw(ANY), height=240, width=320, pixel-aspect-ratio=1/1",
      SCALED},
  /* the input's own height is no mitigation */
  {HD, "video/x-raw(ANY), height=720",
      "video/x-raw(ANY), height=720, pixel-aspect-ratio=1/1", NOTHING},
  {HD, "video/x-raw, framerate=10/1",
      "video/x-raw, framerate=10/1, pixel-aspect-ratio=1/1", SAMPLED},
  {HD, "video/x-raw(ANY), pixel-aspect-ratio=2/1",
      "video/x-raw(ANY), pixel-aspect-ratio=1/1", NOTHING},
  {HD, "audio/x-raw", "video/x-raw(ANY), pixel-aspect-ratio=1/1", NOTHING},
  {"video/x-raw,format=I420,width=320,height=240,framerate=0/1",
        "video/x-raw(ANY), framerate=10/1",
      "video/x-raw(ANY), pixel-aspect-ratio=1/1", NOTHING},
};

GST_START_TEST (restriction)
{
  const GstVideoInfo info = info_of (answers[__i__].input);
  g_autoptr (GstCaps) raw =
      gst_caps_from_string ("video/x-raw(ANY), pixel-aspect-ratio=1/1");
  g_autoptr (GstCaps) wanted = gst_caps_from_string (answers[__i__].wanted);
  g_autoptr (GstCaps) expected = gst_caps_from_string (answers[__i__].expected);
  g_autoptr (GstCaps) caps = gst_rtc_mitigation_restrict (raw, wanted, &info);

  fail_unless (gst_caps_is_strictly_equal (caps, expected),
      "%" GST_PTR_FORMAT, caps);
  fail_unless_equals_int (gst_rtc_mitigation_get_mode (caps, &info),
      answers[__i__].mode);
}

GST_END_TEST;

#define AGO(seconds) ((seconds) * G_TIME_SPAN_SECOND)

static const struct
{
  guint bitrate;
  guint made_for;
  gint64 age;
  gboolean due;
} changes[] = {
  {500000, 500000, AGO (0), FALSE},
  {500000, 500000, AGO (100), FALSE},
  /* worse at once */
  {490000, 500000, AGO (0), TRUE},
  /* better when it is much, or has lasted */
  {590000, 500000, AGO (2), FALSE},
  {590000, 500000, AGO (20), TRUE},
  {610000, 500000, AGO (0), TRUE},
  /* never asked */
  {500000, 0, AGO (0), TRUE},
};

GST_START_TEST (a_better_picture_waits)
{
  fail_unless_equals_int (gst_rtc_mitigation_is_due (changes[__i__].bitrate,
          changes[__i__].made_for, changes[__i__].age), changes[__i__].due);
}

GST_END_TEST;

/* A saw-tooth around a limit, as many viewers behind one link make it: it was
 * 30 fps and then 15 again each time, with a key frame for all of them */
GST_START_TEST (saw_tooth)
{
  guint made_for = 0;
  guint n = 0;

  for (guint i = 0; i < 100; i++) {
    const guint bitrate = 455000 + 10000 * (i % 10);

    if (!gst_rtc_mitigation_is_due (bitrate, made_for, AGO (1)))
      continue;
    n++;
    made_for = bitrate;
  }
  fail_unless (n < 3, "%u pictures", n);
}

GST_END_TEST;

static Suite *
mitigation_suite (void)
{
  Suite *s = suite_create ("mitigation");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, default_policy, 0, G_N_ELEMENTS (policies));
  tcase_add_loop_test (tc, restriction, 0, G_N_ELEMENTS (answers));
  tcase_add_loop_test (tc, a_better_picture_waits, 0, G_N_ELEMENTS (changes));
  tcase_add_test (tc, saw_tooth);

  return s;
}

GST_CHECK_MAIN (mitigation);
