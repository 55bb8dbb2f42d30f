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
 *
 * A peer may do what its grant says, and sees and reaches the peers of its
 * room only. Another connection may become a peer that there is already
 * (gst_rtc_hub_resume): nobody else is told.
 */

#include "hub.h"

typedef struct
{
  gchar *id;
  /* The stored status: what setPeerStatus said, with the peer's id once there
   * was one */
  GstRtcMessage *status;
  GstRtcMay may;
  gchar *room;                  /* nullable, which is a room as well */
  GstRtcProtocolVersion version;
  gboolean has_spoken;
  gboolean has_acted;           /* said more than its version */
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
  guint max_sessions;           /* that a peer can ask for */

  GHashTable *peers;            /* id -> Peer */
  GHashTable *sessions;         /* id -> Session */
  GHashTable *listeners;        /* set of Peer, unowned */
  GHashTable *offering;         /* set of producers and passive consumers */

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
  g_free (peer->room);
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
same_room (Peer * a, Peer * b)
{
  return g_strcmp0 (a->room, b->room) == 0;
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

/* FALSE, and told so, if @peer may not do that */
static gboolean
check_may (GstRtcHub * self, Peer * peer, GstRtcMay may, const gchar * what)
{
  if (peer->may & may)
    return TRUE;

  refuse (self, peer->id, "Peer %s is not allowed to %s", peer->id, what);
  return FALSE;
}

static void
tell_listeners (GstRtcHub * self, Peer * peer, GstRtcMessage * status)
{
  GHashTableIter iter;
  gpointer listener;

  g_hash_table_iter_init (&iter, self->listeners);
  while (g_hash_table_iter_next (&iter, &listener, NULL)) {
    if (same_room (listener, peer))
      send (self, ((Peer *) listener)->id, gst_rtc_message_ref (status));
  }
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
set_in (GHashTable * peers, Peer * peer, gboolean is_in)
{
  if (is_in)
    g_hash_table_add (peers, peer);
  else
    g_hash_table_remove (peers, peer);
}

static void
store_status (GstRtcHub * self, Peer * peer, GstRtcMessage * message)
{
  gst_rtc_message_unref (peer->status);
  peer->status = new_status (peer->id, message->roles, message->meta);

  set_in (self->listeners, peer, has_role (peer, GST_RTC_PEER_ROLE_LISTENER));
  set_in (self->offering, peer, has_role (peer, GST_RTC_PEER_ROLE_PRODUCER)
      || has_role (peer, GST_RTC_PEER_ROLE_CONSUMER));
}

static gboolean
may_have_status (GstRtcHub * self, Peer * peer, GstRtcMessage * message)
{
  static const struct
  {
    GstRtcPeerRole role;
    GstRtcMay may;
    const gchar *what;
  } needs[] = {
    {GST_RTC_PEER_ROLE_PRODUCER, GST_RTC_MAY_PRODUCE, "produce"},
    {GST_RTC_PEER_ROLE_CONSUMER, GST_RTC_MAY_CONSUME, "consume"},
    {GST_RTC_PEER_ROLE_LISTENER, GST_RTC_MAY_LIST, "listen"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (needs); i++) {
    if (gst_rtc_message_has_role (message, needs[i].role)
        && !check_may (self, peer, needs[i].may, needs[i].what))
      return FALSE;
  }

  return TRUE;
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
  if (!may_have_status (self, peer, message))
    return;

  if (has_role (peer, GST_RTC_PEER_ROLE_PRODUCER) && !produces)
    end_sessions_as (self, peer, GST_RTC_PEER_ROLE_PRODUCER);
  else if (has_role (peer, GST_RTC_PEER_ROLE_CONSUMER) && !consumes)
    end_sessions_as (self, peer, GST_RTC_PEER_ROLE_CONSUMER);

  store_status (self, peer, message);
  tell_listeners (self, peer, peer->status);
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

static gboolean
may_start_session (GstRtcHub * self, Peer * from, gboolean as_producer)
{
  if (as_producer ? !check_may (self, from, GST_RTC_MAY_PRODUCE, "produce") :
      !check_may (self, from, GST_RTC_MAY_CONSUME, "consume"))
    return FALSE;
  if (from->sessions->len < self->max_sessions)
    return TRUE;

  refuse (self, from->id, "Peer %s has too many sessions", from->id);
  return FALSE;
}

static void
handle_start_session (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  Peer *from = get_peer (self, peer_id);
  Peer *to = get_peer (self, message->peer_id);
  Session *session;
  gboolean produces;

  /* who is in another room is nowhere */
  if (from && to && !same_room (from, to))
    to = NULL;
  if (!from || !to) {
    refuse (self, peer_id, "Peer with ID '%s' not found",
        from ? message->peer_id : peer_id);
    return;
  }

  produces = has_role (to, GST_RTC_PEER_ROLE_PRODUCER);
  if (!produces && !has_role (to, GST_RTC_PEER_ROLE_CONSUMER)) {
    refuse_session (self, from, to);
    return;
  }
  if (!may_start_session (self, from, !produces))
    return;

  session = add_session (self, produces ? to : from, produces ? from : to);
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
send_list (GstRtcHub * self, const gchar * peer_id, GstRtcMessageType type)
{
  GstRtcMessage *list = gst_rtc_message_new (type);
  GstRtcPeerRole role = type == GST_RTC_MESSAGE_LIST ?
      GST_RTC_PEER_ROLE_PRODUCER : GST_RTC_PEER_ROLE_CONSUMER;
  Peer *asking = get_peer (self, peer_id);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->offering);
  while (g_hash_table_iter_next (&iter, &value, NULL)) {
    Peer *peer = value;

    if (has_role (peer, role) && (!asking || same_room (peer, asking)))
      g_ptr_array_add (list->peers, gst_rtc_peer_info_new (peer->id,
              peer->status->meta));
  }

  send (self, peer_id, list);
}

static void
handle_list (GstRtcHub * self, const gchar * peer_id, GstRtcMessageType type)
{
  Peer *peer = get_peer (self, peer_id);

  if (!peer || check_may (self, peer, GST_RTC_MAY_LIST, "list"))
    send_list (self, peer_id, type);
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

  self->max_sessions = G_MAXUINT;
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) peer_free);
  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) session_free);
  self->listeners = g_hash_table_new (NULL, NULL);
  self->offering = g_hash_table_new (NULL, NULL);

  return self;
}

void
gst_rtc_hub_free (GstRtcHub * self)
{
  g_hash_table_unref (self->listeners);
  g_hash_table_unref (self->offering);
  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->peers);
  g_free (self);
}

/* How many sessions a peer can have when it asks for another one */
void
gst_rtc_hub_set_max_sessions (GstRtcHub * self, guint max_sessions)
{
  self->max_sessions = max_sessions;
}

GPtrArray *
gst_rtc_hub_connect (GstRtcHub * self, const gchar * peer_id,
    const GstRtcGrant * grant)
{
  GstRtcMessage *welcome = gst_rtc_message_new (GST_RTC_MESSAGE_WELCOME);
  Peer *peer = g_new0 (Peer, 1);

  g_assert (!get_peer (self, peer_id));

  peer->id = g_strdup (peer_id);
  peer->status = new_status (NULL, NULL, NULL);
  peer->may = grant ? grant->may : GST_RTC_MAY_ALL;
  peer->room = grant ? g_strdup (grant->room) : NULL;
  peer->sessions = g_ptr_array_new ();
  g_hash_table_insert (self->peers, peer->id, peer);

  begin (self);
  welcome->peer_id = g_strdup (peer_id);
  send (self, peer_id, welcome);

  return g_steal_pointer (&self->outputs);
}

static void
forget_status (GstRtcHub * self, Peer * peer)
{
  set_in (self->listeners, peer, FALSE);
  set_in (self->offering, peer, FALSE);
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
  forget_status (self, peer);
  end_sessions_as (self, peer, GST_RTC_PEER_ROLE_PRODUCER);
  end_sessions_as (self, peer, GST_RTC_PEER_ROLE_CONSUMER);

  gone = new_status (peer->id, NULL, peer->status->meta);
  tell_listeners (self, peer, gone);
  g_hash_table_remove (self->peers, peer_id);

  return g_steal_pointer (&self->outputs);
}

static GstRtcMessage *
new_welcome (Peer * peer, GstRtcResumed resumed)
{
  GstRtcMessage *welcome = gst_rtc_message_new (GST_RTC_MESSAGE_WELCOME);

  welcome->peer_id = g_strdup (peer->id);
  welcome->resumed = resumed;
  if (resumed == GST_RTC_RESUMED_YES) {
    welcome->sessions = g_new0 (gchar *, peer->sessions->len + 1);
    for (guint i = 0; i < peer->sessions->len; i++)
      welcome->sessions[i] =
          g_strdup (((Session *) g_ptr_array_index (peer->sessions, i))->id);
  }

  return welcome;
}

/* Whether @old_id can be taken over by the connection that is @peer_id: it has
 * done nothing yet, and is let into the same room */
gboolean
gst_rtc_hub_can_resume (GstRtcHub * self, const gchar * peer_id,
    const gchar * old_id)
{
  Peer *peer = get_peer (self, peer_id);
  Peer *old = get_peer (self, old_id);

  return peer && old && peer != old && !peer->has_acted
      && peer->sessions->len == 0 && same_room (peer, old);
}

/* The connection of @peer_id is @old_id's from now on; @peer_id was never
 * there. With @old_id NULL there is nobody to take over: it is told. */
GPtrArray *
gst_rtc_hub_resume (GstRtcHub * self, const gchar * peer_id,
    const gchar * old_id)
{
  Peer *peer = get_peer (self, peer_id);
  Peer *old = old_id ? get_peer (self, old_id) : NULL;

  begin (self);
  if (old) {
    g_assert (gst_rtc_hub_can_resume (self, peer_id, old_id));
    old->version = peer->version;
    old->may = peer->may;
    g_hash_table_remove (self->peers, peer_id);
    send (self, old_id, new_welcome (old, GST_RTC_RESUMED_YES));
  } else if (peer) {
    send (self, peer_id, new_welcome (peer, GST_RTC_RESUMED_NO));
  }

  return g_steal_pointer (&self->outputs);
}

GPtrArray *
gst_rtc_hub_handle (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  Peer *peer = get_peer (self, peer_id);
  gboolean is_first = peer && !peer->has_spoken;

  begin (self);
  if (peer) {
    peer->has_spoken = TRUE;
    peer->has_acted |= message->type != GST_RTC_MESSAGE_SET_PROTOCOL_VERSION;
  }

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

guint
gst_rtc_hub_count_role (GstRtcHub * self, GstRtcPeerRole role)
{
  GHashTable *peers = role == GST_RTC_PEER_ROLE_LISTENER ? self->listeners :
      self->offering;
  GHashTableIter iter;
  gpointer peer;
  guint n = 0;

  g_hash_table_iter_init (&iter, peers);
  while (g_hash_table_iter_next (&iter, &peer, NULL))
    n += has_role (peer, role);

  return n;
}
