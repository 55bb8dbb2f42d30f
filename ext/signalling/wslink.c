/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A WebSocket to a signalling server that comes back when it is lost.
 *
 * A link is made for one run, from start to stop, of its owner. The socket
 * (wssocket.c) has a thread and a context of its own. Callbacks run on the
 * context that is thread-default where the link is started, or on that thread
 * as well if there is none: the link's context.
 *
 *     any thread:   send --> outbox --> wake source
 *     the thread:   wake source --> socket --> events --> delivery source
 *     the context:  delivery source --> callbacks
 *
 * So no callback runs from within a signal of libsoup, and the owner may stop
 * the link, and drop it, in any of them. What a stop leaves undone is undone
 * on the thread: the context of the caller may never be run again.
 *
 * Losses are events as well. Whether to try again is known when all that was
 * received before was dealt with: a failure before gst_rtc_ws_link_confirm()
 * ends the link, later ones are retried for ever. No new connection begins
 * before that, so what callbacks send is for the one they were called about.
 *
 * A stop waits for the thread, but not for ever: it may wait for the caller
 * in a callback.
 */

#include "wslink.h"

#include "log.h"

#define FIRST_RETRY_MS 500
#define LAST_RETRY_MS 3000
#define STOP_SECONDS 3

typedef enum
{
  EVENT_OPENED,
  EVENT_RECEIVED,
  EVENT_CLOSED,
} EventType;

typedef struct
{
  EventType type;
  GBytes *bytes;                /* received: the text */
  gchar *why;                   /* closed */
} Event;

struct _GstRtcWsLink
{
  /* constant */
  GWeakRef owner;
  const GstRtcWsCallbacks *callbacks;
  gpointer run;
  GDestroyNotify free_run;
  GstRtcWsSettings settings;
  gchar *name;                  /* the URI without what is secret */

  /* any thread */
  GstRtcOutbox outbox;

  GMutex lock;
  GCond cond;
  /* guarded by lock; what is nullable is NULL before start and after stop */
  GThread *thread;              /* nullable */
  GMainLoop *loop;              /* nullable: the thread's */
  GSource *wake;                /* nullable: there */
  GSource *retry;               /* nullable: there */
  GSource *delivery;            /* nullable: on the link's context */
  GQueue events;                /* element-type Event */
  gboolean stopped;
  gboolean poked;
  gboolean thread_done;

  /* the context only */
  gboolean confirmed;
  guint retry_ms;

  /* the thread only */
  GstRtcWsSocket *socket;
};

static void
event_free (Event * event)
{
  g_clear_pointer (&event->bytes, g_bytes_unref);
  g_free (event->why);
  g_free (event);
}

/* Sources that are made ready by others */

static gboolean
dispatch_ready (GSource * source, GSourceFunc func, gpointer user_data)
{
  g_source_set_ready_time (source, -1);

  return func (user_data);
}

static GSourceFuncs ready_funcs = { NULL, NULL, dispatch_ready, NULL };

/* With a reference to the link; a negative @ms waits to be made ready */
static GSource *
attach_source (GstRtcWsLink * self, GMainContext * context, gint ms,
    GSourceFunc func)
{
  GSource *source = g_source_new (&ready_funcs, sizeof (GSource));

  g_source_set_callback (source, func, gst_rtc_ws_link_ref (self),
      (GDestroyNotify) gst_rtc_ws_link_unref);
  if (ms >= 0)
    g_source_set_ready_time (source,
        g_get_monotonic_time () + ms * G_TIME_SPAN_MILLISECOND);
  g_source_attach (source, context);

  return source;
}

static void
destroy_source (GSource * source)
{
  if (!source)
    return;

  g_source_destroy (source);
  g_source_unref (source);
}

static GSource *
take_source (GstRtcWsLink * self, GSource ** field)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_steal_pointer (field);
}

/* The socket's thread */

static void
queue_event (GstRtcWsLink * self, EventType type, GBytes * bytes,
    const gchar * why)
{
  Event *event = g_new0 (Event, 1);

  event->type = type;
  event->bytes = bytes ? g_bytes_ref (bytes) : NULL;
  event->why = g_strdup (why);

  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->events, event);
  if (self->delivery)
    g_source_set_ready_time (self->delivery, 0);
  g_mutex_unlock (&self->lock);
}

static void
on_opened (gpointer user_data)
{
  queue_event (user_data, EVENT_OPENED, NULL, NULL);
}

static void
on_received (gpointer user_data, GBytes * text)
{
  queue_event (user_data, EVENT_RECEIVED, text, NULL);
}

static void
on_closed (gpointer user_data, const gchar * why)
{
  queue_event (user_data, EVENT_CLOSED, NULL, why);
}

static const GstRtcWsSocketCallbacks socket_callbacks = {
  .opened = on_opened,
  .received = on_received,
  .closed = on_closed,
};

static gboolean
on_wake (gpointer user_data)
{
  GstRtcWsLink *self = user_data;

  gst_rtc_ws_socket_flush (self->socket);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_retry (gpointer user_data)
{
  GstRtcWsLink *self = user_data;

  destroy_source (take_source (self, &self->retry));
  gst_rtc_ws_socket_connect (self->socket);

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
  GMainContext *context = g_main_loop_get_context (self->loop);

  g_main_context_push_thread_default (context);
  self->socket = gst_rtc_ws_socket_new (&self->settings, self->name,
      &self->outbox, &socket_callbacks, self);
  gst_rtc_ws_socket_connect (self->socket);

  g_main_loop_run (self->loop);

  destroy_source (take_source (self, &self->wake));
  destroy_source (take_source (self, &self->retry));
  g_clear_pointer (&self->socket, gst_rtc_ws_socket_free);
  gst_rtc_outbox_drop_all (&self->outbox);
  g_main_context_pop_thread_default (context);
  GST_INFO ("%s: stopped", self->name);

  g_mutex_lock (&self->lock);
  self->thread_done = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  return NULL;
}

/* The link's context */

/* Clients that lost the same server do not come back all at once */
static void
retry_later (GstRtcWsLink * self, const gchar * why)
{
  const guint ms = self->retry_ms / 2 + g_random_int_range (0, self->retry_ms);

  GST_WARNING ("%s: %s, trying again in %u ms", self->name, why, ms);
  self->retry_ms = MIN (self->retry_ms * 2, LAST_RETRY_MS);

  g_mutex_lock (&self->lock);
  if (!self->stopped)
    self->retry = attach_source (self, g_main_loop_get_context (self->loop),
        ms, on_retry);
  g_mutex_unlock (&self->lock);
}

static void
handle_closed (GstRtcWsLink * self, gpointer owner, const gchar * why)
{
  g_autofree gchar *message = NULL;

  if (self->confirmed) {
    retry_later (self, why);
    return;
  }

  message = g_strdup_printf ("Cannot connect to %s: %s", self->name, why);
  self->callbacks->failed (owner, self, self->run, message);
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
    case EVENT_CLOSED:
      handle_closed (self, owner, event->why);
      break;
  }
}

static gboolean
take_poke (GstRtcWsLink * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const gboolean poked = self->poked && !self->stopped;

  self->poked = FALSE;

  return poked;
}

/* NULL when stopped */
static Event *
take_event (GstRtcWsLink * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->stopped ? NULL : g_queue_pop_head (&self->events);
}

static gboolean
on_delivery (gpointer user_data)
{
  GstRtcWsLink *self = user_data;
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);
  Event *event;

  if (!owner)
    return G_SOURCE_CONTINUE;

  if (take_poke (self))
    self->callbacks->poked (owner, self, self->run);
  while ((event = take_event (self))) {
    deliver_event (self, owner, event);
    event_free (event);
  }

  return G_SOURCE_CONTINUE;
}

/* Making and ending */

/* Without user, query and fragment, which can hold what is secret */
static gchar *
make_name (const GstRtcWsSettings * settings)
{
  g_autofree gchar *uri = g_uri_to_string_partial (settings->uri,
      G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT);

  return settings->unix_socket ? g_strdup_printf ("%s on %s", uri,
      settings->unix_socket) : g_steal_pointer (&uri);
}

static void
copy_settings (GstRtcWsSettings * to, const GstRtcWsSettings * from)
{
  to->uri = g_uri_ref (from->uri);
  to->unix_socket = g_strdup (from->unix_socket);
  to->cafile = g_strdup (from->cafile);
  to->insecure_tls = from->insecure_tls;
  to->headers = from->headers ? gst_structure_copy (from->headers) : NULL;
}

static void
clear_settings (GstRtcWsSettings * settings)
{
  g_uri_unref (settings->uri);
  g_free (settings->unix_socket);
  g_free (settings->cafile);
  g_clear_pointer (&settings->headers, gst_structure_free);
}

static void
free_link (gpointer data)
{
  GstRtcWsLink *self = data;

  g_weak_ref_clear (&self->owner);
  if (self->free_run)
    self->free_run (self->run);
  clear_settings (&self->settings);
  g_free (self->name);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  gst_rtc_outbox_clear (&self->outbox);
  g_queue_clear_full (&self->events, (GDestroyNotify) event_free);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
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
  copy_settings (&self->settings, settings);
  self->name = make_name (settings);
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
  g_autoptr (GMainContext) own = g_main_context_new ();
  GMainContext *callers = g_main_context_get_thread_default ();
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  /* by another thread, before it began */
  if (self->stopped)
    return;

  self->loop = g_main_loop_new (own, FALSE);
  self->wake = attach_source (self, own, -1, on_wake);
  self->delivery = attach_source (self, callers ? callers : own, -1,
      on_delivery);
  self->thread = g_thread_new ("rtcsignaller", run_thread,
      gst_rtc_ws_link_ref (self));
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

/* Thread: any; no callback begins after it returned */
void
gst_rtc_ws_link_stop (GstRtcWsLink * self)
{
  GThread *thread;
  GSource *delivery;

  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  thread = g_steal_pointer (&self->thread);
  delivery = g_steal_pointer (&self->delivery);
  g_mutex_unlock (&self->lock);
  destroy_source (delivery);
  if (!thread)
    return;

  /* by a source and not by g_main_loop_quit(): the loop may not run yet */
  g_source_unref (attach_source (self, g_main_loop_get_context (self->loop), 0,
          on_quit));
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
wake_up (GstRtcWsLink * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->wake)
    g_source_set_ready_time (self->wake, 0);
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

/* The connection is as good as the one that was lost: what did not arrive, if
 * the server says so, and what waited is sent. Thread: the context */
void
gst_rtc_ws_link_resume (GstRtcWsLink * self, gint64 n_received)
{
  gst_rtc_outbox_resume (&self->outbox, n_received);
  wake_up (self);
}

/* It is a new beginning: what waited is thrown away. Thread: the context */
void
gst_rtc_ws_link_restart (GstRtcWsLink * self)
{
  gst_rtc_outbox_restart (&self->outbox);
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
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->poked = TRUE;
  if (self->delivery)
    g_source_set_ready_time (self->delivery, 0);
}

/* The server is the right one: from now on the link comes back by itself.
 * Thread: the context */
void
gst_rtc_ws_link_confirm (GstRtcWsLink * self)
{
  self->confirmed = TRUE;
  self->retry_ms = FIRST_RETRY_MS;
}
