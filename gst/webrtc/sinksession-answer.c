/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a session answers a consumer that made the offer. Each of its m-lines
 * gets a transceiver, in their order, as webrtcbin 1.22 hands them out in that
 * order: one that sends where we have a stream for it, else one that is
 * inactive. */

#include "sinksession-private.h"

#include <stdlib.h>

#include "answer.h"
#include "sdp.h"
#include "sdpedit.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsinksession_debug);
#define GST_CAT_DEFAULT webrtcsinksession_debug

/* Returns: (nullable): the first stream of our own that fits the m-line */
static GstRtcTrack *
find_stream (GstRtcSinkSession * self, GPtrArray * pads, guint mline)
{
  const GstRtcTrackContext context = gst_rtc_sink_session_get_context (self);
  const GstSDPMedia *media = gst_sdp_message_get_media (self->request->sdp,
      mline);
  const gboolean video =
      g_strcmp0 (gst_sdp_media_get_media (media), "video") == 0;

  for (guint i = 0; i < pads->len; i++) {
    GstRtcSinkPad *pad = g_ptr_array_index (pads, i);
    const GstRtcMediaKind kind = gst_rtc_input_stream_get_kind
        (gst_rtc_sink_pad_get_stream (pad));
    g_autoptr (GstRtcTrack) track = NULL;

    if ((kind == GST_RTC_MEDIA_VIDEO) != video)
      continue;
    track = gst_rtc_track_new (pad, mline);
    if (!gst_rtc_track_take_offer (track, &context, media))
      continue;
    g_ptr_array_remove_index (pads, i);
    return g_steal_pointer (&track);
  }

  return NULL;
}

/* One of its formats, so that webrtcbin has something to write into this answer
 * and into the next offer */
static GstCaps *
get_any_format (const GstSDPMedia * media)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    const gint pt = atoi (gst_sdp_media_get_format (media, i));
    g_autofree gchar *name = NULL;
    g_autoptr (GstCaps) caps = NULL;
    gint clock_rate;

    if (!gst_rtc_sdp_media_format_name (media, pt, &name))
      continue;
    caps = gst_sdp_media_get_caps_from_media (media, pt);
    if (caps && gst_structure_get_int (gst_caps_get_structure (caps, 0),
            "clock-rate", &clock_rate))
      return gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
          gst_sdp_media_get_media (media), "encoding-name", G_TYPE_STRING,
          name, "payload", G_TYPE_INT, pt, "clock-rate", G_TYPE_INT,
          clock_rate, NULL);
  }

  return gst_caps_new_empty ();
}

static void
add_inactive (GstRtcSinkSession * self, const GstSDPMedia * media)
{
  g_autoptr (GstCaps) format = get_any_format (media);
  GstWebRTCRTPTransceiver *transceiver = NULL;

  g_signal_emit_by_name (self->webrtcbin, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE, format, &transceiver);
  gst_clear_object (&transceiver);
}

static gboolean
answer_mline (GstRtcSinkSession * self, GPtrArray * pads, guint mline,
    GError ** error)
{
  const GstRtcTrackContext context = gst_rtc_sink_session_get_context (self);
  g_autoptr (GstRtcTrack) track = NULL;

  if (gst_rtc_answer_is_usable (self->request->sdp, mline))
    track = find_stream (self, pads, mline);
  if (!track) {
    GST_INFO_OBJECT (self, "session %s: nothing for m-line %u of the offer",
        gst_rtc_session_get_id (GST_RTC_SESSION (self)), mline);
    add_inactive (self, gst_sdp_message_get_media (self->pending->sdp, mline));
    return TRUE;
  }
  if (!gst_rtc_track_answer (track, self->webrtcbin, &context, error))
    return FALSE;
  g_ptr_array_add (self->tracks, g_steal_pointer (&track));

  return TRUE;
}

/* The consumer has chosen the ids of header extensions, for all media */
static void
learn_extensions (GstRtcSinkSession * self)
{
  for (guint i = 0; i < self->n_mlines; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (self->request->sdp,
        i);
    const gchar *value;

    for (guint e = 0; (value =
            gst_sdp_media_get_attribute_val_n (media, "extmap", e)); e++) {
      g_auto (GStrv) words = g_strsplit (value, " ", 3);

      if (words[0] && words[1])
        gst_rtc_extmap_reserve (self->extmap,
            g_ascii_strtoull (words[0], NULL, 10), words[1]);
    }
  }
}

static gboolean
answer_mlines (GstRtcSinkSession * self, GError ** error)
{
  g_autoptr (GPtrArray) pads = self->functions->list_pads (self->owner);

  for (guint i = 0; i < self->n_mlines; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (self->pending->sdp,
        i);

    if (g_strcmp0 (gst_sdp_media_get_media (media), "application") != 0 &&
        !answer_mline (self, pads, i, error))
      return FALSE;
  }
  if (self->tracks->len > 0)
    return TRUE;

  g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
      "The consumer's offer has no media that can be sent to it");

  return FALSE;
}

/**
 * gst_rtc_sink_session_prepare_answer:
 *
 * Chooses what to send. Closes the session if there is nothing.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_prepare_answer (GstRtcSinkSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GError) error = NULL;

  gst_rtc_sdp_normalise (self->request->sdp);
  self->n_mlines = gst_sdp_message_medias_len (self->request->sdp);
  self->pending = gst_webrtc_session_description_copy (self->request);
  gst_rtc_answer_prepare_offer (self->pending->sdp);
  learn_extensions (self);
  if (!answer_mlines (self, &error))
    gst_rtc_session_close (session, "%s", error->message);
}

/* webrtcbin has done its part */

static void
write_answer (GstRtcSinkSession * self, GstSDPMessage * answer)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (answer); i++) {
    GstSDPMedia *media = gst_rtc_sdp_edit_media (answer, i);
    GstCaps *formats = NULL;

    if (g_strcmp0 (gst_sdp_media_get_media (media), "application") == 0)
      continue;
    for (guint t = 0; t < self->tracks->len; t++) {
      GstRtcTrack *track = g_ptr_array_index (self->tracks, t);

      if (gst_rtc_track_get_mline (track) == i)
        formats = gst_rtc_track_get_description (track);
    }
    gst_rtc_answer_write_media (media,
        gst_sdp_message_get_media (self->request->sdp, i), formats);
  }
}

static void
on_local_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  g_autoptr (GstWebRTCSessionDescription) sent = NULL;
  g_autoptr (GError) fault = NULL;

  if (error) {
    gst_rtc_session_close (session, "webrtcbin refused its own answer: %s",
        error->message);
    return;
  }

  self->local = g_steal_pointer (&self->pending);
  gst_rtc_pt_map_learn (self->pt_map, self->request->sdp);
  gst_rtc_pt_map_learn (self->pt_map, self->local->sdp);
  sent = gst_webrtc_session_description_copy (self->local);
  gst_rtc_answer_reject_unusable (sent->sdp, self->request->sdp);
  gst_rtc_sink_session_send (self, sent);
  if (!gst_rtc_session_is_alive (session))
    return;
  if (!gst_rtc_sink_session_connect_tracks (self, &fault))
    gst_rtc_session_close (session, "%s", fault->message);
  else
    gst_rtc_sink_session_negotiated (self);
}

static void
on_answer (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  g_clear_pointer (&self->pending, gst_webrtc_session_description_free);
  if (!error)
    gst_structure_get (reply, "answer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
        &self->pending, NULL);
  if (!self->pending || gst_sdp_message_medias_len (self->pending->sdp) !=
      self->n_mlines) {
    gst_rtc_session_close (session, "webrtcbin made no answer: %s",
        error ? error->message : "no reason given");
    return;
  }

  write_answer (self, self->pending->sdp);
  gst_rtc_session_set_local (session, self->pending, on_local_set);
}

static void
on_remote_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  if (error) {
    gst_rtc_session_close (session, "The offer was refused: %s",
        error->message);
    return;
  }

  gst_rtc_session_remote_is_set (session);
  g_signal_emit_by_name (gst_rtc_session_get_webrtcbin (session),
      "create-answer", NULL, gst_rtc_session_promise (session, on_answer));
}

/**
 * gst_rtc_sink_session_make_answer:
 *
 * Thread: control
 */
void
gst_rtc_sink_session_make_answer (GstRtcSinkSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GError) error = NULL;

  gst_rtc_session_enter (session, GST_RTC_SESSION_NEGOTIATING);
  if (!gst_rtc_session_set_remote (session, self->pending, on_remote_set,
          &error))
    gst_rtc_session_close (session, "%s", error->message);
}

/**
 * gst_rtc_sink_session_check_request:
 * @offer: what the consumer sent
 *
 * Returns: whether it is an offer that can be looked at
 *
 * Thread: control
 */
gboolean
gst_rtc_sink_session_check_request (GstWebRTCSessionDescription * offer,
    GError ** error)
{
  if (offer->type != GST_WEBRTC_SDP_TYPE_OFFER || !offer->sdp) {
    g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
        "The consumer asked with a description that is no offer");
    return FALSE;
  }

  return gst_rtc_sdp_check (offer->sdp, error) &&
      gst_rtc_sdp_check_bundle (offer->sdp, error);
}
