/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* webrtcsink is stopped in every state of a session, in every way an
 * application may do it. Each time its threads go, no session hangs and each
 * consumer that was added is removed once.
 *
 * The moments are those at which a handler runs on the control thread, so that
 * a way can begin there. GST_RTC_LONG in the environment makes it 30 times each
 * instead of 5.
 */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

/* A state change in a handler on the control thread waits for nothing */
#define AT_ONCE G_USEC_PER_SEC

#define STREAM "videotestsrc is-live=true pattern=ball ! " \
    "capsfilter caps=video/x-raw,width=160,height=120,framerate=30/1"

/* What the session of peer "one" is doing */
typedef enum
{
  PREPARING,
  NEGOTIATING,
  STREAMING,
  CLOSING,
  N_MOMENTS
} Moment;

/* Who sets the pipeline to NULL */
typedef enum
{
  BY_APPLICATION,
  BY_THREAD_OF_HANDLER,         /* while the handler still runs */
  BY_HANDLER,
  BY_SYNC_HANDLER,              /* of the bus */
  BY_LAST_REFERENCE,            /* after NULL by a handler */
  N_WAYS
} Way;

typedef struct
{
  SinkHarness *h;
  GstElement *pipeline;
  GstElement *sink;
  Way way;
  GThread *thread;              /* of BY_THREAD_OF_HANDLER */

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  gboolean reached;
  gboolean stopped;
  guint n_added;
  guint n_removed;
} Fixture;

static guint
get_n_times (void)
{
  return g_getenv ("GST_RTC_LONG") ? 30 : 5;
}

static void
set_flag (Fixture * f, gboolean * flag)
{
  g_mutex_lock (&f->lock);
  *flag = TRUE;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

static void
wait_for_flag (Fixture * f, const gboolean * flag, const gchar * what)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  gboolean there;

  g_mutex_lock (&f->lock);
  while (!*flag && g_cond_wait_until (&f->cond, &f->lock, end));
  there = *flag;
  g_mutex_unlock (&f->lock);
  fail_unless (there, "not %s", what);
}

static void
count (Fixture * f, guint * counter)
{
  g_mutex_lock (&f->lock);
  *counter += 1;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

/* The ways */

static void
stop (Fixture * f)
{
  fail_unless_equals_int (gst_element_set_state (f->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  set_flag (f, &f->stopped);
}

static gpointer
run_stop (gpointer data)
{
  stop (data);

  return NULL;
}

/* Returns in the middle of the state change, which has to wait for us */
static void
stop_in_thread (Fixture * f)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  f->thread = g_thread_new ("stopper", run_stop, f);
  while (GST_STATE_NEXT (f->sink) != GST_STATE_READY) {
    fail_if (g_get_monotonic_time () > end, "the state does not change");
    g_thread_yield ();
  }
}

static void
stop_here (Fixture * f)
{
  const gint64 start = g_get_monotonic_time ();
  gint64 took;

  stop (f);
  took = g_get_monotonic_time () - start;
  fail_unless (took < AT_ONCE, "it took %" G_GINT64_FORMAT " us", took);
}

static void
call_stop (GstElement * pipeline, gpointer data)
{
  stop (data);
}

static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Fixture *f = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_APPLICATION)
    gst_element_call_async (f->pipeline, call_stop, f, NULL);

  return GST_BUS_PASS;
}

/* Control thread */
static void
stop_now (Fixture * f)
{
  if (f->reached)
    return;

  switch (f->way) {
    case BY_THREAD_OF_HANDLER:
      stop_in_thread (f);
      break;
    case BY_HANDLER:
    case BY_LAST_REFERENCE:
      stop_here (f);
      break;
    case BY_SYNC_HANDLER:
      gst_element_post_message (f->sink, gst_message_new_application
          (GST_OBJECT (f->sink), gst_structure_new_empty ("stop")));
      break;
    default:
      break;
  }
  set_flag (f, &f->reached);
}

/* The moments */

static void
on_consumer_signal (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, Fixture * f)
{
  stop_now (f);
}

static void
on_offer (FakeSignaller * peers, const gchar * session_id,
    GstWebRTCSessionDescription * description, Fixture * f)
{
  stop_now (f);
}

static void
on_added (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, Fixture * f)
{
  count (f, &f->n_added);
}

static void
on_removed (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, Fixture * f)
{
  count (f, &f->n_removed);
}

static void
set_up (Fixture * f, Way way)
{
  g_autoptr (GstBus) bus = NULL;

  memset (f, 0, sizeof (Fixture));
  f->way = way;
  f->h = sink_harness_new_playing (STREAM);
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->pipeline = sink_harness_get_pipeline (f->h);
  f->sink = sink_harness_get_sink (f->h);
  g_signal_connect (f->sink, "consumer-added", G_CALLBACK (on_added), f);
  g_signal_connect (f->sink, "consumer-removed", G_CALLBACK (on_removed), f);
  bus = gst_element_get_bus (f->pipeline);
  gst_bus_set_sync_handler (bus, on_message, f, NULL);
}

/* Brings about the moment at which stop_now() is called. Returns the consumers,
 * whom nobody answers any more from then on. */
static GPtrArray *
bring_about (Fixture * f, Moment moment)
{
  GPtrArray *consumers = g_ptr_array_new_with_free_func (g_object_unref);
  Consumer *one;

  if (moment == NEGOTIATING)
    g_signal_connect (sink_harness_get_peers (f->h), "session-description",
        G_CALLBACK (on_offer), f);
  if (moment == PREPARING)
    g_signal_connect (f->sink, "consumer-added",
        G_CALLBACK (on_consumer_signal), f);
  one = sink_harness_join (f->h, "one");
  g_ptr_array_add (consumers, one);
  if (moment < STREAMING)
    return consumers;

  consumer_wait_frames (one, 0, 1);
  if (moment == STREAMING) {
    g_signal_connect (f->sink, "consumer-added",
        G_CALLBACK (on_consumer_signal), f);
    g_ptr_array_add (consumers, sink_harness_join (f->h, "two"));
  } else {
    g_signal_connect (f->sink, "consumer-removed",
        G_CALLBACK (on_consumer_signal), f);
    consumer_leave (one);
  }

  return consumers;
}

/* After a stop that did not wait, the application is told a little later */
static void
wait_until_told (Fixture * f)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  guint n_added, n_removed;

  g_mutex_lock (&f->lock);
  while (f->n_removed < f->n_added &&
      g_cond_wait_until (&f->cond, &f->lock, end));
  n_added = f->n_added;
  n_removed = f->n_removed;
  g_mutex_unlock (&f->lock);
  fail_unless (n_added > 0 && n_removed == n_added,
      "%u consumers were added and %u removed", n_added, n_removed);
}

/* A start waits for the end of what ran before */
static void
start_again (Fixture * f)
{
  Consumer *consumer;

  sink_harness_play (f->h);
  consumer = sink_harness_join (f->h, "again");
  consumer_wait_frames (consumer, 0, 1);
  stop (f);
  wait_until_told (f);
  consumer_vanish (consumer);
  g_object_unref (consumer);
}

static void
clear (Fixture * f)
{
  g_signal_handlers_disconnect_by_data (sink_harness_get_peers (f->h), f);
  /* counts still, until the sink is gone */
  sink_harness_free (f->h);
  fail_unless_equals_int (f->n_removed, f->n_added);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static void
stop_once (Moment moment, Way way)
{
  g_autoptr (GPtrArray) consumers = NULL;
  Fixture f;

  set_up (&f, way);
  consumers = bring_about (&f, moment);
  wait_for_flag (&f, &f.reached, "at the moment");
  if (way == BY_APPLICATION)
    stop (&f);
  wait_for_flag (&f, &f.stopped, "stopped");
  if (f.thread)
    g_thread_join (f.thread);
  if (way != BY_LAST_REFERENCE)
    wait_until_told (&f);
  if (way == BY_HANDLER)
    start_again (&f);
  clear (&f);
  g_ptr_array_foreach (consumers, (GFunc) consumer_vanish, NULL);
}

GST_START_TEST (stopped)
{
  const Way way = __i__ / N_MOMENTS;
  const Moment moment = __i__ % N_MOMENTS;

  for (guint i = 0; i < get_n_times (); i++)
    stop_once (moment, way);
}

GST_END_TEST;

/* Between starts */

GST_START_TEST (paused_and_playing)
{
  SinkHarness *h = sink_harness_new_playing (STREAM);
  GstElement *pipeline = sink_harness_get_pipeline (h);
  Consumer *consumer = sink_harness_join_and_wait (h, "one");

  for (guint i = 0; i < get_n_times (); i++) {
    gst_element_set_state (pipeline, GST_STATE_PAUSED);
    fail_unless_equals_int (gst_element_get_state (pipeline, NULL, NULL,
            GST_CLOCK_TIME_NONE), GST_STATE_CHANGE_NO_PREROLL);
    gst_element_set_state (pipeline, GST_STATE_PLAYING);
    consumer_forget (consumer);
    consumer_wait_frames (consumer, 0, 10);
  }
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed"), 0);
  fail_unless_equals_int (fake_signaller_count (sink_harness_get_signaller (h),
          "start"), 1);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (null_and_playing)
{
  SinkHarness *h = sink_harness_new ();

  sink_harness_add (h, STREAM);
  for (guint i = 0; i < get_n_times (); i++) {
    Consumer *consumer;

    sink_harness_play (h);
    consumer = sink_harness_join_and_wait (h, "one");
    sink_harness_stop (h);
    sink_harness_wait (h, "consumer-removed", i + 1);
    consumer_vanish (consumer);
    g_object_unref (consumer);
  }
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
shutdown_suite (void)
{
  Suite *s = suite_create ("shutdown");
  TCase *matrix = tcase_create ("matrix");
  TCase *again = tcase_create ("again");

  suite_add_tcase (s, matrix);
  tcase_set_timeout (matrix, 300);
  tcase_add_checked_fixture (matrix, NULL, wait_for_threads);
  tcase_add_loop_test (matrix, stopped, 0, N_WAYS * N_MOMENTS);

  suite_add_tcase (s, again);
  tcase_set_timeout (again, 300);
  tcase_add_checked_fixture (again, NULL, wait_for_threads);
  tcase_add_test (again, paused_and_playing);
  tcase_add_test (again, null_and_playing);

  return s;
}

GST_CHECK_MAIN (shutdown);
