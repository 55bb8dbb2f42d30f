/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/payloads.h"
#include "gst/webrtc/profiles.h"

#include <gst/audio/audio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#define ALL_AUDIO "audio/x-opus, channel-mapping-family=(int)0; " \
    "audio/x-opus, channel-mapping-family=(int)1"
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
      "EMPTY", "H264=96 H264=97 VP8=98"},
  {"video/x-h264; video/x-h264, stream-format=avc; video/x-vp8", "EMPTY",
      "H264=96 VP8=97"},
  {"video/x-raw; video/x-nothing", "audio/x-opus", "RAW=96 OPUS=97"},
  {ALL_VIDEO, ALL_AUDIO, "VP8=96 H264=97 VP9=98 H265=99 OPUS=100 "
        "MULTIOPUS=101"},
  {"EMPTY", "audio/x-raw; audio/x-raw, format=S16BE; audio/x-raw, format=U8",
      "L24=96 L16=97 L8=98"},
  {"video/x-raw, format=I420; video/x-raw, format=UYVY", "EMPTY",
      "RAW=96 RAW=97"},
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
  {"audio/x-raw, rate=48000, channels=2", GST_RTC_MEDIA_AUDIO, "OPUS=100"},
  {"audio/x-raw, rate=48000, channels=6", GST_RTC_MEDIA_AUDIO,
      "MULTIOPUS=101 OPUS=100"},
  {"video/x-h264, profile=high", GST_RTC_MEDIA_VIDEO, "H264=97"},
  {"video/x-vp9", GST_RTC_MEDIA_VIDEO, "VP9=98"},
  {"video/x-av1", GST_RTC_MEDIA_VIDEO, ""},
  {"audio/x-opus, channel-mapping-family=(int)0", GST_RTC_MEDIA_AUDIO,
      "OPUS=100"},
  {"audio/x-opus, channel-mapping-family=(int)1", GST_RTC_MEDIA_AUDIO,
      "MULTIOPUS=101"},
  {"video/mpeg", GST_RTC_MEDIA_VIDEO, ""},
};

static gchar *
list_for_input (const gchar * video, const gchar * audio, const gchar * input,
    GstRtcMediaKind kind)
{
  GArray *all = make_payloads (video, audio);
  g_autoptr (GstCaps) caps = gst_caps_from_string (input);
  GArray *payloads = gst_rtc_payloads_for_input (all, kind, caps);
  gchar *text = describe (payloads);

  g_array_unref (payloads);
  g_array_unref (all);

  return text;
}

GST_START_TEST (payloads_for_input)
{
  g_autofree gchar *text = list_for_input (ALL_VIDEO, ALL_AUDIO,
      inputs[__i__].input, inputs[__i__].kind);

  fail_unless_equals_string (text, inputs[__i__].expected);
}

GST_END_TEST;

/* What `video-caps` says beyond the codec */
static const struct
{
  const gchar *video;
  const gchar *input;
  const gchar *expected;
} restricted[] = {
  /* an encoder that makes it, or none */
  {"video/x-h264, profile=high", "video/x-raw", "H264=96"},
  {"video/x-h265, profile=nonsense; video/x-vp8", "video/x-raw", "VP8=97"},
  /* profile and level of what comes encoded: the most that is allowed */
  {"video/x-h264, profile=main", "video/x-h264, profile=baseline", "H264=96"},
  {"video/x-h264, profile=main", "video/x-h264, profile=main", "H264=96"},
  {"video/x-h264, profile=main", "video/x-h264, profile=high", ""},
  {"video/x-h264, profile=main; video/x-h264, profile=high",
      "video/x-h264, profile=high", "H264=97"},
  {"video/x-h264, level=(string)3.1", "video/x-h264, level=(string)4", ""},
  {"video/x-h264, level=(string)4", "video/x-h264, level=(string)3.1",
      "H264=96"},
  {"video/x-h264, profile=high", "video/x-h264, profile=weird", ""},
  {"video/x-h265, profile=main", "video/x-h265, profile=main-10", ""},
  {"video/x-vp9, profile=(string)2", "video/x-vp9, profile=(string)0", ""},
  {"video/x-vp9, profile=(string)2", "video/x-vp9, profile=(string)2",
      "VP9=96"},
  /* what comes in another form than it was written in */
  {"video/x-h264, stream-format=avc", "video/x-h264, "
        "stream-format=byte-stream, profile=high", "H264=96"},
};

GST_START_TEST (restrictions)
{
  g_autofree gchar *text = list_for_input (restricted[__i__].video, "EMPTY",
      restricted[__i__].input, GST_RTC_MEDIA_VIDEO);

  fail_unless_equals_string (text, restricted[__i__].expected);
}

GST_END_TEST;

static GstStructure *
get_rtp (const gchar * codec, const gchar * input)
{
  g_autoptr (GstCaps) named = gst_caps_from_string (codec);
  const GstRtcPayload payload = {
    gst_rtc_codec_for_structure (gst_caps_get_structure (named, 0)), 96
  };
  g_autoptr (GstCaps) caps = gst_caps_from_string (input);
  GstElement *payloader = gst_object_ref_sink (gst_element_factory_make
      (payload.codec->payloader, NULL));
  g_autoptr (GstCaps) rtp = gst_rtc_payload_get_rtp_caps (&payload, caps,
      payloader);

  fail_unless (gst_caps_is_fixed (rtp));
  gst_object_unref (payloader);

  return gst_structure_copy (gst_caps_get_structure (rtp, 0));
}

/* Fields of RTP caps as "name=value", all of them in the other structure */
static void
assert_fields (const GstStructure * rtp, const gchar * expected)
{
  g_autofree gchar *text = g_strconcat ("x,", expected, NULL);
  GstStructure *fields = gst_structure_from_string (text, NULL);

  fail_unless (fields != NULL, "%s", text);
  for (gint i = 0; i < gst_structure_n_fields (fields); i++) {
    const gchar *name = gst_structure_nth_field_name (fields, i);
    const GValue *value = gst_structure_get_value (rtp, name);
    g_autofree gchar *all = gst_structure_to_string (rtp);

    fail_unless (value != NULL, "no %s in %s", name, all);
    fail_unless (gst_value_compare (value, gst_structure_get_value (fields,
                name)) == GST_VALUE_EQUAL, "%s is wrong in %s", name, all);
  }
  gst_structure_free (fields);
}

static const struct
{
  const gchar *codec;
  const gchar *input;
  const gchar *fields;
} formats[] = {
  {"video/x-vp8", "video/x-raw", "media=video, clock-rate=90000, "
        "encoding-name=VP8, payload=96, rtcp-fb-nack-pli=true"},
  /* what we encode: what was asked for, or what everybody decodes */
  {"video/x-h264", "video/x-raw", "profile-level-id=(string)42e01f, "
        "packetization-mode=(string)1"},
  {"video/x-h264, profile=high, level=(string)4", "video/x-raw",
      "profile-level-id=(string)640028"},
  {"video/x-h264, profile=main", "video/x-raw",
      "profile-level-id=(string)4d001f"},
  {"video/x-vp9", "video/x-raw", "profile-id=(string)0"},
  {"video/x-vp9, profile=(string)2", "video/x-raw", "profile-id=(string)2"},
  {"video/x-h265, profile=main-10", "video/x-raw", "profile-id=(string)2"},
  /* the profile of an encoded stream is not ours to choose */
  {"video/x-h264", "video/x-h264, profile=constrained-baseline, "
        "level=(string)3.1", "profile-level-id=(string)42e01f"},
  {"video/x-h264", "video/x-h264, profile=main, level=(string)4",
      "profile-level-id=(string)4d0028"},
  {"video/x-h264", "video/x-h264, profile=high, level=(string)5.1",
      "profile-level-id=(string)640033"},
  {"video/x-h264", "video/x-h264, profile=high",
      "profile-level-id=(string)64001f"},
  {"video/x-h264", "video/x-h264, profile=baseline, level=(string)1b",
      "profile-level-id=(string)42100b"},
  {"video/x-h264", "video/x-h264, profile=high, level=(string)1b",
      "profile-level-id=(string)640009"},
  {"video/x-h264", "video/x-h264", "profile-level-id=(string)42e01f"},
  {"video/x-h265", "video/x-h265, profile=main, tier=high, level=(string)4",
      "profile-id=(string)1, tier-flag=(string)1, level-id=(string)120"},
  {"video/x-h265", "video/x-h265, profile=main-444, tier=main",
      "profile-id=(string)4, tier-flag=(string)0"},
  {"video/x-vp9", "video/x-vp9, profile=(string)1", "profile-id=(string)1"},
  {"audio/x-opus", "audio/x-raw, channels=1", "media=audio, "
        "encoding-name=OPUS, clock-rate=48000, sprop-stereo=(string)0, "
        "encoding-params=(string)2"},
  {"audio/x-opus, channel-mapping-family=1", "audio/x-raw, channels=6",
      "encoding-name=MULTIOPUS, clock-rate=48000, encoding-params=(string)6, "
        "num_streams=(string)4, coupled_streams=(string)2, "
        "channel_mapping=(string)\"0,4,1,2,3,5\""},
  /* the form that is nearest to the input */
  {"audio/x-raw, format=S16BE", "audio/x-raw, format=F32LE, rate=44100, "
        "channels=1, layout=interleaved", "encoding-name=L16, "
        "clock-rate=44100, encoding-params=(string)1, payload=96"},
  {"audio/x-raw, format=S24BE, rate=48000, channels=2", "audio/x-raw, "
        "format=F32LE, rate=44100, channels=1", "encoding-name=L24, "
        "clock-rate=48000, encoding-params=(string)2"},
  {"audio/x-raw, format=U8", "audio/x-raw, rate=8000, channels=1",
      "encoding-name=L8, clock-rate=8000"},
  {"video/x-raw", "video/x-raw, format=UYVY, width=64, height=48, "
        "framerate=30/1", "encoding-name=RAW, clock-rate=90000, "
        "sampling=(string)YCbCr-4:2:2, depth=(string)8, width=(string)64, "
        "height=(string)48"},
  {"video/x-raw", "video/x-raw, format=NV12, width=64, height=48, "
        "framerate=30/1", "sampling=(string)YCbCr-4:2:0, width=(string)64"},
};

GST_START_TEST (format_of_an_offer)
{
  GstStructure *rtp = get_rtp (formats[__i__].codec, formats[__i__].input);

  assert_fields (rtp, formats[__i__].fields);
  fail_if (gst_structure_has_field (rtp, "ssrc"));
  fail_if (gst_structure_has_field (rtp, "timestamp-offset"));
  gst_structure_free (rtp);
}

GST_END_TEST;

/* What opusenc really makes of surround sound */
GST_START_TEST (surround_layout)
{
  g_autofree gchar *input = g_strdup_printf ("audio/x-raw, format=S16LE, "
      "layout=interleaved, rate=48000, channels=%d, channel-mask=(bitmask)0x%"
      G_GINT64_MODIFIER "x", __i__,
      gst_audio_channel_get_fallback_mask (__i__));
  GstStructure *rtp = get_rtp ("audio/x-opus, channel-mapping-family=1", input);
  GstHarness *harness = gst_harness_new_parse ("audioconvert ! "
      "capsfilter name=filter ! opusenc ! rtpopuspay");
  GstElement *filter = gst_bin_get_by_name (GST_BIN (harness->element),
      "filter");
  g_autoptr (GstCaps) input_caps = gst_caps_from_string (input);
  g_autoptr (GstCaps) raw =
      gst_rtc_codec_get_raw_caps (gst_rtc_codec_find ("MULTIOPUS"), input_caps);
  g_autoptr (GstCaps) caps = NULL;
  GstBuffer *silence;
  const GstStructure *made;

  g_object_set (filter, "caps", raw, NULL);
  gst_object_unref (filter);
  gst_harness_set_src_caps_str (harness, input);
  silence = gst_harness_create_buffer (harness, 960 * 2 * __i__);
  gst_buffer_memset (silence, 0, 0, -1);
  gst_harness_push (harness, silence);
  caps = gst_pad_get_current_caps (harness->sinkpad);
  made = gst_caps_get_structure (caps, 0);
  for (guint i = 0; i < 3; i++) {
    static const gchar *const fields[] = {
      "channel_mapping", "num_streams", "coupled_streams"
    };

    fail_unless_equals_string (gst_structure_get_string (rtp, fields[i]),
        gst_structure_get_string (made, fields[i]));
  }
  gst_harness_teardown (harness);
  gst_structure_free (rtp);
}

GST_END_TEST;

/* The same restriction is the same codec: renditions are shared by it */
GST_START_TEST (codecs_are_unique)
{
  GArray *one = make_payloads ("video/x-h264, profile=high; video/x-h264", "");
  GArray *two = make_payloads ("video/x-h264; video/x-h264, profile=high", "");

  fail_unless (g_array_index (one, GstRtcPayload, 0).codec ==
      g_array_index (two, GstRtcPayload, 1).codec);
  fail_unless (g_array_index (one, GstRtcPayload, 1).codec ==
      gst_rtc_codec_find ("h264"));
  fail_if (g_array_index (one, GstRtcPayload, 0).codec ==
      gst_rtc_codec_find ("h264"));
  g_array_unref (one);
  g_array_unref (two);
}

GST_END_TEST;

/* AV1 is offered where there is a payloader for it, which 1.22 has not */
GST_START_TEST (av1_needs_a_payloader)
{
  g_autofree gchar *without = NULL;
  g_autofree gchar *raw = NULL;
  g_autofree gchar *encoded = NULL;
  GstElementFactory *identity = gst_element_factory_find ("identity");
  GstElementFactory *payloader = gst_element_factory_find ("rtpav1pay");
  GstStructure *rtp;

  gst_object_unref (gst_plugin_feature_load (GST_PLUGIN_FEATURE (identity)));
  gst_object_unref (identity);
  if (!payloader) {
    without = list_for_input ("video/x-av1; video/x-vp8", "EMPTY",
        "video/x-raw", GST_RTC_MEDIA_VIDEO);
    fail_unless_equals_string (without, "VP8=96");
    gst_element_register (NULL, "rtpav1pay", GST_RANK_NONE,
        g_type_from_name ("GstIdentity"));
  }
  gst_clear_object (&payloader);
  raw = list_for_input ("video/x-av1; video/x-vp8", "EMPTY", "video/x-raw",
      GST_RTC_MEDIA_VIDEO);
  fail_unless_equals_string (raw, "AV1=96 VP8=97");
  encoded = list_for_input ("video/x-av1; video/x-vp8", "EMPTY",
      "video/x-av1", GST_RTC_MEDIA_VIDEO);
  fail_unless_equals_string (encoded, "AV1=96");
  rtp = get_rtp ("video/x-av1", "video/x-raw");
  assert_fields (rtp, "encoding-name=AV1, clock-rate=90000");
  gst_structure_free (rtp);
}

GST_END_TEST;

/* Only so many payload types are dynamic */
GST_START_TEST (payload_types_run_out)
{
  GString *caps = g_string_new (NULL);
  GArray *payloads;

  for (guint i = 1; i <= 40; i++)
    g_string_append_printf (caps, "%svideo/x-vp8, width=%u", i > 1 ? "; " : "",
        i);
  payloads = make_payloads (caps->str, "audio/x-opus");
  fail_unless_equals_int (payloads->len, 32);
  fail_unless_equals_int (g_array_index (payloads, GstRtcPayload, 31).pt, 127);
  g_array_unref (payloads);
  g_string_free (caps, TRUE);
}

GST_END_TEST;

/* Profiles in the stream itself: made by x264enc and x265enc, high 4:2:0 of
 * level 3.1 and main of level 3.1 */

static const guint8 h264_stream[] = {
  0, 0, 0, 1, 0x09, 0xf0,
  0, 0, 0, 1, 0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb,
  0, 0, 1, 0x68, 0xeb, 0xe3, 0xcb
};

static const guint8 h265_stream[] = {
  0, 0, 0, 1, 0x40, 0x01, 0x0c, 0x01,
  0, 0, 0, 1, 0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90,
  0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x5d, 0xa0, 0x02, 0x80
};

static const struct
{
  const gchar *caps;
  const guint8 *data;
  gsize size;
  const gchar *profile;
  const gchar *level;
} streams[] = {
  {"video/x-h264, stream-format=byte-stream", h264_stream,
      sizeof (h264_stream), "high", "3.1"},
  {"video/x-h265, stream-format=byte-stream", h265_stream,
      sizeof (h265_stream), "main", "3.1"},
  {"video/x-h264, stream-format=byte-stream", h264_stream, 6, NULL, NULL},
  {"video/x-h264, stream-format=byte-stream", h264_stream, 12, NULL, NULL},
  {"video/x-h265, stream-format=byte-stream", h265_stream, 20, NULL, NULL},
  {"video/x-h264, stream-format=byte-stream", NULL, 0, NULL, NULL},
  {"video/x-h264, stream-format=avc, codec_data=(buffer)014d0028ffe1", NULL,
      0, "main", "4"},
  {"video/x-h264, stream-format=avc, codec_data=(buffer)01", NULL, 0, NULL,
      NULL},
  {"video/x-h265, stream-format=hvc1, codec_data=(buffer)"
        "01016000000090000000000078f0", NULL, 0, "main", "4"},
};

GST_START_TEST (profile_of_a_stream)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (streams[__i__].caps);
  g_autoptr (GstCaps) known = NULL;
  GstBuffer *buffer = streams[__i__].data ?
      gst_buffer_new_memdup (streams[__i__].data, streams[__i__].size) :
      gst_buffer_new ();
  const GstStructure *structure;

  fail_if (gst_rtc_profile_is_known (caps));
  known = gst_rtc_profile_read (caps, buffer);
  gst_buffer_unref (buffer);
  fail_unless_equals_int (known != NULL, streams[__i__].profile != NULL);
  if (!known)
    return;

  fail_unless (gst_rtc_profile_is_known (known));
  structure = gst_caps_get_structure (known, 0);
  fail_unless_equals_string (gst_structure_get_string (structure, "profile"),
      streams[__i__].profile);
  fail_unless_equals_string (gst_structure_get_string (structure, "level"),
      streams[__i__].level);
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
  tcase_add_loop_test (tc, restrictions, 0, G_N_ELEMENTS (restricted));
  tcase_add_loop_test (tc, format_of_an_offer, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tc, profile_of_a_stream, 0, G_N_ELEMENTS (streams));
  tcase_add_loop_test (tc, surround_layout, 3, 9);
  tcase_add_test (tc, codecs_are_unique);
  tcase_add_test (tc, av1_needs_a_payloader);
  tcase_add_test (tc, payload_types_run_out);
  tcase_add_test (tc, encoders_by_rank);

  return s;
}

GST_CHECK_MAIN (codecs);
