/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* connect-to-first-producer with signallers that cannot look by themselves. */

#include "tests/check/common/srcharness.h"

#include <gst/check/gstcheck.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)
#define SESSION SRC_HARNESS_SESSION
#define EMITTER(h) (GST_RTC_SIGNALLER ((h)->signaller))

static SrcHarness *
new_looking (const gchar * streams)
{
  SrcHarness *h = src_harness_new_with (fake_signaller_new_listing (), NULL,
      streams);

  g_object_set (h->src, "connect-to-first-producer", TRUE, NULL);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink");

  return h;
}

static void
play (SrcHarness * h)
{
  fail_unless (gst_element_set_state (h->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
}

static void
add_producer (SrcHarness * h, const gchar * id)
{
  gst_rtc_signaller_emit_producer_added (EMITTER (h), id, NULL, TRUE);
}

static void
begin_session (SrcHarness * h, const gchar * session_id,
    const gchar * producer_id)
{
  gst_rtc_signaller_emit_session_started (EMITTER (h), session_id, producer_id);
  producer_offer (h->producer, session_id);
}

static void
fail_unless_named (SrcHarness * h, const gchar * id)
{
  g_autofree gchar *named = NULL;

  g_object_get (h->signaller, "producer-peer-id", &named, NULL);
  fail_unless_equals_string (named, id);
}

GST_START_TEST (test_first_is_taken)
{
  SrcHarness *h = new_looking (PRODUCER_VP8);

  play (h);
  g_free (fake_signaller_wait (h->signaller, "start listener"));
  add_producer (h, "a");
  add_producer (h, "b");
  g_free (fake_signaller_wait (h->signaller, "start consumer a"));
  begin_session (h, SESSION, "a");
  src_harness_wait_buffers (h, TRUE, 10);
  fail_unless_equals_int (fake_signaller_count (h->signaller, "start"), 2);
  fail_unless_equals_int (fake_signaller_count (h->signaller, "stop"), 1);

  /* and the next time it looks again */
  gst_element_set_state (h->pipeline, GST_STATE_NULL);
  fail_unless_named (h, NULL);
  fake_signaller_forget (h->signaller);
  play (h);
  g_free (fake_signaller_wait (h->signaller, "start listener"));
  add_producer (h, "b");
  g_free (fake_signaller_wait (h->signaller, "start consumer b"));
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_first_is_gone_before_it_answers)
{
  SrcHarness *h = new_looking (PRODUCER_VP8);

  play (h);
  g_free (fake_signaller_wait (h->signaller, "start listener"));
  add_producer (h, "a");
  g_free (fake_signaller_wait (h->signaller, "start consumer a"));
  gst_rtc_signaller_emit_producer_removed (EMITTER (h), "b", NULL);
  gst_rtc_signaller_emit_producer_removed (EMITTER (h), "a", NULL);
  fake_signaller_wait_count (h->signaller, "start listener", 2);
  add_producer (h, "c");
  g_free (fake_signaller_wait (h->signaller, "start consumer c"));
  begin_session (h, SESSION, "c");
  src_harness_wait_buffers (h, TRUE, 10);
  fail_unless_equals_int (fake_signaller_count (h->signaller, "start"), 4);
  src_harness_free (h);
}

GST_END_TEST;

/* A producer that goes with its session does not begin another search */
GST_START_TEST (test_end_is_the_end)
{
  SrcHarness *h = new_looking (PRODUCER_VP8);

  play (h);
  g_free (fake_signaller_wait (h->signaller, "start listener"));
  add_producer (h, "a");
  g_free (fake_signaller_wait (h->signaller, "start consumer a"));
  begin_session (h, SESSION, "a");
  src_harness_wait_buffers (h, TRUE, 1);
  gst_rtc_signaller_emit_session_ended (EMITTER (h), SESSION);
  gst_rtc_signaller_emit_producer_removed (EMITTER (h), "a", NULL);
  add_producer (h, "b");
  gst_message_unref (src_harness_wait_message (h, GST_MESSAGE_EOS));
  fail_unless_equals_int (fake_signaller_count (h->signaller, "start"), 2);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_reconnect_looks_again)
{
  SrcHarness *h = new_looking (PRODUCER_VP8);

  g_object_set (h->src, "reconnect", TRUE, NULL);
  play (h);
  g_free (fake_signaller_wait (h->signaller, "start listener"));
  add_producer (h, "a");
  g_free (fake_signaller_wait (h->signaller, "start consumer a"));
  begin_session (h, SESSION, "a");
  src_harness_wait_buffers (h, TRUE, 10);
  gst_rtc_signaller_emit_session_ended (EMITTER (h), SESSION);
  fake_signaller_wait_count (h->signaller, "start listener", 2);
  add_producer (h, "b");
  g_free (fake_signaller_wait (h->signaller, "start consumer b"));
  src_harness_forget_buffers (h);
  src_harness_begin_session (h, PRODUCER_VP8, "again");
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_free (h);
}

GST_END_TEST;

/* Whoever is named is asked, whatever else there is */
GST_START_TEST (test_named_producer_is_asked)
{
  SrcHarness *h = new_looking (NULL);

  g_object_set (h->signaller, "producer-peer-id", "mine", NULL);
  play (h);
  g_free (fake_signaller_wait (h->signaller, "start consumer mine"));
  add_producer (h, "a");
  gst_element_set_state (h->pipeline, GST_STATE_NULL);
  fail_unless_equals_int (fake_signaller_count (h->signaller, "start"), 1);
  fail_unless_named (h, "mine");
  src_harness_free (h);
}

GST_END_TEST;

/* The application stops the source in a handler of its signaller. The handler
 * stands in for the signaller's own method. */
static gboolean
stop_source (FakeSignaller * signaller, gint * n_stops)
{
  GstElement *src = g_object_get_data (G_OBJECT (signaller), "source");

  if (g_atomic_int_add (n_stops, 1) == 0)
    gst_element_set_state (src, GST_STATE_NULL);

  return FALSE;
}

GST_START_TEST (test_stopped_while_it_chooses)
{
  SrcHarness *h = new_looking (NULL);
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  gint n_stops = 0;

  gst_element_set_locked_state (h->src, TRUE);
  g_object_set_data (G_OBJECT (h->signaller), "source", h->src);
  g_signal_connect (h->signaller, "stop", G_CALLBACK (stop_source), &n_stops);
  gst_element_set_state (h->src, GST_STATE_PLAYING);
  g_free (fake_signaller_wait (h->signaller, "start listener"));
  add_producer (h, "a");
  while (g_atomic_int_get (&n_stops) < 2) {
    fail_if (g_get_monotonic_time () > end, "it was not stopped");
    g_thread_yield ();
  }
  gst_element_set_state (h->src, GST_STATE_NULL);
  gst_element_set_locked_state (h->src, FALSE);
  src_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsrc_first_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc-first");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_first_is_taken);
  tcase_add_test (tcase, test_first_is_gone_before_it_answers);
  tcase_add_test (tcase, test_end_is_the_end);
  tcase_add_test (tcase, test_reconnect_looks_again);
  tcase_add_test (tcase, test_named_producer_is_asked);
  tcase_add_test (tcase, test_stopped_while_it_chooses);

  return suite;
}

GST_CHECK_MAIN (webrtcsrc_first);
