/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Encoders that fail: hardware that is taken, a driver that does not load. The
 * next one by rank takes over, and if there is none the consumer is told. */

#include "tests/check/common/sinkharness.h"

#include <gst/base/base.h>
#include <gst/check/gstcheck.h>
#include <gst/video/video.h>
#include <string.h>

/* A VP8 encoder that fails where it was told to */

typedef enum
{
  FAIL_IN_START,
  FAIL_IN_FORMAT,
  FAIL_AT_FIRST_FRAME,
} FailAt;

static FailAt fail_at;

typedef struct
{
  GstVideoEncoder parent;
} BrokenEncoder;

typedef struct
{
  GstVideoEncoderClass parent_class;
} BrokenEncoderClass;

static GType broken_encoder_get_type (void);

G_DEFINE_TYPE (BrokenEncoder, broken_encoder, GST_TYPE_VIDEO_ENCODER);

static GstStaticPadTemplate broken_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-vp8"));
static GstStaticPadTemplate broken_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE ("I420")));

static gboolean
broken_encoder_start (GstVideoEncoder * encoder)
{
  return fail_at != FAIL_IN_START;
}

static gboolean
broken_encoder_set_format (GstVideoEncoder * encoder,
    GstVideoCodecState * state)
{
  if (fail_at != FAIL_IN_FORMAT)
    return TRUE;

  GST_ELEMENT_ERROR (encoder, RESOURCE, BUSY, ("no session left"), (NULL));

  return FALSE;
}

static GstFlowReturn
broken_encoder_handle_frame (GstVideoEncoder * encoder,
    GstVideoCodecFrame * frame)
{
  gst_video_codec_frame_unref (frame);
  GST_ELEMENT_ERROR (encoder, RESOURCE, BUSY, ("the device is gone"), (NULL));

  return GST_FLOW_ERROR;
}

static void
broken_encoder_class_init (BrokenEncoderClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVideoEncoderClass *encoder_class = GST_VIDEO_ENCODER_CLASS (klass);

  gst_element_class_add_static_pad_template (element_class, &broken_src);
  gst_element_class_add_static_pad_template (element_class, &broken_sink);
  gst_element_class_set_static_metadata (element_class, "Broken encoder",
      "Codec/Encoder/Video/Hardware", "Fails", "gst-rtc");
  encoder_class->start = broken_encoder_start;
  encoder_class->set_format = broken_encoder_set_format;
  encoder_class->handle_frame = broken_encoder_handle_frame;
}

static void
broken_encoder_init (BrokenEncoder * self)
{
}

static void
add_broken_encoder (void)
{
  fail_unless (gst_element_register (NULL, "brokenvp8enc",
          GST_RANK_PRIMARY + 100, broken_encoder_get_type ()));
}

static void
rank_others_out (void)
{
  GstElementFactory *factory = gst_element_factory_find ("vp8enc");

  gst_plugin_feature_set_rank (GST_PLUGIN_FEATURE (factory), GST_RANK_NONE);
  gst_object_unref (factory);
}

GST_START_TEST (next_encoder_takes_over)
{
  SinkHarness *h;
  Consumer *one;
  Consumer *two;
  g_autofree gchar *log = NULL;

  fail_at = __i__;
  add_broken_encoder ();
  encoder_census_start ();
  h = sink_harness_new_playing (SINK_HARNESS_RAW);
  one = sink_harness_join (h, "one");
  two = sink_harness_join (h, "two");
  consumer_wait_frames (one, 0, 10);
  consumer_wait_frames (two, 0, 10);
  encoder_census_wait ("BrokenEncoder", 0);
  fail_unless_equals_int (encoder_census_get ("GstVP8Enc"), 1);
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed"), 0);
  fail_unless_equals_int (sink_harness_count (h,
          "encoder video_0 brokenvp8enc"), 1);
  fail_unless_equals_int (sink_harness_count (h, "encoder video_0 vp8enc"), 1);

  consumer_leave (one);
  consumer_leave (two);
  g_object_unref (one);
  g_object_unref (two);
  sink_harness_free (h);
}

GST_END_TEST;

/* Pipelines of encoders */

static void
on_rendition_pipeline (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstPipeline * pipeline, SinkHarness * h)
{
  fail_unless_equals_int (GST_BIN (pipeline)->numchildren, 0);
  sink_harness_note (h, g_strdup_printf ("rendition %s %s", pad_name,
          consumer_id));
}

static const struct
{
  const gchar *sharing;
  guint n_renditions;           /* for two consumers */
  guint n_pipelines;
} sharings[] = {
  {"shared", 1, 2},
  {"none", 2, 4},
};

GST_START_TEST (pipelines_are_shown)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *one;
  Consumer *two;

  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)),
      "encoder-sharing", sharings[__i__].sharing);
  g_signal_connect (sink_harness_get_sink (h), "rendition-pipeline-created",
      G_CALLBACK (on_rendition_pipeline), h);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  one = sink_harness_join_and_wait (h, "one");
  two = sink_harness_join_and_wait (h, "two");
  sink_harness_wait (h, "rendition video_0 peer-",
      sharings[__i__].n_renditions);
  sink_harness_wait (h, "pipeline-created peer-", sharings[__i__].n_pipelines);

  consumer_leave (one);
  consumer_leave (two);
  g_object_unref (one);
  g_object_unref (two);
  sink_harness_free (h);
}

GST_END_TEST;

/* What failed is not tried again for the next viewer */
GST_START_TEST (failure_is_remembered)
{
  SinkHarness *h;

  fail_at = FAIL_IN_START;
  add_broken_encoder ();
  encoder_census_start ();
  h = sink_harness_new_playing (SINK_HARNESS_RAW);
  for (guint i = 0; i < 2; i++) {
    Consumer *consumer = sink_harness_join_and_wait (h, "one");

    consumer_leave (consumer);
    g_object_unref (consumer);
    encoder_census_wait (NULL, 0);
  }
  fail_unless_equals_int (sink_harness_count (h,
          "encoder video_0 brokenvp8enc"), 1);
  fail_unless_equals_int (sink_harness_count (h, "encoder video_0 vp8enc"), 2);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (no_encoder_works)
{
  SinkHarness *h;
  Consumer *vp8;
  Consumer *h264;
  g_autofree gchar *call = NULL;

  fail_at = __i__;
  add_broken_encoder ();
  rank_others_out ();
  h = sink_harness_new_playing (SINK_HARNESS_RAW);
  h264 = sink_harness_consumer (h, "h264");
  consumer_set_codec (h264, "H264");
  consumer_join (h264, sink_harness_get_signaller (h));
  consumer_wait_frames (h264, 0, 3);

  vp8 = sink_harness_consumer (h, "vp8");
  consumer_set_codec (vp8, "VP8");
  consumer_join (vp8, sink_harness_get_signaller (h));
  call = fake_signaller_wait (sink_harness_get_signaller (h),
      "end-session vp8");
  fail_unless (strstr (call, "cannot be encoded as VP8") != NULL, "%s", call);
  sink_harness_wait (h, "consumer-removed peer-vp8", 1);

  /* the other codec goes on, and so does the element */
  consumer_forget (h264);
  consumer_wait_frames (h264, 0, 10);
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed"), 1);
  consumer_vanish (vp8);
  consumer_leave (h264);
  g_object_unref (vp8);
  g_object_unref (h264);
  sink_harness_free (h);
}

GST_END_TEST;

/* Stopped while one encoder after the other is tried */
GST_START_TEST (stop_while_trying)
{
  fail_at = FAIL_AT_FIRST_FRAME;
  add_broken_encoder ();
  rank_others_out ();
  for (guint i = 0; i < 10; i++) {
    SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
    Consumer *consumer = sink_harness_consumer (h, "one");

    consumer_set_codec (consumer, "VP8");
    consumer_join (consumer, sink_harness_get_signaller (h));
    sink_harness_wait (h, "encoder ", 1);
    sink_harness_stop (h);
    sink_harness_wait (h, "consumer-removed", 1);
    consumer_vanish (consumer);
    g_object_unref (consumer);
    sink_harness_free (h);
  }
}

GST_END_TEST;

/* The encoder fails when it has worked for a while */

static GstPadProbeReturn
fail_after_some (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  guint *n = data;
  GstElement *encoder = gst_pad_get_parent_element (pad);

  if (++*n == 10)
    GST_ELEMENT_ERROR (encoder, RESOURCE, BUSY, ("the device is gone"), (NULL));
  gst_object_unref (encoder);

  return GST_PAD_PROBE_OK;
}

static gboolean
sabotage (GstElement * sink, const gchar * consumer_id, const gchar * pad_name,
    GstElement * encoder, guint * n)
{
  GstPad *pad = gst_element_get_static_pad (encoder, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, fail_after_some, n, NULL);
  gst_object_unref (pad);

  return FALSE;
}

static gboolean
sabotage_x264enc (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, guint * n)
{
  if (g_str_equal (GST_OBJECT_NAME (gst_element_get_factory (encoder)),
          "x264enc"))
    sabotage (sink, consumer_id, pad_name, encoder, n);

  return FALSE;
}

/* Whoever watches goes on with the next one */
GST_START_TEST (encoder_is_replaced)
{
  SinkHarness *h = sink_harness_new ();
  guint n = 0;
  Consumer *consumer = sink_harness_consumer (h, "one");
  ConsumerStats stats;

  g_signal_connect (sink_harness_get_sink (h), "encoder-setup",
      G_CALLBACK (sabotage_x264enc), &n);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer_set_codec (consumer, "H264");
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 5);
  sink_harness_wait (h, "encoder video_0 openh264enc", 1);
  consumer_forget (consumer);
  consumer_wait_frames (consumer, 0, 30);
  consumer_get_stats (consumer, 0, &stats);
  fail_unless_equals_int (stats.n_holes, 0);
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed"), 0);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (encoder_dies)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  guint n = 0;
  gulong handler = g_signal_connect (sink_harness_get_sink (h),
      "encoder-setup", G_CALLBACK (sabotage), &n);
  Consumer *consumer = sink_harness_join (h, "one");
  g_autofree gchar *call = fake_signaller_wait (sink_harness_get_signaller (h),
      "end-session one");

  fail_unless (strstr (call, "the device is gone") != NULL, "%s", call);
  sink_harness_wait (h, "consumer-removed", 1);
  consumer_vanish (consumer);
  g_object_unref (consumer);

  /* who comes next gets a new one */
  g_signal_handler_disconnect (sink_harness_get_sink (h), handler);
  consumer = sink_harness_join_and_wait (h, "two");
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Nothing on the machine encodes any of the codecs that were offered */
GST_START_TEST (no_encoder_at_all)
{
  GList *encoders = gst_element_factory_list_get_elements
      (GST_ELEMENT_FACTORY_TYPE_VIDEO_ENCODER, GST_RANK_NONE);
  SinkHarness *h;
  Consumer *consumers[2];

  for (GList * l = encoders; l; l = l->next)
    gst_plugin_feature_set_rank (l->data, GST_RANK_NONE);
  h = sink_harness_new_playing (SINK_HARNESS_RAW);
  for (guint i = 0; i < G_N_ELEMENTS (consumers); i++) {
    g_autofree gchar *id = g_strdup_printf ("c%u", i);
    g_autofree gchar *prefix = g_strconcat ("end-session ", id, NULL);
    g_autofree gchar *call = NULL;

    consumers[i] = sink_harness_join (h, id);
    call = fake_signaller_wait (sink_harness_get_signaller (h), prefix);
    fail_unless (strstr (call, "installed can send") != NULL, "%s", call);
    sink_harness_wait (h, "consumer-removed", i + 1);
  }

  for (guint i = 0; i < G_N_ELEMENTS (consumers); i++) {
    consumer_vanish (consumers[i]);
    g_object_unref (consumers[i]);
  }
  sink_harness_free (h);
  gst_plugin_feature_list_free (encoders);
}

GST_END_TEST;

static gboolean
sabotage_vp8 (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, guint * n)
{
  if (g_str_equal (G_OBJECT_TYPE_NAME (encoder), "GstVP8Enc"))
    sabotage (sink, consumer_id, pad_name, encoder, n);

  return FALSE;
}

/* Only those whom it fed notice */
GST_START_TEST (encoder_dies_beside_another)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *h264 = sink_harness_consumer (h, "h264");
  Consumer *vp8 = sink_harness_consumer (h, "vp8");
  g_autofree gchar *call = NULL;
  ConsumerStats stats;
  guint n = 0;

  g_signal_connect (sink_harness_get_sink (h), "encoder-setup",
      G_CALLBACK (sabotage_vp8), &n);
  consumer_set_codec (h264, "H264");
  consumer_set_codec (vp8, "VP8");
  consumer_join (h264, sink_harness_get_signaller (h));
  consumer_wait_frames (h264, 0, 3);
  consumer_join (vp8, sink_harness_get_signaller (h));
  call = fake_signaller_wait (sink_harness_get_signaller (h),
      "end-session vp8");
  fail_unless (strstr (call, "the device is gone") != NULL, "%s", call);
  sink_harness_wait (h, "consumer-removed peer-vp8", 1);

  consumer_forget (h264);
  consumer_wait_frames (h264, 0, 10);
  consumer_get_stats (h264, 0, &stats);
  fail_unless_equals_int (stats.n_holes, 0);
  fail_unless_equals_int (sink_harness_count (h, "consumer-removed"), 1);
  consumer_vanish (vp8);
  consumer_leave (h264);
  g_object_unref (vp8);
  g_object_unref (h264);
  sink_harness_free (h);
}

GST_END_TEST;

/* Frames that live on a graphics card: a converter of another name, that
 * brings them to system memory as the real one would */

typedef struct
{
  GstBaseTransform parent;
} FakeDownload;

typedef struct
{
  GstBaseTransformClass parent_class;
} FakeDownloadClass;

static GType fake_download_get_type (void);

G_DEFINE_TYPE (FakeDownload, fake_download, GST_TYPE_BASE_TRANSFORM);

static GstStaticPadTemplate download_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw"));
static GstStaticPadTemplate download_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("video/x-raw(memory:VAMemory); "
        "video/x-raw(memory:DMABuf)"));

static GstCaps *
with_feature (GstCaps * caps, const gchar * feature)
{
  GstCaps *copy = gst_caps_copy (caps);

  for (guint i = 0; i < gst_caps_get_size (copy); i++)
    gst_caps_set_features (copy, i, gst_caps_features_new (feature, NULL));

  return copy;
}

static GstCaps *
fake_download_transform_caps (GstBaseTransform * transform,
    GstPadDirection direction, GstCaps * caps, GstCaps * filter)
{
  GstCaps *other;

  if (direction == GST_PAD_SINK)
    return with_feature (caps, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY);
  other = with_feature (caps, "memory:VAMemory");
  gst_caps_append (other, with_feature (caps, "memory:DMABuf"));

  return other;
}

static GstFlowReturn
fake_download_transform_ip (GstBaseTransform * transform, GstBuffer * buffer)
{
  return GST_FLOW_OK;
}

static void
fake_download_class_init (FakeDownloadClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (klass);

  gst_element_class_add_static_pad_template (element_class, &download_src);
  gst_element_class_add_static_pad_template (element_class, &download_sink);
  gst_element_class_set_static_metadata (element_class, "Fake download",
      "Filter/Converter/Video", "Plays another", "gst-rtc");
  transform_class->transform_caps = fake_download_transform_caps;
  transform_class->transform_ip = fake_download_transform_ip;
}

static void
fake_download_init (FakeDownload * self)
{
}

static const gchar *const memories[] = { "memory:VAMemory", "memory:DMABuf" };

GST_START_TEST (frames_on_a_card)
{
  SinkHarness *h = sink_harness_new ();
  g_autofree gchar *line = g_strdup_printf ("videotestsrc is-live=true ! "
      "video/x-raw,format=I420,width=64,height=48,framerate=30/1 ! "
      "capssetter join=false replace=true caps=video/x-raw(%s),format=I420,"
      "width=64,height=48,framerate=30/1", memories[__i__]);
  Consumer *consumer;

  fail_unless (gst_element_register (NULL, "vapostproc", GST_RANK_NONE,
          fake_download_get_type ()));
  sink_harness_add (h, line);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 10);
  consumer_wait_size (consumer, 64, 48);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsink_encoders_suite (void)
{
  Suite *s = suite_create ("webrtcsink-encoders");
  TCase *tc = tcase_create ("failing");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_loop_test (tc, next_encoder_takes_over, FAIL_IN_START,
      FAIL_AT_FIRST_FRAME + 1);
  tcase_add_loop_test (tc, pipelines_are_shown, 0, G_N_ELEMENTS (sharings));
  tcase_add_test (tc, failure_is_remembered);
  tcase_add_loop_test (tc, no_encoder_works, FAIL_IN_START,
      FAIL_AT_FIRST_FRAME + 1);
  tcase_add_test (tc, stop_while_trying);
  tcase_add_test (tc, encoder_is_replaced);
  tcase_add_test (tc, encoder_dies);
  tcase_add_test (tc, encoder_dies_beside_another);
  tcase_add_test (tc, no_encoder_at_all);
  tcase_add_loop_test (tc, frames_on_a_card, 0, G_N_ELEMENTS (memories));

  return s;
}

GST_CHECK_MAIN (webrtcsink_encoders);
