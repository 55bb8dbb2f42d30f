/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The threads that push encoded frames into sessions: one per core, shared by
 * all elements of the process.
 *
 * An encoder's own thread would push a key frame to thirty viewers for 80 ms,
 * and not encode meanwhile. Whoever consumes a frame is bound to one thread,
 * so frames keep their order. The queues are bounded: a push that finds its
 * queue full is refused, and the consumers behind it miss frames until the
 * next key frame. */

#include "fanout.h"

/* Frames: two seconds of four streams */
#define MAX_QUEUED 256

typedef struct
{
  GThread *thread;
  GAsyncQueue *jobs;
  guint index;
} FanoutThread;

struct _GstRtcFanout
{
  guint users;                  /* guarded by fanout_lock */
  guint n_threads;
  FanoutThread *threads;
};

typedef struct
{
  GstRtcFanoutJob job;
  gpointer data;
  GDestroyNotify destroy;
} Job;

static GMutex fanout_lock;
/* guarded by fanout_lock */
static GstRtcFanout *the_fanout;

static gpointer
run_thread (gpointer data)
{
  GAsyncQueue *jobs = ((FanoutThread *) data)->jobs;
  const guint index = ((FanoutThread *) data)->index;
  gboolean running = TRUE;

  g_free (data);
  while (running) {
    Job *job = g_async_queue_pop (jobs);

    if (job->job)
      job->job (job->data, index);
    else
      running = FALSE;
    if (job->destroy)
      job->destroy (job->data);
    g_free (job);
  }
  g_async_queue_unref (jobs);

  return NULL;
}

static void
start_thread (FanoutThread * thread, guint index)
{
  FanoutThread *copy = g_new0 (FanoutThread, 1);

  thread->jobs = g_async_queue_new ();
  thread->index = index;
  *copy = *thread;
  /* here, as the thread may be told to end before it runs at all */
  g_async_queue_ref (copy->jobs);
  thread->thread = g_thread_new ("rtc:fanout", run_thread, copy);
}

/**
 * gst_rtc_fanout_acquire:
 *
 * Returns: the threads of the process, which run as long as somebody uses them
 *
 * Thread: any
 */
GstRtcFanout *
gst_rtc_fanout_acquire (void)
{
  GstRtcFanout *self;

  g_mutex_lock (&fanout_lock);
  if (!the_fanout) {
    the_fanout = g_new0 (GstRtcFanout, 1);
    the_fanout->n_threads = MAX (1, g_get_num_processors ());
    the_fanout->threads = g_new0 (FanoutThread, the_fanout->n_threads);
    for (guint i = 0; i < the_fanout->n_threads; i++)
      start_thread (&the_fanout->threads[i], i);
  }
  self = the_fanout;
  self->users++;
  g_mutex_unlock (&fanout_lock);

  return self;
}

/**
 * gst_rtc_fanout_release:
 *
 * The last one tells the threads to end; they are not waited for, as this may
 * be one of them.
 *
 * Thread: any
 */
void
gst_rtc_fanout_release (GstRtcFanout * self)
{
  gboolean last;

  g_mutex_lock (&fanout_lock);
  last = --self->users == 0;
  if (last)
    the_fanout = NULL;
  g_mutex_unlock (&fanout_lock);

  if (!last)
    return;

  for (guint i = 0; i < self->n_threads; i++) {
    g_async_queue_push (self->threads[i].jobs, g_new0 (Job, 1));
    g_async_queue_unref (self->threads[i].jobs);
    g_thread_unref (self->threads[i].thread);
  }
  g_free (self->threads);
  g_free (self);
}

guint
gst_rtc_fanout_get_n_threads (GstRtcFanout * self)
{
  return self->n_threads;
}

/**
 * gst_rtc_fanout_push:
 * @thread: number of the thread
 * @job: runs there
 * @data: (transfer full): its argument
 * @destroy: frees @data
 *
 * Returns: %FALSE if that thread is too far behind; @data was freed then
 *
 * Thread: any
 */
gboolean
gst_rtc_fanout_push (GstRtcFanout * self, guint thread, GstRtcFanoutJob job,
    gpointer data, GDestroyNotify destroy)
{
  GAsyncQueue *jobs = self->threads[thread % self->n_threads].jobs;
  Job *item;

  if (g_async_queue_length (jobs) >= MAX_QUEUED) {
    destroy (data);
    return FALSE;
  }

  item = g_new (Job, 1);
  item->job = job;
  item->data = data;
  item->destroy = destroy;
  g_async_queue_push (jobs, item);

  return TRUE;
}
