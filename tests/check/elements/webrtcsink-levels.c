/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Levels of H.264 that are kept to, not only written into the stream. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define FULL_HD "videotestsrc is-live=true ! capsfilter " \
    "caps=video/x-raw,width=1920,height=1080,framerate=60/1"
#define SD "videotestsrc is-live=true ! capsfilter " \
    "caps=video/x-raw,width=640,height=480,framerate=30/1"

static gboolean
take_encoder (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, GstElement ** taken)
{
  gst_object_replace ((GstObject **) taken, GST_OBJECT (encoder));

  return FALSE;
}

/* The level that x264enc reads from the parameter sets that it made */
static void
assert_level (GstElement * encoder, const gchar * level, gint rate)
{
  GstPad *pad = gst_element_get_static_pad (encoder, "src");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  gint fps_n, fps_d;

  gst_object_unref (pad);
  fail_unless_equals_string (gst_structure_get_string (structure, "level"),
      level);
  fail_unless (gst_structure_get_fraction (structure, "framerate", &fps_n,
          &fps_d));
  fail_unless_equals_int (fps_n / fps_d, rate);
}

static void
leave_and_free (SinkHarness * h, Consumer * consumer, GstElement * encoder)
{
  consumer_leave (consumer);
  g_object_unref (consumer);
  gst_object_unref (encoder);
  sink_harness_free (h);
}

GST_START_TEST (asked_for_by_video_caps)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  GstElement *encoder = NULL;
  g_autofree gchar *offer = NULL;
  Consumer *consumer;

  gst_util_set_object_arg (G_OBJECT (sink), "video-caps",
      "video/x-h264,profile=constrained-baseline,level=(string)3.1");
  /* enough for the whole picture as far as mitigation is concerned */
  g_object_set (sink, "start-bitrate", 6000000, NULL);
  g_signal_connect (sink, "encoder-setup", G_CALLBACK (take_encoder), &encoder);
  sink_harness_add (h, FULL_HD);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_size (consumer, 1280, 720);
  offer = consumer_get_offer (consumer);
  fail_unless (strstr (offer, "profile-level-id=42e01f") != NULL, "%s", offer);
  assert_level (encoder, "3.1", 30);
  leave_and_free (h, consumer, encoder);
}

GST_END_TEST;

static gchar *
replace (gchar * text, const gchar * what, const gchar * with)
{
  g_auto (GStrv) parts = g_strsplit (text, what, -1);

  fail_unless (parts[1] != NULL, "no %s: %s", what, text);
  g_free (text);

  return g_strjoinv (with, parts);
}

/* A decoder that can do CIF */
static gchar *
allow_little (gchar * answer)
{
  return replace (answer, "level-asymmetry-allowed=1",
      "level-asymmetry-allowed=0;profile-level-id=42e00d");
}

GST_START_TEST (answered_by_the_consumer)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  GstElement *encoder = NULL;
  Consumer *consumer;
  gint bitrate;

  gst_util_set_object_arg (G_OBJECT (sink), "video-caps", "video/x-h264");
  g_signal_connect (sink, "encoder-setup", G_CALLBACK (take_encoder), &encoder);
  sink_harness_add (h, SD);
  sink_harness_play (h);
  consumer = sink_harness_consumer (h, "one");
  consumer_set_codec (consumer, "H264");
  consumer_edit_answer (consumer, allow_little);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_size (consumer, 320, 240);
  assert_level (encoder, "1.3", 30);
  g_object_get (encoder, "bitrate", &bitrate, NULL);
  fail_unless (bitrate <= 768, "%d kbit/s", bitrate);
  leave_and_free (h, consumer, encoder);
}

GST_END_TEST;

static Suite *
webrtcsink_levels_suite (void)
{
  Suite *s = suite_create ("webrtcsink-levels");
  TCase *tc = tcase_create ("levels");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_test (tc, asked_for_by_video_caps);
  tcase_add_test (tc, answered_by_the_consumer);

  return s;
}

GST_CHECK_MAIN (webrtcsink_levels);
