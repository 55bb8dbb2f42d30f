/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A world whose time is the system's.
 *
 * What happens in it happens at its own time, however late the thread is that
 * makes it happen: so a link serves its packets to the nanosecond. Threads
 * that bring something enter, which first lets happen what is due. Whatever
 * calls out, to an element, is a job for the thread that runs the world, and
 * done outside of it.
 */

#include "realtime.h"

typedef struct
{
  RealTimeJob func;
  gpointer receiver;
  gpointer object;
} Job;

struct _RealTime
{
  GstClock *clock;

  GMutex lock;
  GCond cond;                   /* jobs, or something sooner than was known */
  /* guarded by lock */
  World *world;
  GstClockTime base;            /* the clock's time when the world began */
  GQueue jobs;
  gint64 planned;               /* until when the thread sleeps */
};

RealTime *
real_time_new (void)
{
  RealTime *self = g_new0 (RealTime, 1);

  self->clock = gst_system_clock_obtain ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->jobs);

  return self;
}

void
real_time_free (RealTime * self)
{
  g_assert (g_queue_is_empty (&self->jobs));
  gst_object_unref (self->clock);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gint64
get_now (RealTime * self)
{
  return gst_clock_get_time (self->clock) - self->base;
}

/* With a lock, until real_time_leave() */
World *
real_time_enter (RealTime * self)
{
  g_mutex_lock (&self->lock);
  world_run_until (self->world, get_now (self));

  return self->world;
}

void
real_time_leave (RealTime * self)
{
  if (!g_queue_is_empty (&self->jobs) ||
      world_get_next (self->world) < self->planned)
    g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* What the system's clock says then */
guint64
real_time_get_local (const RealTime * self, gint64 time)
{
  return self->base + time;
}

/* @job frees @object */
void
real_time_post (RealTime * self, RealTimeJob func, gpointer receiver,
    gpointer object)
{
  Job *job = g_new (Job, 1);

  *job = (Job) {
  func, receiver, object};
  g_queue_push_tail (&self->jobs, job);
}

static void
do_jobs_unlocked (RealTime * self)
{
  Job *job;

  while ((job = g_queue_pop_head (&self->jobs))) {
    g_mutex_unlock (&self->lock);
    job->func (job->receiver, job->object);
    g_free (job);
    g_mutex_lock (&self->lock);
  }
}

/* @world begins now */
void
real_time_begin (RealTime * self, World * world)
{
  g_mutex_lock (&self->lock);
  self->world = world;
  self->base = gst_clock_get_time (self->clock);
  g_mutex_unlock (&self->lock);
}

/* Milliseconds by which it was late at worst: how far to trust it */
gdouble
real_time_run_until (RealTime * self, gint64 time)
{
  gint64 latest = 0;

  g_mutex_lock (&self->lock);
  for (;;) {
    gint64 now = get_now (self);

    latest = MAX (latest, MIN (now, time) - world_get_next (self->world));
    world_run_until (self->world, MIN (now, time));
    do_jobs_unlocked (self);
    now = get_now (self);
    if (now >= time)
      break;
    self->planned = MIN (time, world_get_next (self->world));
    if (self->planned > now)
      g_cond_wait_until (&self->cond, &self->lock, g_get_monotonic_time () +
          (self->planned - now + 999) / 1000);
    self->planned = 0;
  }
  g_mutex_unlock (&self->lock);

  return latest / 1e6;
}

/* Nobody brings anything any more: what is left to do for them is done */
void
real_time_end (RealTime * self)
{
  g_mutex_lock (&self->lock);
  do_jobs_unlocked (self);
  self->world = NULL;
  g_mutex_unlock (&self->lock);
}
