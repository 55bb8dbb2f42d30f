/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sessions of a sink and the renditions that feed them. Control thread
 * only, but for what is published: the list of session ids.
 */

#include "basewebrtcsink-private.h"

#include "headerextensions.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsink_debug);
#define GST_CAT_DEFAULT webrtcsink_debug

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
gst_rtc_base_sink_init_sessions (GstRtcBaseSink * self)
{
  PRIV (self)->removed = g_ptr_array_new_with_free_func (free_removed);
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

GPtrArray *
gst_rtc_base_sink_copy_sessions (GstRtcBaseSink * self)
{
  GPtrArray *sessions = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, PRIV (self)->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &session))
    g_ptr_array_add (sessions, g_object_ref (session));

  return sessions;
}

GPtrArray *
gst_rtc_base_sink_list_pads_with_caps (GstRtcBaseSink * self)
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

static GPtrArray *
list_pads (GstElement * owner)
{
  return gst_rtc_base_sink_list_pads_with_caps (GST_RTC_BASE_SINK (owner));
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
  gst_rtc_base_sink_forget_stats (self, id);

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

void
gst_rtc_base_sink_check_down (gpointer data)
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
  gst_rtc_base_sink_check_down (owner);
}

/* Renditions */

/* Where each consumer has encoders of its own, their pipeline is as much the
 * consumer's as its session's is */
static void
on_rendition_pipeline (gpointer owner, const gchar * consumer_id,
    GstElement * pipeline)
{
  GstRtcInputStream *stream = owner;
  GstElement *sink = gst_rtc_input_stream_ref_sink (stream);
  g_autoptr (GstRtcSettings) settings = NULL;

  if (!sink)
    return;
  settings = gst_rtc_base_sink_ref_settings (GST_RTC_BASE_SINK (sink));
  g_signal_emit (sink, gst_rtc_base_sink_signals
      [GST_RTC_BASE_SINK_RENDITION_PIPELINE_CREATED], 0, consumer_id,
      gst_rtc_input_stream_get_name (stream), pipeline);
  if (settings->encoder_sharing == GST_RTC_ENCODER_SHARING_NONE)
    g_signal_emit (sink, gst_rtc_base_sink_signals
        [GST_RTC_BASE_SINK_CONSUMER_PIPELINE_CREATED], 0, consumer_id,
        pipeline);
  gst_object_unref (sink);
}

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

static GstCaps *
on_configure_mitigation (gpointer owner, GstVideoInfo * info, guint bitrate)
{
  GstElement *sink = gst_rtc_input_stream_ref_sink (owner);
  GstCaps *caps;

  if (!sink)
    return NULL;
  caps = gst_rtc_base_sink_configure_mitigation (GST_RTC_BASE_SINK (sink),
      gst_rtc_input_stream_get_name (owner), info, bitrate);
  gst_object_unref (sink);

  return caps;
}

static void
on_rendition_failed (gpointer owner, GstRtcRendition * rendition,
    const gchar * reason)
{
  GstElement *sink = gst_rtc_input_stream_ref_sink (owner);
  g_autoptr (GPtrArray) sessions = NULL;

  if (!sink)
    return;
  sessions = gst_rtc_base_sink_copy_sessions (GST_RTC_BASE_SINK (sink));
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
  gst_rtc_base_sink_check_down (sink);
  gst_object_unref (sink);
}

static const GstRtcLadderOwner ladder_functions = {
  on_rendition_pipeline, on_encoder_setup, on_configure_mitigation,
  on_rendition_failed, on_rendition_gone
};

static GstRtcRendition *
use_rendition (GstElement * owner, GstRtcInputStream * stream,
    const GstRtcLadderUser * user)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (owner);
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  GstRtcLadder *ladder = gst_rtc_input_stream_get_ladder (stream);
  GstRtcLadderUser with_bitrate = *user;
  GstRtcLadderRates rates;

  if (!ladder) {
    ladder = gst_rtc_ladder_new (gst_rtc_input_stream_get_name (stream),
        priv->control, gst_rtc_input_stream_get_producer (stream),
        &ladder_functions, stream);
    gst_rtc_input_stream_take_ladder (stream, ladder);
  }
  gst_rtc_base_sink_get_ladder_rates (self, &rates);
  gst_rtc_ladder_set_rates (ladder, &rates);
  gst_rtc_ladder_set_clock (ladder, priv->clock, priv->base_time);
  with_bitrate.bitrate = gst_rtc_base_sink_define_bitrate (self, stream,
      user->consumer_id);

  return gst_rtc_ladder_use (ladder, &with_bitrate);
}

static void
unuse_rendition (GstElement * owner, GstRtcInputStream * stream, gpointer key,
    GstRtcRendition * rendition)
{
  gst_rtc_ladder_unuse (gst_rtc_input_stream_get_ladder (stream), key,
      rendition);
}

static void
on_stats (GstElement * owner, GstRtcSinkSession * session,
    const GstStructure * stats)
{
  gst_rtc_base_sink_publish_stats (GST_RTC_BASE_SINK (owner), session, stats);
}

static const GstRtcSinkSessionOwner session_functions = {
  .pipeline_created = on_pipeline_created,
  .list_pads = list_pads,
  .ready = on_ready,
  .setup_payloader = setup_payloader,
  .request_filter = request_filter,
  .use_rendition = use_rendition,
  .unuse_rendition = unuse_rendition,
  .estimated = gst_rtc_base_sink_take_estimate,
  .stats = on_stats,
  .closing = on_session_closing,
  .closed = on_session_closed,
};

void
gst_rtc_base_sink_start_session (GstRtcBaseSink * self,
    const gchar * session_id, const gchar * peer_id,
    GstWebRTCSessionDescription * offer)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);
  GstRtcSinkSession *session = gst_rtc_sink_session_new (session_id, peer_id,
      priv->control, signaller, settings, priv->payloads);

  GST_INFO_OBJECT (self, "session %s with consumer %s", session_id, peer_id);
  gst_rtc_sink_session_set_owner (session, &session_functions,
      GST_ELEMENT (self));
  g_hash_table_insert (priv->sessions, g_strdup (session_id),
      g_object_ref (session));
  publish_session_ids (self);
  gst_rtc_base_sink_watch_stats (self);
  gst_rtc_sink_session_start (session, offer, priv->clock, priv->base_time);
  g_object_unref (session);
}

/* Once everything is down nobody writes to the list any more. */
void
gst_rtc_base_sink_tell_removed (gpointer sink)
{
  GstRtcBaseSinkPrivate *priv = PRIV (GST_RTC_BASE_SINK (sink));
  g_autoptr (GPtrArray) all = priv->removed;

  priv->removed = g_ptr_array_new_with_free_func (free_removed);
  for (guint i = 0; i < all->len; i++) {
    Removed *removed = g_ptr_array_index (all, i);

    g_signal_emit (sink,
        gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_CONSUMER_REMOVED], 0,
        removed->peer_id, removed->webrtcbin);
  }
}
