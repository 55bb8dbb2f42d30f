/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the session of webrtcsrc ends, and what downstream has to do with it. */

#include "tests/check/common/srcharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)
#define SESSION SRC_HARNESS_SESSION

static void
end_by_producer (SrcHarness * h, const gchar * error)
{
  gst_rtc_signaller_end_session (GST_RTC_SIGNALLER (producer_get_signaller
          (h->producer)), SESSION, error);
}

GST_START_TEST (test_end_is_eos)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 1);
  src_harness_wait_buffers (h, FALSE, 1);
  end_by_producer (h, NULL);
  gst_message_unref (src_harness_wait_message (h, GST_MESSAGE_EOS));
  fail_unless_equals_int (fake_signaller_count (h->signaller, "end-session"),
      0);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_end_with_error)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);

  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 1);
  /* an error on the way up would leave the pipeline in PAUSED, without EOS */
  fail_unless_equals_int (gst_element_get_state (h->pipeline, NULL, NULL,
          WATCHDOG * GST_USECOND), GST_STATE_CHANGE_SUCCESS);
  end_by_producer (h, "out of film");
  src_harness_wait_error (h, "Session ended with error: out of film");
  gst_message_unref (src_harness_wait_message (h, GST_MESSAGE_EOS));
  src_harness_free (h);
}

GST_END_TEST;

/* It came to neither EOS nor an error, and the application waited for ever */
GST_START_TEST (test_end_before_a_stream)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);

  src_harness_add_sink (h, "video", "fakesink");
  gst_element_set_state (h->pipeline, GST_STATE_PLAYING);
  g_free (fake_signaller_wait (h->signaller, "start"));
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (h->signaller),
      SESSION, "producer-1");
  gst_rtc_signaller_emit_session_ended (GST_RTC_SIGNALLER (h->signaller),
      SESSION);
  src_harness_wait_error (h, "before there was a stream");
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_producer_that_never_offers)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);

  g_object_set (h->src, "negotiation-timeout", 300, NULL);
  gst_element_set_state (h->pipeline, GST_STATE_PLAYING);
  g_free (fake_signaller_wait (h->signaller, "start"));
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (h->signaller),
      SESSION, "producer-1");
  src_harness_wait_error (h, "did not connect within 300 ms");
  g_free (fake_signaller_wait (h->signaller, "end-session " SESSION " "));
  src_harness_free (h);
}

GST_END_TEST;

/* What was in the jitter buffer when the producer went was lost */
GST_START_TEST (test_end_plays_out)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);
  const gint64 latency = 1000 * G_TIME_SPAN_MILLISECOND;
  gint64 ended;
  guint n_at_end;

  g_object_set (h->src, "latency", 1000, NULL);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink sync=false");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 1);
  g_mutex_lock (&h->lock);
  n_at_end = h->n_buffers[TRUE];
  g_mutex_unlock (&h->lock);
  ended = g_get_monotonic_time ();
  end_by_producer (h, NULL);
  gst_message_unref (src_harness_wait_message (h, GST_MESSAGE_EOS));
  fail_unless (g_get_monotonic_time () - ended > latency);
  /* the producer here goes on, but what it sent before is a second's frames */
  fail_unless (h->n_buffers[TRUE] >= n_at_end + 20, "%u frames, then %u",
      n_at_end, h->n_buffers[TRUE]);
  src_harness_free (h);
}

GST_END_TEST;

/* Downstream */

GST_START_TEST (test_downstream_at_its_end)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_add_sink (h, "video", "videoconvert ! " "fakesink num-buffers=5");
  src_harness_add_sink (h, "audio", "audioconvert ! " "fakesink num-buffers=5");
  src_harness_start (h);
  gst_message_unref (src_harness_wait_message (h, GST_MESSAGE_EOS));
  g_free (fake_signaller_wait (h->signaller, "end-session " SESSION));
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_one_branch_at_its_end)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_add_sink (h, "video", "videoconvert ! " "fakesink num-buffers=5");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 5);
  src_harness_forget_buffers (h);
  src_harness_wait_buffers (h, FALSE, 100);
  fail_unless_equals_int (h->n_buffers[TRUE], 0);
  fail_unless_equals_int (fake_signaller_count (h->signaller, "end-session"),
      0);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_nothing_is_linked)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_start (h);
  src_harness_wait_error (h, "No pad is linked");
  g_free (fake_signaller_wait (h->signaller, "end-session " SESSION " "));
  src_harness_free (h);
}

GST_END_TEST;

/* Reconnecting */

GST_START_TEST (test_reconnect)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  g_object_set (h->src, "reconnect", TRUE, NULL);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *id = g_strdup_printf ("again-%u", i);

    src_harness_wait_buffers (h, TRUE, 10);
    src_harness_wait_buffers (h, FALSE, 10);
    if (i == 1)
      gst_rtc_signaller_emit_session_ended_with_error (GST_RTC_SIGNALLER
          (h->signaller), "again-0", "a film tore");
    else
      gst_rtc_signaller_emit_session_ended (GST_RTC_SIGNALLER (h->signaller),
          i == 0 ? SESSION : "again-1");
    /* the first time it was started and never stopped */
    fake_signaller_wait_count (h->signaller, "stop", i + 1);
    fake_signaller_wait_count (h->signaller, "start", i + 2);
    src_harness_forget_buffers (h);
    src_harness_begin_session (h, PRODUCER_VP8 PRODUCER_OPUS, id);
  }
  src_harness_wait_buffers (h, TRUE, 10);
  fail_unless_equals_int (h->n_pads, 2);
  fail_unless (gst_bus_pop_filtered (h->bus, GST_MESSAGE_ERROR |
          GST_MESSAGE_EOS) == NULL);
  src_harness_free (h);
}

GST_END_TEST;

/* It comes back without its camera */
GST_START_TEST (test_reconnect_with_less)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_object_set (h->src, "reconnect", TRUE, NULL);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 1);
  src_harness_wait_buffers (h, FALSE, 1);
  gst_rtc_signaller_emit_session_ended (GST_RTC_SIGNALLER (h->signaller),
      SESSION);
  fake_signaller_wait_count (h->signaller, "start", 2);
  src_harness_forget_buffers (h);
  src_harness_begin_session (h, PRODUCER_OPUS, "again");
  src_harness_wait_buffers (h, FALSE, 10);
  while (h->src->numsrcpads > 1) {
    fail_if (g_get_monotonic_time () > end, "the video pad is still there");
    g_thread_yield ();
  }
  src_harness_free (h);
}

GST_END_TEST;

/* As a server that is not there yet, or does not know the producer */
GST_START_TEST (test_reconnect_after_signaller_errors)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);

  g_object_set (h->src, "reconnect", TRUE, NULL);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  gst_element_set_state (h->pipeline, GST_STATE_PLAYING);
  for (guint i = 1; i < 3; i++) {
    fake_signaller_wait_count (h->signaller, "start", i);
    gst_rtc_signaller_emit_error (GST_RTC_SIGNALLER (h->signaller),
        "nobody is there");
  }
  fake_signaller_wait_count (h->signaller, "start", 3);
  src_harness_begin_session (h, PRODUCER_VP8, SESSION);
  src_harness_wait_buffers (h, TRUE, 10);
  fail_unless (gst_bus_pop_filtered (h->bus, GST_MESSAGE_ERROR) == NULL);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_stop_while_waiting)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);

  g_object_set (h->src, "reconnect", TRUE, NULL);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 1);
  end_by_producer (h, "torn");
  gst_message_unref (src_harness_wait_message (h, GST_MESSAGE_WARNING));
  gst_element_set_state (h->pipeline, GST_STATE_NULL);
  fail_unless_equals_int (h->src->numsrcpads, 0);
  src_harness_free (h);
}

GST_END_TEST;

/* An application that stops the source when a pad goes */

/* The element waits for a session that long, and no longer */
#define LIMIT (5 * G_USEC_PER_SEC)

typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  gint64 took;                  /* the longest, microseconds */
  guint n_calls;
} Stops;

static void
stop_source (GstElement * src, GstPad * pad, Stops * stops)
{
  const gint64 start = g_get_monotonic_time ();

  gst_element_set_state (src, GST_STATE_NULL);
  g_mutex_lock (&stops->lock);
  stops->took = MAX (stops->took, g_get_monotonic_time () - start);
  stops->n_calls++;
  g_cond_signal (&stops->cond);
  g_mutex_unlock (&stops->lock);
}

static void
wait_for_stops (Stops * stops, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&stops->lock);
  while (stops->n_calls < n)
    fail_unless (g_cond_wait_until (&stops->cond, &stops->lock, end),
        "%u pads were removed", stops->n_calls);
  g_mutex_unlock (&stops->lock);
}

/* The handler waited for the session that waited for the handler, until a
 * limit was over. Once the producer ends the session, once the application
 * stops the source. */
GST_START_TEST (test_stop_when_a_pad_goes)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  Stops stops = { 0, };
  gint64 start;

  g_mutex_init (&stops.lock);
  g_cond_init (&stops.cond);
  g_signal_connect (h->src, "pad-removed", G_CALLBACK (stop_source), &stops);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 1);
  src_harness_wait_buffers (h, FALSE, 1);
  start = g_get_monotonic_time ();
  if (__i__ == 0)
    end_by_producer (h, NULL);
  else
    gst_element_set_state (h->pipeline, GST_STATE_NULL);
  wait_for_stops (&stops, 2);
  fail_unless (stops.took < LIMIT, "a handler took %" G_GINT64_FORMAT " us",
      stops.took);
  fail_unless (g_get_monotonic_time () - start < LIMIT);
  fake_signaller_wait_count (h->signaller, "stop", 1);
  src_harness_free (h);
  fail_unless_equals_int (stops.n_calls, 2);
  g_cond_clear (&stops.cond);
  g_mutex_clear (&stops.lock);
}

GST_END_TEST;

static Suite *
webrtcsrc_ends_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc-ends");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_end_is_eos);
  tcase_add_test (tcase, test_end_with_error);
  tcase_add_test (tcase, test_end_before_a_stream);
  tcase_add_test (tcase, test_producer_that_never_offers);
  tcase_add_test (tcase, test_end_plays_out);
  tcase_add_test (tcase, test_downstream_at_its_end);
  tcase_add_test (tcase, test_one_branch_at_its_end);
  tcase_add_test (tcase, test_nothing_is_linked);
  tcase_add_test (tcase, test_reconnect);
  tcase_add_test (tcase, test_reconnect_with_less);
  tcase_add_test (tcase, test_reconnect_after_signaller_errors);
  tcase_add_test (tcase, test_stop_while_waiting);
  tcase_add_loop_test (tcase, test_stop_when_a_pad_goes, 0, 2);

  return suite;
}

GST_CHECK_MAIN (webrtcsrc_ends);
