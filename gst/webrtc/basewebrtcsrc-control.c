/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The control thread of a source: its session, and what its signaller says.
 *
 *   idle -- start --> started -- stop --> stopping -- session gone --> idle
 *
 * `start` is posted by PAUSED to PLAYING, `stop` by PAUSED to READY, which
 * waits until the element is idle, with a limit. A state change that comes on
 * the control thread itself (an application may go down in a handler) cannot
 * wait: it is done when the session was told to end, and a later `start` waits
 * in its place. The application may drop its last reference then, so that the
 * element keeps itself until the session is gone and the signaller stopped.
 * The signaller is only ever called on the control thread and without a lock.
 *
 * With `reconnect`, a session that ends leaves its pads, and the signaller is
 * stopped and started again, after a pause that doubles with each try that
 * leads to nothing.
 */

#include "basewebrtcsrc-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

/* How long going down waits for the session, in microseconds */
#define SHUT_DOWN_LIMIT (5 * G_USEC_PER_SEC)

/* Pauses between two tries to reconnect, milliseconds */
#define FIRST_PAUSE 250
#define LONGEST_PAUSE 30000

#define PRIV(self) (gst_rtc_base_src_get_private (self))

/* Any thread: what a state change wants. Jobs find out when they run: on the
 * control thread a stop does not wait for a start that was posted before. */
static void
set_wanted (GstRtcBaseSrc * self, gboolean wanted)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  g_mutex_lock (&priv->lock);
  priv->wanted = wanted;
  g_mutex_unlock (&priv->lock);
}

static gboolean
is_wanted (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->wanted;
}

static void
enter_phase (GstRtcBaseSrc * self, GstRtcBaseSrcPhase phase)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  gst_rtc_control_assert (priv->control);
  priv->phase = phase;

  g_mutex_lock (&priv->lock);
  priv->idle = phase == GST_RTC_BASE_SRC_IDLE;
  g_cond_broadcast (&priv->idle_cond);
  g_mutex_unlock (&priv->lock);
}

static void
publish_ending (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < priv->sessions->len; i++)
    g_string_append_printf (ids, "%s%s", i ? ", " : "",
        gst_rtc_session_get_id (g_ptr_array_index (priv->sessions, i)));

  g_mutex_lock (&priv->lock);
  g_free (priv->ending);
  priv->ending = g_string_free (ids, FALSE);
  g_mutex_unlock (&priv->lock);
}

/* Starting and stopping: control thread */

static void
stop_retrying (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (!priv->retry)
    return;

  g_source_destroy (priv->retry);
  g_clear_pointer (&priv->retry, g_source_unref);
}

static void
start_signaller (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  enter_phase (self, GST_RTC_BASE_SRC_STARTED);
  priv->n_retries = 0;
  gst_rtc_base_src_begin_looking (self);
  if (priv->signaller)
    gst_rtc_signaller_start (priv->signaller);
}

static void
run_start (gpointer data)
{
  GstRtcBaseSrc *self = data;

  if (PRIV (self)->phase == GST_RTC_BASE_SRC_IDLE && is_wanted (self))
    start_signaller (self);
}

/* Pads that were kept for a session that will not come, and those of one that
 * is over. Any thread: the one that stops the element, as a handler may do the
 * same once more */
static void
drop_kept_pads (GstRtcBaseSrc * self)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func
      (gst_object_unref);

  GST_OBJECT_LOCK (self);
  for (GList * l = GST_ELEMENT (self)->srcpads; l; l = l->next) {
    if (!gst_rtc_src_pad_is_requested (l->data) &&
        !gst_rtc_src_pad_is_claimed (l->data))
      g_ptr_array_add (kept, gst_object_ref (l->data));
  }
  GST_OBJECT_UNLOCK (self);

  for (guint i = 0; i < kept->len; i++)
    gst_rtc_src_pad_remove (g_ptr_array_index (kept, i), GST_ELEMENT (self));
}

static gboolean
is_waited_for (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->n_waiting > 0;
}

/* Drops the reference that run_stop() took */
static void
finish_stopping (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (priv->signaller)
    gst_rtc_signaller_stop (priv->signaller);
  gst_rtc_base_src_end_looking (self);
  if (!is_waited_for (self))
    drop_kept_pads (self);
  enter_phase (self, GST_RTC_BASE_SRC_IDLE);
  run_start (self);
  gst_object_unref (self);
}

static void
run_stop (gpointer data)
{
  GstRtcBaseSrc *self = data;
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (priv->phase != GST_RTC_BASE_SRC_STARTED)
    return;

  stop_retrying (self);
  gst_object_ref (self);
  enter_phase (self, GST_RTC_BASE_SRC_STOPPING);
  publish_ending (self);
  for (guint i = 0; i < priv->sessions->len; i++)
    gst_rtc_src_session_shut_down (g_ptr_array_index (priv->sessions, i));
  if (priv->sessions->len == 0)
    finish_stopping (self);
}

static void
post (GstRtcBaseSrc * self, GstRtcJob job)
{
  gst_rtc_control_post (PRIV (self)->control, job, gst_object_ref (self),
      gst_object_unref);
}

/* Any thread but control */
static void
wait_until_idle (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  const gint64 end = g_get_monotonic_time () + SHUT_DOWN_LIMIT;
  gboolean in_time = TRUE;

  g_mutex_lock (&priv->lock);
  while (!priv->idle && in_time)
    in_time = g_cond_wait_until (&priv->idle_cond, &priv->lock, end);
  if (!priv->idle)
    GST_WARNING_OBJECT (self, "going on without session %s, which has not "
        "ended within %d s", GST_STR_NULL (priv->ending),
        (gint) (SHUT_DOWN_LIMIT / G_USEC_PER_SEC));
  priv->n_waiting--;
  g_mutex_unlock (&priv->lock);
}

/**
 * gst_rtc_base_src_start:
 *
 * Thread: any
 */
void
gst_rtc_base_src_start (GstRtcBaseSrc * self)
{
  set_wanted (self, TRUE);
  post (self, run_start);
}

/**
 * gst_rtc_base_src_stop:
 *
 * Waits for the end of the session, unless it is called on the control thread.
 *
 * Thread: any
 */
void
gst_rtc_base_src_stop (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  set_wanted (self, FALSE);
  if (gst_rtc_control_is_current (priv->control)) {
    run_stop (self);
    return;
  }

  g_mutex_lock (&priv->lock);
  priv->n_waiting++;
  g_mutex_unlock (&priv->lock);
  post (self, run_stop);
  wait_until_idle (self);
  drop_kept_pads (self);
}

/* What a session tells: control thread */

static gboolean
reconnects (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  gboolean reconnect;

  GST_OBJECT_LOCK (self);
  reconnect = priv->settings->reconnect;
  GST_OBJECT_UNLOCK (self);

  return reconnect && priv->phase == GST_RTC_BASE_SRC_STARTED;
}

static gboolean
on_retry (gpointer data)
{
  GstRtcBaseSrc *self = data;
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  /* its pads are wanted for the next one */
  if (priv->sessions->len > 0)
    return G_SOURCE_CONTINUE;

  g_clear_pointer (&priv->retry, g_source_unref);
  gst_rtc_signaller_stop (priv->signaller);
  gst_rtc_base_src_end_looking (self);
  /* a handler may have stopped us */
  if (priv->phase == GST_RTC_BASE_SRC_STARTED) {
    gst_rtc_base_src_begin_looking (self);
    gst_rtc_signaller_start (priv->signaller);
  }

  return G_SOURCE_REMOVE;
}

static void
retry_later (GstRtcBaseSrc * self, const gchar * reason)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  guint pause = FIRST_PAUSE << MIN (priv->n_retries, 7);

  if (priv->retry)
    return;

  pause = MIN (pause, LONGEST_PAUSE);
  priv->n_retries++;
  GST_ELEMENT_WARNING (self, RESOURCE, NOT_FOUND,
      ("Waiting for the producer to come back: %s", reason ? reason :
          "the session is over"), ("next try in %u ms", pause));
  if (priv->phase == GST_RTC_BASE_SRC_STARTED)
    priv->retry = gst_rtc_control_add_timer (priv->control, pause, on_retry,
        gst_object_ref (self), gst_object_unref);
}

static void
session_connected (GstElement * element, GstRtcSrcSession * session)
{
  PRIV (GST_RTC_BASE_SRC (element))->n_retries = 0;
}

static gboolean
session_ending (GstElement * element, GstRtcSrcSession * session,
    const gchar * error)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);

  if (reconnects (self)) {
    retry_later (self, error);
    return TRUE;
  }
  if (error)
    GST_ELEMENT_ERROR (element, STREAM, FAILED, ("Session ended with error: "
            "%s", error), ("session %s",
            gst_rtc_session_get_id (GST_RTC_SESSION (session))));

  return FALSE;
}

/* A worker */
static void
detach_session (GstElement * element, GstElement * bin)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (element));

  g_rec_mutex_lock (&priv->children_lock);
  if (GST_OBJECT_PARENT (bin) == GST_OBJECT (element))
    gst_bin_remove (GST_BIN (element), bin);
  g_rec_mutex_unlock (&priv->children_lock);
}

static void
session_finished (GstElement * element, GstRtcSrcSession * session)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  GST_OBJECT_LOCK (self);
  if (priv->current == session)
    g_clear_object (&priv->current);
  GST_OBJECT_UNLOCK (self);
  g_ptr_array_remove (priv->sessions, session);
  if (priv->phase == GST_RTC_BASE_SRC_STOPPING && priv->sessions->len == 0)
    finish_stopping (self);
}

static const GstRtcSrcSessionEvents session_events = {
  .connected = session_connected,
  .ending = session_ending,
  .detach = detach_session,
  .finished = session_finished,
};

/* What the signaller tells: control thread */

GstRtcSrcSession *
gst_rtc_base_src_get_session (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GstRtcSrcSession *session;

  if (priv->sessions->len == 0)
    return NULL;
  session = g_ptr_array_index (priv->sessions, priv->sessions->len - 1);

  return gst_rtc_src_session_is_current (session) ? session : NULL;
}

static GstRtcSrcSession *
get_session_by_id (GstRtcBaseSrc * self, const gchar * id)
{
  GstRtcSrcSession *session = gst_rtc_base_src_get_session (self);

  if (session && g_strcmp0 (gst_rtc_session_get_id (GST_RTC_SESSION (session)),
          id) == 0)
    return session;
  GST_DEBUG_OBJECT (self, "ignoring what is for session %s", id);

  return NULL;
}

/* Any thread */
static GstStructure *
request_meta (GstElement * element)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (element));
  GstStructure *meta;

  GST_OBJECT_LOCK (element);
  meta = priv->meta ? gst_structure_copy (priv->meta) : NULL;
  GST_OBJECT_UNLOCK (element);

  return meta;
}

static void
signaller_error (GstElement * element, const gchar * message)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);

  if (reconnects (self) && !gst_rtc_base_src_get_session (self)) {
    retry_later (self, message);
    return;
  }
  GST_ELEMENT_ERROR (element, STREAM, FAILED, ("Signalling error: %s",
          message), (NULL));
}

static void
session_started (GstElement * element, const gchar * id, const gchar * peer_id)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GstRtcSrcSession *session;

  if (priv->phase != GST_RTC_BASE_SRC_STARTED) {
    GST_DEBUG_OBJECT (self, "not started, no session %s", id);
    return;
  }
  if (gst_rtc_base_src_get_session (self)) {
    GST_WARNING_OBJECT (self, "there is a session already, ending %s", id);
    gst_rtc_signaller_end_session (priv->signaller, id, NULL);
    return;
  }

  stop_retrying (self);
  gst_rtc_base_src_found (self);
  session = gst_rtc_src_session_new (id, peer_id, priv->control,
      priv->signaller, element, &session_events,
      gst_rtc_base_src_copy_settings (self));
  g_ptr_array_add (priv->sessions, session);
  GST_OBJECT_LOCK (self);
  g_set_object (&priv->current, session);
  GST_OBJECT_UNLOCK (self);
  gst_rtc_base_src_publish_producer (self, peer_id);
  gst_rtc_src_session_start (session);
}

/* A producer that waits for our offer; one with an offer is for sinks */
static void
session_requested (GstElement * element, const gchar * id,
    const gchar * peer_id, GstWebRTCSessionDescription * offer)
{
  GstRtcSrcSession *session =
      get_session_by_id (GST_RTC_BASE_SRC (element), id);

  if (session && !offer)
    gst_rtc_src_session_make_offer (session);
}

static void
session_description (GstElement * element, const gchar * id,
    GstWebRTCSessionDescription * description)
{
  GstRtcSrcSession *session =
      get_session_by_id (GST_RTC_BASE_SRC (element), id);

  if (session)
    gst_rtc_src_session_handle_description (session, description);
}

static void
handle_ice (GstElement * element, const gchar * id, guint mline,
    const gchar * candidate)
{
  GstRtcSrcSession *session =
      get_session_by_id (GST_RTC_BASE_SRC (element), id);

  if (session)
    gst_rtc_session_add_remote_candidate (GST_RTC_SESSION (session), mline,
        candidate);
}

static void
session_ended (GstElement * element, const gchar * id, const gchar * error)
{
  GstRtcSrcSession *session =
      get_session_by_id (GST_RTC_BASE_SRC (element), id);

  if (session)
    gst_rtc_src_session_end_by_peer (session, error);
}

static const GstRtcSignallerEvents signaller_events = {
  .request_meta = request_meta,
  .error = signaller_error,
  .session_started = session_started,
  .session_requested = session_requested,
  .session_description = session_description,
  .handle_ice = handle_ice,
  .session_ended = session_ended,
  .producer_added = gst_rtc_base_src_add_producer,
  .producer_removed = gst_rtc_base_src_remove_producer,
};

/* What else is asked from other threads */

static void
run_latency (gpointer data)
{
  GstRtcBaseSrc *self = data;
  GstRtcSrcSession *session = gst_rtc_base_src_get_session (self);
  guint latency;

  GST_OBJECT_LOCK (self);
  latency = PRIV (self)->settings->latency;
  GST_OBJECT_UNLOCK (self);
  if (session)
    gst_rtc_src_session_set_latency (session, latency);
}

/**
 * gst_rtc_base_src_post_latency:
 *
 * The property was changed.
 *
 * Thread: any
 */
void
gst_rtc_base_src_post_latency (GstRtcBaseSrc * self)
{
  post (self, run_latency);
}

/**
 * gst_rtc_base_src_get_stats:
 *
 * Returns: (transfer full): a structure for each pad
 *
 * Thread: any
 */
GstStructure *
gst_rtc_base_src_get_stats (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSrcSession) session = NULL;

  GST_OBJECT_LOCK (self);
  session = priv->current ? g_object_ref (priv->current) : NULL;
  GST_OBJECT_UNLOCK (self);

  return session ? gst_rtc_src_session_get_stats (session) :
      gst_structure_new_empty ("application/x-webrtcsrc-stats");
}

GstRtcSignallerLink *
gst_rtc_base_src_link_signaller (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  return gst_rtc_signaller_link_new (priv->signaller, GST_ELEMENT (self),
      priv->control, &signaller_events);
}

void
gst_rtc_base_src_init_control (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  priv->control = gst_rtc_control_new ("webrtcsrc");
  priv->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  priv->producers = gst_rtc_base_src_new_producers ();
  priv->idle = TRUE;
  g_mutex_init (&priv->lock);
  g_rec_mutex_init (&priv->children_lock);
  g_cond_init (&priv->idle_cond);
}

void
gst_rtc_base_src_clear_control (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  g_ptr_array_unref (priv->sessions);
  g_hash_table_unref (priv->producers);
  g_free (priv->chosen);
  g_free (priv->ending);
  g_cond_clear (&priv->idle_cond);
  g_rec_mutex_clear (&priv->children_lock);
  g_mutex_clear (&priv->lock);
  gst_rtc_control_unref (priv->control);
}
