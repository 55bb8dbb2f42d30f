/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Thousands of descriptors behind one source.
 *
 * A GMainContext looks at each of its sources and gives poll() each of its
 * descriptors whenever it wakes up, so that one message costs as much as there
 * are idle clients. Here the kernel keeps the list (epoll), and says who is
 * ready.
 *
 * A watch may be removed at any time, also while those that are ready are
 * gone through: it is marked then, and freed after that. Thread: the context's.
 */

#include "poller.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READY_AT_ONCE 128

struct _GstRtcPollerWatch
{
  GstRtcPoller *poller;
  gint fd;
  guint32 events;
  GstRtcPollerFunc func;        /* NULL once removed */
  gpointer user_data;
  GList *again;                 /* its place among those; NULL: not there */
};

typedef struct
{
  GSource source;
  GstRtcPoller *poller;
} PollerSource;

struct _GstRtcPoller
{
  gint epoll;
  GSource *source;
  GQueue again;                 /* element-type GstRtcPollerWatch */
  GSList *removed;              /* element-type GstRtcPollerWatch */
};

static gboolean
prepare (GSource * source, gint * timeout)
{
  *timeout = -1;

  return !g_queue_is_empty (&((PollerSource *) source)->poller->again);
}

static void
call (GstRtcPollerWatch * watch, guint32 events)
{
  if (watch->func)
    watch->func (watch->user_data, (events & (EPOLLHUP | EPOLLERR)) != 0);
}

static void
call_ready (GstRtcPoller * self)
{
  struct epoll_event events[READY_AT_ONCE];
  gint n = epoll_wait (self->epoll, events, READY_AT_ONCE, 0);

  for (gint i = 0; i < n; i++)
    call (events[i].data.ptr, events[i].events);
}

/* Those that are there now: each may want to be called once more */
static void
call_again (GstRtcPoller * self)
{
  guint n = self->again.length;

  while (n-- > 0 && !g_queue_is_empty (&self->again)) {
    GstRtcPollerWatch *watch = g_queue_pop_head (&self->again);

    watch->again = NULL;
    call (watch, 0);
  }
}

static gboolean
dispatch (GSource * source, GSourceFunc func, gpointer user_data)
{
  GstRtcPoller *self = ((PollerSource *) source)->poller;

  call_again (self);
  call_ready (self);
  g_slist_free_full (g_steal_pointer (&self->removed), g_free);

  return G_SOURCE_CONTINUE;
}

static gboolean
check (GSource * source)
{
  GstRtcPoller *self = ((PollerSource *) source)->poller;
  struct epoll_event event;

  return !g_queue_is_empty (&self->again)
      || epoll_wait (self->epoll, &event, 1, 0) > 0;
}

static GSourceFuncs source_funcs = { prepare, check, dispatch, NULL };

GstRtcPoller *
gst_rtc_poller_new (GMainContext * context, GError ** error)
{
  gint epoll = epoll_create1 (EPOLL_CLOEXEC);
  GstRtcPoller *self;

  if (epoll < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "Cannot poll: %s", g_strerror (errno));
    return NULL;
  }

  self = g_new0 (GstRtcPoller, 1);
  self->epoll = epoll;
  g_queue_init (&self->again);
  self->source = g_source_new (&source_funcs, sizeof (PollerSource));
  ((PollerSource *) self->source)->poller = self;
  g_source_add_unix_fd (self->source, epoll, G_IO_IN);
  g_source_attach (self->source, context);

  return self;
}

/* All watches must have been removed. Not from one of their functions. */
void
gst_rtc_poller_free (GstRtcPoller * self)
{
  g_assert (g_queue_is_empty (&self->again));

  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_slist_free_full (self->removed, g_free);
  close (self->epoll);
  g_free (self);
}

/* Calls @func when @fd can be read, until told otherwise, or hung up, which
 * cannot be told otherwise */
GstRtcPollerWatch *
gst_rtc_poller_add (GstRtcPoller * self, gint fd, GstRtcPollerFunc func,
    gpointer user_data, GError ** error)
{
  GstRtcPollerWatch *watch = g_new0 (GstRtcPollerWatch, 1);
  struct epoll_event event = { EPOLLIN, {.ptr = watch} };

  watch->poller = self;
  watch->fd = fd;
  watch->events = EPOLLIN;
  watch->func = func;
  watch->user_data = user_data;
  if (epoll_ctl (self->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
    return watch;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
      "Cannot poll: %s", g_strerror (errno));
  g_free (watch);
  return NULL;
}

void
gst_rtc_poller_watch_set (GstRtcPollerWatch * watch, gboolean readable,
    gboolean writable)
{
  const guint32 events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0);
  struct epoll_event event = { events, {.ptr = watch} };

  if (events == watch->events)
    return;

  watch->events = events;
  epoll_ctl (watch->poller->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

/* Calls the function soon, ready or not: for what is buffered above the
 * descriptor */
void
gst_rtc_poller_watch_call_again (GstRtcPollerWatch * watch)
{
  if (watch->again)
    return;

  g_queue_push_tail (&watch->poller->again, watch);
  watch->again = watch->poller->again.tail;
}

/* Before the descriptor is closed */
void
gst_rtc_poller_watch_remove (GstRtcPollerWatch * watch)
{
  GstRtcPoller *self = watch->poller;

  if (watch->again)
    g_queue_delete_link (&self->again, g_steal_pointer (&watch->again));
  epoll_ctl (self->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
  watch->func = NULL;
  self->removed = g_slist_prepend (self->removed, watch);
}
