/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a peer, or the application at a bad moment, can do to webrtcsink. A
 * fault ends one session: its peer is told why, the application is told once,
 * and whoever else is watching notices nothing. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

/* A watcher that must go on, and a consumer that has a fault */
typedef struct
{
  SinkHarness *h;
  Consumer *watcher;
  Consumer *faulty;
} Fixture;

static void
set_up (Fixture * f)
{
  f->h = sink_harness_new_playing (SINK_HARNESS_RAW);
  f->watcher = sink_harness_join_and_wait (f->h, "watcher");
  f->faulty = sink_harness_consumer (f->h, "faulty");
}

static void
tear_down (Fixture * f)
{
  consumer_leave (f->watcher);
  consumer_vanish (f->faulty);
  g_object_unref (f->watcher);
  g_object_unref (f->faulty);
  sink_harness_free (f->h);
}

static void
assert_watcher_goes_on (Fixture * f)
{
  ConsumerStats stats;

  consumer_forget (f->watcher);
  consumer_wait_frames (f->watcher, 0, 10);
  consumer_get_stats (f->watcher, 0, &stats);
  fail_unless_equals_int (stats.n_holes, 0);
  fail_unless_equals_int (sink_harness_count (f->h,
          "consumer-removed peer-watcher"), 0);
}

/* The session of `faulty` ends, and its peer is told a text with that in it */
static void
assert_ends_with (Fixture * f, const gchar * reason)
{
  FakeSignaller *signaller = sink_harness_get_signaller (f->h);
  g_autofree gchar *call = fake_signaller_wait (signaller,
      "end-session faulty");
  ConsumerStats stats;

  fail_unless (strstr (call, reason) != NULL, "'%s' says nothing of '%s'",
      call, reason);
  sink_harness_wait (f->h, "consumer-removed peer-faulty", 1);
  assert_watcher_goes_on (f);
  fail_unless_equals_int (sink_harness_count (f->h,
          "consumer-removed peer-faulty"), 1);
  fail_unless_equals_int (fake_signaller_count (signaller, "end-session"), 1);
  consumer_get_stats (f->faulty, 0, &stats);
  fail_unless_equals_int (stats.n_packets, 0);
}

/* Answers */

static gchar *
replace (gchar * text, const gchar * from, const gchar * to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, -1);

  fail_unless (g_strv_length (parts) > 1, "no '%s' in %s", from, text);
  g_free (text);

  return g_strjoinv (to, parts);
}

static gchar *
spoil_fingerprint (gchar * text)
{
  gchar *digit = strstr (text, "a=fingerprint:sha-256 ");

  fail_unless (digit != NULL);
  digit += strlen ("a=fingerprint:sha-256 ");
  *digit = *digit == 'A' ? 'B' : 'A';

  return text;
}

static gchar *
drop_fingerprint (gchar * text)
{
  return replace (text, "a=fingerprint:", "a=x-nothing:");
}

static gchar *
weaken_fingerprint (gchar * text)
{
  return replace (text, "a=fingerprint:sha-256", "a=fingerprint:md5");
}

static gchar *
drop_credentials (gchar * text)
{
  return replace (text, "a=ice-ufrag:", "a=x-nothing:");
}

static gchar *
reject_video (gchar * text)
{
  return replace (text, "m=video 9 ", "m=video 0 ");
}

static gchar *
choose_unknown_codec (gchar * text)
{
  return replace (text, "VP8/90000", "THEORA/90000");
}

static const struct
{
  const gchar *name;
  FakeSignallerEdit edit;
  const gchar *reason;
} bad_answers[] = {
  {"wrong fingerprint", spoil_fingerprint, "fingerprint mismatch"},
  {"no fingerprint", drop_fingerprint, "no DTLS fingerprint"},
  {"weak fingerprint", weaken_fingerprint, "no DTLS fingerprint"},
  {"no credentials", drop_credentials, "no ICE credentials"},
  {"everything rejected", reject_video, "rejects everything"},
  {"codec not offered", choose_unknown_codec, "codec"},
};

/* The fault would be not to say consumer-removed (D12) */
GST_START_TEST (bad_answer)
{
  Fixture f;

  GST_INFO ("%s", bad_answers[__i__].name);
  set_up (&f);
  consumer_edit_answer (f.faulty, bad_answers[__i__].edit);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  assert_ends_with (&f, bad_answers[__i__].reason);
  tear_down (&f);
}

GST_END_TEST;

static gchar *
drop_audio (gchar * text)
{
  gchar *audio = strstr (text, "m=audio");

  fail_unless (audio != NULL);
  *audio = '\0';

  return replace (text, "BUNDLE video0 audio1", "BUNDLE video0");
}

GST_START_TEST (too_few_mlines)
{
  Fixture f;

  f.h = sink_harness_new ();
  sink_harness_add (f.h, SINK_HARNESS_RAW);
  sink_harness_add (f.h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (f.h);
  f.watcher = sink_harness_join_and_wait (f.h, "watcher");
  f.faulty = sink_harness_consumer (f.h, "faulty");
  consumer_edit_answer (f.faulty, drop_audio);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  assert_ends_with (&f, "m-lines");
  tear_down (&f);
}

GST_END_TEST;

/* One of the two streams is not wanted */
static gchar *
reject_audio (gchar * text)
{
  return replace (text, "m=audio 9 ", "m=audio 0 ");
}

/* The fault would end the session (D13) */
GST_START_TEST (one_stream_rejected)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer = sink_harness_consumer (h, "one");
  ConsumerStats stats;

  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer_edit_answer (consumer, reject_audio);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 15);
  consumer_get_stats (consumer, 1, &stats);
  fail_unless_equals_int (stats.n_packets, 0);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* As browsers reject: nothing is said of it, and the bundle begins with another
 * (the fault would end the session, or look for another transport: D13) */
static gchar *
reject_first (gchar * text)
{
  gchar *video = strstr (text, "m=video");
  gchar *audio = strstr (text, "m=audio");
  g_autofree gchar *head = NULL;
  g_autofree gchar *all = text;

  fail_unless (video != NULL && video < audio);
  head = replace (g_strndup (text, video - text), "BUNDLE video0 ", "BUNDLE ");

  return g_strconcat (head, "m=video 0 UDP/TLS/RTP/SAVPF 0\r\n"
      "c=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:video0\r\n", audio, NULL);
}

GST_START_TEST (first_stream_rejected)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer = sink_harness_consumer (h, "one");
  ConsumerStats stats;

  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer_edit_answer (consumer, reject_first);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 1, 15);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_int (stats.n_packets, 0);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static void
describe (SinkHarness * h, const gchar * session_id, GstWebRTCSDPType type,
    const gchar * text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstWebRTCSessionDescription) description =
      gst_rtc_description_from_text (type, text, &error);

  g_assert_no_error (error);
  gst_rtc_signaller_emit_session_description (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (h)), session_id, description);
}

#define SOME_SDP "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" \
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:video0\r\n"

GST_START_TEST (answer_before_offer)
{
  Fixture f;

  set_up (&f);
  consumer_never_answer (f.faulty);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  describe (f.h, "faulty", GST_WEBRTC_SDP_TYPE_ANSWER, SOME_SDP);
  assert_ends_with (&f, "nothing asked for");
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (offer_for_an_answer)
{
  Fixture f;

  set_up (&f);
  consumer_never_answer (f.faulty);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  consumer_wait_offer (f.faulty);
  describe (f.h, "faulty", GST_WEBRTC_SDP_TYPE_OFFER, SOME_SDP);
  assert_ends_with (&f, "no answer");
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (bad_offer)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstWebRTCSessionDescription) offer =
      gst_rtc_description_from_text (GST_WEBRTC_SDP_TYPE_OFFER, SOME_SDP,
      &error);
  g_autofree gchar *call = NULL;

  set_up (&f);
  gst_rtc_signaller_emit_session_requested (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (f.h)), "faulty", "peer-faulty", offer);
  call = fake_signaller_wait (sink_harness_get_signaller (f.h),
      "end-session faulty");
  fail_unless (strstr (call, "no ICE credentials") != NULL);
  assert_watcher_goes_on (&f);
  fail_unless_equals_int (sink_harness_count (f.h, "consumer-added"), 1);
  tear_down (&f);
}

GST_END_TEST;

/* What the application puts into a session, and what goes wrong in one */

static GstElement *
make_misfit (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstCaps * caps, gpointer data)
{
  if (!g_str_equal (consumer_id, "peer-faulty"))
    return NULL;

  return gst_element_factory_make ("audioconvert", NULL);
}

/* Linking fails: the fault would be not to say consumer-removed (D12) */
GST_START_TEST (filter_does_not_fit)
{
  Fixture f;

  set_up (&f);
  g_signal_connect (sink_harness_get_sink (f.h), "request-encoded-filter",
      G_CALLBACK (make_misfit), NULL);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  assert_ends_with (&f, "do not fit together");
  tear_down (&f);
}

GST_END_TEST;

static void
on_faulty_added (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, GstElement ** ret_webrtcbin)
{
  if (g_str_equal (consumer_id, "peer-faulty"))
    g_set_object (ret_webrtcbin, webrtcbin);
}

/* A signaller that says goodbye by a request and waits for the response, while
 * the rest of the world uses the element. Control thread. */
static gboolean
on_goodbye (FakeSignaller * signaller, const gchar * session_id,
    const gchar * error, Fixture * f)
{
  g_auto (GStrv) ids = NULL;
  GstStructure *stats = NULL;

  consumer_forget (f->watcher);
  consumer_wait_frames (f->watcher, 0, 10);
  g_signal_emit_by_name (sink_harness_get_sink (f->h), "get-sessions", &ids);
  g_object_get (sink_harness_get_sink (f->h), "stats", &stats, NULL);
  gst_structure_free (stats);
  sink_harness_note (f->h, g_strdup_printf ("goodbye %s %s", session_id,
          error));

  return TRUE;
}

/* The fault: the end was said on a thread that must not wait, and the panic
 * poisoned a lock of the element (D19) */
GST_START_TEST (error_in_a_session)
{
  GstElement *webrtcbin = NULL;
  Fixture f;

  set_up (&f);
  g_signal_connect (sink_harness_get_sink (f.h), "consumer-added",
      G_CALLBACK (on_faulty_added), &webrtcbin);
  g_signal_connect (sink_harness_get_signaller (f.h),
      "end-session-with-error", G_CALLBACK (on_goodbye), &f);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  consumer_wait_frames (f.faulty, 0, 5);
  GST_ELEMENT_ERROR (webrtcbin, RESOURCE, WRITE, ("no route"), (NULL));
  sink_harness_wait (f.h, "goodbye faulty", 1);
  sink_harness_wait (f.h, "consumer-removed peer-faulty", 1);
  assert_watcher_goes_on (&f);
  gst_object_unref (webrtcbin);
  tear_down (&f);
}

GST_END_TEST;

/* Messages that do no harm */

static const gchar *const odd_candidates[] = {
  "", "end-of-candidates", "candidate:", "a=candidate:1 1 UDP", "nonsense",
  "candidate:1 1 UDP 2122260223 4e1b.local 50000 typ host",
  "candidate:1 1 UDP 2122260223 no.such.name 50000 typ host",
  "candidate:1 1 UDP 2122260223 127.0.0.1 99999 typ host",
  "candidate:1 1 UDP 99999999999 127.0.0.1 9 typ host",
  "candidate:1 1 SCTP 1 127.0.0.1 9 typ host",
  "candidate:1 1 UDP 2122260223 127.0.0.1 9 typ nothing",
  "candidate:1 1 UDP 2122260223 127.0.0.1 9 typ host generation 0 ufrag x",
  "candidate:\xff\xfe 1 UDP 1 127.0.0.1 9 typ host",
};

static void
send_odd_candidates (SinkHarness * h, const gchar * session_id)
{
  GstRtcSignaller *signaller =
      GST_RTC_SIGNALLER (sink_harness_get_signaller (h));

  for (guint i = 0; i < G_N_ELEMENTS (odd_candidates); i++) {
    gst_rtc_signaller_emit_handle_ice (signaller, session_id, 0, NULL,
        odd_candidates[i]);
    gst_rtc_signaller_emit_handle_ice (signaller, session_id, 77, "none",
        odd_candidates[i]);
  }
}

GST_START_TEST (odd_candidates_do_no_harm)
{
  Fixture f;

  set_up (&f);
  /* before the offer, before the answer, and while streaming */
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  send_odd_candidates (f.h, "faulty");
  consumer_wait_offer (f.faulty);
  send_odd_candidates (f.h, "faulty");
  consumer_wait_frames (f.faulty, 0, 5);
  send_odd_candidates (f.h, "faulty");
  send_odd_candidates (f.h, "watcher");
  consumer_forget (f.faulty);
  consumer_wait_frames (f.faulty, 0, 10);
  assert_watcher_goes_on (&f);
  fail_unless_equals_int (sink_harness_count (f.h, "consumer-removed"), 0);
  tear_down (&f);
}

GST_END_TEST;

/* More than anybody has: they are bounded and the good one is among the first */
GST_START_TEST (candidate_flood)
{
  Fixture f;
  GstRtcSignaller *signaller;

  set_up (&f);
  signaller = GST_RTC_SIGNALLER (sink_harness_get_signaller (f.h));
  consumer_never_answer (f.faulty);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  for (guint i = 0; i < 5000; i++) {
    g_autofree gchar *candidate = g_strdup_printf
        ("candidate:%u 1 UDP 1 127.0.0.1 %u typ host", i, 1024 + i);

    gst_rtc_signaller_emit_handle_ice (signaller, "faulty", 0, NULL, candidate);
  }
  assert_watcher_goes_on (&f);
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (unknown_sessions)
{
  Fixture f;
  GstRtcSignaller *signaller;

  set_up (&f);
  signaller = GST_RTC_SIGNALLER (sink_harness_get_signaller (f.h));
  describe (f.h, "nobody", GST_WEBRTC_SDP_TYPE_ANSWER, SOME_SDP);
  send_odd_candidates (f.h, "nobody");
  gst_rtc_signaller_emit_session_ended (signaller, "nobody");
  gst_rtc_signaller_emit_session_ended_with_error (signaller, "nobody", "why");
  assert_watcher_goes_on (&f);
  fail_unless_equals_int (sink_harness_count (f.h, "consumer-removed"), 0);
  tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (same_id_twice)
{
  Fixture f;

  set_up (&f);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  gst_rtc_signaller_emit_session_requested (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (f.h)), "faulty", "peer-other", NULL);
  gst_rtc_signaller_emit_session_requested (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (f.h)), "watcher", "peer-other", NULL);
  consumer_wait_frames (f.faulty, 0, 5);
  assert_watcher_goes_on (&f);
  sink_harness_wait (f.h, "consumer-added", 2);
  fail_unless_equals_int (sink_harness_count (f.h, "consumer-removed"), 0);
  tear_down (&f);
}

GST_END_TEST;

/* The id is free again once the session is over */
GST_START_TEST (same_id_after_the_end)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);

  for (guint i = 0; i < 3; i++) {
    Consumer *consumer = sink_harness_join (h, "same");

    consumer_wait_frames (consumer, 0, 2);
    consumer_leave (consumer);
    g_object_unref (consumer);
    sink_harness_wait (h, "consumer-removed peer-same", i + 1);
  }
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (ends_twice)
{
  Fixture f;
  GstRtcSignaller *signaller;

  set_up (&f);
  signaller = GST_RTC_SIGNALLER (sink_harness_get_signaller (f.h));
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  consumer_wait_frames (f.faulty, 0, 2);
  gst_rtc_signaller_emit_session_ended_with_error (signaller, "faulty", "why");
  gst_rtc_signaller_emit_session_ended (signaller, "faulty");
  sink_harness_wait (f.h, "consumer-removed peer-faulty", 1);
  assert_watcher_goes_on (&f);
  fail_unless_equals_int (sink_harness_count (f.h, "consumer-removed"), 1);
  /* who ended it knows */
  fail_unless_equals_int (fake_signaller_count (sink_harness_get_signaller
          (f.h), "end-session"), 0);
  tear_down (&f);
}

GST_END_TEST;

/* DTLS says goodbye when a peer goes in order */
GST_START_TEST (vanishes)
{
  Fixture f;

  set_up (&f);
  consumer_join (f.faulty, sink_harness_get_signaller (f.h));
  consumer_wait_frames (f.faulty, 0, 2);
  consumer_vanish (f.faulty);
  assert_watcher_goes_on (&f);
  tear_down (&f);
}

GST_END_TEST;

/* Errors of the signaller */

GST_START_TEST (signaller_fails)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  g_autoptr (GstBus) bus = gst_element_get_bus (sink_harness_get_pipeline (h));
  GstMessage *message;

  gst_rtc_signaller_emit_error (GST_RTC_SIGNALLER (sink_harness_get_signaller
          (h)), "no server");
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND,
      GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_unref (message);

  gst_rtc_signaller_emit_shutdown (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (h)));
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND, GST_MESSAGE_ANY);
  fail_unless (message != NULL);
  gst_message_unref (message);
  sink_harness_free (h);
}

GST_END_TEST;

/* Stopped in the middle */

typedef enum
{
  STOP_REQUESTED,
  STOP_OFFERED,
  STOP_ANSWERED,
  STOP_STREAMING,
} StopAt;

static void
wait_for_moment (SinkHarness * h, Consumer * consumer, StopAt moment)
{
  switch (moment) {
    case STOP_REQUESTED:
      break;
    case STOP_OFFERED:
      consumer_wait_offer (consumer);
      break;
    case STOP_ANSWERED:
      g_free (fake_signaller_wait (sink_harness_get_peers (h), "send-sdp"));
      break;
    case STOP_STREAMING:
      consumer_wait_frames (consumer, 0, 1);
      break;
  }
}

static void
stop_at (StopAt moment)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join (h, "one");

  wait_for_moment (h, consumer, moment);
  sink_harness_stop (h);
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed peer-one"),
      1);
  fail_unless_equals_int (fake_signaller_count (sink_harness_get_signaller (h),
          "end-session one"), 1);
  fail_unless_equals_int (fake_signaller_count (sink_harness_get_signaller (h),
          "stop"), 1);

  consumer_vanish (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

/* consumer-removed is there at the end, too (D12) */
GST_START_TEST (stop_in_each_state)
{
  for (guint i = 0; i < 10; i++)
    stop_at (__i__);
}

GST_END_TEST;

/* An application that stops when somebody comes. Its handler runs on the
 * sink's control thread, so another thread does it. */

static gpointer
stop_pipeline (gpointer pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);

  return NULL;
}

static void
stop_from_elsewhere (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, GThread ** thread)
{
  *thread = g_thread_new ("stopper", stop_pipeline,
      gst_object_get_parent (GST_OBJECT (sink)));
}

GST_START_TEST (stop_when_a_consumer_is_added)
{
  for (guint i = 0; i < 5; i++) {
    SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
    GThread *thread = NULL;
    Consumer *consumer;

    g_signal_connect (sink_harness_get_sink (h), "consumer-added",
        G_CALLBACK (stop_from_elsewhere), &thread);
    consumer = sink_harness_join (h, "one");
    sink_harness_wait (h, "consumer-removed peer-one", 1);
    g_thread_join (thread);
    consumer_vanish (consumer);
    g_object_unref (consumer);
    sink_harness_free (h);
  }
}

GST_END_TEST;

static void
post_message (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, gpointer data)
{
  gst_element_post_message (sink, gst_message_new_application (GST_OBJECT
          (sink), gst_structure_new_empty ("stop")));
}

static GstBusSyncReply
stop_on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  GThread **thread = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_APPLICATION)
    *thread = g_thread_new ("stopper", stop_pipeline,
        gst_object_get_parent (GST_MESSAGE_SRC (message)));

  return GST_BUS_PASS;
}

GST_START_TEST (stop_from_a_bus_sync_handler)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  g_autoptr (GstBus) bus = gst_element_get_bus (sink_harness_get_pipeline (h));
  GThread *thread = NULL;
  Consumer *consumer;

  gst_bus_set_sync_handler (bus, stop_on_message, &thread, NULL);
  g_signal_connect (sink_harness_get_sink (h), "consumer-removed",
      G_CALLBACK (post_message), NULL);
  consumer = sink_harness_join_and_wait (h, "one");
  consumer_leave (consumer);
  g_object_unref (consumer);
  g_free (fake_signaller_wait (sink_harness_get_signaller (h), "stop"));
  g_thread_join (thread);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  sink_harness_wait (h, "consumer-removed", 1);
  sink_harness_free (h);
}

GST_END_TEST;

/* Many at once, in all states */
GST_START_TEST (stop_with_a_crowd)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumers[12];

  for (guint i = 0; i < G_N_ELEMENTS (consumers); i++) {
    g_autofree gchar *id = g_strdup_printf ("c%u", i);

    consumers[i] = sink_harness_join (h, id);
    if (i % 4 == 0)
      consumer_wait_frames (consumers[i], 0, 1);
  }
  sink_harness_stop (h);
  sink_harness_wait (h, "consumer-removed", G_N_ELEMENTS (consumers));
  for (guint i = 0; i < G_N_ELEMENTS (consumers); i++) {
    consumer_vanish (consumers[i]);
    g_object_unref (consumers[i]);
  }
  sink_harness_free (h);
}

GST_END_TEST;

/* What comes after the end is for nobody */
GST_START_TEST (messages_after_stop)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join_and_wait (h, "one");

  sink_harness_stop (h);
  send_odd_candidates (h, "one");
  describe (h, "one", GST_WEBRTC_SDP_TYPE_ANSWER, SOME_SDP);
  gst_rtc_signaller_emit_session_ended (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (h)), "one");
  gst_rtc_signaller_emit_session_requested (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (h)), "late", "peer-late", NULL);
  g_free (fake_signaller_wait (sink_harness_get_signaller (h),
          "end-session late"));
  fail_unless_equals_int (sink_harness_count (h, "consumer-added"), 1);

  consumer_vanish (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsink_faults_suite (void)
{
  Suite *s = suite_create ("webrtcsink-faults");
  TCase *answers = tcase_create ("answers");
  TCase *inside = tcase_create ("inside");
  TCase *messages = tcase_create ("messages");
  TCase *stopping = tcase_create ("stopping");

  suite_add_tcase (s, answers);
  tcase_add_checked_fixture (answers, NULL, wait_for_threads);
  tcase_add_loop_test (answers, bad_answer, 0, G_N_ELEMENTS (bad_answers));
  tcase_add_test (answers, too_few_mlines);
  tcase_add_test (answers, one_stream_rejected);
  tcase_add_test (answers, first_stream_rejected);
  tcase_add_test (answers, answer_before_offer);
  tcase_add_test (answers, offer_for_an_answer);
  tcase_add_test (answers, bad_offer);

  suite_add_tcase (s, inside);
  tcase_add_checked_fixture (inside, NULL, wait_for_threads);
  tcase_add_test (inside, filter_does_not_fit);
  tcase_add_test (inside, error_in_a_session);

  suite_add_tcase (s, messages);
  tcase_add_checked_fixture (messages, NULL, wait_for_threads);
  tcase_add_test (messages, odd_candidates_do_no_harm);
  tcase_add_test (messages, candidate_flood);
  tcase_add_test (messages, unknown_sessions);
  tcase_add_test (messages, same_id_twice);
  tcase_add_test (messages, same_id_after_the_end);
  tcase_add_test (messages, ends_twice);
  tcase_add_test (messages, vanishes);
  tcase_add_test (messages, signaller_fails);

  suite_add_tcase (s, stopping);
  tcase_add_checked_fixture (stopping, NULL, wait_for_threads);
  tcase_add_loop_test (stopping, stop_in_each_state, STOP_REQUESTED,
      STOP_STREAMING + 1);
  tcase_add_test (stopping, stop_when_a_consumer_is_added);
  tcase_add_test (stopping, stop_from_a_bus_sync_handler);
  tcase_add_test (stopping, stop_with_a_crowd);
  tcase_add_test (stopping, messages_after_stop);

  return s;
}

GST_CHECK_MAIN (webrtcsink_faults);
