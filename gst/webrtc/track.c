/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One input stream in one session: an m-line of the offer, then, once the
 * answer chose a codec,
 *
 *   SessionSource [! filter] ! payloader ! webrtcbin
 *
 * and, once DTLS is up, the rendition that feeds it. Control thread only.
 */

#include "track.h"

#include <gst/webrtc/webrtc.h>
#include <string.h>

#include "payloader.h"
#include "sdp.h"
#include "sessionsource.h"

struct _GstRtcTrack
{
  GstRtcSinkPad *pad;
  guint mline;
  guint ssrc;
  GstCaps *input;
  GArray *payloads;             /* element-type GstRtcPayload: offered */
  GstPad *webrtcbin_pad;
  const GstRtcPayload *chosen;  /* of payloads */
  gint pt;
  gboolean twcc;                /* the answer has the extension */
  GstRtcSessionSource *source;
  GstRtcRendition *rendition;
};

/**
 * gst_rtc_track_new:
 * @pad: (transfer none): the sink's pad
 * @mline: index of its m-line
 */
GstRtcTrack *
gst_rtc_track_new (GstRtcSinkPad * pad, guint mline)
{
  GstRtcTrack *self = g_new0 (GstRtcTrack, 1);

  self->pad = gst_object_ref (pad);
  self->mline = mline;
  /* 0 is no SSRC for some receivers */
  self->ssrc = g_random_int_range (1, G_MAXINT32);

  return self;
}

void
gst_rtc_track_free (GstRtcTrack * self)
{
  g_assert (!self->rendition);

  g_clear_pointer (&self->payloads, g_array_unref);
  gst_clear_caps (&self->input);
  gst_clear_object (&self->webrtcbin_pad);
  gst_clear_object (&self->source);
  gst_object_unref (self->pad);
  g_free (self);
}

GstRtcSinkPad *
gst_rtc_track_get_pad (GstRtcTrack * self)
{
  return self->pad;
}

guint
gst_rtc_track_get_mline (GstRtcTrack * self)
{
  return self->mline;
}

static GstCaps *
get_preferences (GstRtcTrack * self)
{
  GstCaps *caps = gst_caps_new_empty ();

  for (guint i = 0; i < self->payloads->len; i++)
    gst_caps_append (caps,
        gst_rtc_payload_get_rtp_caps (&g_array_index (self->payloads,
                GstRtcPayload, i), self->input, self->ssrc, TRUE));

  return caps;
}

static GstPad *
request_webrtcbin_pad (GstRtcTrack * self, GstElement * webrtcbin)
{
  GstPadTemplate *template = gst_element_class_get_pad_template
      (GST_ELEMENT_GET_CLASS (webrtcbin), "sink_%u");
  g_autofree gchar *name = g_strdup_printf ("sink_%u", self->mline);
  g_autofree gchar *msid = gst_rtc_sink_pad_dup_msid (self->pad);
  GstPad *pad = gst_element_request_pad (webrtcbin, template, name, NULL);

  if (pad && msid)
    g_object_set (pad, "msid", msid, NULL);

  return pad;
}

/**
 * gst_rtc_track_offer:
 * @webrtcbin: the session's, in READY
 * @payloads: (element-type GstRtcPayload): all that the element can offer
 * @retransmission: whether to offer RTX for video
 *
 * Makes the m-line of the offer.
 */
gboolean
gst_rtc_track_offer (GstRtcTrack * self, GstElement * webrtcbin,
    GArray * payloads, gboolean retransmission, GError ** error)
{
  GstRtcInputStream *stream = gst_rtc_sink_pad_get_stream (self->pad);
  const GstRtcMediaKind kind = gst_rtc_input_stream_get_kind (stream);
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  g_autoptr (GstCaps) preferences = NULL;

  self->input = gst_rtc_input_stream_get_caps (stream);
  self->payloads = gst_rtc_payloads_for_input (payloads, kind, self->input);
  if (self->payloads->len == 0) {
    g_autofree gchar *text = gst_caps_to_string (self->input);

    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
        "Nothing that is allowed and installed can send %s of %s", text,
        gst_rtc_input_stream_get_name (stream));
    return FALSE;
  }

  self->webrtcbin_pad = request_webrtcbin_pad (self, webrtcbin);
  if (!self->webrtcbin_pad) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "webrtcbin gave no pad for m-line %u", self->mline);
    return FALSE;
  }

  g_object_get (self->webrtcbin_pad, "transceiver", &transceiver, NULL);
  preferences = get_preferences (self);
  g_object_set (transceiver, "direction",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "codec-preferences",
      preferences, "do-nack",
      retransmission && kind == GST_RTC_MEDIA_VIDEO, NULL);

  return TRUE;
}

static const GstRtcPayload *
find_payload (GstRtcTrack * self, const gchar * name)
{
  for (guint i = 0; i < self->payloads->len; i++) {
    const GstRtcPayload *payload =
        &g_array_index (self->payloads, GstRtcPayload, i);

    if (g_str_equal (payload->codec->name, name))
      return payload;
  }

  return NULL;
}

static gboolean
answer_has_twcc (const GstSDPMedia * media)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "extmap", i)); i++) {
    if (strstr (value, "transport-wide-cc"))
      return TRUE;
  }

  return FALSE;
}

/**
 * gst_rtc_track_take_answer:
 * @media: the answer's m-line
 *
 * Learns which codec the peer chose.
 *
 * Returns: %FALSE with an error if it is none of those that were offered; if
 *     the media was rejected, %TRUE, and there is no codec
 */
gboolean
gst_rtc_track_take_answer (GstRtcTrack * self, const GstSDPMedia * media,
    GError ** error)
{
  const gchar *name = NULL;

  self->chosen = NULL;
  if (gst_rtc_sdp_media_is_rejected (media))
    return TRUE;

  self->pt = gst_rtc_sdp_media_get_chosen_pt (media, &name);
  if (self->pt >= 0)
    self->chosen = find_payload (self, name);
  if (!self->chosen) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
        "The answer to m-line %u has no codec that was offered (%s)",
        self->mline, self->pt >= 0 ? name : "none at all");
    return FALSE;
  }
  self->twcc = answer_has_twcc (media);

  return TRUE;
}

/**
 * gst_rtc_track_get_codec:
 *
 * Returns: (nullable): what the answer chose; %NULL if it rejected the media
 */
const GstRtcCodec *
gst_rtc_track_get_codec (GstRtcTrack * self)
{
  return self->chosen ? self->chosen->codec : NULL;
}

GstCaps *
gst_rtc_track_get_input_caps (GstRtcTrack * self)
{
  return self->input;
}

static gboolean
link_chain (GstRtcTrack * self, GstElement * filter, GstElement * payloader)
{
  GstElement *first = filter ? filter : payloader;
  GstPad *pad;
  gboolean linked;

  if (!gst_element_link (GST_ELEMENT (self->source), first) ||
      (filter && !gst_element_link (filter, payloader)))
    return FALSE;

  pad = gst_element_get_static_pad (payloader, "src");
  linked = gst_pad_link (pad, self->webrtcbin_pad) == GST_PAD_LINK_OK;
  gst_object_unref (pad);

  return linked;
}

/**
 * gst_rtc_track_connect:
 * @pipeline: the session's
 * @filter: (nullable) (transfer floating): the application's filter of encoded
 *     frames
 * @payloader: (transfer floating): the configured payloader
 *
 * Builds the way from here to webrtcbin, for the codec that was chosen.
 */
gboolean
gst_rtc_track_connect (GstRtcTrack * self, GstBin * pipeline,
    GstElement * filter, GstElement * payloader, GError ** error)
{
  GstRtcPayload payload = { self->chosen->codec, self->pt };
  g_autoptr (GstCaps) caps = gst_rtc_payload_get_rtp_caps (&payload,
      self->input, self->ssrc, self->twcc);
  const gchar *name = GST_OBJECT_NAME (self->pad);

  gst_rtc_payloader_set_identity (payloader, self->pt, self->ssrc);
  gst_rtc_payloader_pin_caps (self->webrtcbin_pad, caps);

  self->source = gst_rtc_session_source_new (name);
  gst_bin_add_many (pipeline, gst_object_ref (self->source), payloader, NULL);
  if (filter)
    gst_bin_add (pipeline, filter);
  if (!link_chain (self, filter, payloader)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        "The elements for %s do not fit together", name);
    return FALSE;
  }

  gst_element_sync_state_with_parent (payloader);
  if (filter)
    gst_element_sync_state_with_parent (filter);
  gst_element_sync_state_with_parent (GST_ELEMENT (self->source));

  return TRUE;
}

/**
 * gst_rtc_track_attach:
 * @rendition: (transfer full): what feeds the track from now on
 */
void
gst_rtc_track_attach (GstRtcTrack * self, GstRtcRendition * rendition)
{
  g_assert (!self->rendition);

  self->rendition = rendition;
  gst_rtc_session_source_attach (self->source,
      gst_rtc_rendition_get_producer (rendition));
}

/**
 * gst_rtc_track_get_rendition:
 *
 * Returns: (nullable): what feeds the track
 */
GstRtcRendition *
gst_rtc_track_get_rendition (GstRtcTrack * self)
{
  return self->rendition;
}

/**
 * gst_rtc_track_detach:
 *
 * Returns: (transfer full) (nullable): what fed the track until now
 */
GstRtcRendition *
gst_rtc_track_detach (GstRtcTrack * self)
{
  if (self->source)
    gst_rtc_session_source_detach (self->source);

  return g_steal_pointer (&self->rendition);
}
