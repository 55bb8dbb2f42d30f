/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One input stream in one session: an m-line of the offer, written from what
 * the payloaders of all its formats say, then, once the answer chose a codec,
 *
 *   SessionSource [! filter] ! payloader ! webrtcbin
 *
 * and, once DTLS is up, the rendition that feeds it. Control thread only, but
 * for what takes elements down: that runs on a worker.
 *
 * A track has its m-line for good: webrtcbin 1.22 has no way back from
 * `inactive`, neither as the sender nor as the receiver, and shows a stream
 * that changes its codec as a second one that nobody expects. So a stream that
 * becomes something else is a new track.
 */

#include "track-private.h"

#include <gst/webrtc/webrtc.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "capspolicy.h"
#include "clocksignalling.h"
#include "extmap.h"
#include "leanpath.h"
#include "levels.h"
#include "payloader.h"
#include "sdp.h"
#include "sdpedit.h"

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
  gst_clear_caps (&self->description);
  gst_clear_caps (&self->input);
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

gint
gst_rtc_track_get_pt (GstRtcTrack * self)
{
  return self->chosen ? self->pt : -1;
}

/**
 * gst_rtc_track_get_number_id:
 *
 * Returns: id of the header extension for transport-wide sequence numbers, 0 if
 *     the peer does not take it
 */
guint
gst_rtc_track_get_number_id (GstRtcTrack * self)
{
  return self->chosen ? gst_rtc_extmap_find_in_caps (gst_caps_get_structure
      (self->chosen_format, 0), GST_RTC_URI_TWCC) : 0;
}

guint
gst_rtc_track_get_mline (GstRtcTrack * self)
{
  return self->mline;
}

GstRtcMediaKind
gst_rtc_track_get_kind (GstRtcTrack * self)
{
  return gst_rtc_input_stream_get_kind (gst_rtc_sink_pad_get_stream
      (self->pad));
}

/* Offering */

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

static gboolean
has_fec (GstRtcTrack * self, const GstRtcTrackContext * context)
{
  return context->settings->do_fec
      && gst_rtc_track_get_kind (self) == GST_RTC_MEDIA_VIDEO;
}

static void
learn_settings (GstRtcTrack * self, const GstRtcTrackContext * context)
{
  self->wants_fec = has_fec (self, context);
  self->retransmission = context->settings->do_retransmission;
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

  gst_rtc_track_forget_formats (self);
  gst_clear_caps (&self->input);
  learn_settings (self, context);
  self->input = gst_rtc_input_stream_get_caps (stream);
  payloads =
      gst_rtc_payloads_for_input (context->payloads,
      gst_rtc_track_get_kind (self), self->input);
  gst_rtc_track_make_formats (self, context, payloads);
  if (self->payloads->len > 0)
    return TRUE;

  text = gst_caps_to_string (self->input);
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
      "Nothing that is allowed and installed can send %s of %s", text,
      gst_rtc_input_stream_get_name (stream));

  return FALSE;
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
set_up_transceiver (GstRtcTrack * self, const GstRtcTrackContext * context,
    GstCaps * preferences, gboolean fec)
{
  g_object_set (self->transceiver, "direction",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "codec-preferences",
      preferences, "do-nack", context->settings->do_retransmission &&
      gst_rtc_track_get_kind (self) == GST_RTC_MEDIA_VIDEO, "fec-type",
      fec ? GST_WEBRTC_FEC_TYPE_ULP_RED : GST_WEBRTC_FEC_TYPE_NONE,
      "fec-percentage", 0, NULL);
}

/**
 * gst_rtc_track_offer:
 * @webrtcbin: the session's, in READY or above
 *
 * Makes the m-line of the offer.
 */
gboolean
gst_rtc_track_offer (GstRtcTrack * self, GstElement * webrtcbin,
    const GstRtcTrackContext * context, GError ** error)
{
  g_autoptr (GstCaps) preferences = NULL;

  if (!request_webrtcbin_pad (self, webrtcbin, error))
    return FALSE;

  preferences = gst_rtc_track_get_preferences (self, context);
  set_up_transceiver (self, context, preferences, has_fec (self, context));

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
 * gst_rtc_track_get_description:
 *
 * Returns: (nullable): what has to be in the m-line of an answer
 */
GstCaps *
gst_rtc_track_get_description (GstRtcTrack * self)
{
  return self->description;
}

/* Answering */

static void
agree_on_extensions (GstRtcTrack * self, const GstRtcTrackContext * context,
    const GstSDPMedia * media, GstStructure * rtp)
{
  GstStructure *wanted = gst_structure_new_empty ("application/x-rtp");

  gst_rtc_track_add_extensions (self, context, wanted);
  for (gint i = 0; i < gst_structure_n_fields (wanted); i++) {
    const gchar *name = gst_structure_nth_field_name (wanted, i);
    const gchar *uri = gst_structure_get_string (wanted, name);

    if (g_str_has_prefix (name, "extmap-") &&
        gst_rtc_sdp_media_get_extension (media, uri) > 0)
      gst_rtc_extmap_add_to_caps (context->extmap, uri, rtp);
  }
  gst_structure_free (wanted);
}

/* What we encode keeps to the level that the peer can decode. Encoded input is
 * what it is. */
static void
obey_level (GstRtcTrack * self, const GstStructure * rtp)
{
  /* of payloads, which are our own */
  GstRtcPayload *chosen = (GstRtcPayload *) self->chosen;
  const gchar *level = gst_rtc_level_allowed_by (rtp);

  if (!level || !gst_rtc_codec_is (chosen->codec, "H264") ||
      !gst_rtc_caps_are_raw (self->input))
    return;

  GST_INFO ("m-line %u: H.264 up to level %s", self->mline, level);
  chosen->codec = gst_rtc_codec_limit_level (chosen->codec, level);
}

/* A receiver that misses packets of a codec without picture ids cannot tell
 * whether it was correction that it misses, and waits for a key frame: for these
 * there has to be retransmission. */
static gboolean
is_fit_for_fec (GstRtcTrack * self)
{
  return gst_rtc_codec_is (self->chosen->codec, "VP8") ||
      gst_rtc_codec_is (self->chosen->codec, "VP9") || self->retransmission;
}

static void
take_fec (GstRtcTrack * self, const GstSDPMessage * sdp,
    const GstSDPMedia * media)
{
  self->red_pt = 0;
  if (!self->wants_fec || !is_fit_for_fec (self) ||
      !gst_rtc_sdp_can_use_red (sdp, media))
    return;

  self->red_pt = gst_rtc_sdp_media_find_pt (media, "RED");
  self->fec_pt = gst_rtc_sdp_media_find_pt (media, "ULPFEC");
}

static gboolean
choose_offered (GstRtcTrack * self, const GstRtcTrackContext * context,
    const GstSDPMedia * media, const GstRtcChoice * choice)
{
  g_autoptr (GArray) only = g_array_new (FALSE, FALSE, sizeof (GstRtcPayload));
  g_autoptr (GstRtcPtMap) nothing = gst_rtc_pt_map_new ();
  GstRtcTrackContext of_offer = *context;
  GstStructure *rtp;
  GstStructure *rtx = gst_rtc_answer_get_rtx (choice);

  /* payload types are the consumer's */
  of_offer.pt_map = nothing;
  g_array_append_val (only, choice->payload);
  gst_rtc_track_forget_formats (self);
  gst_rtc_track_make_formats (self, &of_offer, only);
  if (self->payloads->len == 0) {
    gst_clear_structure (&rtx);
    return FALSE;
  }

  self->chosen = &g_array_index (self->payloads, GstRtcPayload, 0);
  self->pt = choice->payload.pt;
  self->chosen_format = gst_caps_copy (g_ptr_array_index (self->formats, 0));
  rtp = gst_caps_get_structure (self->chosen_format, 0);
  gst_rtc_answer_agree (rtp, choice);
  agree_on_extensions (self, context, media, rtp);
  obey_level (self, gst_caps_get_structure (choice->offered, 0));
  self->description = gst_caps_copy (self->chosen_format);
  take_fec (self, context->offer, media);
  if (context->settings->do_clock_signalling)
    gst_rtc_clock_describe (context->clock,
        gst_caps_get_structure (self->description, 0));
  if (rtx)
    gst_caps_append_structure (self->description, rtx);
  if (self->red_pt > 0)
    gst_rtc_answer_add_fec (self->description, media,
        context->settings->do_retransmission);

  return TRUE;
}

/**
 * gst_rtc_track_take_offer:
 * @media: an m-line of the consumer's offer
 *
 * Returns: whether the track can be sent in that m-line
 */
gboolean
gst_rtc_track_take_offer (GstRtcTrack * self,
    const GstRtcTrackContext * context, const GstSDPMedia * media)
{
  GstRtcInputStream *stream = gst_rtc_sink_pad_get_stream (self->pad);
  g_autoptr (GArray) payloads = NULL;
  GstRtcChoice choice;
  gboolean chosen;

  learn_settings (self, context);
  self->input = gst_rtc_input_stream_get_caps (stream);
  payloads =
      gst_rtc_payloads_for_input (context->payloads,
      gst_rtc_track_get_kind (self), self->input);
  if (!gst_rtc_answer_choose (media, payloads, self->input,
          context->settings->do_retransmission, &choice))
    return FALSE;

  chosen = choose_offered (self, context, media, &choice);
  gst_caps_unref (choice.offered);

  return chosen;
}

/* What belongs to a format and nothing that describes it: webrtcbin makes an
 * intersection of it with what is offered, and with what the payloader sends */
GstCaps *
gst_rtc_track_get_identity (GstRtcTrack * self)
{
  const GstStructure *rtp = gst_caps_get_structure (self->chosen_format, 0);
  gint clock_rate = 0;

  gst_structure_get_int (rtp, "clock-rate", &clock_rate);

  return gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      gst_structure_get_string (rtp, "media"), "encoding-name", G_TYPE_STRING,
      gst_structure_get_string (rtp, "encoding-name"), "payload", G_TYPE_INT,
      self->pt, "clock-rate", G_TYPE_INT, clock_rate, "ssrc", G_TYPE_UINT,
      self->ssrc, NULL);
}

/**
 * gst_rtc_track_answer:
 * @webrtcbin: the session's, in READY
 *
 * Makes the m-line of the answer.
 */
gboolean
gst_rtc_track_answer (GstRtcTrack * self, GstElement * webrtcbin,
    const GstRtcTrackContext * context, GError ** error)
{
  g_autoptr (GstCaps) identity = gst_rtc_track_get_identity (self);

  if (!request_webrtcbin_pad (self, webrtcbin, error))
    return FALSE;
  set_up_transceiver (self, context, identity, self->red_pt > 0);

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
    const GstSDPMessage * answer)
{
  const GstSDPMedia *media = gst_sdp_message_get_media (answer, self->mline);

  g_autoptr (GstCaps) theirs = gst_rtc_answer_get_format (media, pt);
  GstStructure *rtp;

  self->chosen = &g_array_index (self->payloads, GstRtcPayload, index);
  self->pt = pt;
  gst_clear_caps (&self->chosen_format);
  self->chosen_format =
      gst_caps_copy (g_ptr_array_index (self->formats, index));
  rtp = gst_caps_get_structure (self->chosen_format, 0);
  gst_structure_set (rtp, "payload", G_TYPE_INT, pt, NULL);
  gst_rtc_extmap_take_answer (extmap, media, rtp);
  take_fec (self, answer, media);
  if (theirs)
    obey_level (self, gst_caps_get_structure (theirs, 0));
}

/**
 * gst_rtc_track_take_answer:
 * @answer: the peer's
 * @extmap: ids of header extensions in the session
 *
 * Learns which codec the peer chose, and which header extensions it takes.
 *
 * Returns: %FALSE with an error if it is none of those that were offered; if
 *     the media was rejected, %TRUE, and there is no codec
 */
gboolean
gst_rtc_track_take_answer (GstRtcTrack * self, const GstSDPMessage * answer,
    GstRtcExtmap * extmap, GError ** error)
{
  const GstSDPMedia *media = gst_sdp_message_get_media (answer, self->mline);
  g_autofree gchar *name = NULL;
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
  choose (self, index, pt, extmap, answer);

  return TRUE;
}

/**
 * gst_rtc_track_get_fec_percentage:
 *
 * Returns: how much is sent on top to make up for loss
 */
guint
gst_rtc_track_get_fec_percentage (GstRtcTrack * self)
{
  return self->fec_percentage;
}

/**
 * gst_rtc_track_set_fec_percentage:
 * @percentage: packets of correction for a hundred others
 *
 * Does nothing if the peer takes no correction, or as long as nothing was sent.
 */
void
gst_rtc_track_set_fec_percentage (GstRtcTrack * self, guint percentage)
{
  if (!self->source || self->red_pt == 0 || percentage == self->fec_percentage)
    return;

  g_object_set (self->transceiver, "fec-percentage", percentage, NULL);
  if (!gst_rtc_lean_path_use_fec (self->webrtcbin_pad, self->red_pt,
          self->fec_pt, percentage))
    return;

  GST_INFO ("m-line %u: %u %% of correction", self->mline, percentage);
  self->fec_percentage = percentage;
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
