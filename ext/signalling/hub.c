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

#include "hub-private.h"

static void
output_free (GstRtcHubOutput * output)
{
  g_free (output->peer_id);
  gst_rtc_message_unref (output->message);
  g_free (output);
}

static void
session_free (GstRtcHubSession * session)
{
  g_free (session->id);
  g_free (session->producer_id);
  g_free (session->consumer_id);
  g_free (session);
}

static void
peer_free (GstRtcHubPeer * peer)
{
  g_free (peer->id);
  g_free (peer->room);
  gst_rtc_message_unref (peer->status);
  g_ptr_array_unref (peer->sessions);
  g_free (peer);
}

GstRtcHubPeer *
gst_rtc_hub_get_peer (GstRtcHub * self, const gchar * id)
{
  return g_hash_table_lookup (self->peers, id);
}

gboolean
gst_rtc_hub_same_room (GstRtcHubPeer * a, GstRtcHubPeer * b)
{
  return g_strcmp0 (a->room, b->room) == 0;
}

gboolean
gst_rtc_hub_peer_has_role (GstRtcHubPeer * peer, GstRtcPeerRole role)
{
  return gst_rtc_message_has_role (peer->status, role);
}

/* Takes over @message */
void
gst_rtc_hub_send (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  GstRtcHubOutput *output = g_new (GstRtcHubOutput, 1);

  output->peer_id = g_strdup (peer_id);
  output->message = message;
  g_ptr_array_add (self->outputs, output);
}

void
gst_rtc_hub_refuse (GstRtcHub * self, const gchar * peer_id,
    const gchar * format, ...)
{
  GstRtcMessage *message = gst_rtc_message_new (GST_RTC_MESSAGE_ERROR);
  va_list args;

  va_start (args, format);
  message->text = g_strdup_vprintf (format, args);
  va_end (args);
  gst_rtc_hub_send (self, peer_id, message);
}

/* FALSE, and told so, if @peer may not do that */
gboolean
gst_rtc_hub_check_may (GstRtcHub * self, GstRtcHubPeer * peer, GstRtcMay may,
    const gchar * what)
{
  if (peer->may & may)
    return TRUE;

  gst_rtc_hub_refuse (self, peer->id, "Peer %s is not allowed to %s", peer->id,
      what);
  return FALSE;
}

static void
tell_listeners (GstRtcHub * self, GstRtcHubPeer * peer, GstRtcMessage * status)
{
  GHashTableIter iter;
  gpointer listener;

  g_hash_table_iter_init (&iter, self->listeners);
  while (g_hash_table_iter_next (&iter, &listener, NULL)) {
    if (gst_rtc_hub_same_room (listener, peer))
      gst_rtc_hub_send (self, ((GstRtcHubPeer *) listener)->id,
          gst_rtc_message_ref (status));
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
set_in (GHashTable * peers, GstRtcHubPeer * peer, gboolean is_in)
{
  if (is_in)
    g_hash_table_add (peers, peer);
  else
    g_hash_table_remove (peers, peer);
}

static void
store_status (GstRtcHub * self, GstRtcHubPeer * peer, GstRtcMessage * message)
{
  gst_rtc_message_unref (peer->status);
  peer->status = new_status (peer->id, message->roles, message->meta);

  set_in (self->listeners, peer, gst_rtc_hub_peer_has_role (peer,
          GST_RTC_PEER_ROLE_LISTENER));
  set_in (self->offering, peer, gst_rtc_hub_peer_has_role (peer,
          GST_RTC_PEER_ROLE_PRODUCER)
      || gst_rtc_hub_peer_has_role (peer, GST_RTC_PEER_ROLE_CONSUMER));
}

static gboolean
may_have_status (GstRtcHub * self, GstRtcHubPeer * peer,
    GstRtcMessage * message)
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
        && !gst_rtc_hub_check_may (self, peer, needs[i].may, needs[i].what))
      return FALSE;
  }

  return TRUE;
}

static void
handle_set_peer_status (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);
  gboolean produces =
      gst_rtc_message_has_role (message, GST_RTC_PEER_ROLE_PRODUCER);
  gboolean consumes =
      gst_rtc_message_has_role (message, GST_RTC_PEER_ROLE_CONSUMER);

  if (!peer) {
    gst_rtc_hub_refuse (self, peer_id, "Peer '%s' hasn't been welcomed",
        peer_id);
    return;
  }
  if (same_status (peer->status, message))
    return;
  if (produces && consumes) {
    gst_rtc_hub_refuse (self, peer_id,
        "Cannot register peer %s as both producer and " "passive consumer",
        peer_id);
    return;
  }
  if (!may_have_status (self, peer, message))
    return;

  if (gst_rtc_hub_peer_has_role (peer, GST_RTC_PEER_ROLE_PRODUCER) && !produces)
    gst_rtc_hub_end_sessions_as (self, peer, GST_RTC_PEER_ROLE_PRODUCER);
  else if (gst_rtc_hub_peer_has_role (peer, GST_RTC_PEER_ROLE_CONSUMER)
      && !consumes)
    gst_rtc_hub_end_sessions_as (self, peer, GST_RTC_PEER_ROLE_CONSUMER);

  store_status (self, peer, message);
  tell_listeners (self, peer, peer->status);
}

static void
handle_set_protocol_version (GstRtcHub * self, const gchar * peer_id,
    gboolean is_first, GstRtcMessage * message)
{
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);

  if (!peer)
    gst_rtc_hub_refuse (self, peer_id, "Peer '%s' hasn't been welcomed",
        peer_id);
  else if (!is_first)
    gst_rtc_hub_refuse (self, peer_id,
        "Protocol version selection for peer '%s' must be " "first message",
        peer_id);
  else
    peer->version = message->version;
}

static void
send_list (GstRtcHub * self, const gchar * peer_id, GstRtcMessageType type)
{
  GstRtcMessage *list = gst_rtc_message_new (type);
  GstRtcPeerRole role = type == GST_RTC_MESSAGE_LIST ?
      GST_RTC_PEER_ROLE_PRODUCER : GST_RTC_PEER_ROLE_CONSUMER;
  GstRtcHubPeer *asking = gst_rtc_hub_get_peer (self, peer_id);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->offering);
  while (g_hash_table_iter_next (&iter, &value, NULL)) {
    GstRtcHubPeer *peer = value;

    if (gst_rtc_hub_peer_has_role (peer, role) && (!asking
            || gst_rtc_hub_same_room (peer, asking)))
      g_ptr_array_add (list->peers, gst_rtc_peer_info_new (peer->id,
              peer->status->meta));
  }

  gst_rtc_hub_send (self, peer_id, list);
}

static void
handle_list (GstRtcHub * self, const gchar * peer_id, GstRtcMessageType type)
{
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);

  if (!peer || gst_rtc_hub_check_may (self, peer, GST_RTC_MAY_LIST, "list"))
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
  GstRtcHubPeer *peer = g_new0 (GstRtcHubPeer, 1);

  g_assert (!gst_rtc_hub_get_peer (self, peer_id));

  peer->id = g_strdup (peer_id);
  peer->status = new_status (NULL, NULL, NULL);
  peer->may = grant ? grant->may : GST_RTC_MAY_ALL;
  peer->room = grant ? g_strdup (grant->room) : NULL;
  peer->sessions = g_ptr_array_new ();
  g_hash_table_insert (self->peers, peer->id, peer);

  begin (self);
  welcome->peer_id = g_strdup (peer_id);
  gst_rtc_hub_send (self, peer_id, welcome);

  return g_steal_pointer (&self->outputs);
}

static void
forget_status (GstRtcHub * self, GstRtcHubPeer * peer)
{
  set_in (self->listeners, peer, FALSE);
  set_in (self->offering, peer, FALSE);
}

GPtrArray *
gst_rtc_hub_disconnect (GstRtcHub * self, const gchar * peer_id)
{
  g_autoptr (GstRtcMessage) gone = NULL;
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);

  begin (self);
  if (!peer)
    return g_steal_pointer (&self->outputs);

  peer->is_gone = TRUE;
  forget_status (self, peer);
  gst_rtc_hub_end_sessions_as (self, peer, GST_RTC_PEER_ROLE_PRODUCER);
  gst_rtc_hub_end_sessions_as (self, peer, GST_RTC_PEER_ROLE_CONSUMER);

  gone = new_status (peer->id, NULL, peer->status->meta);
  tell_listeners (self, peer, gone);
  g_hash_table_remove (self->peers, peer_id);

  return g_steal_pointer (&self->outputs);
}

static GstRtcMessage *
new_welcome (GstRtcHubPeer * peer, GstRtcResumed resumed)
{
  GstRtcMessage *welcome = gst_rtc_message_new (GST_RTC_MESSAGE_WELCOME);

  welcome->peer_id = g_strdup (peer->id);
  welcome->resumed = resumed;
  if (resumed == GST_RTC_RESUMED_YES) {
    welcome->sessions = g_new0 (gchar *, peer->sessions->len + 1);
    for (guint i = 0; i < peer->sessions->len; i++)
      welcome->sessions[i] =
          g_strdup (((GstRtcHubSession *) g_ptr_array_index (peer->sessions,
                  i))->id);
  }

  return welcome;
}

/* Whether @old_id can be taken over by the connection that is @peer_id: it has
 * done nothing yet, and is let into the same room */
gboolean
gst_rtc_hub_can_resume (GstRtcHub * self, const gchar * peer_id,
    const gchar * old_id)
{
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);
  GstRtcHubPeer *old = gst_rtc_hub_get_peer (self, old_id);

  return peer && old && peer != old && !peer->has_acted
      && peer->sessions->len == 0 && gst_rtc_hub_same_room (peer, old);
}

/* The connection of @peer_id is @old_id's from now on; @peer_id was never
 * there. To ask for that is to act: the version can no longer be chosen, even
 * if the old connection never said a word. With @old_id NULL there is nobody
 * to take over: it is told. */
GPtrArray *
gst_rtc_hub_resume (GstRtcHub * self, const gchar * peer_id,
    const gchar * old_id)
{
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);
  GstRtcHubPeer *old = old_id ? gst_rtc_hub_get_peer (self, old_id) : NULL;

  begin (self);
  if (old) {
    g_assert (gst_rtc_hub_can_resume (self, peer_id, old_id));
    old->version = peer->version;
    old->has_spoken = TRUE;
    old->has_acted = TRUE;
    old->may = peer->may;
    g_hash_table_remove (self->peers, peer_id);
    gst_rtc_hub_send (self, old_id, new_welcome (old, GST_RTC_RESUMED_YES));
  } else if (peer) {
    gst_rtc_hub_send (self, peer_id, new_welcome (peer, GST_RTC_RESUMED_NO));
  }

  return g_steal_pointer (&self->outputs);
}

GPtrArray *
gst_rtc_hub_handle (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);
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
      gst_rtc_hub_handle_start_session (self, peer_id, message);
      break;
    case GST_RTC_MESSAGE_PEER:
      gst_rtc_hub_handle_peer (self, peer_id, message);
      break;
    case GST_RTC_MESSAGE_END_SESSION:
    case GST_RTC_MESSAGE_END_SESSION_V1_1:
      gst_rtc_hub_handle_end_session (self, peer_id, message);
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
    n += gst_rtc_hub_peer_has_role (peer, role);

  return n;
}
