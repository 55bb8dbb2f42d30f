/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/capspolicy.h"

#include <gst/check/gstcheck.h>

#define RAW "video/x-raw,format=I420,width=320,height=240,framerate=30/1"
#define H264 "video/x-h264,stream-format=avc,alignment=au,"

static const struct
{
  const gchar *before;
  const gchar *after;
  GstRtcCapsChange change;
} changes[] = {
  {RAW, RAW, GST_RTC_CAPS_SAME},
  {RAW, "video/x-raw,format=NV12,width=640,height=480,framerate=0/1",
      GST_RTC_CAPS_CONTINUE},
  {RAW, RAW ",colorimetry=bt709,chroma-site=jpeg,multiview-mode=mono",
      GST_RTC_CAPS_CONTINUE},
  {RAW, "video/x-raw(memory:GLMemory),format=RGBA,width=320,height=240",
      GST_RTC_CAPS_CONTINUE},
  {RAW, "video/x-vp8", GST_RTC_CAPS_NEGOTIATE},
  {"video/x-vp8,width=1", RAW, GST_RTC_CAPS_NEGOTIATE},
  {"video/x-vp8,width=1", "video/x-vp9,width=1", GST_RTC_CAPS_NEGOTIATE},
  {"video/x-vp8,width=1,profile=(string)0", "video/x-vp8,width=2",
      GST_RTC_CAPS_CONTINUE},
  {H264 "profile=main,codec_data=(buffer)01", H264
        "profile=main,codec_data=(buffer)02", GST_RTC_CAPS_CONTINUE},
  {H264 "profile=main,level=(string)3", H264 "profile=constrained-baseline",
      GST_RTC_CAPS_CONTINUE},
  {H264 "profile=main", H264 "profile=high", GST_RTC_CAPS_NEGOTIATE},
  {H264 "profile=main", H264 "profile=unheard-of", GST_RTC_CAPS_NEGOTIATE},
  {"video/x-h265,profile=main", "video/x-h265,profile=main-10",
      GST_RTC_CAPS_NEGOTIATE},
  {"audio/x-raw,rate=48000,channels=2", "audio/x-raw,rate=8000,channels=1",
      GST_RTC_CAPS_CONTINUE},
  {"audio/x-opus,channel-mapping-family=0,channels=2,streamheader=<(buffer)01>",
        "audio/x-opus,channel-mapping-family=0,channels=2",
      GST_RTC_CAPS_CONTINUE},
  {"audio/x-opus,channel-mapping-family=0,channels=2",
        "audio/x-opus,channel-mapping-family=1,channels=6",
      GST_RTC_CAPS_NEGOTIATE},
  {"audio/x-opus,channel-mapping-family=0", "audio/x-raw",
      GST_RTC_CAPS_NEGOTIATE},
};

GST_START_TEST (compare)
{
  g_autoptr (GstCaps) before = gst_caps_from_string (changes[__i__].before);
  g_autoptr (GstCaps) after = gst_caps_from_string (changes[__i__].after);

  fail_unless (before && after, "%s", changes[__i__].after);
  fail_unless_equals_int (gst_rtc_caps_policy_compare (before, after),
      changes[__i__].change);
}

GST_END_TEST;

static Suite *
capspolicy_suite (void)
{
  Suite *suite = suite_create ("capspolicy");
  TCase *tcase = tcase_create ("general");

  tcase_add_loop_test (tcase, compare, 0, G_N_ELEMENTS (changes));
  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (capspolicy);
