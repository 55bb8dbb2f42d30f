/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What applications hold on to: properties, signals and children. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

/* Properties */

/* Values as text; NULL is none */
static const struct
{
  const gchar *name;
  const gchar *initial;
  const gchar *other;
} properties[] = {
  {"video-caps", "video/x-vp8; video/x-h264; video/x-vp9; video/x-h265; "
        "video/x-av1", "video/x-h264"},
  {"audio-caps", "audio/x-opus, channel-mapping-family=(int)0; "
        "audio/x-opus, channel-mapping-family=(int)1", "audio/x-opus"},
  {"congestion-control", "gcc", "homegrown"},
  {"do-clock-signalling", "false", "true"},
  {"do-fec", "true", "false"},
  {"do-retransmission", "true", "false"},
  {"enable-control-data-channel", "false", "true"},
  {"enable-data-channel-navigation", "false", "true"},
  {"enable-mitigation-modes", "downscaled+downsampled", "downsampled"},
  {"forward-metas", "", "timecode"},
  {"ice-transport-policy", "all", "relay"},
  {"max-bitrate", "8192000", "4000000"},
  {"min-bitrate", "1000", "2000"},
  {"start-bitrate", "2048000", "500000"},
  {"negotiation-timeout", "10000", "500"},
  {"encoder-sharing", "shared", "none"},
  {"max-renditions", "3", "1"},
  {"rtx-percentage", "-1", "20"},
  {"meta", NULL, "meta, display-name=(string)camera;"},
  {"stun-server", "stun://stun.l.google.com:19302", "stun://127.0.0.1:1"},
  {"run-signalling-server", "false", "true"},
  {"signalling-server-host", "0.0.0.0", "127.0.0.1"},
  {"signalling-server-port", "8443", "1"},
  {"signalling-server-cert", NULL, "cert.pem"},
  {"signalling-server-key", NULL, "key.pem"},
  {"signalling-server-headers", NULL, "headers, X-Test=(string)a;"},
  {"run-web-server", "false", "true"},
  {"web-server-cert", NULL, "cert.pem"},
  {"web-server-key", NULL, "key.pem"},
  {"web-server-path", NULL, "path"},
  {"web-server-directory", "gstwebrtc-api/dist", "page"},
  {"web-server-host-addr", "http://127.0.0.1:8080/", "http://127.0.0.1:1/"},
};

static gchar *
get_flag_nicks (const GValue * value)
{
  g_autoptr (GFlagsClass) klass = g_type_class_ref (G_VALUE_TYPE (value));
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < klass->n_values; i++) {
    if (g_value_get_flags (value) & klass->values[i].value)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "+" : "",
          klass->values[i].value_nick);
  }

  return g_string_free (text, FALSE);
}

static gchar *
get_text (GstElement * sink, const gchar * name)
{
  GValue value = G_VALUE_INIT;
  gchar *text;

  g_object_get_property (G_OBJECT (sink), name, &value);
  if (G_VALUE_HOLDS_STRING (&value))
    text = g_value_dup_string (&value);
  else if (G_VALUE_HOLDS_FLAGS (&value))
    text = get_flag_nicks (&value);
  else if (G_VALUE_HOLDS_BOXED (&value) && !g_value_get_boxed (&value))
    text = NULL;
  else if (G_VALUE_HOLDS (&value, GST_TYPE_CAPS))
    text = gst_caps_to_string (gst_value_get_caps (&value));
  else if (G_VALUE_HOLDS (&value, GST_TYPE_STRUCTURE))
    text = gst_structure_to_string (gst_value_get_structure (&value));
  else
    text = gst_value_serialize (&value);
  g_value_unset (&value);

  return text;
}

static void
assert_value (GstElement * sink, const gchar * name, const gchar * expected)
{
  g_autofree gchar *text = get_text (sink, name);

  fail_unless (g_strcmp0 (text, expected) == 0, "%s is '%s' and not '%s'",
      name, text, expected);
}

GST_START_TEST (properties_keep_their_values)
{
  GstElement *sink = gst_object_ref_sink (gst_element_factory_make
      ("webrtcsink", NULL));

  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    assert_value (sink, properties[i].name, properties[i].initial);
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    gst_util_set_object_arg (G_OBJECT (sink), properties[i].name,
        properties[i].other);
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    assert_value (sink, properties[i].name, properties[i].other);
  assert_value (sink, "stats", "application/x-webrtcsink-stats;");

  gst_object_unref (sink);
}

GST_END_TEST;

GST_START_TEST (turn_servers_are_an_array)
{
  GstElement *sink = gst_object_ref_sink (gst_element_factory_make
      ("webrtcsink", NULL));
  GValue value = G_VALUE_INIT;

  gst_util_set_object_arg (G_OBJECT (sink), "turn-servers",
      "< \"turn://u:p@127.0.0.1:1\", \"turns://u:p@127.0.0.1:2\" >");
  g_object_get_property (G_OBJECT (sink), "turn-servers", &value);
  fail_unless_equals_int (gst_value_array_get_size (&value), 2);
  fail_unless_equals_string (g_value_get_string (gst_value_array_get_value
          (&value, 1)), "turns://u:p@127.0.0.1:2");
  g_value_unset (&value);
  gst_object_unref (sink);
}

GST_END_TEST;

static gboolean
is_in_table (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++) {
    if (g_str_equal (properties[i].name, name))
      return TRUE;
  }

  return FALSE;
}

/* A new property has to be added to the table, too. Options of the server have
 * a table of their own, from which its properties are made */
GST_START_TEST (no_property_is_forgotten)
{
  GstElement *sink = gst_object_ref_sink (gst_element_factory_make
      ("webrtcsink", NULL));
  guint n = 0;
  g_autofree GParamSpec **all = g_object_class_list_properties
      (G_OBJECT_GET_CLASS (sink), &n);
  guint n_ours = 0;

  for (guint i = 0; i < n; i++) {
    const gchar *owner = g_type_name (all[i]->owner_type);

    if (g_str_has_prefix (all[i]->name, "signalling-server-") &&
        !is_in_table (all[i]->name))
      continue;
    n_ours += g_str_has_prefix (owner, "GstRtc");
  }
  /* and turn-servers, signaller and stats */
  fail_unless_equals_int (n_ours, G_N_ELEMENTS (properties) + 3);
  gst_object_unref (sink);
}

GST_END_TEST;

GST_START_TEST (signaller_is_exchanged)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  g_autoptr (FakeSignaller) other = fake_signaller_new ();
  g_autoptr (GstRtcSignaller) current = NULL;
  gpointer before = sink_harness_get_signaller (h);

  /* there must be one */
  g_object_set (sink, "signaller", NULL, NULL);
  g_object_get (sink, "signaller", &current, NULL);
  fail_unless (current == before);
  g_clear_object (&current);

  g_object_set (sink, "signaller", other, NULL);
  g_object_get (sink, "signaller", &current, NULL);
  fail_unless ((gpointer) current == (gpointer) other);
  g_clear_object (&current);

  /* and not while it runs */
  g_object_set (sink, "signaller", before, NULL);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  g_object_set (sink, "signaller", other, NULL);
  g_object_get (sink, "signaller", &current, NULL);
  fail_unless (current == before);
  fail_unless_equals_int (fake_signaller_count (other, "start"), 0);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (default_signaller_is_a_child)
{
  GstElement *sink = gst_object_ref_sink (gst_element_factory_make
      ("webrtcsink", NULL));
  g_autofree gchar *uri = NULL;

  gst_child_proxy_set (GST_CHILD_PROXY (sink), "signaller::uri",
      "ws://127.0.0.1:1", NULL);
  gst_child_proxy_get (GST_CHILD_PROXY (sink), "signaller::uri", &uri, NULL);
  fail_unless_equals_string (uri, "ws://127.0.0.1:1/");
  gst_object_unref (sink);
}

GST_END_TEST;

GST_START_TEST (meta_is_what_the_signaller_gets)
{
  SinkHarness *h = sink_harness_new ();
  GstStructure *meta;

  meta = gst_rtc_signaller_emit_request_meta (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (h)));
  fail_unless (meta == NULL);
  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)), "meta",
      "meta,name=camera");
  meta = gst_rtc_signaller_emit_request_meta (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (h)));
  fail_unless (meta != NULL);
  fail_unless_equals_string (gst_structure_get_string (meta, "name"), "camera");
  gst_structure_free (meta);
  sink_harness_free (h);
}

GST_END_TEST;

/* Pads */

static gchar *
get_offer (SinkHarness * h)
{
  Consumer *consumer = sink_harness_consumer (h, "offered");
  gchar *offer;

  consumer_never_answer (consumer);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_offer (consumer);
  offer = consumer_get_offer (consumer);
  consumer_leave (consumer);
  g_object_unref (consumer);

  return offer;
}

GST_START_TEST (msid_of_a_pad)
{
  SinkHarness *h = sink_harness_new ();
  g_autofree gchar *offer = NULL;
  g_autofree gchar *msid = NULL;

  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  gst_child_proxy_set (GST_CHILD_PROXY (sink_harness_get_sink (h)),
      "video_0::msid", "room7", NULL);
  gst_child_proxy_get (GST_CHILD_PROXY (sink_harness_get_sink (h)),
      "video_0::msid", &msid, NULL);
  fail_unless_equals_string (msid, "room7");
  sink_harness_play (h);
  offer = get_offer (h);
  fail_unless (strstr (offer, "msid:room7 ") != NULL, "%s", offer);
  fail_unless (strstr (strstr (offer, "m=audio"), "msid:room7") == NULL);
  sink_harness_free (h);
}

GST_END_TEST;

/* As it is written for gst-launch, before the pad is there */
GST_START_TEST (children_of_a_launch_line)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch ("webrtcsink name=sink "
      "signaller::uri=ws://127.0.0.1:1 video_0::msid=room audio_0::msid=hall "
      "videotestsrc ! sink. audiotestsrc ! sink.", &error);
  GstElement *sink;
  g_autofree gchar *uri = NULL;
  g_autofree gchar *video = NULL;
  g_autofree gchar *audio = NULL;

  g_assert_no_error (error);
  gst_object_ref_sink (pipeline);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_child_proxy_get (GST_CHILD_PROXY (sink), "signaller::uri", &uri,
      "video_0::msid", &video, "audio_0::msid", &audio, NULL);
  fail_unless_equals_string (uri, "ws://127.0.0.1:1/");
  fail_unless_equals_string (video, "room");
  fail_unless_equals_string (audio, "hall");
  gst_object_unref (sink);
  gst_object_unref (pipeline);
}

GST_END_TEST;

/* A pad that was released makes no m-line, and its name is not used again */
GST_START_TEST (pads_come_and_go)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  GstPad *pads[3];
  g_autofree gchar *offer = NULL;

  pads[0] = gst_element_request_pad_simple (sink, "video_%u");
  pads[1] = gst_element_request_pad_simple (sink, "audio_%u");
  pads[2] = gst_element_request_pad_simple (sink, "video_%u");
  fail_unless_equals_string (GST_OBJECT_NAME (pads[0]), "video_0");
  fail_unless_equals_string (GST_OBJECT_NAME (pads[1]), "audio_0");
  fail_unless_equals_string (GST_OBJECT_NAME (pads[2]), "video_1");
  for (guint i = 0; i < 3; i++) {
    gst_element_release_request_pad (sink, pads[i]);
    gst_check_object_destroyed_on_unref (pads[i]);
  }

  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  offer = get_offer (h);
  fail_unless (strstr (offer, "m=video") != NULL);
  fail_unless (strstr (strstr (offer, "m=video") + 1, "m=") == NULL);
  sink_harness_free (h);
}

GST_END_TEST;

/* Settings in the offer */

GST_START_TEST (caps_choose_what_is_offered)
{
  SinkHarness *h = sink_harness_new ();
  g_autofree gchar *offer = NULL;

  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)), "video-caps",
      "video/x-h264; video/x-vp8");
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  offer = get_offer (h);
  fail_unless (strstr (offer, "VP9") == NULL);
  fail_unless (strstr (offer, "H264") < strstr (offer, "VP8"));
  fail_unless (strstr (offer, "rtx/90000") != NULL);
  fail_unless (strstr (offer, "a=sendonly") != NULL);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (retransmission_can_be_left_out)
{
  SinkHarness *h = sink_harness_new ();
  g_autofree gchar *offer = NULL;

  g_object_set (sink_harness_get_sink (h), "do-retransmission", FALSE, NULL);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  offer = get_offer (h);
  fail_unless (strstr (offer, "rtx") == NULL, "%s", offer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Signals */

static gboolean
on_payloader_setup (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * payloader, SinkHarness * h)
{
  sink_harness_note (h, g_strdup_printf ("payloader %s %s %s", pad_name,
          GST_OBJECT_NAME (gst_element_get_factory (payloader)), consumer_id));

  return FALSE;
}

static GstElement *
on_request_filter (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstCaps * caps, SinkHarness * h)
{
  sink_harness_note (h, g_strdup_printf ("filter %s %s %s", pad_name,
          gst_structure_get_name (gst_caps_get_structure (caps, 0)),
          consumer_id));

  return NULL;
}

static void
on_webrtcbin_ready (FakeSignaller * signaller, const gchar * peer_id,
    GstElement * webrtcbin, SinkHarness * h)
{
  fail_unless (GST_IS_BIN (webrtcbin));
  sink_harness_note (h, g_strdup_printf ("ready %s", peer_id));
}

GST_START_TEST (signals_in_order)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Consumer *consumer;
  g_autofree gchar *log = NULL;

  g_signal_connect (sink, "payloader-setup", G_CALLBACK (on_payloader_setup),
      h);
  g_signal_connect (sink, "request-encoded-filter",
      G_CALLBACK (on_request_filter), h);
  g_signal_connect (sink_harness_get_signaller (h), "webrtcbin-ready",
      G_CALLBACK (on_webrtcbin_ready), h);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  consumer_leave (consumer);
  sink_harness_wait (h, "consumer-removed", 1);
  log = sink_harness_get_log (h);
  fail_unless_equals_string (log, "pipeline-created peer-one\n"
      "payloader video_0 rtpvp8pay discovery\n"
      "payloader video_0 rtph264pay discovery\n"
      "payloader video_0 rtpvp9pay discovery\n"
      "payloader video_0 rtph265pay discovery\n"
      "consumer-added peer-one\n" "ready peer-one\n"
      "payloader video_0 rtpvp8pay peer-one\n"
      "filter video_0 video/x-vp8 peer-one\n"
      "encoder video_0 vp8enc peer-one\n" "consumer-removed peer-one\n");

  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static gboolean
take_element (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * element, GstElement ** taken)
{
  gst_object_replace ((GstObject **) taken, GST_OBJECT (element));

  return TRUE;
}

static gboolean
copy_element (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * element, GstElement ** taken)
{
  take_element (sink, consumer_id, pad_name, element, taken);

  return FALSE;
}

static void
assert_defaults (GCallback handler, guint mtu, gint64 deadline)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  GstElement *payloader = NULL;
  GstElement *encoder = NULL;
  Consumer *consumer;
  guint found_mtu;
  gint64 found_deadline;

  g_signal_connect (sink, "payloader-setup", handler, &payloader);
  g_signal_connect (sink, "encoder-setup", handler, &encoder);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  g_object_get (payloader, "mtu", &found_mtu, NULL);
  g_object_get (encoder, "deadline", &found_deadline, NULL);
  fail_unless_equals_int (found_mtu, mtu);
  fail_unless_equals_int64 (found_deadline, deadline);

  consumer_leave (consumer);
  g_object_unref (consumer);
  gst_object_unref (payloader);
  gst_object_unref (encoder);
  sink_harness_free (h);
}

/* 1400 and 1000000 are what the elements have by themselves */
GST_START_TEST (true_leaves_defaults_out)
{
  assert_defaults (G_CALLBACK (copy_element), 1200, 1);
  assert_defaults (G_CALLBACK (take_element), 1400, 1000000);
}

GST_END_TEST;

static void
on_handoff (GstElement * identity, GstBuffer * buffer, gint * n)
{
  g_atomic_int_inc (n);
}

static GstElement *
make_filter (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstCaps * caps, gint * n)
{
  GstElement *identity = gst_element_factory_make ("identity", NULL);

  g_signal_connect (identity, "handoff", G_CALLBACK (on_handoff), n);

  return identity;
}

GST_START_TEST (filter_of_encoded_frames)
{
  SinkHarness *h = sink_harness_new ();
  gint n = 0;
  Consumer *consumer;

  g_signal_connect (sink_harness_get_sink (h), "request-encoded-filter",
      G_CALLBACK (make_filter), &n);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 10);
  fail_unless (g_atomic_int_get (&n) >= 10);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static void
assert_sessions (SinkHarness * h, const gchar * expected)
{
  g_auto (GStrv) ids = NULL;
  g_autofree gchar *text = NULL;

  g_signal_emit_by_name (sink_harness_get_sink (h), "get-sessions", &ids);
  fail_unless (ids != NULL);
  text = g_strjoinv (" ", ids);
  fail_unless_equals_string (text, expected);
}

GST_START_TEST (sessions_are_listed)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer;

  assert_sessions (h, "");
  consumer = sink_harness_join_and_wait (h, "one");
  assert_sessions (h, "one");
  consumer_leave (consumer);
  sink_harness_wait (h, "consumer-removed", 1);
  assert_sessions (h, "");

  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static GstWebRTCSessionDescription *
on_munge (FakeSignaller * signaller, const gchar * session_id,
    GstWebRTCSessionDescription * description, gpointer data)
{
  GstWebRTCSessionDescription *munged =
      gst_webrtc_session_description_copy (description);

  fail_unless_equals_string (session_id, "offered");
  fail_unless_equals_int (description->type, GST_WEBRTC_SDP_TYPE_OFFER);
  gst_sdp_message_add_attribute (munged->sdp, "x-munged", "yes");

  return munged;
}

GST_START_TEST (munged_description_is_sent)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  g_autofree gchar *offer = NULL;

  g_signal_connect (sink_harness_get_signaller (h),
      "munge-session-description", G_CALLBACK (on_munge), NULL);
  offer = get_offer (h);
  fail_unless (strstr (offer, "a=x-munged:yes") != NULL);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsink_interface_suite (void)
{
  Suite *s = suite_create ("webrtcsink-interface");
  TCase *props = tcase_create ("properties");
  TCase *signals = tcase_create ("signals");

  suite_add_tcase (s, props);
  tcase_add_checked_fixture (props, NULL, wait_for_threads);
  tcase_add_test (props, properties_keep_their_values);
  tcase_add_test (props, turn_servers_are_an_array);
  tcase_add_test (props, no_property_is_forgotten);
  tcase_add_test (props, signaller_is_exchanged);
  tcase_add_test (props, default_signaller_is_a_child);
  tcase_add_test (props, meta_is_what_the_signaller_gets);
  tcase_add_test (props, msid_of_a_pad);
  tcase_add_test (props, children_of_a_launch_line);
  tcase_add_test (props, pads_come_and_go);
  tcase_add_test (props, caps_choose_what_is_offered);
  tcase_add_test (props, retransmission_can_be_left_out);

  suite_add_tcase (s, signals);
  tcase_add_checked_fixture (signals, NULL, wait_for_threads);
  tcase_add_test (signals, signals_in_order);
  tcase_add_test (signals, true_leaves_defaults_out);
  tcase_add_test (signals, filter_of_encoded_frames);
  tcase_add_test (signals, sessions_are_listed);
  tcase_add_test (signals, munged_description_is_sent);

  return s;
}

GST_CHECK_MAIN (webrtcsink_interface);
