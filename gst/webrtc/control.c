/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The control thread of an element, and the workers of the process.
 *
 * Sessions, tracks, renditions and the session table of an element belong to
 * its control thread: no lock guards them. Everybody else posts a job. Jobs
 * run in the order in which they were posted, from the thread's main context,
 * which is also its thread-default one: a signaller started there does its
 * I/O there.
 *
 * The control thread never blocks. What can block (state changes of
 * pipelines, reading files) runs on a worker, which posts back.
 *
 * A control outlives its element as long as somebody holds a reference, and
 * the last one may be dropped on the control thread itself: the thread is not
 * joined, it leaves by itself. It is started by the first job.
 */

#include "control.h"

/* Milliseconds from the last reference to the end of the thread */
#define LINGER 100

struct _GstRtcControl
{
  gint refs;                    /* atomic */

  /* construct-only */
  gchar *name;
  GMainContext *context;
  GMainLoop *loop;

  GMutex lock;
  /* guarded by lock */
  GThread *thread;
};

typedef struct
{
  GMainContext *context;
  GMainLoop *loop;
} Loop;

typedef struct
{
  GstRtcJob job;
  gpointer data;
  GDestroyNotify destroy;
} Post;

/**
 * gst_rtc_control_new:
 * @name: name of the thread, 15 characters at most
 *
 * Returns: (transfer full): a control whose thread starts with the first job
 */
GstRtcControl *
gst_rtc_control_new (const gchar * name)
{
  GstRtcControl *self = g_new0 (GstRtcControl, 1);

  self->refs = 1;
  self->name = g_strdup (name);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  g_mutex_init (&self->lock);

  return self;
}

GstRtcControl *
gst_rtc_control_ref (GstRtcControl * self)
{
  g_atomic_int_inc (&self->refs);

  return self;
}

static gboolean
quit_loop (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

/* Not g_main_loop_quit() at once: the thread may not have entered its loop
 * yet, and would then never leave it. Nor without delay: what a signaller
 * cancelled when it was stopped still has to complete here, and would else keep
 * the context, and its descriptor, for ever. */
static void
post_quit (GstRtcControl * self)
{
  GSource *source = g_timeout_source_new (LINGER);

  g_source_set_callback (source, quit_loop, g_main_loop_ref (self->loop),
      (GDestroyNotify) g_main_loop_unref);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

void
gst_rtc_control_unref (GstRtcControl * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;

  if (self->thread) {
    post_quit (self);
    g_thread_unref (self->thread);
  }
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self->name);
  g_free (self);
}

static gpointer
run_loop (gpointer data)
{
  Loop *loop = data;

  g_main_context_push_thread_default (loop->context);
  g_main_loop_run (loop->loop);
  /* what was cancelled still reports, and would keep the context for ever */
  while (g_main_context_iteration (loop->context, FALSE));
  g_main_context_pop_thread_default (loop->context);

  g_main_loop_unref (loop->loop);
  g_main_context_unref (loop->context);
  g_free (loop);

  return NULL;
}

static void
ensure_thread (GstRtcControl * self)
{
  g_mutex_lock (&self->lock);
  if (!self->thread) {
    Loop *loop = g_new (Loop, 1);

    loop->context = g_main_context_ref (self->context);
    loop->loop = g_main_loop_ref (self->loop);
    self->thread = g_thread_new (self->name, run_loop, loop);
  }
  g_mutex_unlock (&self->lock);
}

static gboolean
run_post (gpointer data)
{
  Post *post = data;

  post->job (post->data);

  return G_SOURCE_REMOVE;
}

static void
free_post (gpointer data)
{
  Post *post = data;

  if (post->destroy)
    post->destroy (post->data);
  g_free (post);
}

/**
 * gst_rtc_control_post:
 * @job: runs on the control thread
 * @data: its argument
 * @destroy: (nullable): frees @data, on the control thread
 *
 * Never runs the job at once, also not when called on the control thread.
 *
 * Thread: any
 */
void
gst_rtc_control_post (GstRtcControl * self, GstRtcJob job, gpointer data,
    GDestroyNotify destroy)
{
  GSource *source = g_idle_source_new ();
  Post *post = g_new (Post, 1);

  post->job = job;
  post->data = data;
  post->destroy = destroy;

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_post, post, free_post);
  ensure_thread (self);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

/**
 * gst_rtc_control_add_timer:
 * @interval_ms: milliseconds between two calls of @func
 * @func: runs on the control thread until it returns %G_SOURCE_REMOVE
 * @data: its argument
 * @destroy: (nullable): frees @data
 *
 * Returns: (transfer full): the timer, to be given to g_source_destroy() and
 *     g_source_unref()
 *
 * Thread: any
 */
GSource *
gst_rtc_control_add_timer (GstRtcControl * self, guint interval_ms,
    GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  GSource *source = g_timeout_source_new (interval_ms);

  g_source_set_callback (source, func, data, destroy);
  ensure_thread (self);
  g_source_attach (source, self->context);

  return source;
}

/**
 * gst_rtc_control_is_current:
 *
 * Returns: whether the caller runs on the control thread
 */
gboolean
gst_rtc_control_is_current (GstRtcControl * self)
{
  return g_main_context_is_owner (self->context);
}

static void
run_on_worker (gpointer data, gpointer user_data)
{
  Post *post = data;

  post->job (post->data);
  g_free (post);
}

/**
 * gst_rtc_worker_push:
 * @job: runs on a worker thread
 * @data: its argument
 *
 * There are as many workers as there are jobs: one that hangs in a state
 * change must not hold up the others. Idle ones end after a while.
 *
 * Thread: any
 */
void
gst_rtc_worker_push (GstRtcJob job, gpointer data)
{
  static GThreadPool *pool = NULL;
  Post *post = g_new0 (Post, 1);

  if (g_once_init_enter (&pool)) {
    GThreadPool *workers = g_thread_pool_new (run_on_worker, NULL, -1, FALSE,
        NULL);

    g_once_init_leave (&pool, workers);
  }

  post->job = job;
  post->data = data;
  g_thread_pool_push (pool, post, NULL);
}
