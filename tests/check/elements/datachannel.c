/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Data channels of an application, in sessions of webrtcsink and webrtcsrc:
 * they work, and with a certificate that was not promised they carry nothing,
 * either way. */

#include "tests/check/common/producer.h"
#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>

/* Long enough for a handshake and a message */
#define HOLD (1500 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GPtrArray *channels;
  guint n_open;
  guint n_messages;
} Messages;

static void
on_message (GObject * channel, const gchar * text, Messages * messages)
{
  g_mutex_lock (&messages->lock);
  messages->n_messages++;
  g_cond_broadcast (&messages->cond);
  g_mutex_unlock (&messages->lock);
}

static void
on_open (GObject * channel, Messages * messages)
{
  g_mutex_lock (&messages->lock);
  messages->n_open++;
  g_mutex_unlock (&messages->lock);
  g_signal_emit_by_name (channel, "send-string", "hello");
}

static void
watch_channel (Messages * messages, GObject * channel)
{
  GstWebRTCDataChannelState state;

  g_mutex_lock (&messages->lock);
  g_ptr_array_add (messages->channels, g_object_ref (channel));
  g_mutex_unlock (&messages->lock);
  g_signal_connect (channel, "on-message-string", G_CALLBACK (on_message),
      messages);
  g_signal_connect (channel, "on-open", G_CALLBACK (on_open), messages);
  g_object_get (channel, "ready-state", &state, NULL);
  if (state == GST_WEBRTC_DATA_CHANNEL_STATE_OPEN)
    on_open (channel, messages);
}

/* The sink's control thread */
static void
on_consumer_added (GstElement * sink, const gchar * id,
    GstElement * webrtcbin, Messages * messages)
{
  GObject *channel = NULL;

  g_signal_emit_by_name (webrtcbin, "create-data-channel", "probe", NULL,
      &channel);
  fail_unless (channel != NULL);
  watch_channel (messages, channel);
  g_object_unref (channel);
}

static void
on_data_channel (GstElement * webrtcbin, GObject * channel, Messages * messages)
{
  watch_channel (messages, channel);
}

static void
set_up (Messages * messages)
{
  g_mutex_init (&messages->lock);
  g_cond_init (&messages->cond);
  messages->n_open = messages->n_messages = 0;
  messages->channels = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
wait_for_messages (Messages * messages, guint n)
{
  const gint64 end = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  g_mutex_lock (&messages->lock);
  while (messages->n_messages < n)
    fail_unless (g_cond_wait_until (&messages->cond, &messages->lock, end),
        "%u messages, %u channels open", messages->n_messages,
        messages->n_open);
  g_mutex_unlock (&messages->lock);
}

static void
join (Messages * messages, SinkHarness * h, Consumer * consumer)
{
  set_up (messages);
  g_signal_connect (sink_harness_get_sink (h), "consumer-added",
      G_CALLBACK (on_consumer_added), messages);
  consumer_join (consumer, sink_harness_get_signaller (h));
  /* long before there can be a channel */
  g_signal_connect (consumer_get_webrtcbin (consumer), "on-data-channel",
      G_CALLBACK (on_data_channel), messages);
}

static void
tear_down (Messages * messages)
{
  g_ptr_array_unref (messages->channels);
  g_mutex_clear (&messages->lock);
  g_cond_clear (&messages->cond);
}

GST_START_TEST (messages_go_both_ways)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_consumer (h, "one");
  Messages messages;

  join (&messages, h, consumer);
  wait_for_messages (&messages, 2);
  consumer_vanish (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
  tear_down (&messages);
}

GST_END_TEST;

static gchar *
spoil_fingerprints (gchar * text)
{
  for (gchar * p = text; (p = strstr (p, "a=fingerprint:sha-256 ")); p++) {
    gchar *digit = p + strlen ("a=fingerprint:sha-256 ");

    *digit = *digit == 'A' ? 'B' : 'A';
  }

  return text;
}

GST_START_TEST (wrong_fingerprint_carries_nothing)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_consumer (h, "one");
  Messages messages;

  consumer_edit_answer (consumer, spoil_fingerprints);
  join (&messages, h, consumer);
  sink_harness_wait (h, "consumer-removed peer-one", 1);
  consumer_vanish (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
  fail_unless_equals_int (messages.n_open, 0);
  fail_unless_equals_int (messages.n_messages, 0);
  tear_down (&messages);
}

GST_END_TEST;

/* The source: its application watches for channels, the producer makes one */

typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  FakeSignaller *signaller;
  Producer *producer;
  Messages messages;
} Receiver;

/* The source's control thread */
static void
on_webrtcbin_ready (FakeSignaller * signaller, const gchar * session_id,
    GstElement * webrtcbin, Messages * messages)
{
  g_signal_connect (webrtcbin, "on-data-channel", G_CALLBACK (on_data_channel),
      messages);
}

static void
receive (Receiver * r)
{
  set_up (&r->messages);
  r->signaller = fake_signaller_new ();
  g_signal_connect (r->signaller, "webrtcbin-ready",
      G_CALLBACK (on_webrtcbin_ready), &r->messages);
  r->src = gst_element_factory_make_full ("webrtcsrc", "signaller",
      r->signaller, "stun-server", NULL, NULL);
  r->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add (GST_BIN (r->pipeline), r->src);
  r->producer = producer_new (PRODUCER_VP8, r->signaller);
}

static void
begin_session (Receiver * r)
{
  GObject *channel = NULL;

  gst_element_set_state (r->pipeline, GST_STATE_PLAYING);
  g_free (fake_signaller_wait (r->signaller, "start"));
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (r->signaller),
      "one", "producer-one");
  /* webrtcbin makes channels when it is not closed */
  producer_offer (r->producer, "one");
  g_signal_emit_by_name (producer_get_webrtcbin (r->producer),
      "create-data-channel", "probe", NULL, &channel);
  fail_unless (channel != NULL);
  watch_channel (&r->messages, channel);
  g_object_unref (channel);
}

static void
stop_receiving (Receiver * r)
{
  gst_element_set_state (r->pipeline, GST_STATE_NULL);
  gst_object_unref (r->pipeline);
  producer_free (r->producer);
  g_object_unref (r->signaller);
}

GST_START_TEST (source_gets_and_sends_messages)
{
  Receiver r;

  receive (&r);
  begin_session (&r);
  wait_for_messages (&r.messages, 2);
  stop_receiving (&r);
  tear_down (&r.messages);
}

GST_END_TEST;

/* The source's control thread, when both sides have all that they need: it
 * is kept from ending the session, so that only the cut keeps messages out */
static void
hold_control (FakeSignaller * signaller, const gchar * session_id,
    GstWebRTCSessionDescription * description, Messages * messages)
{
  const gint64 end = g_get_monotonic_time () + HOLD;

  g_mutex_lock (&messages->lock);
  while (messages->n_messages == 0 &&
      g_cond_wait_until (&messages->cond, &messages->lock, end));
  g_mutex_unlock (&messages->lock);
}

GST_START_TEST (wrong_fingerprint_reaches_no_source)
{
  Receiver r;

  receive (&r);
  g_signal_connect (producer_get_signaller (r.producer),
      "session-description", G_CALLBACK (hold_control), &r.messages);
  fake_signaller_edit (producer_get_signaller (r.producer), spoil_fingerprints);
  begin_session (&r);
  g_free (fake_signaller_wait (r.signaller, "end-session one "));
  stop_receiving (&r);
  fail_unless_equals_int (r.messages.n_open, 0);
  fail_unless_equals_int (r.messages.n_messages, 0);
  tear_down (&r.messages);
}

GST_END_TEST;

static Suite *
datachannel_suite (void)
{
  Suite *suite = suite_create ("datachannel");
  TCase *tc = tcase_create ("datachannel");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_test (tc, messages_go_both_ways);
  tcase_add_test (tc, wrong_fingerprint_carries_nothing);
  tcase_add_test (tc, source_gets_and_sends_messages);
  tcase_add_test (tc, wrong_fingerprint_reaches_no_source);

  return suite;
}

GST_CHECK_MAIN (datachannel);
