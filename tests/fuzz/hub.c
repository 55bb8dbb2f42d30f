/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A byte string is a script of what four peers do to the hub; each step is a
 * verb, the peer who acts, and what the verb wants. Sessions are named by
 * their place among those that live, so that scripts get deep.
 *
 * A model beside the hub knows which peers and sessions there are, from what
 * the hub sends alone. It says: nothing goes to a peer that is not there;
 * each session begins and ends for both of its peers, and for nobody else;
 * what goes out can be read by a client. */

#include "common.h"

#include <string.h>

#include "ext/signalling/hub.h"

#define N_PEERS 4
#define NOBODY N_PEERS
#define MAX_STEPS 500

typedef enum
{
  VERB_CONNECT,
  VERB_DISCONNECT,
  VERB_STATUS,
  VERB_START,
  VERB_PEER,
  VERB_END,
  VERB_LIST,
  VERB_VERSION,
  VERB_RESUME,
  VERB_TEXT,
  N_VERBS
} Verb;

typedef struct
{
  gchar *id;
  guint producer;
  guint consumer;
  gboolean announced;           /* to the producer as well */
} Session;

typedef struct
{
  const guint8 *data;
  gsize size;

  GstRtcHub *hub;
  guint actor;
  gboolean leaves;              /* the actor, in this step */
  gboolean is_here[N_PEERS + 1];
  gboolean has_spoken[N_PEERS + 1];
  GstRtcProtocolVersion version[N_PEERS + 1];
  GPtrArray *sessions;          /* element-type Session */
} Play;

static const gchar *const peer_ids[] = { "p0", "p1", "p2", "p3", "nobody" };

static void
session_free (Session * session)
{
  g_free (session->id);
  g_free (session);
}

static guint8
take_byte (Play * self)
{
  if (self->size == 0)
    return 0;

  self->size--;
  return *self->data++;
}

static guint
peer_from_id (const gchar * id)
{
  guint peer = 0;

  while (peer < NOBODY && g_strcmp0 (peer_ids[peer], id) != 0)
    peer++;

  return peer;
}

static Session *
find_session (Play * self, const gchar * id)
{
  for (guint i = 0; i < self->sessions->len; i++) {
    Session *session = g_ptr_array_index (self->sessions, i);

    if (g_str_equal (session->id, id))
      return session;
  }

  return NULL;
}

/* The session that @peer is told of because the other side did something */
static Session *
expect_session (Play * self, guint peer, const gchar * id)
{
  Session *session = find_session (self, id);

  g_assert_nonnull (session);
  g_assert (session->announced);
  g_assert ((session->producer == peer && session->consumer == self->actor) ||
      (session->consumer == peer && session->producer == self->actor));

  return session;
}

static void
on_session_started (Play * self, guint peer, GstRtcMessage * message)
{
  Session *session = g_new0 (Session, 1);

  g_assert_null (find_session (self, message->session_id));
  session->id = g_strdup (message->session_id);
  session->consumer = peer;
  session->producer = peer_from_id (message->peer_id);
  g_assert (self->is_here[session->producer]);
  g_assert (self->actor == session->consumer
      || self->actor == session->producer);
  g_ptr_array_add (self->sessions, session);
}

static void
on_start_session (Play * self, guint peer, GstRtcMessage * message)
{
  Session *session = find_session (self, message->session_id);

  g_assert_nonnull (session);
  g_assert (!session->announced);
  g_assert_cmpuint (session->producer, ==, peer);
  g_assert_cmpstr (message->peer_id, ==, peer_ids[session->consumer]);
  session->announced = TRUE;
}

static void
on_end_session (Play * self, guint peer, GstRtcMessage * message)
{
  Session *session = expect_session (self, peer, message->session_id);

  g_assert_cmpint (message->type, ==,
      self->version[peer] == GST_RTC_PROTOCOL_V1_0 ?
      GST_RTC_MESSAGE_END_SESSION : GST_RTC_MESSAGE_END_SESSION_V1_1);
  g_ptr_array_remove (self->sessions, session);
}

static void
on_peer (Play * self, guint peer, GstRtcMessage * message)
{
  Session *session = expect_session (self, peer, message->session_id);

  if (message->payload == GST_RTC_PAYLOAD_OFFER)
    g_assert_cmpuint (session->producer, ==, self->actor);
}

static void
check_readable (GstRtcMessage * message)
{
  g_autofree gchar *text = gst_rtc_message_to_text (message, GST_RTC_TO_CLIENT);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstRtcMessage) again =
      gst_rtc_message_from_text (GST_RTC_TO_CLIENT, text, strlen (text),
      &error);

  g_assert_no_error (error);
  g_assert_cmpint (again->type, ==, message->type);
}

static void
check_output (Play * self, GstRtcHubOutput * output)
{
  const guint peer = peer_from_id (output->peer_id);

  /* who asks gets an answer even before the welcome */
  g_assert (self->is_here[peer] || (peer == self->actor && !self->leaves));
  check_readable (output->message);

  switch (output->message->type) {
    case GST_RTC_MESSAGE_SESSION_STARTED:
      on_session_started (self, peer, output->message);
      break;
    case GST_RTC_MESSAGE_START_SESSION:
      on_start_session (self, peer, output->message);
      break;
    case GST_RTC_MESSAGE_END_SESSION:
    case GST_RTC_MESSAGE_END_SESSION_V1_1:
      on_end_session (self, peer, output->message);
      break;
    case GST_RTC_MESSAGE_PEER:
      on_peer (self, peer, output->message);
      break;
    case GST_RTC_MESSAGE_LIST:
    case GST_RTC_MESSAGE_LIST_CONSUMERS:
    case GST_RTC_MESSAGE_ERROR:
      g_assert_cmpuint (peer, ==, self->actor);
      break;
    default:
      break;
  }
}

/* Nobody is told of the end of a session with oneself, but by oneself */
static void
forget_own_sessions (Play * self, guint peer)
{
  for (guint i = self->sessions->len; i > 0; i--) {
    Session *session = g_ptr_array_index (self->sessions, i - 1);

    if (session->producer == peer && session->consumer == peer)
      g_ptr_array_remove_index (self->sessions, i - 1);
  }
}

/* Takes over @outputs */
static void
check_outputs (Play * self, GPtrArray * outputs)
{
  for (guint i = 0; i < outputs->len; i++)
    check_output (self, g_ptr_array_index (outputs, i));
  g_ptr_array_unref (outputs);

  if (self->leaves)
    forget_own_sessions (self, self->actor);
  for (guint i = 0; i < self->sessions->len; i++) {
    Session *session = g_ptr_array_index (self->sessions, i);

    g_assert (session->announced);
    g_assert (self->is_here[session->producer]);
    g_assert (self->is_here[session->consumer]);
  }
  g_assert_cmpuint (gst_rtc_hub_get_n_sessions (self->hub), ==,
      self->sessions->len);
}

static void
come (Play * self)
{
  if (self->actor == NOBODY || self->is_here[self->actor])
    return;

  self->is_here[self->actor] = TRUE;
  self->has_spoken[self->actor] = FALSE;
  self->version[self->actor] = GST_RTC_PROTOCOL_V1_0;
  check_outputs (self, gst_rtc_hub_connect (self->hub, peer_ids[self->actor],
          NULL));
}

static void
leave (Play * self)
{
  self->is_here[self->actor] = FALSE;
  self->leaves = TRUE;
  check_outputs (self, gst_rtc_hub_disconnect (self->hub,
          peer_ids[self->actor]));
  self->leaves = FALSE;
}

static void
say (Play * self, GstRtcMessage * message)
{
  if (message->type == GST_RTC_MESSAGE_SET_PROTOCOL_VERSION &&
      !self->has_spoken[self->actor])
    self->version[self->actor] = message->version;
  self->has_spoken[self->actor] = self->is_here[self->actor];
  check_outputs (self, gst_rtc_hub_handle (self->hub, peer_ids[self->actor],
          message));
}

static void
check_sessions (Play * self, guint peer, gchar ** sessions)
{
  guint n = 0;

  for (guint i = 0; i < self->sessions->len; i++) {
    Session *session = g_ptr_array_index (self->sessions, i);

    if (session->producer != peer && session->consumer != peer)
      continue;
    g_assert (g_strv_contains ((const gchar * const *) sessions, session->id));
    n++;
  }
  g_assert_cmpuint (g_strv_length (sessions), ==, n);
}

static void
choose_newest (Play * self, const gchar * peer_id)
{
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_new (GST_RTC_MESSAGE_SET_PROTOCOL_VERSION);

  message->version = GST_RTC_PROTOCOL_V1_1;
  g_ptr_array_unref (gst_rtc_hub_handle (self->hub, peer_id, message));
}

/* A new connection takes over the actor's peer: it keeps its sessions, and
 * nobody else hears of it. The version is that of the new connection, which
 * may choose it before. */
static void
come_back (Play * self, GstRtcProtocolVersion version)
{
  static const gchar fresh[] = "fresh";
  g_autoptr (GPtrArray) outputs = NULL;
  GstRtcHubOutput *output;

  g_ptr_array_unref (gst_rtc_hub_connect (self->hub, fresh, NULL));
  if (version == GST_RTC_PROTOCOL_V1_1)
    choose_newest (self, fresh);
  if (!gst_rtc_hub_can_resume (self->hub, fresh, peer_ids[self->actor])) {
    g_assert (!self->is_here[self->actor]);
    g_ptr_array_unref (gst_rtc_hub_disconnect (self->hub, fresh));
    return;
  }

  g_assert (self->is_here[self->actor]);
  outputs = gst_rtc_hub_resume (self->hub, fresh, peer_ids[self->actor]);
  g_assert_cmpuint (outputs->len, ==, 1);
  output = g_ptr_array_index (outputs, 0);
  g_assert_cmpstr (output->peer_id, ==, peer_ids[self->actor]);
  check_readable (output->message);
  check_sessions (self, self->actor, output->message->sessions);
  self->version[self->actor] = version;
  self->has_spoken[self->actor] = TRUE;
}

static gchar *
take_session_id (Play * self)
{
  const guint8 place = take_byte (self);
  Session *session;

  if (self->sessions->len == 0 || place >= 240)
    return g_strdup ("no session");

  session = g_ptr_array_index (self->sessions, place % self->sessions->len);
  return g_strdup (session->id);
}

static void
add_roles (Play * self, GstRtcMessage * message)
{
  const guint8 roles = take_byte (self);

  for (guint role = 0; role < 3; role++) {
    if (roles & (1 << role))
      gst_rtc_message_add_role (message, role);
  }
  if (roles & 8)
    message->peer_id = g_strdup (peer_ids[self->actor]);
}

static void
add_payload (Play * self, GstRtcMessage * message)
{
  message->payload = GST_RTC_PAYLOAD_OFFER + take_byte (self) % 3;
  if (message->payload == GST_RTC_PAYLOAD_ICE) {
    message->candidate = g_strdup ("");
    message->sdp_m_line_index = 0;
  } else {
    message->sdp = g_strdup ("v=0");
  }
}

static void
add_end (Play * self, GstRtcMessage * message)
{
  if (take_byte (self) & 1) {
    message->type = GST_RTC_MESSAGE_END_SESSION_V1_1;
    message->text = g_strdup ("enough");
  }
}

/* Any text at all, of a client that is not ours */
static GstRtcMessage *
take_text (Play * self)
{
  gsize length = take_byte (self);
  const gchar *text = (const gchar *) self->data;

  length = MIN (length, self->size);
  self->data += length;
  self->size -= length;

  return length == 0 ? NULL :
      gst_rtc_message_from_text (GST_RTC_TO_SERVER, text, length, NULL);
}

static GstRtcMessage *
take_message (Play * self, Verb verb)
{
  static const GstRtcMessageType types[N_VERBS] = {
    [VERB_STATUS] = GST_RTC_MESSAGE_SET_PEER_STATUS,
    [VERB_START] = GST_RTC_MESSAGE_START_SESSION,
    [VERB_PEER] = GST_RTC_MESSAGE_PEER,
    [VERB_END] = GST_RTC_MESSAGE_END_SESSION,
    [VERB_LIST] = GST_RTC_MESSAGE_LIST,
    [VERB_VERSION] = GST_RTC_MESSAGE_SET_PROTOCOL_VERSION,
  };
  GstRtcMessage *message;

  if (verb == VERB_TEXT)
    return take_text (self);

  message = gst_rtc_message_new (types[verb]);
  if (verb == VERB_PEER || verb == VERB_END)
    message->session_id = take_session_id (self);
  if (verb == VERB_STATUS)
    add_roles (self, message);
  else if (verb == VERB_START)
    message->peer_id = g_strdup (peer_ids[take_byte (self) % (N_PEERS + 1)]);
  else if (verb == VERB_PEER)
    add_payload (self, message);
  else if (verb == VERB_END)
    add_end (self, message);
  else if (verb == VERB_LIST && take_byte (self) & 1)
    message->type = GST_RTC_MESSAGE_LIST_CONSUMERS;
  else if (verb == VERB_VERSION)
    message->version = take_byte (self) & 1;

  return message;
}

static void
step (Play * self)
{
  const Verb verb = take_byte (self) % N_VERBS;
  const guint8 who = take_byte (self);

  self->actor = who % (N_PEERS + 1);
  if (verb == VERB_CONNECT) {
    come (self);
  } else if (verb == VERB_DISCONNECT) {
    leave (self);
  } else if (verb == VERB_RESUME) {
    come_back (self, who & 0x80 ?
        GST_RTC_PROTOCOL_V1_1 : GST_RTC_PROTOCOL_V1_0);
  } else {
    g_autoptr (GstRtcMessage) message = take_message (self, verb);

    if (message)
      say (self, message);
  }
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  Play play = { data, size, gst_rtc_hub_new (), };

  play.sessions =
      g_ptr_array_new_with_free_func ((GDestroyNotify) session_free);
  for (guint i = 0; i < MAX_STEPS && play.size > 0; i++)
    step (&play);

  for (play.actor = 0; play.actor < N_PEERS; play.actor++)
    leave (&play);
  g_assert_cmpuint (play.sessions->len, ==, 0);

  g_ptr_array_unref (play.sessions);
  gst_rtc_hub_free (play.hub);

  return 0;
}
