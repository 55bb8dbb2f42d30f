/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Filters of encoded frames on both sides: the sink's puts a byte behind each,
 * the source's takes it away, and what comes out is the tone that went in. */

#include "common.h"

#include <string.h>

#define MARK 42
/* gst-plugins-rs has no collection where it does not decode; here whoever gets
 * RTP knows the streams of the producer as well */
#define EVENTS "stream-start caps segment stream-collection "

typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GString *events;              /* at the source's end, up to a buffer */
  gchar *stream_id;
  GstStreamCollection *collection;
  gboolean flows;
  guint n_marked;
  guint n_unmarked;
  GPtrArray *names;             /* element-type utf8: of pads in signals */
} Fixture;

static GstPadProbeReturn
mark (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER
      (info));
  GstMemory *memory = gst_allocator_alloc (NULL, 1, NULL);
  GstMapInfo map;

  gst_memory_map (memory, &map, GST_MAP_WRITE);
  map.data[0] = MARK;
  gst_memory_unmap (memory, &map);
  gst_buffer_append_memory (buffer, memory);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  g_mutex_lock (&f->lock);
  f->n_marked++;
  g_mutex_unlock (&f->lock);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
unmark (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER
      (info));
  const gsize size = gst_buffer_get_size (buffer);
  guint8 last = 0;

  fail_unless (size > 1);
  gst_buffer_extract (buffer, size - 1, &last, 1);
  fail_unless_equals_int (last, MARK);
  gst_buffer_resize (buffer, 0, size - 1);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  g_mutex_lock (&f->lock);
  f->n_unmarked++;
  g_mutex_unlock (&f->lock);

  return GST_PAD_PROBE_OK;
}

static GstElement *
make_filter (Fixture * f, const gchar * pad_name, GstPadProbeCallback change)
{
  GstElement *filter = gst_element_factory_make ("identity", NULL);
  GstPad *src = gst_element_get_static_pad (filter, "src");

  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_BUFFER, change, f, NULL);
  gst_object_unref (src);
  g_mutex_lock (&f->lock);
  g_ptr_array_add (f->names, g_strdup (pad_name));
  g_mutex_unlock (&f->lock);

  return filter;
}

static GstElement *
on_sink_filter (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstCaps * caps, Fixture * f)
{
  return make_filter (f, pad_name, mark);
}

static GstElement *
on_source_filter (GstElement * src, const gchar * producer_id,
    const gchar * pad_name, GstCaps * caps, Fixture * f)
{
  return make_filter (f, pad_name, unmark);
}

static void
take_event_locked (Fixture * f, GstEvent * event)
{
  const gchar *id = NULL;

  g_string_append_printf (f->events, "%s ", GST_EVENT_TYPE_NAME (event));
  if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START) {
    gst_event_parse_stream_start (event, &id);
    g_free (f->stream_id);
    f->stream_id = g_strdup (id);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_COLLECTION) {
    gst_clear_object (&f->collection);
    gst_event_parse_stream_collection (event, &f->collection);
  }
}

static GstPadProbeReturn
on_arrival (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;

  g_mutex_lock (&f->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    f->flows = TRUE;
  else if (!f->flows)
    take_event_locked (f, GST_PAD_PROBE_INFO_EVENT (info));
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);

  return GST_PAD_PROBE_OK;
}

static void
fixture_init (Fixture * f)
{
  memset (f, 0, sizeof (*f));
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->events = g_string_new (NULL);
  f->names = g_ptr_array_new_with_free_func (g_free);
}

static void
fixture_clear (Fixture * f)
{
  g_string_free (f->events, TRUE);
  g_free (f->stream_id);
  gst_clear_object (&f->collection);
  g_ptr_array_unref (f->names);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static void
wait_until_it_flows (Fixture * f)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&f->lock);
  while (!f->flows && g_cond_wait_until (&f->cond, &f->lock, end));
  g_mutex_unlock (&f->lock);
  fail_unless (f->flows, "no buffer, but %s", f->events->str);
}

static void
watch_end (Line * line, Fixture * f)
{
  GstElement *end = gst_bin_get_by_name (GST_BIN (line->pipeline), "end");
  GstPad *pad = gst_element_get_static_pad (end, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_arrival, f, NULL);
  gst_object_unref (pad);
  gst_object_unref (end);
}

static void
connect_filter (Line * line, const gchar * name, GCallback handler, Fixture * f)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (line->pipeline), name);

  g_signal_connect (element, "request-encoded-filter", handler, f);
  gst_object_unref (element);
}

static const struct
{
  const gchar *downstream;
  gboolean filters;
  const gchar *events;          /* what comes before the first buffer */
} scenarios[] = {
  {"audio/x-raw ! audioconvert ! audioresample ! "
        "audio/x-raw,channels=1,rate=8000 ! fakesink name=end sync=false",
      FALSE, EVENTS},
  {"fakesink name=end sync=false", FALSE, EVENTS},
  {"audio/x-raw ! audioconvert ! audioresample ! "
        "audio/x-raw,channels=1,rate=8000 ! fakesink name=end sync=false",
      TRUE, EVENTS},
  {"fakesink name=end sync=false", TRUE, EVENTS},
};

/* It names the tone and nothing else, and by the name that it comes with */
static void
assert_collection (Fixture * f)
{
  GstStream *stream;

  fail_unless_equals_int (gst_stream_collection_get_size (f->collection), 1);
  stream = gst_stream_collection_get_stream (f->collection, 0);
  fail_unless_equals_string (gst_stream_get_stream_id (stream), f->stream_id);
  fail_unless_equals_int (gst_stream_get_stream_type (stream),
      GST_STREAM_TYPE_AUDIO);
}

GST_START_TEST (test_filters)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "congestion-control=disabled "
      TONE (440) "sink.", port);
  Line *src = line_new (FIRST_PRODUCER "src. ! %s", port,
      scenarios[__i__].downstream);
  Fixture f;

  fixture_init (&f);
  if (scenarios[__i__].filters) {
    connect_filter (sink, "sink", G_CALLBACK (on_sink_filter), &f);
    connect_filter (src, "src", G_CALLBACK (on_source_filter), &f);
  }
  watch_end (src, &f);
  line_play (sink);
  line_play (src);
  wait_until_it_flows (&f);
  fail_unless_equals_string (f.events->str, scenarios[__i__].events);
  assert_collection (&f);
  fail_unless_equals_int (f.n_unmarked > 0, scenarios[__i__].filters);
  fail_unless_equals_int (f.names->len, scenarios[__i__].filters ? 2 : 0);
  for (guint i = 0; i < f.names->len; i++)
    fail_unless (g_str_has_prefix (g_ptr_array_index (f.names, i), "audio_"));

  line_stop (src);
  line_stop (sink);
  line_free (src);
  line_free (sink);
  fixture_clear (&f);
}

GST_END_TEST;

static Suite *
filters_suite (void)
{
  Suite *suite = suite_create ("filters");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_filters, 0, G_N_ELEMENTS (scenarios));

  return suite;
}

GST_CHECK_MAIN (filters);
