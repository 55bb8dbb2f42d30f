/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The property `stats`. webrtcbin answers when it can, so it is asked from time
 * to time and what it said last is published: more often while somebody reads.
 * Asking costs each webrtcbin a walk over all that it has.
 *
 * The name of a field of a structure is never freed by GLib. Ids of sessions
 * become such names only when somebody reads.
 */

#include "basewebrtcsink-private.h"

#include <gst/webrtc/webrtc.h>

#define PRIV(self) (gst_rtc_base_sink_get_private (self))

/* Milliseconds */
#define TICK 200

/* Asked every so many ticks when nobody reads */
#define IDLE_TICKS 5

/* For how long somebody who read is expected to read again */
#define INTEREST (3 * G_TIME_SPAN_SECOND)

/**
 * gst_rtc_base_sink_get_stats:
 *
 * Returns: (transfer full): what was last heard of each session
 *
 * Thread: any
 */
GstStructure *
gst_rtc_base_sink_get_stats (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);
  GstStructure *stats =
      gst_structure_new_empty ("application/x-webrtcsink-stats");
  GHashTableIter iter;
  gpointer id;
  gpointer session;

  priv->stats_read = g_get_monotonic_time ();
  g_hash_table_iter_init (&iter, priv->stats);
  while (g_hash_table_iter_next (&iter, &id, &session))
    gst_structure_set (stats, id, GST_TYPE_STRUCTURE, session, NULL);

  return stats;
}

static gboolean
is_time_to_ask (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  gboolean is_read;

  g_mutex_lock (&priv->lock);
  is_read = priv->stats_read > 0 &&
      g_get_monotonic_time () - priv->stats_read < INTEREST;
  g_mutex_unlock (&priv->lock);

  return priv->stats_ticks++ % IDLE_TICKS == 0 || is_read;
}

static void
stop_asking (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  if (!priv->stats_timer)
    return;

  g_source_destroy (priv->stats_timer);
  g_clear_pointer (&priv->stats_timer, g_source_unref);
}

static gboolean
ask (gpointer data)
{
  GstRtcBaseSink *self = data;
  g_autoptr (GPtrArray) sessions = NULL;

  if (!is_time_to_ask (self))
    return G_SOURCE_CONTINUE;

  gst_rtc_base_sink_adapt_to_loss (self);
  sessions = gst_rtc_base_sink_copy_sessions (self);
  for (guint i = 0; i < sessions->len; i++) {
    gst_rtc_sink_session_renew_estimate (g_ptr_array_index (sessions, i));
    gst_rtc_sink_session_request_stats (g_ptr_array_index (sessions, i));
  }

  return G_SOURCE_CONTINUE;
}

/**
 * gst_rtc_base_sink_watch_stats:
 *
 * There is a session: sessions are asked from now on.
 *
 * Thread: control
 */
void
gst_rtc_base_sink_watch_stats (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  if (!priv->stats_timer)
    priv->stats_timer = gst_rtc_control_add_timer (priv->control, TICK, ask,
        self, NULL);
}

/* rtpsession does not see the feedback, and webrtcbin would say it here */
static gboolean
put_twcc_stats (GQuark field, GValue * value, gpointer twcc)
{
  GstWebRTCStatsType type;
  GstStructure *pair;

  if (!GST_VALUE_HOLDS_STRUCTURE (value) ||
      !gst_structure_get (gst_value_get_structure (value), "type",
          GST_TYPE_WEBRTC_STATS_TYPE, &type, NULL) ||
      type != GST_WEBRTC_STATS_CANDIDATE_PAIR)
    return TRUE;

  pair = gst_structure_copy (gst_value_get_structure (value));
  gst_structure_set (pair, "gst-twcc-stats", GST_TYPE_STRUCTURE, twcc, NULL);
  g_value_take_boxed (value, pair);

  return TRUE;
}

/**
 * gst_rtc_base_sink_publish_stats:
 * @session: a session
 * @reply: what its webrtcbin said
 *
 * Thread: control
 */
void
gst_rtc_base_sink_publish_stats (GstRtcBaseSink * self,
    GstRtcSinkSession * session, const GstStructure * reply)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  GstStructure *stats = gst_structure_copy (reply);
  GstStructure *consumer = gst_rtc_sink_session_get_consumer_stats (session);
  GstStructure *twcc = gst_rtc_sink_session_get_twcc_stats (session);

  if (twcc)
    gst_structure_map_in_place (stats, put_twcc_stats, twcc);
  g_clear_pointer (&twcc, gst_structure_free);
  gst_structure_set_name (stats, "application/x-webrtc-stats");
  gst_structure_set (stats, "consumer-stats", GST_TYPE_STRUCTURE, consumer,
      NULL);
  gst_structure_free (consumer);

  g_mutex_lock (&priv->lock);
  g_hash_table_replace (priv->stats,
      g_strdup (gst_rtc_session_get_id (GST_RTC_SESSION (session))), stats);
  g_mutex_unlock (&priv->lock);
}

/**
 * gst_rtc_base_sink_forget_stats:
 * @session_id: of a session that is over
 *
 * Thread: control
 */
void
gst_rtc_base_sink_forget_stats (GstRtcBaseSink * self, const gchar * session_id)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  g_mutex_lock (&priv->lock);
  g_hash_table_remove (priv->stats, session_id);
  g_mutex_unlock (&priv->lock);

  if (g_hash_table_size (priv->sessions) == 0)
    stop_asking (self);
}
