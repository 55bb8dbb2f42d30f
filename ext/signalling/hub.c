/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The heart of the signalling server: who is there, who talks to whom.
 *
 * Pure: a peer's coming, leaving or message goes in, a list of messages for
 * peers comes out. No socket, no thread, no lock, no clock; the owner calls
 * it from one thread at a time.
 *
 * peers:    id -> Peer {roles, meta, protocol version, its sessions}
 * sessions: id -> Session {producer, consumer}
 *
 * A Session holds the ids of its two peers and is listed by both; it goes
 * when either of them ends it, leaves, or gives up the role it was made for.
 * A message is refused before anything is changed: a third party that knows
 * a session's id, or a peer that speaks the wrong version, ends nothing.
 */

#include "hub.h"

typedef struct
{
  gchar *id;
  /* The stored status: what setPeerStatus said, with the peer's id once there
   * was one */
  GstRtcMessage *status;
  GstRtcProtocolVersion version;
  gboolean has_spoken;
  gboolean is_gone;
  GPtrArray *sessions;          /* element-type Session, unowned */
} Peer;

typedef struct
{
  gchar *id;
  gchar *producer_id;
  gchar *consumer_id;
} Session;

struct _GstRtcHub
{
  GHashTable *peers;            /* id -> Peer */
  GHashTable *sessions;         /* id -> Session */
  GHashTable *listeners;        /* set of Peer, unowned */

  /* what the call that runs now returns */
  GPtrArray *outputs;
};

static void
output_free (GstRtcHubOutput * output)
{
  g_free (output->peer_id);
  gst_rtc_message_unref (output->message);
  g_free (output);
}

static void
session_free (Session * session)
{
  g_free (session->id);
  g_free (session->producer_id);
  g_free (session->consumer_id);
  g_free (session);
}

static void
peer_free (Peer * peer)
{
  g_free (peer->id);
  gst_rtc_message_unref (peer->status);
  g_ptr_array_unref (peer->sessions);
  g_free (peer);
}

static Peer *
get_peer (GstRtcHub * self, const gchar * id)
{
  return g_hash_table_lookup (self->peers, id);
}

static gboolean
has_role (Peer * peer, GstRtcPeerRole role)
{
  return gst_rtc_message_has_role (peer->status, role);
}

/* Takes over @message */
static void
send (GstRtcHub * self, const gchar * peer_id, GstRtcMessage * message)
{
  GstRtcHubOutput *output = g_new (GstRtcHubOutput, 1);

  output->peer_id = g_strdup (peer_id);
  output->message = message;
  g_ptr_array_add (self->outputs, output);
}

G_GNUC_PRINTF (3, 4)
     static void
         refuse (GstRtcHub * self, const gchar * peer_id, const gchar * format,
    ...)
{
  GstRtcMessage *message = gst_rtc_message_new (GST_RTC_MESSAGE_ERROR);
  va_list args;

  va_start (args, format);
  message->text = g_strdup_vprintf (format, args);
  va_end (args);
  send (self, peer_id, message);
}

static void
tell_listeners (GstRtcHub * self, GstRtcMessage * status)
{
  GHashTableIter iter;
  gpointer listener;

  g_hash_table_iter_init (&iter, self->listeners);
  while (g_hash_table_iter_next (&iter, &listener, NULL))
    send (self, ((Peer *) listener)->id, gst_rtc_message_ref (status));
}

static void
send_end (GstRtcHub * self, Session * session, const gchar * peer_id,
    const gchar * error)
{
  Peer *peer = get_peer (self, peer_id);
  GstRtcMessage *message;

  if (!peer || peer->is_gone)
    return;

  if (peer->version == GST_RTC_PROTOCOL_V1_0) {
    message = gst_rtc_message_new (GST_RTC_MESSAGE_END_SESSION);
  } else {
    message = gst_rtc_message_new (GST_RTC_MESSAGE_END_SESSION_V1_1);
    message->text = g_strdup (error);
  }
  message->session_id = g_strdup (session->id);
  send (self, peer_id, message);
}

static void
forget_session (GstRtcHub * self, Session * session)
{
  Peer *producer = get_peer (self, session->producer_id);
  Peer *consumer = get_peer (self, session->consumer_id);

  if (producer)
    g_ptr_array_remove (producer->sessions, session);
  if (consumer && consumer != producer)
    g_ptr_array_remove (consumer->sessions, session);
  g_hash_table_remove (self->sessions, session->id);
}

/* Ends the sessions in which @peer has this part, and tells the others */
static void
end_sessions_as (GstRtcHub * self, Peer * peer, GstRtcPeerRole part)
{
  g_autoptr (GPtrArray) sessions =
      g_ptr_array_copy (peer->sessions, NULL, NULL);

  for (guint i = 0; i < sessions->len; i++) {
    Session *session = g_ptr_array_index (sessions, i);
    gboolean produces = g_str_equal (session->producer_id, peer->id);

    if (produces != (part == GST_RTC_PEER_ROLE_PRODUCER))
      continue;
    send_end (self, session,
        produces ? session->consumer_id : session->producer_id, NULL);
    forget_session (self, session);
  }
}

static gboolean
same_roles (GArray * a, GArray * b)
{
  for (guint i = 0; a->len == b->len && i < a->len; i++) {
    if (g_array_index (a, GstRtcPeerRole, i) !=
        g_array_index (b, GstRtcPeerRole, i))
      return FALSE;
  }

  return a->len == b->len;
}

static gboolean
same_meta (JsonNode * a, JsonNode * b)
{
  return a && b ? json_node_equal (a, b) : a == b;
}

/* The id counts: once a status is stored, only a client that repeats its own
 * id can say the same again */
static gboolean
same_status (GstRtcMessage * a, GstRtcMessage * b)
{
  return g_strcmp0 (a->peer_id, b->peer_id) == 0 &&
      same_roles (a->roles, b->roles) && same_meta (a->meta, b->meta);
}

static GstRtcMessage *
new_status (const gchar * peer_id, GArray * roles, JsonNode * meta)
{
  GstRtcMessage *status =
      gst_rtc_message_new (GST_RTC_MESSAGE_PEER_STATUS_CHANGED);

  status->peer_id = g_strdup (peer_id);
  if (roles)
    g_array_append_vals (status->roles, roles->data, roles->len);
  gst_rtc_message_set_meta (status, meta);

  return status;
}

static void
store_status (GstRtcHub * self, Peer * peer, GstRtcMessage * message)
{
  gst_rtc_message_unref (peer->status);
  peer->status = new_status (peer->id, message->roles, message->meta);

  if (has_role (peer, GST_RTC_PEER_ROLE_LISTENER))
    g_hash_table_add (self->listeners, peer);
  else
    g_hash_table_remove (self->listeners, peer);
}

static void
handle_set_peer_status (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  Peer *peer = get_peer (self, peer_id);
  gboolean produces =
      gst_rtc_message_has_role (message, GST_RTC_PEER_ROLE_PRODUCER);
  gboolean consumes =
      gst_rtc_message_has_role (message, GST_RTC_PEER_ROLE_CONSUMER);

  if (!peer) {
    refuse (self, peer_id, "Peer '%s' hasn't been welcomed", peer_id);
    return;
  }
  if (same_status (peer->status, message))
    return;
  if (produces && consumes) {
    refuse (self, peer_id, "Cannot register peer %s as both producer and "
        "passive consumer", peer_id);
    return;
  }

  if (has_role (peer, GST_RTC_PEER_ROLE_PRODUCER) && !produces)
    end_sessions_as (self, peer, GST_RTC_PEER_ROLE_PRODUCER);
  else if (has_role (peer, GST_RTC_PEER_ROLE_CONSUMER) && !consumes)
    end_sessions_as (self, peer, GST_RTC_PEER_ROLE_CONSUMER);

  store_status (self, peer, message);
  tell_listeners (self, peer->status);
}

static void
handle_set_protocol_version (GstRtcHub * self, const gchar * peer_id,
    gboolean is_first, GstRtcMessage * message)
{
  Peer *peer = get_peer (self, peer_id);

  if (!peer)
    refuse (self, peer_id, "Peer '%s' hasn't been welcomed", peer_id);
  else if (!is_first)
    refuse (self, peer_id, "Protocol version selection for peer '%s' must be "
        "first message", peer_id);
  else
    peer->version = message->version;
}

static gchar *
roles_to_text (Peer * peer)
{
  static const gchar *const names[] = { "Producer", "Listener", "Consumer" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < peer->status->roles->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
        names[g_array_index (peer->status->roles, GstRtcPeerRole, i)]);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static Session *
add_session (GstRtcHub * self, Peer * producer, Peer * consumer)
{
  Session *session = g_new (Session, 1);

  session->id = g_uuid_string_random ();
  session->producer_id = g_strdup (producer->id);
  session->consumer_id = g_strdup (consumer->id);
  g_hash_table_insert (self->sessions, session->id, session);
  g_ptr_array_add (producer->sessions, session);
  if (consumer != producer)
    g_ptr_array_add (consumer->sessions, session);

  return session;
}

static void
announce_session (GstRtcHub * self, Session * session, const gchar * offer)
{
  GstRtcMessage *started =
      gst_rtc_message_new (GST_RTC_MESSAGE_SESSION_STARTED);
  GstRtcMessage *start = gst_rtc_message_new (GST_RTC_MESSAGE_START_SESSION);

  started->peer_id = g_strdup (session->producer_id);
  started->session_id = g_strdup (session->id);
  send (self, session->consumer_id, started);

  start->peer_id = g_strdup (session->consumer_id);
  start->session_id = g_strdup (session->id);
  start->offer = g_strdup (offer);
  send (self, session->producer_id, start);
}

static void
refuse_session (GstRtcHub * self, Peer * from, Peer * to)
{
  g_autofree gchar *from_roles = roles_to_text (from);
  g_autofree gchar *to_roles = roles_to_text (to);

  refuse (self, from->id, "Missing a producer or a consumer: id %s roles "
      "[%s], id %s roles [%s]", from->id, from_roles, to->id, to_roles);
}

static void
handle_start_session (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  Peer *from = get_peer (self, peer_id);
  Peer *to = get_peer (self, message->peer_id);
  Session *session;

  if (!from || !to) {
    refuse (self, peer_id, "Peer with ID '%s' not found",
        from ? message->peer_id : peer_id);
    return;
  }

  if (has_role (to, GST_RTC_PEER_ROLE_PRODUCER)) {
    session = add_session (self, to, from);
  } else if (has_role (to, GST_RTC_PEER_ROLE_CONSUMER)) {
    session = add_session (self, from, to);
  } else {
    refuse_session (self, from, to);
    return;
  }

  announce_session (self, session, message->offer);
}

/* The session, if there is one and @peer_id is part of it. One that does not
 * exist gets no answer: it may just have ended. */
static Session *
get_session (GstRtcHub * self, const gchar * peer_id, const gchar * session_id,
    const gchar ** ret_other_id)
{
  Session *session = g_hash_table_lookup (self->sessions, session_id);

  if (!session)
    return NULL;

  if (g_str_equal (session->producer_id, peer_id)) {
    *ret_other_id = session->consumer_id;
  } else if (g_str_equal (session->consumer_id, peer_id)) {
    *ret_other_id = session->producer_id;
  } else {
    refuse (self, peer_id, "Peer %s is not part of %s", peer_id, session_id);
    return NULL;
  }

  return session;
}

static void
handle_peer (GstRtcHub * self, const gchar * peer_id, GstRtcMessage * message)
{
  const gchar *other_id;
  Session *session =
      get_session (self, peer_id, message->session_id, &other_id);

  if (!session)
    return;

  if (message->payload == GST_RTC_PAYLOAD_OFFER &&
      !g_str_equal (session->producer_id, peer_id)) {
    refuse (self, peer_id, "cannot forward offer from \"%s\" to \"%s\" as "
        "\"%s\" is not the producer", peer_id, other_id, peer_id);
    return;
  }

  send (self, other_id, gst_rtc_message_ref (message));
}

static void
handle_end_session (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  Peer *peer = get_peer (self, peer_id);
  const gchar *other_id;
  Session *session =
      get_session (self, peer_id, message->session_id, &other_id);

  if (!session)
    return;

  if (message->text && peer && peer->version == GST_RTC_PROTOCOL_V1_0) {
    refuse (self, peer_id, "Invalid end session message with error from peer "
        "'%s', minimum protocol version is 1.1", peer_id);
    return;
  }

  send_end (self, session, other_id, message->text);
  forget_session (self, session);
}

static void
handle_list (GstRtcHub * self, const gchar * peer_id, GstRtcMessageType type)
{
  GstRtcMessage *list = gst_rtc_message_new (type);
  GstRtcPeerRole role = type == GST_RTC_MESSAGE_LIST ?
      GST_RTC_PEER_ROLE_PRODUCER : GST_RTC_PEER_ROLE_CONSUMER;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Peer *peer = value;

    if (has_role (peer, role))
      g_ptr_array_add (list->peers, gst_rtc_peer_info_new (peer->id,
              peer->status->meta));
  }

  send (self, peer_id, list);
}

static void
begin (GstRtcHub * self)
{
  g_assert (!self->outputs);
  self->outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) output_free);
}

GstRtcHub *
gst_rtc_hub_new (void)
{
  GstRtcHub *self = g_new0 (GstRtcHub, 1);

  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) peer_free);
  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) session_free);
  self->listeners = g_hash_table_new (NULL, NULL);

  return self;
}

void
gst_rtc_hub_free (GstRtcHub * self)
{
  g_hash_table_unref (self->listeners);
  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->peers);
  g_free (self);
}

GPtrArray *
gst_rtc_hub_connect (GstRtcHub * self, const gchar * peer_id)
{
  GstRtcMessage *welcome = gst_rtc_message_new (GST_RTC_MESSAGE_WELCOME);
  Peer *peer = g_new0 (Peer, 1);

  g_assert (!get_peer (self, peer_id));

  peer->id = g_strdup (peer_id);
  peer->status = new_status (NULL, NULL, NULL);
  peer->sessions = g_ptr_array_new ();
  g_hash_table_insert (self->peers, peer->id, peer);

  begin (self);
  welcome->peer_id = g_strdup (peer_id);
  send (self, peer_id, welcome);

  return g_steal_pointer (&self->outputs);
}

GPtrArray *
gst_rtc_hub_disconnect (GstRtcHub * self, const gchar * peer_id)
{
  g_autoptr (GstRtcMessage) gone = NULL;
  Peer *peer = get_peer (self, peer_id);

  begin (self);
  if (!peer)
    return g_steal_pointer (&self->outputs);

  peer->is_gone = TRUE;
  g_hash_table_remove (self->listeners, peer);
  end_sessions_as (self, peer, GST_RTC_PEER_ROLE_PRODUCER);
  end_sessions_as (self, peer, GST_RTC_PEER_ROLE_CONSUMER);

  gone = new_status (peer->id, NULL, peer->status->meta);
  tell_listeners (self, gone);
  g_hash_table_remove (self->peers, peer_id);

  return g_steal_pointer (&self->outputs);
}

GPtrArray *
gst_rtc_hub_handle (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  Peer *peer = get_peer (self, peer_id);
  gboolean is_first = peer && !peer->has_spoken;

  begin (self);
  if (peer)
    peer->has_spoken = TRUE;

  switch (message->type) {
    case GST_RTC_MESSAGE_SET_PROTOCOL_VERSION:
      handle_set_protocol_version (self, peer_id, is_first, message);
      break;
    case GST_RTC_MESSAGE_SET_PEER_STATUS:
      handle_set_peer_status (self, peer_id, message);
      break;
    case GST_RTC_MESSAGE_START_SESSION:
      handle_start_session (self, peer_id, message);
      break;
    case GST_RTC_MESSAGE_PEER:
      handle_peer (self, peer_id, message);
      break;
    case GST_RTC_MESSAGE_END_SESSION:
    case GST_RTC_MESSAGE_END_SESSION_V1_1:
      handle_end_session (self, peer_id, message);
      break;
    case GST_RTC_MESSAGE_LIST:
    case GST_RTC_MESSAGE_LIST_CONSUMERS:
      handle_list (self, peer_id, message->type);
      break;
    default:
      /* a message for clients: the parser lets none through */
      g_assert_not_reached ();
  }

  return g_steal_pointer (&self->outputs);
}

guint
gst_rtc_hub_get_n_sessions (GstRtcHub * self)
{
  return g_hash_table_size (self->sessions);
}
