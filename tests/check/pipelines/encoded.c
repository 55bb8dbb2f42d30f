/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is encoded already passes as it is, and so does what is not to be
 * encoded at all: no encoder is ever loaded into the process that sends and
 * receives. The files are made by another program. */

#include "common.h"

#include <gst/gst.h>

#include <glib/gstdio.h>
#include <string.h>

/* Frames between key frames, at 30 a second */
#define INTERVAL 30

#define SOURCE_OF_FILE "videotestsrc num-buffers=900 pattern=ball ! " \
    "video/x-raw,width=160,height=120,framerate=30/1 ! "

static const struct
{
  const gchar *name;
  const gchar *encode;
  const gchar *play;
  const gchar *caps;
} files[] = {
  {"h264.mp4",
        "x264enc tune=zerolatency key-int-max=30 option-string=scenecut=0 "
        "! video/x-h264,profile=main ! h264parse ! mp4mux",
      "qtdemux", "video/x-h264"},
  {"vp8.webm", "vp8enc deadline=1 keyframe-max-dist=30 keyframe-mode=auto ! "
        "webmmux", "matroskademux", "video/x-vp8"},
};

/* In another process, so that this one stays without an encoder */
static gchar *
make_file (const gchar * directory, const gchar * name, const gchar * encode)
{
  gchar *path = g_build_filename (directory, name, NULL);
  g_autofree gchar *line = g_strdup_printf ("gst-launch-1.0 -q "
      SOURCE_OF_FILE "%s ! filesink location=%s", encode, path);
  g_autoptr (GError) error = NULL;
  gint status;

  fail_unless (g_spawn_command_line_sync (line, NULL, NULL, &status, &error));
  fail_unless (g_spawn_check_wait_status (status, NULL), "%s", line);

  return path;
}

/* A plugin registers the types of its elements as it is loaded */
static void
assert_no_encoder (void)
{
  static const gchar *const types[] = {
    "GstX264Enc", "GstVP8Enc", "GstVP9Enc", "GstOpenh264Enc", "GstX265Enc",
    "GstOpusEnc"
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    fail_unless (g_type_from_name (types[i]) == 0, "%s was loaded", types[i]);
}

typedef struct
{
  GMutex lock;
  /* guarded by lock */
  guint n_sent_keys;
  guint n_keys_at_start;        /* when the consumer was there */
  gboolean started;
  guint n_missed;               /* key frames until the first arrived */
  gboolean arrived;
  gboolean first_is_key;
} Watch;

static gboolean
is_key (GstPadProbeInfo * info)
{
  return !GST_BUFFER_FLAG_IS_SET (GST_PAD_PROBE_INFO_BUFFER (info),
      GST_BUFFER_FLAG_DELTA_UNIT);
}

static GstPadProbeReturn
on_sent (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Watch *watch = data;

  g_mutex_lock (&watch->lock);
  watch->n_sent_keys += is_key (info);
  g_mutex_unlock (&watch->lock);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_arrived (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Watch *watch = data;

  g_mutex_lock (&watch->lock);
  if (!watch->arrived) {
    watch->arrived = TRUE;
    watch->first_is_key = is_key (info);
    watch->n_missed = watch->n_sent_keys - watch->n_keys_at_start;
  }
  g_mutex_unlock (&watch->lock);

  return GST_PAD_PROBE_OK;
}

/* DTLS is up: the earliest that anything can be sent. webrtcbin's thread */
static void
on_connection_state (GstElement * webrtcbin, GParamSpec * pspec, Watch * watch)
{
  gint state;

  g_object_get (webrtcbin, "connection-state", &state, NULL);
  if (state != 2)
    return;
  g_mutex_lock (&watch->lock);
  if (!watch->started)
    watch->n_keys_at_start = watch->n_sent_keys;
  watch->started = TRUE;
  g_mutex_unlock (&watch->lock);
}

static void
on_consumer_added (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, Watch * watch)
{
  g_signal_connect (webrtcbin, "notify::connection-state",
      G_CALLBACK (on_connection_state), watch);
}

static void
add_probe (Line * line, const gchar * element_name, const gchar * pad_name,
    GstPadProbeCallback callback, Watch * watch)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (line->pipeline),
      element_name);
  GstPad *pad = gst_element_get_static_pad (element, pad_name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, watch, NULL);
  gst_object_unref (pad);
  gst_object_unref (element);
}

static void
play_file (const gchar * path, guint i)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "filesrc location=%s ! %s ! "
      "identity name=sent ! sink.", port, path, files[i].play);
  Line *src = line_new (FIRST_PRODUCER "src. ! %s ! fakesink name=video", port,
      files[i].caps);
  Meter *video = meter_new (src, "video");
  Watch watch = {.n_missed = 0, };
  GstElement *element = gst_bin_get_by_name (GST_BIN (sink->pipeline), "sink");

  g_mutex_init (&watch.lock);
  g_signal_connect (element, "consumer-added", G_CALLBACK (on_consumer_added),
      &watch);
  gst_object_unref (element);
  add_probe (sink, "sent", "src", on_sent, &watch);
  add_probe (src, "video", "sink", on_arrived, &watch);

  line_play (sink);
  line_play (src);
  meter_wait (video, 3 * INTERVAL);
  meter_expect_caps (video, files[i].caps);
  line_stop (src);
  line_stop (sink);

  fail_unless (watch.started);
  fail_unless (watch.first_is_key);
  /* the next key frame, and one more that came while the first was on its way
   * through the jitterbuffer */
  fail_unless (watch.n_missed <= 2, "%u key frames came before the picture",
      watch.n_missed);
  meter_free (video);
  line_free (src);
  line_free (sink);
  g_mutex_clear (&watch.lock);
}

GST_START_TEST (test_file_passes)
{
  g_autofree gchar *directory = g_dir_make_tmp ("encoded-XXXXXX", NULL);
  g_autofree gchar *path = make_file (directory, files[__i__].name,
      files[__i__].encode);

  play_file (path, __i__);
  assert_no_encoder ();
  g_unlink (path);
  g_rmdir (directory);
}

GST_END_TEST;

/* When caps ask for it */
GST_START_TEST (test_unencoded)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "video-caps=video/x-raw "
      "audio-caps=audio/x-raw,format=S16BE videotestsrc is-live=true ! "
      "video/x-raw,width=64,height=48,framerate=15/1 ! sink. "
      "audiotestsrc is-live=true ! audio/x-raw,rate=44100,channels=1 ! sink.",
      port);
  Line *src = line_new (FIRST_PRODUCER "video-codecs=<RAW> "
      "audio-codecs=<L16> src. ! video/x-raw ! fakesink name=video "
      "src. ! audio/x-raw ! fakesink name=audio", port);
  Meter *video = meter_new (src, "video");
  Meter *audio = meter_new (src, "audio");

  line_play (sink);
  line_play (src);
  meter_wait (video, 15);
  meter_wait (audio, 30);
  meter_expect_caps (video, "video/x-raw,width=64,height=48");
  meter_expect_caps (audio, "audio/x-raw,format=S16BE,rate=44100,channels=1");
  line_stop (src);
  line_stop (sink);
  assert_no_encoder ();
  meter_free (video);
  meter_free (audio);
  line_free (src);
  line_free (sink);
}

GST_END_TEST;

static Suite *
encoded_suite (void)
{
  Suite *suite = suite_create ("encoded");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_file_passes, 0, G_N_ELEMENTS (files));
  tcase_add_test (tcase, test_unencoded);

  return suite;
}

GST_CHECK_MAIN (encoded);
