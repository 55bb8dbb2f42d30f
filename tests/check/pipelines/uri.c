/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* webrtcsrc inside of what plays any URI. */

#include "common.h"

#define URI "uri=URI "
#define VIDEO_OUT "src. ! videoconvert ! fakesink name=video "
#define AUDIO_OUT "src. ! audioconvert ! fakesink name=audio "

static void
on_source_setup (GstElement * bin, GstElement * source, gpointer unused)
{
  g_object_set (source, "stun-server", NULL, NULL);
}

static Line *
new_player (const gchar * description, guint port)
{
  g_auto (GStrv) parts = g_strsplit (description, "uri=URI", 2);
  Line *line = line_new ("%s uri=gstwebrtc://127.0.0.1:%u/"
      "?connect-to-first-producer=true %s", parts[0], port, parts[1]);
  g_autoptr (GstElement) src =
      gst_bin_get_by_name (GST_BIN (line->pipeline), "src");

  g_signal_connect (src ? src : line->pipeline, "source-setup",
      G_CALLBACK (on_source_setup), NULL);

  return line;
}

/* Two pads that come at once, on two threads, are one too many for the parser's
 * links that wait for pads: GStreamer 1.22 disconnects a handler twice */
static GstCheckLogFilter *
allow_two_pads_at_once (void)
{
  return gst_check_add_log_filter ("GLib-GObject", G_LOG_LEVEL_CRITICAL,
      g_regex_new ("has no handler with id", 0, 0, NULL), NULL, NULL, NULL);
}

static const gchar *const players[] = {
  "uridecodebin3 name=src " URI VIDEO_OUT AUDIO_OUT,
  "uridecodebin name=src " URI VIDEO_OUT AUDIO_OUT,
};

GST_START_TEST (test_player)
{
  const guint port = find_free_port ();
  GstCheckLogFilter *filter = allow_two_pads_at_once ();
  Line *sink = line_new (OWN_SERVER BALL "sink. " TONE (440) "sink.", port);
  Line *player = new_player (players[__i__], port);
  Meter *video = meter_new (player, "video");
  Meter *audio = meter_new (player, "audio");

  line_play (sink);
  line_play (player);
  meter_wait (video, 30);
  meter_wait (audio, 50);
  meter_expect_caps (video, "video/x-raw,width=320,height=240");
  meter_expect_caps (audio, "audio/x-raw,rate=48000,channels=2");
  /* the producer's end is the player's */
  line_stop (sink);
  gst_message_unref (line_wait (player, GST_MESSAGE_EOS));
  line_stop (player);
  meter_free (video);
  meter_free (audio);
  line_free (player);
  line_free (sink);
  gst_check_remove_log_filter (filter);
}

GST_END_TEST;

/* It shows RTP, for somebody else to parse */
GST_START_TEST (test_urisourcebin)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER BALL "sink.", port);
  Line *player = new_player ("urisourcebin name=src " URI "! parsebin ! "
      "vp8dec ! fakesink name=video", port);
  Meter *video = meter_new (player, "video");

  line_play (sink);
  line_play (player);
  meter_wait (video, 30);
  meter_expect_caps (video, "video/x-raw,width=320,height=240");
  line_stop (sink);
  gst_message_unref (line_wait (player, GST_MESSAGE_EOS));
  line_stop (player);
  meter_free (video);
  line_free (player);
  line_free (sink);
}

GST_END_TEST;

/* One pad is linked, and that is the picture */
GST_START_TEST (test_one_pad)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER TONE (440) "sink. " BALL "sink.", port);
  Line *player = new_player ("urisourcebin name=src " URI "! decodebin3 ! "
      "videoconvert ! fakesink name=video", port);
  Meter *video = meter_new (player, "video");

  line_play (sink);
  line_play (player);
  meter_wait (video, 30);
  meter_expect_caps (video, "video/x-raw,width=320,height=240");
  line_stop (player);
  meter_free (video);
  line_free (player);
  line_free (sink);
}

GST_END_TEST;

/* gst_element_link() looks no further than decodebin3's first pad, whatever
 * the other element is (gst_element_request_compatible_pad() says so), so a
 * line that links both streams has to name its pads. */
GST_START_TEST (test_two_pads)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER TONE (440) "sink. " BALL "sink.", port);
  Line *player = new_player ("urisourcebin name=src " URI
      "decodebin3 name=d src.src_0 ! d.sink src.src_1 ! d.sink_0 "
      "d. ! videoconvert ! fakesink name=video "
      "d. ! audioconvert ! fakesink name=audio", port);
  Meter *video = meter_new (player, "video");
  Meter *audio = meter_new (player, "audio");

  line_play (sink);
  line_play (player);
  meter_wait (video, 30);
  meter_wait (audio, 50);
  meter_expect_caps (video, "video/x-raw,width=320,height=240");
  meter_expect_caps (audio, "audio/x-raw,rate=48000,channels=2");
  line_stop (sink);
  gst_message_unref (line_wait (player, GST_MESSAGE_EOS));
  line_stop (player);
  meter_free (video);
  meter_free (audio);
  line_free (player);
  line_free (sink);
}

GST_END_TEST;

/* Of buffers that a sink got */
typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  guint n;
} Counter;

static void
on_handoff (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    Counter * counter)
{
  g_mutex_lock (&counter->lock);
  counter->n++;
  g_cond_broadcast (&counter->cond);
  g_mutex_unlock (&counter->lock);
}

static GstElement *
new_counting_sink (Counter * counter)
{
  GstElement *sink = gst_element_factory_make_full ("fakesink",
      "signal-handoffs", TRUE, "sync", TRUE, NULL);

  g_signal_connect (sink, "handoff", G_CALLBACK (on_handoff), counter);

  return sink;
}

static void
wait_for_count (Counter * counter, guint wanted)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  guint n;

  g_mutex_lock (&counter->lock);
  while (counter->n < wanted &&
      g_cond_wait_until (&counter->cond, &counter->lock, end));
  n = counter->n;
  g_mutex_unlock (&counter->lock);
  fail_unless (n >= wanted, "%u of %u", n, wanted);
}

GST_START_TEST (test_playbin3)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER BALL "sink. " TONE (440) "sink.", port);
  Line *player = new_player ("playbin3 " URI, port);
  Counter video = { 0, };
  Counter audio = { 0, };

  g_object_set (player->pipeline, "video-sink", new_counting_sink (&video),
      "audio-sink", new_counting_sink (&audio), NULL);
  line_play (sink);
  line_play (player);
  wait_for_count (&video, 30);
  wait_for_count (&audio, 50);
  line_stop (sink);
  gst_message_unref (line_wait (player, GST_MESSAGE_EOS));
  line_free (player);
  line_free (sink);
}

GST_END_TEST;

static Suite *
uri_suite (void)
{
  Suite *suite = suite_create ("uri");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_player, 0, G_N_ELEMENTS (players));
  tcase_add_test (tcase, test_urisourcebin);
  tcase_add_loop_test (tcase, test_one_pad, 0, 4);
  tcase_add_test (tcase, test_two_pads);
  tcase_add_test (tcase, test_playbin3);

  return suite;
}

GST_CHECK_MAIN (uri);
