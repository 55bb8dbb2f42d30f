/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tasks.h"

#include <gst/check/gstcheck.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

typedef struct
{
  Tasks *tasks;
  GObject *owner;
  TaskReply reply;
} Task;

static void
task_free (gpointer data)
{
  Task *task = data;

  g_object_unref (task->owner);
  g_free (task);
}

void
tasks_init (Tasks * self, gpointer owner)
{
  self->owner = owner;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
}

void
tasks_clear (Tasks * self)
{
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

static gboolean
begin (Tasks * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->closed)
    return FALSE;
  self->n_tasks++;

  return TRUE;
}

static void
end (Tasks * self)
{
  g_mutex_lock (&self->lock);
  self->n_tasks--;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* webrtcbin's thread */
static void
on_reply (GstPromise * promise, gpointer data)
{
  Task *task = data;
  Tasks *tasks = task->tasks;
  /* the task goes with the promise */
  g_autoptr (GObject) owner = g_object_ref (task->owner);

  if (task->reply)
    task->reply (owner, promise);
  gst_promise_unref (promise);
  end (tasks);
}

void
tasks_run (Tasks * self, GstElement * webrtcbin, const gchar * signal,
    gpointer argument, TaskReply reply)
{
  Task *task;

  if (!begin (self))
    return;

  task = g_new (Task, 1);
  task->tasks = self;
  task->owner = g_object_ref (self->owner);
  task->reply = reply;
  g_signal_emit_by_name (webrtcbin, signal, argument,
      gst_promise_new_with_change_func (on_reply, task, task_free));
}

void
tasks_close (Tasks * self)
{
  const gint64 limit = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  while (self->n_tasks > 0 &&
      g_cond_wait_until (&self->cond, &self->lock, limit));
  g_mutex_unlock (&self->lock);
}

GstWebRTCSessionDescription *
tasks_get_description (GstPromise * promise, const gchar * field)
{
  GstWebRTCSessionDescription *description = NULL;

  if (gst_promise_wait (promise) == GST_PROMISE_RESULT_REPLIED)
    gst_structure_get (gst_promise_get_reply (promise), field,
        GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &description, NULL);

  return description;
}

static void
drop_owner (gpointer owner, GClosure * closure)
{
  g_object_unref (owner);
}

void
tasks_connect (Tasks * self, gpointer object, const gchar * signal,
    GCallback handler)
{
  g_signal_connect_data (object, signal, handler, g_object_ref (self->owner),
      drop_owner, 0);
}
