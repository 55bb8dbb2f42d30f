/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/streamproducer/streamproducer.h"

#include "tests/check/common/threads.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include "gst/streamproducer/fanout.h"

#define WATCHDOG (10 * G_USEC_PER_SEC)

/* The appsink's end: buffers go in, requests for key frames come out */
typedef struct
{
  GstElement *appsink;
  GstHarness *harness;
  GstRtcStreamProducer *producer;
} Fixture;

static void
set_up (Fixture * f, GstRtcPushMode mode)
{
  f->appsink = gst_object_ref_sink (gst_element_factory_make ("appsink", NULL));
  g_object_set (f->appsink, "sync", FALSE, "async", FALSE, NULL);
  f->producer = gst_rtc_stream_producer_new (f->appsink, mode);
  f->harness = gst_harness_new_with_element (f->appsink, "sink", NULL);
  gst_harness_set_src_caps_str (f->harness, "video/x-vp8");
}

static void
tear_down (Fixture * f)
{
  gst_rtc_stream_producer_stop (f->producer);
  gst_harness_teardown (f->harness);
  ASSERT_OBJECT_REFCOUNT (f->producer, "producer", 1);
  g_object_unref (f->producer);
  gst_object_unref (f->appsink);
}

static void
push (Fixture * f, GstClockTime pts, gboolean key)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 10, NULL);

  GST_BUFFER_PTS (buffer) = pts;
  if (!key)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  fail_unless_equals_int (gst_harness_push (f->harness, buffer), GST_FLOW_OK);
}

static guint
count_requests (Fixture * f)
{
  GstEvent *event;
  guint n = 0;

  while ((event = gst_harness_try_pull_upstream_event (f->harness))) {
    n += gst_video_event_is_force_key_unit (event);
    gst_event_unref (event);
  }

  return n;
}

/* Who takes samples */
typedef struct
{
  GObject parent;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GArray *pts;                  /* element-type GstClockTime */
  guint n_lost;
  GThread *thread;
  gboolean one_thread;
  gboolean blocked;
} Taker;

typedef struct
{
  GObjectClass parent_class;
} TakerClass;

static GType taker_get_type (void);

G_DEFINE_TYPE (Taker, taker, G_TYPE_OBJECT);

static void
taker_finalize (GObject * object)
{
  Taker *self = (Taker *) object;

  g_array_unref (self->pts);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (taker_parent_class)->finalize (object);
}

static void
taker_class_init (TakerClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = taker_finalize;
}

static void
taker_init (Taker * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->pts = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  self->one_thread = TRUE;
}

static void
take (gpointer consumer, GstSample * sample, gboolean lost)
{
  Taker *self = consumer;
  GstClockTime pts = GST_BUFFER_PTS (gst_sample_get_buffer (sample));

  g_mutex_lock (&self->lock);
  while (self->blocked)
    g_cond_wait (&self->cond, &self->lock);
  if (self->thread && self->thread != g_thread_self ())
    self->one_thread = FALSE;
  self->thread = g_thread_self ();
  g_array_append_val (self->pts, pts);
  self->n_lost += lost;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
block (Taker * self, gboolean blocked)
{
  g_mutex_lock (&self->lock);
  self->blocked = blocked;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
wait_for_samples (Taker * self, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&self->lock);
  while (self->pts->len < n &&
      g_cond_wait_until (&self->cond, &self->lock, end));
  g_mutex_unlock (&self->lock);
  fail_unless (self->pts->len >= n, "%u of %u samples", self->pts->len, n);
}

static void
assert_in_order (Taker * self)
{
  fail_unless (self->one_thread);
  for (guint i = 1; i < self->pts->len; i++)
    fail_unless (g_array_index (self->pts, GstClockTime, i - 1) <
        g_array_index (self->pts, GstClockTime, i));
}

GST_START_TEST (all_get_the_same)
{
  Fixture f;
  Taker *takers[5];

  set_up (&f, __i__);
  for (guint i = 0; i < 5; i++) {
    takers[i] = g_object_new (taker_get_type (), NULL);
    gst_rtc_stream_producer_add_consumer (f.producer, takers[i], i, take);
  }
  for (guint n = 0; n < 100; n++)
    push (&f, n, n == 0);
  for (guint i = 0; i < 5; i++) {
    wait_for_samples (takers[i], 100);
    assert_in_order (takers[i]);
    fail_unless_equals_int (takers[i]->n_lost, 0);
  }
  fail_unless_equals_uint64 (gst_rtc_stream_producer_get_n_samples
      (f.producer), 100);

  for (guint i = 0; i < 5; i++)
    gst_rtc_stream_producer_remove_consumer (f.producer, takers[i]);
  push (&f, 100, FALSE);
  fail_unless_equals_int (takers[0]->pts->len, 100);
  tear_down (&f);
  for (guint i = 0; i < 5; i++)
    g_object_unref (takers[i]);
}

GST_END_TEST;

/* One that hangs holds up nobody on another thread, and what did not fit into
 * the queue of its own is told to it as lost */
GST_START_TEST (slow_consumer)
{
  Fixture f;
  Taker *slow = g_object_new (taker_get_type (), NULL);
  Taker *fast = g_object_new (taker_get_type (), NULL);
  GstRtcFanout *fanout = gst_rtc_fanout_acquire ();
  const gboolean apart = gst_rtc_fanout_get_n_threads (fanout) > 1;

  set_up (&f, GST_RTC_PUSH_ON_FANOUT);
  gst_rtc_stream_producer_add_consumer (f.producer, slow, 0, take);
  if (apart)
    gst_rtc_stream_producer_add_consumer (f.producer, fast, 1, take);
  block (slow, TRUE);
  for (guint n = 0; n < 600; n++) {
    push (&f, n, n == 0);
    if (apart)
      wait_for_samples (fast, n + 1);
  }
  block (slow, FALSE);
  wait_for_samples (slow, 256);
  push (&f, 600, FALSE);
  wait_for_samples (slow, 258);
  assert_in_order (slow);
  fail_unless (slow->pts->len < 601);
  fail_unless_equals_int (slow->n_lost, 1);
  fail_unless_equals_int (fast->n_lost, 0);

  tear_down (&f);
  gst_rtc_fanout_release (fanout);
  g_object_unref (slow);
  g_object_unref (fast);
}

GST_END_TEST;

/* Key frames */

GST_START_TEST (requests_are_coalesced)
{
  Fixture f;

  set_up (&f, GST_RTC_PUSH_ON_CALLER);
  push (&f, 0, TRUE);
  for (guint i = 0; i < 10; i++)
    gst_rtc_stream_producer_request_key_unit (f.producer);
  fail_unless_equals_int (count_requests (&f), 1);
  /* the encoder has not answered: nothing more is wanted */
  for (guint n = 1; n < 20; n++)
    push (&f, n, FALSE);
  fail_unless_equals_int (count_requests (&f), 0);
  tear_down (&f);
}

GST_END_TEST;

/* Somebody joins right after the key frame that an earlier one asked for */
GST_START_TEST (early_request_is_deferred)
{
  Fixture f;
  const gint64 start = g_get_monotonic_time ();
  guint n = 0;

  set_up (&f, GST_RTC_PUSH_ON_CALLER);
  gst_rtc_stream_producer_request_key_unit (f.producer);
  fail_unless_equals_int (count_requests (&f), 1);
  push (&f, n++, TRUE);
  for (guint i = 0; i < 10; i++)
    gst_rtc_stream_producer_request_key_unit (f.producer);
  push (&f, n++, FALSE);
  fail_unless_equals_int (count_requests (&f), 0);

  /* it comes with the first frame after that time */
  while (count_requests (&f) == 0) {
    fail_unless (g_get_monotonic_time () - start < WATCHDOG);
    push (&f, n++, FALSE);
    g_thread_yield ();
  }
  fail_unless (g_get_monotonic_time () - start >=
      300 * G_TIME_SPAN_MILLISECOND);
  push (&f, n++, FALSE);
  fail_unless_equals_int (count_requests (&f), 0);
  tear_down (&f);
}

GST_END_TEST;

/* A key frame that comes by itself serves the deferred one */
GST_START_TEST (key_frame_answers_deferred_request)
{
  Fixture f;
  const gint64 start = g_get_monotonic_time ();
  guint n = 0;

  set_up (&f, GST_RTC_PUSH_ON_CALLER);
  gst_rtc_stream_producer_request_key_unit (f.producer);
  push (&f, n++, TRUE);
  gst_rtc_stream_producer_request_key_unit (f.producer);
  push (&f, n++, TRUE);
  fail_unless_equals_int (count_requests (&f), 1);
  while (g_get_monotonic_time () - start < 400 * G_TIME_SPAN_MILLISECOND) {
    push (&f, n++, FALSE);
    g_thread_yield ();
  }
  fail_unless_equals_int (count_requests (&f), 0);
  tear_down (&f);
}

GST_END_TEST;

/* Consumers come and go while samples pass */

static gpointer
come_and_go (gpointer producer)
{
  for (guint i = 0; i < 2000; i++) {
    Taker *taker = g_object_new (taker_get_type (), NULL);

    gst_rtc_stream_producer_add_consumer (producer, taker, i, take);
    gst_rtc_stream_producer_remove_consumer (producer, taker);
    g_object_unref (taker);
  }

  return NULL;
}

GST_START_TEST (changes_while_pushing)
{
  Fixture f;
  GThread *threads[2];

  set_up (&f, __i__);
  for (guint i = 0; i < 2; i++)
    threads[i] = g_thread_new ("taker", come_and_go, f.producer);
  for (guint n = 0; n < 2000; n++)
    push (&f, n, FALSE);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  tear_down (&f);
}

GST_END_TEST;

/* Threads that are told to end before they ran at all */
GST_START_TEST (fanout_ends_at_once)
{
  for (guint i = 0; i < 3000; i++)
    gst_rtc_fanout_release (gst_rtc_fanout_acquire ());
  wait_for_threads ();
}

GST_END_TEST;

static Suite *
streamproducer_suite (void)
{
  Suite *s = suite_create ("streamproducer");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, all_get_the_same, GST_RTC_PUSH_ON_CALLER,
      GST_RTC_PUSH_ON_FANOUT + 1);
  tcase_add_test (tc, fanout_ends_at_once);
  tcase_add_test (tc, slow_consumer);
  tcase_add_test (tc, requests_are_coalesced);
  tcase_add_test (tc, early_request_is_deferred);
  tcase_add_test (tc, key_frame_answers_deferred_request);
  tcase_add_loop_test (tc, changes_while_pushing, GST_RTC_PUSH_ON_CALLER,
      GST_RTC_PUSH_ON_FANOUT + 1);

  return s;
}

GST_CHECK_MAIN (streamproducer);
