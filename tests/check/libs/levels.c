/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/levels.h"

#include <gst/check/gstcheck.h>

static const GstRtcCodec *
h264_at (const gchar * level)
{
  return gst_rtc_codec_limit_level (gst_rtc_codec_find ("H264"), level);
}

#define RAW "video/x-raw(ANY)"

static const struct
{
  const gchar *level;
  const gchar *input;
  const gchar *raw;
  const gchar *expected;
} cases[] = {
  {"3.1", "width=1280,height=720,framerate=30/1", RAW, RAW},
  {"3.1", "width=1920,height=1080,framerate=30/1", RAW,
      RAW ",width=1280,height=720"},
  {"3.1", "width=1920,height=1080,framerate=60/1", RAW,
      RAW ",width=1280,height=720,framerate=60/2"},
  {"3.1", "width=640,height=360,framerate=240/1", RAW,
      RAW ",framerate=240/3"},
  {"4", "width=1920,height=1080,framerate=30/1", RAW, RAW},
  {"4", "width=1920,height=1080,framerate=60000/1001", RAW,
      RAW ",framerate=60000/2002"},
  {"1.1", "width=640,height=480,framerate=30/1", RAW,
      RAW ",width=320,height=240,framerate=30/3"},
  /* what was made smaller already stays */
  {"3.1", "width=1920,height=1080,framerate=30/1",
        RAW ",width=640,height=360,framerate=15/1",
      RAW ",width=640,height=360,framerate=15/1"},
  /* as wide as it is shown */
  {"3", "width=1440,height=1080,pixel-aspect-ratio=4/3,framerate=25/1", RAW,
      RAW ",width=852,height=480"},
  /* very wide, and without a rate */
  {"2", "width=3200,height=200,framerate=0/1", RAW, NULL},
};

static void
assert_allowed (GstCaps * caps)
{
  gint width, height;

  fail_unless (gst_structure_get_int (gst_caps_get_structure (caps, 0),
          "width", &width));
  fail_unless (gst_structure_get_int (gst_caps_get_structure (caps, 0),
          "height", &height));
  fail_unless ((width + 15) / 16 * ((height + 15) / 16) <= 396 &&
      width * width <= 8 * 396 * 256, "%dx%d", width, height);
}

GST_START_TEST (pictures)
{
  g_autofree gchar *text = g_strconcat ("video/x-raw,format=I420,",
      cases[__i__].input, NULL);
  g_autoptr (GstCaps) input = gst_caps_from_string (text);
  g_autoptr (GstCaps) expected = cases[__i__].expected ?
      gst_caps_from_string (cases[__i__].expected) : NULL;
  g_autoptr (GstCaps) limited = NULL;
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, input));
  limited = gst_rtc_level_limit_caps (h264_at (cases[__i__].level),
      gst_caps_from_string (cases[__i__].raw), &info);
  if (expected)
    fail_unless (gst_caps_is_equal (limited, expected), "%" GST_PTR_FORMAT,
        limited);
  else
    assert_allowed (limited);
}

GST_END_TEST;

GST_START_TEST (bitrates)
{
  fail_unless_equals_int (gst_rtc_level_limit_bitrate (h264_at ("1.1"),
          2000000), 192000);
  fail_unless_equals_int (gst_rtc_level_limit_bitrate (h264_at ("3.1"),
          2000000), 2000000);
  fail_unless_equals_int (gst_rtc_level_limit_bitrate (gst_rtc_codec_find
          ("H264"), 2000000), 2000000);
  fail_unless_equals_int (gst_rtc_level_limit_bitrate (gst_rtc_codec_find
          ("VP8"), 2000000), 2000000);
}

GST_END_TEST;

/* One codec for each level, as pointers are compared, and never a higher one
 * than was asked for */
GST_START_TEST (codecs_of_levels)
{
  fail_unless (h264_at ("3.1") == h264_at ("3.1"));
  fail_unless (h264_at ("3.1") != h264_at ("3"));
  fail_unless (gst_rtc_codec_limit_level (h264_at ("3"), "4") == h264_at ("3"));
  fail_unless (gst_rtc_codec_limit_level (h264_at ("3"), "1b") ==
      h264_at ("1b"));
}

GST_END_TEST;

static const struct
{
  const gchar *rtp;
  const gchar *allowed;
} peers[] = {
  {"x,profile-level-id=(string)42e01f", "3.1"},
  {"x,profile-level-id=(string)42e00d,level-asymmetry-allowed=(string)0",
      "1.3"},
  {"x,profile-level-id=(string)42e00d,level-asymmetry-allowed=(string)1",
      NULL},
  {"x,profile-level-id=(string)42f00b", "1b"},
  {"x,profile-level-id=(string)nonsense", NULL},
  {"x", NULL},
};

GST_START_TEST (what_peers_allow)
{
  g_autoptr (GstStructure) rtp = gst_structure_from_string (peers[__i__].rtp,
      NULL);

  fail_unless_equals_string (gst_rtc_level_allowed_by (rtp),
      peers[__i__].allowed);
}

GST_END_TEST;

static Suite *
levels_suite (void)
{
  Suite *suite = suite_create ("levels");
  TCase *tc = tcase_create ("levels");

  tcase_add_loop_test (tc, pictures, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, bitrates);
  tcase_add_test (tc, codecs_of_levels);
  tcase_add_loop_test (tc, what_peers_allow, 0, G_N_ELEMENTS (peers));
  suite_add_tcase (suite, tc);

  return suite;
}

GST_CHECK_MAIN (levels);
