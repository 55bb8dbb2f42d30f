/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What applications say about bitrates and pictures, and what comes of it. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <gst/video/video.h>
#include <string.h>

#define HD "videotestsrc is-live=true ! capsfilter " \
    "caps=video/x-raw,width=640,height=480,framerate=30/1"

/* RTP ticks of a frame at 15 fps */
#define HALF_RATE 6000

typedef struct
{
  SinkHarness *h;
  gint calls;
  gint width;
  gint bitrate;
  guint modes;
  gboolean has_sessions;
} Asked;

/* D15: whoever handles a signal may ask the element for everything */
static void
use_element (GstElement * sink, Asked * asked)
{
  g_auto (GStrv) sessions = NULL;
  g_autoptr (GstStructure) stats = NULL;
  g_autoptr (GstCaps) caps = NULL;

  g_signal_emit_by_name (sink, "get-sessions", &sessions);
  g_object_get (sink, "stats", &stats, "video-caps", &caps, NULL);
  g_object_set (sink, "min-bitrate", 2000, NULL);
  asked->has_sessions = sessions && sessions[0];
}

static void
leave_and_free (SinkHarness * h, Consumer * consumer)
{
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

/* Mitigation */

GST_START_TEST (few_bits_make_a_small_picture)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer;
  ConsumerStats stats;

  g_object_set (sink_harness_get_sink (h), "start-bitrate", 300000, NULL);
  sink_harness_add (h, HD);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 10);
  consumer_wait_size (consumer, 480, 360);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless (stats.max_step >= HALF_RATE - 100, "every frame was sent: %u",
      stats.max_step);
  leave_and_free (h, consumer);
}

GST_END_TEST;

/* The property is one that can change while it plays */
GST_START_TEST (modes_change_while_playing)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Consumer *consumer;

  g_object_set (sink, "start-bitrate", 300000, NULL);
  gst_util_set_object_arg (G_OBJECT (sink), "enable-mitigation-modes", "none");
  sink_harness_add (h, HD);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_size (consumer, 640, 480);

  gst_util_set_object_arg (G_OBJECT (sink), "enable-mitigation-modes",
      "downscaled");
  consumer_wait_size (consumer, 480, 360);
  gst_util_set_object_arg (G_OBJECT (sink), "enable-mitigation-modes", "none");
  consumer_wait_size (consumer, 640, 480);
  leave_and_free (h, consumer);
}

GST_END_TEST;

static void
set_size (GstElement * bin, gint width, gint height)
{
  GstElement *filter = gst_bin_get_by_name (GST_BIN (bin), "size");
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("video/x-raw", "width",
      G_TYPE_INT, width, "height", G_TYPE_INT, height, "framerate",
      GST_TYPE_FRACTION, 30, 1, NULL);

  g_object_set (filter, "caps", caps, NULL);
  gst_object_unref (filter);
}

/* What was made smaller is not made larger when the input gets small itself,
 * and keeps its shape when the input takes another */
GST_START_TEST (mitigation_follows_the_input)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *bin;
  Consumer *consumer;

  g_object_set (sink_harness_get_sink (h), "start-bitrate", 600000, NULL);
  bin = sink_harness_add (h, SINK_HARNESS_RAW);
  set_size (bin, 640, 480);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_size (consumer, 480, 360);
  set_size (bin, 320, 180);
  consumer_wait_size (consumer, 320, 180);
  set_size (bin, 1280, 720);
  consumer_wait_size (consumer, 640, 360);
  leave_and_free (h, consumer);
}

GST_END_TEST;

static GstCaps *
on_configure (GstElement * sink, const gchar * stream, GstVideoInfo * info,
    gint bitrate, guint modes, Asked * asked)
{
  fail_unless_equals_string (stream, "video_0");
  asked->width = GST_VIDEO_INFO_WIDTH (info);
  asked->bitrate = bitrate;
  asked->modes = modes;
  use_element (sink, asked);
  g_atomic_int_inc (&asked->calls);

  return gst_caps_from_string ("video/x-raw(ANY), width=161, height=121");
}

GST_START_TEST (application_chooses_the_picture)
{
  SinkHarness *h = sink_harness_new ();
  Asked asked = { h, };
  Consumer *consumer;

  g_signal_connect (sink_harness_get_sink (h), "configure-mitigation-caps",
      G_CALLBACK (on_configure), &asked);
  sink_harness_add (h, HD);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  /* no encoder takes odd sizes (D16) */
  consumer_wait_size (consumer, 160, 120);
  fail_unless_equals_int (asked.calls, 1);
  fail_unless_equals_int (asked.width, 640);
  fail_unless_equals_int (asked.bitrate, 2048000);
  fail_unless_equals_int (asked.modes, 3);
  fail_unless (asked.has_sessions);
  leave_and_free (h, consumer);
}

GST_END_TEST;

static GstCaps *
return_nothing (GstElement * sink, const gchar * stream, GstVideoInfo * info,
    gint bitrate, guint modes, gpointer caps)
{
  return caps ? gst_caps_from_string (caps) : NULL;
}

/* What makes no sense is not done */
GST_START_TEST (bad_mitigation_caps)
{
  static const gchar *const bad[] = { NULL, "EMPTY", "ANY", "audio/x-raw" };
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer;

  g_signal_connect (sink_harness_get_sink (h), "configure-mitigation-caps",
      G_CALLBACK (return_nothing), (gpointer) bad[__i__]);
  sink_harness_add (h, HD);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_size (consumer, 640, 480);
  leave_and_free (h, consumer);
}

GST_END_TEST;

/* Bitrates */

static GstStructure *
on_define (GstElement * sink, const gchar * consumer_id, gint overall,
    GstStructure * bitrates, Asked * asked)
{
  gint each = 0;

  fail_unless_equals_string (consumer_id, "peer-one");
  fail_unless_equals_string (gst_structure_get_name (bitrates),
      "webrtcsink/encoder-bitrates");
  fail_unless_equals_int (gst_structure_n_fields (bitrates), 2);
  fail_unless (gst_structure_get_int (bitrates, "video_0", &each));
  fail_unless_equals_int (overall, 2 * each);
  use_element (sink, asked);
  g_atomic_int_inc (&asked->calls);

  return gst_structure_new ("webrtcsink/encoder-bitrates", "video_0",
      G_TYPE_INT, 3000000, "video_1", G_TYPE_STRING, "wrong", NULL);
}

static gboolean
take_encoder (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, GHashTable * encoders)
{
  g_hash_table_insert (encoders, g_strdup (pad_name), gst_object_ref (encoder));

  return FALSE;
}

static gint
get_bitrate (GHashTable * encoders, const gchar * pad_name)
{
  GstElement *encoder = g_hash_table_lookup (encoders, pad_name);
  gint bitrate = 0;

  fail_unless (encoder != NULL, "no encoder for %s", pad_name);
  g_object_get (encoder, "target-bitrate", &bitrate, NULL);

  return bitrate;
}

GST_START_TEST (application_shares_bits_out)
{
  SinkHarness *h = sink_harness_new ();
  Asked asked = { h, };
  g_autoptr (GHashTable) encoders = g_hash_table_new_full (g_str_hash,
      g_str_equal, g_free, gst_object_unref);
  Consumer *consumer;

  g_signal_connect (sink_harness_get_sink (h), "define-encoder-bitrates",
      G_CALLBACK (on_define), &asked);
  g_signal_connect (sink_harness_get_sink (h), "encoder-setup",
      G_CALLBACK (take_encoder), encoders);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 3);
  consumer_wait_frames (consumer, 1, 3);
  fail_unless (asked.calls > 0);
  fail_unless (asked.has_sessions);
  fail_unless_equals_int (get_bitrate (encoders, "video_0"), 3000000);
  /* what is not said, or not as a number, stays as it was */
  fail_unless_equals_int (get_bitrate (encoders, "video_1"), 2048000);
  g_hash_table_remove_all (encoders);
  leave_and_free (h, consumer);
}

GST_END_TEST;

/* Every signal that has a handler of its own (D15) */

static gboolean
on_element (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * element, Asked * asked)
{
  use_element (sink, asked);
  g_atomic_int_inc (&asked->calls);

  return FALSE;
}

static GstElement *
on_filter (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstCaps * caps, Asked * asked)
{
  use_element (sink, asked);
  g_atomic_int_inc (&asked->calls);

  return NULL;
}

static void
on_consumer (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, Asked * asked)
{
  use_element (sink, asked);
  g_atomic_int_inc (&asked->calls);
}

static const struct
{
  const gchar *signal;
  GCallback handler;
} handlers[] = {
  {"encoder-setup", G_CALLBACK (on_element)},
  {"payloader-setup", G_CALLBACK (on_element)},
  {"request-encoded-filter", G_CALLBACK (on_filter)},
  {"consumer-added", G_CALLBACK (on_consumer)},
  {"consumer-pipeline-created", G_CALLBACK (on_consumer)},
  {"consumer-removed", G_CALLBACK (on_consumer)},
};

GST_START_TEST (handlers_use_the_element)
{
  SinkHarness *h = sink_harness_new ();
  Asked asked[G_N_ELEMENTS (handlers)] = { {h,}, };
  Consumer *consumer;

  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect (sink_harness_get_sink (h), handlers[i].signal,
        handlers[i].handler, &asked[i]);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_wait (h, "consumer-removed", 1);
  /* and once more, by the element itself */
  consumer = sink_harness_join_and_wait (h, "two");
  sink_harness_stop (h);
  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    fail_unless (g_atomic_int_get (&asked[i].calls) >= 1 +
        g_str_equal (handlers[i].signal, "consumer-removed"), "%s: %d calls",
        handlers[i].signal, asked[i].calls);
  consumer_vanish (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Without congestion control: the user's maximum if there is one, and not 8
 * Mbit/s because that is the default of it (D21) */
GST_START_TEST (fixed_bitrate)
{
  static const struct
  {
    guint max_bitrate;
    gint expected;
  } cases[] = {
    {0, 2048000},
    {700000, 700000},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    SinkHarness *h = sink_harness_new ();
    g_autoptr (GHashTable) encoders = g_hash_table_new_full (g_str_hash,
        g_str_equal, g_free, gst_object_unref);
    Consumer *consumer;

    gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)),
        "congestion-control", "disabled");
    if (cases[i].max_bitrate > 0)
      g_object_set (sink_harness_get_sink (h), "max-bitrate",
          cases[i].max_bitrate, NULL);
    g_signal_connect (sink_harness_get_sink (h), "encoder-setup",
        G_CALLBACK (take_encoder), encoders);
    sink_harness_add (h, SINK_HARNESS_RAW);
    sink_harness_play (h);
    consumer = sink_harness_join_and_wait (h, "one");
    fail_unless_equals_int (get_bitrate (encoders, "video_0"),
        cases[i].expected);
    g_hash_table_remove_all (encoders);
    leave_and_free (h, consumer);
  }
}

GST_END_TEST;

static Suite *
webrtcsink_bitrates_suite (void)
{
  Suite *s = suite_create ("webrtcsink-bitrates");
  TCase *mitigation = tcase_create ("mitigation");
  TCase *bitrates = tcase_create ("bitrates");

  suite_add_tcase (s, mitigation);
  tcase_add_checked_fixture (mitigation, NULL, wait_for_threads);
  tcase_add_test (mitigation, few_bits_make_a_small_picture);
  tcase_add_test (mitigation, modes_change_while_playing);
  tcase_add_test (mitigation, mitigation_follows_the_input);
  tcase_add_test (mitigation, application_chooses_the_picture);
  tcase_add_loop_test (mitigation, bad_mitigation_caps, 0, 4);

  suite_add_tcase (s, bitrates);
  tcase_add_checked_fixture (bitrates, NULL, wait_for_threads);
  tcase_add_test (bitrates, application_shares_bits_out);
  tcase_add_test (bitrates, fixed_bitrate);
  tcase_add_test (bitrates, handlers_use_the_element);

  return s;
}

GST_CHECK_MAIN (webrtcsink_bitrates);
