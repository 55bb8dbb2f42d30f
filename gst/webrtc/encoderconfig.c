/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How each encoder is told to be fast and to keep to a bitrate: a table, so
 * that a new encoder is a new row. Settings that an encoder's version does not
 * have are left out. */

#include "encoderconfig.h"

#include <gst/audio/audio.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (webrtcencoder_debug);
#define GST_CAT_DEFAULT webrtcencoder_debug

typedef struct
{
  const gchar *factory;         /* a trailing '*' stands for anything */
  const gchar *bitrate;         /* property that can change while running */
  guint unit;                   /* bit/s in one of the property's unit */
  const gchar *settings;        /* name=value, separated by spaces */
} EncoderConfig;

/* In order: the first that matches counts. Key frames come on request. */
static const EncoderConfig configs[] = {
  {"vp8enc", "target-bitrate", 1,
      "deadline=1 cpu-used=-16 keyframe-max-dist=2000 "
        "keyframe-mode=disabled end-usage=cbr buffer-initial-size=100 "
        "buffer-optimal-size=120 buffer-size=150 max-intra-bitrate=250 "
        "error-resilient=default lag-in-frames=0"},
  {"vp9enc", "target-bitrate", 1,
      "deadline=1 cpu-used=-16 keyframe-max-dist=2000 "
        "keyframe-mode=disabled end-usage=cbr buffer-initial-size=100 "
        "buffer-optimal-size=120 buffer-size=150 max-intra-bitrate=250 "
        "error-resilient=default lag-in-frames=0"},
  {"x264enc", "bitrate", 1000,
      "tune=zerolatency speed-preset=ultrafast threads=4 key-int-max=2560 "
        "b-adapt=false vbv-buf-capacity=120"},
  {"x265enc", "bitrate", 1000,
      "tune=zerolatency speed-preset=ultrafast key-int-max=2560"},
  {"openh264enc", "bitrate", 1,
      "gop-size=2560 rate-control=bitrate complexity=low "
        "background-detection=false scene-change-detection=false"},
  {"nvh264enc", "bitrate", 1000,
      "gop-size=2560 rc-mode=cbr-ld-hq zerolatency=true"},
  {"nvh265enc", "bitrate", 1000,
      "gop-size=2560 rc-mode=cbr-ld-hq zerolatency=true"},
  {"nvav1enc", "bitrate", 1000, "gop-size=-1 rc-mode=cbr zerolatency=true"},
  {"nvv4l2av1enc", "bitrate", 1,
      "maxperf-enable=true control-rate=constant_bitrate "
        "preset-level=UltraFastPreset"},
  {"nvv4l2vp*", "bitrate", 1,
      "preset-level=UltraFastPreset maxperf-enable=true idrinterval=256 "
        "control-rate=constant_bitrate"},
  {"nvv4l2h26*", "bitrate", 1,
      "preset-level=UltraFastPreset maxperf-enable=true insert-vui=true "
        "idrinterval=256 insert-sps-pps=true insert-aud=true "
        "control-rate=constant_bitrate"},
  {"vaapi*", "bitrate", 1000, "keyframe-period=2560 rate-control=cbr"},
  {"va*enc", "bitrate", 1000, "key-int-max=256 rate-control=cbr"},
  {"qsvh264enc", "bitrate", 1000,
      "gop-size=2560 low-latency=true disable-hrd-conformance=true "
        "rate-control=cbr"},
  {"av1enc", "target-bitrate", 1000,
      "end-usage=cbr keyframe-max-dist=2147483647 usage-profile=realtime"},
  {"rav1enc", "bitrate", 1,
      "low-latency=true max-key-frame-interval=715827882 speed-preset=10"},
  {"vpuenc_*", "bitrate", 1000, "gop-size=2560"},
  {"qtic2venc", "target-bitrate", 1,
      "idr-interval=4294967295 control-rate=constant"},
  {"v4l2h264enc", "bitrate", 1,
      "gop-size=2560 extra-controls=controls,repeat_sequence_header=1"},
};

static const EncoderConfig *
find_config_of_factory (GstElementFactory * factory)
{
  for (guint i = 0; factory && i < G_N_ELEMENTS (configs); i++) {
    if (g_pattern_match_simple (configs[i].factory, GST_OBJECT_NAME (factory)))
      return &configs[i];
  }

  return NULL;
}

static const EncoderConfig *
find_config (GstElement * encoder)
{
  return find_config_of_factory (gst_element_get_factory (encoder));
}

static gboolean
has_property (GstElement * element, const gchar * name)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (element),
      name) != NULL;
}

static void
apply_settings (GstElement * encoder, const gchar * settings)
{
  g_auto (GStrv) all = g_strsplit (settings, " ", -1);

  for (guint i = 0; all[i]; i++) {
    gchar *value = strchr (all[i], '=');

    *value++ = '\0';
    if (has_property (encoder, all[i]))
      gst_util_set_object_arg (G_OBJECT (encoder), all[i], value);
    else
      GST_DEBUG_OBJECT (encoder, "has no property %s", all[i]);
  }
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
  const EncoderConfig *config = find_config (encoder);

  GST_DEBUG_CATEGORY_INIT (webrtcencoder_debug, "webrtcencoder", 0,
      "Settings of encoders");

  if (GST_IS_AUDIO_ENCODER (encoder)) {
    g_object_set (encoder, "perfect-timestamp", TRUE, NULL);
    return;
  }

  if (config)
    apply_settings (encoder, config->settings);
  gst_rtc_encoder_set_bitrate (encoder, bitrate);
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
  return find_config_of_factory (factory) != NULL;
}

static gboolean
find_bitrate (GstElement * encoder, const gchar ** ret_property,
    guint * ret_unit)
{
  const EncoderConfig *config = find_config (encoder);

  if (!config || !has_property (encoder, config->bitrate))
    return FALSE;

  *ret_property = config->bitrate;
  *ret_unit = config->unit;

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
    return FALSE;

  value = g_strdup_printf ("%u", bitrate / unit);
  gst_util_set_object_arg (G_OBJECT (encoder), property, value);

  return TRUE;
}
