/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams that come, change and go while sessions run. */

#include "tests/check/common/elements.h"
#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

static void
finish (SinkHarness * h, Consumer * consumer)
{
  fail_unless_equals_int (fake_signaller_count (sink_harness_get_signaller (h),
          "end-session"), 0);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

static guint
count_mlines (const gchar * text)
{
  g_auto (GStrv) parts = g_strsplit (text, "\r\nm=", -1);

  return g_strv_length (parts) - 1;
}

/* A stream that joins a running pipeline */
static GstElement *
add_live (SinkHarness * h, const gchar * description)
{
  GstElement *bin = sink_harness_add (h, description);

  gst_element_sync_state_with_parent (bin);

  return bin;
}

/* Unlinks the bin from the sink, releases the sink's pad and ends the bin */
static void
remove_live (SinkHarness * h, GstElement * bin)
{
  GstPad *src = gst_element_get_static_pad (bin, "src");
  GstPad *sink = gst_pad_get_peer (src);

  gst_pad_unlink (src, sink);
  gst_element_release_request_pad (sink_harness_get_sink (h), sink);
  unref_and_wait (sink);
  gst_object_unref (src);
  gst_element_set_state (bin, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (sink_harness_get_pipeline (h)), bin);
}

static void
assert_mlines (Consumer * consumer, guint n)
{
  g_autofree gchar *offer = consumer_get_offer (consumer);

  fail_unless (count_mlines (offer) == n, "not %u m-lines: %s", n, offer);
}

GST_START_TEST (stream_is_added)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join_and_wait (h, "one");
  ConsumerStats stats;

  add_live (h, SINK_HARNESS_RAW_AUDIO);
  consumer_wait_frames (consumer, 1, 5);
  consumer_get_stats (consumer, 0, &stats);
  consumer_wait_frames (consumer, 0, stats.n_frames + 5);
  fail_unless_equals_int (consumer_get_n_offers (consumer), 2);
  assert_mlines (consumer, 2);

  /* the same kind again: one encoder for each pad */
  add_live (h, SINK_HARNESS_RAW);
  consumer_wait_frames (consumer, 2, 5);
  assert_mlines (consumer, 3);
  sink_harness_wait (h, "encoder video_1", 1);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_int (stats.n_holes, 0);
  finish (h, consumer);
}

GST_END_TEST;

GST_START_TEST (stream_is_added_to_an_answered_session)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_consumer (h, "one");

  consumer_wish (consumer, "application/x-rtp,media=video,encoding-name=VP8,"
      "payload=100,clock-rate=90000");
  consumer_wish (consumer, "application/x-rtp,media=audio,encoding-name=OPUS,"
      "payload=101,clock-rate=48000,encoding-params=(string)2");
  consumer_wish (consumer, NULL);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  add_live (h, SINK_HARNESS_RAW_AUDIO);
  /* the line that nothing fitted stays as it is */
  consumer_wait_frames (consumer, 3, 5);
  assert_mlines (consumer, 4);
  finish (h, consumer);
}

GST_END_TEST;

GST_START_TEST (stream_is_removed)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  GstElement *second = sink_harness_add (h, SINK_HARNESS_RAW);
  Consumer *consumer;
  ConsumerStats stats;
  g_autofree gchar *offer = NULL;

  gst_element_sync_state_with_parent (second);
  consumer = sink_harness_join_and_wait (h, "one");
  consumer_wait_frames (consumer, 1, 5);
  encoder_census_start ();
  remove_live (h, second);
  consumer_wait_eos (consumer, 1);
  consumer_get_stats (consumer, 0, &stats);
  fail_if (stats.eos);
  consumer_wait_frames (consumer, 0, stats.n_frames + 10);

  offer = consumer_get_offer (consumer);
  fail_unless (count_mlines (offer) == 2);
  fail_unless (strstr (strstr (offer, "m=video") + 1, "a=inactive") != NULL,
      "%s", offer);
  fail_unless_equals_int (consumer_get_n_offers (consumer), 2);
  finish (h, consumer);
}

GST_END_TEST;

/* All at once, in one negotiation or two: whatever the order, everybody has in
 * the end what there is */
GST_START_TEST (streams_come_and_go)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  GstElement *audio = add_live (h, SINK_HARNESS_RAW_AUDIO);
  Consumer *consumers[2];
  ConsumerStats stats;

  consumers[0] = sink_harness_join (h, "one");
  consumers[1] = sink_harness_join_and_wait (h, "two");
  remove_live (h, audio);
  audio = add_live (h, SINK_HARNESS_RAW_AUDIO);
  add_live (h, SINK_HARNESS_RAW);

  for (guint i = 0; i < 2; i++) {
    consumer_wait_eos (consumers[i], 1);
    consumer_wait_frames (consumers[i], 2, 5);
    consumer_wait_frames (consumers[i], 3, 5);
    consumer_get_stats (consumers[i], 0, &stats);
    consumer_wait_frames (consumers[i], 0, stats.n_frames + 5);
  }
  consumer_leave (consumers[1]);
  g_object_unref (consumers[1]);
  finish (h, consumers[0]);
}

GST_END_TEST;

/* The only one: the session waits for another */
GST_START_TEST (last_stream_is_replaced)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *bin = sink_harness_add (h, SINK_HARNESS_RAW);
  Consumer *consumer;

  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  remove_live (h, bin);
  consumer_wait_eos (consumer, 0);
  add_live (h, SINK_HARNESS_RAW);
  consumer_wait_frames (consumer, 1, 5);
  finish (h, consumer);
}

GST_END_TEST;

static void
on_pipeline (GstElement * sink, const gchar * id, GstPipeline * pipeline,
    GstPipeline ** ret_pipeline)
{
  *ret_pipeline = pipeline;
}

/* The consumer has a jitterbuffer more each time */
static const gchar *const of_consumer[] = { "rtpjitterbuffer", "timer", NULL };

#define N_ROUNDS 10

/* The fault would leave an encoder, a chain and threads behind each time (D9) */
GST_START_TEST (nothing_stays_of_a_stream)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  GstPipeline *pipeline = NULL;
  Consumer *consumer;
  guint n_elements = 0;
  guint n_threads = 0;

  g_signal_connect (sink_harness_get_sink (h), "consumer-pipeline-created",
      G_CALLBACK (on_pipeline), &pipeline);
  consumer = sink_harness_join_and_wait (h, "one");
  encoder_census_start ();
  for (guint i = 0; i < N_ROUNDS; i++) {
    GstElement *bin = add_live (h, i % 2 ? SINK_HARNESS_RAW_AUDIO :
        SINK_HARNESS_RAW);

    consumer_wait_frames (consumer, 1 + i, 2);
    remove_live (h, bin);
    consumer_wait_eos (consumer, 1 + i);
    encoder_census_wait (NULL, 0);
    if (i == 3) {
      n_elements = elements_count (pipeline, NULL);
      n_threads = count_threads_but (of_consumer);
    }
  }
  fail_unless_equals_int (elements_count (pipeline, NULL), n_elements);
  wait_for_n_threads_but (of_consumer, n_threads);
  finish (h, consumer);
}

GST_END_TEST;

/* The end in the middle of it: of the sink, of a consumer, after a while that is
 * another each time */
GST_START_TEST (end_in_the_middle)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  GstElement *audio = add_live (h, SINK_HARNESS_RAW_AUDIO);
  Consumer *consumers[2];

  consumers[0] = sink_harness_join_and_wait (h, "one");
  consumers[1] = sink_harness_join_and_wait (h, "two");
  consumer_wait_frames (consumers[0], 1, 1);
  remove_live (h, audio);
  add_live (h, SINK_HARNESS_RAW);
  g_usleep (__i__ * 700);
  consumer_leave (consumers[0]);
  g_usleep (__i__ * 300);
  sink_harness_stop (h);
  consumer_vanish (consumers[1]);
  g_object_unref (consumers[0]);
  g_object_unref (consumers[1]);
  sink_harness_free (h);
}

GST_END_TEST;

/* Caps that change in mid-stream */

/* Feeds the pad that the bin fed from another */
static GstElement *
replace_live (SinkHarness * h, GstElement * bin, const gchar * description)
{
  GstPad *old_src = gst_element_get_static_pad (bin, "src");
  GstPad *sink = gst_pad_get_peer (old_src);
  g_autoptr (GError) error = NULL;
  GstElement *other = gst_parse_bin_from_description (description, TRUE,
      &error);
  GstPad *src = gst_element_get_static_pad (other, "src");

  g_assert_no_error (error);
  gst_element_set_locked_state (bin, TRUE);
  gst_element_set_state (bin, GST_STATE_NULL);
  gst_pad_unlink (old_src, sink);
  gst_bin_remove (GST_BIN (sink_harness_get_pipeline (h)), bin);
  gst_bin_add (GST_BIN (sink_harness_get_pipeline (h)), other);
  fail_unless_equals_int (gst_pad_link (src, sink), GST_PAD_LINK_OK);
  gst_element_sync_state_with_parent (other);

  gst_object_unref (src);
  gst_object_unref (old_src);
  gst_object_unref (sink);

  return other;
}

#define RAW_OTHER(caps) "videotestsrc is-live=true ! capsfilter " \
    "caps=video/x-raw," caps
#define AS_VP8 " ! vp8enc deadline=1 keyframe-max-dist=15"
#define AS_H264 " ! x264enc tune=zerolatency speed-preset=ultrafast " \
    "key-int-max=15 ! video/x-h264,profile=constrained-baseline ! h264parse"
#define LARGER "width=400,height=300,framerate=30/1"

/* What needs no negotiation: before, after, and the size after it */
static const struct
{
  const gchar *before;
  const gchar *after;
  gint width;
  gint height;
} continued[] = {
  {SINK_HARNESS_RAW, RAW_OTHER (LARGER), 400, 300},
  {SINK_HARNESS_RAW, RAW_OTHER (LARGER ",format=RGB"), 400, 300},
  {SINK_HARNESS_RAW, RAW_OTHER ("width=200,height=100,framerate=5/1"), 200,
      100},
  {SINK_HARNESS_RAW, RAW_OTHER (LARGER ",colorimetry=bt709,chroma-site=mpeg2"),
      400, 300},
  {SINK_HARNESS_RAW, RAW_OTHER (LARGER ",pixel-aspect-ratio=1/1,"
            "interlace-mode=progressive"), 400, 300},
  {SINK_HARNESS_VP8, RAW_OTHER (LARGER) AS_VP8, 400, 300},
  {SINK_HARNESS_H264, RAW_OTHER (LARGER) AS_H264, 400, 300},
};

GST_START_TEST (caps_that_go_on)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *bin = sink_harness_add (h, continued[__i__].before);
  Consumer *consumer;
  ConsumerStats stats;

  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  replace_live (h, bin, continued[__i__].after);
  consumer_wait_size (consumer, continued[__i__].width,
      continued[__i__].height);
  fail_unless_equals_int (consumer_get_n_offers (consumer), 1);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_int (stats.n_holes, 0);
  fail_unless (sink_harness_count (h, "encoder") <= 1);
  finish (h, consumer);
}

GST_END_TEST;

GST_START_TEST (audio_goes_on)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *bin = sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  Consumer *consumer;
  ConsumerStats stats;

  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  replace_live (h, bin, "audiotestsrc is-live=true ! "
      "capsfilter caps=audio/x-raw,rate=16000,channels=1,format=F32LE");
  consumer_get_stats (consumer, 0, &stats);
  consumer_wait_frames (consumer, 0, stats.n_frames + 50);
  fail_unless_equals_int (consumer_get_n_offers (consumer), 1);
  finish (h, consumer);
}

GST_END_TEST;

/* The same caps again: nothing happens (D8: the fault would be an m-line more) */
GST_START_TEST (caps_are_sent_again)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *bin = sink_harness_add (h, SINK_HARNESS_RAW);
  Consumer *consumer;
  ConsumerStats stats;

  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  replace_live (h, bin, SINK_HARNESS_RAW);
  consumer_get_stats (consumer, 0, &stats);
  consumer_wait_frames (consumer, 0, stats.n_frames + 10);
  fail_unless_equals_int (consumer_get_n_offers (consumer), 1);
  fail_unless_equals_int (sink_harness_count (h, "encoder"), 1);
  finish (h, consumer);
}

GST_END_TEST;

/* What has to be negotiated: before, after, and the encoding after it */
static const struct
{
  const gchar *before;
  const gchar *after;
  const gchar *encoding;
} negotiated[] = {
  {SINK_HARNESS_VP8, SINK_HARNESS_H264, "H264"},
  {SINK_HARNESS_H264, RAW_OTHER (LARGER) AS_VP8, "VP8"},
  {SINK_HARNESS_H264, RAW_OTHER (LARGER), "VP8"},
  {SINK_HARNESS_RAW, SINK_HARNESS_H264, "H264"},
  {SINK_HARNESS_RAW, RAW_OTHER (LARGER) AS_VP8, "VP8"},
};

static void
assert_replaced (SinkHarness * h, Consumer * consumer, guint i)
{
  ConsumerStats stats;

  consumer_wait_eos (consumer, 0);
  consumer_wait_frames (consumer, 1, 10);
  consumer_get_stats (consumer, 1, &stats);
  fail_unless_equals_string (stats.encoding, negotiated[i].encoding);
  fail_unless_equals_int (consumer_get_n_offers (consumer), 2);
}

GST_START_TEST (caps_that_are_negotiated)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *bin = sink_harness_add (h, negotiated[__i__].before);
  Consumer *consumers[2];

  sink_harness_play (h);
  consumers[0] = sink_harness_join_and_wait (h, "one");
  consumers[1] = sink_harness_join_and_wait (h, "two");
  replace_live (h, bin, negotiated[__i__].after);
  for (guint i = 0; i < 2; i++)
    assert_replaced (h, consumers[i], __i__);
  consumer_leave (consumers[1]);
  g_object_unref (consumers[1]);
  finish (h, consumers[0]);
}

GST_END_TEST;

static Suite *
changes_suite (void)
{
  Suite *suite = suite_create ("webrtcsink-changes");
  TCase *tcase = tcase_create ("streams");

  tcase_add_checked_fixture (tcase, NULL, wait_for_threads);
  tcase_add_test (tcase, stream_is_added);
  tcase_add_test (tcase, stream_is_added_to_an_answered_session);
  tcase_add_test (tcase, stream_is_removed);
  tcase_add_test (tcase, streams_come_and_go);
  tcase_add_test (tcase, last_stream_is_replaced);
  tcase_add_test (tcase, nothing_stays_of_a_stream);
  tcase_add_loop_test (tcase, end_in_the_middle, 0, 12);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("caps");
  tcase_add_checked_fixture (tcase, NULL, wait_for_threads);
  tcase_add_loop_test (tcase, caps_that_go_on, 0, G_N_ELEMENTS (continued));
  tcase_add_test (tcase, audio_goes_on);
  tcase_add_test (tcase, caps_are_sent_again);
  tcase_add_loop_test (tcase, caps_that_are_negotiated, 0,
      G_N_ELEMENTS (negotiated));
  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (changes);
