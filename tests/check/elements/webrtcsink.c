/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What webrtcsink is for: frames arrive, whoever joins and leaves, and they
 * are encoded once. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>

#define N_CROWD 10

/* RTP ticks between frames at 30 fps, and a little */
#define ONE_FRAME 3100

static void
leave_and_free (Consumer * consumer)
{
  consumer_leave (consumer);
  g_object_unref (consumer);
}

static void
assert_nothing_lost (Consumer * consumer)
{
  ConsumerStats stats;

  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_int (stats.n_holes, 0);
  fail_unless (stats.max_step <= ONE_FRAME,
      "%s missed frames: a step of %u ticks", consumer_get_id (consumer),
      stats.max_step);
}

/* The way to the socket */

typedef struct
{
  GstElement *webrtcbin;
  gint n_lists;
  gint n_buffers;
} Way;

static void
on_consumer_added (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, Way * way)
{
  g_set_object (&way->webrtcbin, webrtcbin);
}

static GstPadProbeReturn
count_media (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Way *way = data;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    g_atomic_int_inc (&way->n_lists);
  else
    g_atomic_int_inc (&way->n_buffers);

  return GST_PAD_PROBE_OK;
}

static guint
count_playing (GstElement * webrtcbin, const gchar * factory)
{
  GstIterator *iterator = gst_bin_iterate_all_by_element_factory_name
      (GST_BIN (webrtcbin), factory);
  GValue item = G_VALUE_INIT;
  guint n = 0;

  while (gst_iterator_next (iterator, &item) == GST_ITERATOR_OK) {
    if (GST_STATE (g_value_get_object (&item)) > GST_STATE_READY)
      n++;
    g_value_reset (&item);
  }
  g_value_unset (&item);
  gst_iterator_free (iterator);

  return n;
}

static GstPad *
find_nicesink_pad (GstElement * webrtcbin)
{
  GstIterator *iterator = gst_bin_iterate_all_by_element_factory_name
      (GST_BIN (webrtcbin), "nicesink");
  GValue item = G_VALUE_INIT;
  GstPad *pad;

  fail_unless_equals_int (gst_iterator_next (iterator, &item), GST_ITERATOR_OK);
  pad = gst_element_get_static_pad (g_value_get_object (&item), "sink");
  g_value_unset (&item);
  gst_iterator_free (iterator);

  return pad;
}

/* A frame of several packets goes down as one list when it is not paced; the
 * single buffers are RTCP. And received packets pass no thread of their own.
 * That `forward-metas` is set to nothing does not make it longer (D17). */
GST_START_TEST (way_to_the_socket_is_short)
{
  SinkHarness *h = sink_harness_new ();
  Way way = { NULL, };
  Consumer *consumer;
  GstPad *pad;

  g_signal_connect (sink_harness_get_sink (h), "consumer-added",
      G_CALLBACK (on_consumer_added), &way);
  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)),
      "congestion-control", "disabled");
  g_object_set (sink_harness_get_sink (h), "forward-metas", "", NULL);
  sink_harness_add (h, SINK_HARNESS_NOISE);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 10);

  pad = find_nicesink_pad (way.webrtcbin);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, count_media, &way, NULL);
  consumer_wait_frames (consumer, 0, 50);
  fail_unless (g_atomic_int_get (&way.n_lists) >= 30, "only %d lists",
      way.n_lists);
  fail_unless (g_atomic_int_get (&way.n_buffers) < 20, "%d single packets",
      way.n_buffers);
  fail_unless_equals_int (count_playing (way.webrtcbin, "queue"), 0);
  assert_nothing_lost (consumer);

  gst_object_unref (pad);
  gst_object_unref (way.webrtcbin);
  leave_and_free (consumer);
  sink_harness_wait (h, "consumer-removed peer-one", 1);
  sink_harness_free (h);
}

GST_END_TEST;

/* Life */

GST_START_TEST (consumer_gets_frames)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join (h, "one");
  ConsumerStats stats;

  consumer_wait_frames (consumer, 0, 30);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, "VP8");
  fail_unless_equals_int (stats.width, 320);
  fail_unless_equals_int (stats.height, 240);
  fail_unless (stats.key_first);
  assert_nothing_lost (consumer);

  leave_and_free (consumer);
  sink_harness_wait (h, "consumer-removed peer-one", 1);
  sink_harness_free (h);
}

GST_END_TEST;

/* The fault would be that nothing arrives after the first stop (D10) */
GST_START_TEST (restarts_leave_no_thread)
{
  SinkHarness *h = sink_harness_new ();

  sink_harness_add (h, SINK_HARNESS_RAW);
  for (guint i = 0; i < 5; i++) {
    Consumer *consumer;

    sink_harness_play (h);
    consumer = sink_harness_join (h, "again");
    consumer_wait_frames (consumer, 0, 5);
    sink_harness_stop (h);
    sink_harness_wait (h, "consumer-removed", i + 1);
    consumer_vanish (consumer);
    g_object_unref (consumer);
  }
  sink_harness_free (h);
  wait_for_threads ();
}

GST_END_TEST;

static void
release_pad (GstElement * bin, GstElement * sink)
{
  GstPad *src = gst_element_get_static_pad (bin, "src");
  GstPad *pad = gst_pad_get_peer (src);

  gst_pad_unlink (src, pad);
  gst_element_release_request_pad (sink, pad);
  gst_object_unref (pad);
  gst_object_unref (src);
}

/* READY is enough of a stop, a pad may come between two starts, and one that
 * went through them can be released with all that was made for it (D10) */
GST_START_TEST (pads_outlive_a_stop)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  const gint n_children = GST_BIN_NUMCHILDREN (sink);
  GstElement *video = sink_harness_add (h, SINK_HARNESS_RAW);
  GstElement *audio;
  Consumer *consumer;

  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  fail_unless_equals_int (gst_element_set_state (sink_harness_get_pipeline (h),
          GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  sink_harness_wait (h, "consumer-removed", 1);
  consumer_vanish (consumer);
  g_object_unref (consumer);

  audio = sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "two");
  consumer_wait_frames (consumer, 1, 5);
  leave_and_free (consumer);

  sink_harness_stop (h);
  release_pad (video, sink);
  release_pad (audio, sink);
  fail_unless_equals_int (GST_ELEMENT (sink)->numsinkpads, 0);
  fail_unless_equals_int (GST_BIN_NUMCHILDREN (sink), n_children);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (pause_and_resume)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join_and_wait (h, "one");
  GstElement *pipeline = sink_harness_get_pipeline (h);

  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  gst_element_get_state (pipeline, NULL, NULL, GST_SECOND);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  consumer_forget (consumer);
  consumer_wait_frames (consumer, 0, 30);
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed"), 0);

  leave_and_free (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (two_sinks_in_one_process)
{
  SinkHarness *one = sink_harness_new_playing (SINK_HARNESS_RAW);
  SinkHarness *two = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *first = sink_harness_join_and_wait (one, "same");
  Consumer *second = sink_harness_join_and_wait (two, "same");

  leave_and_free (first);
  sink_harness_wait (one, "consumer-removed", 1);
  sink_harness_free (one);

  consumer_forget (second);
  consumer_wait_frames (second, 0, 15);
  assert_nothing_lost (second);
  fail_unless_equals_int (sink_harness_count (two, "consumer-removed"), 0);
  leave_and_free (second);
  sink_harness_free (two);
}

GST_END_TEST;

/* One encode for many */

static void
assert_encoder_is_shared (guint n_consumers)
{
  SinkHarness *h;
  Consumer *consumers[N_CROWD];

  encoder_census_start ();
  h = sink_harness_new_playing (SINK_HARNESS_RAW);
  fail_unless_equals_int (encoder_census_get (NULL), 0);

  for (guint i = 0; i < n_consumers; i++) {
    g_autofree gchar *id = g_strdup_printf ("c%u", i);

    consumers[i] = sink_harness_join (h, id);
  }
  for (guint i = 0; i < n_consumers; i++)
    consumer_wait_frames (consumers[i], 0, 5);
  fail_unless_equals_int (encoder_census_get (NULL), 1);
  fail_unless_equals_int (encoder_census_get ("GstVP8Enc"), 1);
  fail_unless_equals_int (sink_harness_count (h, "encoder "), 1);

  for (guint i = 0; i < n_consumers; i++)
    leave_and_free (consumers[i]);
  sink_harness_wait (h, "consumer-removed", n_consumers);
  encoder_census_wait (NULL, 0);
  sink_harness_free (h);
}

GST_START_TEST (three_share_an_encoder)
{
  assert_encoder_is_shared (3);
}

GST_END_TEST;

GST_START_TEST (ten_share_an_encoder)
{
  assert_encoder_is_shared (10);
}

GST_END_TEST;

GST_START_TEST (nothing_is_encoded_before_an_answer)
{
  SinkHarness *h;
  Consumer *consumer;

  encoder_census_start ();
  h = sink_harness_new_playing (SINK_HARNESS_RAW);
  consumer = sink_harness_consumer (h, "silent");
  consumer_never_answer (consumer);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_offer (consumer);
  fail_unless_equals_int (encoder_census_get (NULL), 0);

  leave_and_free (consumer);
  sink_harness_wait (h, "consumer-removed", 1);
  sink_harness_free (h);
}

GST_END_TEST;

/* A viewer who reloads the page within LINGER */
GST_START_TEST (encoder_outlives_a_short_absence)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join_and_wait (h, "before");

  leave_and_free (consumer);
  sink_harness_wait (h, "consumer-removed", 1);
  consumer = sink_harness_join_and_wait (h, "after");
  fail_unless_equals_int (sink_harness_count (h, "encoder "), 1);

  leave_and_free (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (who_joins_disturbs_nobody)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *one = sink_harness_join_and_wait (h, "one");
  Consumer *two = sink_harness_join_and_wait (h, "two");
  Consumer *third;
  ConsumerStats stats;

  consumer_forget (one);
  consumer_forget (two);
  third = sink_harness_join (h, "third");
  consumer_wait_frames (third, 0, 30);
  consumer_get_stats (third, 0, &stats);
  GST_INFO ("first frame %" G_GINT64_FORMAT " us after joining",
      stats.first_frame - consumer_get_join_time (third));
  fail_unless (stats.key_first);
  fail_unless (stats.first_frame - consumer_get_join_time (third) <
      3 * G_TIME_SPAN_SECOND, "the first frame took %" G_GINT64_FORMAT " us",
      stats.first_frame - consumer_get_join_time (third));

  consumer_wait_frames (one, 0, 30);
  consumer_wait_frames (two, 0, 30);
  assert_nothing_lost (one);
  assert_nothing_lost (two);

  /* nor who leaves */
  leave_and_free (third);
  sink_harness_wait (h, "consumer-removed", 1);
  consumer_forget (one);
  consumer_wait_frames (one, 0, 30);
  assert_nothing_lost (one);

  leave_and_free (one);
  leave_and_free (two);
  sink_harness_free (h);
}

GST_END_TEST;

/* One joins with each frame. There may be a key frame at once, and then one
 * every 300 ms until all have theirs. */
GST_START_TEST (joins_share_key_frames)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *watching = sink_harness_join_and_wait (h, "watching");
  Consumer *crowd[N_CROWD];
  guint n_before;
  guint n_key_units;
  guint allowed;
  gint64 start;

  consumer_wait_frames (watching, 0, 15);
  consumer_forget (watching);
  n_before = sink_harness_get_n_key_units (h);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < N_CROWD; i++) {
    g_autofree gchar *id = g_strdup_printf ("c%u", i);

    crowd[i] = sink_harness_join (h, id);
    consumer_wait_frames (watching, 0, i + 1);
  }
  for (guint i = 0; i < N_CROWD; i++)
    consumer_wait_frames (crowd[i], 0, 1);
  n_key_units = sink_harness_get_n_key_units (h) - n_before;
  allowed = 1 + (g_get_monotonic_time () - start) / (300 *
      G_TIME_SPAN_MILLISECOND);
  fail_unless (n_key_units <= allowed, "%u key frames for %u joins and not %u",
      n_key_units, N_CROWD, allowed);

  for (guint i = 0; i < N_CROWD; i++)
    leave_and_free (crowd[i]);
  leave_and_free (watching);
  sink_harness_wait (h, "consumer-removed", N_CROWD + 1);
  sink_harness_free (h);
}

GST_END_TEST;

/* Codecs */

static const gchar *const video_codecs[] = { "VP8", "H264", "VP9", "H265" };

GST_START_TEST (answer_chooses_codec)
{
  const gchar *codec = video_codecs[__i__];
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_consumer (h, codec);
  ConsumerStats stats;

  consumer_set_codec (consumer, codec);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 30);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, codec);
  fail_unless_equals_int (stats.width, 320);
  fail_unless_equals_int (stats.height, 240);
  fail_unless_equals_int (stats.n_holes, 0);

  leave_and_free (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (codecs_side_by_side)
{
  SinkHarness *h;
  Consumer *one;
  Consumer *two;

  encoder_census_start ();
  h = sink_harness_new_playing (SINK_HARNESS_RAW);
  one = sink_harness_join_and_wait (h, "vp8");
  two = sink_harness_consumer (h, "h264");
  consumer_set_codec (two, "H264");
  consumer_join (two, sink_harness_get_signaller (h));
  consumer_wait_frames (two, 0, 15);
  fail_unless_equals_int (encoder_census_get (NULL), 2);

  leave_and_free (two);
  encoder_census_wait (NULL, 1);
  fail_unless_equals_int (encoder_census_get ("GstVP8Enc"), 1);
  leave_and_free (one);
  sink_harness_free (h);
}

GST_END_TEST;

static const struct
{
  const gchar *stream;
  const gchar *encoding;
} encoded[] = {
  {SINK_HARNESS_VP8, "VP8"},
  {SINK_HARNESS_H264, "H264"},
  {SINK_HARNESS_OPUS, "OPUS"},
};

/* The one encoder is that of the application */
GST_START_TEST (encoded_input_passes)
{
  SinkHarness *h;
  Consumer *consumer;
  ConsumerStats stats;

  encoder_census_start ();
  h = sink_harness_new_playing (encoded[__i__].stream);
  fail_unless_equals_int (encoder_census_get (NULL), 1);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 30);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, encoded[__i__].encoding);
  fail_unless (stats.key_first);
  fail_unless_equals_int (stats.n_holes, 0);
  fail_unless_equals_int (encoder_census_get (NULL), 1);
  fail_unless_equals_int (sink_harness_count (h, "encoder "), 0);

  leave_and_free (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Nothing but the request makes a key frame: there would be one in 50 s */
GST_START_TEST (encoded_input_is_asked_for_key_frames)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW
      " ! vp8enc deadline=1 keyframe-max-dist=1500");
  Consumer *one = sink_harness_join_and_wait (h, "one");
  Consumer *two = sink_harness_join_and_wait (h, "two");

  leave_and_free (one);
  leave_and_free (two);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (audio_and_video)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer;
  ConsumerStats stats;

  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 15);
  consumer_wait_frames (consumer, 1, 25);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, "VP8");
  consumer_get_stats (consumer, 1, &stats);
  fail_unless_equals_string (stats.encoding, "OPUS");
  fail_unless_equals_int (stats.rate, 48000);
  fail_unless_equals_int (stats.n_holes, 0);

  leave_and_free (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Another size */

static void
set_size (GstElement * stream, const gchar * caps)
{
  GstElement *filter = gst_bin_get_by_name (GST_BIN (stream), "size");

  gst_util_set_object_arg (G_OBJECT (filter), "caps", caps);
  gst_object_unref (filter);
}

GST_START_TEST (size_changes_mid_stream)
{
  const gchar *codec = video_codecs[__i__];
  SinkHarness *h = sink_harness_new ();
  GstElement *stream = sink_harness_add (h, SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_consumer (h, codec);

  sink_harness_play (h);
  consumer_set_codec (consumer, codec);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 10);
  set_size (stream, "video/x-raw,width=640,height=480,framerate=30/1");
  consumer_wait_size (consumer, 640, 480);
  fail_unless_equals_int (fake_signaller_count (sink_harness_get_signaller (h),
          "send-sdp"), 1);
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed"), 0);

  leave_and_free (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsink_suite (void)
{
  Suite *s = suite_create ("webrtcsink");
  TCase *life = tcase_create ("life");
  TCase *sharing = tcase_create ("sharing");
  TCase *codecs = tcase_create ("codecs");

  suite_add_tcase (s, life);
  tcase_add_checked_fixture (life, NULL, wait_for_threads);
  tcase_add_test (life, way_to_the_socket_is_short);
  tcase_add_test (life, consumer_gets_frames);
  tcase_add_test (life, restarts_leave_no_thread);
  tcase_add_test (life, pads_outlive_a_stop);
  tcase_add_test (life, pause_and_resume);
  tcase_add_test (life, two_sinks_in_one_process);

  suite_add_tcase (s, sharing);
  tcase_add_checked_fixture (sharing, NULL, wait_for_threads);
  tcase_add_test (sharing, three_share_an_encoder);
  tcase_add_test (sharing, ten_share_an_encoder);
  tcase_add_test (sharing, nothing_is_encoded_before_an_answer);
  tcase_add_test (sharing, encoder_outlives_a_short_absence);
  tcase_add_test (sharing, who_joins_disturbs_nobody);
  tcase_add_test (sharing, joins_share_key_frames);

  suite_add_tcase (s, codecs);
  tcase_add_checked_fixture (codecs, NULL, wait_for_threads);
  tcase_add_loop_test (codecs, answer_chooses_codec, 0,
      G_N_ELEMENTS (video_codecs));
  tcase_add_test (codecs, codecs_side_by_side);
  tcase_add_loop_test (codecs, encoded_input_passes, 0, G_N_ELEMENTS (encoded));
  tcase_add_test (codecs, encoded_input_is_asked_for_key_frames);
  tcase_add_test (codecs, audio_and_video);
  tcase_add_loop_test (codecs, size_changes_mid_stream, 0, 3);

  return s;
}

GST_CHECK_MAIN (webrtcsink);
