/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connections that must have got somewhere in time. libsoup waits for a
 * request for ever, and so for one that comes a byte at a time. Those whose
 * time is over are shut down, which libsoup takes for their end.
 * Thread: the context's. */

#include "deadlines.h"

#include "log.h"

/* With more, the oldest has to go */
#define MAX_SOCKETS 1024
#define TICK_MS 250

struct _GstRtcDeadlines
{
  GMainContext *context;
  GHashTable *sockets;          /* GSocket -> gint64, microseconds */
  GSource *tick;                /* NULL while there is nobody */
};

static void
stop_tick (GstRtcDeadlines * self)
{
  if (!self->tick)
    return;

  g_source_destroy (self->tick);
  g_clear_pointer (&self->tick, g_source_unref);
}

static gboolean
on_tick (gpointer user_data)
{
  GstRtcDeadlines *self = user_data;
  const gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer socket;
  gpointer deadline;

  g_hash_table_iter_init (&iter, self->sockets);
  while (g_hash_table_iter_next (&iter, &socket, &deadline)) {
    if (g_socket_is_closed (socket)) {
      g_hash_table_iter_remove (&iter);
    } else if (*(gint64 *) deadline <= now) {
      GST_INFO ("a connection that was too slow is cut");
      g_socket_shutdown (socket, TRUE, TRUE, NULL);
      g_hash_table_iter_remove (&iter);
    }
  }
  if (g_hash_table_size (self->sockets) == 0)
    stop_tick (self);

  return G_SOURCE_CONTINUE;
}

static void
start_tick (GstRtcDeadlines * self)
{
  if (self->tick)
    return;

  self->tick = g_timeout_source_new (TICK_MS);
  g_source_set_callback (self->tick, on_tick, self, NULL);
  g_source_attach (self->tick, self->context);
}

static void
cut_oldest (GstRtcDeadlines * self)
{
  GHashTableIter iter;
  gpointer socket, deadline;
  GSocket *oldest = NULL;
  gint64 least = G_MAXINT64;

  g_hash_table_iter_init (&iter, self->sockets);
  while (g_hash_table_iter_next (&iter, &socket, &deadline)) {
    if (*(gint64 *) deadline < least) {
      least = *(gint64 *) deadline;
      oldest = socket;
    }
  }
  g_socket_shutdown (oldest, TRUE, TRUE, NULL);
  g_hash_table_remove (self->sockets, oldest);
}

GstRtcDeadlines *
gst_rtc_deadlines_new (GMainContext * context)
{
  GstRtcDeadlines *self = g_new0 (GstRtcDeadlines, 1);

  self->context = context;
  self->sockets = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);

  return self;
}

void
gst_rtc_deadlines_free (GstRtcDeadlines * self)
{
  stop_tick (self);
  g_hash_table_unref (self->sockets);
  g_free (self);
}

/* From now on, and instead of what was set before */
void
gst_rtc_deadlines_set (GstRtcDeadlines * self, GSocket * socket, guint seconds)
{
  gint64 deadline = g_get_monotonic_time () + seconds * G_TIME_SPAN_SECOND;

  if (g_hash_table_size (self->sockets) >= MAX_SOCKETS
      && !g_hash_table_contains (self->sockets, socket))
    cut_oldest (self);
  g_hash_table_replace (self->sockets, g_object_ref (socket),
      g_memdup2 (&deadline, sizeof deadline));
  start_tick (self);
}

void
gst_rtc_deadlines_remove (GstRtcDeadlines * self, GSocket * socket)
{
  g_hash_table_remove (self->sockets, socket);
}
