/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <gst/check/gstcheck.h>
#include <gst/video/video.h>
#include <string.h>

#include "tests/check/common/srcharness.h"
#include "tests/check/common/threads.h"

#define WATCHDOG (20 * G_USEC_PER_SEC)
#define SESSION SRC_HARNESS_SESSION

GST_START_TEST (test_states)
{
  SrcHarness *h = src_harness_new (NULL, NULL);

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
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_decoded)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  gint width;

  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, TRUE), "video/x-raw");
  fail_unless_equals_string (src_harness_caps_name (h, FALSE), "audio/x-raw");
  gst_structure_get_int (gst_caps_get_structure (h->caps[TRUE], 0), "width",
      &width);
  fail_unless_equals_int (width, 320);
  src_harness_free (h);
}

GST_END_TEST;

#define FILM "videotestsrc is-live=true pattern=ball ! " \
    "video/x-raw,width=320,height=240,framerate=30/1 ! "

static const gchar *const codecs[] = {
  PRODUCER_H264,
  FILM "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=30 ! rtpvp9pay pt=98 ! "
      "webrtcbin. ",
  FILM "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! "
      "h265parse ! rtph265pay config-interval=-1 pt=98 ! webrtcbin. ",
};

GST_START_TEST (test_decoded_codec)
{
  SrcHarness *h = src_harness_new (NULL, codecs[__i__]);

  src_harness_add_sink (h, "video", "videoconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, TRUE), "video/x-raw");
  src_harness_free (h);
}

GST_END_TEST;

static GstPadProbeReturn
look_for_key_frame (GstPad * pad, GstPadProbeInfo * info, gpointer found)
{
  if (!GST_BUFFER_FLAG_IS_SET (GST_PAD_PROBE_INFO_BUFFER (info),
          GST_BUFFER_FLAG_DELTA_UNIT))
    g_atomic_int_set ((gint *) found, TRUE);

  return GST_PAD_PROBE_OK;
}

/* Downstream wants a key frame, and gets one of the producer's */
GST_START_TEST (test_key_frame_request)
{
  SrcHarness *h = src_harness_new (NULL, FILM "vp8enc deadline=1 "
      "keyframe-max-dist=10000 ! rtpvp8pay pt=96 ! webrtcbin. ");
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  g_autoptr (GstPad) pad = NULL;
  gint found = FALSE;

  src_harness_add_sink (h, "video", "capsfilter caps=video/x-vp8 ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 30);
  pad = gst_element_get_static_pad (h->src, "video_0");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, look_for_key_frame,
      &found, NULL);
  fail_unless (gst_pad_send_event (pad,
          gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE,
              TRUE, 1)));
  while (!g_atomic_int_get (&found)) {
    fail_if (g_get_monotonic_time () > end, "there is no key frame");
    g_thread_yield ();
  }
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_encoded)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_add_sink (h, "video", "vp8dec ! fakesink");
  src_harness_add_sink (h, "audio", "capsfilter caps=audio/x-opus ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, TRUE), "video/x-vp8");
  fail_unless_equals_string (src_harness_caps_name (h, FALSE), "audio/x-opus");
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_rtp)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_add_sink (h, "video", "fakesink");
  src_harness_add_sink (h, "audio",
      "capsfilter caps=application/x-rtp ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, TRUE),
      "application/x-rtp");
  fail_unless_equals_string (src_harness_caps_name (h, FALSE),
      "application/x-rtp");
  fail_unless (g_str_has_suffix (h->stream_ids[TRUE], ":0"));
  fail_unless (g_str_has_suffix (h->stream_ids[FALSE], ":1"));
  fail_unless_equals_int (strlen (h->stream_ids[TRUE]), 66);
  src_harness_free (h);
}

GST_END_TEST;

/* The video is there first and nothing is linked to it */
GST_START_TEST (test_unlinked_stream_stops_nobody)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 30);
  src_harness_wait_buffers (h, FALSE, 100);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_only_audio_wanted)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);

  gst_util_set_object_arg (G_OBJECT (h->src), "video-codecs", "<AV1>");
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, FALSE, 100);
  fail_unless_equals_int (h->n_pads, 1);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_signaller_error)
{
  SrcHarness *h = src_harness_new (NULL, NULL);

  gst_element_set_state (h->pipeline, GST_STATE_PLAYING);
  gst_rtc_signaller_emit_error (GST_RTC_SIGNALLER (h->signaller), "no wire");
  src_harness_wait_error (h, "Signalling error: no wire");
  src_harness_free (h);
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
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8 PRODUCER_OPUS);
  g_autofree gchar *call = NULL;

  fake_signaller_edit (producer_get_signaller (h->producer), spoil_fingerprint);
  src_harness_add_sink (h, "video", "fakesink");
  src_harness_add_sink (h, "audio", "fakesink");
  src_harness_start (h);
  src_harness_wait_error (h, "fingerprint");
  call = fake_signaller_wait (h->signaller, "end-session " SESSION " ");
  fail_unless (strstr (call, "fingerprint") != NULL);
  fail_unless_equals_int (h->n_pads, 0);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_second_session_is_refused)
{
  SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);

  src_harness_add_sink (h, "video", "fakesink");
  src_harness_start (h);
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (h->signaller),
      "session-2", "producer-2");
  g_free (fake_signaller_wait (h->signaller, "end-session session-2"));
  gst_rtc_signaller_emit_session_ended (GST_RTC_SIGNALLER (h->signaller),
      "session-2");
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (test_again_and_again)
{
  guint n_threads = 0;

  for (guint i = 0; i < 20; i++) {
    SrcHarness *h = src_harness_new (NULL, PRODUCER_VP8);

    src_harness_add_sink (h, "video", "videoconvert ! fakesink");
    src_harness_start (h);
    src_harness_wait_buffers (h, TRUE, 1);
    src_harness_free (h);
    if (i == 0)
      n_threads = count_threads_but (NULL);
    else
      wait_for_n_threads_but (NULL, n_threads);
  }
}

GST_END_TEST;

GST_START_TEST (test_uri)
{
  GstElement *src = gst_element_factory_make ("webrtcsrc", NULL);
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

static void
fail_unless_settings_error (SrcHarness * h)
{
  g_autoptr (GstMessage) message =
      src_harness_wait_message (h, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_RESOURCE_ERROR,
          GST_RESOURCE_ERROR_SETTINGS));
}

/* The signaller of this test cannot look for producers */
GST_START_TEST (test_no_first_producer)
{
  SrcHarness *h = src_harness_new (NULL, NULL);
  gboolean wanted;

  g_object_set (h->src, "connect-to-first-producer", TRUE, NULL);
  g_object_get (h->src, "connect-to-first-producer", &wanted, NULL);
  fail_unless (wanted);
  fail_unless_equals_int (gst_element_set_state (h->pipeline,
          GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  fail_unless_settings_error (h);
  src_harness_free (h);
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
  tcase_add_loop_test (tcase, test_decoded_codec, 0, G_N_ELEMENTS (codecs));
  tcase_add_test (tcase, test_key_frame_request);
  tcase_add_test (tcase, test_no_first_producer);
  tcase_add_test (tcase, test_encoded);
  tcase_add_test (tcase, test_rtp);
  tcase_add_test (tcase, test_unlinked_stream_stops_nobody);
  tcase_add_test (tcase, test_only_audio_wanted);
  tcase_add_test (tcase, test_signaller_error);
  tcase_add_test (tcase, test_wrong_fingerprint);
  tcase_add_test (tcase, test_second_session_is_refused);
  tcase_add_test (tcase, test_again_and_again);

  return suite;
}

GST_CHECK_MAIN (webrtcsrc);
