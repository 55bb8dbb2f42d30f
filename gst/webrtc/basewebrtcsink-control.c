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

#include "headerextensions.h"
#include "sdp.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsink_debug);
#define GST_CAT_DEFAULT webrtcsink_debug

/* How long a state change waits for sessions to end */
#define DOWN_TIME_LIMIT (5 * G_TIME_SPAN_SECOND)

#define PRIV(self) (gst_rtc_base_sink_get_private (self))

typedef struct
{
  gchar *peer_id;
  GstElement *webrtcbin;
} Removed;

static void
free_removed (gpointer data)
{
  Removed *removed = data;

  g_free (removed->peer_id);
  gst_object_unref (removed->webrtcbin);
  g_free (removed);
}

void
gst_rtc_base_sink_init_control (GstRtcBaseSink * self)
{
  PRIV (self)->removed = g_ptr_array_new_with_free_func (free_removed);
}

static void
post (GstRtcBaseSink * self, GstRtcJob job)
{
  gst_rtc_control_post (PRIV (self)->control, job, gst_object_ref (self),
      gst_object_unref);
}

/* Sessions */

static void
publish_session_ids (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_auto (GStrv) old = NULL;
  GPtrArray *ids = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, priv->sessions);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_ptr_array_add (ids, g_strdup (id));
  g_ptr_array_add (ids, NULL);

  g_mutex_lock (&priv->lock);
  old = priv->session_ids;
  priv->session_ids = (GStrv) g_ptr_array_free (ids, FALSE);
  g_mutex_unlock (&priv->lock);
}

GStrv
gst_rtc_base_sink_list_sessions (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->session_ids ? g_strdupv (priv->session_ids) :
      g_new0 (gchar *, 1);
}

GstStructure *
gst_rtc_base_sink_get_stats (GstRtcBaseSink * self)
{
  return gst_structure_new_empty ("application/x-webrtcsink-stats");
}

static GPtrArray *
list_sessions (GstRtcBaseSink * self)
{
  GPtrArray *sessions = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, PRIV (self)->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &session))
    g_ptr_array_add (sessions, g_object_ref (session));

  return sessions;
}

static void
on_pipeline_created (GstElement * owner, GstRtcSinkSession * session,
    GstPipeline * pipeline)
{
  g_signal_emit (owner, gst_rtc_base_sink_signals
      [GST_RTC_BASE_SINK_CONSUMER_PIPELINE_CREATED], 0,
      gst_rtc_session_get_peer_id (GST_RTC_SESSION (session)), pipeline);
}

static void
on_ready (GstElement * owner, GstRtcSinkSession * session)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (owner);
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);
  const gchar *peer_id =
      gst_rtc_session_get_peer_id (GST_RTC_SESSION (session));
  GstElement *webrtcbin =
      gst_rtc_session_get_webrtcbin (GST_RTC_SESSION (session));

  g_signal_emit (self,
      gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_CONSUMER_ADDED], 0, peer_id,
      webrtcbin);
  gst_rtc_signaller_consumer_added (signaller, peer_id, webrtcbin);
  gst_rtc_signaller_webrtcbin_ready (signaller, peer_id, webrtcbin);
}

static void
setup_payloader (GstElement * owner, const gchar * consumer_id,
    const gchar * pad_name, GstElement * payloader)
{
  gboolean handled = FALSE;

  gst_rtc_header_extensions_watch (payloader);
  g_signal_emit (owner,
      gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_PAYLOADER_SETUP], 0,
      consumer_id, pad_name, payloader, &handled);
}

static GstElement *
request_filter (GstElement * owner, const gchar * consumer_id,
    const gchar * pad_name, GstCaps * caps)
{
  GstElement *filter = NULL;

  g_signal_emit (owner,
      gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_REQUEST_ENCODED_FILTER], 0,
      consumer_id, pad_name, caps, &filter);

  return filter;
}

static void
on_session_closing (GstElement * owner, GstRtcSinkSession * sink_session)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (owner);
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  GstRtcSession *session = GST_RTC_SESSION (sink_session);
  g_autoptr (GstRtcSession) kept = g_object_ref (session);
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);
  const gchar *id = gst_rtc_session_get_id (session);
  const gchar *peer_id = gst_rtc_session_get_peer_id (session);
  GstElement *webrtcbin = gst_rtc_session_get_webrtcbin (session);

  priv->n_closing++;
  g_hash_table_remove (priv->sessions, id);
  publish_session_ids (self);

  if (webrtcbin)
    gst_rtc_signaller_consumer_removed (signaller, peer_id, webrtcbin);
  if (!gst_rtc_session_peer_knows (session))
    gst_rtc_signaller_end_session (signaller, id,
        gst_rtc_session_get_error (session));

  if (!webrtcbin)
    return;
  if (priv->accepting) {
    g_signal_emit (self,
        gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_CONSUMER_REMOVED], 0,
        peer_id, webrtcbin);
  } else {
    Removed *removed = g_new (Removed, 1);

    removed->peer_id = g_strdup (peer_id);
    removed->webrtcbin = gst_object_ref (webrtcbin);
    g_ptr_array_add (priv->removed, removed);
  }
}

static guint
count_stopping_renditions (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);
  guint n = 0;

  for (guint i = 0; i < priv->pads->len; i++) {
    GstRtcLadder *ladder =
        gst_rtc_input_stream_get_ladder (gst_rtc_sink_pad_get_stream
        (g_ptr_array_index (priv->pads, i)));

    n += ladder ? gst_rtc_ladder_get_n_stopping (ladder) : 0;
  }

  return n;
}

static void
check_down (gpointer data)
{
  GstRtcBaseSink *self = data;
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  if (priv->accepting || priv->n_closing > 0 ||
      count_stopping_renditions (self) > 0)
    return;

  g_mutex_lock (&priv->lock);
  priv->going_down = FALSE;
  g_cond_broadcast (&priv->down_cond);
  g_mutex_unlock (&priv->lock);
}

static void
on_session_closed (GstElement * owner, GstRtcSinkSession * session)
{
  PRIV (GST_RTC_BASE_SINK (owner))->n_closing--;
  check_down (owner);
}

/* Renditions */

static void
on_encoder_setup (gpointer owner, const gchar * consumer_id,
    GstElement * encoder)
{
  GstRtcInputStream *stream = owner;
  GstElement *sink = gst_rtc_input_stream_ref_sink (stream);
  gboolean handled = FALSE;

  if (!sink)
    return;
  g_signal_emit (sink,
      gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_ENCODER_SETUP], 0,
      consumer_id, gst_rtc_input_stream_get_name (stream), encoder, &handled);
  gst_object_unref (sink);
}

static void
on_rendition_failed (gpointer owner, GstRtcRendition * rendition,
    const gchar * reason)
{
  GstElement *sink = gst_rtc_input_stream_ref_sink (owner);
  g_autoptr (GPtrArray) sessions = NULL;

  if (!sink)
    return;
  sessions = list_sessions (GST_RTC_BASE_SINK (sink));
  for (guint i = 0; i < sessions->len; i++)
    gst_rtc_sink_session_rendition_failed (g_ptr_array_index (sessions, i),
        rendition, reason);
  gst_object_unref (sink);
}

static void
on_rendition_gone (gpointer owner)
{
  GstElement *sink = gst_rtc_input_stream_ref_sink (owner);

  if (!sink)
    return;
  check_down (sink);
  gst_object_unref (sink);
}

static const GstRtcLadderOwner ladder_functions = {
  on_encoder_setup, on_rendition_failed, on_rendition_gone
};

static GstRtcRendition *
use_rendition (GstElement * owner, GstRtcInputStream * stream,
    const GstRtcCodec * codec, GstCaps * input, const gchar * consumer_id)
{
  GstRtcBaseSinkPrivate *priv = PRIV (GST_RTC_BASE_SINK (owner));
  GstRtcLadder *ladder = gst_rtc_input_stream_get_ladder (stream);

  if (!ladder) {
    ladder = gst_rtc_ladder_new (gst_rtc_input_stream_get_name (stream),
        priv->control, gst_rtc_input_stream_get_producer (stream),
        &ladder_functions, stream);
    gst_rtc_input_stream_take_ladder (stream, ladder);
  }
  gst_rtc_ladder_set_clock (ladder, priv->clock, priv->base_time);

  return gst_rtc_ladder_use (ladder, codec, input, consumer_id);
}

static void
unuse_rendition (GstElement * owner, GstRtcInputStream * stream,
    GstRtcRendition * rendition)
{
  gst_rtc_ladder_unuse (gst_rtc_input_stream_get_ladder (stream), rendition);
}

static const GstRtcSinkSessionOwner session_functions = {
  .pipeline_created = on_pipeline_created,
  .ready = on_ready,
  .setup_payloader = setup_payloader,
  .request_filter = request_filter,
  .use_rendition = use_rendition,
  .unuse_rendition = unuse_rendition,
  .closing = on_session_closing,
  .closed = on_session_closed,
};

/* What the signaller says */

static GPtrArray *
list_pads_with_caps (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);
  GPtrArray *pads = g_ptr_array_new_with_free_func (gst_object_unref);

  for (guint i = 0; i < priv->pads->len; i++) {
    GstRtcSinkPad *pad = g_ptr_array_index (priv->pads, i);
    g_autoptr (GstCaps) caps =
        gst_rtc_input_stream_get_caps (gst_rtc_sink_pad_get_stream (pad));

    if (caps)
      g_ptr_array_add (pads, gst_object_ref (pad));
  }

  return pads;
}

static void
start_session (GstRtcBaseSink * self, const gchar * session_id,
    const gchar * peer_id)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);
  g_autoptr (GPtrArray) pads = list_pads_with_caps (self);
  GstRtcSinkSession *session = gst_rtc_sink_session_new (session_id, peer_id,
      priv->control, signaller, settings, priv->payloads);

  GST_INFO_OBJECT (self, "session %s with consumer %s", session_id, peer_id);
  gst_rtc_sink_session_set_owner (session, &session_functions,
      GST_ELEMENT (self));
  g_hash_table_insert (priv->sessions, g_strdup (session_id),
      g_object_ref (session));
  publish_session_ids (self);
  gst_rtc_sink_session_start (session, pads, priv->clock, priv->base_time);
  g_object_unref (session);
}

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
  } else if (offer) {
    GST_WARNING_OBJECT (self, "session %s: the consumer wants to offer",
        session_id);
    gst_rtc_signaller_end_session (signaller, session_id,
        "This producer makes the offer: ask without one");
  } else {
    start_session (self, session_id, peer_id);
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
  g_autoptr (GPtrArray) known = list_pads_with_caps (self);
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->pads->len > 0 && known->len == priv->pads->len;
}

static void
start_if_possible (gpointer data)
{
  GstRtcBaseSink *self = data;
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSignaller) signaller = NULL;

  if (!priv->accepting || !priv->playing || priv->started ||
      !all_caps_known (self))
    return;

  signaller = gst_rtc_base_sink_ref_signaller (self);
  GST_INFO_OBJECT (self, "all inputs have caps, starting the signaller");
  priv->started = TRUE;
  gst_rtc_signaller_start (signaller);
}

/* Streaming thread */
void
gst_rtc_base_sink_post_caps_known (GstRtcBaseSink * self)
{
  post (self, start_if_possible);
}

static void
warn_about_settings (GstRtcBaseSink * self)
{
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);

  if (settings->congestion_control != GST_RTC_CONGESTION_CONTROL_DISABLED)
    GST_INFO_OBJECT (self, "congestion control is not there yet: video is "
        "sent at a fixed %u bit/s",
        gst_rtc_settings_get_fixed_bitrate (settings));
  if (settings->enable_data_channel_navigation ||
      settings->enable_control_data_channel || *settings->forward_metas)
    GST_WARNING_OBJECT (self, "data channels are not there yet");
}

static void
update_base_time (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GPtrArray) sessions = list_sessions (self);

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
  g_autoptr (GPtrArray) pads = list_pads_with_caps (self);

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
  g_autoptr (GPtrArray) sessions = list_sessions (self);
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);

  priv->accepting = FALSE;
  priv->playing = FALSE;
  for (guint i = 0; i < sessions->len; i++)
    gst_rtc_session_close (g_ptr_array_index (sessions, i), NULL);
  stop_ladders (self);
  if (priv->started)
    gst_rtc_signaller_stop (signaller);
  priv->started = FALSE;
  check_down (self);
}

static void
emit_removed (GstRtcBaseSink * self, GPtrArray * all)
{
  for (guint i = 0; i < all->len; i++) {
    Removed *removed = g_ptr_array_index (all, i);

    g_signal_emit (self,
        gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_CONSUMER_REMOVED], 0,
        removed->peer_id, removed->webrtcbin);
  }
}

/* Nobody writes to the list when everything is down. */
static GPtrArray *
steal_removed (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  GPtrArray *removed = priv->removed;

  priv->removed = g_ptr_array_new_with_free_func (free_removed);

  return removed;
}

static void
tell_removed (gpointer data)
{
  g_autoptr (GPtrArray) removed = steal_removed (data);

  emit_removed (data, removed);
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
  g_autoptr (GPtrArray) removed = NULL;

  g_mutex_lock (&priv->lock);
  priv->going_down = TRUE;
  g_mutex_unlock (&priv->lock);

  post (self, go_down);
  if (gst_rtc_control_is_current (priv->control)) {
    post (self, tell_removed);
    return;
  }
  if (!wait_until_down (self)) {
    GST_WARNING_OBJECT (self, "sessions did not end in time, leaving them");
    post (self, tell_removed);
    return;
  }

  removed = steal_removed (self);
  emit_removed (self, removed);
}

/* Pads that go */

typedef struct
{
  GstRtcBaseSink *sink;
  GstRtcInputStream *stream;
} StreamJob;

static void
remove_stream (gpointer data)
{
  StreamJob *job = data;
  GstRtcLadder *ladder = gst_rtc_input_stream_get_ladder (job->stream);
  g_autoptr (GPtrArray) sessions = list_sessions (job->sink);

  for (guint i = 0; i < sessions->len; i++)
    gst_rtc_sink_session_remove_stream (g_ptr_array_index (sessions, i),
        job->stream);
  if (ladder)
    gst_rtc_ladder_stop (ladder);
  start_if_possible (job->sink);
}

static void
free_stream_job (gpointer data)
{
  StreamJob *job = data;

  g_object_unref (job->stream);
  gst_object_unref (job->sink);
  g_free (job);
}

void
gst_rtc_base_sink_post_stream_removed (GstRtcBaseSink * self,
    GstRtcInputStream * stream)
{
  StreamJob *job = g_new (StreamJob, 1);

  job->sink = gst_object_ref (self);
  job->stream = g_object_ref (stream);
  gst_rtc_control_post (PRIV (self)->control, remove_stream, job,
      free_stream_job);
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
