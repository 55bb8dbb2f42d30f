/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each codec, from the pad to frames on the other side. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define SMALL "videotestsrc is-live=true pattern=ball ! capsfilter " \
    "caps=video/x-raw,width=64,height=48,framerate=15/1"
#define SURROUND "audiotestsrc is-live=true ! capsfilter " \
    "caps=audio/x-raw,rate=48000,channels=6,channel-mask=(bitmask)0x3f"
#define MONO "audiotestsrc is-live=true ! capsfilter " \
    "caps=audio/x-raw,format=F32LE,rate=44100,channels=1"

static const struct
{
  const gchar *property;
  const gchar *caps;
  const gchar *stream;
  const gchar *encoding;
  gint width;
  gint rate;
  gint channels;
} cases[] = {
  {"video-caps", "video/x-h265", SINK_HARNESS_RAW, "H265", 320},
  {"video-caps", "video/x-vp9", SINK_HARNESS_RAW, "VP9", 320},
  {"video-caps", "video/x-h264,profile=high", SINK_HARNESS_RAW, "H264", 320},
  {"video-caps", "video/x-raw", SMALL, "RAW", 64},
  {"video-caps", "video/x-raw,format=RGB,width=32,height=24", SMALL, "RAW",
      32},
  {"audio-caps", NULL, SURROUND, "MULTIOPUS", 0, 48000, 6},
  {"audio-caps", "audio/x-opus,channel-mapping-family=0", SURROUND, "OPUS", 0,
      48000, 2},
  {"audio-caps", "audio/x-opus", MONO, "OPUS", 0, 48000, 1},
  {"audio-caps", "audio/x-raw,format=S24BE", MONO, "L24", 0, 44100, 1},
  {"audio-caps", "audio/x-raw,format=S16BE,rate=48000,channels=2", MONO,
      "L16", 0, 48000, 2},
  {"audio-caps", "audio/x-raw,format=U8", "audiotestsrc is-live=true ! "
        "capsfilter caps=audio/x-raw,rate=8000,channels=1", "L8", 0, 8000, 1},
};

GST_START_TEST (codec_arrives)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer;
  ConsumerStats stats;

  if (cases[__i__].caps)
    gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)),
        cases[__i__].property, cases[__i__].caps);
  sink_harness_add (h, cases[__i__].stream);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 10);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_string (stats.encoding, cases[__i__].encoding);
  fail_unless_equals_int (stats.width, cases[__i__].width);
  fail_unless_equals_int (stats.rate, cases[__i__].rate);
  fail_unless_equals_int (stats.channels, cases[__i__].channels);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Two profiles of one codec are two renditions, each as its answer has it */

/* The answer of a peer that takes the second format */
static gchar *
take_second_format (gchar * text)
{
  gchar *at = text;

  while ((at = strstr (at, "96"))) {
    /* and not in a fingerprint */
    if ((at[-1] == ':' && at[2] == ' ') || g_str_has_prefix (at - 6, "SAVPF "))
      at[1] = '7';
    at++;
  }

  return text;
}

static gboolean
on_encoder (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, GPtrArray * encoders)
{
  g_ptr_array_add (encoders, gst_object_ref (encoder));

  return FALSE;
}

static void
assert_profile (GstElement * encoder, const gchar * profile)
{
  GstPad *pad = gst_element_get_static_pad (encoder, "src");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  gst_object_unref (pad);
  fail_unless (caps != NULL);
  fail_unless_equals_string (gst_structure_get_string (gst_caps_get_structure
          (caps, 0), "profile"), profile);
}

GST_START_TEST (profiles_are_renditions)
{
  SinkHarness *h = sink_harness_new ();
  g_autoptr (GPtrArray) encoders =
      g_ptr_array_new_with_free_func (gst_object_unref);
  Consumer *high;
  Consumer *baseline;
  g_autofree gchar *offer = NULL;

  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)), "video-caps",
      "video/x-h264,profile=high; video/x-h264");
  g_signal_connect (sink_harness_get_sink (h), "encoder-setup",
      G_CALLBACK (on_encoder), encoders);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  high = sink_harness_join_and_wait (h, "high");
  offer = consumer_get_offer (high);
  fail_unless (strstr (offer, "profile-level-id=64001f") != NULL, "%s", offer);
  fail_unless (strstr (offer, "profile-level-id=42e01f") != NULL, "%s", offer);

  baseline = sink_harness_consumer (h, "baseline");
  consumer_edit_answer (baseline, take_second_format);
  consumer_join (baseline, sink_harness_get_signaller (h));
  sink_harness_wait (h, "encoder video_0 x264enc", 2);
  assert_profile (g_ptr_array_index (encoders, 0), "high");

  consumer_leave (high);
  consumer_leave (baseline);
  g_object_unref (high);
  g_object_unref (baseline);
  g_ptr_array_set_size (encoders, 0);
  sink_harness_free (h);
}

GST_END_TEST;

/* Encoded input */

/* Without a parser nobody says the profile but the stream itself */
#define UNPARSED SINK_HARNESS_RAW " ! x264enc tune=zerolatency " \
    "speed-preset=ultrafast key-int-max=30 ! " \
    "video/x-h264,stream-format=byte-stream,profile=high ! " \
    "capssetter join=false replace=true caps=video/x-h264," \
    "stream-format=byte-stream,alignment=au,width=320,height=240," \
    "framerate=30/1"

GST_START_TEST (profile_is_read_from_the_stream)
{
  SinkHarness *h = sink_harness_new_playing (UNPARSED);
  Consumer *consumer = sink_harness_join_and_wait (h, "one");
  g_autofree gchar *offer = consumer_get_offer (consumer);

  /* ultrafast makes no more than baseline of it, of level 2.1 */
  fail_unless (strstr (offer, "profile-level-id=42e015") != NULL, "%s", offer);
  fail_unless (strstr (offer, "VP8") == NULL);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static void
push_frame (GstElement * appsrc)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 64 * 48 * 3 / 2, NULL);
  GstFlowReturn ret;

  gst_buffer_memset (buffer, 0, 128, -1);
  g_signal_emit_by_name (appsrc, "push-buffer", buffer, &ret);
  fail_unless_equals_int (ret, GST_FLOW_OK);
  gst_buffer_unref (buffer);
}

/* One that does not say what it is, and one that waits for nobody (D7). When
 * the first says it after all, it is shown to those who are there. */
GST_START_TEST (input_without_caps_blocks_nobody)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer;
  g_autofree gchar *offer = NULL;
  g_autoptr (GstCaps) caps = gst_caps_from_string ("video/x-raw,format=I420,"
      "width=64,height=48,framerate=30/1");
  GstElement *bin = sink_harness_add (h, "appsrc name=silent is-live=true "
      "format=time do-timestamp=true");
  GstElement *appsrc = gst_bin_get_by_name (GST_BIN (bin), "silent");
  ConsumerStats stats;

  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  offer = consumer_get_offer (consumer);
  fail_unless (strstr (offer, "m=audio") != NULL, "%s", offer);
  fail_unless (strstr (offer, "m=video") == NULL, "%s", offer);

  g_object_set (appsrc, "caps", caps, NULL);
  do {
    push_frame (appsrc);
    consumer_wait_frames (consumer, 0, 1);
    consumer_forget (consumer);
    consumer_get_stats (consumer, 1, &stats);
  } while (stats.n_packets == 0);
  fail_unless_equals_string (stats.encoding, "VP8");
  gst_object_unref (appsrc);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Caps that came, and no frame yet: nothing is awaited for the offer (D7) */
GST_START_TEST (offer_needs_no_frame)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer;
  GstElement *bin;
  GstElement *appsrc;

  bin = sink_harness_add (h, "appsrc name=in is-live=true format=time "
      "do-timestamp=true caps=video/x-raw,format=I420,width=64,height=48,"
      "framerate=30/1");
  appsrc = gst_bin_get_by_name (GST_BIN (bin), "in");
  push_frame (appsrc);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_offer (consumer);

  consumer_leave (consumer);
  g_object_unref (consumer);
  gst_object_unref (appsrc);
  sink_harness_free (h);
}

GST_END_TEST;

/* Joining at once */

typedef struct
{
  gint n_sent;
  gint n_encoded[2];
  gint n_encoders;
} Frames;

static GstPadProbeReturn
count_frame (GstPad * pad, GstPadProbeInfo * info, gpointer n)
{
  g_atomic_int_inc ((gint *) n);

  return GST_PAD_PROBE_OK;
}

static void
count_frames (GstElement * element, const gchar * pad_name, gint * n)
{
  GstPad *pad = gst_element_get_static_pad (element, pad_name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, n, NULL);
  gst_object_unref (pad);
}

static gboolean
count_encoder (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, Frames * frames)
{
  fail_unless (frames->n_encoders < 2);
  count_frames (encoder, "sink", &frames->n_encoded[frames->n_encoders++]);

  return FALSE;
}

/* Two that join in the same moment, each with a codec of its own: neither
 * takes anything away from the other (D5), and no encoder gets a frame more
 * often than it was sent (D6) */
GST_START_TEST (joining_at_once)
{
  SinkHarness *h = sink_harness_new ();
  Frames frames = { 0, };
  GstElement *bin = sink_harness_add (h, SINK_HARNESS_RAW);
  GstElement *size = gst_bin_get_by_name (GST_BIN (bin), "size");
  Consumer *vp8 = sink_harness_consumer (h, "vp8");
  Consumer *h264 = sink_harness_consumer (h, "h264");

  count_frames (size, "src", &frames.n_sent);
  g_signal_connect (sink_harness_get_sink (h), "encoder-setup",
      G_CALLBACK (count_encoder), &frames);
  sink_harness_play (h);
  consumer_set_codec (h264, "H264");
  consumer_join (vp8, sink_harness_get_signaller (h));
  consumer_join (h264, sink_harness_get_signaller (h));
  consumer_wait_frames (vp8, 0, 30);
  consumer_wait_frames (h264, 0, 30);
  fail_unless_equals_int (frames.n_encoders, 2);
  for (guint i = 0; i < 2; i++) {
    const gint n = g_atomic_int_get (&frames.n_encoded[i]);

    fail_unless (n <= g_atomic_int_get (&frames.n_sent), "%d of %d", n,
        frames.n_sent);
  }

  consumer_leave (vp8);
  consumer_leave (h264);
  g_object_unref (vp8);
  g_object_unref (h264);
  gst_object_unref (size);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsink_codecs_suite (void)
{
  Suite *s = suite_create ("webrtcsink-codecs");
  TCase *tc = tcase_create ("codecs");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_loop_test (tc, codec_arrives, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, profiles_are_renditions);
  tcase_add_test (tc, profile_is_read_from_the_stream);
  tcase_add_test (tc, input_without_caps_blocks_nobody);
  tcase_add_test (tc, offer_needs_no_frame);
  tcase_add_test (tc, joining_at_once);

  return s;
}

GST_CHECK_MAIN (webrtcsink_codecs);
