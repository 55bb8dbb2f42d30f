/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A SoupServer on a thread and a context of its own.
 *
 * Everything that can fail (names, certificates, a port that is taken) fails
 * in gst_rtc_soup_thread_new(), on the caller's thread. From then on the
 * server is touched on its thread only, until gst_rtc_soup_thread_free() has
 * told it to quit and joined it.
 *
 * Connections are accepted here and handed to libsoup, because libsoup stops
 * listening for good at the first accept() that fails, for instance when the
 * process is out of descriptors for a moment. The TLS handshake is ours for
 * the same reason, and so that it has a time limit.
 */

#include "soupthread.h"

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "deadlines.h"
#include "listen.h"
#include "log.h"

#define TLS_SECONDS 5
/* until libsoup has a whole request */
#define HANDSHAKE_SECONDS 10
#define RETRY_ACCEPT_MS 100
/* libsoup does not know the socket of a stream it was given, but hands on the
 * address, which has it as data */
#define SOCKET_KEY "gst-rtc-socket"
/* How long clients may take to see the goodbye */
#define END_MS 1000

struct _GstRtcSoupThread
{
  /* set before the thread starts, constant since */
  const GstRtcSoupCallbacks *callbacks;
  gpointer user_data;
  GSocket *socket;
  gchar *unix_socket;           /* nullable: its path */
  guint port;
  guint handshake_seconds;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;

  /* the server's thread only */
  GTlsCertificate *certificate; /* nullable */
  GstRtcDeadlines *deadlines;
  SoupServer *server;
  GSource *accept_source;
  GCancellable *cancellable;    /* of the handshakes */
  guint n_handshakes;
};

typedef struct
{
  GstRtcSoupThread *thread;
  GIOStream *stream;
  GSocketConnection *base;
  GCancellable *cancellable;
  GSource *timeout;
  gulong cancelled_id;
} Handshake;

/* For those who swap it, too */
static gboolean
load_certificate (const GstRtcSoupAddress * address,
    GTlsCertificate ** ret_certificate, GError ** error)
{
  g_autoptr (GError) load_error = NULL;
  GTlsCertificate *certificate;

  if (!address->cert && !address->key)
    return TRUE;

  if (!address->cert || !address->key) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "TLS needs both a certificate and a key");
    return FALSE;
  }

  certificate = g_tls_certificate_new_from_files (address->cert, address->key,
      &load_error);
  if (!certificate) {
    g_set_error (error, load_error->domain, load_error->code,
        "Cannot load certificate '%s' with key '%s': %s", address->cert,
        address->key, load_error->message);
    return FALSE;
  }

  *ret_certificate = certificate;
  return TRUE;
}

static gboolean
open_socket (GstRtcSoupThread * self, const GstRtcSoupAddress * address,
    GError ** error)
{
  self->socket = gst_rtc_listen (address->host, address->port,
      address->unix_socket, &self->port, error);

  return self->socket != NULL;
}

/* From here on the stream is libsoup's */
static void
serve (GstRtcSoupThread * self, GSocketConnection * base, GIOStream * stream)
{
  g_autoptr (GSocketAddress) local =
      g_socket_connection_get_local_address (base, NULL);
  g_autoptr (GSocketAddress) remote =
      g_socket_connection_get_remote_address (base, NULL);
  g_autoptr (GError) error = NULL;

  /* NULL if the client is gone already */
  if (!local || !remote)
    return;
  g_object_set_data_full (G_OBJECT (remote), SOCKET_KEY,
      g_object_ref (g_socket_connection_get_socket (base)), g_object_unref);

  if (!soup_server_accept_iostream (self->server, stream, local, remote,
          &error))
    GST_WARNING ("cannot serve a connection: %s", error->message);
}

static void
on_cancelled (GCancellable * cancellable, Handshake * handshake)
{
  g_cancellable_cancel (handshake->cancellable);
}

static gboolean
on_handshake_timeout (gpointer user_data)
{
  Handshake *handshake = user_data;

  g_cancellable_cancel (handshake->cancellable);

  return G_SOURCE_REMOVE;
}

static void
handshake_free (Handshake * handshake)
{
  g_cancellable_disconnect (handshake->thread->cancellable,
      handshake->cancelled_id);
  g_source_destroy (handshake->timeout);
  g_source_unref (handshake->timeout);
  g_object_unref (handshake->cancellable);
  g_object_unref (handshake->stream);
  g_object_unref (handshake->base);
  handshake->thread->n_handshakes--;
  g_free (handshake);
}

/* RFC 8996: GIO takes what GnuTLS does, and cannot be told */
static gboolean
is_new_enough (GTlsConnection * connection, GError ** error)
{
  if (g_tls_connection_get_protocol_version (connection) >=
      G_TLS_PROTOCOL_VERSION_TLS_1_2)
    return TRUE;

  g_set_error_literal (error, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE,
      "older than TLS 1.2");
  return FALSE;
}

static void
on_handshake_done (GObject * object, GAsyncResult * result, gpointer user_data)
{
  Handshake *handshake = user_data;
  g_autoptr (GError) error = NULL;

  if (g_tls_connection_handshake_finish (G_TLS_CONNECTION (object), result,
          &error) && is_new_enough (G_TLS_CONNECTION (object), &error))
    serve (handshake->thread, handshake->base, handshake->stream);
  else
    GST_INFO ("TLS handshake failed: %s", error->message);

  handshake_free (handshake);
}

static void
begin_handshake (GstRtcSoupThread * self, GSocketConnection * base)
{
  static const gchar *const protocols[] = { "http/1.1", NULL };
  g_autoptr (GError) error = NULL;
  GIOStream *stream;
  Handshake *handshake;

  stream = g_tls_server_connection_new (G_IO_STREAM (base), self->certificate,
      &error);
  if (!stream) {
    GST_WARNING ("cannot begin a TLS handshake: %s", error->message);
    return;
  }
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (stream), FALSE);
  g_tls_connection_set_advertised_protocols (G_TLS_CONNECTION (stream),
      protocols);

  handshake = g_new0 (Handshake, 1);
  handshake->thread = self;
  handshake->stream = stream;
  handshake->base = g_object_ref (base);
  handshake->cancellable = g_cancellable_new ();
  handshake->cancelled_id = g_cancellable_connect (self->cancellable,
      G_CALLBACK (on_cancelled), handshake, NULL);
  handshake->timeout = g_timeout_source_new_seconds (TLS_SECONDS);
  g_source_set_callback (handshake->timeout, on_handshake_timeout, handshake,
      NULL);
  g_source_attach (handshake->timeout, self->context);
  self->n_handshakes++;

  g_tls_connection_handshake_async (G_TLS_CONNECTION (stream),
      G_PRIORITY_DEFAULT, handshake->cancellable, on_handshake_done, handshake);
}

static void
take_client (GstRtcSoupThread * self, GSocket * client)
{
  g_autoptr (GSocketConnection) connection =
      g_socket_connection_factory_create_connection (client);

  /* messages are small and wanted at once; a peer that vanished without a
   * word is noticed in the end */
  if (!self->unix_socket) {
    g_socket_set_option (client, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
    g_socket_set_keepalive (client, TRUE);
  }
  gst_rtc_deadlines_set (self->deadlines, client, self->handshake_seconds);

  if (self->certificate)
    begin_handshake (self, connection);
  else
    serve (self, connection, G_IO_STREAM (connection));
}

static void watch_socket (GstRtcSoupThread * self);

static gboolean
on_retry_accept (gpointer user_data)
{
  watch_socket (user_data);

  return G_SOURCE_REMOVE;
}

static void
replace_accept_source (GstRtcSoupThread * self, GSource * source)
{
  if (self->accept_source) {
    g_source_destroy (self->accept_source);
    g_source_unref (self->accept_source);
  }
  self->accept_source = source;
  if (source)
    g_source_attach (source, self->context);
}

static gboolean
on_incoming (GSocket * socket, GIOCondition condition, gpointer user_data)
{
  GstRtcSoupThread *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) client = g_socket_accept (socket, NULL, &error);
  GSource *pause;

  if (client) {
    take_client (self, client);
    return G_SOURCE_CONTINUE;
  }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;

  /* out of descriptors, most likely: the socket would stay readable */
  GST_WARNING ("cannot accept a connection: %s", error->message);
  pause = g_timeout_source_new (RETRY_ACCEPT_MS);
  g_source_set_callback (pause, on_retry_accept, self, NULL);
  replace_accept_source (self, pause);

  return G_SOURCE_REMOVE;
}

static void
watch_socket (GstRtcSoupThread * self)
{
  GSource *source = g_socket_create_source (self->socket, G_IO_IN, NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (on_incoming), self, NULL);
  replace_accept_source (self, source);
}

static gboolean
on_end_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

/* Until everybody is gone or time is up */
static gboolean
wait_for_end (GstRtcSoupThread * self)
{
  gboolean timed_out = FALSE;
  GSource *timeout = g_timeout_source_new (END_MS);

  g_source_set_callback (timeout, on_end_timeout, &timed_out, NULL);
  g_source_attach (timeout, self->context);
  while (!timed_out && (self->n_handshakes > 0 ||
          !self->callbacks->has_ended (self->user_data)))
    g_main_context_iteration (self->context, TRUE);
  g_source_destroy (timeout);
  g_source_unref (timeout);

  return !timed_out;
}

static void
end_connections (GstRtcSoupThread * self)
{
  g_cancellable_cancel (self->cancellable);
  soup_server_disconnect (self->server);
  self->callbacks->end (self->user_data);
  if (wait_for_end (self))
    return;

  GST_INFO ("some clients do not answer to the goodbye");
  self->callbacks->abandon (self->user_data);
  if (!wait_for_end (self))
    GST_WARNING ("some connections cannot be closed");
}

/* Nobody here wants the body of a request, so none is kept */
static void
on_request_headers (SoupServer * server, SoupServerMessage * message,
    const gchar * path, GHashTable * query, gpointer user_data)
{
  soup_message_body_set_accumulate (soup_server_message_get_request_body
      (message), FALSE);
}

static gpointer
run (gpointer data)
{
  GstRtcSoupThread *self = data;

  g_main_context_push_thread_default (self->context);
  self->deadlines = gst_rtc_deadlines_new (self->context);
  self->server = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (self->server, NULL, on_request_headers, NULL,
      NULL);
  self->callbacks->begin (self, self->server, self->user_data);
  watch_socket (self);

  g_main_loop_run (self->loop);

  replace_accept_source (self, NULL);
  g_socket_close (self->socket, NULL);
  end_connections (self);
  g_clear_object (&self->server);
  g_clear_pointer (&self->deadlines, gst_rtc_deadlines_free);
  /* what libsoup left for later holds references */
  while (g_main_context_iteration (self->context, FALSE));
  g_main_context_pop_thread_default (self->context);

  return NULL;
}

static void
free_fields (GstRtcSoupThread * self)
{
  g_clear_object (&self->socket);
  if (self->unix_socket)
    g_unlink (self->unix_socket);
  g_free (self->unix_socket);
  g_clear_object (&self->certificate);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self);
}

/* Listens when it returns. Blocks for as long as reading two files and
 * resolving a name takes. */
GstRtcSoupThread *
gst_rtc_soup_thread_new (const gchar * name,
    const GstRtcSoupAddress * address, const GstRtcSoupCallbacks * callbacks,
    gpointer user_data, GError ** error)
{
  GstRtcSoupThread *self = g_new0 (GstRtcSoupThread, 1);

  gst_rtc_signalling_log_init ();
  self->callbacks = callbacks;
  self->user_data = user_data;
  if (!load_certificate (address, &self->certificate, error) ||
      !open_socket (self, address, error)) {
    free_fields (self);
    return NULL;
  }

  self->unix_socket = g_strdup (address->unix_socket);
  self->handshake_seconds = address->handshake_seconds > 0 ?
      address->handshake_seconds : HANDSHAKE_SECONDS;
  self->cancellable = g_cancellable_new ();
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_try_new (name, run, self, error);
  if (!self->thread) {
    free_fields (self);
    return NULL;
  }

  return self;
}

static gboolean
on_quit (gpointer user_data)
{
  GstRtcSoupThread *self = user_data;

  g_main_loop_quit (self->loop);

  return G_SOURCE_REMOVE;
}

/* Says goodbye to the clients, waits for the thread and leaves nothing */
void
gst_rtc_soup_thread_free (GstRtcSoupThread * self)
{
  GSource *quit = g_idle_source_new ();

  g_assert (g_thread_self () != self->thread);

  /* by a source and not by g_main_loop_quit(): the loop may not run yet */
  g_source_set_priority (quit, G_PRIORITY_DEFAULT);
  g_source_set_callback (quit, on_quit, self, NULL);
  g_source_attach (quit, self->context);
  g_source_unref (quit);
  g_thread_join (self->thread);
  free_fields (self);
}

typedef struct
{
  GstRtcSoupThread *thread;
  GTlsCertificate *certificate;
} Swap;

static void
swap_free (Swap * swap)
{
  g_object_unref (swap->certificate);
  g_free (swap);
}

static gboolean
on_swap (gpointer user_data)
{
  Swap *swap = user_data;

  g_set_object (&swap->thread->certificate, swap->certificate);

  return G_SOURCE_REMOVE;
}

/* Reads the files again, for connections to come. The old certificate stays
 * when that fails. Thread: the one that frees the server */
gboolean
gst_rtc_soup_thread_reload (GstRtcSoupThread * self,
    const GstRtcSoupAddress * address, GError ** error)
{
  GTlsCertificate *certificate = NULL;
  GSource *source;
  Swap *swap;

  if (!load_certificate (address, &certificate, error))
    return FALSE;
  if (!certificate)
    return TRUE;

  swap = g_new0 (Swap, 1);
  swap->thread = self;
  swap->certificate = certificate;
  source = g_idle_source_new ();
  g_source_set_callback (source, on_swap, swap, (GDestroyNotify) swap_free);
  g_source_attach (source, self->context);
  g_source_unref (source);

  return TRUE;
}

GSocket *
gst_rtc_soup_thread_get_socket (SoupServerMessage * message)
{
  return g_object_get_data (G_OBJECT (soup_server_message_get_remote_address
          (message)), SOCKET_KEY);
}

/* A connection has got somewhere: it has @seconds more, or all the time in the
 * world. Thread: the server's */
void
gst_rtc_soup_thread_give_time (GstRtcSoupThread * self,
    SoupServerMessage * message, guint seconds)
{
  GSocket *socket = gst_rtc_soup_thread_get_socket (message);

  if (seconds > 0)
    gst_rtc_deadlines_set (self->deadlines, socket, seconds);
  else
    gst_rtc_deadlines_remove (self->deadlines, socket);
}

/* Where callbacks of the server run */
GMainContext *
gst_rtc_soup_thread_get_context (GstRtcSoupThread * self)
{
  return self->context;
}

guint
gst_rtc_soup_thread_get_port (GstRtcSoupThread * self)
{
  return self->port;
}
