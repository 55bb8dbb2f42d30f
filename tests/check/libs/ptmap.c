/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/ptmap.h"

#include <gst/check/gstcheck.h>

static gint
take (GstRtcPtMap * map, const gchar * text, gint wanted)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  fail_unless (caps != NULL, "%s", text);

  return gst_rtc_pt_map_take (map, gst_caps_get_structure (caps, 0), wanted);
}

#define VP8 "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000"
#define H264(id) "application/x-rtp,media=video,encoding-name=H264," \
    "clock-rate=90000,profile-level-id=(string)" id

GST_START_TEST (one_meaning)
{
  g_autoptr (GstRtcPtMap) map = gst_rtc_pt_map_new ();

  fail_unless_equals_int (take (map, VP8, 96), 96);
  fail_unless_equals_int (take (map, H264 ("42e01f"), 97), 97);
  /* again, and as another stream */
  fail_unless_equals_int (take (map, VP8, 96), 96);
  fail_unless_equals_int (take (map, VP8 ",ssrc=(uint)7,extmap-1=(string)u,"
          "a-framerate=(string)30", 96), 96);
  /* the same number for something else */
  fail_unless_equals_int (take (map, H264 ("640028"), 97), 98);
  fail_unless_equals_int (take (map, H264 ("640028"), 97), 98);
  fail_unless_equals_int (take (map, H264 ("42e01f"), 97), 97);
}

GST_END_TEST;

static const gchar offer[] =
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98\r\nc=IN IP4 0.0.0.0\r\n"
    "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";

/* Also what is listed and not described */
GST_START_TEST (what_a_description_says)
{
  g_autoptr (GstRtcPtMap) map = gst_rtc_pt_map_new ();
  GstSDPMessage *sdp;

  gst_sdp_message_new_from_text (offer, &sdp);
  gst_rtc_pt_map_learn (map, sdp);
  fail_unless_equals_int (take (map, VP8, 97), 96);
  fail_unless_equals_int (take (map, H264 ("42e01f"), 97), 99);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

GST_START_TEST (numbers_run_out)
{
  g_autoptr (GstRtcPtMap) map = gst_rtc_pt_map_new ();

  for (gint i = 0; i < 61; i++) {
    g_autofree gchar *text = g_strdup_printf (VP8 ",x=(string)%d", i);

    fail_unless_equals_int (take (map, text, 96), i < 32 ? 96 + i : 3 + i);
  }
  fail_unless_equals_int (take (map, VP8, 96), -1);
  fail_unless_equals_int (take (map, VP8 ",x=(string)3", 96), 99);
}

GST_END_TEST;

static Suite *
ptmap_suite (void)
{
  Suite *suite = suite_create ("ptmap");
  TCase *tcase = tcase_create ("general");

  tcase_add_test (tcase, one_meaning);
  tcase_add_test (tcase, what_a_description_says);
  tcase_add_test (tcase, numbers_run_out);
  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (ptmap);
