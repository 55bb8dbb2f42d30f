/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub's sessions: who may have one, what passes in them, how they end */

#include "hub-private.h"

static void
send_end (GstRtcHub * self, GstRtcHubSession * session, const gchar * peer_id,
    const gchar * error)
{
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);
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
  gst_rtc_hub_send (self, peer_id, message);
}

static void
forget_session (GstRtcHub * self, GstRtcHubSession * session)
{
  GstRtcHubPeer *producer = gst_rtc_hub_get_peer (self, session->producer_id);
  GstRtcHubPeer *consumer = gst_rtc_hub_get_peer (self, session->consumer_id);

  if (producer)
    g_ptr_array_remove (producer->sessions, session);
  if (consumer && consumer != producer)
    g_ptr_array_remove (consumer->sessions, session);
  g_hash_table_remove (self->sessions, session->id);
}

/* Ends the sessions in which @peer has this part, and tells the others */
void
gst_rtc_hub_end_sessions_as (GstRtcHub * self, GstRtcHubPeer * peer,
    GstRtcPeerRole part)
{
  g_autoptr (GPtrArray) sessions =
      g_ptr_array_copy (peer->sessions, NULL, NULL);

  for (guint i = 0; i < sessions->len; i++) {
    GstRtcHubSession *session = g_ptr_array_index (sessions, i);
    gboolean produces = g_str_equal (session->producer_id, peer->id);

    if (produces != (part == GST_RTC_PEER_ROLE_PRODUCER))
      continue;
    send_end (self, session,
        produces ? session->consumer_id : session->producer_id, NULL);
    forget_session (self, session);
  }
}

static gchar *
roles_to_text (GstRtcHubPeer * peer)
{
  static const gchar *const names[] = { "Producer", "Listener", "Consumer" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < peer->status->roles->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
        names[g_array_index (peer->status->roles, GstRtcPeerRole, i)]);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static GstRtcHubSession *
add_session (GstRtcHub * self, GstRtcHubPeer * producer,
    GstRtcHubPeer * consumer)
{
  GstRtcHubSession *session = g_new (GstRtcHubSession, 1);

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
announce_session (GstRtcHub * self, GstRtcHubSession * session,
    const gchar * offer)
{
  GstRtcMessage *started =
      gst_rtc_message_new (GST_RTC_MESSAGE_SESSION_STARTED);
  GstRtcMessage *start = gst_rtc_message_new (GST_RTC_MESSAGE_START_SESSION);

  started->peer_id = g_strdup (session->producer_id);
  started->session_id = g_strdup (session->id);
  gst_rtc_hub_send (self, session->consumer_id, started);

  start->peer_id = g_strdup (session->consumer_id);
  start->session_id = g_strdup (session->id);
  start->offer = g_strdup (offer);
  gst_rtc_hub_send (self, session->producer_id, start);
}

static void
refuse_session (GstRtcHub * self, GstRtcHubPeer * from, GstRtcHubPeer * to)
{
  g_autofree gchar *from_roles = roles_to_text (from);
  g_autofree gchar *to_roles = roles_to_text (to);

  gst_rtc_hub_refuse (self, from->id,
      "Missing a producer or a consumer: id %s roles " "[%s], id %s roles [%s]",
      from->id, from_roles, to->id, to_roles);
}

static gboolean
may_start_session (GstRtcHub * self, GstRtcHubPeer * from, gboolean as_producer)
{
  if (as_producer ? !gst_rtc_hub_check_may (self, from, GST_RTC_MAY_PRODUCE,
          "produce") : !gst_rtc_hub_check_may (self, from, GST_RTC_MAY_CONSUME,
          "consume"))
    return FALSE;
  if (from->sessions->len < self->max_sessions)
    return TRUE;

  gst_rtc_hub_refuse (self, from->id, "Peer %s has too many sessions",
      from->id);
  return FALSE;
}

void
gst_rtc_hub_handle_start_session (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  GstRtcHubPeer *from = gst_rtc_hub_get_peer (self, peer_id);
  GstRtcHubPeer *to = gst_rtc_hub_get_peer (self, message->peer_id);
  GstRtcHubSession *session;
  gboolean produces;

  /* who is in another room is nowhere */
  if (from && to && !gst_rtc_hub_same_room (from, to))
    to = NULL;
  if (!from || !to) {
    gst_rtc_hub_refuse (self, peer_id, "Peer with ID '%s' not found",
        from ? message->peer_id : peer_id);
    return;
  }

  produces = gst_rtc_hub_peer_has_role (to, GST_RTC_PEER_ROLE_PRODUCER);
  if (!produces && !gst_rtc_hub_peer_has_role (to, GST_RTC_PEER_ROLE_CONSUMER)) {
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
static GstRtcHubSession *
get_session (GstRtcHub * self, const gchar * peer_id, const gchar * session_id,
    const gchar ** ret_other_id)
{
  GstRtcHubSession *session = g_hash_table_lookup (self->sessions, session_id);

  if (!session)
    return NULL;

  if (g_str_equal (session->producer_id, peer_id)) {
    *ret_other_id = session->consumer_id;
  } else if (g_str_equal (session->consumer_id, peer_id)) {
    *ret_other_id = session->producer_id;
  } else {
    gst_rtc_hub_refuse (self, peer_id, "Peer %s is not part of %s", peer_id,
        session_id);
    return NULL;
  }

  return session;
}

void
gst_rtc_hub_handle_peer (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  const gchar *other_id;
  GstRtcHubSession *session =
      get_session (self, peer_id, message->session_id, &other_id);

  if (!session)
    return;

  if (message->payload == GST_RTC_PAYLOAD_OFFER &&
      !g_str_equal (session->producer_id, peer_id)) {
    gst_rtc_hub_refuse (self, peer_id,
        "cannot forward offer from \"%s\" to \"%s\" as "
        "\"%s\" is not the producer", peer_id, other_id, peer_id);
    return;
  }

  gst_rtc_hub_send (self, other_id, gst_rtc_message_ref (message));
}

void
gst_rtc_hub_handle_end_session (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message)
{
  GstRtcHubPeer *peer = gst_rtc_hub_get_peer (self, peer_id);
  const gchar *other_id;
  GstRtcHubSession *session =
      get_session (self, peer_id, message->session_id, &other_id);

  if (!session)
    return;

  if (message->text && peer && peer->version == GST_RTC_PROTOCOL_V1_0) {
    gst_rtc_hub_refuse (self, peer_id,
        "Invalid end session message with error from peer "
        "'%s', minimum protocol version is 1.1", peer_id);
    return;
  }

  send_end (self, session, other_id, message->text);
  forget_session (self, session);
}
