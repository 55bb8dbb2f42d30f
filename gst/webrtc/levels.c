/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a level of H.264 allows: how large a picture, how many of them and how
 * many bits (H.264 table A-1). Encoders write into the stream whatever level
 * they are told to; it is us who have to keep to it. Pure. */

#include "levels.h"

#include <gst/pbutils/pbutils.h>
#include <math.h>
#include <string.h>

#define MACROBLOCK 16

static const struct
{
  const gchar *name;
  guint rate;                   /* MaxMBPS: macroblocks a second */
  guint size;                   /* MaxFS: macroblocks */
  guint kbits;                  /* MaxBR: 1000 bit/s, up to Main */
} levels[] = {
  {"1", 1485, 99, 64},
  {"1b", 1485, 99, 128},
  {"1.1", 3000, 396, 192},
  {"1.2", 6000, 396, 384},
  {"1.3", 11880, 396, 768},
  {"2", 11880, 396, 2000},
  {"2.1", 19800, 792, 4000},
  {"2.2", 20250, 1620, 4000},
  {"3", 40500, 1620, 10000},
  {"3.1", 108000, 3600, 14000},
  {"3.2", 216000, 5120, 20000},
  {"4", 245760, 8192, 20000},
  {"4.1", 245760, 8192, 50000},
  {"4.2", 522240, 8704, 50000},
  {"5", 589824, 22080, 135000},
  {"5.1", 983040, 36864, 240000},
  {"5.2", 2073600, 36864, 240000},
  {"6", 4177920, 139264, 240000},
  {"6.1", 8355840, 139264, 480000},
  {"6.2", 16711680, 139264, 800000},
};

/* Heights that people know, to choose from before any other */
static const gint heights[] = {
  4320, 2160, 1440, 1080, 720, 576, 480, 360, 288, 240, 144
};

static gint
find_level (const gchar * name)
{
  for (guint i = 0; name && i < G_N_ELEMENTS (levels); i++) {
    if (g_str_equal (levels[i].name, name))
      return i;
  }

  return -1;
}

static gint
level_of (const GstRtcCodec * codec)
{
  return gst_rtc_codec_is (codec, "H264") ? find_level (codec->level) : -1;
}

/**
 * gst_rtc_level_allowed_by:
 * @rtp: what a peer says of H.264 that it receives
 *
 * Returns: (nullable): the highest level that may be sent to it, if it is not
 *     said to be for what it sends only (RFC 6184 section 8.1)
 */
const gchar *
gst_rtc_level_allowed_by (const GstStructure * rtp)
{
  const gchar *text = gst_structure_get_string (rtp, "profile-level-id");
  guint64 value;
  guint8 bytes[3];

  if (!text || strlen (text) != 6 ||
      !g_ascii_string_to_unsigned (text, 16, 0, 0xffffff, &value, NULL) ||
      g_strcmp0 (gst_structure_get_string (rtp, "level-asymmetry-allowed"),
          "1") == 0)
    return NULL;

  bytes[0] = value >> 16;
  bytes[1] = value >> 8;
  bytes[2] = value;
  text = gst_codec_utils_h264_get_level (bytes, 3);

  return find_level (text) >= 0 ? text : NULL;
}

/**
 * gst_rtc_level_list_up_to:
 * @level: the highest
 *
 * Returns: (transfer full) (nullable): a list of it and all below, to be freed
 *     with g_value_unset() and g_free()
 */
GValue *
gst_rtc_level_list_up_to (const gchar * level)
{
  GValue *list;

  if (find_level (level) < 0)
    return NULL;

  list = g_new0 (GValue, 1);
  g_value_init (list, GST_TYPE_LIST);
  for (gint i = find_level (level); i >= 0; i--) {
    GValue item = G_VALUE_INIT;

    g_value_init (&item, G_TYPE_STRING);
    g_value_set_static_string (&item, levels[i].name);
    gst_value_list_append_and_take_value (list, &item);
  }

  return list;
}

/**
 * gst_rtc_level_limit_bitrate:
 * @bitrate: bit/s
 *
 * Returns: what of it the codec's level allows
 */
guint
gst_rtc_level_limit_bitrate (const GstRtcCodec * codec, guint bitrate)
{
  const gint level = level_of (codec);

  return level < 0 ? bitrate : MIN (bitrate, levels[level].kbits * 1000);
}

static guint
count_blocks (gint width, gint height)
{
  return (width + MACROBLOCK - 1) / MACROBLOCK *
      ((height + MACROBLOCK - 1) / MACROBLOCK);
}

/* No side is longer than the root of eight times the size (clause A.3.1) */
static gboolean
fits (gint width, gint height, guint size)
{
  const gint longest = MACROBLOCK * (gint) sqrt (8.0 * size);

  return count_blocks (width, height) <= size && MAX (width, height) <= longest;
}

static gint
scale (gint length, gint to, gint from)
{
  const gint scaled = gst_util_uint64_scale_int_round (length, to, from);

  return MAX (2, scaled & ~1);
}

static void
limit_size (gint * width, gint * height, guint size)
{
  const gint w = *width;
  const gint h = *height;

  for (guint i = 0; i < G_N_ELEMENTS (heights); i++) {
    if (fits (*width, *height, size))
      return;
    if (heights[i] >= h)
      continue;
    *width = scale (w, heights[i], h);
    *height = heights[i];
  }
  /* of an odd shape */
  for (gint to = *height; to > 2 && !fits (*width, *height, size); to -= 2) {
    *width = scale (w, to, h);
    *height = to;
  }
}

static void
limit_structure (GstStructure * structure, const GstVideoInfo * info,
    gint level)
{
  gint height = GST_VIDEO_INFO_HEIGHT (info);
  /* pixels are square when they get to the encoder */
  gint width = gst_util_uint64_scale_int_round (GST_VIDEO_INFO_WIDTH (info),
      GST_VIDEO_INFO_PAR_N (info), GST_VIDEO_INFO_PAR_D (info));
  gint fps_n = GST_VIDEO_INFO_FPS_N (info);
  gint fps_d = GST_VIDEO_INFO_FPS_D (info);
  guint blocks;
  gint divisor = 1;

  gst_structure_get_int (structure, "height", &height);
  gst_structure_get_int (structure, "width", &width);
  gst_structure_get_fraction (structure, "framerate", &fps_n, &fps_d);
  if (width <= 0 || height <= 0)
    return;

  if (!fits (width, height, levels[level].size)) {
    limit_size (&width, &height, levels[level].size);
    gst_structure_set (structure, "width", G_TYPE_INT, width, "height",
        G_TYPE_INT, height, NULL);
  }
  blocks = count_blocks (width, height);
  while ((guint64) blocks * fps_n >
      (guint64) levels[level].rate * fps_d * divisor)
    divisor++;
  if (divisor > 1)
    gst_structure_set (structure, "framerate", GST_TYPE_FRACTION, fps_n,
        fps_d * divisor, NULL);
}

/**
 * gst_rtc_level_limit_caps:
 * @raw: (transfer full): what the encoder is to get
 * @info: what comes in
 *
 * Returns: (transfer full): it, or less, as the codec's level allows
 */
GstCaps *
gst_rtc_level_limit_caps (const GstRtcCodec * codec, GstCaps * raw,
    const GstVideoInfo * info)
{
  const gint level = level_of (codec);

  if (level < 0 || gst_caps_is_any (raw))
    return raw;

  raw = gst_caps_make_writable (raw);
  for (guint i = 0; i < gst_caps_get_size (raw); i++)
    limit_structure (gst_caps_get_structure (raw, i), info, level);

  return raw;
}
