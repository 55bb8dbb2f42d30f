/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a source shows of a sink: the form of its streams, and streams that come
 * and go. */

#include "common.h"

#include <string.h>

#define ENCODED BALL "vp8enc deadline=1 keyframe-max-dist=30 ! "

/* The form that downstream wants */

static const struct
{
  const gchar *downstream;
  const gchar *name;            /* of the caps between */
} forms[] = {
  {"rtpvp8depay ! vp8dec ! fakesink name=video", "application/x-rtp"},
  {"vp8dec ! fakesink name=video", "video/x-vp8"},
  {"video/x-raw ! fakesink name=video", "video/x-raw"},
};

GST_START_TEST (test_form)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "congestion-control=disabled " ENCODED
      "sink.", port);
  Line *src = line_new (FIRST_PRODUCER "src. ! %s", port,
      forms[__i__].downstream);
  Meter *video = meter_new (src, "video");
  GstElement *element = gst_bin_get_by_name (GST_BIN (src->pipeline), "src");
  GstPad *pad;
  g_autoptr (GstCaps) caps = NULL;

  line_play (sink);
  line_play (src);
  meter_wait (video, 10);
  pad = gst_element_get_static_pad (element, "video_0");
  fail_unless (pad != NULL, "there is no video_0");
  caps = gst_pad_get_allowed_caps (pad);
  fail_unless (gst_structure_has_name (gst_caps_get_structure (caps, 0),
          forms[__i__].name), "%" GST_PTR_FORMAT, caps);

  gst_object_unref (pad);
  gst_object_unref (element);
  line_stop (src);
  line_stop (sink);
  meter_free (video);
  line_free (src);
  line_free (sink);
}

GST_END_TEST;

/* A source without anything behind it, that gets a fakesink for each pad */

typedef struct
{
  Line *line;
  GstElement *src;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GPtrArray *added;             /* element-type utf8: names of pads */
  GPtrArray *ended;             /* element-type utf8: of those, with EOS */
} Watcher;

static GstPadProbeReturn
on_event (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Watcher *self = data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS) {
    g_mutex_lock (&self->lock);
    g_ptr_array_add (self->ended, gst_pad_get_name (pad));
    g_cond_broadcast (&self->cond);
    g_mutex_unlock (&self->lock);
  }

  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement * src, GstPad * pad, Watcher * self)
{
  GstElement *end = gst_element_factory_make ("fakesink", NULL);
  GstPad *sink = gst_element_get_static_pad (end, "sink");

  g_object_set (end, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add (GST_BIN (self->line->pipeline), end);
  gst_element_sync_state_with_parent (end);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, self,
      NULL);
  fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
  gst_object_unref (sink);

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->added, gst_pad_get_name (pad));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static Watcher *
watcher_new (guint port)
{
  Watcher *self = g_new0 (Watcher, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->added = g_ptr_array_new_with_free_func (g_free);
  self->ended = g_ptr_array_new_with_free_func (g_free);
  self->line = line_new ("pipeline.( " FIRST_PRODUCER ")", port);
  self->src = gst_bin_get_by_name (GST_BIN (self->line->pipeline), "src");
  g_signal_connect (self->src, "pad-added", G_CALLBACK (on_pad_added), self);
  line_play (self->line);

  return self;
}

static void
watcher_free (Watcher * self)
{
  line_stop (self->line);
  gst_object_unref (self->src);
  line_free (self->line);
  g_ptr_array_unref (self->added);
  g_ptr_array_unref (self->ended);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

/* Waits for exactly that many */
static void
wait_for (Watcher * self, GPtrArray * names, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&self->lock);
  while (names->len < n && g_cond_wait_until (&self->cond, &self->lock, end));
  g_mutex_unlock (&self->lock);
  fail_unless_equals_int (names->len, n);
}

static guint
count_kind (Watcher * self, GPtrArray * names, const gchar * kind)
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < names->len; i++)
    n += strstr (g_ptr_array_index (names, i), kind) != NULL;
  g_mutex_unlock (&self->lock);

  return n;
}

/* A sink whose streams come and go */

static GstElement *
add_stream (Line * line, const gchar * description)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (line->pipeline), "sink");
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (description, TRUE, &error);

  g_assert_no_error (error);
  gst_bin_add (GST_BIN (line->pipeline), bin);
  fail_unless (gst_element_link (bin, sink));
  gst_element_sync_state_with_parent (bin);
  gst_object_unref (sink);

  return bin;
}

static void
remove_stream (Line * line, GstElement * bin)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (line->pipeline), "sink");
  GstPad *src = gst_element_get_static_pad (bin, "src");
  GstPad *pad = gst_pad_get_peer (src);

  gst_element_set_locked_state (bin, TRUE);
  gst_element_set_state (bin, GST_STATE_NULL);
  gst_pad_unlink (src, pad);
  gst_element_release_request_pad (sink, pad);
  gst_bin_remove (GST_BIN (line->pipeline), bin);
  gst_object_unref (pad);
  gst_object_unref (src);
  gst_object_unref (sink);
}

#define VIDEO "videotestsrc is-live=true ! capsfilter " \
    "caps=video/x-raw,width=160,height=120,framerate=15/1 ! " \
    "vp8enc deadline=1 keyframe-max-dist=15"
#define AUDIO "audiotestsrc is-live=true ! opusenc"

#define MANY 3

static Line *
new_sink (guint port, guint n_videos, guint n_audios, GstElement ** videos,
    GstElement ** audios)
{
  Line *line =
      line_new ("pipeline.( " OWN_SERVER "congestion-control=disabled )",
      port);

  for (guint i = 0; i < n_videos; i++)
    videos[i] = add_stream (line, VIDEO);
  for (guint i = 0; i < n_audios; i++)
    audios[i] = add_stream (line, AUDIO);
  line_play (line);

  return line;
}

GST_START_TEST (test_stream_is_added)
{
  const guint port = find_free_port ();
  GstElement *video;
  Line *sink = new_sink (port, 1, 0, &video, NULL);
  Watcher *watcher = watcher_new (port);

  wait_for (watcher, watcher->added, 1);
  add_stream (sink, VIDEO);
  wait_for (watcher, watcher->added, 2);
  watcher_free (watcher);
  line_stop (sink);
  line_free (sink);
}

GST_END_TEST;

GST_START_TEST (test_stream_is_removed)
{
  const guint port = find_free_port ();
  GstElement *videos[2];
  Line *sink = new_sink (port, 2, 0, videos, NULL);
  Watcher *watcher = watcher_new (port);

  wait_for (watcher, watcher->added, 2);
  remove_stream (sink, videos[0]);
  wait_for (watcher, watcher->ended, 1);
  watcher_free (watcher);
  line_stop (sink);
  line_free (sink);
}

GST_END_TEST;

GST_START_TEST (test_streams_are_removed)
{
  const guint port = find_free_port ();
  GstElement *videos[MANY];
  GstElement *audios[MANY];
  Line *sink = new_sink (port, MANY, MANY, videos, audios);
  Watcher *watcher = watcher_new (port);

  wait_for (watcher, watcher->added, 2 * MANY);
  remove_stream (sink, videos[1]);
  remove_stream (sink, audios[1]);
  wait_for (watcher, watcher->ended, 2);
  fail_unless_equals_int (count_kind (watcher, watcher->ended, "video"), 1);
  fail_unless_equals_int (count_kind (watcher, watcher->ended, "audio"), 1);
  watcher_free (watcher);
  line_stop (sink);
  line_free (sink);
}

GST_END_TEST;

GST_START_TEST (test_names_are_in_turn)
{
  const guint port = find_free_port ();
  GstElement *video;
  Line *sink = new_sink (port, 1, 0, &video, NULL);
  Watcher *watcher = watcher_new (port);

  for (guint i = 0; i < MANY; i++) {
    g_autofree gchar *name = g_strdup_printf ("video_%u", i);

    if (i > 0)
      add_stream (sink, VIDEO);
    wait_for (watcher, watcher->added, i + 1);
    fail_unless_equals_string (g_ptr_array_index (watcher->added, i), name);
  }
  watcher_free (watcher);
  line_stop (sink);
  line_free (sink);
}

GST_END_TEST;

static Suite *
changes_suite (void)
{
  Suite *suite = suite_create ("changes");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_form, 0, G_N_ELEMENTS (forms));
  tcase_add_test (tcase, test_stream_is_added);
  tcase_add_test (tcase, test_stream_is_removed);
  tcase_add_test (tcase, test_streams_are_removed);
  tcase_add_test (tcase, test_names_are_in_turn);

  return suite;
}

GST_CHECK_MAIN (changes);
