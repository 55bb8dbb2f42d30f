/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Consumers that make the offer. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define VP8_WISH "application/x-rtp,media=video,encoding-name=VP8," \
    "payload=100,clock-rate=90000"
#define H264_WISH "application/x-rtp,media=video,encoding-name=H264," \
    "payload=101,clock-rate=90000,packetization-mode=(string)1," \
    "profile-level-id=(string)42e01f,level-asymmetry-allowed=(string)1"
#define OPUS_WISH "application/x-rtp,media=audio,encoding-name=OPUS," \
    "payload=111,clock-rate=48000,encoding-params=(string)2"
#define UNKNOWN_WISH "application/x-rtp,media=video,encoding-name=THEORA," \
    "payload=120,clock-rate=90000"

static SinkHarness *
new_harness (const gchar * first, const gchar * second)
{
  SinkHarness *h = sink_harness_new ();

  sink_harness_add (h, first);
  if (second)
    sink_harness_add (h, second);
  sink_harness_play (h);

  return h;
}

static void
finish (SinkHarness * h, Consumer * consumer)
{
  fail_unless_equals_int (fake_signaller_count (sink_harness_get_signaller (h),
          "end-session"), 0);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

/* The m-line of that index, which is the text up to the next one */
static gchar *
get_mline (const gchar * text, guint index)
{
  g_auto (GStrv) parts = g_strsplit (text, "\r\nm=", -1);

  fail_unless (g_strv_length (parts) > index + 1, "no m-line %u in %s", index,
      text);

  return g_strconcat (parts[index + 1], "\r\n", NULL);
}

static void
assert_mline (const gchar * text, guint index, const gchar * start,
    const gchar * direction)
{
  g_autofree gchar *mline = get_mline (text, index);
  g_autofree gchar *wanted = g_strconcat ("a=", direction, "\r\n", NULL);

  fail_unless (g_str_has_prefix (mline, start), "m-line %u is %s", index,
      mline);
  fail_unless (strstr (mline, wanted) != NULL, "not %s: %s", direction, mline);
}

GST_START_TEST (audio_and_video)
{
  SinkHarness *h = new_harness (SINK_HARNESS_RAW, SINK_HARNESS_RAW_AUDIO);
  Consumer *consumer = sink_harness_consumer (h, "one");
  g_autofree gchar *answer = NULL;
  ConsumerStats stats;

  /* audio first, unlike the sink's pads, and payload types of its own */
  consumer_wish (consumer, OPUS_WISH);
  consumer_wish (consumer, VP8_WISH);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  consumer_wait_frames (consumer, 1, 5);
  consumer_get_stats (consumer, 1, &stats);
  fail_unless_equals_string (stats.encoding, "VP8");

  answer = consumer_wait_answer (consumer);
  assert_mline (answer, 0, "audio 9 UDP/TLS/RTP/SAVPF 111", "sendonly");
  assert_mline (answer, 1, "video 9 UDP/TLS/RTP/SAVPF 100", "sendonly");
  fail_unless_equals_int (sink_harness_count (h, "consumer-added peer-one"), 1);
  fail_unless_equals_int (consumer_get_n_offers (consumer), 0);
  finish (h, consumer);
}

GST_END_TEST;

/* What is first in video-caps wins, not what is first in the offer */
GST_START_TEST (our_order_chooses)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer = sink_harness_consumer (h, "one");
  g_autofree gchar *answer = NULL;
  ConsumerStats stats;

  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)), "video-caps",
      "video/x-h264; video/x-vp8");
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer_wish (consumer, UNKNOWN_WISH ";" VP8_WISH ";" H264_WISH);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, "H264");
  answer = consumer_wait_answer (consumer);
  assert_mline (answer, 0, "video 9 UDP/TLS/RTP/SAVPF 101", "sendonly");
  fail_unless (strstr (answer, "VP8") == NULL, "%s", answer);
  finish (h, consumer);
}

GST_END_TEST;

/* An encoder is not the only thing that makes a stream fit */
GST_START_TEST (encoded_input_chooses)
{
  SinkHarness *h = new_harness (SINK_HARNESS_H264, NULL);
  Consumer *consumer = sink_harness_consumer (h, "one");
  ConsumerStats stats;

  consumer_wish (consumer, VP8_WISH ";" H264_WISH);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, "H264");
  fail_unless_equals_int (sink_harness_count (h, "encoder"), 0);
  finish (h, consumer);
}

GST_END_TEST;

/* More media than streams: the others are inactive, and those run */
GST_START_TEST (more_is_wanted_than_there_is)
{
  SinkHarness *h = new_harness (SINK_HARNESS_RAW, NULL);
  Consumer *consumer = sink_harness_consumer (h, "one");
  g_autofree gchar *answer = NULL;

  consumer_wish (consumer, UNKNOWN_WISH);
  consumer_wish (consumer, OPUS_WISH);
  consumer_wish (consumer, VP8_WISH);
  consumer_wish (consumer, VP8_WISH);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 2, 5);
  answer = consumer_wait_answer (consumer);
  assert_mline (answer, 0, "video 9", "inactive");
  assert_mline (answer, 1, "audio 9", "inactive");
  assert_mline (answer, 2, "video 9", "sendonly");
  assert_mline (answer, 3, "video 9", "inactive");
  finish (h, consumer);
}

GST_END_TEST;

GST_START_TEST (two_of_a_kind)
{
  SinkHarness *h = new_harness (SINK_HARNESS_RAW, SINK_HARNESS_H264);
  Consumer *consumer = sink_harness_consumer (h, "one");
  ConsumerStats stats;

  consumer_wish (consumer, H264_WISH);
  consumer_wish (consumer, VP8_WISH ";" H264_WISH);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  consumer_wait_frames (consumer, 1, 5);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, "H264");
  finish (h, consumer);
}

GST_END_TEST;

GST_START_TEST (with_data_channels)
{
  SinkHarness *h = new_harness (SINK_HARNESS_RAW, NULL);
  Consumer *consumer = sink_harness_consumer (h, "one");
  g_autofree gchar *answer = NULL;

  consumer_wish (consumer, VP8_WISH);
  consumer_wish (consumer, NULL);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  answer = consumer_wait_answer (consumer);
  fail_unless (strstr (answer, "m=application 9 ") != NULL, "%s", answer);
  finish (h, consumer);
}

GST_END_TEST;

static gchar *
replace (gchar * text, const gchar * from, const gchar * to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, -1);

  fail_unless (g_strv_length (parts) > 1, "no '%s' in %s", from, text);
  g_free (text);

  return g_strjoinv (to, parts);
}

/* The sink's thread. What is sent is what is returned: as an application that
 * adds to what the consumer is told. */
static GstWebRTCSessionDescription *
on_munge (FakeSignaller * signaller, const gchar * session_id,
    GstWebRTCSessionDescription * description, SinkHarness * h)
{
  g_autofree gchar *text = gst_sdp_message_as_text (description->sdp);
  GstWebRTCSessionDescription *munged;
  g_autoptr (GError) error = NULL;

  sink_harness_note (h, g_strdup_printf ("munge %s %s", session_id,
          gst_webrtc_sdp_type_to_string (description->type)));
  text = replace (g_steal_pointer (&text), "a=sendonly", "a=sendonly\r\n"
      "a=x-munged:yes");
  munged = gst_rtc_description_from_text (description->type, text, &error);
  g_assert_no_error (error);

  return munged;
}

GST_START_TEST (munged_answer_is_sent)
{
  SinkHarness *h = new_harness (SINK_HARNESS_RAW, SINK_HARNESS_RAW_AUDIO);
  Consumer *consumer = sink_harness_consumer (h, "one");
  g_autofree gchar *answer = NULL;

  g_signal_connect (sink_harness_get_signaller (h),
      "munge-session-description", G_CALLBACK (on_munge), h);
  consumer_wish (consumer, VP8_WISH);
  consumer_wish (consumer, OPUS_WISH);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  consumer_wait_frames (consumer, 1, 5);
  answer = consumer_wait_answer (consumer);
  assert_mline (answer, 0, "video 9", "x-munged:yes");
  assert_mline (answer, 1, "audio 9", "x-munged:yes");
  fail_unless_equals_int (sink_harness_count (h, "munge one answer"), 1);
  fail_unless_equals_int (sink_harness_count (h, "munge"), 1);
  finish (h, consumer);
}

GST_END_TEST;

static void
assert_refused (const gchar * wish, const gchar * reason)
{
  SinkHarness *h = new_harness (SINK_HARNESS_RAW, NULL);
  Consumer *consumer = sink_harness_consumer (h, "one");
  g_autofree gchar *call = NULL;

  consumer_wish (consumer, wish);
  consumer_join (consumer, sink_harness_get_signaller (h));
  call = fake_signaller_wait (sink_harness_get_signaller (h),
      "end-session one");
  fail_unless (strstr (call, reason) != NULL, "%s", call);
  consumer_vanish (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_START_TEST (nothing_fits)
{
  assert_refused (UNKNOWN_WISH, "no media that can be sent");
  assert_refused (OPUS_WISH, "no media that can be sent");
  assert_refused (NULL, "no media that can be sent");
}

GST_END_TEST;

static gchar *
unbundle (gchar * text)
{
  return replace (text, "a=group:BUNDLE", "a=x-group:NONE");
}

/* Each media would have a transport of its own; sending to one that is not
 * connected would stop everybody */
GST_START_TEST (no_bundle)
{
  SinkHarness *h = new_harness (SINK_HARNESS_RAW, SINK_HARNESS_RAW_AUDIO);
  Consumer *consumer = sink_harness_consumer (h, "one");
  g_autofree gchar *call = NULL;

  consumer_wish (consumer, VP8_WISH);
  consumer_wish (consumer, OPUS_WISH);
  consumer_edit_offer (consumer, unbundle);
  consumer_join (consumer, sink_harness_get_signaller (h));
  call = fake_signaller_wait (sink_harness_get_signaller (h),
      "end-session one");
  fail_unless (strstr (call, "bundle") != NULL, "%s", call);
  consumer_vanish (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* What others offer as consumers (tests/files/sdp/wishes): the name says how
 * many videos and audios, and whether data channels come first */

/* What they offer besides VP8, and the profile of H.264 that has to come back */
static const struct
{
  const gchar *who;
  guint n_files;
  const gchar *profile;         /* NULL: no H.264, as in the Firefox of Debian */
  gboolean vp9;
  gboolean h265;
} consumers[] = {
  {"-chromium.sdp", 6, "42e01f", TRUE, FALSE},
  {"-firefox.sdp", 6, NULL, TRUE, FALSE},
  {"-safari.sdp", 6, "42e01f", TRUE, TRUE},
  {"-safari13.sdp", 1, "42e01f", FALSE, FALSE},
  {"-gst-plugins-rs.sdp", 2, "42e016", TRUE, TRUE},
};

typedef struct
{
  GstSDPMessage *offer;
  GstSDPMessage *answer;
  const gchar *profile;
} Dialog;

static gchar *
load (const gchar * name)
{
  g_autofree gchar *path = g_build_filename (SDP_DIRECTORY, "wishes", name,
      NULL);
  g_autoptr (GError) error = NULL;
  gchar *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  return text;
}

static void
assert_same_value (const GstSDPMedia * a, const GstSDPMedia * b,
    const gchar * key)
{
  fail_unless_equals_string (gst_sdp_media_get_attribute_val (a, key),
      gst_sdp_media_get_attribute_val (b, key));
}

/* Whatever an answer says of formats, extensions and feedback was offered */
static void
assert_was_offered (const GstSDPMedia * answer, const GstSDPMedia * offer)
{
  static const gchar *const keys[] = {
    "rtpmap", "extmap", "rtcp-fb", NULL
  };
  g_autofree gchar *text = gst_sdp_media_as_text (offer);
  g_autofree gchar *lower = g_ascii_strdown (text, -1);

  for (guint i = 0; i < gst_sdp_media_attributes_len (answer); i++) {
    const GstSDPAttribute *a = gst_sdp_media_get_attribute (answer, i);
    g_autofree gchar *line = NULL;
    g_autofree gchar *wanted = NULL;

    if (!g_strv_contains (keys, a->key))
      continue;
    line = g_strdup_printf ("a=%s:%s", a->key, a->value);
    wanted = g_ascii_strdown (line, -1);
    /* RFC 7587 section 7 wants it, whatever the offer says */
    if (g_str_has_suffix (wanted, " opus/48000/2"))
      wanted[strlen (wanted) - 2] = '\0';
    fail_unless (strstr (lower, wanted) != NULL, "%s is not in %s", line, text);
  }
}

static void
assert_our_ssrcs (const GstSDPMedia * answer, const GstSDPMedia * offer)
{
  const gchar *value;
  guint n = 0;

  for (; (value = gst_sdp_media_get_attribute_val_n (answer, "ssrc", n)); n++) {
    g_auto (GStrv) words = g_strsplit (value, " ", 2);
    g_autofree gchar *text = gst_sdp_media_as_text (offer);
    g_autofree gchar *theirs = g_strconcat ("a=ssrc:", words[0], NULL);

    fail_if (strstr (text, theirs), "%s", value);
  }
  fail_unless (n > 0);
}

static void
assert_sent_media (const GstSDPMedia * answer, const GstSDPMedia * offer,
    const gchar * codec, const gchar * profile)
{
  g_autofree gchar *text = gst_sdp_media_as_text (answer);
  g_autofree gchar *offered = gst_sdp_media_as_text (offer);
  const gboolean video =
      g_str_equal (gst_sdp_media_get_media (answer), "video");

  fail_unless (strstr (text, "a=sendonly\r\n") != NULL, "%s", text);
  fail_unless (strstr (text, codec) != NULL, "no %s: %s", codec, text);
  /* with RED, ULPFEC and its retransmission where they were offered */
  fail_unless_equals_int (gst_sdp_media_formats_len (answer), !video ? 1 :
      strstr (offered, " red/90000") ? 5 : 2);
  fail_unless ((strstr (text, "transport-wide-cc") != NULL) ==
      (strstr (offered, "transport-wide-cc") != NULL), "%s", text);
  if (video)
    fail_unless (strstr (text, " apt=") != NULL, "%s", text);
  if (g_str_equal (codec, "H264"))
    fail_unless ((strstr (text, "packetization-mode=1") != NULL) ==
        (strstr (offered, "packetization-mode=1") != NULL) &&
        strstr (text, profile) != NULL, "no %s: %s", profile, text);
  assert_was_offered (answer, offer);
  assert_our_ssrcs (answer, offer);
}

static void
assert_dialog (Dialog * dialog, const gchar * codec)
{
  guint sent[2] = { 0, 0 };

  fail_unless_equals_int (gst_sdp_message_medias_len (dialog->answer),
      gst_sdp_message_medias_len (dialog->offer));
  for (guint i = 0; i < gst_sdp_message_medias_len (dialog->offer); i++) {
    const GstSDPMedia *offer = gst_sdp_message_get_media (dialog->offer, i);
    const GstSDPMedia *answer = gst_sdp_message_get_media (dialog->answer, i);
    const gchar *kind = gst_sdp_media_get_media (offer);
    const gboolean video = g_str_equal (kind, "video");

    fail_unless_equals_string (gst_sdp_media_get_media (answer), kind);
    assert_same_value (answer, offer, "mid");
    fail_unless_equals_string (gst_sdp_media_get_attribute_val (answer,
            "setup"), "active");
    fail_unless_equals_int (gst_sdp_media_get_port (answer), 9);
    if (g_str_equal (kind, "application"))
      continue;
    /* the sink has one of each */
    if (sent[video]++ == 0)
      assert_sent_media (answer, offer, video ? codec : "OPUS",
          dialog->profile);
  }
  fail_unless_equals_string (gst_sdp_message_get_attribute_val (dialog->answer,
          "group"), gst_sdp_message_get_attribute_val (dialog->offer, "group"));
}

static void
negotiate_wish (const gchar * name, const gchar * caps, const gchar * codec,
    const gchar * profile)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer = sink_harness_consumer (h, "browser");
  g_autofree gchar *offer = load (name);
  g_autofree gchar *answer = NULL;
  Dialog dialog = { NULL, NULL, profile };

  GST_INFO ("%s with %s", name, codec);
  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)), "video-caps",
      caps);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer_ask (consumer, sink_harness_get_signaller (h), offer);
  answer = consumer_wait_answer (consumer);

  gst_sdp_message_new_from_text (offer, &dialog.offer);
  gst_sdp_message_new_from_text (answer, &dialog.answer);
  assert_dialog (&dialog, codec);
  gst_sdp_message_free (dialog.offer);
  gst_sdp_message_free (dialog.answer);
  finish (h, consumer);
}

/* Some have data channels before the media: the fault would count m-lines
 * wrongly from there on (D14) */
GST_START_TEST (offers_of_consumers)
{
  const gchar *profile = consumers[__i__].profile;
  g_autofree gchar *path = g_build_filename (SDP_DIRECTORY, "wishes", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint n = 0;

  fail_unless (folder != NULL, "no %s", path);
  while ((name = g_dir_read_name (folder))) {
    if (!g_str_has_suffix (name, consumers[__i__].who))
      continue;
    negotiate_wish (name, "video/x-vp8", "VP8", profile);
    if (consumers[__i__].vp9)
      negotiate_wish (name, "video/x-vp9; video/x-vp8", "VP9", profile);
    if (profile)
      negotiate_wish (name, "video/x-h264", "H264", profile);
    if (consumers[__i__].h265)
      negotiate_wish (name, "video/x-h265", "H265", profile);
    n++;
  }
  fail_unless_equals_int (n, consumers[__i__].n_files);
}

GST_END_TEST;

/* What others answer to offers of this shape (tests/files/sdp) */

static gboolean
on_payloader (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * payloader, SinkHarness * h)
{
  sink_harness_note (h, g_strdup_printf ("payloader %s %s %s", consumer_id,
          pad_name, GST_OBJECT_NAME (gst_element_get_factory (payloader))));

  return FALSE;
}

static void
send_answer (SinkHarness * h, const gchar * name)
{
  g_autofree gchar *path = g_build_filename (SDP_DIRECTORY, name, NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GstWebRTCSessionDescription) answer = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  answer = gst_rtc_description_from_text (GST_WEBRTC_SDP_TYPE_ANSWER, text,
      &error);
  g_assert_no_error (error);
  gst_rtc_signaller_emit_session_description (GST_RTC_SIGNALLER
      (sink_harness_get_signaller (h)), "browser", answer);
}

static void
take_answer (const gchar * name)
{
  const guint n_videos = g_ascii_digit_value (name[0]);
  const guint n_audios = g_ascii_digit_value (name[2]);
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer = sink_harness_consumer (h, "browser");

  GST_INFO ("%s", name);
  g_signal_connect (sink_harness_get_sink (h), "payloader-setup",
      G_CALLBACK (on_payloader), h);
  for (guint i = 0; i < n_videos; i++)
    sink_harness_add (h, SINK_HARNESS_RAW);
  for (guint i = 0; i < n_audios; i++)
    sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer_never_answer (consumer);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_offer (consumer);
  send_answer (h, name);
  sink_harness_wait (h, "payloader peer-browser", n_videos + n_audios);
  fail_unless_equals_int (sink_harness_count (h,
          "payloader peer-browser video_0 rtpvp8pay"), MIN (n_videos, 1));
  fail_unless_equals_int (sink_harness_count (h,
          "payloader peer-browser audio_0 rtpopuspay"), MIN (n_audios, 1));
  finish (h, consumer);
}

GST_START_TEST (answers_of_consumers)
{
  g_autoptr (GDir) folder = g_dir_open (SDP_DIRECTORY, 0, NULL);
  const gchar *name;
  guint n = 0;

  while ((name = g_dir_read_name (folder))) {
    if (!g_str_has_suffix (name, "-answer.sdp"))
      continue;
    take_answer (name);
    n++;
  }
  fail_unless_equals_int (n, 16);
}

GST_END_TEST;

static Suite *
answers_suite (void)
{
  Suite *suite = suite_create ("webrtcsink-answers");
  TCase *tcase = tcase_create ("answers");

  tcase_add_checked_fixture (tcase, NULL, wait_for_threads);
  tcase_add_test (tcase, audio_and_video);
  tcase_add_test (tcase, our_order_chooses);
  tcase_add_test (tcase, encoded_input_chooses);
  tcase_add_test (tcase, more_is_wanted_than_there_is);
  tcase_add_test (tcase, two_of_a_kind);
  tcase_add_test (tcase, with_data_channels);
  tcase_add_test (tcase, munged_answer_is_sent);
  tcase_add_test (tcase, nothing_fits);
  tcase_add_test (tcase, no_bundle);
  tcase_add_loop_test (tcase, offers_of_consumers, 0, G_N_ELEMENTS (consumers));
  tcase_add_test (tcase, answers_of_consumers);
  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (answers);
