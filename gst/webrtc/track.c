/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One input stream in one session: an m-line of the offer, written from what
 * the payloaders of all its formats say, then, once the answer chose a codec,
 *
 *   SessionSource [! filter] ! payloader ! webrtcbin
 *
 * and, once DTLS is up, the rendition that feeds it. Control thread only.
 */

#include "track.h"

#include <gst/webrtc/webrtc.h>
#include <string.h>

#include "clocksignalling.h"
#include "headerextensions.h"
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
  GPtrArray *formats;           /* element-type GstCaps: of these payloads */
  GPtrArray *extensions;        /* element-type utf8: URIs, interned */
  GstPad *webrtcbin_pad;
  GstCaps *chosen_format;
  const GstRtcPayload *chosen;  /* of payloads */
  gint pt;
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
  self->formats =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_caps_unref);
  self->extensions = g_ptr_array_new ();

  return self;
}

void
gst_rtc_track_free (GstRtcTrack * self)
{
  g_assert (!self->rendition);

  g_clear_pointer (&self->payloads, g_array_unref);
  g_ptr_array_unref (self->formats);
  g_ptr_array_unref (self->extensions);
  gst_clear_caps (&self->chosen_format);
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

gint
gst_rtc_track_get_pt (GstRtcTrack * self)
{
  return self->chosen ? self->pt : -1;
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

/* Offering */

/* The application sees a payloader of each format that is offered; what it
 * adds to it is offered, too. */
static gboolean
add_format (GstRtcTrack * self, const GstRtcTrackContext * context,
    const GstRtcPayload * payload)
{
  g_autofree gchar *pt = g_strdup_printf ("%d", payload->pt);
  GstElement *payloader =
      gst_element_factory_make (payload->codec->payloader, NULL);
  GstCaps *caps;

  if (!payloader)
    return FALSE;

  gst_object_ref_sink (payloader);
  context->setup_payloader (context->owner, "discovery",
      GST_OBJECT_NAME (self->pad), payloader);
  gst_rtc_header_extensions_offer (payloader, context->extmap,
      self->extensions);
  gst_util_set_object_arg (G_OBJECT (payloader), "pt", pt);
  caps = gst_rtc_payload_get_rtp_caps (payload, self->input, payloader);
  gst_caps_set_simple (caps, "ssrc", G_TYPE_UINT, self->ssrc, NULL);
  g_ptr_array_add (self->formats, caps);
  gst_object_unref (payloader);

  return TRUE;
}

static void
keep_what_is_installed (GstRtcTrack * self, const GstRtcTrackContext * context,
    GArray * payloads)
{
  self->payloads = g_array_new (FALSE, FALSE, sizeof (GstRtcPayload));
  for (guint i = 0; i < payloads->len; i++) {
    const GstRtcPayload payload = g_array_index (payloads, GstRtcPayload, i);

    if (add_format (self, context, &payload))
      g_array_append_val (self->payloads, payload);
  }
}

/**
 * gst_rtc_track_prepare:
 *
 * Finds out what can be offered. To be called for all tracks before the first
 * gst_rtc_track_offer(), as header extensions have one id in all of them.
 */
gboolean
gst_rtc_track_prepare (GstRtcTrack * self, const GstRtcTrackContext * context,
    GError ** error)
{
  GstRtcInputStream *stream = gst_rtc_sink_pad_get_stream (self->pad);
  g_autoptr (GArray) payloads = NULL;
  g_autofree gchar *text = NULL;

  self->input = gst_rtc_input_stream_get_caps (stream);
  payloads = gst_rtc_payloads_for_input (context->payloads, get_kind (self),
      self->input);
  keep_what_is_installed (self, context, payloads);
  if (self->payloads->len > 0)
    return TRUE;

  text = gst_caps_to_string (self->input);
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
      "Nothing that is allowed and installed can send %s of %s", text,
      gst_rtc_input_stream_get_name (stream));

  return FALSE;
}

static void
add_extensions (GstRtcTrack * self, const GstRtcTrackContext * context,
    GstStructure * rtp)
{
  if (context->settings->congestion_control !=
      GST_RTC_CONGESTION_CONTROL_DISABLED) {
    gst_structure_set (rtp, "rtcp-fb-transport-cc", G_TYPE_BOOLEAN, TRUE, NULL);
    gst_rtc_extmap_add_to_caps (context->extmap, GST_RTC_URI_TWCC, rtp);
  }
  if (get_kind (self) == GST_RTC_MEDIA_VIDEO &&
      gst_rtc_header_extension_exists (GST_RTC_URI_COLOR_SPACE))
    gst_rtc_extmap_add_to_caps (context->extmap, GST_RTC_URI_COLOR_SPACE, rtp);
  for (guint i = 0; i < self->extensions->len; i++)
    gst_rtc_extmap_add_to_caps (context->extmap,
        g_ptr_array_index (self->extensions, i), rtp);
}

static GstCaps *
get_preferences (GstRtcTrack * self, const GstRtcTrackContext * context)
{
  GstCaps *all = gst_caps_new_empty ();

  for (guint i = 0; i < self->formats->len; i++) {
    GstCaps *caps = gst_caps_copy (g_ptr_array_index (self->formats, i));
    GstStructure *rtp = gst_caps_get_structure (caps, 0);

    add_extensions (self, context, rtp);
    if (context->settings->do_clock_signalling)
      gst_rtc_clock_describe (context->clock, rtp);
    gst_caps_append (all, caps);
  }

  return all;
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
 *
 * Makes the m-line of the offer.
 */
gboolean
gst_rtc_track_offer (GstRtcTrack * self, GstElement * webrtcbin,
    const GstRtcTrackContext * context, GError ** error)
{
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  g_autoptr (GstCaps) preferences = NULL;

  self->webrtcbin_pad = request_webrtcbin_pad (self, webrtcbin);
  if (!self->webrtcbin_pad) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "webrtcbin gave no pad for m-line %u", self->mline);
    return FALSE;
  }

  g_object_get (self->webrtcbin_pad, "transceiver", &transceiver, NULL);
  preferences = get_preferences (self, context);
  g_object_set (transceiver, "direction",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "codec-preferences",
      preferences, "do-nack", context->settings->do_retransmission &&
      get_kind (self) == GST_RTC_MEDIA_VIDEO, NULL);

  return TRUE;
}

/* Answered */

/* By payload type, as a codec may be offered with several profiles; an answer
 * with other numbers than the offer's still names the codec. */
static gint
find_payload (GstRtcTrack * self, gint pt, const gchar * name)
{
  gint found = -1;

  for (guint i = self->payloads->len; i > 0; i--) {
    const GstRtcPayload *payload =
        &g_array_index (self->payloads, GstRtcPayload, i - 1);

    if (!gst_rtc_codec_is (payload->codec, name))
      continue;
    if (payload->pt == pt)
      return i - 1;
    found = i - 1;
  }

  return found;
}

static void
choose (GstRtcTrack * self, guint index, gint pt, GstRtcExtmap * extmap,
    const GstSDPMedia * media)
{
  GstStructure *rtp;

  self->chosen = &g_array_index (self->payloads, GstRtcPayload, index);
  self->pt = pt;
  gst_clear_caps (&self->chosen_format);
  self->chosen_format =
      gst_caps_copy (g_ptr_array_index (self->formats, index));
  rtp = gst_caps_get_structure (self->chosen_format, 0);
  gst_structure_set (rtp, "payload", G_TYPE_INT, pt, NULL);
  gst_rtc_extmap_take_answer (extmap, media, rtp);
}

/**
 * gst_rtc_track_take_answer:
 * @media: the answer's m-line
 * @extmap: ids of header extensions in the session
 *
 * Learns which codec the peer chose, and which header extensions it takes.
 *
 * Returns: %FALSE with an error if it is none of those that were offered; if
 *     the media was rejected, %TRUE, and there is no codec
 */
gboolean
gst_rtc_track_take_answer (GstRtcTrack * self, const GstSDPMedia * media,
    GstRtcExtmap * extmap, GError ** error)
{
  const gchar *name = NULL;
  gint pt;
  gint index = -1;

  self->chosen = NULL;
  if (gst_rtc_sdp_media_is_rejected (media))
    return TRUE;

  pt = gst_rtc_sdp_media_get_chosen_pt (media, &name);
  if (pt >= 0)
    index = find_payload (self, pt, name);
  if (index < 0) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
        "The answer to m-line %u has no codec that was offered (%s)",
        self->mline, pt >= 0 ? name : "none at all");
    return FALSE;
  }
  choose (self, index, pt, extmap, media);

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

static void
set_up_payloader (GstRtcTrack * self, const GstRtcTrackContext * context,
    GstElement * payloader)
{
  const GstStructure *rtp = gst_caps_get_structure (self->chosen_format, 0);
  gint clock_rate = 0;
  guint32 offset;

  gst_rtc_header_extensions_keep (payloader, rtp);
  gst_rtc_payloader_set_identity (payloader, self->pt, self->ssrc);
  gst_structure_get_int (rtp, "clock-rate", &clock_rate);
  if (context->settings->do_clock_signalling && clock_rate > 0 &&
      gst_rtc_clock_get_rtp_offset (context->clock, context->base_time,
          clock_rate, &offset))
    gst_rtc_payloader_set_timestamp_offset (payloader, offset);
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
gst_rtc_track_connect (GstRtcTrack * self, const GstRtcTrackContext * context,
    GstBin * pipeline, GstElement * filter, GstElement * payloader,
    GError ** error)
{
  const gchar *name = GST_OBJECT_NAME (self->pad);

  set_up_payloader (self, context, payloader);
  gst_rtc_payloader_pin_caps (self->webrtcbin_pad, self->chosen_format);

  self->source = gst_rtc_session_source_new (name);
  if (context->bwe && self->chosen->codec->kind == GST_RTC_MEDIA_VIDEO)
    gst_rtc_session_source_thin_by (self->source, context->bwe);
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
 * gst_rtc_track_switch:
 * @self: a #GstRtcTrack that is attached
 * @rendition: (transfer full): what feeds it from its next key frame on
 */
void
gst_rtc_track_switch (gpointer self, GstRtcRendition * rendition)
{
  GstRtcTrack *track = self;

  g_object_unref (track->rendition);
  track->rendition = rendition;
  gst_rtc_session_source_attach (track->source,
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
