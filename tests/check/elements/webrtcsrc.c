/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <string.h>

#include "ext/webrtc/webrtcsrc.h"
#include "tests/check/common/fakesignaller.h"
#include "tests/check/common/producer.h"

#define WATCHDOG (20 * G_USEC_PER_SEC)
#define SESSION "session-1"

/* A source in a pipeline, a producer, and what came out of the pads */
typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  GstBus *bus;
  FakeSignaller *signaller;
  Producer *producer;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  guint n_buffers[2];           /* audio, video */
  guint n_pads;
  GstCaps *caps[2];
  gchar *stream_ids[2];
} Harness;

static GstPadProbeReturn
count_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Harness *h = data;
  const gboolean is_video = g_str_has_prefix (GST_PAD_NAME (pad), "video_");

  g_mutex_lock (&h->lock);
  if (h->n_buffers[is_video]++ == 0) {
    h->caps[is_video] = gst_pad_get_current_caps (pad);
    h->stream_ids[is_video] = gst_pad_get_stream_id (pad);
  }
  g_cond_broadcast (&h->cond);
  g_mutex_unlock (&h->lock);

  return GST_PAD_PROBE_OK;
}

static void
watch_pad (GstElement * src, GstPad * pad, Harness * h)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, count_data, h, NULL);
  g_mutex_lock (&h->lock);
  h->n_pads++;
  g_mutex_unlock (&h->lock);
}

/* @rest: what comes after a source that is named src */
static Harness *
harness_new (const gchar * rest, const gchar * streams)
{
  Harness *h = g_new0 (Harness, 1);

  g_mutex_init (&h->lock);
  g_cond_init (&h->cond);
  h->signaller = fake_signaller_new ();
  h->src = g_object_new (GST_RTC_TYPE_WEB_RTC_SRC, "name", "src",
      "signaller", h->signaller, "stun-server", NULL, NULL);
  g_signal_connect (h->src, "pad-added", G_CALLBACK (watch_pad), h);

  h->pipeline = gst_pipeline_new (NULL);
  h->bus = gst_element_get_bus (h->pipeline);
  gst_bin_add (GST_BIN (h->pipeline), h->src);
  if (rest) {
    g_autoptr (GError) error = NULL;
    GstElement *bin = gst_parse_bin_from_description (rest, TRUE, &error);

    g_assert_no_error (error);
    gst_bin_add (GST_BIN (h->pipeline), bin);
  }
  if (streams)
    h->producer = producer_new (streams, h->signaller);

  return h;
}

static void
link_by_kind (GstElement * src, GstPad * pad, GstElement * sink)
{
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  if (g_str_has_prefix (GST_PAD_NAME (pad), GST_OBJECT_NAME (sink)))
    fail_unless_equals_int (gst_pad_link (pad, sink_pad), GST_PAD_LINK_OK);
}

/* A bin that takes what is on the pads of a kind, "audio" or "video" */
static void
harness_add_sink (Harness * h, const gchar * kind, const gchar * description)
{
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (description, TRUE,
      &error);

  g_assert_no_error (error);
  gst_object_set_name (GST_OBJECT (bin), kind);
  gst_bin_add (GST_BIN (h->pipeline), bin);
  g_signal_connect (h->src, "pad-added", G_CALLBACK (link_by_kind), bin);
}

static void
harness_start (Harness * h)
{
  fail_unless (gst_element_set_state (h->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
  g_free (fake_signaller_wait (h->signaller, "start"));
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (h->signaller),
      SESSION, "producer-1");
  producer_offer (h->producer, SESSION);
}

static void
harness_wait_buffers (Harness * h, gboolean is_video, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&h->lock);
  while (h->n_buffers[is_video] < n) {
    if (!g_cond_wait_until (&h->cond, &h->lock, end))
      fail ("%u of %u %s buffers arrived", h->n_buffers[is_video], n,
          is_video ? "video" : "audio");
  }
  g_mutex_unlock (&h->lock);
}

static GstMessage *
harness_wait_message (Harness * h, GstMessageType types)
{
  GstMessage *message = gst_bus_timed_pop_filtered (h->bus,
      WATCHDOG * GST_USECOND, types | GST_MESSAGE_ERROR);

  fail_unless (message != NULL, "no message came");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR &&
      !(types & GST_MESSAGE_ERROR)) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail ("error: %s", error->message);
  }

  return message;
}

static void
harness_free (Harness * h)
{
  fail_unless_equals_int (gst_element_set_state (h->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  g_clear_pointer (&h->producer, producer_free);
  gst_object_unref (h->bus);
  gst_object_unref (h->pipeline);
  g_object_unref (h->signaller);
  for (guint i = 0; i < 2; i++) {
    gst_clear_caps (&h->caps[i]);
    g_free (h->stream_ids[i]);
  }
  g_mutex_clear (&h->lock);
  g_cond_clear (&h->cond);
  g_free (h);
}

static const gchar *
caps_name (Harness * h, gboolean is_video)
{
  return gst_structure_get_name (gst_caps_get_structure (h->caps[is_video], 0));
}

GST_START_TEST (test_states)
{
  Harness *h = harness_new (NULL, NULL);

  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_int (gst_element_set_state (h->src, GST_STATE_READY),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (gst_element_set_state (h->src, GST_STATE_PAUSED),
        GST_STATE_CHANGE_NO_PREROLL);
    fail_unless_equals_int (gst_element_set_state (h->src,
            GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
    g_free (fake_signaller_wait (h->signaller, "start"));
    fail_unless_equals_int (gst_element_set_state (h->src, GST_STATE_PAUSED),
        GST_STATE_CHANGE_NO_PREROLL);
    fail_unless_equals_int (gst_element_set_state (h->src,
            GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (gst_element_set_state (h->src, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (fake_signaller_count (h->signaller, "start"), 1);
    fail_unless_equals_int (fake_signaller_count (h->signaller, "stop"), 1);
    fake_signaller_forget (h->signaller);
  }
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_decoded)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  gint width;

  harness_add_sink (h, "video", "videoconvert ! fakesink");
  harness_add_sink (h, "audio", "audioconvert ! fakesink");
  harness_start (h);
  harness_wait_buffers (h, TRUE, 10);
  harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (caps_name (h, TRUE), "video/x-raw");
  fail_unless_equals_string (caps_name (h, FALSE), "audio/x-raw");
  gst_structure_get_int (gst_caps_get_structure (h->caps[TRUE], 0), "width",
      &width);
  fail_unless_equals_int (width, 320);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_decoded_h264)
{
  Harness *h = harness_new (NULL, PRODUCER_H264);

  harness_add_sink (h, "video", "videoconvert ! fakesink");
  harness_start (h);
  harness_wait_buffers (h, TRUE, 10);
  fail_unless_equals_string (caps_name (h, TRUE), "video/x-raw");
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_encoded)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  harness_add_sink (h, "video", "vp8dec ! fakesink");
  harness_add_sink (h, "audio", "capsfilter caps=audio/x-opus ! fakesink");
  harness_start (h);
  harness_wait_buffers (h, TRUE, 10);
  harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (caps_name (h, TRUE), "video/x-vp8");
  fail_unless_equals_string (caps_name (h, FALSE), "audio/x-opus");
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_rtp)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  harness_add_sink (h, "video", "fakesink");
  harness_add_sink (h, "audio", "capsfilter caps=application/x-rtp ! fakesink");
  harness_start (h);
  harness_wait_buffers (h, TRUE, 10);
  harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (caps_name (h, TRUE), "application/x-rtp");
  fail_unless_equals_string (caps_name (h, FALSE), "application/x-rtp");
  fail_unless (g_str_has_suffix (h->stream_ids[TRUE], ":0"));
  fail_unless (g_str_has_suffix (h->stream_ids[FALSE], ":1"));
  fail_unless_equals_int (strlen (h->stream_ids[TRUE]), 66);
  harness_free (h);
}

GST_END_TEST;

/* The video is there first and nothing is linked to it */
GST_START_TEST (test_unlinked_stream_stops_nobody)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  harness_add_sink (h, "audio", "audioconvert ! fakesink");
  harness_start (h);
  harness_wait_buffers (h, TRUE, 30);
  harness_wait_buffers (h, FALSE, 100);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_only_audio_wanted)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  gst_util_set_object_arg (G_OBJECT (h->src), "video-codecs", "<AV1>");
  harness_add_sink (h, "audio", "audioconvert ! fakesink");
  harness_start (h);
  harness_wait_buffers (h, FALSE, 100);
  fail_unless_equals_int (h->n_pads, 1);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_end_is_eos)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  harness_add_sink (h, "video", "videoconvert ! fakesink");
  harness_add_sink (h, "audio", "audioconvert ! fakesink");
  harness_start (h);
  harness_wait_buffers (h, TRUE, 1);
  harness_wait_buffers (h, FALSE, 1);
  gst_rtc_signaller_end_session (GST_RTC_SIGNALLER (producer_get_signaller
          (h->producer)), SESSION, NULL);
  gst_message_unref (harness_wait_message (h, GST_MESSAGE_EOS));
  fail_unless_equals_int (fake_signaller_count (h->signaller, "end-session"),
      0);
  harness_free (h);
}

GST_END_TEST;

static void
fail_unless_error (Harness * h, const gchar * part)
{
  g_autoptr (GstMessage) message = harness_wait_message (h, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_STREAM_ERROR,
          GST_STREAM_ERROR_FAILED));
  fail_unless (strstr (error->message, part) != NULL, "'%s' is not in '%s'",
      part, error->message);
}

GST_START_TEST (test_end_with_error)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8);

  harness_add_sink (h, "video", "videoconvert ! fakesink");
  harness_start (h);
  harness_wait_buffers (h, TRUE, 1);
  /* an error on the way up would leave the pipeline in PAUSED, without EOS */
  fail_unless_equals_int (gst_element_get_state (h->pipeline, NULL, NULL,
          WATCHDOG * GST_USECOND), GST_STATE_CHANGE_SUCCESS);
  gst_rtc_signaller_end_session (GST_RTC_SIGNALLER (producer_get_signaller
          (h->producer)), SESSION, "out of film");
  fail_unless_error (h, "Session ended with error: out of film");
  gst_message_unref (harness_wait_message (h, GST_MESSAGE_EOS));
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_signaller_error)
{
  Harness *h = harness_new (NULL, NULL);

  gst_element_set_state (h->pipeline, GST_STATE_PLAYING);
  gst_rtc_signaller_emit_error (GST_RTC_SIGNALLER (h->signaller), "no wire");
  fail_unless_error (h, "Signalling error: no wire");
  harness_free (h);
}

GST_END_TEST;

/* Changes one digit of every fingerprint */
static gchar *
spoil_fingerprint (gchar * text)
{
  for (gchar * p = text; (p = strstr (p, "a=fingerprint:sha-256 ")); p++) {
    gchar *digit = p + strlen ("a=fingerprint:sha-256 ");

    *digit = *digit == '0' ? '1' : '0';
  }

  return text;
}

GST_START_TEST (test_wrong_fingerprint)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  g_autofree gchar *call = NULL;

  fake_signaller_edit (producer_get_signaller (h->producer), spoil_fingerprint);
  harness_add_sink (h, "video", "fakesink");
  harness_add_sink (h, "audio", "fakesink");
  harness_start (h);
  fail_unless_error (h, "fingerprint");
  call = fake_signaller_wait (h->signaller, "end-session " SESSION " ");
  fail_unless (strstr (call, "fingerprint") != NULL);
  fail_unless_equals_int (h->n_pads, 0);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_second_session_is_refused)
{
  Harness *h = harness_new (NULL, PRODUCER_VP8);

  harness_add_sink (h, "video", "fakesink");
  harness_start (h);
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (h->signaller),
      "session-2", "producer-2");
  g_free (fake_signaller_wait (h->signaller, "end-session session-2"));
  gst_rtc_signaller_emit_session_ended (GST_RTC_SIGNALLER (h->signaller),
      "session-2");
  harness_wait_buffers (h, TRUE, 10);
  harness_free (h);
}

GST_END_TEST;

static guint
count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;

  return n;
}

/* The idle workers of GLib aside */
static void
wait_for_threads (guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  do {
    g_thread_pool_stop_unused_threads ();
    g_thread_yield ();
    if (g_get_monotonic_time () > end)
      fail ("%u threads are left of %u", count_threads (), n);
  } while (count_threads () > n);
}

GST_START_TEST (test_again_and_again)
{
  guint n_threads = 0;

  for (guint i = 0; i < 20; i++) {
    Harness *h = harness_new (NULL, PRODUCER_VP8);

    harness_add_sink (h, "video", "videoconvert ! fakesink");
    harness_start (h);
    harness_wait_buffers (h, TRUE, 1);
    harness_free (h);
    if (i == 0) {
      g_thread_pool_stop_unused_threads ();
      n_threads = count_threads ();
    } else {
      wait_for_threads (n_threads);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_uri)
{
  GstElement *src = g_object_new (GST_RTC_TYPE_WEB_RTC_SRC, NULL);
  const gchar *set = "gstwebrtcs://example.org:8443/?peer-id=abc";
  g_autofree gchar *uri = NULL;
  g_autofree gchar *got = NULL;
  g_autofree gchar *id = NULL;
  g_autoptr (GError) error = NULL;

  fail_unless (gst_uri_handler_set_uri (GST_URI_HANDLER (src), set, &error));
  gst_child_proxy_get (GST_CHILD_PROXY (src), "signaller::uri", &uri,
      "signaller::producer-peer-id", &id, NULL);
  fail_unless (g_str_has_prefix (uri, "wss://example.org:8443/"));
  fail_unless_equals_string (id, "abc");
  got = gst_uri_handler_get_uri (GST_URI_HANDLER (src));
  fail_unless_equals_string (got, set);

  fail_if (gst_uri_handler_set_uri (GST_URI_HANDLER (src), "gstwebrtc://",
          &error));
  g_assert_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI);
  gst_object_unref (src);
}

GST_END_TEST;

static Suite *
webrtcsrc_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_states);
  tcase_add_test (tcase, test_uri);
  tcase_add_test (tcase, test_decoded);
  tcase_add_test (tcase, test_decoded_h264);
  tcase_add_test (tcase, test_encoded);
  tcase_add_test (tcase, test_rtp);
  tcase_add_test (tcase, test_unlinked_stream_stops_nobody);
  tcase_add_test (tcase, test_only_audio_wanted);
  tcase_add_test (tcase, test_end_is_eos);
  tcase_add_test (tcase, test_end_with_error);
  tcase_add_test (tcase, test_signaller_error);
  tcase_add_test (tcase, test_wrong_fingerprint);
  tcase_add_test (tcase, test_second_session_is_refused);
  tcase_add_test (tcase, test_again_and_again);

  return suite;
}

GST_CHECK_MAIN (webrtcsrc);
