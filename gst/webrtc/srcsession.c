/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The session of a source: its life from the first word of the signaller to
 * the last of its pads.
 *
 * The end, in this order: no new pads (control thread), the bin leaves the
 * element and goes to NULL (worker, waits for the streaming threads), EOS
 * downstream and the pads go (worker: downstream may take its time), the
 * element is told (control thread). The bin's state is locked from the first
 * step on, so that a state change of the element leaves it alone. It has to
 * leave before it goes to NULL: a streaming thread may be held by a sink that
 * is in PAUSED, and the state change that would free it waits for the state
 * lock of every child.
 *
 * When the producer ends the session in good order, what is in the jitter
 * buffer is played out first.
 */

#include "srcsession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

/* Milliseconds that packets may still be on their way */
#define DRAIN_MARGIN 50

G_DEFINE_FINAL_TYPE (GstRtcSrcSession, gst_rtc_src_session,
    GST_RTC_TYPE_SESSION);

static void
stop_timer (GstRtcSrcSession * self)
{
  if (!self->timer)
    return;

  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
start_timer (GstRtcSrcSession * self, guint ms, GSourceFunc func)
{
  stop_timer (self);
  self->timer = gst_rtc_control_add_timer (gst_rtc_session_get_control
      (GST_RTC_SESSION (self)), ms, func, self, NULL);
}

/* Start */

static gboolean
on_negotiation_timeout (gpointer data)
{
  GstRtcSrcSession *self = data;

  gst_rtc_session_close (GST_RTC_SESSION (self), "The producer did not "
      "connect within %u ms", self->settings->negotiation_timeout);

  return G_SOURCE_REMOVE;
}

static void
gst_rtc_src_session_verified (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (!self->draining)
    stop_timer (self);
  if (element)
    self->events->connected (element, self);
}

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
    gst_rtc_src_session_apply_offer (self, g_steal_pointer (&self->next_offer));
  else if (self->offer_wanted)
    gst_rtc_src_session_create_offer (self);
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
    .stun_server_set = self->settings->stun_server_set,
    .turn_servers_set = self->settings->turn_servers_set,
    .signaller = self->signaller,
    .ice_transport_policy = self->settings->ice_transport_policy,
  };

  self->bin = gst_object_ref_sink (gst_bin_new (name));
  if (!gst_rtc_session_prepare (session, self->bin, &ice, &error)) {
    gst_rtc_session_close (session, "%s", error->message);
    return;
  }

  g_object_set (gst_rtc_session_get_webrtcbin (session), "latency",
      self->settings->latency, NULL);
  gst_rtc_src_session_set_up_rtpbin (self);
  g_signal_connect_object (gst_rtc_session_get_webrtcbin (session),
      "pad-added", G_CALLBACK (gst_rtc_src_session_on_pad_added), self, 0);
  if (!element || !gst_bin_add (GST_BIN (element), GST_ELEMENT (self->bin))) {
    gst_rtc_session_close (session, "A session of this id is there already");
    return;
  }
  if (self->settings->negotiation_timeout > 0)
    start_timer (self, self->settings->negotiation_timeout,
        on_negotiation_timeout);

  gst_rtc_signaller_webrtcbin_ready (self->signaller, id,
      gst_rtc_session_get_webrtcbin (session));
  if (gst_rtc_session_is_alive (session))
    gst_rtc_session_run_on_worker (session, bring_up, on_up);
}

/**
 * gst_rtc_src_session_set_latency:
 * @latency: of the jitter buffers, milliseconds
 *
 * Thread: control
 */
void
gst_rtc_src_session_set_latency (GstRtcSrcSession * self, guint latency)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (!gst_rtc_session_is_alive (GST_RTC_SESSION (self)))
    return;

  g_object_set (gst_rtc_session_get_webrtcbin (GST_RTC_SESSION (self)),
      "latency", latency, NULL);
  if (element)
    gst_element_post_message (element,
        gst_message_new_latency (GST_OBJECT (element)));
}

/* End */

/**
 * gst_rtc_src_session_is_current:
 *
 * Returns: whether it goes on; one that plays out its last packets does not
 *
 * Thread: control
 */
gboolean
gst_rtc_src_session_is_current (GstRtcSrcSession * self)
{
  return !self->draining && gst_rtc_session_is_alive (GST_RTC_SESSION (self));
}

static gboolean
has_pads (GstRtcSrcSession * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->streams->len; i++) {
    const GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->pad)
      return TRUE;
  }

  return FALSE;
}

/* A peer that only closed DTLS may wait to hear of it through the signaller */
static void
close_in_order (GstRtcSrcSession * self)
{
  if (self->peer_said)
    gst_rtc_session_close_by_peer (GST_RTC_SESSION (self));
  else
    gst_rtc_session_close (GST_RTC_SESSION (self), NULL);
}

static gboolean
on_drained (gpointer data)
{
  close_in_order (data);

  return G_SOURCE_REMOVE;
}

/* The peer ended it in good order */
static void
gst_rtc_src_session_gone (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  guint latency;

  if (self->draining)
    return;
  if (gst_rtc_session_get_state (session) != GST_RTC_SESSION_STREAMING ||
      !has_pads (self)) {
    close_in_order (self);
    return;
  }

  g_object_get (gst_rtc_session_get_webrtcbin (session), "latency", &latency,
      NULL);
  GST_INFO_OBJECT (self->bin, "over, playing out %u ms", latency);
  self->draining = TRUE;
  start_timer (self, latency + DRAIN_MARGIN, on_drained);
}

/**
 * gst_rtc_src_session_end_by_peer:
 * @error: (nullable): what the producer says went wrong
 *
 * Thread: control
 */
void
gst_rtc_src_session_end_by_peer (GstRtcSrcSession * self, const gchar * error)
{
  self->peer_said = TRUE;
  if (!error) {
    gst_rtc_src_session_gone (GST_RTC_SESSION (self));
    return;
  }

  g_free (self->peer_error);
  self->peer_error = g_strdup (error);
  gst_rtc_session_close_by_peer (GST_RTC_SESSION (self));
}

static void
tell_finished (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (element)
    self->events->finished (element, self);
}

/* A worker */
static void
end_pads (gpointer data)
{
  g_autoptr (GstRtcSrcSession) self = data;
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autoptr (GPtrArray) retired = gst_rtc_src_session_end_pads (self);
  /* then the element removes them with the others */
  const gboolean going_down = self->going_down;

  gst_rtc_session_post (GST_RTC_SESSION (self), tell_finished);
  for (guint i = 0; element && !going_down && i < retired->len; i++)
    gst_rtc_src_pad_remove (g_ptr_array_index (retired, i), element);
}

/* Returns: (nullable): why the session ends, if that is an error. A session
 * without a stream cannot end in EOS. */
static const gchar *
get_reason (GstRtcSrcSession * self)
{
  const gchar *error = gst_rtc_session_get_error (GST_RTC_SESSION (self));

  if (self->peer_error)
    return self->peer_error;
  if (!error && !self->unneeded && !has_pads (self))
    return "it ended before there was a stream";

  return error;
}

static void
gst_rtc_src_session_closing (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  gboolean keep = FALSE;

  stop_timer (self);
  gst_rtc_src_session_stop_feedback (self);
  g_mutex_lock (&self->lock);
  self->closing = TRUE;
  g_cond_broadcast (&self->exposed);
  g_mutex_unlock (&self->lock);

  if (self->bin)
    gst_element_set_locked_state (GST_ELEMENT (self->bin), TRUE);
  if (!gst_rtc_session_peer_knows (session))
    gst_rtc_signaller_end_session (self->signaller,
        gst_rtc_session_get_id (session), gst_rtc_session_get_error (session));
  if (element && !self->going_down && !self->unneeded)
    keep = self->events->ending (element, self, get_reason (self));

  g_mutex_lock (&self->lock);
  self->keep_pads = keep;
  g_mutex_unlock (&self->lock);
}

/* A worker */
static void
gst_rtc_src_session_detach (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  gst_rtc_src_session_prepare_for_no_clock (self);
  if (element && self->bin)
    self->events->detach (element, GST_ELEMENT (self->bin));
}

static void
gst_rtc_src_session_closed (GstRtcSession * session)
{
  gst_rtc_src_session_forget_elements (GST_RTC_SRC_SESSION (session));
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

static void
gst_rtc_src_session_finalize (GObject * object)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (object);

  g_clear_pointer (&self->next_offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->local, gst_webrtc_session_description_free);
  g_clear_pointer (&self->shown, gst_sdp_message_free);
  g_clear_pointer (&self->planned, g_ptr_array_unref);
  g_clear_pointer (&self->streams, g_ptr_array_unref);
  g_clear_pointer (&self->buffers, g_ptr_array_unref);
  g_clear_pointer (&self->rtp_sessions, g_ptr_array_unref);
  g_clear_pointer (&self->fec_decoders, g_ptr_array_unref);
  g_clear_pointer (&self->settings, gst_rtc_src_settings_unref);
  gst_clear_object (&self->collection);
  gst_clear_object (&self->rtpbin);
  gst_clear_object (&self->bin);
  g_clear_object (&self->signaller);
  g_free (self->peer_error);
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
  session_class->verified = gst_rtc_src_session_verified;
  session_class->gone = gst_rtc_src_session_gone;
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
  self->streams = g_ptr_array_new_with_free_func (gst_rtc_src_stream_free);
  self->buffers = g_ptr_array_new_with_free_func (gst_rtc_src_buffer_free);
  self->rtp_sessions = g_ptr_array_new_with_free_func (g_object_unref);
  self->fec_decoders = g_ptr_array_new_with_free_func (gst_object_unref);
  self->group_id = gst_util_group_id_next ();
  self->born = g_get_monotonic_time ();
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
