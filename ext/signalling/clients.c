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
 * another one: it is doomed, and ended afterwards (settle()).
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

#include "clients.h"

#include <string.h>

#include "hub.h"
#include "budget.h"
#include "log.h"
#include "poller.h"
#include "resume.h"
#include "wsconn.h"

/* What may wait for a client that does not read */
#define MAX_WAITING_BYTES (4 * GST_RTC_PROTOCOL_MAX_BYTES)
#define TICK_MS 250
#define THAW_MS 20
#define CLOSING_SECONDS 2
/* What counts as one more message */
#define BYTES_PER_MESSAGE 8192
#define OUTPUTS_PER_MESSAGE 16

typedef struct
{
  GstRtcClients *clients;
  gchar *id;
  GstRtcWsConn *conn;
  GstRtcGrant *grant;
  GDestroyNotify on_gone;
  gpointer gone_data;

  GstRtcBudget budget;
  gboolean resumable;
  gboolean has_status;
  gboolean is_closing;
  gboolean is_paused;
  guint16 doom;                 /* code to close it with; 0: none */
  const gchar *doom_reason;
  GQueue *queue;                /* heard, pinged or closing */
  GList link;                   /* in there */
  gint64 since;                 /* when it got there */
} Client;

struct _GstRtcClients
{
  GstRtcServerSettings *settings;
  GstRtcIceServers *ice_servers;        /* unowned */
  GstRtcHub *hub;
  GstRtcResume *resume;
  GstRtcMetrics metrics;
  GHashTable *by_id;            /* id -> Client, the live ones */
  GQueue heard;                 /* element-type Client, as the next three */
  GQueue pinged;
  GQueue closing;
  GQueue paused;
  GQueue doomed;                /* element-type utf8: ids */

  GMainContext *context;
  GstRtcPoller *poller;
  GSource *tick;
  GSource *thaw;                /* NULL while nobody is paused */
  guint n_streams;              /* not closed yet */
};

static void
stop_source (GSource ** source)
{
  if (!*source)
    return;

  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static GSource *
start_source (GstRtcClients * self, guint ms, GSourceFunc func)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);

  return source;
}

/* NULL: nowhere */
static void
move_to (Client * client, GQueue * queue)
{
  if (client->queue)
    g_queue_unlink (client->queue, &client->link);
  client->queue = queue;
  client->since = g_get_monotonic_time ();
  if (queue)
    g_queue_push_tail_link (queue, &client->link);
}

static void
unpause (Client * client)
{
  if (client->is_paused)
    g_queue_remove (&client->clients->paused, client);
  client->is_paused = FALSE;
}

static void
client_free (Client * client)
{
  unpause (client);
  move_to (client, NULL);
  gst_rtc_ws_conn_free (client->conn);
  gst_rtc_grant_free (client->grant);
  if (client->on_gone)
    client->on_gone (client->gone_data);
  g_free (client->id);
  g_free (client);
}

static void
doom (Client * client, guint16 code, const gchar * reason, GstRtcCount count)
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
complete (GstRtcClients * self, Client * client, GstRtcMessage * message)
{
  const gint64 now = g_get_real_time () / G_TIME_SPAN_SECOND;

  switch (message->type) {
    case GST_RTC_MESSAGE_WELCOME:
      if (self->settings->resume_timeout > 0) {
        message->resume_token =
            g_strdup (gst_rtc_resume_issue (self->resume, client->id));
        message->resume_timeout = self->settings->resume_timeout;
      }
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
make_frame (GstRtcClients * self, GstRtcHubOutput * output, Client * client)
{
  g_autofree gchar *text = NULL;

  if (client)
    complete (self, client, output->message);
  text = gst_rtc_message_to_text (output->message, GST_RTC_TO_CLIENT);

  return gst_rtc_ws_frame_new (GST_RTC_WS_TEXT, text, strlen (text));
}

static void
send_frame (Client * client, GBytes * frame)
{
  GstRtcClients *self = client->clients;

  self->metrics.counts[GST_RTC_COUNT_BYTES_OUT] += g_bytes_get_size (frame);
  gst_rtc_ws_conn_send (client->conn, frame);
  if (gst_rtc_ws_conn_get_queued (client->conn) > MAX_WAITING_BYTES)
    doom (client, GST_RTC_WS_TRY_LATER, "it does not read",
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
static gsize
deliver (GstRtcClients * self, GPtrArray * outputs)
{
  g_autoptr (GBytes) frame = NULL;
  GstRtcMessage *previous = NULL;
  gsize n_bytes = 0;

  for (guint i = 0; i < outputs->len; i++) {
    GstRtcHubOutput *output = g_ptr_array_index (outputs, i);
    Client *client = g_hash_table_lookup (self->by_id, output->peer_id);

    if (output->message != previous) {
      g_clear_pointer (&frame, g_bytes_unref);
      frame = make_frame (self, output, client);
      previous = output->message;
    }
    GST_LOG ("to %s: %s", output->peer_id,
        gst_rtc_message_type_name (output->message->type));
    if (client)
      send_frame (client, frame);
    else
      send_to_parked (self, output->peer_id, frame);
    n_bytes += g_bytes_get_size (frame);
  }
  g_ptr_array_unref (outputs);

  return n_bytes;
}

/* Nobody keeps this id any longer */
static void
remove_peer (GstRtcClients * self, const gchar * id)
{
  g_autofree gchar *gone = g_strdup (id);

  gst_rtc_resume_forget (self->resume, gone);
  deliver (self, gst_rtc_hub_disconnect (self->hub, gone));
}

/* No longer live: its id may be another one's from now on */
static void
begin_closing (Client * client, guint16 code, const gchar * reason)
{
  GstRtcClients *self = client->clients;

  g_hash_table_remove (self->by_id, client->id);
  unpause (client);
  client->is_closing = TRUE;
  move_to (client, &self->closing);
  gst_rtc_ws_conn_close (client->conn, code, reason);
}

/* Ends those who are to be ended, who may doom others */
static void
settle (GstRtcClients * self)
{
  gchar *id;

  while ((id = g_queue_pop_head (&self->doomed))) {
    Client *client = g_hash_table_lookup (self->by_id, id);

    if (client && client->doom != 0)
      begin_closing (client, client->doom, client->doom_reason);
    if (!client || client->is_closing)
      remove_peer (self, id);
    g_free (id);
  }
}

static gboolean
can_come_back (Client * client)
{
  return client->resumable && client->doom == 0
      && client->clients->settings->resume_timeout > 0;
}

/* Its connection is gone */
static void
lose_client (Client * client, GstRtcWsEnd end)
{
  GstRtcClients *self = client->clients;
  g_autofree gchar *id = g_strdup (client->id);
  const gboolean parks = end == GST_RTC_WS_END_LOST && can_come_back (client);

  g_hash_table_remove (self->by_id, id);
  client_free (client);
  if (parks)
    gst_rtc_resume_park (self->resume, id, g_get_monotonic_time ());
  else
    remove_peer (self, id);
  settle (self);
}

static void
on_ended (gpointer user_data, GstRtcWsEnd end, const gchar * why)
{
  Client *client = user_data;

  if (client->is_closing) {
    client_free (client);
    return;
  }

  GST_INFO ("client %s %s%s%s", client->id,
      end == GST_RTC_WS_END_LEFT ? "left" : "was lost",
      why && *why ? ": " : "", why ? why : "");
  if (end == GST_RTC_WS_END_LOST)
    client->clients->metrics.counts[GST_RTC_COUNT_LOST]++;
  lose_client (client, end);
}

static void
on_broken (gpointer user_data, guint16 code, const gchar * why)
{
  Client *client = user_data;

  doom (client, code, why, GST_RTC_COUNT_ERROR_FRAME);
  settle (client->clients);
}

static void
on_heard (gpointer user_data)
{
  Client *client = user_data;

  if (!client->is_closing)
    move_to (client, &client->clients->heard);
}

static void
on_stream_closed (gpointer owner)
{
  ((GstRtcClients *) owner)->n_streams--;
}

/* Coming back */

static void
take_over (Client * client, const gchar * old_id)
{
  GstRtcClients *self = client->clients;
  g_autofree gchar *new_id = client->id;
  Client *old = g_hash_table_lookup (self->by_id, old_id);
  g_autoptr (GPtrArray) held = NULL;

  GST_INFO ("client %s comes back as %s", new_id, old_id);
  self->metrics.counts[GST_RTC_COUNT_RESUMED]++;
  if (old)
    begin_closing (old, GST_RTC_WS_NORMAL, "taken over");
  else
    held = gst_rtc_resume_unpark (self->resume, old_id);

  g_hash_table_remove (self->by_id, new_id);
  gst_rtc_resume_forget (self->resume, new_id);
  client->id = g_strdup (old_id);
  g_hash_table_insert (self->by_id, client->id, client);
  deliver (self, gst_rtc_hub_resume (self->hub, new_id, old_id));
  for (guint i = 0; held && i < held->len; i++)
    send_frame (client, g_ptr_array_index (held, i));
}

static gboolean
can_take_over (Client * client, const gchar * old_id)
{
  GstRtcClients *self = client->clients;

  return old_id && gst_rtc_hub_can_resume (self->hub, client->id, old_id)
      && (g_hash_table_contains (self->by_id, old_id)
      || gst_rtc_resume_is_parked (self->resume, old_id));
}

static void
resume (Client * client, GstRtcMessage * status)
{
  GstRtcClients *self = client->clients;
  g_autofree gchar *old_id = g_strdup (gst_rtc_resume_find (self->resume,
          status->resume_token));

  if (can_take_over (client, old_id)) {
    take_over (client, old_id);
    /* it said so under the name that it had until now */
    if (status->peer_id) {
      g_free (status->peer_id);
      status->peer_id = g_strdup (old_id);
    }
  } else {
    GST_INFO ("client %s cannot come back", client->id);
    deliver (self, gst_rtc_hub_resume (self->hub, client->id, NULL));
  }
}

static void
look_at_status (Client * client, GstRtcMessage * status)
{
  if (status->resume_token && !client->has_status)
    resume (client, status);
  client->resumable = status->resumable;
  client->has_status = TRUE;
}

/* Messages */

/* How many of the smallest messages this was worth */
static gdouble
handle_text (Client * client, const gchar * text, gsize length)
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
    look_at_status (client, message);
  outputs = gst_rtc_hub_handle (self->hub, client->id, message);
  n_outputs = outputs->len;
  n_bytes = deliver (self, outputs);

  return 1 + (length + n_bytes) / BYTES_PER_MESSAGE +
      n_outputs / OUTPUTS_PER_MESSAGE;
}

static gboolean on_thaw (gpointer user_data);

static void
pause_client (Client * client)
{
  GstRtcClients *self = client->clients;

  self->metrics.counts[GST_RTC_COUNT_THROTTLED]++;
  GST_DEBUG ("client %s has to wait", client->id);
  client->is_paused = TRUE;
  g_queue_push_tail (&self->paused, client);
  if (!self->thaw)
    self->thaw = start_source (self, THAW_MS, on_thaw);
}

static gboolean
is_expired (Client * client)
{
  const gint64 expires = client->grant->expires;

  return expires != 0 && expires <= g_get_real_time () / G_TIME_SPAN_SECOND;
}

static gboolean
on_text (gpointer user_data, const gchar * text, gsize length)
{
  Client *client = user_data;
  GstRtcClients *self = client->clients;
  const gint64 begin = g_get_monotonic_time ();
  const guint rate = self->settings->max_messages_per_second;
  gdouble cost;

  if (is_expired (client)) {
    doom (client, GST_RTC_WS_POLICY, "its credentials have expired",
        GST_RTC_COUNT_EVICTED_EXPIRED);
    settle (self);
    return TRUE;
  }

  self->metrics.counts[GST_RTC_COUNT_BYTES_IN] += length;
  cost = handle_text (client, text, length);
  gst_rtc_metrics_add_latency (&self->metrics, g_get_monotonic_time () - begin);
  if (client->doom == 0 && !gst_rtc_budget_charge (&client->budget, rate, cost,
          begin)) {
    pause_client (client);
    settle (self);
    return FALSE;
  }
  settle (self);

  return TRUE;
}

static const GstRtcWsConnCallbacks conn_callbacks = {
  .text = on_text,
  .heard = on_heard,
  .broken = on_broken,
  .ended = on_ended,
  .stream_closed = on_stream_closed,
};

/* Time */

static gboolean
on_thaw (gpointer user_data)
{
  GstRtcClients *self = user_data;
  const gint64 now = g_get_monotonic_time ();
  const guint rate = self->settings->max_messages_per_second;

  for (guint n = self->paused.length; n > 0 && self->paused.length > 0; n--) {
    Client *client = g_queue_pop_head (&self->paused);

    if (gst_rtc_budget_has_some (&client->budget, rate, now)) {
      client->is_paused = FALSE;
      gst_rtc_ws_conn_read_on (client->conn);
    } else {
      g_queue_push_tail (&self->paused, client);
    }
  }
  if (self->paused.length == 0)
    stop_source (&self->thaw);

  return G_SOURCE_CONTINUE;
}

/* The first one of @queue, if it is there for so long */
static Client *
get_overdue (GQueue * queue, guint seconds)
{
  Client *client = g_queue_peek_head (queue);

  return client && g_get_monotonic_time () - client->since >=
      seconds * G_TIME_SPAN_SECOND ? client : NULL;
}

static void
ping (Client * client)
{
  GstRtcClients *self = client->clients;

  if (is_expired (client))
    doom (client, GST_RTC_WS_POLICY, "its credentials have expired",
        GST_RTC_COUNT_EVICTED_EXPIRED);
  move_to (client, &self->pinged);
  gst_rtc_ws_conn_ping (client->conn);
}

static gboolean
on_tick (gpointer user_data)
{
  GstRtcClients *self = user_data;
  gchar *id;
  Client *client;

  while ((client = get_overdue (&self->closing, CLOSING_SECONDS)))
    client_free (client);
  while ((client = get_overdue (&self->heard, self->settings->ping_interval)))
    ping (client);
  while ((client = get_overdue (&self->pinged, self->settings->pong_timeout))) {
    GST_INFO ("client %s does not answer", client->id);
    self->metrics.counts[GST_RTC_COUNT_EVICTED_SILENT]++;
    lose_client (client, GST_RTC_WS_END_LOST);
  }
  while ((id = gst_rtc_resume_next_expired (self->resume,
              g_get_monotonic_time ()))) {
    GST_INFO ("peer %s did not come back", id);
    remove_peer (self, id);
    g_free (id);
  }
  settle (self);

  return G_SOURCE_CONTINUE;
}

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
  stop_source (&self->tick);
  stop_source (&self->thaw);
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

  self->tick = start_source (self, TICK_MS, on_tick);

  return TRUE;
}

/* Takes over @grant; @on_gone is called when the client is no more */
void
gst_rtc_clients_add (GstRtcClients * self, GIOStream * stream, gint fd,
    gboolean is_tls, GstRtcGrant * grant, GDestroyNotify on_gone,
    gpointer user_data, const gchar * from)
{
  Client *client = g_new0 (Client, 1);
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
  move_to (client, &self->heard);
  GST_INFO ("client %s connected from %s", client->id, from);
  deliver (self, gst_rtc_hub_connect (self->hub, client->id, client->grant));
  settle (self);
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
    begin_closing (g_ptr_array_index (all, i), GST_RTC_WS_GOING_AWAY, NULL);
}

/* Those who do not answer to that */
void
gst_rtc_clients_abandon (GstRtcClients * self)
{
  while (self->closing.length > 0)
    client_free (g_queue_peek_head (&self->closing));
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
        gst_rtc_ws_conn_get_queued (((Client *) client)->conn);
}
