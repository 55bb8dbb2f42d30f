/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Encoders that this machine does not have, played by elements of the same
 * name with the same properties: what is set on them, which is tried first,
 * and what stands before them. */

#include "gst/webrtc/codecs.h"
#include "gst/webrtc/converter.h"
#include "gst/webrtc/encoderconfig.h"
#include "gst/webrtc/encoders.h"

#include <gst/check/gstcheck.h>
#include <gst/video/video.h>
#include <string.h>

/* An encoder whose properties are what a test says: texts, so that enums need
 * no type, and numbers where the type counts */

typedef struct
{
  const gchar *factory;
  const gchar *caps;
  const gchar *sink_caps;
  const gchar *texts;           /* names, separated by spaces */
  const gchar *number;          /* name of the one number, or NULL */
  guint initial;
  const gchar *blurb;
} FakeEncoder;

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  g_object_set_data_full (object, g_intern_string (pspec->name),
      G_VALUE_HOLDS_STRING (value) ? g_value_dup_string (value) :
      gst_value_serialize (value), g_free);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  const gchar *text = g_object_get_data (object, pspec->name);

  if (text)
    gst_value_deserialize (value, text);
}

static void
add_template (GstElementClass * klass, const gchar * name,
    GstPadDirection direction, const gchar * text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  gst_element_class_add_pad_template (klass, gst_pad_template_new (name,
          direction, GST_PAD_ALWAYS, caps));
}

static void
fake_class_init (gpointer klass, gpointer data)
{
  const FakeEncoder *fake = data;
  GObjectClass *object_class = klass;
  g_auto (GStrv) texts = g_strsplit (fake->texts ? fake->texts : "", " ", -1);
  guint id = 1;

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  for (guint i = 0; texts[i] && *texts[i]; i++)
    g_object_class_install_property (object_class, id++,
        g_param_spec_string (texts[i], NULL, NULL, NULL, G_PARAM_READWRITE));
  if (fake->number)
    g_object_class_install_property (object_class, id++,
        g_param_spec_uint (fake->number, NULL, fake->blurb, 0, G_MAXUINT,
            fake->initial, G_PARAM_READWRITE));
  if (g_str_has_prefix (fake->factory, "nvv4l2"))
    g_signal_new ("force-IDR", G_TYPE_FROM_CLASS (klass), G_SIGNAL_ACTION, 0,
        NULL, NULL, NULL, G_TYPE_NONE, 0);
  add_template (klass, "src", GST_PAD_SRC, fake->caps);
  add_template (klass, "sink", GST_PAD_SINK,
      fake->sink_caps ? fake->sink_caps : "video/x-raw");
  gst_element_class_set_static_metadata (klass, "Fake encoder",
      "Codec/Encoder/Video/Hardware", "Plays another", "gst-rtc");
}

static void
add_encoder (const FakeEncoder * fake, guint rank)
{
  GTypeQuery query;
  g_autofree gchar *name = g_strdup_printf ("Fake-%s", fake->factory);
  GTypeInfo info = { 0, };

  g_type_query (GST_TYPE_VIDEO_ENCODER, &query);
  info.class_size = query.class_size;
  info.instance_size = query.instance_size;
  info.class_init = fake_class_init;
  info.class_data = fake;
  fail_unless (gst_element_register (NULL, fake->factory, rank,
          g_type_register_static (GST_TYPE_VIDEO_ENCODER, name, &info, 0)));
}

/* Settings */

static const struct
{
  FakeEncoder encoder;
  const gchar *expected;        /* after 1500000 bit/s */
} configured[] = {
  {{"nvh264enc", "video/x-h264", NULL, "rc-mode gop-size zerolatency",
          "bitrate", 0, "Bitrate in kbit/sec"},
      "bitrate=1500 rc-mode=cbr-ld-hq gop-size=2560 zerolatency=true"},
  {{"nvh265enc", "video/x-h265", NULL, "rc-mode zerolatency", "bitrate"},
      "bitrate=1500 rc-mode=cbr-ld-hq zerolatency=true"},
  {{"vah264enc", "video/x-h264", NULL, "rate-control key-int-max", "bitrate"},
      "bitrate=1500 rate-control=cbr key-int-max=256"},
  {{"vah265lpenc", "video/x-h265", NULL, "rate-control", "bitrate"},
      "bitrate=1500 rate-control=cbr"},
  {{"vaapih264enc", "video/x-h264", NULL, "rate-control keyframe-period",
          "bitrate"},
      "bitrate=1500 rate-control=cbr keyframe-period=2560"},
  {{"qsvh264enc", "video/x-h264", NULL, "rate-control low-latency gop-size",
          "bitrate"},
      "bitrate=1500 rate-control=cbr low-latency=true gop-size=2560"},
  {{"nvv4l2h264enc", "video/x-h264", NULL, "control-rate insert-sps-pps "
              "maxperf-enable", "bitrate"},
      "bitrate=1500000 control-rate=constant_bitrate insert-sps-pps=true "
      "maxperf-enable=true"},
  {{"nvv4l2vp8enc", "video/x-vp8", NULL, "control-rate insert-sps-pps",
          "bitrate"},
      "bitrate=1500000 control-rate=constant_bitrate insert-sps-pps="},
  {{"nvcudah264enc", "video/x-h264", NULL, "tune rate-control", "bitrate"},
      "bitrate=1500 tune=ultra-low-latency rate-control=cbr"},
  {{"qtic2venc", "video/x-h264", NULL, "control-rate", "target-bitrate"},
      "target-bitrate=1500000 control-rate=constant"},
  {{"v4l2h264enc", "video/x-h264", NULL, "extra-controls gop-size",
          "bitrate"},
      "bitrate=1500000 gop-size=2560 "
      "extra-controls=controls,repeat_sequence_header=1"},
  {{"rav1enc", "video/x-av1", NULL, "speed-preset low-latency", "bitrate"},
      "bitrate=1500000 speed-preset=10 low-latency=true"},
  {{"svtav1enc", "video/x-av1", NULL, "preset", "target-bitrate"},
      "target-bitrate=1500 preset=10"},
  /* not in the table: by the blurb, or by the default */
  {{"inkbits", "video/x-h264", NULL, "tune", "bitrate", 0,
          "Bitrate in kbit/sec"}, "bitrate=1500 tune="},
  {{"inkbps", "video/x-h264", NULL, NULL, "bitrate", 0, "Rate (kbps)"},
      "bitrate=1500"},
  {{"inbits", "video/x-h264", NULL, NULL, "target-bitrate", 0,
          "Target bitrate in bits per second"}, "target-bitrate=1500000"},
  {{"bydefault", "video/x-h264", NULL, NULL, "bitrate", 300000, "Bitrate"},
      "bitrate=1500000"},
  {{"bysmalldefault", "video/x-h264", NULL, NULL, "bitrate", 2000, NULL},
      "bitrate=1500"},
};

static const gchar *
get_text (GstElement * encoder, const gchar * name)
{
  const gchar *text = g_object_get_data (G_OBJECT (encoder), name);

  return text ? text : "";
}

GST_START_TEST (settings)
{
  const FakeEncoder *fake = &configured[__i__].encoder;
  g_auto (GStrv) expected = g_strsplit (configured[__i__].expected, " ", -1);
  GstElement *encoder;

  add_encoder (fake, GST_RANK_PRIMARY);
  encoder = gst_object_ref_sink (gst_element_factory_make (fake->factory,
          NULL));
  gst_rtc_encoder_configure (encoder, 1500000);
  for (guint i = 0; expected[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (expected[i], "=", 2);
    const gchar *text = get_text (encoder, parts[0]);

    fail_unless (g_str_equal (text, parts[1]), "%s of %s is '%s' and not '%s'",
        parts[0], fake->factory, text, parts[1]);
  }
  fail_unless_equals_int (gst_rtc_encoder_get_bitrate (encoder), 1500000);

  fail_unless (gst_rtc_encoder_set_bitrate (encoder, 700000));
  fail_unless_equals_int (gst_rtc_encoder_get_bitrate (encoder), 700000);
  gst_object_unref (encoder);
}

GST_END_TEST;

/* 0 lets an encoder choose by itself */
GST_START_TEST (least_bitrate)
{
  GstElement *encoder;

  add_encoder (&configured[0].encoder, GST_RANK_PRIMARY);
  encoder = gst_object_ref_sink (gst_element_factory_make ("nvh264enc", NULL));
  fail_unless (gst_rtc_encoder_set_bitrate (encoder, 900));
  fail_unless_equals_int (gst_rtc_encoder_get_bitrate (encoder), 1000);
  gst_object_unref (encoder);
}

GST_END_TEST;

/* The driver's own controls, where the element has no property for it */
GST_START_TEST (controls_of_v4l2)
{
  static const FakeEncoder fake = {
    "v4l2h264enc", "video/x-h264", NULL, "extra-controls"
  };
  GstElement *encoder;
  const gchar *text;
  GstStructure *controls;
  gint number;

  add_encoder (&fake, GST_RANK_PRIMARY);
  encoder = gst_object_ref_sink (gst_element_factory_make (fake.factory, NULL));
  gst_rtc_encoder_configure (encoder, 1500000);
  fail_unless (gst_rtc_encoder_set_bitrate (encoder, 800000));
  text = get_text (encoder, "extra-controls");
  controls = gst_structure_from_string (text, NULL);
  fail_unless (controls != NULL, "%s", text);
  fail_unless (gst_structure_get_int (controls, "video_bitrate", &number));
  fail_unless_equals_int (number, 800000);
  fail_unless (gst_structure_get_int (controls, "video_gop_size", &number));
  fail_unless_equals_int (number, 2560);
  gst_structure_free (controls);
  gst_object_unref (encoder);
}

GST_END_TEST;

GST_START_TEST (no_bitrate_at_all)
{
  static const FakeEncoder fake = { "plain", "video/x-h264", NULL, "quality" };
  GstElement *encoder;

  add_encoder (&fake, GST_RANK_PRIMARY);
  encoder = gst_object_ref_sink (gst_element_factory_make (fake.factory, NULL));
  gst_rtc_encoder_configure (encoder, 1500000);
  fail_if (gst_rtc_encoder_set_bitrate (encoder, 1500000));
  fail_unless_equals_int (gst_rtc_encoder_get_bitrate (encoder), 0);
  gst_object_unref (encoder);
}

GST_END_TEST;

/* Quirks */

static GstElement *
make_quirky (const FakeEncoder * fake)
{
  GstElement *encoder;

  add_encoder (fake, GST_RANK_PRIMARY);
  encoder = gst_object_ref_sink (gst_element_factory_make (fake->factory,
          NULL));
  gst_rtc_encoder_apply_quirks (encoder);
  gst_element_set_state (encoder, GST_STATE_PAUSED);

  return encoder;
}

static void
drop_quirky (GstElement * encoder)
{
  gst_element_set_state (encoder, GST_STATE_NULL);
  gst_object_unref (encoder);
}

static void
count_call (GstElement * encoder, guint * n)
{
  (*n)++;
}

static void
ask_for_key_unit (GstPad * src)
{
  gst_pad_send_event (src,
      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
          0));
}

/* Asked for a key frame by an action, which it does not bear before its first
 * output */
GST_START_TEST (action_for_key_frames)
{
  static const FakeEncoder fake = { "nvv4l2h264enc", "video/x-h264" };
  GstElement *encoder = make_quirky (&fake);
  GstPad *src = gst_element_get_static_pad (encoder, "src");
  g_autoptr (GstCaps) caps = gst_caps_from_string ("video/x-h264");
  guint n = 0;

  g_signal_connect (encoder, "force-IDR", G_CALLBACK (count_call), &n);
  ask_for_key_unit (src);
  fail_unless_equals_int (n, 0);
  gst_pad_push_event (src, gst_event_new_stream_start ("x"));
  gst_pad_set_caps (src, caps);
  ask_for_key_unit (src);
  fail_unless_equals_int (n, 1);
  gst_object_unref (src);
  drop_quirky (encoder);
}

GST_END_TEST;

static GstPadProbeReturn
take_buffer (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  *(GstBuffer **) data = gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info));

  return GST_PAD_PROBE_DROP;
}

/* Wants the meta on every frame, also of those who leave it out */
GST_START_TEST (meta_on_frames)
{
  static const FakeEncoder fake = {
    "qtic2venc", "video/x-h264", "video/x-raw,format={I420,NV12}"
  };
  GstElement *encoder = make_quirky (&fake);
  GstElementFactory *factory = gst_element_get_factory (encoder);
  GstPad *sink = gst_element_get_static_pad (encoder, "sink");
  g_autoptr (GstCaps) caps = gst_caps_from_string ("video/x-raw,format=NV12,"
      "width=64,height=48,framerate=30/1");
  GstBuffer *taken = NULL;
  GstVideoMeta *meta;
  GstSegment segment;

  fail_unless_equals_string (gst_rtc_encoder_get_raw_formats (factory), "NV12");
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER, take_buffer, &taken,
      NULL);
  gst_pad_send_event (sink, gst_event_new_stream_start ("x"));
  gst_pad_send_event (sink, gst_event_new_caps (caps));
  gst_pad_send_event (sink, gst_event_new_segment (&segment));
  gst_pad_chain (sink, gst_buffer_new_allocate (NULL, 64 * 48 * 3 / 2, NULL));
  fail_unless (taken != NULL);
  meta = gst_buffer_get_video_meta (taken);
  fail_unless (meta != NULL);
  fail_unless_equals_int (meta->width, 64);
  fail_unless_equals_int (meta->n_planes, 2);
  gst_buffer_unref (taken);
  gst_object_unref (sink);
  drop_quirky (encoder);
}

GST_END_TEST;

/* The real ones: each setting of the table is one that they take */
GST_START_TEST (real_encoders)
{
  static const struct
  {
    const gchar *factory;
    const gchar *property;
    const gchar *expected;
  } real[] = {
    {"vp8enc", "end-usage", "cbr"},
    {"vp8enc", "deadline", "1"},
    {"vp9enc", "target-bitrate", "600000"},
    {"x264enc", "bitrate", "600"},
    {"x264enc", "tune", "Zero latency"},
    {"x264enc", "speed-preset", "ultrafast"},
    {"x265enc", "tune", "zerolatency"},
    {"openh264enc", "rate-control", "bitrate"},
    {"openh264enc", "bitrate", "600000"},
    {"av1enc", "usage-profile", "realtime"},
    {"av1enc", "target-bitrate", "600"},
  };
  GstElement *encoder = gst_element_factory_make (real[__i__].factory, NULL);
  GValue value = G_VALUE_INIT;
  g_autofree gchar *text = NULL;

  fail_unless (encoder != NULL, "there is no %s", real[__i__].factory);
  gst_object_ref_sink (encoder);
  gst_rtc_encoder_configure (encoder, 600000);
  g_object_get_property (G_OBJECT (encoder), real[__i__].property, &value);
  text = gst_value_serialize (&value);
  fail_unless (g_str_has_prefix (text, real[__i__].expected), "%s of %s is %s",
      real[__i__].property, real[__i__].factory, text);
  g_value_unset (&value);
  gst_object_unref (encoder);
}

GST_END_TEST;

#define N_REAL 11

/* Order */

static const gchar *
get_first (const gchar * caps_text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_text);
  GList *list = gst_rtc_encoders_list (caps);
  const gchar *first;

  fail_unless (list != NULL);
  first = g_intern_string (GST_OBJECT_NAME (list->data));
  gst_plugin_feature_list_free (list);

  return first;
}

static void
fail_encoder (const gchar * name)
{
  GstElementFactory *factory = gst_element_factory_find (name);

  gst_rtc_encoders_note_failure (factory);
  gst_object_unref (factory);
}

GST_START_TEST (failed_ones_come_last)
{
  static const FakeEncoder best = { "bestenc", "video/x-h264,profile=main" };
  static const FakeEncoder next = { "nextenc", "video/x-h264" };
  static const FakeEncoder any = { "anyenc", "ANY" };

  add_encoder (&best, GST_RANK_PRIMARY + 20);
  add_encoder (&next, GST_RANK_PRIMARY + 10);
  add_encoder (&any, GST_RANK_PRIMARY + 30);
  fail_unless_equals_string (get_first ("video/x-h264"), "bestenc");
  fail_unless_equals_string (get_first ("video/x-h264,profile=high"),
      "nextenc");

  fail_encoder ("bestenc");
  fail_unless_equals_string (get_first ("video/x-h264"), "nextenc");
  fail_encoder ("nextenc");
  fail_unless_equals_string (get_first ("video/x-h264"), "x264enc");

  /* they are still there, for when nothing else is */
  {
    g_autoptr (GstCaps) caps = gst_caps_from_string ("video/x-h264");
    GList *list = gst_rtc_encoders_list (caps);
    GList *last = g_list_last (list);

    fail_unless_equals_string (GST_OBJECT_NAME (last->data), "nextenc");
    fail_unless_equals_string (GST_OBJECT_NAME (last->prev->data), "bestenc");
    gst_plugin_feature_list_free (list);
  }
}

GST_END_TEST;

/* Many a driver has no other word for constrained baseline */
GST_START_TEST (baseline_is_good_enough)
{
  static const FakeEncoder baseline = {
    "baselineenc", "video/x-h264,profile={baseline,main}"
  };
  static const FakeEncoder main = { "mainenc", "video/x-h264,profile=main" };
  GList *list;

  add_encoder (&main, GST_RANK_PRIMARY + 20);
  add_encoder (&baseline, GST_RANK_PRIMARY + 10);
  list = gst_rtc_codec_list_encoders (gst_rtc_codec_find ("H264"));
  fail_unless_equals_string (GST_OBJECT_NAME (list->data), "baselineenc");
  gst_plugin_feature_list_free (list);
}

GST_END_TEST;

/* Converters */

static void
add_element (const gchar * name)
{
  GstElementFactory *identity = gst_element_factory_find ("identity");

  gst_object_unref (gst_plugin_feature_load (GST_PLUGIN_FEATURE (identity)));
  gst_object_unref (identity);
  gst_element_register (NULL, name, GST_RANK_NONE,
      g_type_from_name ("GstIdentity"));
}

static const struct
{
  const gchar *codec;
  const gchar *input;
  const gchar *encoder;         /* takes what it is given, if it is not real */
  const gchar *sink_caps;
  const gchar *elements;        /* that are installed, besides real ones */
  const gchar *expected;
} converters[] = {
  {"VP8", "video/x-raw, framerate=30/1", "vp8enc", NULL, "",
      "videorate drop-only=true skip-to-first=true ! videoconvert ! "
        "videoscale"},
  {"VP8", "video/x-raw, framerate=0/1", "vp8enc", NULL, "",
      "videoconvert ! videoscale"},
  {"H264", "video/x-raw(memory:CUDAMemory)", "nvh264enc",
        "video/x-raw(memory:CUDAMemory)", "cudaupload cudaconvert cudascale",
      "cudaupload ! cudaconvert ! cudascale"},
  {"H264", "video/x-raw(memory:CUDAMemory)", "x264enc", NULL,
        "cudaupload cudaconvert cudascale cudadownload",
      "cudaupload ! cudaconvert ! cudascale ! cudadownload"},
  {"H264", "video/x-raw(memory:CUDAMemory)", "x264enc", NULL, "cudadownload",
      "cudadownload ! videoconvert ! videoscale"},
  {"H264", "video/x-raw(memory:GLMemory)", "nvh264enc",
        "video/x-raw; video/x-raw(memory:GLMemory)", "",
      "glupload ! glcolorconvert ! glcolorscale ! glcolorconvert"},
  {"VP8", "video/x-raw(memory:GLMemory), framerate=25/1", "vp8enc", NULL, "",
      "videorate drop-only=true skip-to-first=true ! glupload ! "
        "glcolorconvert ! glcolorscale ! glcolorconvert ! gldownload"},
  {"H264", "video/x-raw(memory:VAMemory)", "vah264enc",
      "video/x-raw(memory:VAMemory)", "vapostproc", "vapostproc"},
  {"VP8", "video/x-raw(memory:VAMemory)", "vp8enc", NULL, "vapostproc",
      "vapostproc"},
  {"H264", "video/x-raw(memory:DMABuf)", "vah264enc",
      "video/x-raw(memory:VAMemory)", "vapostproc", "vapostproc"},
  {"H264", "video/x-raw(memory:NVMM)", "nvv4l2h264enc",
      "video/x-raw(memory:NVMM)", "nvvidconv", "queue ! nvvidconv"},
  {"H264", "video/x-raw", "nvv4l2h264enc", "video/x-raw(memory:NVMM)",
      "nvvidconv", "queue ! nvvidconv"},
  {"H264", "video/x-raw(memory:D3D11Memory)", "x264enc", NULL,
        "d3d11upload d3d11convert d3d11download",
      "d3d11upload ! d3d11convert ! d3d11download"},
  {"H264", "video/x-raw", "v4l2h264enc", "video/x-raw", "v4l2convert",
      "v4l2convert"},
  {"OPUS", "audio/x-raw, rate=48000", "opusenc", NULL, "", "audioconvert"},
  {"OPUS", "audio/x-raw, rate=44100", "opusenc", NULL, "",
      "audioresample ! audioconvert"},
  {"L16", "audio/x-raw, rate=48000", NULL, NULL, "",
      "audioresample ! audioconvert"},
  {"RAW", "video/x-raw, framerate=0/1", NULL, NULL, "",
      "videoconvert ! videoscale"},
};

GST_START_TEST (converter)
{
  g_auto (GStrv) names = g_strsplit (converters[__i__].elements, " ", -1);
  g_autoptr (GstCaps) input = gst_caps_from_string (converters[__i__].input);
  GstElementFactory *encoder = NULL;
  g_autofree gchar *text = NULL;
  const FakeEncoder fake = {
    converters[__i__].encoder, "video/x-h264", converters[__i__].sink_caps
  };

  for (guint i = 0; names[i] && *names[i]; i++)
    add_element (names[i]);
  if (converters[__i__].sink_caps)
    add_encoder (&fake, GST_RANK_PRIMARY);
  if (converters[__i__].encoder)
    encoder = gst_element_factory_find (converters[__i__].encoder);
  text = gst_rtc_converter_describe (gst_rtc_codec_find
      (converters[__i__].codec), input, encoder);
  fail_unless_equals_string (text, converters[__i__].expected);
  gst_clear_object (&encoder);
}

GST_END_TEST;

static Suite *
encoders_suite (void)
{
  Suite *s = suite_create ("encoders");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, settings, 0, G_N_ELEMENTS (configured));
  tcase_add_loop_test (tc, real_encoders, 0, N_REAL);
  tcase_add_test (tc, least_bitrate);
  tcase_add_test (tc, controls_of_v4l2);
  tcase_add_test (tc, no_bitrate_at_all);
  tcase_add_test (tc, action_for_key_frames);
  tcase_add_test (tc, meta_on_frames);
  tcase_add_test (tc, failed_ones_come_last);
  tcase_add_test (tc, baseline_is_good_enough);
  tcase_add_loop_test (tc, converter, 0, G_N_ELEMENTS (converters));

  return s;
}

GST_CHECK_MAIN (encoders);
