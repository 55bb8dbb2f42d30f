/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* webrtcsink to webrtcsrc in one process, over a signalling server. */

#include "common.h"

#include <libsoup/soup.h>
#include <string.h>

#define VIDEO_OUT "src. ! videoconvert ! fakesink name=video "
#define AUDIO_OUT "src. ! audioconvert ! fakesink name=audio "

/* How long the picture may stand still when nothing happens to the media */
#define LONGEST_GAP (G_USEC_PER_SEC / 2)

GST_START_TEST (test_raw)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER BALL "sink. " TONE (440) "sink.", port);
  Line *src = line_new (FIRST_PRODUCER VIDEO_OUT AUDIO_OUT, port);
  Meter *video = meter_new (src, "video");
  Meter *audio = meter_new (src, "audio");

  line_play (sink);
  line_play (src);
  meter_wait (video, 30);
  meter_wait (audio, 50);
  meter_expect_caps (video, "video/x-raw,width=320,height=240");
  meter_expect_caps (audio, "audio/x-raw,rate=48000,channels=2");
  line_stop (src);
  line_stop (sink);
  meter_free (video);
  meter_free (audio);
  line_free (src);
  line_free (sink);
}

GST_END_TEST;

GST_START_TEST (test_encoded)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER BALL "sink. " TONE (440) "sink.", port);
  Line *src = line_new (FIRST_PRODUCER
      "src.video_0 ! video/x-vp8 ! fakesink name=video "
      "src.audio_0 ! audio/x-opus ! fakesink name=audio", port);
  Meter *video = meter_new (src, "video");
  Meter *audio = meter_new (src, "audio");

  line_play (sink);
  line_play (src);
  meter_wait (video, 30);
  meter_wait (audio, 50);
  meter_expect_caps (video, "video/x-vp8");
  meter_expect_caps (audio, "audio/x-opus");
  line_stop (src);
  line_stop (sink);
  meter_free (video);
  meter_free (audio);
  line_free (src);
  line_free (sink);
}

GST_END_TEST;

/* What comes in encoded goes out as it is */
GST_START_TEST (test_encoded_input)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER BALL "x264enc tune=zerolatency "
      "speed-preset=ultrafast key-int-max=30 ! "
      "video/x-h264,profile=constrained-baseline ! sink. "
      TONE (440) "opusenc ! sink.", port);
  Line *src = line_new (FIRST_PRODUCER VIDEO_OUT AUDIO_OUT, port);
  Meter *video = meter_new (src, "video");
  Meter *audio = meter_new (src, "audio");

  line_play (sink);
  line_play (src);
  meter_wait (video, 30);
  meter_wait (audio, 50);
  meter_expect_caps (video, "video/x-raw,width=320,height=240");
  meter_expect_caps (audio, "audio/x-raw,rate=48000");
  line_stop (src);
  line_stop (sink);
  meter_free (video);
  meter_free (audio);
  line_free (src);
  line_free (sink);
}

GST_END_TEST;

typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  guint n_inside;
  guint n_pads;
  guint n_no_more_pads;
  guint n_pads_before;          /* the last no-more-pads */
  gboolean overlapped;
} Turns;

/* Gives the other stream the time to come in, which it must not use */
static void
on_pad_added (GstElement * src, GstPad * pad, Turns * turns)
{
  const gint64 end = g_get_monotonic_time () + 300 * G_TIME_SPAN_MILLISECOND;

  g_mutex_lock (&turns->lock);
  turns->overlapped |= ++turns->n_inside > 1;
  g_cond_broadcast (&turns->cond);
  while (!turns->overlapped &&
      g_cond_wait_until (&turns->cond, &turns->lock, end));
  turns->n_inside--;
  turns->n_pads++;
  g_mutex_unlock (&turns->lock);
}

static void
on_no_more_pads (GstElement * src, Turns * turns)
{
  g_mutex_lock (&turns->lock);
  turns->n_no_more_pads++;
  turns->n_pads_before = turns->n_pads;
  g_cond_broadcast (&turns->cond);
  g_mutex_unlock (&turns->lock);
}

static void
wait_for_all_pads (Turns * turns)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&turns->lock);
  while (turns->n_no_more_pads == 0 || turns->n_pads < 2)
    fail_unless (g_cond_wait_until (&turns->cond, &turns->lock, end),
        "%u pads, %u no-more-pads", turns->n_pads, turns->n_no_more_pads);
  fail_if (turns->overlapped, "two pads were added at the same time");
  fail_unless_equals_int (turns->n_no_more_pads, 1);
  fail_unless_equals_int (turns->n_pads_before, 2);
  g_mutex_unlock (&turns->lock);
}

/* Each stream has a thread, and they added their pads at the same time. Then
 * no-more-pads came before a pad or twice, and the delayed links of
 * gst_parse_launch() were disconnected twice: a critical, in one of ten runs
 * of a plain gst-launch-1.0 line with audio and video. */
GST_START_TEST (test_pads_are_added_in_turn)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER BALL "sink. " TONE (440) "sink.", port);
  Line *src = line_new (FIRST_PRODUCER "fakesink async=false", port);
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (src->pipeline), "src");
  Turns turns = { 0, };

  g_mutex_init (&turns.lock);
  g_cond_init (&turns.cond);
  g_signal_connect (element, "pad-added", G_CALLBACK (on_pad_added), &turns);
  g_signal_connect (element, "no-more-pads", G_CALLBACK (on_no_more_pads),
      &turns);
  line_play (sink);
  line_play (src);
  wait_for_all_pads (&turns);
  line_stop (src);
  g_clear_object (&element);
  line_free (src);
  line_free (sink);
  g_mutex_clear (&turns.lock);
  g_cond_clear (&turns.cond);
}

GST_END_TEST;

/* Two producers on the server of the first, each with a size of its own */
GST_START_TEST (test_two_and_two)
{
  const guint port = find_free_port ();
  const gchar *const sizes[] = { "width=320,height=240",
    "width=160,height=120"
  };
  Line *sinks[2];
  Line *srcs[2];
  Meter *meters[2];

  sinks[0] = line_new (OWN_SERVER BALL "sink.", port);
  sinks[1] = line_new (SINK "signaller::uri=ws://127.0.0.1:%u "
      "videotestsrc is-live=true ! "
      "video/x-raw,width=160,height=120,framerate=30/1 ! sink.", port);
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *id = NULL;

    line_play (sinks[i]);
    id = line_wait_client_id (sinks[i], "sink");
    srcs[i] = line_new (SOURCE "signaller::producer-peer-id=%s " VIDEO_OUT,
        port, id);
    meters[i] = meter_new (srcs[i], "video");
  }
  for (guint i = 0; i < 2; i++)
    line_play (srcs[i]);
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *caps = g_strconcat ("video/x-raw,", sizes[i], NULL);

    meter_wait (meters[i], 30);
    meter_expect_caps (meters[i], caps);
  }
  for (guint i = 0; i < 2; i++) {
    line_stop (srcs[i]);
    meter_free (meters[i]);
    line_free (srcs[i]);
  }
  line_free (sinks[1]);
  line_free (sinks[0]);
}

GST_END_TEST;

GST_START_TEST (test_listener_sees_meta)
{
  const guint port = find_free_port ();
  Program *server = program_new_server (port);
  Listener *listener = listener_new (port);
  Line *sink = line_new (SINK "signaller::uri=ws://127.0.0.1:%u "
      "meta=meta,name=ball " BALL "sink.", port);

  line_play (sink);
  listener_expect (listener, "added ball");
  line_stop (sink);
  listener_expect (listener, "removed ball");
  listener_free (listener);
  line_free (sink);
  program_kill (server);
}

GST_END_TEST;

static void
set_name (Line * sink, const gchar * name)
{
  g_autoptr (GstStructure) meta = gst_structure_new ("meta", "name",
      G_TYPE_STRING, name, NULL);
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (sink->pipeline), "sink");

  g_object_set (element, "meta", meta, NULL);
}

static void
on_text (SoupWebsocketConnection * socket, gint type, GBytes * bytes,
    GString * received)
{
  g_string_append_len (received, g_bytes_get_data (bytes, NULL),
      g_bytes_get_size (bytes));
  g_string_append_c (received, '\n');
}

static void
on_connected (GObject * session, GAsyncResult * result, gpointer data)
{
  SoupWebsocketConnection **ret_socket = data;
  g_autoptr (GError) error = NULL;

  *ret_socket = soup_session_websocket_connect_finish (SOUP_SESSION (session),
      result, &error);
  g_assert_no_error (error);
}

static gboolean
on_watchdog (gpointer what)
{
  g_error ("waited in vain for %s", (const gchar *) what);

  return G_SOURCE_REMOVE;
}

/* Returns: (transfer full): a listener that is nothing but a socket */
static SoupWebsocketConnection *
listen_on_wire (SoupSession * session, guint port, GString * received)
{
  g_autofree gchar *uri = g_strdup_printf ("ws://127.0.0.1:%u", port);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);
  SoupWebsocketConnection *socket = NULL;

  soup_session_websocket_connect_async (session, message, NULL, NULL,
      G_PRIORITY_DEFAULT, NULL, on_connected, &socket);
  while (!socket)
    g_main_context_iteration (NULL, TRUE);
  g_signal_connect (socket, "message", G_CALLBACK (on_text), received);
  soup_websocket_connection_send_text (socket,
      "{\"type\": \"setPeerStatus\", \"roles\": [\"listener\"]}");
  soup_websocket_connection_send_text (socket, "{\"type\": \"list\"}");

  return socket;
}

static void
wait_for_text (GString * received, const gchar * first, const gchar * second)
{
  const gchar *line = NULL;

  for (;;) {
    line = strstr (received->str, first);
    if (line && strstr (line, second))
      return;
    g_main_context_iteration (NULL, TRUE);
  }
}

/* Seen on the wire, because signallers tell of a producer only once */
GST_START_TEST (test_changed_meta_is_announced)
{
  const guint port = find_free_port ();
  const guint watchdog = g_timeout_add (WATCHDOG / 1000, on_watchdog,
      "the announcement");
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GString) received = g_string_new (NULL);
  Line *sink = line_new (OWN_SERVER "meta=meta,name=old " BALL "sink.", port);
  SoupWebsocketConnection *socket;

  line_play (sink);
  g_free (line_wait_client_id (sink, "sink"));
  socket = listen_on_wire (session, port, received);
  wait_for_text (received, "\"list\"", "\"old\"");
  set_name (sink, "new");
  wait_for_text (received, "\"peerStatusChanged\"", "\"new\"");
  g_source_remove (watchdog);
  g_signal_handlers_disconnect_by_data (socket, received);
  g_object_unref (socket);
  line_free (sink);
}

GST_END_TEST;

/* Whoever comes later, and whoever was there, knows the new name */
GST_START_TEST (test_changed_meta_is_kept)
{
  const guint port = find_free_port ();
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  Program *server = program_new_server (port);
  Line *sink = line_new (SINK "signaller::uri=ws://127.0.0.1:%u "
      "meta=meta,name=old " BALL "sink.", port);
  Listener *listener;
  gboolean changed = FALSE;

  line_play (sink);
  g_free (line_wait_client_id (sink, "sink"));
  listener = listener_new (port);
  listener_expect (listener, "added old");
  set_name (sink, "new");
  while (!changed) {
    Listener *newcomer = listener_new (port);
    g_autofree gchar *heard = listener_next (newcomer);

    listener_free (newcomer);
    changed = g_str_equal (heard, "added new");
    fail_if (g_get_monotonic_time () > end, "still %s", heard);
  }
  line_stop (sink);
  listener_expect (listener, "removed new");
  listener_free (listener);
  line_free (sink);
  program_kill (server);
}

GST_END_TEST;

GST_START_TEST (test_source_waits_for_producer)
{
  const guint port = find_free_port ();
  Program *server = program_new_server (port);
  Line *src = line_new (FIRST_PRODUCER VIDEO_OUT, port);
  Line *sink = line_new (SINK "signaller::uri=ws://127.0.0.1:%u " BALL
      "sink.", port);
  Meter *video = meter_new (src, "video");

  line_play (src);
  g_free (line_wait_client_id (src, "src"));
  line_play (sink);
  meter_wait (video, 30);
  line_stop (src);
  meter_free (video);
  line_free (src);
  line_free (sink);
  program_kill (server);
}

GST_END_TEST;

static void
check_end (Line * sink, Line * src)
{
  Meter *video = meter_new (src, "video");
  Meter *audio = meter_new (src, "audio");

  line_play (sink);
  line_play (src);
  meter_wait (video, 10);
  meter_wait (audio, 10);
  line_stop (sink);
  gst_message_unref (line_wait (src, GST_MESSAGE_EOS));
  line_stop (src);
  meter_free (video);
  meter_free (audio);
  line_free (src);
  line_free (sink);
}

GST_START_TEST (test_end_is_eos)
{
  const guint port = find_free_port ();
  Program *server = program_new_server (port);

  check_end (line_new (SINK "signaller::uri=ws://127.0.0.1:%u " BALL "sink. "
          TONE (440) "sink.", port), line_new (FIRST_PRODUCER VIDEO_OUT
          AUDIO_OUT, port));
  program_kill (server);
}

GST_END_TEST;

/* The server goes with the sink, but not before it passed on the end */
GST_START_TEST (test_end_with_own_server_is_eos)
{
  const guint port = find_free_port ();

  check_end (line_new (OWN_SERVER BALL "sink. " TONE (440) "sink.", port),
      line_new (FIRST_PRODUCER VIDEO_OUT AUDIO_OUT, port));
}

GST_END_TEST;

GST_START_TEST (test_nobody_listens)
{
  const guint port = find_free_port ();
  g_autofree gchar *uri = g_strdup_printf ("ws://127.0.0.1:%u", port);
  Line *sink = line_new (SINK "signaller::uri=%s " BALL "sink.", uri);
  Line *src = line_new (FIRST_PRODUCER VIDEO_OUT, port);

  line_play (sink);
  line_expect_error (sink, uri);
  line_play (src);
  line_expect_error (src, uri);
  line_free (sink);
  line_free (src);
}

GST_END_TEST;

/* The media of a session needs no server. What comes late because it was sent
 * late, on a machine that is busy, is not counted. */
GST_START_TEST (test_server_is_killed)
{
  const guint port = find_free_port ();
  Program *server = program_new_server (port);
  Line *sink = line_new (SINK "signaller::uri=ws://127.0.0.1:%u "
      "meta=meta,name=ball " BALL "identity name=sent ! sink.", port);
  Line *src = line_new (FIRST_PRODUCER VIDEO_OUT, port);
  Meter *sent = meter_new (sink, "sent");
  Meter *video = meter_new (src, "video");
  Listener *listener;
  gint64 gap, sent_gap;

  line_play (sink);
  line_play (src);
  meter_wait (video, 30);
  meter_take_gap (sent);
  meter_take_gap (video);
  program_kill (server);
  meter_wait (video, 15);
  server = program_new_server (port);
  listener = listener_new (port);
  listener_expect (listener, "added ball");
  meter_wait (video, 30);
  gap = meter_take_gap (video);
  sent_gap = meter_take_gap (sent);
  fail_unless (gap < LONGEST_GAP + sent_gap,
      "no picture for %" G_GINT64_FORMAT " us", gap);
  line_stop (src);
  listener_free (listener);
  meter_free (sent);
  meter_free (video);
  line_free (src);
  line_free (sink);
  program_kill (server);
}

GST_END_TEST;

static Suite *
sinksrc_suite (void)
{
  Suite *suite = suite_create ("sinksrc");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_raw);
  tcase_add_test (tcase, test_encoded);
  tcase_add_test (tcase, test_encoded_input);
  tcase_add_test (tcase, test_pads_are_added_in_turn);
  tcase_add_test (tcase, test_two_and_two);
  tcase_add_test (tcase, test_listener_sees_meta);
  tcase_add_test (tcase, test_changed_meta_is_announced);
  tcase_add_test (tcase, test_changed_meta_is_kept);
  tcase_add_test (tcase, test_source_waits_for_producer);
  tcase_add_test (tcase, test_end_is_eos);
  tcase_add_test (tcase, test_end_with_own_server_is_eos);
  tcase_add_test (tcase, test_nobody_listens);
  tcase_add_test (tcase, test_server_is_killed);

  return suite;
}

GST_CHECK_MAIN (sinksrc);
