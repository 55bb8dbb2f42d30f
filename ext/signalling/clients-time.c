/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the clients' time is for: who must wait, who is silent, who does not
 * come back */

#include "clients-private.h"

#include "log.h"
#include "timers.h"

#define TICK_MS 250
#define THAW_MS 20
#define CLOSING_SECONDS 2

static gboolean
on_thaw (gpointer user_data)
{
  GstRtcClients *self = user_data;
  const gint64 now = g_get_monotonic_time ();
  const guint rate = self->settings->max_messages_per_second;

  for (guint n = self->paused.length; n > 0 && self->paused.length > 0; n--) {
    GstRtcClient *client = g_queue_pop_head (&self->paused);

    if (gst_rtc_budget_has_some (&client->budget, rate, now)) {
      client->is_paused = FALSE;
      gst_rtc_ws_conn_read_on (client->conn);
    } else {
      g_queue_push_tail (&self->paused, client);
    }
  }
  if (self->paused.length == 0)
    gst_rtc_timer_stop (&self->thaw);

  return G_SOURCE_CONTINUE;
}

void
gst_rtc_client_pause (GstRtcClient * client)
{
  GstRtcClients *self = client->clients;

  self->metrics.counts[GST_RTC_COUNT_THROTTLED]++;
  GST_DEBUG ("client %s has to wait", client->id);
  client->is_paused = TRUE;
  g_queue_push_tail (&self->paused, client);
  if (!self->thaw)
    self->thaw = gst_rtc_timer_start (self->context, THAW_MS, on_thaw, self);
}

gboolean
gst_rtc_client_is_expired (GstRtcClient * client)
{
  const gint64 expires = client->grant->expires;

  return expires != 0 && expires <= g_get_real_time () / G_TIME_SPAN_SECOND;
}

/* The first one of @queue, if it is there for so long */
static GstRtcClient *
get_overdue (GQueue * queue, guint seconds)
{
  GstRtcClient *client = g_queue_peek_head (queue);

  return client && g_get_monotonic_time () - client->since >=
      seconds * G_TIME_SPAN_SECOND ? client : NULL;
}

static void
ping (GstRtcClient * client)
{
  GstRtcClients *self = client->clients;

  if (gst_rtc_client_is_expired (client))
    gst_rtc_client_doom (client, GST_RTC_WS_POLICY,
        "its credentials have expired", GST_RTC_COUNT_EVICTED_EXPIRED);
  gst_rtc_client_move_to (client, &self->pinged);
  gst_rtc_client_ping (client);
}

static gboolean
on_tick (gpointer user_data)
{
  GstRtcClients *self = user_data;
  gchar *id;
  GstRtcClient *client;

  while ((client = get_overdue (&self->closing, CLOSING_SECONDS)))
    gst_rtc_client_free (client);
  while ((client = get_overdue (&self->heard, self->settings->ping_interval)))
    ping (client);
  while ((client = get_overdue (&self->pinged, self->settings->pong_timeout))) {
    GST_INFO ("client %s does not answer", client->id);
    self->metrics.counts[GST_RTC_COUNT_EVICTED_SILENT]++;
    gst_rtc_client_lose (client, GST_RTC_WS_END_LOST);
  }
  while ((id = gst_rtc_resume_next_expired (self->resume,
              g_get_monotonic_time ()))) {
    GST_INFO ("peer %s did not come back", id);
    gst_rtc_clients_remove_peer (self, id);
    g_free (id);
  }
  gst_rtc_clients_settle (self);

  return G_SOURCE_CONTINUE;
}

void
gst_rtc_clients_start_time (GstRtcClients * self)
{
  self->tick = gst_rtc_timer_start (self->context, TICK_MS, on_tick, self);
}

void
gst_rtc_clients_stop_time (GstRtcClients * self)
{
  gst_rtc_timer_stop (&self->tick);
  gst_rtc_timer_stop (&self->thaw);
}
