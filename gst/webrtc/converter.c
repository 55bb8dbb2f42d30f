/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands between raw input and an encoder: by where the frames live, so
 * that they stay there where that is possible. */

#include "converter.h"

static const struct
{
  const gchar *feature;
  const gchar *description;
} video_converters[] = {
  {"memory:CUDAMemory", "cudaupload ! cudaconvert ! cudascale"},
  {"memory:D3D11Memory", "d3d11upload ! d3d11convert"},
  {"memory:GLMemory",
      "glupload ! glcolorconvert ! glcolorscale ! glcolorconvert"},
  {"memory:NVMM", "queue ! nvvideoconvert"},
  {"memory:VAMemory", "vapostproc"},
};

/* A resampler with nothing to do still sets itself up, and warns about it. */
static gboolean
has_opus_rate (const GstStructure * structure)
{
  static const gint rates[] = { 8000, 12000, 16000, 24000, 48000 };
  gint rate = 0;

  gst_structure_get_int (structure, "rate", &rate);
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    if (rate == rates[i])
      return TRUE;
  }

  return FALSE;
}

/**
 * gst_rtc_converter_for_input:
 * @kind: audio or video
 * @input: fixed raw caps
 *
 * Returns: a description for gst_parse_bin_from_description()
 */
const gchar *
gst_rtc_converter_for_input (GstRtcMediaKind kind, GstCaps * input)
{
  GstCapsFeatures *features = gst_caps_get_features (input, 0);
  const GstStructure *structure = gst_caps_get_structure (input, 0);
  gint fps_n = 0;
  gint fps_d = 1;

  if (kind == GST_RTC_MEDIA_AUDIO)
    return has_opus_rate (structure) ? "audioconvert" :
        "audioresample ! audioconvert";

  for (guint i = 0; features && i < G_N_ELEMENTS (video_converters); i++) {
    if (gst_caps_features_contains (features, video_converters[i].feature))
      return video_converters[i].description;
  }

  /* a frame rate of 0 is a variable one, which videorate would freeze */
  if (gst_structure_get_fraction (structure, "framerate", &fps_n, &fps_d) &&
      fps_n > 0)
    return "videorate drop-only=true skip-to-first=true ! videoconvert ! "
        "videoscale";

  return "videoconvert ! videoscale";
}
