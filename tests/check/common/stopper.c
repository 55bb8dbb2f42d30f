/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "stopper.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

/* A state change in a handler on the control thread waits for nothing */
#define AT_ONCE G_USEC_PER_SEC

/* The element goes on without a session that has not ended by then */
#define HUNG (5 * G_USEC_PER_SEC)

static void
set_flag (Stopper * self, gboolean * flag)
{
  g_mutex_lock (&self->lock);
  *flag = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
wait_for_flag (Stopper * self, const gboolean * flag, const gchar * what)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  gboolean there;

  g_mutex_lock (&self->lock);
  while (!*flag && g_cond_wait_until (&self->cond, &self->lock, end));
  there = *flag;
  g_mutex_unlock (&self->lock);
  fail_unless (there, "not %s", what);
}

static void
stop_within (Stopper * self, gint64 limit)
{
  const gint64 start = g_get_monotonic_time ();
  gint64 took;

  fail_unless_equals_int (gst_element_set_state (self->pipeline,
          GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
  took = g_get_monotonic_time () - start;
  fail_unless (took < limit, "it took %" G_GINT64_FORMAT " us", took);
  set_flag (self, &self->stopped);
}

static gpointer
run_stop (gpointer data)
{
  stopper_stop (data);

  return NULL;
}

/* Returns in the middle of the state change, which has to wait for us */
static void
stop_in_thread (Stopper * self)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  self->thread = g_thread_new ("stopper", run_stop, self);
  while (GST_STATE_NEXT (self->element) != GST_STATE_READY) {
    fail_if (g_get_monotonic_time () > end, "the state does not change");
    g_thread_yield ();
  }
}

static void
call_stop (GstElement * pipeline, gpointer data)
{
  stopper_stop (data);
}

static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Stopper *self = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_APPLICATION)
    gst_element_call_async (self->pipeline, call_stop, self, NULL);

  return GST_BUS_PASS;
}

void
stopper_init (Stopper * self, GstElement * pipeline, GstElement * element,
    Way way)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  memset (self, 0, sizeof (Stopper));
  self->pipeline = pipeline;
  self->element = element;
  self->way = way;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  gst_bus_set_sync_handler (bus, on_message, self, NULL);
}

void
stopper_leave_bus (Stopper * self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
}

void
stopper_clear (Stopper * self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

void
stopper_handle (Stopper * self)
{
  if (self->called)
    return;
  self->called = TRUE;

  switch (self->way) {
    case BY_THREAD_OF_HANDLER:
      stop_in_thread (self);
      break;
    case BY_HANDLER:
    case BY_LAST_REFERENCE:
      stop_within (self, AT_ONCE);
      break;
    case BY_HANDLER_AND_BACK:
      gst_element_set_state (self->element, GST_STATE_NULL);
      gst_element_set_state (self->element, GST_STATE_PLAYING);
      gst_element_set_state (self->element, GST_STATE_NULL);
      set_flag (self, &self->stopped);
      break;
    case BY_SYNC_HANDLER:
      gst_element_post_message (self->element, gst_message_new_application
          (GST_OBJECT (self->element), gst_structure_new_empty ("stop")));
      break;
    default:
      break;
  }
  set_flag (self, &self->reached);
}

void
stopper_wait (Stopper * self)
{
  wait_for_flag (self, &self->reached, "at the moment");
  if (self->way == BY_APPLICATION)
    stopper_stop (self);
  wait_for_flag (self, &self->stopped, "stopped");
  if (self->thread)
    g_thread_join (self->thread);
}

void
stopper_stop (Stopper * self)
{
  stop_within (self, HUNG);
}

guint
stopper_get_n_times (void)
{
  return g_getenv ("GST_RTC_LONG") ? 30 : 5;
}
