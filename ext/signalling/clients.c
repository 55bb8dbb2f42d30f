/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The clients of the server and what passes between them.
 *
 *     connection --(text)--> Client --> protocol --> hub
 *     connection <--(frame)-- deliver() <-- outputs --'
 *
 * A Client is live until its connection ended or is to be ended; then its
 * peer leaves the hub, or is parked (resume.c) if it may come back. One that
 * we end is closing: its close frame is out, and it has a short time to read
 * that. No client is ended in the midst of a delivery, which would begin
 * another one: it is doomed, and ended afterwards (gst_rtc_clients_settle()).
 *
 * What a client does is charged to its budget when it is done; who has
 * overdrawn it is not read from for a while, and everybody else goes on.
 *
 * All live clients are in order of when they were last heard of, so that
 * looking for the silent ones costs nothing: `heard` those that need not say
 * anything, `pinged` those that must answer.
 *
 * Thread: the server's, but for creation and destruction.
 */

#include "clients-private.h"

#include <string.h>

#include "log.h"

/* What may wait for a client that does not read */
#define MAX_WAITING_BYTES (4 * GST_RTC_PROTOCOL_MAX_BYTES)

/* Messages after which a client is asked what has arrived, as what it may miss
 * is kept: one that is never silent would not be pinged otherwise */
#define ASK_AFTER 32

/* What counts as one more message */
#define BYTES_PER_MESSAGE 8192
#define OUTPUTS_PER_MESSAGE 16

/* NULL: nowhere */
void
gst_rtc_client_move_to (GstRtcClient * client, GQueue * queue)
{
  if (client->queue)
    g_queue_unlink (client->queue, &client->link);
  client->queue = queue;
  client->since = g_get_monotonic_time ();
  if (queue)
    g_queue_push_tail_link (queue, &client->link);
}

static void
unpause (GstRtcClient * client)
{
  if (client->is_paused)
    g_queue_remove (&client->clients->paused, client);
  client->is_paused = FALSE;
}

void
gst_rtc_client_free (GstRtcClient * client)
{
  unpause (client);
  gst_rtc_client_move_to (client, NULL);
  gst_rtc_ws_conn_free (client->conn);
  gst_rtc_grant_free (client->grant);
  gst_rtc_replay_clear (&client->replay);
  if (client->on_gone)
    client->on_gone (client->gone_data);
  g_free (client->id);
  g_free (client);
}

void
gst_rtc_client_doom (GstRtcClient * client, guint16 code, const gchar * reason,
    GstRtcCount count)
{
  if (client->doom != 0 || client->is_closing)
    return;

  GST_WARNING ("client %s is put out: %s", client->id, reason);
  client->clients->metrics.counts[count]++;
  client->doom = code;
  client->doom_reason = reason;
  g_queue_push_tail (&client->clients->doomed, g_strdup (client->id));
}

/* What is only known here */
static void
complete (GstRtcClients * self, GstRtcClient * client, GstRtcMessage * message)
{
  const gint64 now = g_get_real_time () / G_TIME_SPAN_SECOND;

  switch (message->type) {
    case GST_RTC_MESSAGE_WELCOME:
      if (self->settings->resume_timeout > 0) {
        message->resume_token =
            g_strdup (gst_rtc_resume_issue (self->resume, client->id));
        message->resume_timeout = self->settings->resume_timeout;
      }
      if (message->resumed == GST_RTC_RESUMED_YES)
        message->received = client->n_taken_over;
      break;
    case GST_RTC_MESSAGE_SESSION_STARTED:
    case GST_RTC_MESSAGE_START_SESSION:
      break;
    case GST_RTC_MESSAGE_ERROR:
      self->metrics.counts[GST_RTC_COUNT_ERROR_REFUSED]++;
      return;
    default:
      return;
  }
  message->ice_servers = gst_rtc_ice_servers_to_json (self->ice_servers,
      client->id, now, client->grant->authenticated
      || self->settings->turn_for_all);
}

/* Each peer's part of the message is known when it is made: only messages to
 * one peer have such parts */
static GBytes *
make_frame (GstRtcClients * self, GstRtcHubOutput * output,
    GstRtcClient * client)
{
  g_autofree gchar *text = NULL;

  if (client)
    complete (self, client, output->message);
  text = gst_rtc_message_to_text (output->message, GST_RTC_TO_CLIENT);

  return gst_rtc_ws_frame_new (GST_RTC_WS_TEXT, text, strlen (text));
}

/* The answer tells what has arrived */
void
gst_rtc_client_ping (GstRtcClient * client)
{
  client->n_asked = client->replay.n_sent;
  gst_rtc_ws_conn_ping (client->conn, client->n_asked);
}

void
gst_rtc_client_send_frame (GstRtcClient * client, GBytes * frame)
{
  GstRtcClients *self = client->clients;

  self->metrics.counts[GST_RTC_COUNT_BYTES_OUT] += g_bytes_get_size (frame);
  gst_rtc_replay_add (&client->replay, client->resumable ? frame : NULL);
  gst_rtc_ws_conn_send (client->conn, frame);
  if (client->resumable && client->replay.n_sent - client->n_asked >= ASK_AFTER)
    gst_rtc_client_ping (client);
  if (gst_rtc_ws_conn_get_queued (client->conn) > MAX_WAITING_BYTES)
    gst_rtc_client_doom (client, GST_RTC_WS_TRY_LATER, "it does not read",
        GST_RTC_COUNT_EVICTED_SLOW);
}

static void
send_to_parked (GstRtcClients * self, const gchar * id, GBytes * frame)
{
  if (!gst_rtc_resume_is_parked (self->resume, id)
      || gst_rtc_resume_hold (self->resume, id, frame))
    return;

  GST_INFO ("peer %s is away for too many messages", id);
  g_queue_push_tail (&self->doomed, g_strdup (id));
}

/* Sends each output to its client; consecutive ones of the same message, as
 * for listeners, are made into a frame once. Takes over @outputs and returns
 * how many bytes that were. */
gsize
gst_rtc_clients_deliver (GstRtcClients * self, GPtrArray * outputs)
{
  g_autoptr (GBytes) frame = NULL;
  GstRtcMessage *previous = NULL;
  gsize n_bytes = 0;

  for (guint i = 0; i < outputs->len; i++) {
    GstRtcHubOutput *output = g_ptr_array_index (outputs, i);
    GstRtcClient *client = g_hash_table_lookup (self->by_id, output->peer_id);

    if (output->message != previous) {
      g_clear_pointer (&frame, g_bytes_unref);
      frame = make_frame (self, output, client);
      previous = output->message;
    }
    GST_LOG ("to %s: %s", output->peer_id,
        gst_rtc_message_type_name (output->message->type));
    if (client)
      gst_rtc_client_send_frame (client, frame);
    else
      send_to_parked (self, output->peer_id, frame);
    n_bytes += g_bytes_get_size (frame);
  }
  g_ptr_array_unref (outputs);

  return n_bytes;
}

/* Nobody keeps this id any longer */
void
gst_rtc_clients_remove_peer (GstRtcClients * self, const gchar * id)
{
  g_autofree gchar *gone = g_strdup (id);

  gst_rtc_resume_forget (self->resume, gone);
  gst_rtc_clients_deliver (self, gst_rtc_hub_disconnect (self->hub, gone));
}

/* No longer live: its id may be another one's from now on */
void
gst_rtc_client_begin_closing (GstRtcClient * client, guint16 code,
    const gchar * reason)
{
  GstRtcClients *self = client->clients;

  g_hash_table_remove (self->by_id, client->id);
  unpause (client);
  client->is_closing = TRUE;
  gst_rtc_client_move_to (client, &self->closing);
  gst_rtc_ws_conn_close (client->conn, code, reason);
}

/* Ends those who are to be ended, who may doom others */
void
gst_rtc_clients_settle (GstRtcClients * self)
{
  gchar *id;

  while ((id = g_queue_pop_head (&self->doomed))) {
    GstRtcClient *client = g_hash_table_lookup (self->by_id, id);

    if (client && client->doom != 0)
      gst_rtc_client_begin_closing (client, client->doom, client->doom_reason);
    if (!client || client->is_closing)
      gst_rtc_clients_remove_peer (self, id);
    g_free (id);
  }
}

static gboolean
can_come_back (GstRtcClient * client)
{
  return client->resumable && client->doom == 0
      && client->clients->settings->resume_timeout > 0;
}

/* Its connection is gone */
void
gst_rtc_client_lose (GstRtcClient * client, GstRtcWsEnd end)
{
  GstRtcClients *self = client->clients;
  g_autofree gchar *id = g_strdup (client->id);
  const gboolean parks = end == GST_RTC_WS_END_LOST && can_come_back (client);

  g_hash_table_remove (self->by_id, id);
  if (parks)
    gst_rtc_resume_park (self->resume, id, g_get_monotonic_time (),
        &client->replay, client->n_received);
  gst_rtc_client_free (client);
  if (!parks)
    gst_rtc_clients_remove_peer (self, id);
  gst_rtc_clients_settle (self);
}

static void
on_ended (gpointer user_data, GstRtcWsEnd end, const gchar * why)
{
  GstRtcClient *client = user_data;

  if (client->is_closing) {
    gst_rtc_client_free (client);
    return;
  }

  GST_INFO ("client %s %s%s%s", client->id,
      end == GST_RTC_WS_END_LEFT ? "left" : "was lost",
      why && *why ? ": " : "", why ? why : "");
  if (end == GST_RTC_WS_END_LOST)
    client->clients->metrics.counts[GST_RTC_COUNT_LOST]++;
  gst_rtc_client_lose (client, end);
}

static void
on_broken (gpointer user_data, guint16 code, const gchar * why)
{
  GstRtcClient *client = user_data;

  gst_rtc_client_doom (client, code, why, GST_RTC_COUNT_ERROR_FRAME);
  gst_rtc_clients_settle (client->clients);
}

static void
on_heard (gpointer user_data)
{
  GstRtcClient *client = user_data;

  if (!client->is_closing)
    gst_rtc_client_move_to (client, &client->clients->heard);
}

/* It has all that was sent before that ping */
static void
on_answered (gpointer user_data, guint64 n_sent)
{
  GstRtcClient *client = user_data;

  gst_rtc_replay_confirm (&client->replay, n_sent);
}

static void
on_stream_closed (gpointer owner)
{
  ((GstRtcClients *) owner)->n_streams--;
}

/* Messages */

/* How many of the smallest messages this was worth */
static gdouble
handle_text (GstRtcClient * client, const gchar * text, gsize length)
{
  GstRtcClients *self = client->clients;
  g_autoptr (GstRtcMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *outputs;
  guint n_outputs;
  gsize n_bytes;

  message = gst_rtc_message_from_text (GST_RTC_TO_SERVER, text, length, &error);
  if (!message) {
    GST_WARNING ("message of client %s dropped: %s", client->id,
        error->message);
    self->metrics.counts[GST_RTC_COUNT_ERROR_MESSAGE]++;
    return 1 + length / BYTES_PER_MESSAGE;
  }

  GST_LOG ("from %s: %s", client->id,
      gst_rtc_message_type_name (message->type));
  self->metrics.messages[message->type]++;
  if (message->type == GST_RTC_MESSAGE_SET_PEER_STATUS)
    gst_rtc_client_look_at_status (client, message);
  outputs = gst_rtc_hub_handle (self->hub, client->id, message);
  n_outputs = outputs->len;
  n_bytes = gst_rtc_clients_deliver (self, outputs);

  return 1 + (length + n_bytes) / BYTES_PER_MESSAGE +
      n_outputs / OUTPUTS_PER_MESSAGE;
}

static gboolean
on_text (gpointer user_data, const gchar * text, gsize length)
{
  GstRtcClient *client = user_data;
  GstRtcClients *self = client->clients;
  const gint64 begin = g_get_monotonic_time ();
  const guint rate = self->settings->max_messages_per_second;
  gdouble cost;

  client->n_received++;
  if (gst_rtc_client_is_expired (client)) {
    gst_rtc_client_doom (client, GST_RTC_WS_POLICY,
        "its credentials have expired", GST_RTC_COUNT_EVICTED_EXPIRED);
    gst_rtc_clients_settle (self);
    return TRUE;
  }

  self->metrics.counts[GST_RTC_COUNT_BYTES_IN] += length;
  cost = handle_text (client, text, length);
  gst_rtc_metrics_add_latency (&self->metrics, g_get_monotonic_time () - begin);
  if (client->doom == 0 && !gst_rtc_budget_charge (&client->budget, rate, cost,
          begin)) {
    gst_rtc_client_pause (client);
    gst_rtc_clients_settle (self);
    return FALSE;
  }
  gst_rtc_clients_settle (self);

  return TRUE;
}

static const GstRtcWsConnCallbacks conn_callbacks = {
  .text = on_text,
  .heard = on_heard,
  .answered = on_answered,
  .broken = on_broken,
  .ended = on_ended,
  .stream_closed = on_stream_closed,
};

GstRtcClients *
gst_rtc_clients_new (const GstRtcServerSettings * settings,
    GstRtcIceServers * ice_servers)
{
  GstRtcClients *self = g_new0 (GstRtcClients, 1);

  self->settings = gst_rtc_server_settings_copy (settings);
  self->ice_servers = ice_servers;
  self->hub = gst_rtc_hub_new ();
  gst_rtc_hub_set_max_sessions (self->hub, settings->max_sessions_per_peer);
  self->resume = gst_rtc_resume_new (settings->resume_timeout);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&self->heard);
  g_queue_init (&self->pinged);
  g_queue_init (&self->closing);
  g_queue_init (&self->paused);
  g_queue_init (&self->doomed);

  return self;
}

/* Nobody is connected any more */
void
gst_rtc_clients_free (GstRtcClients * self)
{
  gst_rtc_clients_stop_time (self);
  g_hash_table_unref (self->by_id);
  gst_rtc_resume_free (self->resume);
  gst_rtc_hub_free (self->hub);
  g_queue_clear_full (&self->doomed, g_free);
  g_clear_pointer (&self->poller, gst_rtc_poller_free);
  gst_rtc_server_settings_free (self->settings);
  g_free (self);
}

gboolean
gst_rtc_clients_begin (GstRtcClients * self, GError ** error)
{
  self->context = g_main_context_get_thread_default ();
  self->poller = gst_rtc_poller_new (self->context, error);
  if (!self->poller)
    return FALSE;

  gst_rtc_clients_start_time (self);

  return TRUE;
}

/* Takes over @grant; @on_gone is called when the client is no more */
void
gst_rtc_clients_add (GstRtcClients * self, GIOStream * stream, gint fd,
    gboolean is_tls, GstRtcGrant * grant, GDestroyNotify on_gone,
    gpointer user_data, const gchar * from)
{
  GstRtcClient *client = g_new0 (GstRtcClient, 1);
  g_autoptr (GError) error = NULL;

  client->clients = self;
  client->id = g_uuid_string_random ();
  client->grant = grant;
  client->link.data = client;
  client->on_gone = on_gone;
  client->gone_data = user_data;
  gst_rtc_budget_init (&client->budget,
      self->settings->max_messages_per_second, g_get_monotonic_time ());
  client->conn = gst_rtc_ws_conn_new (self->poller, stream, fd, is_tls,
      self->settings->max_message_bytes, &conn_callbacks, client, self, &error);
  if (!client->conn) {
    GST_WARNING ("client from %s cannot be served: %s", from, error->message);
    gst_rtc_grant_free (client->grant);
    on_gone (user_data);
    g_free (client->id);
    g_free (client);
    return;
  }

  self->n_streams++;
  self->metrics.counts[GST_RTC_COUNT_CONNECTED]++;
  g_hash_table_insert (self->by_id, client->id, client);
  gst_rtc_client_move_to (client, &self->heard);
  GST_INFO ("client %s connected from %s", client->id, from);
  gst_rtc_clients_deliver (self, gst_rtc_hub_connect (self->hub, client->id,
          client->grant));
  gst_rtc_clients_settle (self);
}

/* Nobody is told that the others leave: all do */
void
gst_rtc_clients_say_goodbye (GstRtcClients * self)
{
  GHashTableIter iter;
  gpointer client;
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &client))
    g_ptr_array_add (all, client);
  for (guint i = 0; i < all->len; i++)
    gst_rtc_client_begin_closing (g_ptr_array_index (all, i),
        GST_RTC_WS_GOING_AWAY, NULL);
}

/* Those who do not answer to that */
void
gst_rtc_clients_abandon (GstRtcClients * self)
{
  while (self->closing.length > 0)
    gst_rtc_client_free (g_queue_peek_head (&self->closing));
}

gboolean
gst_rtc_clients_are_gone (GstRtcClients * self)
{
  return self->n_streams == 0;
}

guint
gst_rtc_clients_get_n (GstRtcClients * self)
{
  return self->heard.length + self->pinged.length + self->closing.length;
}

GstRtcMetrics *
gst_rtc_clients_get_metrics (GstRtcClients * self)
{
  return &self->metrics;
}

void
gst_rtc_clients_get_gauges (GstRtcClients * self, GstRtcGauges * ret_gauges)
{
  GHashTableIter iter;
  gpointer client;

  ret_gauges->clients = g_hash_table_size (self->by_id);
  ret_gauges->producers = gst_rtc_hub_count_role (self->hub,
      GST_RTC_PEER_ROLE_PRODUCER);
  ret_gauges->listeners = gst_rtc_hub_count_role (self->hub,
      GST_RTC_PEER_ROLE_LISTENER);
  ret_gauges->consumers = gst_rtc_hub_count_role (self->hub,
      GST_RTC_PEER_ROLE_CONSUMER);
  ret_gauges->parked = gst_rtc_resume_get_n_parked (self->resume);
  ret_gauges->sessions = gst_rtc_hub_get_n_sessions (self->hub);
  ret_gauges->queued_bytes = 0;
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &client))
    ret_gauges->queued_bytes +=
        gst_rtc_ws_conn_get_queued (((GstRtcClient *) client)->conn);
}
