/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a signaller says to the server and what it makes of the answers: the
 * client's side of the protocol, for one run of the signaller.
 *
 * Lives on the context of its link. The signaller's signals are emitted from
 * here; a handler may stop the signaller, the dialog lives until the link
 * has come back from its callback.
 *
 * The session a consumer asks for:
 *
 *     IDLE --startSession--> ASKED --sessionStarted--> HAD
 *       ^----- refused, or connection lost -----'
 *
 * Coming back (docs/protocol-extensions.md): with the token of the connection
 * that was lost, the first welcome of a new one is not ours yet; the second
 * one says who we are, and which sessions there still are.
 */

#include "dialog.h"

#include "log.h"
#include "metajson.h"
#include "producers.h"

typedef enum
{
  SESSION_IDLE,
  SESSION_ASKED,
  SESSION_HAD,
} SessionState;

struct _GstRtcDialog
{
  /* constant */
  GstRtcSignallerRole role;
  gchar *producer_peer_id;      /* nullable */
  gboolean connect_to_first;

  gboolean welcomed;
  gchar *client_id;
  GstRtcProducers *producers;
  SessionState session;
  gchar *asked_id;

  gchar *resume_token;          /* nullable: of the last connection */
  gboolean is_resuming;         /* with it, in this connection */
  guint64 n_received;           /* messages, in this connection */
  guint64 n_last_received;      /* in the one that the token is of */

  GMutex lock;
  /* guarded by lock: others may end a session */
  GHashTable *sessions;         /* set of ids: those that we know of */
};

/* A consumer without a producer in view waits for one to open a session */
static void
add_roles (GstRtcDialog * self, GstRtcMessage * status)
{
  switch (self->role) {
    case GST_RTC_SIGNALLER_ROLE_PRODUCER:
      gst_rtc_message_add_role (status, GST_RTC_PEER_ROLE_PRODUCER);
      break;
    case GST_RTC_SIGNALLER_ROLE_LISTENER:
      gst_rtc_message_add_role (status, GST_RTC_PEER_ROLE_LISTENER);
      break;
    case GST_RTC_SIGNALLER_ROLE_CONSUMER:
      if (self->connect_to_first && !self->producer_peer_id)
        gst_rtc_message_add_role (status, GST_RTC_PEER_ROLE_LISTENER);
      else if (!self->producer_peer_id)
        gst_rtc_message_add_role (status, GST_RTC_PEER_ROLE_CONSUMER);
      break;
  }
}

/* What must be said before anything else can be */
static void
send_now (GstRtcWsLink * link, GstRtcMessage * message)
{
  gst_rtc_ws_link_send_now (link, gst_rtc_message_to_text (message,
          GST_RTC_TO_SERVER));
}

static void
send_status (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link)
{
  g_autoptr (GstRtcMessage) status =
      gst_rtc_message_new (GST_RTC_MESSAGE_SET_PEER_STATUS);
  GstStructure *meta = gst_rtc_signaller_emit_request_meta (signaller);

  status->peer_id = g_strdup (self->client_id);
  status->resumable = self->resume_token != NULL;
  if (self->is_resuming) {
    status->resume_token = g_strdup (self->resume_token);
    status->received = self->n_last_received;
  }
  add_roles (self, status);
  if (meta) {
    status->meta = gst_rtc_json_from_structure (meta);
    gst_structure_free (meta);
  }
  send_now (link, status);
}

static void
send_plain (GstRtcWsLink * link, GstRtcMessageType type)
{
  g_autoptr (GstRtcMessage) message = gst_rtc_message_new (type);

  gst_rtc_dialog_send (link, message);
}

static void
ask_for_session (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, const gchar * producer_id)
{
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_new (GST_RTC_MESSAGE_START_SESSION);

  GST_INFO_OBJECT (signaller, "asking %s for a session", producer_id);
  message->peer_id = g_strdup (producer_id);
  gst_rtc_dialog_send (link, message);
  g_free (self->asked_id);
  self->asked_id = g_strdup (producer_id);
  self->session = SESSION_ASKED;
}

static gboolean
looks_for_first (GstRtcDialog * self)
{
  return self->role == GST_RTC_SIGNALLER_ROLE_CONSUMER
      && self->connect_to_first && !self->producer_peer_id;
}

static void
look_for_producer (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link)
{
  const gchar *id;

  if (!looks_for_first (self) || self->session != SESSION_IDLE)
    return;

  id = gst_rtc_producers_find_willing (self->producers);
  if (id)
    ask_for_session (self, signaller, link, id);
}

static void
take_token (GstRtcDialog * self, GstRtcMessage * welcome)
{
  g_free (self->resume_token);
  self->resume_token = g_strdup (welcome->resume_token);
}

static void
look_around (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link)
{
  if (self->role == GST_RTC_SIGNALLER_ROLE_LISTENER || looks_for_first (self))
    send_plain (link, GST_RTC_MESSAGE_LIST);
  else if (self->role == GST_RTC_SIGNALLER_ROLE_CONSUMER
      && self->producer_peer_id && self->session == SESSION_IDLE) {
    /* for its metadata */
    send_plain (link, GST_RTC_MESSAGE_LIST);
    ask_for_session (self, signaller, link, self->producer_peer_id);
  }
}

static void
add_session (GstRtcDialog * self, const gchar * id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_hash_table_add (self->sessions, g_strdup (id));
}

/* Removes those that are not among @sessions, and returns them */
static GPtrArray *
take_missing (GstRtcDialog * self, gchar ** sessions)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GPtrArray *missing = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->sessions);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (g_strv_contains ((const gchar * const *) sessions, id))
      continue;
    g_ptr_array_add (missing, g_strdup (id));
    g_hash_table_iter_remove (&iter);
  }

  return missing;
}

/* What ended while we were away, and was not told */
static void
end_missing_sessions (GstRtcDialog * self, GstRtcSignaller * signaller,
    gchar ** sessions)
{
  g_autoptr (GPtrArray) missing = sessions ? take_missing (self, sessions) :
      g_ptr_array_new ();

  for (guint i = 0; i < missing->len; i++) {
    const gchar *gone = g_ptr_array_index (missing, i);

    GST_INFO_OBJECT (signaller, "session %s ended meanwhile", gone);
    gst_rtc_signaller_emit_session_ended (signaller, gone);
  }
}

/* The server has: their media may well go on */
static void
forget_sessions (GstRtcDialog * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_hash_table_remove_all (self->sessions);
}

/* What was asked on another connection is not answered any more */
static void
forget_question (GstRtcDialog * self)
{
  if (self->session == SESSION_ASKED)
    self->session = SESSION_IDLE;
}

/* The second welcome: what was sent before it was about the peer it names */
static void
handle_resumed (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, GstRtcMessage * message)
{
  const gboolean resumed = message->resumed == GST_RTC_RESUMED_YES;

  GST_INFO_OBJECT (signaller, resumed ? "back as %s" : "forgotten, now %s",
      message->peer_id);
  self->is_resuming = FALSE;
  if (message->received < 0)
    forget_question (self);
  if (resumed) {
    gst_rtc_ws_link_resume (link, message->received);
    end_missing_sessions (self, signaller, message->sessions);
  } else {
    gst_rtc_ws_link_restart (link);
    forget_sessions (self);
  }
  look_around (self, signaller, link);
}

static void
handle_welcome (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, GstRtcMessage * message)
{
  const gboolean is_ours = gst_rtc_dialog_is_welcomed_by (self, message);

  g_free (self->client_id);
  self->client_id = g_strdup (message->peer_id);
  self->welcomed = is_ours;
  if (message->resumed != GST_RTC_RESUMED_UNSAID) {
    take_token (self, message);
    handle_resumed (self, signaller, link, message);
    return;
  }

  self->is_resuming = !is_ours;
  if (is_ours)
    take_token (self, message);
  send_status (self, signaller, link);
  if (is_ours) {
    forget_question (self);
    forget_sessions (self);
    gst_rtc_ws_link_restart (link);
    look_around (self, signaller, link);
  }
}

static void
handle_list (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, GstRtcMessage * message)
{
  gst_rtc_producers_keep_listed (self->producers, signaller, message);
  for (guint i = 0; i < message->peers->len; i++) {
    GstRtcPeerInfo *info = g_ptr_array_index (message->peers, i);

    /* a consumer that knows whom it wants has no use for the others */
    if (self->role == GST_RTC_SIGNALLER_ROLE_CONSUMER &&
        self->producer_peer_id &&
        !g_str_equal (self->producer_peer_id, info->id))
      continue;
    gst_rtc_producers_set (self->producers, signaller, info->id, info->meta,
        FALSE);
  }
  look_for_producer (self, signaller, link);
}

static void
handle_status (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, GstRtcMessage * message)
{
  if (!message->peer_id)
    return;

  if (gst_rtc_message_has_role (message, GST_RTC_PEER_ROLE_PRODUCER)) {
    gst_rtc_producers_set (self->producers, signaller, message->peer_id,
        message->meta, TRUE);
    look_for_producer (self, signaller, link);
  } else {
    gst_rtc_producers_remove (self->producers, signaller, message->peer_id);
  }
}

static void
end_bad_session (GstRtcSignaller * signaller, GstRtcWsLink * link,
    const gchar * session_id, const gchar * why)
{
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_new (GST_RTC_MESSAGE_END_SESSION_V1_1);

  GST_WARNING_OBJECT (signaller, "session %s ended: %s", session_id, why);
  message->session_id = g_strdup (session_id);
  message->text = g_strdup (why);
  gst_rtc_dialog_send (link, message);
}

static void
handle_start_session (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, GstRtcMessage * message)
{
  g_autoptr (GError) error = NULL;

  if (self->role != GST_RTC_SIGNALLER_ROLE_PRODUCER) {
    end_bad_session (signaller, link, message->session_id,
        "this peer does not produce");
    return;
  }

  GST_INFO_OBJECT (signaller, "peer %s asks for session %s",
      message->peer_id, message->session_id);
  add_session (self, message->session_id);
  if (!gst_rtc_signaller_emit_session_requested_text (signaller,
          message->session_id, message->peer_id, message->offer, &error))
    end_bad_session (signaller, link, message->session_id, error->message);
}

static void
handle_session_started (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcMessage * message)
{
  GST_INFO_OBJECT (signaller, "session %s with %s started",
      message->session_id, message->peer_id);
  self->session = SESSION_HAD;
  add_session (self, message->session_id);
  gst_rtc_signaller_emit_session_started (signaller, message->session_id,
      message->peer_id);
}

static void
handle_description (GstRtcSignaller * signaller, GstRtcWsLink * link,
    GstRtcMessage * message)
{
  GstWebRTCSDPType type = message->payload == GST_RTC_PAYLOAD_OFFER ?
      GST_WEBRTC_SDP_TYPE_OFFER : GST_WEBRTC_SDP_TYPE_ANSWER;
  g_autoptr (GError) error = NULL;

  if (gst_rtc_signaller_emit_session_description_text (signaller,
          message->session_id, type, message->sdp, &error))
    return;

  end_bad_session (signaller, link, message->session_id, error->message);
  gst_rtc_signaller_emit_session_ended_with_error (signaller,
      message->session_id, error->message);
}

static void
handle_peer (GstRtcSignaller * signaller, GstRtcWsLink * link,
    GstRtcMessage * message)
{
  if (message->payload != GST_RTC_PAYLOAD_ICE)
    handle_description (signaller, link, message);
  else if (message->sdp_m_line_index < 0)
    GST_WARNING_OBJECT (signaller, "session %s: candidate without an m-line "
        "index dropped", message->session_id);
  else
    gst_rtc_signaller_emit_handle_ice (signaller, message->session_id,
        message->sdp_m_line_index, message->sdp_mid, message->candidate);
}

/* Errors have no id: while we wait for a session they are taken for the
 * answer to that, all others are only told */
static void
handle_error (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, GstRtcMessage * message)
{
  g_autofree gchar *text = NULL;

  GST_WARNING_OBJECT (signaller, "error from the server: %s", message->text);
  if (self->session != SESSION_ASKED)
    return;

  self->session = SESSION_IDLE;
  if (looks_for_first (self)) {
    gst_rtc_producers_refuse (self->producers, self->asked_id);
    look_for_producer (self, signaller, link);
    return;
  }

  text = g_strdup_printf ("Error message from server: %s", message->text);
  gst_rtc_signaller_emit_error (signaller, text);
}

/* It has ended, whoever said so. Thread: any */
void
gst_rtc_dialog_forget_session (GstRtcDialog * self, const gchar * id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_hash_table_remove (self->sessions, id);
}

/* Whether this welcome says who we are: the first one of a connection that is
 * to take over what the last one had does not */
gboolean
gst_rtc_dialog_is_welcomed_by (GstRtcDialog * self, GstRtcMessage * message)
{
  return message->resumed != GST_RTC_RESUMED_UNSAID || !self->resume_token
      || !message->resume_token;
}

GstRtcDialog *
gst_rtc_dialog_new (GstRtcSignallerRole role, const gchar * producer_peer_id,
    gboolean connect_to_first)
{
  GstRtcDialog *self = g_new0 (GstRtcDialog, 1);

  gst_rtc_signalling_log_init ();
  g_mutex_init (&self->lock);
  self->role = role;
  self->producer_peer_id = g_strdup (producer_peer_id);
  self->connect_to_first = connect_to_first;
  self->producers = gst_rtc_producers_new ();
  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);

  return self;
}

void
gst_rtc_dialog_free (GstRtcDialog * self)
{
  g_free (self->producer_peer_id);
  g_free (self->client_id);
  g_free (self->asked_id);
  gst_rtc_producers_free (self->producers);
  g_hash_table_unref (self->sessions);
  g_free (self->resume_token);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* A connection is there, the first one or a later one */
void
gst_rtc_dialog_open (GstRtcDialog * self, GstRtcWsLink * link)
{
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_new (GST_RTC_MESSAGE_SET_PROTOCOL_VERSION);

  if (self->welcomed)
    self->n_last_received = self->n_received;
  self->n_received = 0;
  self->welcomed = FALSE;
  self->is_resuming = FALSE;
  message->version = GST_RTC_PROTOCOL_V1_1;
  send_now (link, message);
}

/* A message came, of whatever kind */
void
gst_rtc_dialog_count_message (GstRtcDialog * self)
{
  self->n_received++;
}

void
gst_rtc_dialog_handle (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, GstRtcMessage * message)
{
  switch (message->type) {
    case GST_RTC_MESSAGE_WELCOME:
      handle_welcome (self, signaller, link, message);
      break;
    case GST_RTC_MESSAGE_LIST:
      handle_list (self, signaller, link, message);
      break;
    case GST_RTC_MESSAGE_PEER_STATUS_CHANGED:
      handle_status (self, signaller, link, message);
      break;
    case GST_RTC_MESSAGE_START_SESSION:
      handle_start_session (self, signaller, link, message);
      break;
    case GST_RTC_MESSAGE_SESSION_STARTED:
      handle_session_started (self, signaller, message);
      break;
    case GST_RTC_MESSAGE_PEER:
      handle_peer (signaller, link, message);
      break;
    case GST_RTC_MESSAGE_END_SESSION:
      GST_INFO_OBJECT (signaller, "session %s ended", message->session_id);
      gst_rtc_dialog_forget_session (self, message->session_id);
      gst_rtc_signaller_emit_session_ended (signaller, message->session_id);
      break;
    case GST_RTC_MESSAGE_END_SESSION_V1_1:
      GST_INFO_OBJECT (signaller, "session %s ended: %s",
          message->session_id, message->text ? message->text : "no error");
      gst_rtc_dialog_forget_session (self, message->session_id);
      gst_rtc_signaller_emit_session_ended_with_error (signaller,
          message->session_id, message->text);
      break;
    case GST_RTC_MESSAGE_ERROR:
      handle_error (self, signaller, link, message);
      break;
    default:
      GST_DEBUG_OBJECT (signaller, "%s is of no use here",
          gst_rtc_message_type_name (message->type));
  }
}

void
gst_rtc_dialog_update_meta (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link)
{
  if (self->welcomed)
    send_status (self, signaller, link);
}

/* Thread: any */
void
gst_rtc_dialog_send (GstRtcWsLink * link, GstRtcMessage * message)
{
  gst_rtc_ws_link_send (link, gst_rtc_message_to_text (message,
          GST_RTC_TO_SERVER));
}
