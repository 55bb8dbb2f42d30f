/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be sent, and how it is offered. The offer is written from this
 * table and the input's caps alone: no encoder runs before somebody chose its
 * codec. */

#include "codecs.h"

#include <gst/pbutils/pbutils.h>
#include <string.h>

/* id of the extension, the same in every media of a bundle */
#define TWCC_FIELD "extmap-1"

/* Square pixels, as RTP has no word for others */
#define VIDEO_RAW "video/x-raw(ANY),pixel-aspect-ratio=1/1"

static const GstRtcCodec codecs[] = {
  {
        .name = "VP8",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-vp8",
        .raw_caps = VIDEO_RAW,
        .payloader = "rtpvp8pay",
        .clock_rate = 90000,
      },
  {
        .name = "H264",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-h264",
        .parser = "h264parse",
        .parsed_caps = "video/x-h264,stream-format=byte-stream,alignment=au",
        .encode_caps = "video/x-h264,profile=constrained-baseline",
        .raw_caps = VIDEO_RAW,
        .payloader = "rtph264pay",
        .clock_rate = 90000,
        .offer = "packetization-mode=(string)1,"
        "profile-level-id=(string)42e01f,level-asymmetry-allowed=(string)1",
      },
  {
        .name = "VP9",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-vp9",
        .parser = "vp9parse",
        .parsed_caps = "video/x-vp9,alignment=super-frame",
        .encode_caps = "video/x-vp9,profile=(string)0",
        /* vp9enc takes more than the profile has, and then fails */
        .raw_caps = VIDEO_RAW ",format=(string){I420,YV12,NV12}",
        .payloader = "rtpvp9pay",
        .clock_rate = 90000,
        .offer = "profile-id=(string)0",
      },
  {
        .name = "H265",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-h265",
        .parser = "h265parse",
        .parsed_caps = "video/x-h265,stream-format=byte-stream,alignment=au",
        .encode_caps = "video/x-h265,profile=main",
        .raw_caps = VIDEO_RAW,
        .payloader = "rtph265pay",
        .clock_rate = 90000,
      },
  {
        .name = "AV1",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-av1",
        .parser = "av1parse",
        .parsed_caps = "video/x-av1,stream-format=obu-stream,alignment=tu",
        .raw_caps = VIDEO_RAW,
        .payloader = "rtpav1pay",
        .clock_rate = 90000,
      },
  {
        .name = "OPUS",
        .kind = GST_RTC_MEDIA_AUDIO,
        .caps = "audio/x-opus,channel-mapping-family=(int)0",
        .raw_caps = "audio/x-raw,channels=(int)[1,2]",
        .payloader = "rtpopuspay",
        .clock_rate = 48000,
        .offer = "encoding-params=(string)2,minptime=(string)10,"
        "useinbandfec=(string)1",
      },
};

/* Feedback that a video sender understands (RFC 4585, RFC 5104) */
#define VIDEO_FEEDBACK "rtcp-fb-nack-pli=(boolean)true," \
    "rtcp-fb-ccm-fir=(boolean)true"

/**
 * gst_rtc_codec_find:
 * @name: an RTP encoding name, in any case
 *
 * Returns: (nullable): the codec
 */
const GstRtcCodec *
gst_rtc_codec_find (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++) {
    if (g_ascii_strcasecmp (codecs[i].name, name) == 0)
      return &codecs[i];
  }

  return NULL;
}

static gboolean
factory_exists (const gchar * name)
{
  GstElementFactory *factory = gst_element_factory_find (name);

  if (!factory)
    return FALSE;
  gst_object_unref (factory);

  return TRUE;
}

/**
 * gst_rtc_codec_list_encoders:
 *
 * Returns: (transfer full) (element-type GstElementFactory): encoders of rank
 *     MARGINAL and up, highest first
 */
GList *
gst_rtc_codec_list_encoders (const GstRtcCodec * codec)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);
  GList *all = gst_element_factory_list_get_elements
      (GST_ELEMENT_FACTORY_TYPE_ENCODER, GST_RANK_MARGINAL);
  GList *found = gst_element_factory_list_filter (all, caps, GST_PAD_SRC,
      FALSE);

  gst_plugin_feature_list_free (all);

  return g_list_sort (found,
      (GCompareFunc) gst_plugin_feature_rank_compare_func);
}

/**
 * gst_rtc_codec_can_pay:
 *
 * Returns: whether everything behind an encoder is installed
 */
gboolean
gst_rtc_codec_can_pay (const GstRtcCodec * codec)
{
  return factory_exists (codec->payloader) &&
      (!codec->parser || factory_exists (codec->parser));
}

/**
 * gst_rtc_codec_can_encode:
 *
 * Returns: whether there is an encoder, too
 */
gboolean
gst_rtc_codec_can_encode (const GstRtcCodec * codec)
{
  GList *encoders = gst_rtc_codec_list_encoders (codec);
  gboolean found = encoders != NULL;

  gst_plugin_feature_list_free (encoders);

  return found;
}

static const GstRtcCodec *
codec_for_structure (const GstStructure * structure)
{
  g_autoptr (GstCaps) wanted =
      gst_caps_new_full (gst_structure_copy (structure), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (codecs[i].caps);

    if (gst_caps_can_intersect (caps, wanted) &&
        gst_rtc_codec_can_pay (&codecs[i]))
      return &codecs[i];
  }

  return NULL;
}

static gboolean
has_codec (GArray * payloads, const GstRtcCodec * codec)
{
  for (guint i = 0; i < payloads->len; i++) {
    if (g_array_index (payloads, GstRtcPayload, i).codec == codec)
      return TRUE;
  }

  return FALSE;
}

static void
append_payloads (GArray * payloads, GstCaps * caps, gint * next_pt)
{
  for (guint i = 0; caps && i < gst_caps_get_size (caps); i++) {
    GstRtcPayload payload = {
      codec_for_structure (gst_caps_get_structure (caps, i)), *next_pt
    };

    if (!payload.codec || has_codec (payloads, payload.codec))
      continue;
    if (payload.pt > 127)
      return;
    g_array_append_val (payloads, payload);
    (*next_pt)++;
  }
}

/**
 * gst_rtc_payloads_from_caps:
 * @video_caps: (nullable): the element's `video-caps`
 * @audio_caps: (nullable): the element's `audio-caps`
 *
 * Returns: (transfer full) (element-type GstRtcPayload): what can be paid of
 *     these caps, in their order, with the dynamic payload types from 96 on
 */
GArray *
gst_rtc_payloads_from_caps (GstCaps * video_caps, GstCaps * audio_caps)
{
  GArray *payloads = g_array_new (FALSE, FALSE, sizeof (GstRtcPayload));
  gint next_pt = 96;

  append_payloads (payloads, video_caps, &next_pt);
  append_payloads (payloads, audio_caps, &next_pt);

  return payloads;
}

/**
 * gst_rtc_caps_are_raw:
 *
 * Returns: whether the caps have to be encoded
 */
gboolean
gst_rtc_caps_are_raw (GstCaps * caps)
{
  return g_str_has_suffix (gst_structure_get_name (gst_caps_get_structure
          (caps, 0)), "/x-raw");
}

static gboolean
is_stream_of (const GstRtcCodec * codec, GstCaps * input)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);

  return gst_caps_can_intersect (caps, input);
}

/**
 * gst_rtc_payloads_for_input:
 * @payloads: (element-type GstRtcPayload): all that can be offered
 * @kind: of the input
 * @input: fixed caps of the input
 *
 * Returns: (transfer full) (element-type GstRtcPayload): those that can be
 *     offered for this input: all that can be encoded, or the one that it is
 */
GArray *
gst_rtc_payloads_for_input (GArray * payloads, GstRtcMediaKind kind,
    GstCaps * input)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (GstRtcPayload));
  const gboolean raw = gst_rtc_caps_are_raw (input);

  for (guint i = 0; i < payloads->len; i++) {
    GstRtcPayload payload = g_array_index (payloads, GstRtcPayload, i);

    if (payload.codec->kind != kind)
      continue;
    if (raw ? gst_rtc_codec_can_encode (payload.codec) :
        is_stream_of (payload.codec, input))
      g_array_append_val (found, payload);
  }

  return found;
}

/* profile_idc and constraint flags of a profile's name (RFC 6184 table 5) */
static const struct
{
  const gchar *profile;
  const gchar *idc;
} h264_profiles[] = {
  {"constrained-baseline", "42e0"},
  {"baseline", "4200"},
  {"main", "4d00"},
  {"extended", "5800"},
  {"constrained-high", "640c"},
  {"progressive-high", "6408"},
  {"high", "6400"},
};

/* The profile that a stream really has: it is not ours to choose */
static void
set_h264_profile (GstStructure * rtp, GstCaps * input)
{
  const GstStructure *structure = gst_caps_get_structure (input, 0);
  const gchar *profile = gst_structure_get_string (structure, "profile");
  const gchar *level = gst_structure_get_string (structure, "level");
  guint8 level_idc = level ? gst_codec_utils_h264_get_level_idc (level) : 0;

  for (guint i = 0; profile && i < G_N_ELEMENTS (h264_profiles); i++) {
    g_autofree gchar *id = NULL;

    if (!g_str_equal (h264_profiles[i].profile, profile))
      continue;
    id = g_strdup_printf ("%s%02x", h264_profiles[i].idc,
        level_idc ? level_idc : 0x1f);
    gst_structure_set (rtp, "profile-level-id", G_TYPE_STRING, id, NULL);
  }
}

static void
set_stereo (GstStructure * rtp, GstCaps * input)
{
  gint channels = 2;

  gst_structure_get_int (gst_caps_get_structure (input, 0), "channels",
      &channels);
  gst_structure_set (rtp, "sprop-stereo", G_TYPE_STRING,
      channels > 1 ? "1" : "0", NULL);
}

/**
 * gst_rtc_payload_get_rtp_caps:
 * @input: fixed caps of the input
 * @ssrc: of the track
 * @twcc: whether transport-wide congestion control feedback is asked for
 *
 * Returns: (transfer full): caps for a transceiver's `codec-preferences`
 */
GstCaps *
gst_rtc_payload_get_rtp_caps (const GstRtcPayload * payload, GstCaps * input,
    guint ssrc, gboolean twcc)
{
  const GstRtcCodec *codec = payload->codec;
  const gboolean video = codec->kind == GST_RTC_MEDIA_VIDEO;
  g_autofree gchar *text = g_strconcat ("application/x-rtp,",
      video ? VIDEO_FEEDBACK : "media=audio", codec->offer ? "," : NULL,
      codec->offer, NULL);
  GstCaps *caps = gst_caps_from_string (text);
  GstStructure *structure = gst_caps_get_structure (caps, 0);

  gst_structure_set (structure, "media", G_TYPE_STRING,
      video ? "video" : "audio", "encoding-name", G_TYPE_STRING, codec->name,
      "payload", G_TYPE_INT, payload->pt, "clock-rate", G_TYPE_INT,
      codec->clock_rate, "ssrc", G_TYPE_UINT, ssrc, NULL);
  if (twcc)
    gst_structure_set (structure, "rtcp-fb-transport-cc", G_TYPE_BOOLEAN,
        TRUE, TWCC_FIELD, G_TYPE_STRING, GST_RTC_TWCC_URI, NULL);

  if (g_str_equal (codec->name, "H264") && !gst_rtc_caps_are_raw (input))
    set_h264_profile (structure, input);
  if (g_str_equal (codec->name, "OPUS"))
    set_stereo (structure, input);

  return caps;
}
