/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The WebSocket of a client: one connection at a time, as often as it is
 * wanted, whose messages come out of an outbox.
 *
 *     connect() -> opened -> received ... -> closed     (or closed at once)
 *
 * Thread: one, whose thread-default context nobody else uses: what libsoup
 * has begun is waited for in gst_rtc_ws_socket_free(), so that nothing of it,
 * and no descriptor, is left behind.
 */

#include "wssocket.h"

#include <gio/gunixsocketaddress.h>
#include <libsoup/soup.h>

#include "headers.h"
#include "log.h"
#include "protocol.h"
#include "wsclose.h"
#include "timers.h"

#define CONNECT_SECONDS 20
#define KEEPALIVE_SECONDS 30
/* While more messages than that are kept until a pong tells that they arrived.
 * A ping must not be sent before the pong to the one before has come. */
#define MANY_KEPT 16
#define BUSY_KEEPALIVE_SECONDS 5
/* Of silence: both sides ping in half of that */
#define SILENCE_SECONDS 75
#define WATCHDOG_SECONDS 15

struct _GstRtcWsSocket
{
  const GstRtcWsSettings *settings;
  const gchar *name;
  GstRtcOutbox *outbox;
  const GstRtcWsSocketCallbacks *callbacks;
  gpointer user_data;

  GMainContext *context;
  SoupSession *session;
  gboolean has_cafile;
  SoupWebsocketConnection *socket;      /* nullable */
  GCancellable *connecting;     /* nullable */
  GSource *timeout;             /* nullable: of connecting */
  GSource *watchdog;            /* nullable */
  gint64 last_heard;
  gboolean is_ending;
};

static gboolean
is_open (GstRtcWsSocket * self)
{
  return self->socket
      && soup_websocket_connection_get_state (self->socket) ==
      SOUP_WEBSOCKET_STATE_OPEN;
}

/* A server that vanished does not answer to our pings: its end of the
 * connection is not waited for, which would take as long as TCP tries */
static gboolean
on_watchdog (gpointer user_data)
{
  GstRtcWsSocket *self = user_data;

  if (g_get_monotonic_time () - self->last_heard <
      SILENCE_SECONDS * G_TIME_SPAN_SECOND)
    return G_SOURCE_CONTINUE;

  GST_WARNING ("%s: silent for too long", self->name);
  gst_rtc_outbox_hold (self->outbox);
  /* libsoup waits a few seconds for an answer, then it is closed */
  if (is_open (self))
    soup_websocket_connection_close (self->socket,
        SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);

  return G_SOURCE_CONTINUE;
}

static void
use_keepalive (GstRtcWsSocket * self)
{
  const guint seconds = gst_rtc_outbox_count_kept (self->outbox) > MANY_KEPT ?
      BUSY_KEEPALIVE_SECONDS : KEEPALIVE_SECONDS;

  /* libsoup starts to wait anew when it changes */
  if (is_open (self))
    soup_websocket_connection_set_keepalive_interval (self->socket, seconds);
}

static void
on_pong (SoupWebsocketConnection * socket, GBytes * bytes,
    GstRtcWsSocket * self)
{
  self->last_heard = g_get_monotonic_time ();
  gst_rtc_outbox_take_pong (self->outbox);
  use_keepalive (self);
}

static void
on_message (SoupWebsocketConnection * socket, gint type, GBytes * bytes,
    GstRtcWsSocket * self)
{
  self->last_heard = g_get_monotonic_time ();
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    self->callbacks->received (self->user_data, bytes);
  else
    GST_WARNING ("%s: binary frame ignored", self->name);
}

static void
on_error (SoupWebsocketConnection * socket, GError * error,
    GstRtcWsSocket * self)
{
  GST_INFO ("%s: %s", self->name, error->message);
}

/* The last signal of a socket, and the only one in which libsoup holds a
 * reference of its own */
static void
on_closed (SoupWebsocketConnection * socket, GstRtcWsSocket * self)
{
  g_signal_handlers_disconnect_by_data (socket, self);
  g_clear_object (&self->socket);
  gst_rtc_timer_stop (&self->watchdog);
  gst_rtc_outbox_hold (self->outbox);
  self->callbacks->closed (self->user_data, "the connection was closed");
}

static void
watch_socket (GstRtcWsSocket * self, SoupWebsocketConnection * socket)
{
  self->socket = socket;
  soup_websocket_connection_set_max_incoming_payload_size (socket,
      GST_RTC_PROTOCOL_MAX_BYTES);
  soup_websocket_connection_set_keepalive_interval (socket, KEEPALIVE_SECONDS);
  g_signal_connect (socket, "message", G_CALLBACK (on_message), self);
  g_signal_connect (socket, "pong", G_CALLBACK (on_pong), self);
  g_signal_connect (socket, "error", G_CALLBACK (on_error), self);
  g_signal_connect (socket, "closed", G_CALLBACK (on_closed), self);

  self->last_heard = g_get_monotonic_time ();
  self->watchdog =
      gst_rtc_timer_start (self->context, 1000 * WATCHDOG_SECONDS, on_watchdog,
      self);
  GST_INFO ("%s: connected", self->name);
  self->callbacks->opened (self->user_data);
}

static void
on_connected (GObject * session, GAsyncResult * result, gpointer user_data)
{
  GstRtcWsSocket *self = user_data;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *socket =
      soup_session_websocket_connect_finish (SOUP_SESSION (session), result,
      &error);

  g_clear_object (&self->connecting);
  gst_rtc_timer_stop (&self->timeout);
  if (self->is_ending)
    g_clear_object (&socket);
  else if (socket)
    watch_socket (self, socket);
  else
    self->callbacks->closed (self->user_data, g_error_matches (error,
            G_IO_ERROR, G_IO_ERROR_CANCELLED) ? "no answer in time" :
        error->message);
}

static gboolean
on_timeout (gpointer user_data)
{
  GstRtcWsSocket *self = user_data;

  gst_rtc_timer_stop (&self->timeout);
  g_cancellable_cancel (self->connecting);

  return G_SOURCE_REMOVE;
}

/* GIO knows no name that the certificate of a Unix socket could be for, and
 * finds a bad identity in any: it is for the host of the URI */
static gboolean
is_for_our_host (GstRtcWsSocket * self, GTlsCertificate * certificate)
{
  g_autoptr (GSocketConnectable) host =
      g_network_address_new (g_uri_get_host (self->settings->uri), 0);

  return !(g_tls_certificate_verify (certificate, host, NULL) &
      G_TLS_CERTIFICATE_BAD_IDENTITY);
}

static gboolean
on_accept_certificate (SoupMessage * message, GTlsCertificate * certificate,
    GTlsCertificateFlags errors, GstRtcWsSocket * self)
{
  return self->settings->insecure_tls || (self->settings->unix_socket
      && errors == G_TLS_CERTIFICATE_BAD_IDENTITY
      && is_for_our_host (self, certificate));
}

static gboolean
trust_cafile (GstRtcWsSocket * self)
{
  const gchar *cafile = self->settings->cafile;
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *why = NULL;

  if (!cafile || self->has_cafile)
    return TRUE;

  database = g_tls_file_database_new (cafile, &error);
  if (database) {
    soup_session_set_tls_database (self->session, database);
    self->has_cafile = TRUE;
    return TRUE;
  }

  why = g_strdup_printf ("cannot read CA file '%s': %s", cafile,
      error->message);
  self->callbacks->closed (self->user_data, why);
  return FALSE;
}

/* Not while there is a connection */
void
gst_rtc_ws_socket_connect (GstRtcWsSocket * self)
{
  g_autoptr (SoupMessage) message = NULL;

  g_assert (!self->connecting && !self->socket);
  if (!trust_cafile (self))
    return;

  message = soup_message_new_from_uri (SOUP_METHOD_GET, self->settings->uri);
  g_signal_connect (message, "accept-certificate",
      G_CALLBACK (on_accept_certificate), self);
  gst_rtc_headers_add (soup_message_get_request_headers (message),
      self->settings->headers);

  GST_INFO ("%s: connecting", self->name);
  self->connecting = g_cancellable_new ();
  self->timeout =
      gst_rtc_timer_start (self->context, 1000 * CONNECT_SECONDS, on_timeout,
      self);
  soup_session_websocket_connect_async (self->session, message, NULL, NULL,
      G_PRIORITY_DEFAULT, self->connecting, on_connected, self);
}

/* Sends what the outbox lets out */
void
gst_rtc_ws_socket_flush (GstRtcWsSocket * self)
{
  gchar *text;

  while ((text = gst_rtc_outbox_pop (self->outbox))) {
    if (is_open (self))
      soup_websocket_connection_send_text (self->socket, text);
    else
      GST_DEBUG ("%s: not connected, message dropped", self->name);
    g_free (text);
  }
  use_keepalive (self);
}

/* For a thread whose thread-default context is its own. @settings, @name and
 * @outbox must stay. No extension is offered: compressed messages would have
 * no bound. */
GstRtcWsSocket *
gst_rtc_ws_socket_new (const GstRtcWsSettings * settings, const gchar * name,
    GstRtcOutbox * outbox, const GstRtcWsSocketCallbacks * callbacks,
    gpointer user_data)
{
  GstRtcWsSocket *self = g_new0 (GstRtcWsSocket, 1);
  g_autoptr (GSocketAddress) address = settings->unix_socket ?
      g_unix_socket_address_new (settings->unix_socket) : NULL;

  self->settings = settings;
  self->name = name;
  self->outbox = outbox;
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  self->session = soup_session_new_with_options ("timeout", 0,
      "user-agent", "gst-rtc", "remote-connectable", address, NULL);
  soup_session_remove_feature_by_type (self->session,
      SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);

  return self;
}

/* Sends what is left, says goodbye and leaves nothing behind. No callback
 * comes any more. */
void
gst_rtc_ws_socket_free (GstRtcWsSocket * self)
{
  self->is_ending = TRUE;
  gst_rtc_timer_stop (&self->timeout);
  gst_rtc_timer_stop (&self->watchdog);
  if (self->socket) {
    g_signal_handlers_disconnect_by_data (self->socket, self);
    gst_rtc_ws_close (g_steal_pointer (&self->socket), self->outbox);
  }

  if (self->connecting)
    g_cancellable_cancel (self->connecting);
  soup_session_abort (self->session);
  /* an attempt that was cancelled still reports */
  while (self->connecting)
    g_main_context_iteration (self->context, TRUE);
  g_object_unref (self->session);
  while (g_main_context_iteration (self->context, FALSE));

  g_main_context_unref (self->context);
  g_free (self);
}
