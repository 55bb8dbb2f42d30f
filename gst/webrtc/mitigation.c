/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is done to a picture when there are few bits for it: a smaller one, and
 * fewer of them, look better than a big one in blocks. */

#include "mitigation.h"

/* bit/s up to which a height is enough, and below which every second frame is
 * left out */
static const struct
{
  guint below;
  gint height;
} heights[] = {
  {1000000, 360},
  {2000000, 720},
};

#define HALF_RATE_BELOW 500000

/* By how much a bitrate has to rise, or for how long, before the picture gets
 * better: another picture starts the encoder anew, with a key frame */
#define WORTH_A_PICTURE 1.2
#define PICTURE_WAIT (15 * G_TIME_SPAN_SECOND)

static gint
round_to_even (gint number)
{
  return MAX (number & ~1, 2);
}

/* In square pixels, as wide as it is shown */
static gint
get_width (const GstVideoInfo * info, gint height)
{
  const gint width = gst_util_uint64_scale_ceil ((guint64)
      GST_VIDEO_INFO_WIDTH (info) * GST_VIDEO_INFO_PAR_N (info), height,
      (guint64) GST_VIDEO_INFO_HEIGHT (info) * GST_VIDEO_INFO_PAR_D (info));

  return round_to_even (width + 1);
}

static void
scale_down (GstStructure * structure, const GstVideoInfo * info, guint bitrate)
{
  for (guint i = 0; i < G_N_ELEMENTS (heights); i++) {
    if (bitrate >= heights[i].below)
      continue;
    if (heights[i].height < GST_VIDEO_INFO_HEIGHT (info))
      gst_structure_set (structure, "height", G_TYPE_INT, heights[i].height,
          "width", G_TYPE_INT, get_width (info, heights[i].height), NULL);
    return;
  }
}

/**
 * gst_rtc_mitigation_get_default_caps:
 * @info: what comes in
 * @bitrate: bit/s of its encoder
 * @enabled: what may be done to it
 *
 * What the default handler of `configure-mitigation-caps` says.
 *
 * Returns: (transfer full): restriction of what the encoder gets; without
 *     fields for what stays as it is
 */
GstCaps *
gst_rtc_mitigation_get_default_caps (const GstVideoInfo * info, guint bitrate,
    GstRtcMitigationMode enabled)
{
  GstCaps *caps = gst_caps_from_string ("video/x-raw(ANY)");
  GstStructure *structure = gst_caps_get_structure (caps, 0);

  if ((enabled & GST_RTC_MITIGATION_MODE_DOWNSAMPLED) &&
      bitrate < HALF_RATE_BELOW && GST_VIDEO_INFO_FPS_N (info) > 0)
    gst_structure_set (structure, "framerate", GST_TYPE_FRACTION,
        GST_VIDEO_INFO_FPS_N (info), 2 * GST_VIDEO_INFO_FPS_D (info), NULL);
  if ((enabled & GST_RTC_MITIGATION_MODE_DOWNSCALED) &&
      GST_VIDEO_INFO_HEIGHT (info) > 0)
    scale_down (structure, info, bitrate);

  return caps;
}

static void
make_even (GstStructure * structure, const gchar * name)
{
  gint number;

  if (gst_structure_get_int (structure, name, &number))
    gst_structure_set (structure, name, G_TYPE_INT, round_to_even (number),
        NULL);
}

/**
 * gst_rtc_mitigation_restrict:
 * @raw: what the codec asks for anyway, such as square pixels
 * @mitigation: what a handler of `configure-mitigation-caps` said
 * @info: what comes in
 *
 * Returns: (transfer full): both, with even sizes; @raw alone if the two have
 *     nothing in common
 */
GstCaps *
gst_rtc_mitigation_restrict (GstCaps * raw, GstCaps * mitigation,
    const GstVideoInfo * info)
{
  g_autoptr (GstCaps) wanted = gst_caps_copy (mitigation);
  GstCaps *caps;

  for (guint i = 0; i < gst_caps_get_size (wanted); i++) {
    GstStructure *structure = gst_caps_get_structure (wanted, i);

    make_even (structure, "width");
    make_even (structure, "height");
    /* nothing changes the rate of a stream that has none */
    if (GST_VIDEO_INFO_FPS_N (info) == 0)
      gst_structure_remove_field (structure, "framerate");
  }

  caps = gst_caps_intersect_full (wanted, raw, GST_CAPS_INTERSECT_FIRST);
  if (!gst_caps_is_empty (caps))
    return caps;
  gst_caps_unref (caps);

  return gst_caps_ref (raw);
}

/**
 * gst_rtc_mitigation_get_mode:
 * @caps: what a handler of `configure-mitigation-caps` said
 * @info: what comes in
 *
 * Returns: what is really done to the picture
 */
GstRtcMitigationMode
gst_rtc_mitigation_get_mode (GstCaps * caps, const GstVideoInfo * info)
{
  const GstStructure *structure = gst_caps_is_any (caps) ||
      gst_caps_is_empty (caps) ? NULL : gst_caps_get_structure (caps, 0);
  GstRtcMitigationMode mode = GST_RTC_MITIGATION_MODE_NONE;
  gint number;
  gint fps_n, fps_d;

  if (!structure)
    return mode;

  if ((gst_structure_get_int (structure, "height", &number) &&
          number < GST_VIDEO_INFO_HEIGHT (info)) ||
      (gst_structure_get_int (structure, "width", &number) &&
          number < GST_VIDEO_INFO_WIDTH (info)))
    mode |= GST_RTC_MITIGATION_MODE_DOWNSCALED;
  if (gst_structure_get_fraction (structure, "framerate", &fps_n, &fps_d) &&
      GST_VIDEO_INFO_FPS_N (info) > 0 &&
      gst_util_fraction_compare (fps_n, fps_d, GST_VIDEO_INFO_FPS_N (info),
          GST_VIDEO_INFO_FPS_D (info)) < 0)
    mode |= GST_RTC_MITIGATION_MODE_DOWNSAMPLED;

  return mode;
}

/**
 * gst_rtc_mitigation_is_due:
 * @bitrate: bit/s of the encoder
 * @made_for: bit/s for which the picture was chosen
 * @age: microseconds since then
 *
 * A picture gets worse at once, and better when it is worth it: bitrates that
 * go up and down by a little are what congestion control makes.
 *
 * Returns: whether to ask what is to be done to the picture
 */
gboolean
gst_rtc_mitigation_is_due (guint bitrate, guint made_for, gint64 age)
{
  return bitrate < made_for || bitrate > WORTH_A_PICTURE * made_for ||
      (bitrate > made_for && age > PICTURE_WAIT);
}
