/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One appsink, any number of consumers.
 *
 *   ... ! appsink ═╤═▶ consumer
 *                  ├─▶ consumer
 *                  └─▶ consumer
 *
 * A sample goes to every consumer by reference: nothing is copied and nothing
 * is queued here. The list of consumers is an immutable array that is replaced
 * when it changes, so a sample takes the lock only to take a reference to the
 * array.
 *
 * Requests for a key frame go the other way. They are coalesced: one event at
 * most per KEY_UNIT_INTERVAL, and a request that comes too early is not
 * dropped but sent with the first sample after that time, unless a key frame
 * came by itself meanwhile.
 */

#include "streamproducer.h"

#include <gst/video/video.h>

#include "fanout.h"

GST_DEBUG_CATEGORY_STATIC (streamproducer_debug);
#define GST_CAT_DEFAULT streamproducer_debug

/* Thirty joins 60 ms apart with 100 ms here still made 20 key frames */
#define KEY_UNIT_INTERVAL (300 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  gint refs;                    /* atomic */
  GObject *consumer;
  GstRtcConsumerFunc func;
  guint thread;
  gint lost;                    /* atomic */
} Consumer;

typedef struct
{
  GPtrArray *consumers;
  GstSample *sample;
} Delivery;

struct _GstRtcStreamProducer
{
  GObject parent_instance;

  /* construct-only: any thread */
  GstElement *appsink;
  GstPad *pad;                  /* of the appsink */
  GstRtcFanout *fanout;         /* NULL: consumers are called directly */

  GMutex lock;
  /* guarded by lock */
  GPtrArray *consumers;         /* element-type Consumer; never changed */
  gint64 last_request;
  gboolean request_pending;
  gboolean request_deferred;
  guint64 n_samples;
};

G_DEFINE_FINAL_TYPE (GstRtcStreamProducer, gst_rtc_stream_producer,
    G_TYPE_OBJECT);

static void
unref_consumer (gpointer data)
{
  Consumer *consumer = data;

  if (!g_atomic_int_dec_and_test (&consumer->refs))
    return;

  g_object_unref (consumer->consumer);
  g_free (consumer);
}

static gpointer
ref_consumer (gconstpointer data, gpointer unused)
{
  Consumer *consumer = (Consumer *) data;

  g_atomic_int_inc (&consumer->refs);

  return consumer;
}

static GPtrArray *
copy_consumers (GPtrArray * consumers)
{
  GPtrArray *copy = g_ptr_array_copy (consumers, ref_consumer, NULL);

  g_ptr_array_set_free_func (copy, unref_consumer);

  return copy;
}

static void
call_consumer (Consumer * consumer, GstSample * sample)
{
  gboolean lost = g_atomic_int_compare_and_exchange (&consumer->lost, TRUE,
      FALSE);

  consumer->func (consumer->consumer, sample, lost);
}

static void
free_delivery (gpointer data)
{
  Delivery *delivery = data;

  g_ptr_array_unref (delivery->consumers);
  gst_sample_unref (delivery->sample);
  g_free (delivery);
}

/* A fan-out thread */
static void
deliver_on_thread (gpointer data, guint thread)
{
  Delivery *delivery = data;

  for (guint i = 0; i < delivery->consumers->len; i++) {
    Consumer *consumer = g_ptr_array_index (delivery->consumers, i);

    if (consumer->thread == thread)
      call_consumer (consumer, delivery->sample);
  }
}

static void
mark_lost (GPtrArray * consumers, guint thread)
{
  for (guint i = 0; i < consumers->len; i++) {
    Consumer *consumer = g_ptr_array_index (consumers, i);

    if (consumer->thread == thread)
      g_atomic_int_set (&consumer->lost, TRUE);
  }
}

static gboolean
has_consumer_on (GPtrArray * consumers, guint thread)
{
  for (guint i = 0; i < consumers->len; i++) {
    if (((Consumer *) g_ptr_array_index (consumers, i))->thread == thread)
      return TRUE;
  }

  return FALSE;
}

static void
spread (GstRtcStreamProducer * self, GPtrArray * consumers, GstSample * sample)
{
  const guint n_threads = gst_rtc_fanout_get_n_threads (self->fanout);

  for (guint thread = 0; thread < n_threads; thread++) {
    Delivery *delivery;

    if (!has_consumer_on (consumers, thread))
      continue;

    delivery = g_new (Delivery, 1);
    delivery->consumers = g_ptr_array_ref (consumers);
    delivery->sample = gst_sample_ref (sample);
    if (!gst_rtc_fanout_push (self->fanout, thread, deliver_on_thread,
            delivery, free_delivery))
      mark_lost (consumers, thread);
  }
}

static void
send_key_unit_request (GstRtcStreamProducer * self)
{
  GST_DEBUG_OBJECT (self->appsink, "requesting a key frame");
  gst_pad_push_event (self->pad,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
}

/* Keeps the books of a sample; says whether a deferred request is due. */
static gboolean
account_sample (GstRtcStreamProducer * self, gboolean key_unit)
{
  gint64 now = g_get_monotonic_time ();

  self->n_samples++;
  if (key_unit) {
    self->request_pending = FALSE;
    self->request_deferred = FALSE;
  }
  if (!self->request_deferred || now - self->last_request < KEY_UNIT_INTERVAL)
    return FALSE;

  self->request_deferred = FALSE;
  self->last_request = now;

  return TRUE;
}

/* The appsink's streaming thread */
static GstFlowReturn
on_new_sample (GstAppSink * appsink, gpointer data)
{
  GstRtcStreamProducer *self = data;
  g_autoptr (GPtrArray) consumers = NULL;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (appsink);
  GstBuffer *buffer = sample ? gst_sample_get_buffer (sample) : NULL;
  gboolean request;

  if (!buffer)
    return GST_FLOW_OK;

  g_mutex_lock (&self->lock);
  consumers = g_ptr_array_ref (self->consumers);
  request = account_sample (self,
      !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT));
  g_mutex_unlock (&self->lock);

  if (self->fanout)
    spread (self, consumers, sample);
  else
    for (guint i = 0; i < consumers->len; i++)
      call_consumer (g_ptr_array_index (consumers, i), sample);

  if (request)
    send_key_unit_request (self);

  return GST_FLOW_OK;
}

/**
 * gst_rtc_stream_producer_new:
 * @appsink: (transfer none): where the samples come from; its callbacks become
 *     the producer's
 * @mode: on which threads consumers are called
 *
 * Thread: any
 */
GstRtcStreamProducer *
gst_rtc_stream_producer_new (GstElement * appsink, GstRtcPushMode mode)
{
  GstRtcStreamProducer *self =
      g_object_new (GST_RTC_TYPE_STREAM_PRODUCER, NULL);
  GstAppSinkCallbacks callbacks = { NULL, };

  self->appsink = gst_object_ref (appsink);
  self->pad = gst_element_get_static_pad (appsink, "sink");
  if (mode == GST_RTC_PUSH_ON_FANOUT)
    self->fanout = gst_rtc_fanout_acquire ();

  callbacks.new_sample = on_new_sample;
  gst_app_sink_set_callbacks (GST_APP_SINK (appsink), &callbacks,
      g_object_ref (self), g_object_unref);

  return self;
}

/**
 * gst_rtc_stream_producer_get_appsink:
 *
 * Returns: (transfer none): where the samples come from
 *
 * Thread: any
 */
GstElement *
gst_rtc_stream_producer_get_appsink (GstRtcStreamProducer * self)
{
  return self->appsink;
}

/**
 * gst_rtc_stream_producer_stop:
 *
 * Lets go of the appsink and of all consumers. A sample that is on its way may
 * still reach a consumer.
 *
 * Thread: any
 */
void
gst_rtc_stream_producer_stop (GstRtcStreamProducer * self)
{
  GstAppSinkCallbacks callbacks = { NULL, };
  GPtrArray *consumers;

  g_mutex_lock (&self->lock);
  consumers = self->consumers;
  self->consumers = g_ptr_array_new_with_free_func (unref_consumer);
  g_mutex_unlock (&self->lock);

  g_ptr_array_unref (consumers);
  gst_app_sink_set_callbacks (GST_APP_SINK (self->appsink), &callbacks, NULL,
      NULL);
}

/* Called with the lock */
static void
replace_consumers_locked (GstRtcStreamProducer * self, GPtrArray * consumers,
    GPtrArray ** ret_old)
{
  *ret_old = self->consumers;
  self->consumers = consumers;
}

/**
 * gst_rtc_stream_producer_add_consumer:
 * @consumer: (type GObject): who takes the samples; referenced
 * @thread: its fan-out thread, any number
 * @func: how it takes one
 *
 * Thread: any
 */
void
gst_rtc_stream_producer_add_consumer (GstRtcStreamProducer * self,
    gpointer consumer, guint thread, GstRtcConsumerFunc func)
{
  Consumer *entry = g_new0 (Consumer, 1);
  GPtrArray *changed;
  GPtrArray *old;

  entry->refs = 1;
  entry->consumer = g_object_ref (consumer);
  entry->func = func;
  entry->thread = self->fanout ?
      thread % gst_rtc_fanout_get_n_threads (self->fanout) : 0;

  g_mutex_lock (&self->lock);
  changed = copy_consumers (self->consumers);
  g_ptr_array_add (changed, entry);
  replace_consumers_locked (self, changed, &old);
  g_mutex_unlock (&self->lock);

  g_ptr_array_unref (old);
}

/**
 * gst_rtc_stream_producer_remove_consumer:
 * @consumer: (type GObject): who takes no more samples
 *
 * A sample that is on its way may still reach it.
 *
 * Thread: any
 */
void
gst_rtc_stream_producer_remove_consumer (GstRtcStreamProducer * self,
    gpointer consumer)
{
  GPtrArray *changed;
  GPtrArray *old;

  g_mutex_lock (&self->lock);
  changed = copy_consumers (self->consumers);
  for (guint i = changed->len; i > 0; i--) {
    if (((Consumer *) g_ptr_array_index (changed, i - 1))->consumer == consumer)
      g_ptr_array_remove_index (changed, i - 1);
  }
  replace_consumers_locked (self, changed, &old);
  g_mutex_unlock (&self->lock);

  g_ptr_array_unref (old);
}

/**
 * gst_rtc_stream_producer_request_key_unit:
 *
 * Asks upstream for a key frame, now or as soon as the last request is old
 * enough.
 *
 * Thread: any
 */
void
gst_rtc_stream_producer_request_key_unit (GstRtcStreamProducer * self)
{
  gint64 now = g_get_monotonic_time ();
  gboolean send;

  g_mutex_lock (&self->lock);
  send = now - self->last_request >= KEY_UNIT_INTERVAL;
  if (send) {
    self->last_request = now;
    self->request_pending = TRUE;
  } else if (!self->request_pending) {
    /* the last one was answered: the next has to wait */
    self->request_deferred = TRUE;
  }
  g_mutex_unlock (&self->lock);

  if (send)
    send_key_unit_request (self);
}

/**
 * gst_rtc_stream_producer_get_n_consumers:
 *
 * Returns: how many take samples
 *
 * Thread: any
 */
guint
gst_rtc_stream_producer_get_n_consumers (GstRtcStreamProducer * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->consumers->len;
}

/**
 * gst_rtc_stream_producer_get_n_samples:
 *
 * Returns: how many samples have passed
 *
 * Thread: any
 */
guint64
gst_rtc_stream_producer_get_n_samples (GstRtcStreamProducer * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_samples;
}

static void
gst_rtc_stream_producer_finalize (GObject * object)
{
  GstRtcStreamProducer *self = GST_RTC_STREAM_PRODUCER (object);

  g_ptr_array_unref (self->consumers);
  g_clear_pointer (&self->fanout, gst_rtc_fanout_release);
  gst_clear_object (&self->pad);
  gst_clear_object (&self->appsink);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_rtc_stream_producer_parent_class)->finalize (object);
}

static void
gst_rtc_stream_producer_class_init (GstRtcStreamProducerClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_rtc_stream_producer_finalize;

  GST_DEBUG_CATEGORY_INIT (streamproducer_debug, "webrtcstreamproducer", 0,
      "Fan-out of samples");
}

static void
gst_rtc_stream_producer_init (GstRtcStreamProducer * self)
{
  g_mutex_init (&self->lock);
  self->consumers = g_ptr_array_new_with_free_func (unref_consumer);
}
