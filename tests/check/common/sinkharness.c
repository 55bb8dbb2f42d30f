/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A webrtcsink in a pipeline, its signaller, and who is on the other side.
 *
 *   pipeline: stream ! webrtcsink  ◀─ signaller ═ peers ─▶ Consumer
 *                                                        ─▶ Consumer
 *
 * What the sink tells the application is written down, one line an event:
 *
 *   pipeline-created PEER | consumer-added PEER | consumer-removed PEER
 *   encoder PAD ELEMENT PEER
 *
 * Handlers run on the sink's threads; the log has a lock.
 */

#include "sinkharness.h"

#include <gst/check/gstcheck.h>
#include <gst/gsttracer.h>
#include <gst/video/gstvideoencoder.h>
#include <gst/audio/gstaudioencoder.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

struct _SinkHarness
{
  GstElement *pipeline;
  GstElement *sink;
  FakeSignaller *signaller;
  FakeSignaller *peers;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GPtrArray *events;            /* element-type utf8 */
  guint n_key_units;            /* of all encoders of the sink */
};

/* Writes a line into the log: also for handlers of tests */
void
sink_harness_note (SinkHarness * self, gchar * event)
{
  GST_DEBUG ("%s", event);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->events, event);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
on_pipeline_created (GstElement * sink, const gchar * consumer_id,
    GstPipeline * pipeline, SinkHarness * self)
{
  fail_unless (GST_IS_PIPELINE (pipeline));
  sink_harness_note (self, g_strconcat ("pipeline-created ", consumer_id,
          NULL));
}

static void
on_consumer_added (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, SinkHarness * self)
{
  consumer_use_loopback (webrtcbin);
  sink_harness_note (self, g_strconcat ("consumer-added ", consumer_id, NULL));
}

static void
on_consumer_removed (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, SinkHarness * self)
{
  fail_unless (GST_IS_ELEMENT (webrtcbin));
  sink_harness_note (self, g_strconcat ("consumer-removed ", consumer_id,
          NULL));
}

static GstPadProbeReturn
on_encoded (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  SinkHarness *self = data;

  g_mutex_lock (&self->lock);
  self->n_key_units += !GST_BUFFER_FLAG_IS_SET (GST_PAD_PROBE_INFO_BUFFER
      (info), GST_BUFFER_FLAG_DELTA_UNIT);
  g_mutex_unlock (&self->lock);

  return GST_PAD_PROBE_OK;
}

static gboolean
on_encoder_setup (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, SinkHarness * self)
{
  GstPad *pad = gst_element_get_static_pad (encoder, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_encoded, self, NULL);
  gst_object_unref (pad);
  sink_harness_note (self, g_strdup_printf ("encoder %s %s %s", pad_name,
          GST_OBJECT_NAME (gst_element_get_factory (encoder)), consumer_id));

  return FALSE;
}

/* A sink without streams, in NULL */
SinkHarness *
sink_harness_new (void)
{
  SinkHarness *self = g_new0 (SinkHarness, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->events = g_ptr_array_new_with_free_func (g_free);
  self->signaller = fake_signaller_new ();
  self->peers = fake_signaller_new ();
  fake_signaller_pair (self->signaller, self->peers);

  self->pipeline = gst_object_ref_sink (gst_pipeline_new ("pipeline"));
  self->sink = gst_element_factory_make ("webrtcsink", "sink");
  fail_unless (self->sink != NULL, "there is no webrtcsink");
  gst_object_ref_sink (self->sink);
  g_object_set (self->sink, "signaller", self->signaller, "stun-server", NULL,
      NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->sink);
  g_signal_connect (self->sink, "consumer-pipeline-created",
      G_CALLBACK (on_pipeline_created), self);
  g_signal_connect (self->sink, "consumer-added",
      G_CALLBACK (on_consumer_added), self);
  g_signal_connect (self->sink, "consumer-removed",
      G_CALLBACK (on_consumer_removed), self);
  g_signal_connect (self->sink, "encoder-setup",
      G_CALLBACK (on_encoder_setup), self);

  return self;
}

/* A sink with one stream, playing */
SinkHarness *
sink_harness_new_playing (const gchar * stream)
{
  SinkHarness *self = sink_harness_new ();

  sink_harness_add (self, stream);
  sink_harness_play (self);

  return self;
}

typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  gboolean gone;
} Farewell;

/* Whoever drops the last reference */
static void
on_gone (gpointer data, GObject * object)
{
  Farewell *farewell = data;

  g_mutex_lock (&farewell->lock);
  farewell->gone = TRUE;
  g_cond_broadcast (&farewell->cond);
  g_mutex_unlock (&farewell->lock);
}

/* Drops the test's last reference. A job that runs out on the control thread
 * may have another one for a moment. */
void
unref_and_wait (gpointer element)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  g_autofree gchar *name = gst_object_get_name (element);
  Farewell farewell;

  farewell.gone = FALSE;
  g_mutex_init (&farewell.lock);
  g_cond_init (&farewell.cond);
  g_object_weak_ref (element, on_gone, &farewell);
  gst_object_unref (element);

  g_mutex_lock (&farewell.lock);
  while (!farewell.gone &&
      g_cond_wait_until (&farewell.cond, &farewell.lock, end));
  g_mutex_unlock (&farewell.lock);
  fail_unless (farewell.gone, "somebody still has a reference to %s", name);
  g_mutex_clear (&farewell.lock);
  g_cond_clear (&farewell.cond);
}

/* Everything of the sink has to go with it */
void
sink_harness_free (SinkHarness * self)
{
  sink_harness_stop (self);
  gst_object_unref (self->pipeline);
  unref_and_wait (self->sink);

  g_object_unref (self->signaller);
  g_object_unref (self->peers);
  g_ptr_array_unref (self->events);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

GstElement *
sink_harness_get_sink (SinkHarness * self)
{
  return self->sink;
}

GstElement *
sink_harness_get_pipeline (SinkHarness * self)
{
  return self->pipeline;
}

FakeSignaller *
sink_harness_get_signaller (SinkHarness * self)
{
  return self->signaller;
}

/* What the consumers share; fake_signaller_count() of it says what they sent */
FakeSignaller *
sink_harness_get_peers (SinkHarness * self)
{
  return self->peers;
}

/* Returns the bin, which the pipeline owns */
GstElement *
sink_harness_add (SinkHarness * self, const gchar * description)
{
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (description, TRUE, &error);

  g_assert_no_error (error);
  gst_bin_add (GST_BIN (self->pipeline), bin);
  fail_unless (gst_element_link (bin, self->sink), "no link for %s",
      description);

  return bin;
}

/* Returns when the sink has started its signaller */
void
sink_harness_play (SinkHarness * self)
{
  fake_signaller_forget (self->signaller);
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
  g_free (fake_signaller_wait (self->signaller, "start"));
}

void
sink_harness_stop (SinkHarness * self)
{
  fail_unless_equals_int (gst_element_set_state (self->pipeline,
          GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
}

/* One that has not joined yet */
Consumer *
sink_harness_consumer (SinkHarness * self, const gchar * session_id)
{
  return consumer_new (self->peers, session_id);
}

Consumer *
sink_harness_join (SinkHarness * self, const gchar * session_id)
{
  Consumer *consumer = sink_harness_consumer (self, session_id);

  consumer_join (consumer, self->signaller);

  return consumer;
}

/* One that is watching */
Consumer *
sink_harness_join_and_wait (SinkHarness * self, const gchar * session_id)
{
  Consumer *consumer = sink_harness_join (self, session_id);

  consumer_wait_frames (consumer, 0, 3);

  return consumer;
}

/* The log */

static guint
count_locked (SinkHarness * self, const gchar * event)
{
  guint n = 0;

  for (guint i = 0; i < self->events->len; i++)
    n += g_str_has_prefix (g_ptr_array_index (self->events, i), event);

  return n;
}

/* How many events begin like this */
guint
sink_harness_count (SinkHarness * self, const gchar * event)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return count_locked (self, event);
}

/* All events, one a line */
gchar *
sink_harness_get_log (SinkHarness * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->events->len; i++)
    g_string_append_printf (text, "%s\n",
        (gchar *) g_ptr_array_index (self->events, i));

  return g_string_free (text, FALSE);
}

/* Waits until there are that many, and fails if there are more */
void
sink_harness_wait (SinkHarness * self, const gchar * event, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  guint found;

  g_mutex_lock (&self->lock);
  while ((found = count_locked (self, event)) < n &&
      g_cond_wait_until (&self->cond, &self->lock, end));
  g_mutex_unlock (&self->lock);

  if (found != n) {
    g_autofree gchar *text = sink_harness_get_log (self);

    fail ("'%s' %u times and not %u, of\n%s", event, found, n, text);
  }
}

guint
sink_harness_get_n_key_units (SinkHarness * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_key_units;
}

/* The census: a tracer that counts what is alive */

typedef struct
{
  GstTracer parent;
} Census;

typedef struct
{
  GstTracerClass parent_class;
} CensusClass;

static GType census_get_type (void);

G_DEFINE_TYPE (Census, census, GST_TYPE_TRACER);

static GMutex census_lock;
static GCond census_cond;
/* guarded by census_lock */
static GHashTable *census_table;        /* GstElement -> name of its type */

static void
on_encoder_gone (gpointer data, GObject * object)
{
  g_mutex_lock (&census_lock);
  g_hash_table_remove (census_table, object);
  g_cond_broadcast (&census_cond);
  g_mutex_unlock (&census_lock);
}

/* Whoever makes the element */
static void
on_element_new (GObject * tracer, GstClockTime time, GstElement * element)
{
  if (!GST_IS_VIDEO_ENCODER (element) && !GST_IS_AUDIO_ENCODER (element))
    return;

  g_object_weak_ref (G_OBJECT (element), on_encoder_gone, NULL);
  g_mutex_lock (&census_lock);
  g_hash_table_insert (census_table, element,
      (gpointer) G_OBJECT_TYPE_NAME (element));
  g_mutex_unlock (&census_lock);
}

static void
census_class_init (CensusClass * klass)
{
}

static void
census_init (Census * self)
{
  gst_tracing_register_hook (GST_TRACER (self), "element-new",
      G_CALLBACK (on_element_new));
}

/* Counts what is made from now on. Never stops: a test is a process. */
void
encoder_census_start (void)
{
  census_table = g_hash_table_new (NULL, NULL);
  gst_object_ref_sink (g_object_new (census_get_type (), NULL));
}

static guint
get_census_locked (const gchar * type_name)
{
  GHashTableIter iter;
  gpointer name;
  guint n = 0;

  g_hash_table_iter_init (&iter, census_table);
  while (g_hash_table_iter_next (&iter, NULL, &name))
    n += type_name == NULL || g_str_equal (name, type_name);

  return n;
}

/* How many encoders of that type are alive, or of any if it is NULL */
guint
encoder_census_get (const gchar * type_name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&census_lock);

  return get_census_locked (type_name);
}

void
encoder_census_wait (const gchar * type_name, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  guint found;

  g_mutex_lock (&census_lock);
  while ((found = get_census_locked (type_name)) != n &&
      g_cond_wait_until (&census_cond, &census_lock, end));
  g_mutex_unlock (&census_lock);

  fail_unless_equals_int (found, n);
}
