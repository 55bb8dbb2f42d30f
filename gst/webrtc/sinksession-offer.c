/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a session offers, the first time and again, and takes the answer.
 *
 * A new offer says of a track that stays what the last one said: webrtcbin 1.22
 * would write other payload types for its retransmission, and one codec only.
 */

#include "sinksession-private.h"

#include "sdp.h"
#include "sdpedit.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsinksession_debug);
#define GST_CAT_DEFAULT webrtcsinksession_debug

/* In the life of a session: m-lines are not used again */
#define MAX_MLINES 64

/* Sending */

static gboolean
munges_by_itself (GstRtcSignaller * signaller)
{
  gboolean manual = FALSE;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (signaller),
          "manual-sdp-munging"))
    g_object_get (signaller, "manual-sdp-munging", &manual, NULL);

  return manual;
}

/**
 * gst_rtc_sink_session_send:
 * @description: of ours, for the consumer
 *
 * Thread: control
 */
void
gst_rtc_sink_session_send (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * description)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GstWebRTCSessionDescription) munged = NULL;

  if (munges_by_itself (self->signaller))
    munged = gst_webrtc_session_description_copy (description);
  else
    munged = gst_rtc_signaller_munge_session_description (self->signaller,
        gst_rtc_session_get_id (session), description);
  gst_rtc_session_send_description (session, self->signaller, munged);
}

/* Tracks */

GstRtcTrackContext
gst_rtc_sink_session_get_context (GstRtcSinkSession * self)
{
  const GstRtcTrackContext context = {
    .settings = self->settings,
    .payloads = self->payloads,
    .extmap = self->extmap,
    .pt_map = self->pt_map,
    .clock = self->clock,
    .base_time = gst_element_get_base_time (self->pipeline),
    .setup_payloader = self->functions->setup_payloader,
    .owner = self->owner,
    .bwe = self->congestion ? gst_rtc_congestion_get_bwe (self->congestion) :
        NULL,
    .offer = self->request ? self->request->sdp : NULL,
  };

  return context;
}

/* All are prepared before the first is offered: header extensions have one id
 * in all of them. */
gboolean
gst_rtc_sink_session_add_tracks (GstRtcSinkSession * self, GPtrArray * pads,
    GError ** error)
{
  const GstRtcTrackContext context = gst_rtc_sink_session_get_context (self);
  const guint first = self->tracks->len;

  if (self->n_mlines + pads->len > MAX_MLINES) {
    g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
        "The session had %u streams, and there is no room for more",
        self->n_mlines);
    return FALSE;
  }

  for (guint i = 0; i < pads->len; i++) {
    GstRtcTrack *track = gst_rtc_track_new (g_ptr_array_index (pads, i),
        self->n_mlines++);

    g_ptr_array_add (self->tracks, track);
    if (!gst_rtc_track_prepare (track, &context, error))
      return FALSE;
  }
  for (guint i = first; i < self->tracks->len; i++) {
    if (!gst_rtc_track_offer (g_ptr_array_index (self->tracks, i),
            self->webrtcbin, &context, error))
      return FALSE;
  }

  return TRUE;
}

/**
 * gst_rtc_sink_session_prepare_offer:
 *
 * Makes a track of each stream. Closes the session if there is one that cannot
 * be sent.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_prepare_offer (GstRtcSinkSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GPtrArray) pads = self->functions->list_pads (self->owner);
  g_autoptr (GError) error = NULL;

  if (pads->len == 0)
    gst_rtc_session_close (session, "There is nothing to send at the moment");
  else if (!gst_rtc_sink_session_add_tracks (self, pads, &error))
    gst_rtc_session_close (session, "%s", error->message);
}

static GstRtcTrack *
find_track (GPtrArray * tracks, guint mline)
{
  for (guint i = 0; tracks && i < tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (tracks, i);

    if (gst_rtc_track_get_mline (track) == mline)
      return track;
  }

  return NULL;
}

/* Offering */

static void
replace_media (GstSDPMessage * sdp, guint mline, const GstSDPMedia * with)
{
  GstSDPMedia *media = gst_rtc_sdp_edit_media (sdp, mline);
  GstSDPMedia *copy;

  gst_sdp_media_copy (with, &copy);
  gst_sdp_media_uninit (media);
  *media = *copy;
  g_free (copy);
}

/* webrtcbin 1.22 blocks all that it receives, ICE included, when it thinks that
 * every media is inactive. So it is not told of those that end: */
static gboolean
is_used (GstRtcSinkSession * self, guint mline)
{
  return (self->used_mlines & (G_GUINT64_CONSTANT (1) << mline)) != 0;
}

/**
 * gst_rtc_sink_session_adapt_remote:
 * @sdp: the consumer's description, for webrtcbin
 *
 * Thread: control
 */
void
gst_rtc_sink_session_adapt_remote (GstRtcSession * session, GstSDPMessage * sdp)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (is_used (self, i))
      gst_rtc_sdp_media_set_direction (gst_rtc_sdp_edit_media (sdp, i),
          "recvonly");
  }
}

/* and the consumer is. */
static void
say_what_ended (GstRtcSinkSession * self, GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (is_used (self, i) && !find_track (self->tracks, i))
      gst_rtc_sdp_media_set_direction (gst_rtc_sdp_edit_media (sdp, i),
          "inactive");
  }
}

/* The m-line that was there before, in an offer that webrtcbin made */
static void
carry_over (GstRtcSinkSession * self, GstSDPMessage * offer, guint mline)
{
  GstRtcTrack *track = find_track (self->tracks, mline);
  GstSDPMedia *media = gst_rtc_sdp_edit_media (offer, mline);
  const guint port = gst_sdp_media_get_port (media);
  const gboolean bundle_only = gst_rtc_sdp_media_has (media, "bundle-only");

  if (g_strcmp0 (gst_sdp_media_get_media (media), "application") == 0)
    return;

  replace_media (offer, mline, gst_sdp_message_get_media (self->local->sdp,
          mline));
  gst_sdp_media_set_port_info (media, port, 1);
  gst_rtc_sdp_media_remove (media, "bundle-only");
  if (bundle_only)
    gst_sdp_media_add_attribute (media, "bundle-only", "");
  gst_rtc_sdp_media_remove (media, "rtcp-mux-only");
  /* any role will do: the one of the transport stays (RFC 8842 section 5.5) */
  gst_rtc_sdp_media_replace (media, "setup", "actpass");
  gst_rtc_sdp_media_set_direction (media, track
      || is_used (self, mline) ? "sendonly" : "inactive");
}

static gboolean
compose (GstRtcSinkSession * self, GstSDPMessage * offer, GError ** error)
{
  const guint n_before = gst_sdp_message_medias_len (self->local->sdp);
  const guint n = gst_sdp_message_medias_len (offer);
  g_autofree gboolean *renewed = g_new0 (gboolean, n);

  if (n != self->n_mlines) {
    g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
        "webrtcbin offers %u m-lines and not %u", n, self->n_mlines);
    return FALSE;
  }

  for (guint i = 0; i < n; i++) {
    if (i < n_before)
      carry_over (self, offer, i);
    renewed[i] = i >= n_before;
  }
  if (self->settings->do_retransmission)
    gst_rtc_sdp_renew_rtx (offer, renewed);

  return TRUE;
}

static void
on_local_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  g_autoptr (GstWebRTCSessionDescription) sent = NULL;

  if (error) {
    gst_rtc_session_close (session, "webrtcbin refused its own offer: %s",
        error->message);
    return;
  }

  g_clear_pointer (&self->local, gst_webrtc_session_description_free);
  self->local = g_steal_pointer (&self->pending);
  gst_rtc_pt_map_learn (self->pt_map, self->local->sdp);
  self->awaits_answer = TRUE;
  sent = gst_webrtc_session_description_copy (self->local);
  say_what_ended (self, sent->sdp);
  if (self->request)
    gst_rtc_answer_reject_unusable (sent->sdp, self->request->sdp);
  gst_rtc_sink_session_send (self, sent);
}

static void
on_offer (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  g_autoptr (GError) fault = NULL;

  if (!error)
    gst_structure_get (reply, "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
        &self->pending, NULL);
  if (!self->pending) {
    gst_rtc_session_close (session, "webrtcbin made no offer: %s",
        error ? error->message : "no reason given");
    return;
  }

  if (!self->local) {
    gst_rtc_sdp_add_rtx (self->pending->sdp);
  } else if (!compose (self, self->pending->sdp, &fault)) {
    gst_rtc_session_close (session, "%s", fault->message);
    return;
  }
  gst_rtc_session_set_local (session, self->pending, on_local_set);
}

/**
 * gst_rtc_sink_session_make_offer:
 *
 * Thread: control
 */
void
gst_rtc_sink_session_make_offer (GstRtcSinkSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);

  gst_rtc_session_enter (session, GST_RTC_SESSION_NEGOTIATING);
  g_signal_emit_by_name (self->webrtcbin, "create-offer", NULL,
      gst_rtc_session_promise (session, on_offer));
}

/* Answered */

static gboolean
connect_track (GstRtcSinkSession * self, GstRtcTrack * track, GError ** error)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  const GstRtcCodec *codec = gst_rtc_track_get_codec (track);
  const gchar *peer_id = gst_rtc_session_get_peer_id (session);
  const gchar *name = GST_OBJECT_NAME (gst_rtc_track_get_pad (track));
  GstElement *payloader = gst_element_factory_make (codec->payloader, NULL);
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);
  const GstRtcTrackContext context = gst_rtc_sink_session_get_context (self);
  GstElement *filter;

  if (!payloader) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "There is no %s", codec->payloader);
    return FALSE;
  }

  self->functions->setup_payloader (self->owner, peer_id, name, payloader);
  filter = self->functions->request_filter (self->owner, peer_id, name, caps);

  return gst_rtc_track_connect (track, &context,
      gst_rtc_session_get_container (session), filter, payloader, error);
}

/**
 * gst_rtc_sink_session_connect_tracks:
 *
 * Builds what leads to webrtcbin for each track that has a codec and no way
 * yet.
 *
 * Thread: control
 */
gboolean
gst_rtc_sink_session_connect_tracks (GstRtcSinkSession * self, GError ** error)
{
  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);

    if (!gst_rtc_track_get_codec (track)) {
      GST_INFO_OBJECT (self, "session %s: m-line %u was rejected",
          gst_rtc_session_get_id (GST_RTC_SESSION (self)),
          gst_rtc_track_get_mline (track));
      gst_rtc_sink_session_release_rendition (self, track);
      continue;
    }
    if (!gst_rtc_track_is_connected (track) &&
        !connect_track (self, track, error))
      return FALSE;
    self->used_mlines |=
        G_GUINT64_CONSTANT (1) << gst_rtc_track_get_mline (track);
  }

  return TRUE;
}

static gboolean
take_answer (GstRtcSinkSession * self, GError ** error)
{
  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);

    if (!gst_rtc_track_take_answer (track, self->answer->sdp, self->extmap,
            error))
      return FALSE;
  }

  return gst_rtc_sink_session_connect_tracks (self, error);
}

static void
on_remote_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  g_autoptr (GError) fault = NULL;

  if (error) {
    gst_rtc_session_close (session, "The answer was refused: %s",
        error->message);
    return;
  }

  gst_rtc_session_remote_is_set (session);
  if (!take_answer (self, &fault))
    gst_rtc_session_close (session, "%s", fault->message);
  else
    gst_rtc_sink_session_negotiated (self);
}

static gboolean
rejects_everything (const GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (!gst_rtc_sdp_media_is_rejected (gst_sdp_message_get_media (sdp, i)))
      return FALSE;
  }

  return TRUE;
}

static gboolean
check_answer (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * description, GError ** error)
{
  const gchar *fault = NULL;

  if (description->type != GST_WEBRTC_SDP_TYPE_ANSWER || !description->sdp)
    fault = "The consumer sent a description that is no answer";
  else if (!self->awaits_answer)
    fault = "The consumer sent an answer that nothing asked for";
  else if (gst_sdp_message_medias_len (description->sdp) !=
      gst_sdp_message_medias_len (self->local->sdp))
    fault = "The answer has fewer or more m-lines than the offer";
  else if (!self->connected && rejects_everything (description->sdp))
    fault = "The answer rejects everything";

  if (fault)
    g_set_error_literal (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
        fault);

  return fault == NULL && gst_rtc_sdp_check_bundle (description->sdp, error);
}

/**
 * gst_rtc_sink_session_take_description:
 * @description: what the consumer sent
 *
 * Thread: control
 */
void
gst_rtc_sink_session_take_description (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * description)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GError) error = NULL;

  if (!gst_rtc_session_is_alive (session))
    return;

  if (!check_answer (self, description, &error) ||
      !gst_rtc_session_set_remote (session, description, on_remote_set,
          &error)) {
    gst_rtc_session_close (session, "%s", error->message);
    return;
  }
  self->awaits_answer = FALSE;
  g_clear_pointer (&self->answer, gst_webrtc_session_description_free);
  self->answer = gst_webrtc_session_description_copy (description);
}
