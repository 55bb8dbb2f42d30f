/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a source answers an offer, and makes one.
 *
 * webrtcbin before 1.24 refuses a media whose direction changes, and never
 * takes back a pad. So it is not told when the producer withdraws a stream: it
 * goes on to see the media as it was when it was active, while the answer that
 * is sent says inactive, and the stream is dropped here (srcstreams.c).
 */

#include "srcsession-private.h"

#include "sdp.h"
#include "sdpedit.h"
#include "srccodecs.h"

#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

/* What is dynamic in RTP/AVP (RFC 3551 section 6) */
#define FIRST_PT 96

static GstWebRTCRTPTransceiver *
find_transceiver (GstElement * webrtcbin, guint mline)
{
  g_autoptr (GArray) transceivers = NULL;

  g_signal_emit_by_name (webrtcbin, "get-transceivers", &transceivers);
  for (guint i = 0; transceivers && i < transceivers->len; i++) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i);
    guint index = G_MAXUINT;

    g_object_get (transceiver, "mlineindex", &index, NULL);
    if (index == mline)
      return gst_object_ref (transceiver);
  }

  return NULL;
}

/* GStreamer before 1.26 makes the transceivers of an offer with the answer
 * and takes those that it finds in their order: so there has to be one for
 * every media, also for those that are not wanted. */
static void
set_up_transceiver (GstRtcSrcSession * self, guint mline, GstCaps * caps,
    GstWebRTCRTPTransceiverDirection direction, GstWebRTCFECType fec)
{
  GstElement *webrtcbin =
      gst_rtc_session_get_webrtcbin (GST_RTC_SESSION (self));
  g_autoptr (GstWebRTCRTPTransceiver) transceiver =
      find_transceiver (webrtcbin, mline);

  if (!transceiver)
    g_signal_emit_by_name (webrtcbin, "add-transceiver", direction, caps,
        &transceiver);
  if (!transceiver)
    return;

  g_object_set (transceiver, "direction", direction, "codec-preferences",
      caps, "do-nack", self->settings->do_retransmission, "fec-type", fec,
      NULL);
}

static gboolean
peer_sends (const GstSDPMedia * media)
{
  return !gst_rtc_sdp_media_is_rejected (media) &&
      !gst_rtc_sdp_media_has (media, "recvonly");
}

static GstCaps *
accept_formats (GstRtcSrcSession * self, const GstSDPMedia * media,
    gboolean is_video, GstRtcSrcPad * pad)
{
  GStrv names = is_video ? self->settings->video_codecs :
      self->settings->audio_codecs;
  GstCaps *caps = gst_rtc_src_codecs_accept (media,
      (const gchar * const *) names);
  GstCaps *fitting;

  if (!pad)
    return caps;

  fitting = gst_rtc_src_session_restrict_to_pad (pad, caps);
  gst_caps_unref (caps);

  return fitting;
}

static gboolean
was_active (GstRtcSrcSession * self, guint mline)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return gst_rtc_src_session_find_stream_locked (self, mline) != NULL;
}

static void
refuse_media (GstRtcSrcSession * self, const GstSDPMedia * media, guint mline)
{
  g_autoptr (GstCaps) caps = NULL;

  if (was_active (self, mline))
    return;

  caps = gst_rtc_src_codecs_get_offered (media);
  if (!gst_caps_is_empty (caps))
    set_up_transceiver (self, mline, caps,
        GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE,
        GST_WEBRTC_FEC_TYPE_NONE);
}

/* A pad that was picked for a media which then did not suit it */
static void
give_back (GstRtcSrcPad * pad, GPtrArray * requested)
{
  gst_rtc_src_pad_let_go (pad);
  g_ptr_array_add (requested, gst_object_ref (pad));
}

/* Returns: (transfer full) (nullable): the stream that is to come */
static GstRtcSrcStream *
set_up_media (GstRtcSrcSession * self, const GstSDPMedia * media, guint mline,
    GPtrArray * requested)
{
  const gchar *kind = gst_sdp_media_get_media (media);
  const gboolean is_video = g_strcmp0 (kind, "video") == 0;
  g_autoptr (GstRtcSrcPad) pad = NULL;
  g_autoptr (GstCaps) caps = NULL;

  if (!is_video && g_strcmp0 (kind, "audio") != 0)
    return NULL;

  if (self->has_requests)
    pad = gst_rtc_src_session_pick_requested (self, requested, mline, is_video);
  if (peer_sends (media) && (pad || !self->has_requests))
    caps = accept_formats (self, media, is_video, pad);
  if (caps && !gst_caps_is_empty (caps)) {
    GstRtcSrcStream *stream =
        gst_rtc_src_stream_new (self, mline, is_video, caps);

    GST_DEBUG_OBJECT (self->bin, "media %u: %" GST_PTR_FORMAT, mline, caps);
    set_up_transceiver (self, mline, caps,
        GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY,
        gst_rtc_src_codecs_has_fec (media) ? GST_WEBRTC_FEC_TYPE_ULP_RED :
        GST_WEBRTC_FEC_TYPE_NONE);
    stream->pad = g_steal_pointer (&pad);
    return stream;
  }

  GST_INFO_OBJECT (self->bin, "media %u (%s) is not wanted", mline, kind);
  if (pad)
    give_back (pad, requested);
  refuse_media (self, media, mline);

  return NULL;
}

static void
set_up_medias (GstRtcSrcSession * self)
{
  const GstSDPMessage *sdp = self->offer->sdp;
  GPtrArray *requested = gst_rtc_src_session_list_requested (self);
  GPtrArray *streams = g_ptr_array_new_with_free_func (gst_rtc_src_stream_free);

  self->has_requests = requested->len > 0;
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstRtcSrcStream *stream =
        set_up_media (self, gst_sdp_message_get_media (sdp, i), i, requested);

    if (stream)
      g_ptr_array_add (streams, stream);
  }
  gst_rtc_src_session_end_unused (requested);
  gst_rtc_src_session_take_streams (self, streams);
}

static void
on_local_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  GstWebRTCSessionDescription *next = g_steal_pointer (&self->next_offer);

  if (error) {
    g_clear_pointer (&next, gst_webrtc_session_description_free);
    gst_rtc_session_close (session, "The description was refused: %s",
        error->message);
    return;
  }

  gst_rtc_session_send_description (session, self->signaller, self->local);
  g_clear_pointer (&self->local, gst_webrtc_session_description_free);
  if (self->offer)
    gst_rtc_session_watch_transport (session);
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);

  if (next && gst_rtc_session_is_alive (session))
    gst_rtc_src_session_apply_offer (self, next);
  else
    g_clear_pointer (&next, gst_webrtc_session_description_free);
}

static void
set_direction (GstSDPMedia * media, const gchar * direction)
{
  static const gchar *const directions[] = {
    "sendrecv", "sendonly", "recvonly", "inactive"
  };

  for (guint i = gst_sdp_media_attributes_len (media); i > 0; i--) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (media,
        i - 1);

    for (guint k = 0; k < G_N_ELEMENTS (directions); k++) {
      if (g_strcmp0 (attribute->key, directions[k]) == 0) {
        gst_sdp_media_remove_attribute (media, i - 1);
        break;
      }
    }
  }
  gst_sdp_media_add_attribute (media, direction, "");
}

/* What is sent: webrtcbin 1.22 answers a media that was refused as if it were
 * there (RFC 3264 section 6: it has to stay refused), and was not told what
 * is inactive now */
static void
refuse_again (const GstSDPMessage * offer, GstSDPMessage * answer)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (offer) &&
      i < gst_sdp_message_medias_len (answer); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);
    GstSDPMedia *ours = (GstSDPMedia *) gst_sdp_message_get_media (answer, i);

    if (gst_rtc_sdp_media_is_rejected (media))
      set_direction (ours, "inactive");
    if (gst_sdp_media_get_port (media) == 0 &&
        !gst_rtc_sdp_media_has (media, "bundle-only"))
      gst_sdp_media_set_port_info (ours, 0, 0);
  }
}

static void
answer_reduced_size (const GstSDPMessage * offer, GstSDPMessage * answer)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (offer) &&
      i < gst_sdp_message_medias_len (answer); i++)
    gst_rtc_sdp_media_answer_reduced_size (gst_rtc_sdp_edit_media (answer, i),
        gst_sdp_message_get_media (offer, i));
}

static void
on_answer_created (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  g_autoptr (GstWebRTCSessionDescription) answer = NULL;

  if (!error && reply)
    gst_structure_get (reply, "answer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
        &answer, NULL);
  if (!answer) {
    gst_rtc_session_close (session, "The offer could not be answered: %s",
        error ? error->message : "no answer came");
    return;
  }

  answer_reduced_size (self->offer->sdp, answer->sdp);
  gst_rtc_src_session_note_video (self, answer->sdp);
  gst_rtc_src_session_note_correction (self, answer->sdp);
  self->local = gst_webrtc_session_description_copy (answer);
  refuse_again (self->offer->sdp, self->local->sdp);
  gst_rtc_sdp_mark_red (self->local->sdp);
  gst_rtc_session_set_local (session, answer, on_local_set);
}

static void
on_remote_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);

  if (error) {
    gst_rtc_session_close (session, "The producer's offer was refused: %s",
        error->message);
    return;
  }

  gst_rtc_session_remote_is_set (session);
  set_up_medias (self);
  g_signal_emit_by_name (gst_rtc_session_get_webrtcbin (session),
      "create-answer", NULL, gst_rtc_session_promise (session,
          on_answer_created));
}

/* Into the group again: a media that is rejected leaves it (RFC 8843 section
 * 7.5.3) */
static void
bundle_again (GstSDPMessage * sdp, const gchar * mid)
{
  for (guint i = 0; mid && i < gst_sdp_message_attributes_len (sdp); i++) {
    const GstSDPAttribute *attribute = gst_sdp_message_get_attribute (sdp, i);
    g_auto (GStrv) words = NULL;
    GstSDPAttribute with_mid = { NULL, };
    g_autofree gchar *group = NULL;

    if (g_strcmp0 (attribute->key, "group") != 0 || !attribute->value)
      continue;
    words = g_strsplit (attribute->value, " ", -1);
    if (g_strcmp0 (words[0], "BUNDLE") != 0 ||
        g_strv_contains ((const gchar * const *) words, mid))
      continue;
    group = g_strdup_printf ("%s %s", attribute->value, mid);
    gst_sdp_attribute_set (&with_mid, "group", group);
    gst_sdp_message_replace_attribute (sdp, i, &with_mid);
  }
}

static void
replace_media (GstSDPMessage * sdp, guint mline, const GstSDPMedia * with)
{
  GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, mline);
  GstSDPMedia *copy;

  gst_sdp_media_copy (with, &copy);
  gst_sdp_media_uninit (media);
  *media = *copy;
  g_free (copy);
  bundle_again (sdp, gst_sdp_media_get_attribute_val (media, "mid"));
}

/* Returns: (transfer full): what webrtcbin is to see of an offer */
static GstWebRTCSessionDescription *
show_offer (GstRtcSrcSession * self, GstWebRTCSessionDescription * offer)
{
  GstWebRTCSessionDescription *shown =
      gst_webrtc_session_description_copy (offer);
  const guint n_before = self->shown ?
      gst_sdp_message_medias_len (self->shown) : 0;

  for (guint i = 0; i < gst_sdp_message_medias_len (shown->sdp) &&
      i < n_before; i++) {
    const GstSDPMedia *before = gst_sdp_message_get_media (self->shown, i);

    if (peer_sends (before) &&
        !peer_sends (gst_sdp_message_get_media (shown->sdp, i)))
      replace_media (shown->sdp, i, before);
  }
  g_clear_pointer (&self->shown, gst_sdp_message_free);
  gst_sdp_message_copy (shown->sdp, &self->shown);

  return shown;
}

/* Two medias of one name are one to webrtcbin, which gets confused */
static gboolean
has_unique_mids (const GstSDPMessage * sdp)
{
  g_autoptr (GHashTable) mids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const gchar *mid = gst_sdp_media_get_attribute_val
        (gst_sdp_message_get_media (sdp, i), "mid");

    if (mid && !g_hash_table_add (mids, (gpointer) mid))
      return FALSE;
  }

  return TRUE;
}

/* Takes the offer */
void
gst_rtc_src_session_apply_offer (GstRtcSrcSession * self,
    GstWebRTCSessionDescription * offer)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GstWebRTCSessionDescription) shown = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  self->offer = offer;
  if (!offer->sdp || !gst_rtc_sdp_check (offer->sdp, &error)) {
    gst_rtc_session_close (session, "%s", error ? error->message :
        "The offer is empty");
    return;
  }
  if (!has_unique_mids (offer->sdp)) {
    gst_rtc_session_close (session, "Two medias of the offer have one mid");
    return;
  }

  shown = show_offer (self, offer);
  if (!gst_rtc_session_set_remote (session, shown, on_remote_set, &error))
    gst_rtc_session_close (session, "%s", error->message);
}

/* Our own offer */

static void
on_offer_created (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  g_autoptr (GstWebRTCSessionDescription) offer = NULL;

  if (!error && reply)
    gst_structure_get (reply, "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
        &offer, NULL);
  if (!offer) {
    gst_rtc_session_close (session, "There is no offer: %s",
        error ? error->message : "webrtcbin made none");
    return;
  }

  if (self->settings->do_retransmission)
    gst_rtc_sdp_add_rtx (offer->sdp);
  gst_rtc_sdp_mark_red (offer->sdp);
  self->local = gst_webrtc_session_description_copy (offer);
  gst_rtc_session_set_local (session, offer, on_local_set);
}

static void
plan_media (GstRtcSrcSession * self, gboolean is_video, GstRtcSrcPad * pad,
    guint * pt)
{
  GstElement *webrtcbin =
      gst_rtc_session_get_webrtcbin (GST_RTC_SESSION (self));
  GStrv names = is_video ? self->settings->video_codecs :
      self->settings->audio_codecs;
  g_autoptr (GstCaps) caps = gst_rtc_src_codecs_offer (is_video,
      (const gchar * const *) names, pt);
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  GstRtcSrcStream *stream;

  if (pad) {
    GstCaps *fitting = gst_rtc_src_session_restrict_to_pad (pad, caps);

    gst_caps_unref (caps);
    caps = fitting;
  }
  if (gst_caps_is_empty (caps))
    return;

  g_signal_emit_by_name (webrtcbin, "add-transceiver",
      GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, caps, &transceiver);
  if (!transceiver)
    return;
  g_object_set (transceiver, "do-nack", self->settings->do_retransmission,
      "fec-type", is_video ? GST_WEBRTC_FEC_TYPE_ULP_RED :
      GST_WEBRTC_FEC_TYPE_NONE, NULL);

  stream = gst_rtc_src_stream_new (self, self->planned->len, is_video, NULL);
  if (pad && gst_rtc_src_pad_claim (pad, G_OBJECT (self),
          gst_rtc_src_session_settle))
    stream->pad = gst_object_ref (pad);
  g_ptr_array_add (self->planned, stream);
}

/**
 * gst_rtc_src_session_create_offer:
 *
 * Offers to receive what was requested, or else a video and an audio stream.
 *
 * Thread: control, when webrtcbin is up
 */
void
gst_rtc_src_session_create_offer (GstRtcSrcSession * self)
{
  GPtrArray *requested = gst_rtc_src_session_list_requested (self);
  guint pt = FIRST_PT;

  self->planned = g_ptr_array_new_with_free_func (gst_rtc_src_stream_free);
  for (guint i = 0; i < requested->len; i++) {
    GstRtcSrcPad *pad = g_ptr_array_index (requested, i);

    plan_media (self, gst_rtc_src_pad_is_video (pad), pad, &pt);
  }
  if (requested->len == 0) {
    plan_media (self, TRUE, NULL, &pt);
    plan_media (self, FALSE, NULL, &pt);
  }
  gst_rtc_src_session_end_unused (requested);

  if (self->planned->len == 0) {
    gst_rtc_session_close (GST_RTC_SESSION (self),
        "There is nothing that could be received");
    return;
  }
  g_signal_emit_by_name (gst_rtc_session_get_webrtcbin (GST_RTC_SESSION (self)),
      "create-offer", NULL, gst_rtc_session_promise (GST_RTC_SESSION (self),
          on_offer_created));
}

/* What the producer left of our offer */
static void
take_planned (GstRtcSrcSession * self, const GstSDPMessage * answer)
{
  GPtrArray *streams = g_ptr_array_new_with_free_func (gst_rtc_src_stream_free);
  GPtrArray *unused = g_ptr_array_new_with_free_func (gst_object_unref);

  for (guint i = 0; self->planned->len > 0; i++) {
    GstRtcSrcStream *stream = g_ptr_array_steal_index (self->planned, 0);

    if (i < gst_sdp_message_medias_len (answer) &&
        peer_sends (gst_sdp_message_get_media (answer, i))) {
      g_ptr_array_add (streams, stream);
      continue;
    }
    if (stream->pad)
      give_back (stream->pad, unused);
    gst_rtc_src_stream_free (stream);
  }
  g_clear_pointer (&self->planned, g_ptr_array_unref);
  gst_rtc_src_session_end_unused (unused);
  gst_rtc_src_session_take_streams (self, streams);
}

static void
on_answer_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  if (error) {
    gst_rtc_session_close (session, "The producer's answer was refused: %s",
        error->message);
    return;
  }

  gst_rtc_session_remote_is_set (session);
  gst_rtc_session_watch_transport (session);
}

static void
apply_answer (GstRtcSrcSession * self, GstWebRTCSessionDescription * answer)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GError) error = NULL;

  if (!gst_rtc_session_set_remote (session, answer, on_answer_set, &error)) {
    gst_rtc_session_close (session, "%s", error->message);
    return;
  }

  /* webrtcbin shows a pad as soon as data comes */
  g_clear_pointer (&self->shown, gst_sdp_message_free);
  gst_sdp_message_copy (answer->sdp, &self->shown);
  gst_rtc_src_session_note_video (self, answer->sdp);
  gst_rtc_src_session_note_correction (self, answer->sdp);
  take_planned (self, answer->sdp);
}

/**
 * gst_rtc_src_session_handle_description:
 * @description: what the producer sent
 *
 * An offer that comes while another is being answered waits; if several do,
 * the last one counts.
 *
 * Thread: control
 */
void
gst_rtc_src_session_handle_description (GstRtcSrcSession * self,
    GstWebRTCSessionDescription * description)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  GstWebRTCSessionDescription *copy;

  if (!gst_rtc_session_is_alive (session))
    return;
  if (description->type == GST_WEBRTC_SDP_TYPE_ANSWER && self->planned) {
    apply_answer (self, description);
    return;
  }
  if (description->type != GST_WEBRTC_SDP_TYPE_OFFER) {
    GST_WARNING_OBJECT (self->bin, "session %s: the producer sent an %s that "
        "was not asked for", gst_rtc_session_get_id (session),
        gst_webrtc_sdp_type_to_string (description->type));
    return;
  }

  copy = gst_webrtc_session_description_copy (description);
  if (self->offer || self->planned ||
      gst_rtc_session_get_state (session) == GST_RTC_SESSION_PREPARING) {
    g_clear_pointer (&self->next_offer, gst_webrtc_session_description_free);
    self->next_offer = copy;
    return;
  }
  gst_rtc_src_session_apply_offer (self, copy);
}

/**
 * gst_rtc_src_session_make_offer:
 *
 * Thread: control
 */
void
gst_rtc_src_session_make_offer (GstRtcSrcSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);

  if (!gst_rtc_session_is_alive (session) || self->planned || self->offer)
    return;
  if (gst_rtc_session_get_state (session) == GST_RTC_SESSION_PREPARING)
    self->offer_wanted = TRUE;
  else
    gst_rtc_src_session_create_offer (self);
}
