/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What webrtcsrc makes of offers, its own included: requested pads, streams
 * that come and go, and producers that mean no good. */

#include "tests/check/common/srcharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)
#define SESSION SRC_HARNESS_SESSION

#define MORE_VP8 "videotestsrc is-live=true ! " \
    "video/x-raw,width=160,height=120,framerate=30/1 ! vp8enc deadline=1 " \
    "keyframe-max-dist=30 ! rtpvp8pay pt=100"

/* Requested pads */

/* A pad that is linked to a bin of its own */
static GstPad *
request (SrcHarness * h, const gchar * templ, const gchar * description)
{
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (description, TRUE, &error);
  GstPad *pad = gst_element_request_pad_simple (h->src, templ);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (bin, "sink");

  g_assert_no_error (error);
  fail_unless (pad != NULL, "no %s", templ);
  gst_bin_add (GST_BIN (h->pipeline), bin);
  fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);

  return pad;
}

static void
release (SrcHarness * h, GstPad * pad)
{
  gst_element_release_request_pad (h->src, pad);
  gst_object_unref (pad);
}

static void
wait_for_eos_on (GstPad * pad)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  GstEvent *eos;

  while (!(eos = gst_pad_get_sticky_event (pad, GST_EVENT_EOS, 0))) {
    fail_if (g_get_monotonic_time () > end, "no EOS on %s", GST_PAD_NAME (pad));
    g_thread_yield ();
  }
  gst_event_unref (eos);
}

GST_START_TEST (test_requested)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  GstPad *video = request (h, "req_video_%u", "videoconvert ! fakesink");
  GstPad *audio = request (h, "req_audio_%u", "fakesink");

  fail_unless_equals_string (GST_PAD_NAME (video), "req_video_0");
  fail_unless_equals_string (GST_PAD_NAME (audio), "req_audio_0");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, TRUE), "video/x-raw");
  /* whoever takes anything gets RTP */
  fail_unless_equals_string (src_harness_caps_name (h, FALSE),
      "application/x-rtp");
  fail_unless_equals_int (h->n_pads, 2);
  gst_rtc_signaller_emit_session_ended (GST_RTC_SIGNALLER (h->signaller),
      SESSION);
  gst_message_unref (src_harness_wait_message (h, GST_MESSAGE_EOS));
  release (h, video);
  release (h, audio);
  src_harness_free (h);
}

GST_END_TEST;

/* The producer has two streams and one is asked for; a second video that it
 * does not have is at its end */
GST_START_TEST (test_requested_are_all_that_is_taken)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  GstPad *audio = request (h, "req_audio_%u", "audioconvert ! fakesink");
  GstPad *more = request (h, "req_audio_%u", "audioconvert ! fakesink");

  src_harness_start (h);
  src_harness_wait_buffers (h, FALSE, 50);
  wait_for_eos_on (more);
  fail_unless_equals_int (h->n_pads, 2);
  fail_unless_equals_int (h->n_buffers[TRUE], 0);
  release (h, audio);
  release (h, more);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_requested_format_is_not_there)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  GstPad *video = request (h, "req_video_%u",
      "capsfilter caps=video/x-h264 ! fakesink");
  GstPad *audio = request (h, "req_audio_%u",
      "capsfilter caps=audio/x-opus ! fakesink");

  src_harness_start (h);
  src_harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, FALSE), "audio/x-opus");
  wait_for_eos_on (video);
  release (h, video);
  release (h, audio);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_release_while_playing)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  GstPad *video = request (h, "req_video_%u", "videoconvert ! fakesink");
  GstPad *audio = request (h, "req_audio_%u", "audioconvert ! fakesink");

  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  release (h, video);
  src_harness_forget_buffers (h);
  src_harness_wait_buffers (h, FALSE, 50);
  release (h, audio);
  src_harness_free (h);
}

GST_END_TEST;

/* Our own offer */

static void
ask_for_offer (SrcHarness * h)
{
  gst_util_set_object_arg (G_OBJECT (h->src), "video-codecs", "<VP8>");
  gst_util_set_object_arg (G_OBJECT (h->src), "audio-codecs", "<OPUS>");
  gst_element_set_state (h->pipeline, GST_STATE_PLAYING);
  g_free (fake_signaller_wait (h->signaller, "start"));
  producer_answer (h->producer, SESSION);
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (h->signaller),
      SESSION, "producer-1");
  gst_rtc_signaller_emit_session_requested (GST_RTC_SIGNALLER (h->signaller),
      SESSION, "producer-1", NULL);
}

GST_START_TEST (test_local_offer)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  ask_for_offer (h);
  g_free (fake_signaller_wait (h->signaller, "send-sdp " SESSION " offer"));
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_wait_buffers (h, FALSE, 10);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_local_offer_of_requested)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);
  GstPad *video = request (h, "req_video_%u",
      "capsfilter caps=video/x-vp8 ! fakesink");

  ask_for_offer (h);
  src_harness_wait_buffers (h, TRUE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, TRUE), "video/x-vp8");
  fail_unless_equals_int (h->n_pads, 1);
  release (h, video);
  src_harness_free (h);
}

GST_END_TEST;

/* An element before the decoder */

typedef struct
{
  gchar *producer_id;
  gchar *pad_name;
  GstCaps *allowed;
  gint n_filtered;              /* atomic */
} Filter;

static void
on_handoff (GstElement * identity, GstBuffer * buffer, Filter * filter)
{
  g_atomic_int_inc (&filter->n_filtered);
}

static GstElement *
on_request_filter (GstElement * src, const gchar * producer_id,
    const gchar * pad_name, GstCaps * allowed, Filter * filter)
{
  GstElement *identity = gst_element_factory_make ("identity", NULL);

  if (!g_str_has_prefix (pad_name, "video_")) {
    gst_object_unref (gst_object_ref_sink (identity));
    return NULL;
  }
  filter->producer_id = g_strdup (producer_id);
  filter->pad_name = g_strdup (pad_name);
  filter->allowed = allowed ? gst_caps_ref (allowed) : NULL;
  g_object_set (identity, "signal-handoffs", TRUE, NULL);
  g_signal_connect (identity, "handoff", G_CALLBACK (on_handoff), filter);

  return identity;
}

GST_START_TEST (test_encoded_filter)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  Filter filter = { NULL, };

  g_signal_connect (h->src, "request-encoded-filter",
      G_CALLBACK (on_request_filter), &filter);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, TRUE), "video/x-raw");
  fail_unless (g_atomic_int_get (&filter.n_filtered) >= 10);
  fail_unless_equals_string (filter.pad_name, "video_0");
  fail_unless (filter.allowed != NULL);
  src_harness_free (h);
  g_free (filter.pad_name);
  g_free (filter.producer_id);
  gst_clear_caps (&filter.allowed);
}

GST_END_TEST;

/* Streams that come and go */

GST_START_TEST (test_stream_is_added)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_OPUS);

  src_harness_add_sink (h, "video", "videoconvert ! fakesink async=false");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, FALSE, 10);
  producer_add_stream (h->producer, MORE_VP8);
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_forget_buffers (h);
  src_harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_int (h->n_pads, 2);
  fail_unless_equals_int (fake_signaller_count (h->signaller, "end-session"),
      0);
  src_harness_free (h);
}

GST_END_TEST;

/* The first media only, as long as they have the same length */
static gchar *
make_inactive (gchar * text)
{
  gchar *direction = strstr (text, "a=sendonly");

  fail_unless (direction != NULL);
  memcpy (direction, "a=inactive", strlen ("a=inactive"));

  return text;
}

static gboolean
is_there (GstElement * element, const gchar * name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  return pad != NULL;
}

static void
wait_until_gone (GstElement * element, const gchar * name)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  while (is_there (element, name)) {
    fail_if (g_get_monotonic_time () > end, "%s is still there", name);
    g_thread_yield ();
  }
}

/* As when somebody switches the camera off and on; the producer's packets do
 * not stop at once */
GST_START_TEST (test_stream_is_taken_away_and_comes_back)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_add_sink (h, "video_0", "videoconvert ! fakesink");
  src_harness_add_sink (h, "video_1", "videoconvert ! fakesink async=false");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_wait_buffers (h, FALSE, 10);

  fake_signaller_edit (producer_get_signaller (h->producer), make_inactive);
  producer_offer_again (h->producer);
  wait_until_gone (h->src, "video_0");
  src_harness_forget_buffers (h);
  src_harness_wait_buffers (h, FALSE, 50);
  fail_unless_equals_int (h->n_buffers[TRUE], 0);

  fake_signaller_edit (producer_get_signaller (h->producer), NULL);
  producer_offer_again (h->producer);
  src_harness_wait_buffers (h, TRUE, 10);
  fail_unless (is_there (h->src, "video_1"));
  fail_unless_equals_int (fake_signaller_count (h->signaller, "end-session"),
      0);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_collection)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  g_autoptr (GstStreamCollection) collection = NULL;
  g_autoptr (GstMessage) message = NULL;

  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  message = src_harness_wait_message (h, GST_MESSAGE_STREAM_COLLECTION);
  gst_message_parse_stream_collection (message, &collection);
  fail_unless_equals_int (gst_stream_collection_get_size (collection), 2);
  src_harness_wait_buffers (h, TRUE, 1);
  src_harness_wait_buffers (h, FALSE, 1);
  for (guint i = 0; i < 2; i++) {
    GstStream *stream = gst_stream_collection_get_stream (collection, i);
    g_autoptr (GstTagList) tags = gst_stream_get_tags (stream);
    const gboolean is_video =
        gst_stream_get_stream_type (stream) == GST_STREAM_TYPE_VIDEO;

    fail_unless_equals_string (gst_stream_get_stream_id (stream),
        h->stream_ids[is_video]);
    fail_unless (gst_tag_list_get_tag_size (tags, is_video ?
            GST_TAG_VIDEO_CODEC : GST_TAG_AUDIO_CODEC) == 1);
  }
  src_harness_free (h);
}

GST_END_TEST;

/* Hostile producers */

static gchar *
replace_first (gchar * text, const gchar * what, const gchar * with)
{
  g_auto (GStrv) parts = g_strsplit (text, what, 2);

  g_free (text);

  return g_strjoinv (with, parts);
}

static gchar *
reject_first (gchar * text)
{
  return replace_first (replace_first (text, "m=video 9", "m=video 0"),
      "BUNDLE video0 ", "BUNDLE ");
}

static gchar *
reject_second (gchar * text)
{
  return replace_first (replace_first (text, "m=audio 9", "m=audio 0"),
      "BUNDLE video0 audio1", "BUNDLE video0");
}

static gchar *
name_unknown_codec (gchar * text)
{
  return replace_first (text, "VP8/90000", "XYZ/90000");
}

static gchar *
repeat_mid (gchar * text)
{
  return replace_first (text, "a=mid:audio1", "a=mid:video0");
}

static gchar *
add_fifty (gchar * text)
{
  GString *all = g_string_new (text);

  g_free (text);

  for (guint i = 0; i < 50; i++)
    g_string_append_printf (all, "m=video 9 UDP/TLS/RTP/SAVPF 100\r\n"
        "c=IN IP4 0.0.0.0\r\na=mid:more%u\r\na=sendonly\r\na=rtcp-mux\r\n"
        "a=setup:actpass\r\na=rtpmap:100 VP8/90000\r\n", i);

  return g_string_free (all, FALSE);
}

static gchar *
reject_all (gchar * text)
{
  return replace_first (replace_first (text, "m=video 9", "m=video 0"),
      "m=audio 9", "m=audio 0");
}

static const struct
{
  FakeSignallerEdit edit;
  const gchar *plays;           /* what has to come */
} lies[] = {
  {reject_first, NULL},
  {reject_second, "video"},
  {name_unknown_codec, "audio"},
  {repeat_mid, NULL},
  {add_fifty, NULL},
  {reject_all, NULL},
};

static gboolean
plays (SrcHarness * h, guint lie)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&h->lock);

  if (!lies[lie].plays)
    return h->n_buffers[FALSE] + h->n_buffers[TRUE] >= 10;

  return h->n_buffers[g_str_equal (lies[lie].plays, "video")] >= 10;
}

/* It may be accepted or refused, but it ends in a stream or in an error */
GST_START_TEST (test_lies)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  g_autoptr (GstMessage) error = NULL;

  g_object_set (h->src, "negotiation-timeout", 3000, NULL);
  fake_signaller_edit (producer_get_signaller (h->producer), lies[__i__].edit);
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink async=false");
  src_harness_add_sink (h, "video", "videoconvert ! fakesink async=false");
  src_harness_start (h);
  while (!error && !plays (h, __i__)) {
    fail_if (g_get_monotonic_time () > end, "nothing happens");
    error = gst_bus_timed_pop_filtered (h->bus, 50 * GST_MSECOND,
        GST_MESSAGE_ERROR);
  }
  fail_unless (!lies[__i__].plays || !error);
  src_harness_free (h);
}

GST_END_TEST;

/* Paths */

static const gchar *const policies[] = { "all", "relay" };

/* With "relay" nothing of our own address gets out, and nothing connects
 * without a relay; with "all" both do */
GST_START_TEST (test_ice_transport_policy)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);
  const gboolean is_relay = g_str_equal (policies[__i__], "relay");

  gst_util_set_object_arg (G_OBJECT (h->src), "ice-transport-policy",
      policies[__i__]);
  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  if (is_relay)
    g_object_set (h->src, "negotiation-timeout", 3000, NULL);
  src_harness_start (h);
  g_free (fake_signaller_wait (h->signaller, "send-sdp " SESSION " answer"));
  if (is_relay) {
    src_harness_wait_error (h, "did not connect within 3000 ms");
    fail_unless_equals_int (fake_signaller_count (h->signaller, "add-ice"), 0);
  } else {
    src_harness_wait_buffers (h, TRUE, 1);
    fail_unless (fake_signaller_count (h->signaller, "add-ice") > 0);
  }
  src_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsrc_negotiation_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc-negotiation");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_requested);
  tcase_add_test (tcase, test_requested_are_all_that_is_taken);
  tcase_add_test (tcase, test_requested_format_is_not_there);
  tcase_add_test (tcase, test_release_while_playing);
  tcase_add_test (tcase, test_local_offer);
  tcase_add_test (tcase, test_local_offer_of_requested);
  tcase_add_test (tcase, test_encoded_filter);
  tcase_add_test (tcase, test_stream_is_added);
  tcase_add_test (tcase, test_stream_is_taken_away_and_comes_back);
  tcase_add_test (tcase, test_collection);
  tcase_add_loop_test (tcase, test_ice_transport_policy, 0,
      G_N_ELEMENTS (policies));
  tcase_add_loop_test (tcase, test_lies, 0, G_N_ELEMENTS (lies));

  return suite;
}

GST_CHECK_MAIN (webrtcsrc_negotiation);
