/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A WebSocket to a signalling server that comes back when it is lost.
 *
 * A link is made for one run, from start to stop, of its owner. It lives on
 * one GMainContext: the one that is thread-default where it is started, or,
 * if there is none, one of its own with a thread of its own.
 *
 *     any thread:  send, poke, stop --> queues --> wake source
 *     the context: libsoup --> events --> wake source --> callbacks
 *
 * Events are queued as well, so that no callback runs from within a signal of
 * libsoup: the owner may stop the link, and drop it, in any of them.
 *
 * States: connecting -> open -> (lost) waiting -> connecting ... ; a failure
 * before gst_rtc_ws_link_confirm() ends it, later ones are retried for ever.
 *
 * Stopping: on the context itself all is done at once, with a private context
 * for what libsoup still has to write. On another thread the link's own
 * thread is waited for, but not for ever: it may wait for the caller in a
 * callback. If somebody else runs the context the rest is done there.
 */

#include "wslink.h"

#include <gio/gunixsocketaddress.h>
#include <libsoup/soup.h>

#include "headers.h"
#include "log.h"
#include "outbox.h"
#include "protocol.h"
#include "wsclose.h"

#define CONNECT_SECONDS 20
#define KEEPALIVE_SECONDS 30
#define FIRST_RETRY_MS 500
#define LAST_RETRY_MS 3000
/* Of silence: both sides ping in half of that */
#define SILENCE_SECONDS 75
#define WATCHDOG_SECONDS 15
#define STOP_SECONDS 3

typedef enum
{
  EVENT_OPENED,
  EVENT_RECEIVED,
  EVENT_FAILED,
} EventType;

typedef struct
{
  EventType type;
  GBytes *bytes;                /* received: the text */
  gchar *message;               /* failed: why */
} Event;

struct _GstRtcWsLink
{
  /* constant */
  GWeakRef owner;
  const GstRtcWsCallbacks *callbacks;
  gpointer run;
  GDestroyNotify free_run;
  GUri *uri;
  gchar *name;                  /* the URI without what is secret */
  gchar *unix_socket;           /* nullable: its path */
  gchar *cafile;
  gboolean insecure_tls;
  GstStructure *headers;

  /* set by start */
  GMainContext *context;
  GMainLoop *loop;              /* with a thread of its own only */

  /* any thread */
  GstRtcOutbox outbox;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GThread *thread;              /* nullable: stopped, or none of its own */
  GSource *wake;                /* NULL once closed */
  gboolean stopped;
  gboolean poked;
  gboolean thread_done;

  /* the context only */
  GQueue events;                /* element-type Event */
  SoupSession *session;
  SoupWebsocketConnection *socket;      /* nullable */
  GCancellable *connecting;     /* nullable */
  GSource *timer;               /* nullable: connect time limit or retry */
  GSource *watchdog;            /* nullable */
  gint64 last_heard;
  gboolean confirmed;
  guint retry_ms;
};

static void connect_socket (GstRtcWsLink * self);

static void
event_free (Event * event)
{
  g_clear_pointer (&event->bytes, g_bytes_unref);
  g_free (event->message);
  g_free (event);
}

static void
wake_up (GstRtcWsLink * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->wake)
    g_source_set_ready_time (self->wake, 0);
}

static void
queue_event (GstRtcWsLink * self, EventType type, GBytes * bytes,
    const gchar * message)
{
  Event *event = g_new0 (Event, 1);

  event->type = type;
  event->bytes = bytes ? g_bytes_ref (bytes) : NULL;
  event->message = g_strdup (message);
  g_queue_push_tail (&self->events, event);
  wake_up (self);
}

static void
set_timer (GstRtcWsLink * self, guint ms, GSourceFunc func)
{
  if (self->timer) {
    g_source_destroy (self->timer);
    g_clear_pointer (&self->timer, g_source_unref);
  }
  if (!func)
    return;

  self->timer = g_timeout_source_new (ms);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, self->context);
}

static gboolean
on_retry (gpointer user_data)
{
  GstRtcWsLink *self = user_data;

  set_timer (self, 0, NULL);
  connect_socket (self);

  return G_SOURCE_REMOVE;
}

/* Clients that lost the same server do not come back all at once */
static void
retry_later (GstRtcWsLink * self, const gchar * why)
{
  guint ms = self->retry_ms / 2 + g_random_int_range (0, self->retry_ms);

  GST_WARNING ("%s: %s, trying again in %u ms", self->name, why, ms);
  self->retry_ms = MIN (self->retry_ms * 2, LAST_RETRY_MS);
  set_timer (self, ms, on_retry);
}

static void
fail (GstRtcWsLink * self, const gchar * why)
{
  g_autofree gchar *message = NULL;

  if (self->confirmed) {
    retry_later (self, why);
    return;
  }

  set_timer (self, 0, NULL);
  message = g_strdup_printf ("Cannot connect to %s: %s", self->name, why);
  queue_event (self, EVENT_FAILED, NULL, message);
}

static gboolean
is_open (GstRtcWsLink * self)
{
  return self->socket
      && soup_websocket_connection_get_state (self->socket) ==
      SOUP_WEBSOCKET_STATE_OPEN;
}

static void
stop_watchdog (GstRtcWsLink * self)
{
  if (!self->watchdog)
    return;

  g_source_destroy (self->watchdog);
  g_clear_pointer (&self->watchdog, g_source_unref);
}

/* A server that vanished does not answer to our pings: its end of the
 * connection is not waited for, which would take as long as TCP tries */
static gboolean
on_watchdog (gpointer user_data)
{
  GstRtcWsLink *self = user_data;

  if (g_get_monotonic_time () - self->last_heard <
      SILENCE_SECONDS * G_TIME_SPAN_SECOND)
    return G_SOURCE_CONTINUE;

  GST_WARNING ("%s: silent for too long", self->name);
  gst_rtc_outbox_hold (&self->outbox);
  /* libsoup waits a few seconds for an answer, then it is closed */
  if (is_open (self))
    soup_websocket_connection_close (self->socket,
        SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);

  return G_SOURCE_CONTINUE;
}

static void
start_watchdog (GstRtcWsLink * self)
{
  self->last_heard = g_get_monotonic_time ();
  self->watchdog = g_timeout_source_new_seconds (WATCHDOG_SECONDS);
  g_source_set_callback (self->watchdog, on_watchdog, self, NULL);
  g_source_attach (self->watchdog, self->context);
}

static void
on_socket_pong (SoupWebsocketConnection * socket, GBytes * bytes,
    GstRtcWsLink * self)
{
  self->last_heard = g_get_monotonic_time ();
}

static void
on_socket_message (SoupWebsocketConnection * socket, gint type,
    GBytes * bytes, GstRtcWsLink * self)
{
  self->last_heard = g_get_monotonic_time ();
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    queue_event (self, EVENT_RECEIVED, bytes, NULL);
  else
    GST_WARNING ("%s: binary frame ignored", self->name);
}

static void
on_socket_error (SoupWebsocketConnection * socket, GError * error,
    GstRtcWsLink * self)
{
  GST_INFO ("%s: %s", self->name, error->message);
}

/* The last signal of a socket, and the only one in which libsoup holds a
 * reference of its own */
static void
on_socket_closed (SoupWebsocketConnection * socket, GstRtcWsLink * self)
{
  g_signal_handlers_disconnect_by_data (socket, self);
  g_clear_object (&self->socket);
  stop_watchdog (self);
  gst_rtc_outbox_hold (&self->outbox);
  fail (self, "the connection was closed");
}

static void
watch_socket (GstRtcWsLink * self, SoupWebsocketConnection * socket)
{
  self->socket = socket;
  soup_websocket_connection_set_max_incoming_payload_size (socket,
      GST_RTC_PROTOCOL_MAX_BYTES);
  soup_websocket_connection_set_keepalive_interval (socket, KEEPALIVE_SECONDS);
  g_signal_connect (socket, "message", G_CALLBACK (on_socket_message), self);
  g_signal_connect (socket, "pong", G_CALLBACK (on_socket_pong), self);
  g_signal_connect (socket, "error", G_CALLBACK (on_socket_error), self);
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), self);

  start_watchdog (self);
  GST_INFO ("%s: connected", self->name);
  queue_event (self, EVENT_OPENED, NULL, NULL);
}

/* Takes over a reference to the link */
static void
on_connected (GObject * session, GAsyncResult * result, gpointer user_data)
{
  g_autoptr (GstRtcWsLink) self = user_data;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *socket =
      soup_session_websocket_connect_finish (SOUP_SESSION (session), result,
      &error);

  g_clear_object (&self->connecting);
  /* stopped meanwhile */
  if (!self->session) {
    g_clear_object (&socket);
    return;
  }

  set_timer (self, 0, NULL);
  if (socket)
    watch_socket (self, socket);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    fail (self, "no answer in time");
  else
    fail (self, error->message);
}

static gboolean
on_connect_timeout (gpointer user_data)
{
  GstRtcWsLink *self = user_data;

  set_timer (self, 0, NULL);
  g_cancellable_cancel (self->connecting);

  return G_SOURCE_REMOVE;
}

/* GIO knows no name that the certificate of a Unix socket could be for, and
 * finds a bad identity in any: it is for the host of the URI */
static gboolean
is_for_our_host (GstRtcWsLink * self, GTlsCertificate * certificate)
{
  g_autoptr (GSocketConnectable) host =
      g_network_address_new (g_uri_get_host (self->uri), 0);

  return !(g_tls_certificate_verify (certificate, host, NULL) &
      G_TLS_CERTIFICATE_BAD_IDENTITY);
}

static gboolean
on_accept_certificate (SoupMessage * message, GTlsCertificate * certificate,
    GTlsCertificateFlags errors, GstRtcWsLink * self)
{
  return self->insecure_tls || (self->unix_socket
      && errors == G_TLS_CERTIFICATE_BAD_IDENTITY
      && is_for_our_host (self, certificate));
}

static void
connect_socket (GstRtcWsLink * self)
{
  g_autoptr (SoupMessage) message =
      soup_message_new_from_uri (SOUP_METHOD_GET, self->uri);

  g_signal_connect (message, "accept-certificate",
      G_CALLBACK (on_accept_certificate), self);
  gst_rtc_headers_add (soup_message_get_request_headers (message),
      self->headers);

  GST_INFO ("%s: connecting", self->name);
  self->connecting = g_cancellable_new ();
  set_timer (self, CONNECT_SECONDS * 1000, on_connect_timeout);
  soup_session_websocket_connect_async (self->session, message, NULL, NULL,
      G_PRIORITY_DEFAULT, self->connecting, on_connected,
      gst_rtc_ws_link_ref (self));
}

static gboolean
trust_cafile (GstRtcWsLink * self)
{
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *why = NULL;

  if (!self->cafile)
    return TRUE;

  database = g_tls_file_database_new (self->cafile, &error);
  if (database) {
    soup_session_set_tls_database (self->session, database);
    return TRUE;
  }

  why = g_strdup_printf ("cannot read CA file '%s': %s", self->cafile,
      error->message);
  fail (self, why);
  return FALSE;
}

/* No extension is offered: compressed messages would have no bound */
static void
open_link (GstRtcWsLink * self)
{
  g_autoptr (GSocketAddress) address = self->unix_socket ?
      g_unix_socket_address_new (self->unix_socket) : NULL;

  self->session = soup_session_new_with_options ("timeout", 0,
      "user-agent", "gst-rtc", "remote-connectable", address, NULL);
  soup_session_remove_feature_by_type (self->session,
      SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);

  if (trust_cafile (self))
    connect_socket (self);
}

static void
flush_outgoing (GstRtcWsLink * self)
{
  gchar *text;

  while ((text = gst_rtc_outbox_pop (&self->outbox))) {
    if (is_open (self))
      soup_websocket_connection_send_text (self->socket, text);
    else
      GST_DEBUG ("%s: not connected, message dropped", self->name);
    g_free (text);
  }
}

static gboolean
is_stopped (GstRtcWsLink * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->stopped;
}

static gboolean
take_poke (GstRtcWsLink * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean poked = self->poked;

  self->poked = FALSE;

  return poked;
}

static void
deliver_event (GstRtcWsLink * self, gpointer owner, Event * event)
{
  const gchar *text;
  gsize length;

  switch (event->type) {
    case EVENT_OPENED:
      self->callbacks->opened (owner, self, self->run);
      break;
    case EVENT_RECEIVED:
      text = g_bytes_get_data (event->bytes, &length);
      self->callbacks->received (owner, self, self->run, text, length);
      break;
    case EVENT_FAILED:
      self->callbacks->failed (owner, self, self->run, event->message);
      break;
  }
}

static gboolean
on_wake (gpointer user_data)
{
  g_autoptr (GstRtcWsLink) self = gst_rtc_ws_link_ref (user_data);
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);
  Event *event;

  if (owner && take_poke (self) && !is_stopped (self))
    self->callbacks->poked (owner, self, self->run);
  flush_outgoing (self);

  while (owner && !is_stopped (self)
      && (event = g_queue_pop_head (&self->events))) {
    deliver_event (self, owner, event);
    event_free (event);
    flush_outgoing (self);
  }

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_wake (GSource * source, GSourceFunc func, gpointer user_data)
{
  g_source_set_ready_time (source, -1);

  return func (user_data);
}

static GSourceFuncs wake_funcs = { NULL, NULL, dispatch_wake, NULL };

static void
close_socket (GstRtcWsLink * self)
{
  if (!self->socket)
    return;

  g_signal_handlers_disconnect_by_data (self->socket, self);
  gst_rtc_ws_close (g_steal_pointer (&self->socket), &self->outbox);
}

/* On the context, or where nobody else can run it */
static void
close_link (GstRtcWsLink * self)
{
  set_timer (self, 0, NULL);
  stop_watchdog (self);
  if (self->connecting)
    g_cancellable_cancel (self->connecting);
  close_socket (self);
  if (self->session)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_queue_clear_full (&self->events, (GDestroyNotify) event_free);

  gst_rtc_outbox_drop_all (&self->outbox);
  g_mutex_lock (&self->lock);
  if (self->wake) {
    g_source_destroy (self->wake);
    g_clear_pointer (&self->wake, g_source_unref);
  }
  g_mutex_unlock (&self->lock);
  GST_INFO ("%s: stopped", self->name);
}

static gboolean
on_close (gpointer user_data)
{
  close_link (user_data);

  return G_SOURCE_REMOVE;
}

static gboolean
on_quit (gpointer user_data)
{
  GstRtcWsLink *self = user_data;

  g_main_loop_quit (self->loop);

  return G_SOURCE_REMOVE;
}

static gpointer
run_thread (gpointer data)
{
  g_autoptr (GstRtcWsLink) self = data;

  g_main_context_push_thread_default (self->context);
  open_link (self);
  g_main_loop_run (self->loop);
  close_link (self);
  /* a connection attempt that was cancelled still reports */
  while (self->connecting)
    g_main_context_iteration (self->context, TRUE);
  while (g_main_context_iteration (self->context, FALSE));
  g_main_context_pop_thread_default (self->context);

  g_mutex_lock (&self->lock);
  self->thread_done = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  return NULL;
}

static void
post (GstRtcWsLink * self, GSourceFunc func)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, gst_rtc_ws_link_ref (self),
      (GDestroyNotify) gst_rtc_ws_link_unref);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

static gboolean
wait_for_thread (GstRtcWsLink * self)
{
  gint64 deadline = g_get_monotonic_time () + STOP_SECONDS * G_TIME_SPAN_SECOND;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (!self->thread_done) {
    if (!g_cond_wait_until (&self->cond, &self->lock, deadline))
      return FALSE;
  }

  return TRUE;
}

static void
stop_thread (GstRtcWsLink * self)
{
  GThread *thread;

  g_mutex_lock (&self->lock);
  thread = g_steal_pointer (&self->thread);
  g_mutex_unlock (&self->lock);
  if (!thread)
    return;

  post (self, on_quit);
  if (thread == g_thread_self ()) {
    g_thread_unref (thread);
  } else if (wait_for_thread (self)) {
    g_thread_join (thread);
  } else {
    GST_WARNING ("%s: the thread waits for something, not joined", self->name);
    g_thread_unref (thread);
  }
}

static void
free_link (gpointer data)
{
  GstRtcWsLink *self = data;

  /* the context went before it could run on_close() */
  if (self->session)
    close_link (self);
  g_weak_ref_clear (&self->owner);
  if (self->free_run)
    self->free_run (self->run);
  g_uri_unref (self->uri);
  g_free (self->name);
  g_free (self->unix_socket);
  g_free (self->cafile);
  g_clear_pointer (&self->headers, gst_structure_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  gst_rtc_outbox_clear (&self->outbox);
  g_queue_clear_full (&self->events, (GDestroyNotify) event_free);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

/* For logs and errors */
static gchar *
make_name (const GstRtcWsSettings * settings)
{
  gchar *name = gst_rtc_ws_uri_for_humans (settings->uri);
  gchar *longer;

  if (!settings->unix_socket)
    return name;

  longer = g_strdup_printf ("%s on %s", name, settings->unix_socket);
  g_free (name);

  return longer;
}

/* Takes over @run, which is freed with the link */
GstRtcWsLink *
gst_rtc_ws_link_new (GObject * owner, const GstRtcWsSettings * settings,
    const GstRtcWsCallbacks * callbacks, gpointer run, GDestroyNotify free_run)
{
  GstRtcWsLink *self = g_atomic_rc_box_new0 (GstRtcWsLink);

  gst_rtc_signalling_log_init ();
  g_weak_ref_init (&self->owner, owner);
  self->callbacks = callbacks;
  self->run = run;
  self->free_run = free_run;
  self->uri = g_uri_ref (settings->uri);
  self->name = make_name (settings);
  self->unix_socket = g_strdup (settings->unix_socket);
  self->cafile = g_strdup (settings->cafile);
  self->insecure_tls = settings->insecure_tls;
  if (settings->headers)
    self->headers = gst_structure_copy (settings->headers);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  gst_rtc_outbox_init (&self->outbox);
  g_queue_init (&self->events);
  self->retry_ms = FIRST_RETRY_MS;

  return self;
}

GstRtcWsLink *
gst_rtc_ws_link_ref (GstRtcWsLink * self)
{
  return g_atomic_rc_box_acquire (self);
}

void
gst_rtc_ws_link_unref (GstRtcWsLink * self)
{
  g_atomic_rc_box_release_full (self, free_link);
}

void
gst_rtc_ws_link_start (GstRtcWsLink * self)
{
  GMainContext *context = g_main_context_get_thread_default ();
  gboolean own_thread = context == NULL;

  self->context = own_thread ? g_main_context_new () :
      g_main_context_ref (context);
  self->wake = g_source_new (&wake_funcs, sizeof (GSource));
  g_source_set_callback (self->wake, on_wake, self, NULL);
  g_source_attach (self->wake, self->context);

  if (own_thread) {
    self->loop = g_main_loop_new (self->context, FALSE);
    g_mutex_lock (&self->lock);
    self->thread = g_thread_new ("rtcsignaller", run_thread,
        gst_rtc_ws_link_ref (self));
    g_mutex_unlock (&self->lock);
  } else {
    open_link (self);
  }
}

/* Thread: any; no callback begins after it returned */
void
gst_rtc_ws_link_stop (GstRtcWsLink * self)
{
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  g_mutex_unlock (&self->lock);

  if (self->loop) {
    stop_thread (self);
  } else if (g_main_context_acquire (self->context)) {
    close_link (self);
    g_main_context_release (self->context);
  } else {
    post (self, on_close);
  }
}

/* Takes over @text, which waits while the connection is lost. Thread: any */
void
gst_rtc_ws_link_send (GstRtcWsLink * self, gchar * text)
{
  if (!gst_rtc_outbox_push (&self->outbox, text, FALSE))
    GST_WARNING ("%s: too much waits for a connection", self->name);
  wake_up (self);
}

/* The same, before all that waits */
void
gst_rtc_ws_link_send_now (GstRtcWsLink * self, gchar * text)
{
  gst_rtc_outbox_push (&self->outbox, text, TRUE);
  wake_up (self);
}

/* The connection is as good as the one that was lost, with @keep, and else a
 * new beginning: what waits is sent or thrown away. Thread: the context */
void
gst_rtc_ws_link_release (GstRtcWsLink * self, gboolean keep)
{
  gst_rtc_outbox_release (&self->outbox, keep);
  wake_up (self);
}

gpointer
gst_rtc_ws_link_get_run (GstRtcWsLink * self)
{
  return self->run;
}

/* Calls poked on the context. Thread: any */
void
gst_rtc_ws_link_poke (GstRtcWsLink * self)
{
  g_mutex_lock (&self->lock);
  self->poked = TRUE;
  g_mutex_unlock (&self->lock);
  wake_up (self);
}

/* The server is the right one: from now on the link comes back by itself.
 * Thread: the context */
void
gst_rtc_ws_link_confirm (GstRtcWsLink * self)
{
  self->confirmed = TRUE;
  self->retry_ms = FIRST_RETRY_MS;
}

/* Without user, query and fragment, which can hold what is secret */
gchar *
gst_rtc_ws_uri_for_humans (GUri * uri)
{
  return g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO |
      G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT);
}
