/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The default signaller: speaks the protocol of our signalling server over a
 * WebSocket.
 *
 * The object holds the properties and may be used from any thread. start()
 * makes a link (wslink.c: socket, thread, reconnection) and a Dialog, the
 * state of the talk with the server, which belongs to that link's context and
 * ends with it:
 *
 *     opened  -> setProtocolVersion
 *     welcome -> setPeerStatus; listeners: list; consumers: startSession
 *
 * and the same again after a reconnection. A consumer asks for its session
 * once: it does not ask again for one that it had.
 *
 * connect-to-first-producer: registers as a listener as well, so that it is
 * told of producers, and asks the first one; if that is refused, the next.
 *
 * Signals are emitted on the link's context, with no lock held.
 */

#include "wssignaller.h"

#include "dialog.h"
#include "iceservers.h"
#include "log.h"
#include "wslink.h"
#include "wsuri.h"

#define DEFAULT_URI "ws://127.0.0.1:8443/"

enum
{
  PROP_0,
  PROP_MANUAL_SDP_MUNGING,
  PROP_URI,
  PROP_PRODUCER_PEER_ID,
  PROP_CAFILE,
  PROP_ROLE,
  PROP_CLIENT_ID,
  PROP_HEADERS,
  PROP_INSECURE_TLS,
  PROP_CONNECT_TO_FIRST_PRODUCER,
  PROP_ICE_SERVERS,
  PROP_UNIX_SOCKET,
  N_PROPS
};

struct _GstRtcWebSocketSignaller
{
  GObject parent_instance;

  GMutex lock;
  /* guarded by lock */
  GUri *uri;                    /* what to connect to */
  gchar *shown_uri;
  gchar *producer_peer_id;
  gboolean connect_to_first;
  gchar *unix_socket;           /* nullable */
  gchar *cafile;
  gboolean insecure_tls;
  GstRtcSignallerRole role;
  GstStructure *headers;
  gchar *client_id;
  gchar **ice_servers;          /* nullable */
  GstRtcWsLink *link;           /* NULL while stopped */
};

static GParamSpec *properties[N_PROPS];

static void signaller_init (GstRtcSignallerInterface * iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstRtcWebSocketSignaller,
    gst_rtc_web_socket_signaller, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (GST_RTC_TYPE_SIGNALLER, signaller_init);
    gst_rtc_signalling_log_init ());

static GstRtcWsLink *
ref_link (GstRtcWebSocketSignaller * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->link ? gst_rtc_ws_link_ref (self->link) : NULL;
}

/* FALSE if @link is no longer the one in use */
static gboolean
take_client_id (GstRtcWebSocketSignaller * self, GstRtcWsLink * link,
    const gchar * id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->link != link)
    return FALSE;

  g_free (self->client_id);
  self->client_id = g_strdup (id);

  return TRUE;
}

/* The newest ones count: credentials expire */
static void
take_ice_servers (GstRtcWebSocketSignaller * self, GstRtcWsLink * link,
    JsonNode * servers)
{
  g_mutex_lock (&self->lock);
  if (self->link == link) {
    g_strfreev (self->ice_servers);
    self->ice_servers = gst_rtc_ice_uris_from_json (servers);
  }
  g_mutex_unlock (&self->lock);
}

static void
on_opened (gpointer owner, GstRtcWsLink * link, gpointer run)
{
  gst_rtc_dialog_open (run, link);
}

static void
on_received (gpointer owner, GstRtcWsLink * link, gpointer run,
    const gchar * text, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_from_text (GST_RTC_TO_CLIENT, text, length, &error);

  gst_rtc_dialog_count_message (run);
  if (!message) {
    GST_WARNING_OBJECT (owner, "message of the server dropped: %s",
        error->message);
    return;
  }

  GST_LOG_OBJECT (owner, "received %s",
      gst_rtc_message_type_name (message->type));
  if (message->type == GST_RTC_MESSAGE_WELCOME
      && gst_rtc_dialog_is_welcomed_by (run, message)) {
    if (!take_client_id (owner, link, message->peer_id))
      return;
    GST_INFO_OBJECT (owner, "welcomed as %s", message->peer_id);
    gst_rtc_ws_link_confirm (link);
    g_object_notify_by_pspec (owner, properties[PROP_CLIENT_ID]);
  }
  if (message->ice_servers)
    take_ice_servers (owner, link, message->ice_servers);
  gst_rtc_dialog_handle (run, owner, link, message);
}

static void
on_failed (gpointer owner, GstRtcWsLink * link, gpointer run,
    const gchar * message)
{
  gst_rtc_signaller_emit_error (owner, message);
}

static void
on_poked (gpointer owner, GstRtcWsLink * link, gpointer run)
{
  gst_rtc_dialog_update_meta (run, owner, link);
}

static const GstRtcWsCallbacks link_callbacks = {
  .opened = on_opened,
  .received = on_received,
  .failed = on_failed,
  .poked = on_poked,
};

/* With the lock held */
static GstRtcWsLink *
new_link_locked (GstRtcWebSocketSignaller * self)
{
  GstRtcDialog *dialog = gst_rtc_dialog_new (self->role,
      self->producer_peer_id, self->connect_to_first);
  GstRtcWsSettings settings = {
    .uri = self->uri,
    .unix_socket = self->unix_socket,
    .cafile = self->cafile,
    .insecure_tls = self->insecure_tls,
    .headers = self->headers,
  };

  return gst_rtc_ws_link_new (G_OBJECT (self), &settings, &link_callbacks,
      dialog, (GDestroyNotify) gst_rtc_dialog_free);
}

static void
gst_rtc_web_socket_signaller_start (GstRtcSignaller * signaller)
{
  GstRtcWebSocketSignaller *self = GST_RTC_WEB_SOCKET_SIGNALLER (signaller);
  g_autoptr (GstRtcWsLink) link = NULL;

  g_mutex_lock (&self->lock);
  if (!self->link) {
    self->link = new_link_locked (self);
    link = gst_rtc_ws_link_ref (self->link);
  }
  g_mutex_unlock (&self->lock);

  if (link)
    gst_rtc_ws_link_start (link);
  else
    GST_WARNING_OBJECT (self, "started already");
}

static void
gst_rtc_web_socket_signaller_stop (GstRtcSignaller * signaller)
{
  GstRtcWebSocketSignaller *self = GST_RTC_WEB_SOCKET_SIGNALLER (signaller);
  g_autoptr (GstRtcWsLink) link = NULL;

  g_mutex_lock (&self->lock);
  link = g_steal_pointer (&self->link);
  g_clear_pointer (&self->client_id, g_free);
  g_clear_pointer (&self->ice_servers, g_strfreev);
  g_mutex_unlock (&self->lock);

  if (link)
    gst_rtc_ws_link_stop (link);
}

static void
send_message (GstRtcSignaller * signaller, GstRtcMessage * message)
{
  g_autoptr (GstRtcWsLink) link =
      ref_link (GST_RTC_WEB_SOCKET_SIGNALLER (signaller));

  if (!link) {
    GST_DEBUG_OBJECT (signaller, "not started, message dropped");
    return;
  }
  if (message->type == GST_RTC_MESSAGE_END_SESSION
      || message->type == GST_RTC_MESSAGE_END_SESSION_V1_1)
    gst_rtc_dialog_forget_session (gst_rtc_ws_link_get_run (link),
        message->session_id);
  gst_rtc_dialog_send (link, message);
}

static void
gst_rtc_web_socket_signaller_send_sdp (GstRtcSignaller * signaller,
    const gchar * session_id, GstWebRTCSessionDescription * description)
{
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_new (GST_RTC_MESSAGE_PEER);

  message->session_id = g_strdup (session_id);
  message->payload = description->type == GST_WEBRTC_SDP_TYPE_OFFER ?
      GST_RTC_PAYLOAD_OFFER : GST_RTC_PAYLOAD_ANSWER;
  message->sdp = gst_rtc_description_to_text (description);
  if (message->sdp)
    send_message (signaller, message);
  else
    GST_WARNING_OBJECT (signaller, "session %s: description without SDP",
        session_id);
}

static void
gst_rtc_web_socket_signaller_add_ice (GstRtcSignaller * signaller,
    const gchar * session_id, const gchar * candidate, guint sdp_m_line_index,
    const gchar * sdp_mid)
{
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_new (GST_RTC_MESSAGE_PEER);

  message->session_id = g_strdup (session_id);
  message->payload = GST_RTC_PAYLOAD_ICE;
  message->candidate = g_strdup (candidate);
  message->sdp_m_line_index = sdp_m_line_index;
  message->sdp_mid = g_strdup (sdp_mid);
  send_message (signaller, message);
}

static void
gst_rtc_web_socket_signaller_end_session (GstRtcSignaller * signaller,
    const gchar * session_id)
{
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_new (GST_RTC_MESSAGE_END_SESSION);

  message->session_id = g_strdup (session_id);
  send_message (signaller, message);
}

static void
gst_rtc_web_socket_signaller_end_session_with_error (GstRtcSignaller *
    signaller, const gchar * session_id, const gchar * error)
{
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_new (GST_RTC_MESSAGE_END_SESSION_V1_1);

  message->session_id = g_strdup (session_id);
  message->text = g_strdup (error);
  send_message (signaller, message);
}

static void
signaller_init (GstRtcSignallerInterface * iface)
{
  iface->start = gst_rtc_web_socket_signaller_start;
  iface->stop = gst_rtc_web_socket_signaller_stop;
  iface->send_sdp = gst_rtc_web_socket_signaller_send_sdp;
  iface->add_ice = gst_rtc_web_socket_signaller_add_ice;
  iface->end_session = gst_rtc_web_socket_signaller_end_session;
  iface->end_session_with_error =
      gst_rtc_web_socket_signaller_end_session_with_error;
}

/* With the lock held */
static void
set_uri_locked (GstRtcWebSocketSignaller * self, const gchar * text)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *peer_id = NULL;
  gboolean connect_to_first = FALSE;
  GUri *uri = gst_rtc_ws_uri_parse (text ? text : "", &peer_id,
      &connect_to_first, &error);

  if (!uri) {
    GST_ERROR_OBJECT (self, "invalid URI, the old one stays: %s",
        error->message);
    return;
  }

  g_uri_unref (self->uri);
  self->uri = uri;
  if (self->role == GST_RTC_SIGNALLER_ROLE_CONSUMER) {
    if (peer_id) {
      g_free (self->producer_peer_id);
      self->producer_peer_id = g_steal_pointer (&peer_id);
    }
    self->connect_to_first |= connect_to_first;
  } else if (peer_id || connect_to_first) {
    GST_WARNING_OBJECT (self, "only a consumer connects to a producer");
  }
  g_free (self->shown_uri);
  self->shown_uri = gst_rtc_ws_uri_show (uri, self->producer_peer_id,
      self->connect_to_first);
}

static void
set_producer_peer_id_locked (GstRtcWebSocketSignaller * self, const gchar * id)
{
  if (self->role != GST_RTC_SIGNALLER_ROLE_CONSUMER) {
    GST_WARNING_OBJECT (self, "only a consumer connects to a producer");
    return;
  }

  g_free (self->producer_peer_id);
  self->producer_peer_id = g_strdup (id);
}

static void
gst_rtc_web_socket_signaller_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstRtcWebSocketSignaller *self = GST_RTC_WEB_SOCKET_SIGNALLER (object);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  switch (id) {
    case PROP_URI:
      set_uri_locked (self, g_value_get_string (value));
      break;
    case PROP_PRODUCER_PEER_ID:
      set_producer_peer_id_locked (self, g_value_get_string (value));
      break;
    case PROP_UNIX_SOCKET:
      g_free (self->unix_socket);
      self->unix_socket = g_value_dup_string (value);
      break;
    case PROP_CAFILE:
      g_free (self->cafile);
      self->cafile = g_value_dup_string (value);
      break;
    case PROP_ROLE:
      self->role = g_value_get_enum (value);
      break;
    case PROP_HEADERS:
      g_clear_pointer (&self->headers, gst_structure_free);
      self->headers = g_value_dup_boxed (value);
      break;
    case PROP_INSECURE_TLS:
      self->insecure_tls = g_value_get_boolean (value);
      break;
    case PROP_CONNECT_TO_FIRST_PRODUCER:
      self->connect_to_first = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_web_socket_signaller_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec)
{
  GstRtcWebSocketSignaller *self = GST_RTC_WEB_SOCKET_SIGNALLER (object);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  switch (id) {
    case PROP_MANUAL_SDP_MUNGING:
      g_value_set_boolean (value, FALSE);
      break;
    case PROP_URI:
      g_value_set_string (value, self->shown_uri);
      break;
    case PROP_PRODUCER_PEER_ID:
      g_value_set_string (value, self->producer_peer_id);
      break;
    case PROP_UNIX_SOCKET:
      g_value_set_string (value, self->unix_socket);
      break;
    case PROP_CAFILE:
      g_value_set_string (value, self->cafile);
      break;
    case PROP_ROLE:
      g_value_set_enum (value, self->role);
      break;
    case PROP_CLIENT_ID:
      g_value_set_string (value, self->client_id);
      break;
    case PROP_HEADERS:
      g_value_set_boxed (value, self->headers);
      break;
    case PROP_INSECURE_TLS:
      g_value_set_boolean (value, self->insecure_tls);
      break;
    case PROP_CONNECT_TO_FIRST_PRODUCER:
      g_value_set_boolean (value, self->connect_to_first);
      break;
    case PROP_ICE_SERVERS:
      g_value_set_boxed (value, self->ice_servers);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_web_socket_signaller_dispose (GObject * object)
{
  gst_rtc_web_socket_signaller_stop (GST_RTC_SIGNALLER (object));

  G_OBJECT_CLASS (gst_rtc_web_socket_signaller_parent_class)->dispose (object);
}

static void
gst_rtc_web_socket_signaller_finalize (GObject * object)
{
  GstRtcWebSocketSignaller *self = GST_RTC_WEB_SOCKET_SIGNALLER (object);

  g_uri_unref (self->uri);
  g_free (self->shown_uri);
  g_free (self->producer_peer_id);
  g_free (self->unix_socket);
  g_free (self->cafile);
  g_clear_pointer (&self->headers, gst_structure_free);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_rtc_web_socket_signaller_parent_class)->finalize (object);
}

static void
add_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  properties[PROP_MANUAL_SDP_MUNGING] =
      g_param_spec_boolean ("manual-sdp-munging", "Manual SDP munging",
      "Whether the signaller runs the munging hook by itself", FALSE,
      read_only);
  properties[PROP_URI] = g_param_spec_string ("uri", "URI",
      "The signalling server, ws:// or wss://", NULL, flags);
  properties[PROP_PRODUCER_PEER_ID] =
      g_param_spec_string ("producer-peer-id", "Producer peer id",
      "The producer a consumer connects to", NULL, flags);
  properties[PROP_CAFILE] = g_param_spec_string ("cafile", "CA file",
      "PEM file of the authorities that are trusted instead of the system's",
      NULL, flags);
  properties[PROP_ROLE] = g_param_spec_enum ("role", "Role",
      "What the signaller is to the others", GST_RTC_TYPE_SIGNALLER_ROLE,
      GST_RTC_SIGNALLER_ROLE_CONSUMER, flags);
  properties[PROP_CLIENT_ID] = g_param_spec_string ("client-id", "Client id",
      "The id that the server gave, while connected", NULL, read_only);
  properties[PROP_HEADERS] = g_param_spec_boxed ("headers", "Headers",
      "Further headers of the request that opens the connection",
      GST_TYPE_STRUCTURE, flags);
  properties[PROP_INSECURE_TLS] = g_param_spec_boolean ("insecure-tls",
      "Insecure TLS", "Take any certificate", FALSE, flags);
  /* an addition: what the element property of that name sets */
  properties[PROP_CONNECT_TO_FIRST_PRODUCER] =
      g_param_spec_boolean ("connect-to-first-producer",
      "Connect to first producer",
      "Connect to the first producer there is, or wait for one", FALSE, flags);
  /* an addition: what the elements use when the user named no servers */
  properties[PROP_ICE_SERVERS] = g_param_spec_boxed ("ice-servers",
      "ICE servers", "STUN and TURN servers that the signalling server named, "
      "with credentials", G_TYPE_STRV, read_only);
  /* an addition: for a server that has no port */
  properties[PROP_UNIX_SOCKET] = g_param_spec_string ("unix-socket",
      "Unix socket", "Connect through this Unix socket, and name the host of "
      "the URI only", NULL, flags);
  g_object_class_install_properties (klass, N_PROPS, properties);
}

static void
gst_rtc_web_socket_signaller_class_init (GstRtcWebSocketSignallerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = gst_rtc_web_socket_signaller_set_property;
  object_class->get_property = gst_rtc_web_socket_signaller_get_property;
  object_class->dispose = gst_rtc_web_socket_signaller_dispose;
  object_class->finalize = gst_rtc_web_socket_signaller_finalize;
  add_properties (object_class);
}

static void
gst_rtc_web_socket_signaller_init (GstRtcWebSocketSignaller * self)
{
  gchar *peer_id = NULL;
  gboolean connect_to_first = FALSE;

  g_mutex_init (&self->lock);
  self->uri = gst_rtc_ws_uri_parse (DEFAULT_URI, &peer_id, &connect_to_first,
      NULL);
  self->shown_uri = g_strdup (DEFAULT_URI);
}

GstRtcSignaller *
gst_rtc_web_socket_signaller_new (GstRtcSignallerRole role)
{
  return g_object_new (GST_RTC_TYPE_WEB_SOCKET_SIGNALLER, "role", role, NULL);
}

/* Asks for the metadata once more and tells the server, if connected.
 * Thread: any */
void
gst_rtc_web_socket_signaller_update_meta (GstRtcWebSocketSignaller * self)
{
  g_autoptr (GstRtcWsLink) link = ref_link (self);

  if (link)
    gst_rtc_ws_link_poke (link);
}
