/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/codecs.h"

#include <gst/check/gstcheck.h>

#define ALL_VIDEO "video/x-vp8; video/x-h264; video/x-vp9; video/x-h265"

static GArray *
make_payloads (const gchar * video, const gchar * audio)
{
  g_autoptr (GstCaps) video_caps = gst_caps_from_string (video);
  g_autoptr (GstCaps) audio_caps = gst_caps_from_string (audio);

  return gst_rtc_payloads_from_caps (video_caps, audio_caps);
}

static gchar *
describe (GArray * payloads)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < payloads->len; i++) {
    const GstRtcPayload *payload = &g_array_index (payloads, GstRtcPayload, i);

    g_string_append_printf (text, "%s%s=%d", i > 0 ? " " : "",
        payload->codec->name, payload->pt);
  }

  return g_string_free (text, FALSE);
}

static const struct
{
  const gchar *video;
  const gchar *audio;
  const gchar *expected;
} offers[] = {
  {ALL_VIDEO, "audio/x-opus", "VP8=96 H264=97 VP9=98 H265=99 OPUS=100"},
  {"video/x-h264; video/x-vp8", "EMPTY", "H264=96 VP8=97"},
  {"video/x-h264, profile=baseline; video/x-h264, profile=high; video/x-vp8",
      "EMPTY", "H264=96 VP8=97"},
  {"video/x-raw; video/x-nothing", "audio/x-opus", "OPUS=96"},
  {"EMPTY", "EMPTY", ""},
};

GST_START_TEST (payloads_from_caps)
{
  GArray *payloads = make_payloads (offers[__i__].video, offers[__i__].audio);
  g_autofree gchar *text = describe (payloads);

  fail_unless_equals_string (text, offers[__i__].expected);
  g_array_unref (payloads);
}

GST_END_TEST;

static const struct
{
  const gchar *input;
  GstRtcMediaKind kind;
  const gchar *expected;
} inputs[] = {
  {"video/x-raw, format=I420", GST_RTC_MEDIA_VIDEO,
      "VP8=96 H264=97 VP9=98 H265=99"},
  {"audio/x-raw, rate=48000", GST_RTC_MEDIA_AUDIO, "OPUS=100"},
  {"video/x-h264, profile=high", GST_RTC_MEDIA_VIDEO, "H264=97"},
  {"video/x-vp9", GST_RTC_MEDIA_VIDEO, "VP9=98"},
  {"video/x-av1", GST_RTC_MEDIA_VIDEO, ""},
  {"audio/x-opus, channel-mapping-family=(int)0", GST_RTC_MEDIA_AUDIO,
      "OPUS=100"},
  {"video/mpeg", GST_RTC_MEDIA_VIDEO, ""},
};

GST_START_TEST (payloads_for_input)
{
  GArray *all = make_payloads (ALL_VIDEO, "audio/x-opus");
  g_autoptr (GstCaps) caps = gst_caps_from_string (inputs[__i__].input);
  GArray *payloads = gst_rtc_payloads_for_input (all, inputs[__i__].kind,
      caps);
  g_autofree gchar *text = describe (payloads);

  fail_unless_equals_string (text, inputs[__i__].expected);
  g_array_unref (payloads);
  g_array_unref (all);
}

GST_END_TEST;

static GstStructure *
get_rtp (const gchar * codec, const gchar * input, gboolean twcc)
{
  const GstRtcPayload payload = { gst_rtc_codec_find (codec), 96 };
  g_autoptr (GstCaps) caps = gst_caps_from_string (input);
  g_autoptr (GstCaps) rtp = gst_rtc_payload_get_rtp_caps (&payload, caps, 7,
      twcc);

  fail_unless (gst_caps_is_fixed (rtp));

  return gst_structure_copy (gst_caps_get_structure (rtp, 0));
}

/* The profile of an encoded stream is not ours to choose */
GST_START_TEST (profile_of_h264)
{
  static const struct
  {
    const gchar *input;
    const gchar *id;
  } cases[] = {
    {"video/x-raw", "42e01f"},
    {"video/x-h264, profile=constrained-baseline, level=(string)3.1",
        "42e01f"},
    {"video/x-h264, profile=main, level=(string)4", "4d0028"},
    {"video/x-h264, profile=high, level=(string)5.1", "640033"},
    {"video/x-h264, profile=high", "64001f"},
    {"video/x-h264", "42e01f"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstStructure *rtp = get_rtp ("h264", cases[i].input, FALSE);

    fail_unless_equals_string (gst_structure_get_string (rtp,
            "profile-level-id"), cases[i].id);
    fail_unless_equals_string (gst_structure_get_string (rtp,
            "packetization-mode"), "1");
    gst_structure_free (rtp);
  }
}

GST_END_TEST;

GST_START_TEST (fields_of_rtp)
{
  GstStructure *rtp = get_rtp ("VP8", "video/x-raw", TRUE);
  gint number;

  fail_unless_equals_string (gst_structure_get_string (rtp, "media"), "video");
  fail_unless (gst_structure_get_int (rtp, "clock-rate", &number));
  fail_unless_equals_int (number, 90000);
  fail_unless (gst_structure_has_field (rtp, "rtcp-fb-nack-pli"));
  fail_unless (gst_structure_has_field (rtp, "rtcp-fb-transport-cc"));
  fail_unless (gst_structure_has_field (rtp, "extmap-1"));
  gst_structure_free (rtp);

  rtp = get_rtp ("VP8", "video/x-raw", FALSE);
  fail_if (gst_structure_has_field (rtp, "rtcp-fb-transport-cc"));
  fail_if (gst_structure_has_field (rtp, "extmap-1"));
  gst_structure_free (rtp);

  rtp = get_rtp ("opus", "audio/x-raw, channels=1", FALSE);
  fail_unless_equals_string (gst_structure_get_string (rtp, "media"), "audio");
  fail_unless_equals_string (gst_structure_get_string (rtp, "sprop-stereo"),
      "0");
  fail_if (gst_structure_has_field (rtp, "rtcp-fb-nack-pli"));
  gst_structure_free (rtp);
}

GST_END_TEST;

GST_START_TEST (encoders_by_rank)
{
  GList *encoders = gst_rtc_codec_list_encoders (gst_rtc_codec_find ("h264"));
  guint last = G_MAXUINT;

  fail_unless (encoders != NULL);
  for (GList * l = encoders; l; l = l->next) {
    const guint rank = gst_plugin_feature_get_rank (l->data);

    fail_unless (rank <= last);
    fail_unless (rank >= GST_RANK_MARGINAL);
    last = rank;
  }
  gst_plugin_feature_list_free (encoders);
  fail_unless (gst_rtc_codec_find ("theora") == NULL);
}

GST_END_TEST;

static Suite *
codecs_suite (void)
{
  Suite *s = suite_create ("codecs");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, payloads_from_caps, 0, G_N_ELEMENTS (offers));
  tcase_add_loop_test (tc, payloads_for_input, 0, G_N_ELEMENTS (inputs));
  tcase_add_test (tc, profile_of_h264);
  tcase_add_test (tc, fields_of_rtp);
  tcase_add_test (tc, encoders_by_rank);

  return s;
}

GST_CHECK_MAIN (codecs);
