/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One input stream in one session: an m-line, then, once a codec was chosen,
 *
 *   SessionSource [! filter] ! payloader ! webrtcbin
 *
 * and, once DTLS is up, the rendition that feeds it. Control thread only, but
 * for what takes elements down: that runs on a worker.
 *
 * A track has its m-line for good: webrtcbin 1.22 has no way back from
 * `inactive`, neither as the sender nor as the receiver.
 */

#include "track.h"

#include <gst/webrtc/webrtc.h>
#include <string.h>

#include "answer.h"
#include "capspolicy.h"
#include "leanpath.h"
#include "payloader.h"
#include "sdp.h"
#include "sdpedit.h"
#include "sessionsource.h"

struct _GstRtcTrack
{
  GstRtcSinkPad *pad;
  guint mline;
  guint ssrc;
  GstCaps *input;
  GArray *payloads;             /* element-type GstRtcPayload: offered */
  GstCaps *formats;             /* what our description says, or NULL */
  GstPad *webrtcbin_pad;
  GstWebRTCRTPTransceiver *transceiver;

  const GstRtcCodec *codec;     /* what was chosen */
  gint pt;
  GstCaps *rtp;                 /* and its RTP caps */

  GstElement *source;           /* a GstRtcSessionSource */
  GstElement *filter;
  GstElement *payloader;
  gulong pin;                   /* probe on webrtcbin_pad */
  gint next_seqnum;             /* after a payloader that is gone, or -1 */
  gint64 timestamp_offset;
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
  self->next_seqnum = -1;
  self->timestamp_offset = -1;

  return self;
}

void
gst_rtc_track_free (GstRtcTrack * self)
{
  g_assert (!self->rendition);

  g_clear_pointer (&self->payloads, g_array_unref);
  gst_clear_caps (&self->input);
  gst_clear_caps (&self->formats);
  gst_clear_caps (&self->rtp);
  gst_clear_object (&self->webrtcbin_pad);
  gst_clear_object (&self->transceiver);
  gst_clear_object (&self->source);
  gst_clear_object (&self->filter);
  gst_clear_object (&self->payloader);
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

static GstRtcMediaKind
get_kind (GstRtcTrack * self)
{
  return gst_rtc_input_stream_get_kind (gst_rtc_sink_pad_get_stream
      (self->pad));
}

/**
 * gst_rtc_track_pad_can_offer:
 * @pad: a pad of the sink
 * @payloads: (element-type GstRtcPayload): all that the element can offer
 *
 * Returns: whether there is anything that can be sent of its input
 */
gboolean
gst_rtc_track_pad_can_offer (GstRtcSinkPad * pad, GArray * payloads)
{
  GstRtcInputStream *stream = gst_rtc_sink_pad_get_stream (pad);
  g_autoptr (GstCaps) input = gst_rtc_input_stream_get_caps (stream);
  g_autoptr (GArray) found = NULL;

  if (!input)
    return FALSE;
  found = gst_rtc_payloads_for_input (payloads,
      gst_rtc_input_stream_get_kind (stream), input);

  return found->len > 0;
}

/* Returns: whether there is anything that can be sent of the input */
static gboolean
look_at_input (GstRtcTrack * self, GArray * payloads, GError ** error)
{
  GstRtcInputStream *stream = gst_rtc_sink_pad_get_stream (self->pad);
  g_autofree gchar *text = NULL;

  gst_clear_caps (&self->input);
  g_clear_pointer (&self->payloads, g_array_unref);
  self->input = gst_rtc_input_stream_get_caps (stream);
  self->payloads = gst_rtc_payloads_for_input (payloads, get_kind (self),
      self->input);
  if (self->payloads->len > 0)
    return TRUE;

  text = gst_caps_to_string (self->input);
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
      "Nothing that is allowed and installed can send %s of %s", text,
      gst_rtc_input_stream_get_name (stream));

  return FALSE;
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

static gboolean
request_webrtcbin_pad (GstRtcTrack * self, GstElement * webrtcbin,
    GError ** error)
{
  GstPadTemplate *template = gst_element_class_get_pad_template
      (GST_ELEMENT_GET_CLASS (webrtcbin), "sink_%u");
  g_autofree gchar *name = g_strdup_printf ("sink_%u", self->mline);
  g_autofree gchar *msid = gst_rtc_sink_pad_dup_msid (self->pad);

  self->webrtcbin_pad = gst_element_request_pad (webrtcbin, template, name,
      NULL);
  if (!self->webrtcbin_pad) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "webrtcbin gave no pad for m-line %u", self->mline);
    return FALSE;
  }

  if (msid)
    g_object_set (self->webrtcbin_pad, "msid", msid, NULL);
  g_object_get (self->webrtcbin_pad, "transceiver", &self->transceiver, NULL);

  return TRUE;
}

static void
set_up_transceiver (GstRtcTrack * self, GstCaps * preferences,
    gboolean retransmission)
{
  g_object_set (self->transceiver, "direction",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "codec-preferences",
      preferences, "do-nack",
      retransmission && get_kind (self) == GST_RTC_MEDIA_VIDEO, NULL);
}

/**
 * gst_rtc_track_offer:
 * @webrtcbin: the session's, in READY or above
 * @payloads: (element-type GstRtcPayload): all that the element can offer
 * @retransmission: whether to offer RTX for video
 *
 * Makes the m-line of the offer.
 */
gboolean
gst_rtc_track_offer (GstRtcTrack * self, GstElement * webrtcbin,
    GArray * payloads, gboolean retransmission, GError ** error)
{
  g_autoptr (GstCaps) preferences = NULL;

  if (!look_at_input (self, payloads, error) ||
      !request_webrtcbin_pad (self, webrtcbin, error))
    return FALSE;

  preferences = get_preferences (self);
  set_up_transceiver (self, preferences, retransmission);

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
  const GstRtcPayload *payload = NULL;
  const gchar *name = NULL;
  GstRtcPayload chosen;

  self->codec = NULL;
  gst_clear_caps (&self->rtp);
  if (gst_rtc_sdp_media_is_rejected (media))
    return TRUE;

  self->pt = gst_rtc_sdp_media_get_chosen_pt (media, &name);
  if (self->pt >= 0)
    payload = find_payload (self, name);
  if (!payload) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
        "The answer to m-line %u has no codec that was offered (%s)",
        self->mline, self->pt >= 0 ? name : "none at all");
    return FALSE;
  }
  self->codec = payload->codec;
  chosen.codec = payload->codec;
  chosen.pt = self->pt;
  self->rtp = gst_rtc_payload_get_rtp_caps (&chosen, self->input, self->ssrc,
      gst_rtc_sdp_media_get_extension (media, GST_RTC_TWCC_URI) > 0);

  return TRUE;
}

/**
 * gst_rtc_track_take_offer:
 * @media: an m-line of the consumer's offer
 * @payloads: (element-type GstRtcPayload): all that the element can send
 * @retransmission: whether to retransmit video
 *
 * Returns: whether the track can be sent in that m-line
 */
gboolean
gst_rtc_track_take_offer (GstRtcTrack * self, const GstSDPMedia * media,
    GArray * payloads, gboolean retransmission)
{
  g_autoptr (GError) error = NULL;
  GstRtcChoice choice;

  if (!look_at_input (self, payloads, &error) ||
      !gst_rtc_answer_choose (media, self->payloads, self->input, self->ssrc,
          retransmission, &choice))
    return FALSE;

  self->codec = choice.codec;
  self->pt = choice.pt;
  self->formats = choice.formats;
  self->rtp = gst_caps_copy_nth (choice.formats, 0);

  return TRUE;
}

/* What belongs to a format and nothing that describes it: webrtcbin makes an
 * intersection of it with what is offered, and with what the payloader sends */
static GstCaps *
get_identity (GstRtcTrack * self)
{
  return gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      self->codec->kind == GST_RTC_MEDIA_VIDEO ? "video" : "audio",
      "encoding-name", G_TYPE_STRING, self->codec->name, "payload", G_TYPE_INT,
      self->pt, "clock-rate", G_TYPE_INT, self->codec->clock_rate, "ssrc",
      G_TYPE_UINT, self->ssrc, NULL);
}

/**
 * gst_rtc_track_answer:
 * @webrtcbin: the session's, in READY
 *
 * Makes the m-line of the answer.
 */
gboolean
gst_rtc_track_answer (GstRtcTrack * self, GstElement * webrtcbin,
    gboolean retransmission, GError ** error)
{
  g_autoptr (GstCaps) identity = get_identity (self);

  if (!request_webrtcbin_pad (self, webrtcbin, error))
    return FALSE;
  set_up_transceiver (self, identity, retransmission);

  return TRUE;
}

/**
 * gst_rtc_track_is_outdated:
 *
 * Returns: whether the input has become something that has to be negotiated
 */
gboolean
gst_rtc_track_is_outdated (GstRtcTrack * self)
{
  g_autoptr (GstCaps) now = gst_rtc_input_stream_get_caps
      (gst_rtc_sink_pad_get_stream (self->pad));

  return now && gst_rtc_caps_policy_compare (self->input, now) ==
      GST_RTC_CAPS_NEGOTIATE;
}

/**
 * gst_rtc_track_offer_again:
 * @payloads: (element-type GstRtcPayload): all that the element can offer
 *
 * Offers what the input is now in the m-line that the track has. It is not
 * connected.
 */
gboolean
gst_rtc_track_offer_again (GstRtcTrack * self, GArray * payloads,
    GError ** error)
{
  g_autoptr (GstCaps) received = gst_pad_get_current_caps (self->webrtcbin_pad);

  if (!look_at_input (self, payloads, error))
    return FALSE;

  self->codec = NULL;
  gst_clear_caps (&self->formats);
  self->formats = get_preferences (self);
  /* webrtcbin wants an intersection with what it got last */
  g_object_set (self->transceiver, "codec-preferences",
      received ? NULL : self->formats, NULL);

  return TRUE;
}

/**
 * gst_rtc_track_get_formats:
 *
 * Returns: (nullable): what has to be in the m-line, if it is not what
 *     webrtcbin writes into it
 */
GstCaps *
gst_rtc_track_get_formats (GstRtcTrack * self)
{
  return self->formats;
}

/**
 * gst_rtc_track_get_codec:
 *
 * Returns: (nullable): what was chosen; %NULL if the media was rejected
 */
const GstRtcCodec *
gst_rtc_track_get_codec (GstRtcTrack * self)
{
  return self->codec;
}

GstCaps *
gst_rtc_track_get_input_caps (GstRtcTrack * self)
{
  return self->input;
}

gboolean
gst_rtc_track_is_connected (GstRtcTrack * self)
{
  return self->source != NULL;
}

static gboolean
link_chain (GstRtcTrack * self)
{
  GstElement *first = self->filter ? self->filter : self->payloader;
  GstPad *pad;
  gboolean linked;

  if (!gst_element_link (self->source, first) ||
      (self->filter && !gst_element_link (self->filter, self->payloader)))
    return FALSE;

  pad = gst_element_get_static_pad (self->payloader, "src");
  linked = gst_pad_link (pad, self->webrtcbin_pad) == GST_PAD_LINK_OK;
  gst_object_unref (pad);

  return linked;
}

static void
add_elements (GstRtcTrack * self, GstBin * pipeline)
{
  gst_bin_add_many (pipeline, gst_object_ref (self->source), self->payloader,
      NULL);
  gst_object_ref (self->payloader);
  if (!self->filter)
    return;
  gst_bin_add (pipeline, self->filter);
  gst_object_ref (self->filter);
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
  const gchar *name = GST_OBJECT_NAME (self->pad);
  g_autoptr (GstCaps) identity = get_identity (self);

  self->filter = filter;
  self->payloader = payloader;
  self->source = GST_ELEMENT (gst_rtc_session_source_new (name));
  gst_rtc_payloader_set_identity (payloader, self->pt, self->ssrc);
  gst_rtc_payloader_continue (payloader, self->next_seqnum,
      self->timestamp_offset);
  self->pin = gst_rtc_payloader_pin_caps (self->webrtcbin_pad, self->rtp);

  add_elements (self, pipeline);
  if (!link_chain (self)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        "The elements for %s do not fit together", name);
    return FALSE;
  }
  if (!gst_pad_has_current_caps (self->webrtcbin_pad))
    g_object_set (self->transceiver, "codec-preferences", identity, NULL);

  gst_element_sync_state_with_parent (self->payloader);
  if (self->filter)
    gst_element_sync_state_with_parent (self->filter);
  gst_element_sync_state_with_parent (self->source);

  return TRUE;
}

static void
remove_element (GstElement ** element)
{
  GstObject *parent = *element ?
      gst_object_get_parent (GST_OBJECT (*element)) : NULL;

  if (parent) {
    gst_element_set_locked_state (*element, TRUE);
    gst_element_set_state (*element, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (parent), *element);
    gst_object_unref (parent);
  }
  gst_clear_object (element);
}

/**
 * gst_rtc_track_disconnect:
 *
 * Takes down what leads to webrtcbin. The track is detached.
 *
 * Thread: a worker, while the control thread leaves the track alone
 */
void
gst_rtc_track_disconnect (GstRtcTrack * self)
{
  g_assert (!self->rendition);

  if (!self->source)
    return;

  remove_element (&self->source);
  gst_rtc_payloader_get_end (self->payloader, &self->next_seqnum,
      &self->timestamp_offset);
  gst_pad_remove_probe (self->webrtcbin_pad, self->pin);
  remove_element (&self->filter);
  remove_element (&self->payloader);
}

/**
 * gst_rtc_track_retire:
 *
 * The m-line becomes inactive with the next offer.
 */
void
gst_rtc_track_retire (GstRtcTrack * self)
{
  self->codec = NULL;
  g_object_set (self->transceiver, "direction",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE, NULL);
}

/**
 * gst_rtc_track_leave:
 * @webrtcbin: the session's
 *
 * Takes down everything that the track has in the session.
 *
 * Thread: a worker, while the control thread leaves the track alone
 */
void
gst_rtc_track_leave (GstRtcTrack * self, GstElement * webrtcbin)
{
  gst_rtc_track_disconnect (self);
  if (!self->webrtcbin_pad)
    return;

  gst_rtc_lean_path_remove (webrtcbin, self->webrtcbin_pad);
  gst_clear_object (&self->webrtcbin_pad);
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
  gst_rtc_session_source_attach (GST_RTC_SESSION_SOURCE (self->source),
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
    gst_rtc_session_source_detach (GST_RTC_SESSION_SOURCE (self->source));

  return g_steal_pointer (&self->rendition);
}
