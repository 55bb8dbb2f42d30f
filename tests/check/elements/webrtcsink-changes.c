/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams that come, change and go while sessions run. */

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
  consumer_wish (consumer, NULL);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  add_live (h, SINK_HARNESS_RAW_AUDIO);
  consumer_wait_frames (consumer, 2, 5);
  assert_mlines (consumer, 3);
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
  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (changes);
