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
#include "tests/check/common/stopper.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

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

typedef struct
{
  SinkHarness *h;
  GstElement *sink;
  Stopper stopper;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  guint n_added;
  guint n_removed;
} Fixture;

static void
count (Fixture * f, guint * counter)
{
  g_mutex_lock (&f->lock);
  *counter += 1;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

/* The moments */

static void
on_consumer_signal (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, Fixture * f)
{
  stopper_handle (&f->stopper);
}

static void
on_offer (FakeSignaller * peers, const gchar * session_id,
    GstWebRTCSessionDescription * description, Fixture * f)
{
  stopper_handle (&f->stopper);
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
  memset (f, 0, sizeof (Fixture));
  f->h = sink_harness_new_playing (STREAM);
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->sink = sink_harness_get_sink (f->h);
  g_signal_connect (f->sink, "consumer-added", G_CALLBACK (on_added), f);
  g_signal_connect (f->sink, "consumer-removed", G_CALLBACK (on_removed), f);
  stopper_init (&f->stopper, sink_harness_get_pipeline (f->h), f->sink, way);
}

/* Brings about the moment at which stopper_handle() is called. Returns the consumers,
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
  stopper_stop (&f->stopper);
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
  stopper_clear (&f->stopper);
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
  stopper_wait (&f.stopper);
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

  for (guint i = 0; i < stopper_get_n_times (); i++)
    stop_once (moment, way);
}

GST_END_TEST;

/* Between starts */

GST_START_TEST (paused_and_playing)
{
  SinkHarness *h = sink_harness_new_playing (STREAM);
  GstElement *pipeline = sink_harness_get_pipeline (h);
  Consumer *consumer = sink_harness_join_and_wait (h, "one");

  for (guint i = 0; i < stopper_get_n_times (); i++) {
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
  for (guint i = 0; i < stopper_get_n_times (); i++) {
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
