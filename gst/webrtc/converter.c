/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands between raw input and an encoder: by where the frames live, so
 * that they stay there when the encoder takes them from there, and are brought
 * down to system memory when it does not. */

#include "converter.h"

#include <string.h>

#define SOFTWARE "videoconvert ! videoscale"

/* By where frames live, the first whose elements are all installed.
 * @download comes behind it for an encoder that takes system memory only */
static const struct
{
  const gchar *feature;
  const gchar *convert;
  const gchar *download;
} video_converters[] = {
  {"memory:CUDAMemory", "cudaupload ! cudaconvert ! cudascale",
      "cudadownload"},
  {"memory:CUDAMemory", "cudadownload ! " SOFTWARE, ""},
  {"memory:D3D11Memory", "d3d11upload ! d3d11convert", "d3d11download"},
  {"memory:D3D11Memory", "d3d11download ! " SOFTWARE, ""},
  {"memory:GLMemory",
        "glupload ! glcolorconvert ! glcolorscale ! glcolorconvert",
      "gldownload"},
  {"memory:NVMM", "queue ! nvvideoconvert compute-hw=Default "
        "nvbuf-memory-type=nvbuf-mem-default", ""},
  {"memory:NVMM", "queue ! nvvidconv", ""},
  /* these two bring frames to wherever they are wanted */
  {"memory:VAMemory", "vapostproc", ""},
  {"memory:DMABuf", "vapostproc", ""},
  {"memory:DMABuf", "v4l2convert", ""},
  {"memory:DMABuf",
        "glupload ! glcolorconvert ! glcolorscale ! glcolorconvert",
      "gldownload"},
};

/* Encoders with converters of their own for input in system memory */
static const struct
{
  const gchar *encoder;         /* a trailing '*' stands for anything */
  const gchar *convert;
} encoder_converters[] = {
  {"nvv4l2*", "queue ! nvvideoconvert compute-hw=Default "
        "nvbuf-memory-type=nvbuf-mem-default"},
  {"nvv4l2*", "queue ! nvvidconv"},
  {"v4l2h264enc", "v4l2convert"},
};

/* A resampler with nothing to do still sets itself up, and warns about it. */
static gboolean
has_opus_rate (GstCaps * input)
{
  static const gint rates[] = { 8000, 12000, 16000, 24000, 48000 };
  gint rate = 0;

  gst_structure_get_int (gst_caps_get_structure (input, 0), "rate", &rate);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    if (rate == rates[i])
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_installed (const gchar * description)
{
  g_auto (GStrv) words = g_strsplit (description, "!", -1);

  for (guint i = 0; words[i]; i++) {
    g_auto (GStrv) parts = g_strsplit (g_strstrip (words[i]), " ", 2);
    GstElementFactory *factory = gst_element_factory_find (parts[0]);

    if (!factory)
      return FALSE;
    gst_object_unref (factory);
  }

  return TRUE;
}

static gboolean
takes_feature (GstElementFactory * encoder, const gchar * feature)
{
  g_autofree gchar *text = g_strdup_printf ("video/x-raw(%s)", feature);
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  return gst_element_factory_can_sink_any_caps (encoder, caps);
}

static gchar *
describe_by_memory (GstCaps * input, GstElementFactory * encoder)
{
  GstCapsFeatures *features = gst_caps_get_features (input, 0);

  for (guint i = 0; features && i < G_N_ELEMENTS (video_converters); i++) {
    const gchar *download = video_converters[i].download;

    if (!gst_caps_features_contains (features, video_converters[i].feature) ||
        !is_installed (video_converters[i].convert))
      continue;
    if (!*download || (encoder && takes_feature (encoder,
                video_converters[i].feature)))
      return g_strdup (video_converters[i].convert);
    return g_strconcat (video_converters[i].convert, " ! ", download, NULL);
  }

  return NULL;
}

static gchar *
describe_by_encoder (GstElementFactory * encoder)
{
  for (guint i = 0; encoder && i < G_N_ELEMENTS (encoder_converters); i++) {
    if (g_pattern_match_simple (encoder_converters[i].encoder,
            GST_OBJECT_NAME (encoder)) &&
        is_installed (encoder_converters[i].convert))
      return g_strdup (encoder_converters[i].convert);
  }

  return NULL;
}

static gchar *
describe_video (GstCaps * input, GstElementFactory * encoder)
{
  const GstStructure *structure = gst_caps_get_structure (input, 0);
  g_autofree gchar *convert = describe_by_memory (input, encoder);
  gint fps_n = 0;
  gint fps_d = 1;

  if (!convert)
    convert = describe_by_encoder (encoder);
  if (!convert)
    convert = g_strdup (SOFTWARE);

  /* a frame rate of 0 is a variable one, which videorate would freeze */
  if (gst_structure_get_fraction (structure, "framerate", &fps_n, &fps_d) &&
      fps_n > 0)
    return g_strconcat ("videorate drop-only=true skip-to-first=true ! ",
        convert, NULL);

  return g_steal_pointer (&convert);
}

/**
 * gst_rtc_converter_describe:
 * @codec: what is made
 * @input: fixed raw caps
 * @encoder: (nullable): what it is made with
 *
 * Returns: (transfer full): a description for
 *     gst_parse_bin_from_description()
 */
gchar *
gst_rtc_converter_describe (const GstRtcCodec * codec, GstCaps * input,
    GstElementFactory * encoder)
{
  if (codec->kind == GST_RTC_MEDIA_VIDEO)
    return describe_video (input, encoder);
  if (!codec->is_raw && has_opus_rate (input))
    return g_strdup ("audioconvert");

  return g_strdup ("audioresample ! audioconvert");
}
