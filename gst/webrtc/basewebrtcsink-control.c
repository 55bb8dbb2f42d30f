/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The part of a sink that lives on its control thread: the signaller, the
 * table of sessions, the ladders, and going down.
 *
 * Going down (PAUSED -> READY) closes all sessions at once. Whoever changes
 * the state waits until they are in NULL, with a time limit, unless that is
 * the control thread itself: then the state change returns at once, and the
 * next start waits instead. `consumer-removed` is told to the application from
 * the thread that waits, so that a handler never runs while that thread is
 * stuck in a state change.
 */

#include "basewebrtcsink-private.h"

#include "capspolicy.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsink_debug);
#define GST_CAT_DEFAULT webrtcsink_debug

/* Milliseconds for which an input with caps waits for one without */
#define PATIENCE 5000

/* How long a state change waits for sessions to end */
#define DOWN_TIME_LIMIT (5 * G_TIME_SPAN_SECOND)

#define PRIV(self) (gst_rtc_base_sink_get_private (self))

static void
post (GstRtcBaseSink * self, GstRtcJob job)
{
  gst_rtc_control_post (PRIV (self)->control, job, gst_object_ref (self),
      gst_object_unref);
}

/* What the signaller says */

static void
on_session_requested (GstElement * element, const gchar * session_id,
    const gchar * peer_id, GstWebRTCSessionDescription * offer)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (element);
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);

  if (!priv->accepting) {
    gst_rtc_signaller_end_session (signaller, session_id,
        "The producer is stopping");
  } else if (g_hash_table_contains (priv->sessions, session_id)) {
    GST_WARNING_OBJECT (self, "there is a session %s already", session_id);
  } else {
    gst_rtc_base_sink_start_session (self, session_id, peer_id, offer);
  }
}

static GstRtcSinkSession *
find_session (GstElement * element, const gchar * session_id)
{
  GstRtcSinkSession *session =
      g_hash_table_lookup (PRIV (GST_RTC_BASE_SINK (element))->sessions,
      session_id);

  if (!session)
    GST_DEBUG_OBJECT (element, "message for session %s, which is not there",
        session_id);

  return session ? g_object_ref (session) : NULL;
}

static void
on_session_description (GstElement * element, const gchar * session_id,
    GstWebRTCSessionDescription * description)
{
  g_autoptr (GstRtcSinkSession) session = find_session (element, session_id);

  if (session)
    gst_rtc_sink_session_take_description (session, description);
}

static void
on_handle_ice (GstElement * element, const gchar * session_id, guint mline,
    const gchar * candidate)
{
  g_autoptr (GstRtcSinkSession) session = find_session (element, session_id);

  if (session)
    gst_rtc_session_add_remote_candidate (GST_RTC_SESSION (session), mline,
        candidate);
}

static void
on_session_ended (GstElement * element, const gchar * session_id,
    const gchar * error)
{
  g_autoptr (GstRtcSinkSession) session = find_session (element, session_id);

  if (!session)
    return;
  if (error)
    GST_INFO_OBJECT (element, "session %s: the consumer ended it: %s",
        session_id, error);
  gst_rtc_session_close_by_peer (GST_RTC_SESSION (session));
}

static void
on_signaller_error (GstElement * element, const gchar * message)
{
  GST_ELEMENT_ERROR (element, STREAM, FAILED, ("Signalling error: %s",
          message), (NULL));
}

static void
on_shutdown (GstElement * element)
{
  gst_element_post_message (element,
      gst_message_new_eos (GST_OBJECT (element)));
}

/* Any thread */
static GstStructure *
on_request_meta (GstElement * element)
{
  g_autoptr (GstRtcSettings) settings =
      gst_rtc_base_sink_ref_settings (GST_RTC_BASE_SINK (element));

  return settings->meta ? gst_structure_copy (settings->meta) : NULL;
}

static const GstRtcSignallerEvents signaller_events = {
  .request_meta = on_request_meta,
  .error = on_signaller_error,
  .session_requested = on_session_requested,
  .session_description = on_session_description,
  .handle_ice = on_handle_ice,
  .session_ended = on_session_ended,
  .shutdown = on_shutdown,
};

GstRtcSignallerLink *
gst_rtc_base_sink_link_signaller (GstRtcBaseSink * self,
    GstRtcSignaller * signaller)
{
  return gst_rtc_signaller_link_new (signaller, GST_ELEMENT (self),
      PRIV (self)->control, &signaller_events);
}

/* Starting */

static gboolean
all_caps_known (GstRtcBaseSink * self)
{
  g_autoptr (GPtrArray) known = gst_rtc_base_sink_list_pads_with_caps (self);
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->pads->len > 0 && known->len == priv->pads->len;
}

static gboolean
some_caps_known (GstRtcBaseSink * self)
{
  g_autoptr (GPtrArray) known = gst_rtc_base_sink_list_pads_with_caps (self);

  return known->len > 0;
}

static void
stop_waiting (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  if (!priv->patience)
    return;

  g_source_destroy (priv->patience);
  g_clear_pointer (&priv->patience, g_source_unref);
}

static void start_if_possible (gpointer data);

static gboolean
on_patience_over (gpointer data)
{
  GstRtcBaseSink *self = data;

  PRIV (self)->impatient = TRUE;
  stop_waiting (self);
  start_if_possible (self);

  return G_SOURCE_REMOVE;
}

static void
start_if_possible (gpointer data)
{
  GstRtcBaseSink *self = data;
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSignaller) signaller = NULL;

  if (!priv->accepting || !priv->playing || priv->started ||
      !some_caps_known (self))
    return;
  if (!all_caps_known (self) && !priv->impatient) {
    if (!priv->patience)
      priv->patience = gst_rtc_control_add_timer (priv->control, PATIENCE,
          on_patience_over, self, NULL);
    return;
  }

  stop_waiting (self);
  signaller = gst_rtc_base_sink_ref_signaller (self);
  if (all_caps_known (self))
    GST_INFO_OBJECT (self, "all inputs have caps, starting the signaller");
  else
    GST_WARNING_OBJECT (self, "an input still has no caps, starting without");
  priv->started = TRUE;
  gst_rtc_signaller_start (signaller);
}

static void
warn_about_settings (GstRtcBaseSink * self)
{
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);

  if (settings->enable_data_channel_navigation ||
      settings->enable_control_data_channel || *settings->forward_metas)
    GST_WARNING_OBJECT (self, "data channels are not there yet");
}

static void
update_base_time (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GPtrArray) sessions = gst_rtc_base_sink_copy_sessions (self);

  for (guint i = 0; i < sessions->len; i++)
    gst_rtc_sink_session_set_base_time (g_ptr_array_index (sessions, i),
        priv->base_time);
}

static void
enter_playing (gpointer data)
{
  GstRtcBaseSink *self = data;
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (self));

  gst_object_replace ((GstObject **) & priv->clock, (GstObject *) clock);
  gst_clear_object (&clock);
  priv->base_time = gst_element_get_base_time (GST_ELEMENT (self));
  if (priv->playing)
    update_base_time (self);
  else
    warn_about_settings (self);
  priv->playing = TRUE;
  start_if_possible (self);
}

void
gst_rtc_base_sink_post_playing (GstRtcBaseSink * self)
{
  post (self, enter_playing);
}

static void
enter_paused (gpointer data)
{
  GstRtcBaseSink *self = data;
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);

  g_clear_pointer (&priv->payloads, g_array_unref);
  priv->payloads = gst_rtc_payloads_from_caps (settings->video_caps,
      settings->audio_caps);
  priv->accepting = TRUE;
}

/* Waits, unless on the control thread, until what ran before is gone. */
static gboolean
wait_until_down (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  gint64 end = g_get_monotonic_time () + DOWN_TIME_LIMIT;
  gboolean down;

  if (gst_rtc_control_is_current (priv->control))
    return TRUE;

  g_mutex_lock (&priv->lock);
  while (priv->going_down &&
      g_cond_wait_until (&priv->down_cond, &priv->lock, end));
  down = !priv->going_down;
  g_mutex_unlock (&priv->lock);

  return down;
}

/**
 * gst_rtc_base_sink_prepare:
 *
 * READY -> PAUSED
 *
 * Returns: whether the element can run
 *
 * Thread: any
 */
gboolean
gst_rtc_base_sink_prepare (GstRtcBaseSink * self)
{
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);

  if (!signaller) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("There is no signaller"),
        (NULL));
    return FALSE;
  }
  if (!wait_until_down (self))
    GST_WARNING_OBJECT (self, "what ran before has not ended yet");
  post (self, enter_paused);

  return TRUE;
}

/* Going down */

static void
stop_ladders (GstRtcBaseSink * self)
{
  g_autoptr (GPtrArray) pads = gst_rtc_base_sink_list_pads_with_caps (self);

  for (guint i = 0; i < pads->len; i++) {
    GstRtcInputStream *stream =
        gst_rtc_sink_pad_get_stream (g_ptr_array_index (pads, i));
    GstRtcLadder *ladder = gst_rtc_input_stream_get_ladder (stream);

    if (ladder)
      gst_rtc_ladder_stop (ladder);
  }
}

static void
go_down (gpointer data)
{
  GstRtcBaseSink *self = data;
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GPtrArray) sessions = gst_rtc_base_sink_copy_sessions (self);
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);

  priv->accepting = FALSE;
  priv->playing = FALSE;
  priv->impatient = FALSE;
  stop_waiting (self);
  for (guint i = 0; i < sessions->len; i++)
    gst_rtc_session_close (g_ptr_array_index (sessions, i), NULL);
  stop_ladders (self);
  if (priv->started)
    gst_rtc_signaller_stop (signaller);
  priv->started = FALSE;
  gst_rtc_base_sink_check_down (self);
}

/**
 * gst_rtc_base_sink_shut_down:
 *
 * PAUSED -> READY
 *
 * Thread: any
 */
void
gst_rtc_base_sink_shut_down (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  g_mutex_lock (&priv->lock);
  priv->going_down = TRUE;
  g_mutex_unlock (&priv->lock);

  post (self, go_down);
  if (gst_rtc_control_is_current (priv->control)) {
    post (self, gst_rtc_base_sink_tell_removed);
    return;
  }
  if (!wait_until_down (self)) {
    GST_WARNING_OBJECT (self, "sessions did not end in time, leaving them");
    post (self, gst_rtc_base_sink_tell_removed);
    return;
  }

  gst_rtc_base_sink_tell_removed (self);
}

/* Streams that come, change and go */

typedef struct
{
  GstRtcBaseSink *sink;
  GstRtcInputStream *stream;
  GstCaps *before;
} StreamJob;

static void
update_sessions (GstRtcBaseSink * self)
{
  g_autoptr (GPtrArray) sessions = gst_rtc_base_sink_copy_sessions (self);

  for (guint i = 0; i < sessions->len; i++)
    gst_rtc_sink_session_update (g_ptr_array_index (sessions, i));
}

/* Sessions let go of the stream first: they do not end because it does. */
static void
stop_renditions (GstRtcBaseSink * self, GstRtcInputStream * stream)
{
  GstRtcLadder *ladder = gst_rtc_input_stream_get_ladder (stream);
  g_autoptr (GPtrArray) sessions = gst_rtc_base_sink_copy_sessions (self);

  for (guint i = 0; i < sessions->len; i++)
    gst_rtc_sink_session_remove_stream (g_ptr_array_index (sessions, i),
        stream);
  if (ladder)
    gst_rtc_ladder_stop (ladder);
}

static void
remove_stream (gpointer data)
{
  StreamJob *job = data;

  stop_renditions (job->sink, job->stream);
  update_sessions (job->sink);
  start_if_possible (job->sink);
}

static void
change_caps (gpointer data)
{
  StreamJob *job = data;
  g_autoptr (GstCaps) now = gst_rtc_input_stream_get_caps (job->stream);
  GstRtcLadder *ladder = gst_rtc_input_stream_get_ladder (job->stream);

  if (!now)
    return;
  if (!job->before) {
    if (ladder)
      gst_rtc_ladder_set_input (ladder, now);
    start_if_possible (job->sink);
    update_sessions (job->sink);
    return;
  }

  GST_INFO_OBJECT (job->sink, "%s is now %" GST_PTR_FORMAT,
      gst_rtc_input_stream_get_name (job->stream), now);
  if (gst_rtc_caps_policy_compare (job->before, now) == GST_RTC_CAPS_NEGOTIATE) {
    stop_renditions (job->sink, job->stream);
    update_sessions (job->sink);
  } else if (ladder) {
    gst_rtc_ladder_set_input (ladder, now);
  }
}

static void
free_stream_job (gpointer data)
{
  StreamJob *job = data;

  gst_clear_caps (&job->before);
  g_object_unref (job->stream);
  gst_object_unref (job->sink);
  g_free (job);
}

static void
post_stream_job (GstRtcBaseSink * self, GstRtcInputStream * stream,
    GstCaps * before, GstRtcJob run)
{
  StreamJob *job = g_new (StreamJob, 1);

  job->sink = gst_object_ref (self);
  job->stream = g_object_ref (stream);
  job->before = before ? gst_caps_ref (before) : NULL;
  gst_rtc_control_post (PRIV (self)->control, run, job, free_stream_job);
}

void
gst_rtc_base_sink_post_stream_removed (GstRtcBaseSink * self,
    GstRtcInputStream * stream)
{
  post_stream_job (self, stream, NULL, remove_stream);
}

/* Streaming thread */
void
gst_rtc_base_sink_post_caps (GstRtcBaseSink * self, GstRtcInputStream * stream,
    GstCaps * before)
{
  post_stream_job (self, stream, before, change_caps);
}

/* The last reference is gone: nothing runs any more. */
void
gst_rtc_base_sink_drop_pads (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  for (guint i = 0; i < priv->pads->len; i++) {
    GstRtcInputStream *stream =
        gst_rtc_sink_pad_get_stream (g_ptr_array_index (priv->pads, i));

    gst_rtc_input_stream_remove (stream);
  }
  g_ptr_array_set_size (priv->pads, 0);
}
