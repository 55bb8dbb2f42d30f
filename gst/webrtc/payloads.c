/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is offered, and under which payload type: first all that the element
 * may send, then what of it suits an input. An offer is written from the table
 * of codecs, the input's caps and the payloader: no encoder runs before
 * somebody chose its codec. */

#include "payloads.h"

#include <gst/audio/audio.h>
#include <string.h>

#include "payloader.h"
#include "profiles.h"

/* Dynamic payload types (RFC 3551 section 6) */
#define FIRST_PT 96
#define LAST_PT 127

/* Feedback that a video sender understands (RFC 4585, RFC 5104) */
#define VIDEO_FEEDBACK "rtcp-fb-nack-pli=(boolean)true," \
    "rtcp-fb-ccm-fir=(boolean)true"

/* Layout of surround sound, by the number of channels (RFC 7845 section
 * 5.1.1): how opusenc pairs channels, in the order of Vorbis */
static const struct
{
  gint n_coupled;
  const gchar *mapping;
} surround[] = {
  [3] = {1, "<0,2,1>"},
  [4] = {2, "<0,1,2,3>"},
  [5] = {2, "<0,4,1,2,3>"},
  [6] = {2, "<0,4,1,2,3,5>"},
  [7] = {3, "<0,4,1,2,3,5,6>"},
  [8] = {3, "<0,6,1,4,5,2,3,7>"},
};

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
    const GstRtcPayload payload = {
      gst_rtc_codec_for_structure (gst_caps_get_structure (caps, i)), *next_pt
    };

    if (!payload.codec || has_codec (payloads, payload.codec))
      continue;
    if (payload.pt > LAST_PT) {
      GST_WARNING ("no payload type is left for %s", payload.codec->name);
      return;
    }
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
  gint next_pt = FIRST_PT;

  append_payloads (payloads, video_caps, &next_pt);
  append_payloads (payloads, audio_caps, &next_pt);

  return payloads;
}

/* Surround sound would lose channels as OPUS, which many a peer knows that
 * does not know MULTIOPUS: the whole first, what fits second. */
static void
prefer_surround (GArray * payloads, GstCaps * input)
{
  gint channels = 0;

  gst_structure_get_int (gst_caps_get_structure (input, 0), "channels",
      &channels);
  for (guint i = 1; channels > 2 && i < payloads->len; i++) {
    const GstRtcPayload payload = g_array_index (payloads, GstRtcPayload, i);

    if (gst_rtc_codec_is (payload.codec, "MULTIOPUS")) {
      g_array_remove_index (payloads, i);
      g_array_prepend_val (payloads, payload);
    }
  }
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
    if (raw && gst_rtc_codec_can_encode (payload.codec, input)) {
      g_array_append_val (found, payload);
    } else if (!raw && gst_rtc_codec_can_pass (payload.codec, input)) {
      g_array_append_val (found, payload);
      return found;
    }
  }
  if (raw && kind == GST_RTC_MEDIA_AUDIO)
    prefer_surround (found, input);

  return found;
}

/* RTP caps */

static GstCaps *
make_surround_caps (GstCaps * input)
{
  GstCaps *caps;
  gint n = 0;
  g_autofree gchar *text = NULL;

  gst_structure_get_int (gst_caps_get_structure (input, 0), "channels", &n);
  n = CLAMP (n, 3, (gint) G_N_ELEMENTS (surround) - 1);
  text = g_strdup_printf ("audio/x-opus,rate=48000,channels=%d,"
      "channel-mapping-family=1,stream-count=%d,coupled-count=%d,"
      "channel-mapping=(int)%s", n, n - surround[n].n_coupled,
      surround[n].n_coupled, surround[n].mapping);
  caps = gst_caps_from_string (text);

  return caps;
}

/* What the payloader will be given */
static GstCaps *
get_stream_caps (const GstRtcCodec * codec, GstCaps * input)
{
  if (codec->is_raw)
    return gst_rtc_codec_get_raw_caps (codec, input);
  if (gst_rtc_caps_are_raw (input))
    return make_surround_caps (input);

  return gst_caps_ref (input);
}

static void
add_described (GstStructure * rtp, const GstRtcCodec * codec, GstCaps * input,
    GstElement * payloader)
{
  g_autoptr (GstCaps) stream = get_stream_caps (codec, input);
  g_autoptr (GstCaps) described = gst_rtc_payloader_describe (payloader,
      stream);
  const GstStructure *from;

  if (!described) {
    GST_WARNING_OBJECT (payloader, "cannot say how it sends %" GST_PTR_FORMAT,
        stream);
    return;
  }
  from = gst_caps_get_structure (described, 0);
  for (gint i = 0; i < gst_structure_n_fields (from); i++) {
    const gchar *name = gst_structure_nth_field_name (from, i);

    if (!gst_structure_has_field (rtp, name))
      gst_structure_set_value (rtp, name, gst_structure_get_value (from, name));
  }
}

static void
set_profile (GstStructure * rtp, const GstRtcCodec * codec, GstCaps * input)
{
  const GstStructure *structure = gst_caps_get_structure (input, 0);

  /* the profile that a stream really has is not ours to choose */
  if (gst_rtc_caps_are_raw (input))
    gst_rtc_profile_describe (codec->name, codec->profile, NULL, codec->level,
        rtp);
  else
    gst_rtc_profile_describe (codec->name,
        gst_structure_get_string (structure, "profile"),
        gst_structure_get_string (structure, "tier"),
        gst_structure_get_string (structure, "level"), rtp);
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
 * @payloader: (nullable): one of the codec, in NULL or READY; needed for those
 *     that only it can describe
 *
 * Returns: (transfer full): the format, for a transceiver's
 *     `codec-preferences`
 */
GstCaps *
gst_rtc_payload_get_rtp_caps (const GstRtcPayload * payload, GstCaps * input,
    GstElement * payloader)
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
      "payload", G_TYPE_INT, payload->pt, NULL);
  if (codec->clock_rate > 0)
    gst_structure_set (structure, "clock-rate", G_TYPE_INT, codec->clock_rate,
        NULL);

  if (codec->by_payloader && payloader)
    add_described (structure, codec, input, payloader);
  set_profile (structure, codec, input);
  if (gst_rtc_codec_is (codec, "OPUS"))
    set_stereo (structure, input);

  return caps;
}
