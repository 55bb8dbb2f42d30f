/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The session of a source: answers the producer's offer and makes a pad of
 * the element for every stream that arrives.
 *
 *   element ghost pad <- session bin ghost pad <- output <- webrtcbin pad
 *
 * Negotiation runs on the control thread. Pads are made on the streaming
 * thread that webrtcbin adds its pad on, as GStreamer elements do: the first
 * packet waits until pad-added of the element was emitted, the application
 * linked what it wants, and the output was chosen by what is downstream.
 * Streams take turns at that: handlers of pad-added, gst_parse_launch()'s
 * among them, do not expect two threads at once, and no-more-pads has to come
 * behind the last of them. No lock is held while the application is called.
 *
 * The end, in this order: no new pads (control thread), the bin leaves the
 * element and goes to NULL (worker, waits for the streaming threads), EOS
 * downstream and the pads go (worker: downstream may take its time), the
 * element is told (control thread). The bin's state is locked from the first
 * step on, so that a state change of the element leaves it alone. It has to
 * leave before it goes to NULL: a streaming thread may be held by a sink that
 * is in PAUSED, and the state change that would free it waits for the state
 * lock of every child.
 */

#include "srcsession.h"

#include "sdp.h"
#include "srccodecs.h"
#include "srcoutput.h"
#include "srcpad.h"

#include <gst/pbutils/pbutils.h>
#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

struct _GstRtcSrcSession
{
  GstRtcSession parent_instance;

  /* construct-only: any thread */
  GWeakRef element;
  const GstRtcSrcSessionEvents *events;
  GstRtcSrcSettings *settings;
  GstRtcSignaller *signaller;
  gchar *stream_id_prefix;
  guint group_id;
  GstBin *bin;                  /* set by start */

  /* control thread only */
  GstWebRTCSessionDescription *next_offer;
  GstWebRTCSessionDescription *offer;
  GstWebRTCSessionDescription *answer;
  gboolean going_down;

  GMutex lock;
  /* guarded by lock */
  gboolean closing;
  GPtrArray *pads;              /* element-type GstRtcSrcPad */
  GArray *mlines;               /* of the pads, element-type guint */
  guint n_pads[2];              /* audio, video */
  GArray *wanted;               /* m-lines of which we want the stream */
  gboolean exposing;            /* it is somebody's turn */
  GCond exposed;
};

G_DEFINE_FINAL_TYPE (GstRtcSrcSession, gst_rtc_src_session,
    GST_RTC_TYPE_SESSION);

/* Settings */

static void
clear_settings (gpointer data)
{
  GstRtcSrcSettings *settings = data;

  g_free (settings->stun_server);
  g_strfreev (settings->turn_servers);
  g_strfreev (settings->video_codecs);
  g_strfreev (settings->audio_codecs);
}

GstRtcSrcSettings *
gst_rtc_src_settings_new (void)
{
  return g_atomic_rc_box_new0 (GstRtcSrcSettings);
}

void
gst_rtc_src_settings_unref (GstRtcSrcSettings * settings)
{
  g_atomic_rc_box_release_full (settings, clear_settings);
}

/* Streaming threads: from a pad of webrtcbin to one of the element */

static GstPadProbeReturn
drop_buffers (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  return GST_PAD_PROBE_DROP;
}

/* Not left unlinked: that would stop all other streams */
static void
drop_stream (GstPad * pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, drop_buffers, NULL, NULL);
}

static guint
count_mline (GArray * mlines, guint mline)
{
  guint n = 0;

  for (guint i = 0; i < mlines->len; i++)
    n += g_array_index (mlines, guint, i) == mline;

  return n;
}

static gboolean
is_taken (GstElement * element, const gchar * name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  return pad != NULL;
}

static gchar *
make_stream_id (GstRtcSrcSession * self, guint mline)
{
  /* more than one stream of one media happens with simulcast */
  const guint n_same = count_mline (self->mlines, mline);

  return n_same == 0 ?
      g_strdup_printf ("%s:%u", self->stream_id_prefix, mline) :
      g_strdup_printf ("%s:%u:%u", self->stream_id_prefix, mline, n_same);
}

/* Returns: (transfer full) (nullable): a pad that is not added yet, or %NULL
 * if the session is closing, or the producer sends what we refused */
static GstRtcSrcPad *
new_pad (GstRtcSrcSession * self, GstElement * element, guint mline,
    gboolean is_video, const gchar * msid, GstCaps * possible)
{
  GstPadTemplate *templ =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (element),
      is_video ? "video_%u" : "audio_%u");
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autofree gchar *stream_id = NULL;
  g_autofree gchar *name = NULL;
  GstRtcSrcPad *pad;

  if (self->closing || count_mline (self->wanted, mline) == 0)
    return NULL;

  /* the pads of the session before this one may not all be gone yet */
  do {
    g_free (name);
    name = g_strdup_printf (is_video ? "video_%u" : "audio_%u",
        self->n_pads[is_video]++);
  } while (is_taken (element, name));

  stream_id = make_stream_id (self, mline);
  pad = gst_object_ref_sink (gst_rtc_src_pad_new (templ, name));
  gst_rtc_src_pad_set_stream (pad, stream_id, self->group_id, msid, possible);
  g_ptr_array_add (self->pads, gst_object_ref (pad));
  g_array_append_val (self->mlines, mline);

  return pad;
}

static gboolean
has_all_pads (GstRtcSrcSession * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->pads && self->pads->len >= self->wanted->len;
}

static gchar *
dup_producer_id (GstRtcSrcSession * self, const gchar * msid)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (self->signaller),
      "producer-peer-id");
  gchar *id = NULL;

  if (!pspec || pspec->value_type != G_TYPE_STRING)
    return NULL;
  g_object_get (self->signaller, "producer-peer-id", &id, NULL);

  return id ? id : g_strdup (msid);
}

/* Returns: (transfer full) (nullable): what the application wants to have
 * before the decoder */
static GstElement *
request_filter (GstRtcSrcSession * self, GstElement * element, GstPad * pad,
    const gchar * msid)
{
  g_autofree gchar *producer_id = dup_producer_id (self, msid);
  g_autofree gchar *name = gst_pad_get_name (pad);
  g_autoptr (GstCaps) allowed = gst_pad_get_allowed_caps (pad);
  GstElement *filter = NULL;

  g_signal_emit_by_name (element, "request-encoded-filter", producer_id, name,
      allowed, &filter);
  if (filter && g_object_is_floating (filter))
    gst_object_ref_sink (filter);

  return filter;
}

static gboolean
build_output (GstRtcSrcSession * self, GstElement * element,
    GstRtcSrcPad * pad, GstPad * source, GstCaps * rtp, const gchar * msid,
    GError ** error)
{
  g_autoptr (GstCaps) downstream = NULL;
  g_autoptr (GstElement) filter = NULL;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;
  GstRtcSrcOutputMode mode;
  GstPad *ghost;

  mode = gst_rtc_src_output_choose (GST_PAD (pad), rtp, &downstream);
  filter = request_filter (self, element, GST_PAD (pad), msid);
  if (!gst_rtc_src_output_build (mode, self->bin, rtp, downstream, filter,
          &sink, &src, error))
    return FALSE;

  ghost = gst_ghost_pad_new (NULL, src ? src : source);
  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (self->bin), ghost);
  if (!gst_ghost_pad_set_target (GST_GHOST_PAD (pad), ghost) ||
      (sink && gst_pad_link (source, sink) != GST_PAD_LINK_OK)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "Could not link the output of pad %s", GST_PAD_NAME (pad));
    return FALSE;
  }

  return TRUE;
}

static void
report_missing (GstElement * element, GstRtcSrcPad * pad, GstCaps * rtp,
    const GError * error)
{
  if (g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN)) {
    const GstRtcSrcCodec *codec = gst_rtc_src_codec_from_caps (rtp);
    g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);

    gst_element_post_message (element,
        gst_missing_decoder_message_new (element, caps));
  }
  GST_ELEMENT_WARNING (element, STREAM, FAILED,
      ("No output on pad %s: %s", GST_PAD_NAME (pad), error->message), (NULL));
}

static void
expose_stream (GstRtcSrcSession * self, GstElement * element, GstPad * source,
    guint mline, const gchar * msid)
{
  g_autoptr (GstCaps) rtp = gst_pad_get_current_caps (source);
  const GstRtcSrcCodec *codec = gst_rtc_src_codec_from_caps (rtp);
  g_autoptr (GstRtcSrcPad) pad = NULL;
  g_autoptr (GstCaps) possible = NULL;
  g_autoptr (GError) error = NULL;

  if (!codec) {
    GST_WARNING_OBJECT (element, "no use for a stream of %" GST_PTR_FORMAT,
        rtp);
    drop_stream (source);
    return;
  }

  possible = gst_rtc_src_output_get_possible (rtp);
  pad = new_pad (self, element, mline, codec->is_video, msid, possible);
  if (!pad) {
    drop_stream (source);
    return;
  }

  gst_pad_set_active (GST_PAD (pad), TRUE);
  gst_element_add_pad (element, GST_PAD (pad));
  if (!build_output (self, element, pad, source, rtp, msid, &error)) {
    drop_stream (source);
    report_missing (element, pad, rtp, error);
  }

  if (has_all_pads (self))
    gst_element_no_more_pads (element);
  gst_element_post_message (element,
      gst_message_new_latency (GST_OBJECT (element)));
}

static void
begin_turn (GstRtcSrcSession * self)
{
  g_mutex_lock (&self->lock);
  while (self->exposing)
    g_cond_wait (&self->exposed, &self->lock);
  self->exposing = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
end_turn (GstRtcSrcSession * self)
{
  g_mutex_lock (&self->lock);
  self->exposing = FALSE;
  g_cond_signal (&self->exposed);
  g_mutex_unlock (&self->lock);
}

static void
on_pad_added (GstElement * webrtcbin, GstPad * source, GstRtcSrcSession * self)
{
  g_autoptr (GstElement) element = NULL;
  g_autoptr (GObject) transceiver = NULL;
  g_autofree gchar *msid = NULL;
  guint mline = 0;

  if (GST_PAD_DIRECTION (source) != GST_PAD_SRC)
    return;

  element = g_weak_ref_get (&self->element);
  if (!element) {
    drop_stream (source);
    return;
  }

  g_object_get (source, "transceiver", &transceiver, "msid", &msid, NULL);
  if (transceiver)
    g_object_get (transceiver, "mlineindex", &mline, NULL);
  begin_turn (self);
  expose_stream (self, element, source, mline, msid);
  end_turn (self);
}

/* Control thread: negotiation */

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
    GstWebRTCRTPTransceiverDirection direction)
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
      caps, "do-nack", self->settings->do_retransmission, NULL);
}

static gboolean
peer_sends (const GstSDPMedia * media)
{
  return !gst_rtc_sdp_media_is_rejected (media) &&
      !gst_rtc_sdp_media_has (media, "recvonly");
}

/* Returns: whether a stream of this media is to come */
static gboolean
set_up_media (GstRtcSrcSession * self, const GstSDPMedia * media, guint mline)
{
  const gchar *kind = gst_sdp_media_get_media (media);
  const gboolean is_video = g_strcmp0 (kind, "video") == 0;
  g_autoptr (GstCaps) caps = NULL;

  if (!is_video && g_strcmp0 (kind, "audio") != 0)
    return FALSE;

  if (peer_sends (media)) {
    GStrv names = is_video ? self->settings->video_codecs :
        self->settings->audio_codecs;

    caps = gst_rtc_src_codecs_accept (media, (const gchar * const *) names);
    if (!gst_caps_is_empty (caps)) {
      GST_DEBUG_OBJECT (self->bin, "media %u: %" GST_PTR_FORMAT, mline, caps);
      set_up_transceiver (self, mline, caps,
          GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY);
      return TRUE;
    }
    gst_clear_caps (&caps);
  }

  GST_INFO_OBJECT (self->bin, "media %u (%s) is not wanted", mline, kind);
  caps = gst_rtc_src_codecs_get_offered (media);
  if (!gst_caps_is_empty (caps))
    set_up_transceiver (self, mline, caps,
        GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_INACTIVE);

  return FALSE;
}

static void
set_up_medias (GstRtcSrcSession * self)
{
  const GstSDPMessage *sdp = self->offer->sdp;
  GArray *wanted = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *before;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (set_up_media (self, gst_sdp_message_get_media (sdp, i), i))
      g_array_append_val (wanted, i);
  }

  g_mutex_lock (&self->lock);
  before = g_steal_pointer (&self->wanted);
  self->wanted = wanted;
  g_mutex_unlock (&self->lock);
  g_array_unref (before);
}

static void apply_offer (GstRtcSrcSession * self,
    GstWebRTCSessionDescription * offer);

static void
on_local_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  GstWebRTCSessionDescription *next = g_steal_pointer (&self->next_offer);

  if (error) {
    g_clear_pointer (&next, gst_webrtc_session_description_free);
    gst_rtc_session_close (session, "The answer was refused: %s",
        error->message);
    return;
  }

  gst_rtc_session_send_description (session, self->signaller, self->answer);
  g_clear_pointer (&self->answer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  gst_rtc_session_watch_transport (session);

  if (next && gst_rtc_session_is_alive (session))
    apply_offer (self, next);
  else
    g_clear_pointer (&next, gst_webrtc_session_description_free);
}

/* webrtcbin 1.22 answers a media that was refused as if it were there
 * (RFC 3264 section 6: it has to stay refused) */
static void
refuse_again (const GstSDPMessage * offer, GstSDPMessage * answer)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (offer) &&
      i < gst_sdp_message_medias_len (answer); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);

    if (gst_sdp_media_get_port (media) == 0 &&
        !gst_rtc_sdp_media_has (media, "bundle-only"))
      gst_sdp_media_set_port_info ((GstSDPMedia *)
          gst_sdp_message_get_media (answer, i), 0, 0);
  }
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

  refuse_again (self->offer->sdp, answer->sdp);
  self->answer = g_steal_pointer (&answer);
  gst_rtc_session_set_local (session, self->answer, on_local_set);
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

/* Takes the offer */
static void
apply_offer (GstRtcSrcSession * self, GstWebRTCSessionDescription * offer)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  self->offer = offer;
  if (!gst_rtc_session_set_remote (GST_RTC_SESSION (self), self->offer,
          on_remote_set, &error))
    gst_rtc_session_close (GST_RTC_SESSION (self), "%s", error->message);
}

/**
 * gst_rtc_src_session_handle_description:
 * @description: what the producer sent
 *
 * One that comes while another is being answered waits; if several do, the
 * last one counts.
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
  if (description->type != GST_WEBRTC_SDP_TYPE_OFFER) {
    GST_WARNING_OBJECT (self->bin, "session %s: the producer sent an %s, not "
        "an offer", gst_rtc_session_get_id (session),
        gst_webrtc_sdp_type_to_string (description->type));
    return;
  }

  copy = gst_webrtc_session_description_copy (description);
  if (self->offer ||
      gst_rtc_session_get_state (session) == GST_RTC_SESSION_PREPARING) {
    g_clear_pointer (&self->next_offer, gst_webrtc_session_description_free);
    self->next_offer = copy;
    return;
  }
  apply_offer (self, copy);
}

/* Start */

static void
bring_up (GstRtcSession * session)
{
  GstElement *bin = GST_ELEMENT (GST_RTC_SRC_SESSION (session)->bin);

  if (!gst_element_sync_state_with_parent (bin))
    gst_rtc_session_post_close (session, "webrtcbin does not start");
}

static void
on_up (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);

  gst_rtc_session_enter (session, GST_RTC_SESSION_NEGOTIATING);
  if (self->next_offer)
    apply_offer (self, g_steal_pointer (&self->next_offer));
}

/**
 * gst_rtc_src_session_start:
 *
 * Thread: control
 */
void
gst_rtc_src_session_start (GstRtcSrcSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  const gchar *id = gst_rtc_session_get_id (session);
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autofree gchar *name = g_strdup_printf ("session-%s", id);
  g_autoptr (GError) error = NULL;
  GstRtcIceConfig ice = {
    .stun_server = self->settings->stun_server,
    .turn_servers = (const gchar * const *) self->settings->turn_servers,
    .ice_transport_policy = GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL,
  };

  self->bin = gst_object_ref_sink (gst_bin_new (name));
  if (!gst_rtc_session_prepare (session, self->bin, &ice, &error)) {
    gst_rtc_session_close (session, "%s", error->message);
    return;
  }

  g_signal_connect_object (gst_rtc_session_get_webrtcbin (session),
      "pad-added", G_CALLBACK (on_pad_added), self, 0);
  if (!element || !gst_bin_add (GST_BIN (element), GST_ELEMENT (self->bin))) {
    gst_rtc_session_close (session, "A session of this id is there already");
    return;
  }

  gst_rtc_signaller_webrtcbin_ready (self->signaller, id,
      gst_rtc_session_get_webrtcbin (session));
  if (gst_rtc_session_is_alive (session))
    gst_rtc_session_run_on_worker (session, bring_up, on_up);
}

/* End */

static void
end_pad (gpointer data, gpointer user_data)
{
  GstRtcSrcPad *pad = data;
  GstElement *element = user_data;

  gst_pad_set_active (GST_PAD (pad), FALSE);
  gst_ghost_pad_set_target (GST_GHOST_PAD (pad), NULL);
  if (GST_OBJECT_PARENT (pad) == GST_OBJECT (element))
    gst_element_remove_pad (element, GST_PAD (pad));
}

static void
tell_finished (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (element)
    self->events->finished (element, self);
}

/* A worker. Nothing feeds the pads any more. */
static void
end_pads (gpointer data)
{
  g_autoptr (GstRtcSrcSession) self = data;
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autoptr (GPtrArray) pads = NULL;

  g_mutex_lock (&self->lock);
  pads = g_steal_pointer (&self->pads);
  g_mutex_unlock (&self->lock);

  if (!self->going_down)
    g_ptr_array_foreach (pads, (GFunc) gst_rtc_src_pad_push_eos, NULL);
  if (element)
    g_ptr_array_foreach (pads, end_pad, element);

  gst_rtc_session_post (GST_RTC_SESSION (self), tell_finished);
}

static void
gst_rtc_src_session_closing (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  const gchar *error = gst_rtc_session_get_error (session);
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  g_mutex_lock (&self->lock);
  self->closing = TRUE;
  g_mutex_unlock (&self->lock);

  if (self->bin)
    gst_element_set_locked_state (GST_ELEMENT (self->bin), TRUE);
  if (!gst_rtc_session_peer_knows (session))
    gst_rtc_signaller_end_session (self->signaller,
        gst_rtc_session_get_id (session), error);
  if (error && element)
    self->events->failed (element, self, error);
}

/* A worker */
static void
gst_rtc_src_session_detach (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (element && self->bin)
    self->events->detach (element, GST_ELEMENT (self->bin));
}

static void
gst_rtc_src_session_closed (GstRtcSession * session)
{
  gst_rtc_worker_push (end_pads, g_object_ref (session));
}

/**
 * gst_rtc_src_session_shut_down:
 *
 * Ends the session because the element goes down: without EOS.
 *
 * Thread: control
 */
void
gst_rtc_src_session_shut_down (GstRtcSrcSession * self)
{
  self->going_down = TRUE;
  gst_rtc_session_close (GST_RTC_SESSION (self), NULL);
}

/* Any thread. How fast the producer learns what we get, and that we are
 * there: libwebrtc reports several times a second, rtpsession every 5 s. */
static void
gst_rtc_src_session_element_added (GstRtcSession * session,
    GstElement * element, const gchar * factory)
{
  /* It asks for a packet again that is not lost but only a little late, for
   * audio in nearly every interval. A gap in the numbers is proof enough. */
  if (g_str_equal (factory, "rtpjitterbuffer"))
    g_object_set (element, "rtx-next-seqnum", FALSE, NULL);
}

static void
gst_rtc_src_session_finalize (GObject * object)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (object);

  g_clear_pointer (&self->next_offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->answer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->pads, g_ptr_array_unref);
  g_clear_pointer (&self->mlines, g_array_unref);
  g_clear_pointer (&self->wanted, g_array_unref);
  g_clear_pointer (&self->settings, gst_rtc_src_settings_unref);
  gst_clear_object (&self->bin);
  g_clear_object (&self->signaller);
  g_free (self->stream_id_prefix);
  g_weak_ref_clear (&self->element);
  g_cond_clear (&self->exposed);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_rtc_src_session_parent_class)->finalize (object);
}

static void
gst_rtc_src_session_class_init (GstRtcSrcSessionClass * klass)
{
  GstRtcSessionClass *session_class = GST_RTC_SESSION_CLASS (klass);

  session_class->element_added = gst_rtc_src_session_element_added;
  session_class->closing = gst_rtc_src_session_closing;
  session_class->detach = gst_rtc_src_session_detach;
  session_class->closed = gst_rtc_src_session_closed;
  G_OBJECT_CLASS (klass)->finalize = gst_rtc_src_session_finalize;
}

static void
gst_rtc_src_session_init (GstRtcSrcSession * self)
{
  g_weak_ref_init (&self->element, NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->exposed);
  self->pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->mlines = g_array_new (FALSE, FALSE, sizeof (guint));
  self->wanted = g_array_new (FALSE, FALSE, sizeof (guint));
  self->group_id = gst_util_group_id_next ();
}

/**
 * gst_rtc_src_session_new:
 * @id: id of the session
 * @peer_id: id of the producer
 * @control: the element's control thread
 * @signaller: what its description goes through
 * @element: (transfer none): what its pads are added to; not referenced
 * @events: what to tell the element, static
 * @settings: (transfer full): the properties that it begins with
 *
 * Thread: control
 */
GstRtcSrcSession *
gst_rtc_src_session_new (const gchar * id, const gchar * peer_id,
    GstRtcControl * control, GstRtcSignaller * signaller,
    GstElement * element, const GstRtcSrcSessionEvents * events,
    GstRtcSrcSettings * settings)
{
  GstRtcSrcSession *self = g_object_new (GST_RTC_TYPE_SRC_SESSION, "id", id,
      "peer-id", peer_id, "control", control, "signaller", signaller, NULL);

  self->signaller = g_object_ref (signaller);
  g_weak_ref_set (&self->element, element);
  self->events = events;
  self->settings = settings;
  /* the same whenever this producer is asked, and on every machine */
  self->stream_id_prefix = g_compute_checksum_for_string (G_CHECKSUM_SHA256,
      peer_id ? peer_id : "", -1);

  return self;
}
