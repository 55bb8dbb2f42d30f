/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How each encoder is told to be fast and to keep to a bitrate: a table, so
 * that a new encoder is a new row. Settings that an encoder's version does not
 * have are left out. A video encoder that is not in the table is left as it
 * is, but for its bitrate, if it has a property that looks like one. */

#include "encoderconfig.h"

#include <gst/audio/audio.h>
#include <gst/video/video.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (webrtcencoder_debug);
#define GST_CAT_DEFAULT webrtcencoder_debug

/* Defaults from here on are taken for bit/s, and below for kbit/s */
#define LEAST_BITS 20000

typedef enum
{
  QUIRK_NONE = 0,
  QUIRK_FORCE_IDR = 1 << 0,     /* key frames are asked for by an action */
  QUIRK_VIDEO_META = 1 << 1,    /* needs the meta on every frame */
} Quirks;

typedef struct
{
  const gchar *factory;         /* '*' stands for anything */
  const gchar *bitrate;         /* property that can change while running */
  guint unit;                   /* bit/s in one of the property's unit */
  const gchar *settings;        /* name=value, separated by spaces */
  const gchar *controls;        /* V4L2's, where there is no such property */
  const gchar *formats;         /* of raw video, if it takes more than works */
  Quirks quirks;
} EncoderConfig;

#define VPX_SETTINGS \
    "deadline=1 cpu-used=-16 keyframe-max-dist=2000 " \
    "keyframe-mode=disabled end-usage=cbr buffer-initial-size=100 " \
    "buffer-optimal-size=120 buffer-size=150 max-intra-bitrate=250 " \
    "error-resilient=default lag-in-frames=0"
#define QSV_SETTINGS \
    "gop-size=2560 low-latency=true disable-hrd-conformance=true " \
    "rate-control=cbr"
#define NVCODEC_SETTINGS \
    "gop-size=2560 rate-control=cbr tune=ultra-low-latency " \
    "zero-reorder-delay=true"
#define NVV4L2_SETTINGS \
    "preset-level=UltraFastPreset maxperf-enable=true " \
    "control-rate=constant_bitrate"

/* In order: the first that matches counts. Key frames come on request. */
static const EncoderConfig configs[] = {
  {"vp8enc", "target-bitrate", 1, VPX_SETTINGS},
  {"vp9enc", "target-bitrate", 1, VPX_SETTINGS},
  {"x264enc", "bitrate", 1000,
      "tune=zerolatency speed-preset=ultrafast threads=4 key-int-max=2560 "
        "b-adapt=false vbv-buf-capacity=120"},
  {"x265enc", "bitrate", 1000,
      "tune=zerolatency speed-preset=ultrafast key-int-max=2560"},
  {"openh264enc", "bitrate", 1,
      "gop-size=2560 rate-control=bitrate complexity=low "
        "background-detection=false scene-change-detection=false"},
  {"av1enc", "target-bitrate", 1000,
      "end-usage=cbr keyframe-max-dist=2147483647 usage-profile=realtime "
        "cpu-used=8 lag-in-frames=0"},
  {"rav1enc", "bitrate", 1,
      "low-latency=true max-key-frame-interval=715827882 speed-preset=10"},
  {"svtav1enc", "target-bitrate", 1000, "preset=10"},

  /* NVIDIA's cards, and its Jetson boards */
  {"nvh26?enc", "bitrate", 1000,
        "gop-size=2560 rc-mode=cbr-ld-hq zerolatency=true",
      .formats = "{NV12,YV12,I420}"},
  {"nvav1enc", "bitrate", 1000, "gop-size=-1 rc-mode=cbr zerolatency=true"},
  {"nvcudah26?enc", "bitrate", 1000, NVCODEC_SETTINGS},
  {"nvd3d11h26?enc", "bitrate", 1000, NVCODEC_SETTINGS},
  {"nvautogpuh26?enc", "bitrate", 1000, NVCODEC_SETTINGS},
  {"nvv4l2av1enc", "bitrate", 1, NVV4L2_SETTINGS,.quirks = QUIRK_FORCE_IDR},
  {"nvv4l2vp*", "bitrate", 1, NVV4L2_SETTINGS " idrinterval=256",
      .quirks = QUIRK_FORCE_IDR},
  {"nvv4l2h26*", "bitrate", 1, NVV4L2_SETTINGS " insert-vui=true "
        "idrinterval=256 insert-sps-pps=true insert-aud=true",
      .quirks = QUIRK_FORCE_IDR},

  /* Intel's, AMD's and whatever has a driver for VA */
  {"vaapi*", "bitrate", 1000, "keyframe-period=2560 rate-control=cbr"},
  {"va*enc", "bitrate", 1000, "key-int-max=256 rate-control=cbr"},
  {"qsv*enc", "bitrate", 1000, QSV_SETTINGS},
  {"msdk*enc", "bitrate", 1000,
      "gop-size=2560 rate-control=cbr b-frames=0 target-usage=7"},
  {"amf*enc", "bitrate", 1000, "usage=ultra-low-latency rate-control=cbr"},

  /* of operating systems */
  {"mf*enc", "bitrate", 1000, "gop-size=2560 rc-mode=cbr low-latency=true"},
  {"d3d12*enc", "bitrate", 1000, "gop-size=2560 rate-control=cbr"},
  {"vtenc_*", "bitrate", 1000,
      "realtime=true allow-frame-reordering=false max-keyframe-interval=2560"},

  /* of chips */
  {"vpuenc_*", "bitrate", 1000, "gop-size=2560"},
  {"qtic2venc", "target-bitrate", 1,
        "idr-interval=4294967295 control-rate=constant",
      .formats = "NV12",.quirks = QUIRK_VIDEO_META},
  {"v4l2h264enc", "bitrate", 1,
        "gop-size=2560 extra-controls=controls,repeat_sequence_header=1",
      .controls = "extra-controls,video_gop_size=2560,"
        "repeat_sequence_header=1"},
};

/* Names that encoders give to it, most telling first */
static const gchar *const bitrate_names[] = {
  "target-bitrate", "bitrate", "target-bit-rate", "bit-rate",
};

/* What blurbs say of the unit */
static const struct
{
  const gchar *word;
  guint unit;
} unit_words[] = {
  {"kbit", 1000},
  {"kbps", 1000},
  {"kb/s", 1000},
  {"kilobit", 1000},
  {"mbit", 1000000},
  {"mbps", 1000000},
  {"bit/s", 1},
  {"bits/s", 1},
  {"bps", 1},
  {"bits per second", 1},
  {"bit per second", 1},
};

static void
init_debug (void)
{
  GST_DEBUG_CATEGORY_INIT (webrtcencoder_debug, "webrtcencoder", 0,
      "Settings of encoders");
}

static const EncoderConfig *
find_config (GstElementFactory * factory)
{
  for (guint i = 0; factory && i < G_N_ELEMENTS (configs); i++) {
    if (g_pattern_match_simple (configs[i].factory, GST_OBJECT_NAME (factory)))
      return &configs[i];
  }

  return NULL;
}

static GParamSpec *
find_property (GstElement * element, const gchar * name)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (element), name);
}

static void
apply_settings (GstElement * encoder, const gchar * settings)
{
  g_auto (GStrv) all = g_strsplit (settings, " ", -1);

  for (guint i = 0; all[i]; i++) {
    gchar *value = strchr (all[i], '=');

    *value++ = '\0';
    if (find_property (encoder, all[i]))
      gst_util_set_object_arg (G_OBJECT (encoder), all[i], value);
    else
      GST_DEBUG_OBJECT (encoder, "has no property %s", all[i]);
  }
}

/* Encoders that are not in the table */

static gboolean
is_number (GParamSpec * pspec)
{
  const GType type = G_PARAM_SPEC_VALUE_TYPE (pspec);

  return (pspec->flags & G_PARAM_WRITABLE) && (type == G_TYPE_INT ||
      type == G_TYPE_UINT || type == G_TYPE_INT64 || type == G_TYPE_UINT64);
}

static guint64
get_default (GParamSpec * pspec)
{
  g_autofree gchar *text =
      gst_value_serialize (g_param_spec_get_default_value (pspec));

  return g_ascii_strtoull (text, NULL, 10);
}

static guint
guess_unit (GParamSpec * pspec)
{
  const gchar *blurb = g_param_spec_get_blurb (pspec);
  g_autofree gchar *text = g_ascii_strdown (blurb ? blurb : "", -1);
  guint64 initial;

  for (guint i = 0; i < G_N_ELEMENTS (unit_words); i++) {
    if (strstr (text, unit_words[i].word))
      return unit_words[i].unit;
  }

  initial = get_default (pspec);

  return initial > 0 && initial < LEAST_BITS ? 1000 : 1;
}

static gboolean
guess_bitrate (GstElement * encoder, const gchar ** ret_property,
    guint * ret_unit)
{
  for (guint i = 0; i < G_N_ELEMENTS (bitrate_names); i++) {
    GParamSpec *pspec = find_property (encoder, bitrate_names[i]);

    if (!pspec || !is_number (pspec))
      continue;
    *ret_property = bitrate_names[i];
    *ret_unit = guess_unit (pspec);
    return TRUE;
  }

  return FALSE;
}

static gboolean
find_bitrate (GstElement * encoder, const gchar ** ret_property,
    guint * ret_unit)
{
  const EncoderConfig *config = find_config (gst_element_get_factory (encoder));

  if (!config)
    return !GST_IS_AUDIO_ENCODER (encoder) &&
        guess_bitrate (encoder, ret_property, ret_unit);
  if (!find_property (encoder, config->bitrate))
    return FALSE;

  *ret_property = config->bitrate;
  *ret_unit = config->unit;

  return TRUE;
}

/* Setting it */

static gboolean
set_controls (GstElement * encoder, guint bitrate)
{
  const EncoderConfig *config = find_config (gst_element_get_factory (encoder));
  g_autofree gchar *text = NULL;

  if (!config || !config->controls || !find_property (encoder,
          "extra-controls"))
    return FALSE;

  text = g_strdup_printf ("%s,video_bitrate=%u", config->controls, bitrate);
  gst_util_set_object_arg (G_OBJECT (encoder), "extra-controls", text);

  return TRUE;
}

/**
 * gst_rtc_encoder_set_bitrate:
 * @bitrate: bit/s
 *
 * Returns: whether the encoder's bitrate can be set
 *
 * Thread: control
 */
gboolean
gst_rtc_encoder_set_bitrate (GstElement * encoder, guint bitrate)
{
  const gchar *property;
  guint unit;
  g_autofree gchar *value = NULL;

  if (!find_bitrate (encoder, &property, &unit))
    return set_controls (encoder, bitrate);

  /* 0 lets many an encoder choose by itself */
  value = g_strdup_printf ("%u", MAX (bitrate / unit, 1));
  gst_util_set_object_arg (G_OBJECT (encoder), property, value);

  return TRUE;
}

/**
 * gst_rtc_encoder_get_bitrate:
 *
 * Returns: bit/s that the encoder is set to, or 0 if it does not say
 *
 * Thread: control
 */
guint
gst_rtc_encoder_get_bitrate (GstElement * encoder)
{
  const gchar *property;
  guint unit;
  GValue value = G_VALUE_INIT;
  g_autofree gchar *text = NULL;

  if (!find_bitrate (encoder, &property, &unit))
    return 0;

  g_object_get_property (G_OBJECT (encoder), property, &value);
  text = gst_value_serialize (&value);
  g_value_unset (&value);

  return MIN (g_ascii_strtoull (text, NULL, 10) * unit, G_MAXINT);
}

/**
 * gst_rtc_encoder_configure:
 * @bitrate: bit/s to begin with, for video
 *
 * What the default handler of `encoder-setup` does.
 *
 * Thread: control
 */
void
gst_rtc_encoder_configure (GstElement * encoder, guint bitrate)
{
  const EncoderConfig *config = find_config (gst_element_get_factory (encoder));

  init_debug ();

  if (GST_IS_AUDIO_ENCODER (encoder)) {
    g_object_set (encoder, "perfect-timestamp", TRUE, NULL);
    return;
  }

  if (config)
    apply_settings (encoder, config->settings);
  if (!gst_rtc_encoder_set_bitrate (encoder, bitrate))
    GST_WARNING_OBJECT (encoder, "has no bitrate that could be set");
}

static GQuark
start_bitrate_quark (void)
{
  return g_quark_from_static_string ("gst-rtc-start-bitrate");
}

/**
 * gst_rtc_encoder_set_start_bitrate:
 * @bitrate: bit/s
 *
 * Thread: control
 */
void
gst_rtc_encoder_set_start_bitrate (GstElement * encoder, guint bitrate)
{
  g_object_set_qdata (G_OBJECT (encoder), start_bitrate_quark (),
      GUINT_TO_POINTER (bitrate));
}

/**
 * gst_rtc_encoder_get_start_bitrate:
 *
 * Returns: bit/s, or 0
 *
 * Thread: control
 */
guint
gst_rtc_encoder_get_start_bitrate (GstElement * encoder)
{
  return GPOINTER_TO_UINT (g_object_get_qdata (G_OBJECT (encoder),
          start_bitrate_quark ()));
}

/* Quirks */

/**
 * gst_rtc_encoder_get_raw_formats:
 * @encoder: (nullable): an encoder's factory
 *
 * Returns: (nullable): the formats of raw video to give to it, if it says that
 *     it takes more
 *
 * Thread: any
 */
const gchar *
gst_rtc_encoder_get_raw_formats (GstElementFactory * encoder)
{
  const EncoderConfig *config = find_config (encoder);

  return config ? config->formats : NULL;
}

/* Threads of the pipeline */
static GstPadProbeReturn
force_idr (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstElement *encoder;

  /* it does not bear being asked before its first frame */
  if (!gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info)) ||
      !gst_pad_has_current_caps (pad))
    return GST_PAD_PROBE_OK;

  encoder = gst_pad_get_parent_element (pad);
  if (encoder)
    g_signal_emit_by_name (encoder, "force-IDR");
  gst_clear_object (&encoder);

  return GST_PAD_PROBE_OK;
}

/* Threads of the pipeline */
static GstPadProbeReturn
add_video_meta (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstVideoInfo video;

  if (!caps || gst_buffer_get_video_meta (buffer) ||
      !gst_video_info_from_caps (&video, caps))
    return GST_PAD_PROBE_OK;

  buffer = gst_buffer_make_writable (buffer);
  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_INFO_FORMAT (&video), GST_VIDEO_INFO_WIDTH (&video),
      GST_VIDEO_INFO_HEIGHT (&video), GST_VIDEO_INFO_N_PLANES (&video),
      video.offset, video.stride);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;

  return GST_PAD_PROBE_OK;
}

static void
add_probe (GstElement * encoder, const gchar * pad_name, GstPadProbeType type,
    GstPadProbeCallback callback)
{
  GstPad *pad = gst_element_get_static_pad (encoder, pad_name);

  if (pad)
    gst_pad_add_probe (pad, type, callback, NULL, NULL);
  gst_clear_object (&pad);
}

/**
 * gst_rtc_encoder_apply_quirks:
 *
 * What some encoders need whatever the application sets.
 *
 * Thread: control
 */
void
gst_rtc_encoder_apply_quirks (GstElement * encoder)
{
  const EncoderConfig *config = find_config (gst_element_get_factory (encoder));

  init_debug ();

  if (!config)
    return;
  if ((config->quirks & QUIRK_FORCE_IDR) && g_signal_lookup ("force-IDR",
          G_OBJECT_TYPE (encoder)))
    add_probe (encoder, "src", GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, force_idr);
  if (config->quirks & QUIRK_VIDEO_META)
    add_probe (encoder, "sink", GST_PAD_PROBE_TYPE_BUFFER, add_video_meta);
}

/**
 * gst_rtc_encoder_can_adapt:
 *
 * Returns: whether the bitrate of such an encoder can change while it runs, as
 *     far as is known without making one
 *
 * Thread: any
 */
gboolean
gst_rtc_encoder_can_adapt (GstElementFactory * factory)
{
  const EncoderConfig *config = find_config (factory);

  return config && config->bitrate;
}
