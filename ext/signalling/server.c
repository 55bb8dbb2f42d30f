/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The signalling server: WebSockets around a hub.
 *
 * GstRtcSignallingServer holds the properties and may be used from any
 * thread. What it serves lives in a Service, made by start() and gone after
 * stop(), and touched on the server's own thread only:
 *
 *     socket -> libsoup -> Client --(text)--> protocol --> hub
 *                          Client <--(text)--------------- outputs
 *
 * A client's bytes are bounded on the way in by the frame guard. A Client is
 * dropped from an idle source, never from within a signal of its WebSocket,
 * which libsoup would go on using.
 *
 * A page of any origin may open a WebSocket to any address, so a request with
 * an Origin header is only let in when that names the host the request was
 * sent to, or is in allow-origin.
 */

#include "server.h"

#include "frameguard.h"
#include "hub.h"
#include "soupthread.h"

#define KEEPALIVE_SECONDS 30
#define DEFAULT_HOST "0.0.0.0"
#define DEFAULT_PORT 8443

GST_DEBUG_CATEGORY_STATIC (signalling_server_debug);
#define GST_CAT_DEFAULT signalling_server_debug

enum
{
  PROP_0,
  PROP_HOST,
  PROP_PORT,
  PROP_CERT,
  PROP_KEY,
  PROP_HEADERS,
  PROP_ALLOW_ORIGIN,
  N_PROPS
};

/* The server's thread only, but for creation and destruction */
typedef struct
{
  /* constant */
  GstStructure *headers;        /* nullable */
  gchar **allowed_origins;      /* nullable */

  GstRtcHub *hub;
  GHashTable *clients;          /* id -> Client */
  guint n_sockets;              /* WebSockets that are not finalized yet */
  SoupServer *server;           /* unowned */
} Service;

typedef struct
{
  Service *service;
  gchar *id;
  SoupWebsocketConnection *socket;
  GSource *drop;                /* nullable */
} Client;

struct _GstRtcSignallingServer
{
  GObject parent_instance;

  GMutex lock;
  /* guarded by lock */
  gchar *host;
  guint port;
  gchar *cert;
  gchar *key;
  GstStructure *headers;
  gchar *allow_origin;

  /* start() and stop() only, which the owner does not mix */
  GstRtcSoupThread *thread;
  Service *service;
};

static GParamSpec *properties[N_PROPS];

static void
init_debug (void)
{
  GST_DEBUG_CATEGORY_INIT (signalling_server_debug, "webrtcsignalling", 0,
      "signalling server and signaller");
}

G_DEFINE_FINAL_TYPE_WITH_CODE (GstRtcSignallingServer,
    gst_rtc_signalling_server, G_TYPE_OBJECT, init_debug ());

/* Sends each output to its client; consecutive ones of the same message, as
 * for listeners, are made into text once */
static void
deliver (Service * service, GPtrArray * outputs)
{
  g_autofree gchar *text = NULL;
  GstRtcMessage *previous = NULL;

  for (guint i = 0; i < outputs->len; i++) {
    GstRtcHubOutput *output = g_ptr_array_index (outputs, i);
    Client *client = g_hash_table_lookup (service->clients, output->peer_id);

    if (output->message != previous) {
      g_free (text);
      text = gst_rtc_message_to_text (output->message, GST_RTC_TO_CLIENT);
      previous = output->message;
    }
    if (!client || client->drop
        || soup_websocket_connection_get_state (client->socket) !=
        SOUP_WEBSOCKET_STATE_OPEN)
      continue;

    GST_LOG ("to %s: %s", client->id,
        gst_rtc_message_type_name (output->message->type));
    soup_websocket_connection_send_text (client->socket, text);
  }
}

static void
on_socket_finalized (gpointer data, GObject * socket)
{
  Service *service = data;

  service->n_sockets--;
}

static void
client_free (Client * client)
{
  g_signal_handlers_disconnect_by_data (client->socket, client);
  /* libsoup closes the stream before it lets go */
  g_object_unref (client->socket);
  if (client->drop) {
    g_source_destroy (client->drop);
    g_source_unref (client->drop);
  }
  g_free (client->id);
  g_free (client);
}

static gboolean
on_drop (gpointer user_data)
{
  Client *client = user_data;
  Service *service = client->service;
  g_autofree gchar *id = g_strdup (client->id);
  g_autoptr (GPtrArray) outputs = NULL;

  GST_INFO ("client %s left", id);
  g_hash_table_remove (service->clients, id);
  outputs = gst_rtc_hub_disconnect (service->hub, id);
  deliver (service, outputs);

  return G_SOURCE_REMOVE;
}

static void
drop_later (Client * client)
{
  if (client->drop)
    return;

  client->drop = g_idle_source_new ();
  g_source_set_priority (client->drop, G_PRIORITY_DEFAULT);
  g_source_set_callback (client->drop, on_drop, client, NULL);
  g_source_attach (client->drop, g_main_context_get_thread_default ());
}

static void
on_socket_message (SoupWebsocketConnection * socket, gint type,
    GBytes * bytes, Client * client)
{
  g_autoptr (GstRtcMessage) message = NULL;
  g_autoptr (GPtrArray) outputs = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *text;
  gsize length;

  if (client->drop)
    return;
  if (type != SOUP_WEBSOCKET_DATA_TEXT) {
    GST_WARNING ("client %s sent a binary frame, ignored", client->id);
    return;
  }

  text = g_bytes_get_data (bytes, &length);
  message = gst_rtc_message_from_text (GST_RTC_TO_SERVER, text, length, &error);
  if (!message) {
    GST_WARNING ("message of client %s dropped: %s", client->id,
        error->message);
    return;
  }

  GST_LOG ("from %s: %s", client->id,
      gst_rtc_message_type_name (message->type));
  outputs = gst_rtc_hub_handle (client->service->hub, client->id, message);
  deliver (client->service, outputs);
}

static void
on_socket_error (SoupWebsocketConnection * socket, GError * error,
    Client * client)
{
  GST_INFO ("connection of client %s: %s", client->id, error->message);
  drop_later (client);
}

static void
on_socket_closed (SoupWebsocketConnection * socket, Client * client)
{
  drop_later (client);
}

static void
add_client (Service * service, SoupWebsocketConnection * socket,
    const gchar * from)
{
  Client *client = g_new0 (Client, 1);
  g_autoptr (GPtrArray) outputs = NULL;

  client->service = service;
  client->id = g_uuid_string_random ();
  client->socket = g_object_ref (socket);
  g_hash_table_insert (service->clients, client->id, client);
  service->n_sockets++;
  g_object_weak_ref (G_OBJECT (socket), on_socket_finalized, service);

  soup_websocket_connection_set_max_incoming_payload_size (socket,
      GST_RTC_PROTOCOL_MAX_BYTES);
  soup_websocket_connection_set_keepalive_interval (socket, KEEPALIVE_SECONDS);
  g_signal_connect (socket, "message", G_CALLBACK (on_socket_message), client);
  g_signal_connect (socket, "error", G_CALLBACK (on_socket_error), client);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), client);

  GST_INFO ("client %s connected from %s", client->id, from);
  outputs = gst_rtc_hub_connect (service->hub, client->id);
  deliver (service, outputs);
}

static gchar *
host_of (const gchar * uri_text)
{
  g_autoptr (GUri) uri = g_uri_parse (uri_text, SOUP_HTTP_URI_FLAGS, NULL);

  return uri ? g_strdup (g_uri_get_host (uri)) : NULL;
}

/* Host names only: a page served on one port may use the server on another */
static gboolean
is_same_host (const gchar * origin, const gchar * host_header)
{
  g_autofree gchar *uri_text = g_strconcat ("http://", host_header, NULL);
  g_autofree gchar *host = host_of (uri_text);
  g_autofree gchar *origin_host = host_of (origin);

  return host && origin_host && g_ascii_strcasecmp (host, origin_host) == 0;
}

static gboolean
is_origin_allowed (Service * service, SoupMessageHeaders * request)
{
  const gchar *origin = soup_message_headers_get_one (request, "Origin");
  const gchar *host = soup_message_headers_get_one (request, "Host");
  const gchar *const *allowed =
      (const gchar * const *) service->allowed_origins;

  if (!origin)
    return TRUE;
  if (allowed && (g_strv_contains (allowed, "*")
          || g_strv_contains (allowed, origin)))
    return TRUE;

  return host && is_same_host (origin, host);
}

static gboolean
add_header (GQuark field, const GValue * value, gpointer user_data)
{
  SoupMessageHeaders *headers = user_data;
  GValue text = G_VALUE_INIT;

  g_value_init (&text, G_TYPE_STRING);
  if (g_value_transform (value, &text) && g_value_get_string (&text)
      && !strpbrk (g_value_get_string (&text), "\r\n"))
    soup_message_headers_replace (headers, g_quark_to_string (field),
        g_value_get_string (&text));
  else
    GST_WARNING ("header %s cannot be sent", g_quark_to_string (field));
  g_value_unset (&text);

  return TRUE;
}

static void
on_upgraded (SoupServerMessage * message, Service * service)
{
  g_autoptr (SoupServerMessage) keep = g_object_ref (message);
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);
  g_autoptr (SoupWebsocketConnection) socket = NULL;
  SoupMessageHeaders *request =
      soup_server_message_get_request_headers (message);
  const gchar *from = soup_server_message_get_remote_host (message);
  GList *extensions;

  extensions = g_list_append (NULL,
      gst_rtc_frame_guard_new (GST_RTC_PROTOCOL_MAX_BYTES));
  socket = soup_websocket_connection_new (stream,
      soup_server_message_get_uri (message),
      SOUP_WEBSOCKET_CONNECTION_SERVER,
      soup_message_headers_get_one (request, "Origin"), NULL, extensions);
  add_client (service, socket, from ? from : "?");
}

/* No extension is offered: compressed messages would have no bound */
static void
on_request (SoupServer * server, SoupServerMessage * message,
    const gchar * path, GHashTable * query, gpointer user_data)
{
  Service *service = user_data;

  if (!is_origin_allowed (service,
          soup_server_message_get_request_headers (message))) {
    GST_WARNING ("request with a foreign origin refused");
    soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
    return;
  }
  if (!soup_websocket_server_process_handshake (message, NULL, NULL, NULL,
          NULL))
    return;

  if (service->headers)
    gst_structure_foreach (service->headers, add_header,
        soup_server_message_get_response_headers (message));
  g_signal_connect (message, "wrote-informational", G_CALLBACK (on_upgraded),
      service);
}

/* Bodies are of no use here, so they are not kept */
static void
on_request_headers (SoupServer * server, SoupServerMessage * message,
    const gchar * path, GHashTable * query, gpointer user_data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body
      (message), FALSE);
}

static void
begin_service (SoupServer * server, gpointer user_data)
{
  soup_server_add_early_handler (server, NULL, on_request_headers, NULL, NULL);
  soup_server_add_handler (server, NULL, on_request, user_data, NULL);
}

static void
end_service (gpointer user_data)
{
  Service *service = user_data;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, service->clients);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Client *client = value;

    if (soup_websocket_connection_get_state (client->socket) ==
        SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_close (client->socket,
          SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  }
}

static void
abandon_clients (gpointer user_data)
{
  Service *service = user_data;

  g_hash_table_remove_all (service->clients);
}

static gboolean
has_service_ended (gpointer user_data)
{
  Service *service = user_data;

  return service->n_sockets == 0;
}

static const GstRtcSoupCallbacks service_callbacks = {
  .begin = begin_service,
  .end = end_service,
  .abandon = abandon_clients,
  .has_ended = has_service_ended,
};

static Service *
service_new (GstRtcSignallingServer * self)
{
  Service *service = g_new0 (Service, 1);

  service->headers = self->headers ? gst_structure_copy (self->headers) : NULL;
  if (self->allow_origin)
    service->allowed_origins = g_strsplit_set (self->allow_origin, ", ", -1);
  service->hub = gst_rtc_hub_new ();
  service->clients = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) client_free);

  return service;
}

static void
service_free (Service * service)
{
  g_hash_table_unref (service->clients);
  gst_rtc_hub_free (service->hub);
  g_clear_pointer (&service->headers, gst_structure_free);
  g_strfreev (service->allowed_origins);
  g_free (service);
}

static void
replace_text (gchar ** text, const GValue * value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
gst_rtc_signalling_server_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstRtcSignallingServer *self = GST_RTC_SIGNALLING_SERVER (object);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  switch (id) {
    case PROP_HOST:
      replace_text (&self->host, value);
      break;
    case PROP_PORT:
      self->port = g_value_get_uint (value);
      break;
    case PROP_CERT:
      replace_text (&self->cert, value);
      break;
    case PROP_KEY:
      replace_text (&self->key, value);
      break;
    case PROP_HEADERS:
      g_clear_pointer (&self->headers, gst_structure_free);
      self->headers = g_value_dup_boxed (value);
      break;
    case PROP_ALLOW_ORIGIN:
      replace_text (&self->allow_origin, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_signalling_server_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec)
{
  GstRtcSignallingServer *self = GST_RTC_SIGNALLING_SERVER (object);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  switch (id) {
    case PROP_HOST:
      g_value_set_string (value, self->host);
      break;
    case PROP_PORT:
      g_value_set_uint (value, self->port);
      break;
    case PROP_CERT:
      g_value_set_string (value, self->cert);
      break;
    case PROP_KEY:
      g_value_set_string (value, self->key);
      break;
    case PROP_HEADERS:
      g_value_set_boxed (value, self->headers);
      break;
    case PROP_ALLOW_ORIGIN:
      g_value_set_string (value, self->allow_origin);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_signalling_server_dispose (GObject * object)
{
  gst_rtc_signalling_server_stop (GST_RTC_SIGNALLING_SERVER (object));

  G_OBJECT_CLASS (gst_rtc_signalling_server_parent_class)->dispose (object);
}

static void
gst_rtc_signalling_server_finalize (GObject * object)
{
  GstRtcSignallingServer *self = GST_RTC_SIGNALLING_SERVER (object);

  g_free (self->host);
  g_free (self->cert);
  g_free (self->key);
  g_clear_pointer (&self->headers, gst_structure_free);
  g_free (self->allow_origin);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_rtc_signalling_server_parent_class)->finalize (object);
}

static void
gst_rtc_signalling_server_class_init (GstRtcSignallingServerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = gst_rtc_signalling_server_set_property;
  object_class->get_property = gst_rtc_signalling_server_get_property;
  object_class->dispose = gst_rtc_signalling_server_dispose;
  object_class->finalize = gst_rtc_signalling_server_finalize;

  properties[PROP_HOST] = g_param_spec_string ("host", "Host",
      "Name or address to listen on", DEFAULT_HOST, flags);
  properties[PROP_PORT] = g_param_spec_uint ("port", "Port",
      "Port to listen on, 0 for any", 0, G_MAXUINT16, DEFAULT_PORT, flags);
  properties[PROP_CERT] = g_param_spec_string ("cert", "Certificate",
      "PEM file of the TLS certificate chain", NULL, flags);
  properties[PROP_KEY] = g_param_spec_string ("key", "Key",
      "PEM file of the certificate's private key", NULL, flags);
  properties[PROP_HEADERS] = g_param_spec_boxed ("headers", "Headers",
      "Further headers of the upgrade response", GST_TYPE_STRUCTURE, flags);
  properties[PROP_ALLOW_ORIGIN] = g_param_spec_string ("allow-origin",
      "Allow origin", "Origins that are let in besides the server's own "
      "host, with commas between them, or *", NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_rtc_signalling_server_init (GstRtcSignallingServer * self)
{
  g_mutex_init (&self->lock);
  self->host = g_strdup (DEFAULT_HOST);
  self->port = DEFAULT_PORT;
}

GstRtcSignallingServer *
gst_rtc_signalling_server_new (void)
{
  return g_object_new (GST_RTC_TYPE_SIGNALLING_SERVER, NULL);
}

/* Clients can connect when it returns TRUE */
gboolean
gst_rtc_signalling_server_start (GstRtcSignallingServer * self, GError ** error)
{
  g_autoptr (GMutexLocker) locker = NULL;
  g_autofree gchar *host = NULL;
  g_autofree gchar *cert = NULL;
  g_autofree gchar *key = NULL;
  GstRtcSoupAddress address;

  g_return_val_if_fail (!self->thread, FALSE);

  locker = g_mutex_locker_new (&self->lock);
  address.host = host = g_strdup (self->host ? self->host : DEFAULT_HOST);
  address.cert = cert = g_strdup (self->cert);
  address.key = key = g_strdup (self->key);
  address.port = self->port;
  self->service = service_new (self);
  g_clear_pointer (&locker, g_mutex_locker_free);

  self->thread = gst_rtc_soup_thread_new ("rtcsignalling", &address,
      &service_callbacks, self->service, error);
  if (!self->thread) {
    g_clear_pointer (&self->service, service_free);
    return FALSE;
  }

  GST_INFO_OBJECT (self, "listening on %s port %u%s", host,
      gst_rtc_soup_thread_get_port (self->thread), cert ? " with TLS" : "");
  return TRUE;
}

/* Nothing of the server is left when it returns. Not from its own thread. */
void
gst_rtc_signalling_server_stop (GstRtcSignallingServer * self)
{
  if (!self->thread)
    return;

  g_clear_pointer (&self->thread, gst_rtc_soup_thread_free);
  g_clear_pointer (&self->service, service_free);
  GST_INFO_OBJECT (self, "stopped");
}

/* The port clients connect to, or 0 while stopped */
guint
gst_rtc_signalling_server_get_port (GstRtcSignallingServer * self)
{
  return self->thread ? gst_rtc_soup_thread_get_port (self->thread) : 0;
}
