/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Profiles and levels: which is more than which, how an offer names them, and
 * where a stream says which it has. */

#include "profiles.h"

#include <gst/base/base.h>
#include <gst/pbutils/pbutils.h>
#include <string.h>

/* Each decoder of a profile decodes those before it, too */
static const gchar *const h264_order[] = {
  "constrained-baseline", "baseline", "main", "constrained-high",
  "progressive-high", "high", "high-10", "high-4:2:2", "high-4:4:4", NULL
};

static const gchar *const h265_order[] = {
  "main-still-picture", "main", "main-10", "main-12", "main-422-10",
  "main-422-12", "main-444", "main-444-10", "main-444-12", NULL
};

/* profile_idc and constraint flags (RFC 6184 table 5) */
static const struct
{
  const gchar *profile;
  guint8 idc;
  guint8 flags;
} h264_ids[] = {
  {"constrained-baseline", 0x42, 0xe0},
  {"baseline", 0x42, 0x00},
  {"main", 0x4d, 0x00},
  {"extended", 0x58, 0x00},
  {"constrained-high", 0x64, 0x0c},
  {"progressive-high", 0x64, 0x08},
  {"high", 0x64, 0x00},
  {"high-10", 0x6e, 0x00},
  {"high-10-intra", 0x6e, 0x10},
  {"high-4:2:2", 0x7a, 0x00},
  {"high-4:2:2-intra", 0x7a, 0x10},
  {"high-4:4:4", 0xf4, 0x00},
  {"high-4:4:4-intra", 0xf4, 0x10},
  {"cavlc-4:4:4-intra", 0x2c, 0x10},
};

/* general_profile_idc (RFC 7798 section 7.1); all others are the range
 * extensions, 4 */
static const struct
{
  const gchar *profile;
  const gchar *id;
} h265_ids[] = {
  {"main", "1"},
  {"main-10", "2"},
  {"main-still-picture", "3"},
};

/* Of our own encoders' default, and what a stream has that does not say */
#define H264_DEFAULT_LEVEL 0x1f

#define NAL_SPS_H264 7
#define NAL_SPS_H265 33

/* Bytes of profile_tier_level() that are looked at (H.265 section 7.3.3) */
#define PROFILE_TIER_LEVEL 12

static gint
find_rank (const gchar * const *order, const gchar * profile)
{
  for (gint i = 0; order[i]; i++) {
    if (g_str_equal (order[i], profile))
      return i;
  }

  return -1;
}

/**
 * gst_rtc_profile_is_above:
 * @codec: `H264` or `H265`
 * @profile: what a stream has
 * @limit: the most that is allowed
 *
 * Returns: whether the stream needs more; also if a profile is not known
 */
gboolean
gst_rtc_profile_is_above (const gchar * codec, const gchar * profile,
    const gchar * limit)
{
  const gchar *const *order = g_str_equal (codec, "H265") ? h265_order :
      h264_order;
  const gint rank = find_rank (order, profile);

  if (g_str_equal (profile, limit))
    return FALSE;

  return rank < 0 || rank > find_rank (order, limit);
}

/* "1b" is between 1 and 1.1 */
static gdouble
level_number (const gchar * level)
{
  return g_str_equal (level, "1b") ? 1.05 : g_ascii_strtod (level, NULL);
}

/**
 * gst_rtc_level_is_above:
 * @codec: `H264` or `H265`
 * @level: what a stream has, such as "3.1"
 * @limit: the most that is allowed
 */
gboolean
gst_rtc_level_is_above (const gchar * codec, const gchar * level,
    const gchar * limit)
{
  return level_number (level) > level_number (limit);
}

/**
 * gst_rtc_profile_level_id:
 * @profile: name of an H.264 profile
 * @level: (nullable): its level
 *
 * Returns: (transfer full) (nullable): `profile-level-id` (RFC 6184 section
 *     8.1), or %NULL if the profile is not known
 */
gchar *
gst_rtc_profile_level_id (const gchar * profile, const gchar * level)
{
  for (guint i = 0; i < G_N_ELEMENTS (h264_ids); i++) {
    guint8 flags = h264_ids[i].flags;
    guint8 level_idc = level ? gst_codec_utils_h264_get_level_idc (level) : 0;

    if (!g_str_equal (h264_ids[i].profile, profile))
      continue;
    if (level_idc == 0)
      level_idc = H264_DEFAULT_LEVEL;
    if (g_strcmp0 (level, "1b") == 0) {
      /* a flag tells it from 1.1, up to Extended */
      const gboolean flagged = h264_ids[i].idc < 0x64;

      level_idc = flagged ? 11 : 9;
      flags |= flagged ? 0x10 : 0;
    }

    return g_strdup_printf ("%02x%02x%02x", h264_ids[i].idc, flags, level_idc);
  }

  return NULL;
}

static void
describe_h265 (const gchar * profile, const gchar * tier, const gchar * level,
    GstStructure * rtp)
{
  const gchar *id = "4";

  for (guint i = 0; profile && i < G_N_ELEMENTS (h265_ids); i++) {
    if (g_str_equal (h265_ids[i].profile, profile))
      id = h265_ids[i].id;
  }
  if (profile)
    gst_structure_set (rtp, "profile-id", G_TYPE_STRING, id, NULL);
  if (tier)
    gst_structure_set (rtp, "tier-flag", G_TYPE_STRING,
        g_str_equal (tier, "high") ? "1" : "0", NULL);
  if (level) {
    g_autofree gchar *text = g_strdup_printf ("%u",
        gst_codec_utils_h265_get_level_idc (level));

    gst_structure_set (rtp, "level-id", G_TYPE_STRING, text, NULL);
  }
}

/**
 * gst_rtc_profile_describe:
 * @codec: an encoding name
 * @profile: (nullable): profile of the stream
 * @tier: (nullable): its tier, of H.265
 * @level: (nullable): its level
 * @rtp: RTP caps that get the fields for them, where there are such
 */
void
gst_rtc_profile_describe (const gchar * codec, const gchar * profile,
    const gchar * tier, const gchar * level, GstStructure * rtp)
{
  if (g_str_equal (codec, "H264") && (profile || level)) {
    g_autofree gchar *id = gst_rtc_profile_level_id (profile ? profile :
        "constrained-baseline", level);

    if (id)
      gst_structure_set (rtp, "profile-level-id", G_TYPE_STRING, id, NULL);
  } else if (g_str_equal (codec, "H265")) {
    describe_h265 (profile, tier, level, rtp);
  } else if (g_str_equal (codec, "VP9") && profile) {
    gst_structure_set (rtp, "profile-id", G_TYPE_STRING, profile, NULL);
  }
}

/* Streams that do not say in their caps */

static gboolean
is_h264 (GstCaps * caps)
{
  return gst_structure_has_name (gst_caps_get_structure (caps, 0),
      "video/x-h264");
}

/**
 * gst_rtc_profile_is_known:
 * @caps: fixed caps
 *
 * Returns: whether the caps say which profile the stream has, or there is no
 *     need to know
 */
gboolean
gst_rtc_profile_is_known (GstCaps * caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);

  return gst_structure_has_field (structure, "profile") || (!is_h264 (caps) &&
      !gst_structure_has_name (structure, "video/x-h265"));
}

/* Without the bytes that keep start codes from appearing (H.264 section 7.4.1)
 */
static gsize
unescape (const guint8 * data, gsize size, guint8 * ret, gsize max)
{
  gsize n = 0;
  guint zeros = 0;

  for (gsize i = 0; i < size && n < max; i++) {
    if (zeros >= 2 && data[i] == 3) {
      zeros = 0;
      continue;
    }
    zeros = data[i] == 0 ? zeros + 1 : 0;
    ret[n++] = data[i];
  }

  return n;
}

/* Returns: whether the NAL unit is a sequence parameter set */
static gboolean
read_nal (GstCaps * caps, const guint8 * nal, gsize size)
{
  guint8 sps[3 + PROFILE_TIER_LEVEL];
  gsize n;

  if (size < 4)
    return FALSE;
  n = unescape (nal, size, sps, sizeof (sps));
  if (is_h264 (caps))
    return (nal[0] & 0x1f) == NAL_SPS_H264 && n >= 4 &&
        gst_codec_utils_h264_caps_set_level_and_profile (caps, sps + 1, 3);

  return (nal[0] >> 1 & 0x3f) == NAL_SPS_H265 && n == sizeof (sps) &&
      gst_codec_utils_h265_caps_set_level_tier_and_profile (caps, sps + 3,
      PROFILE_TIER_LEVEL);
}

static gboolean
read_byte_stream (GstCaps * caps, const guint8 * data, gsize size)
{
  GstByteReader reader = GST_BYTE_READER_INIT (data, size);
  gsize at = 0;

  while (at + 4 <= size) {
    const guint start = gst_byte_reader_masked_scan_uint32 (&reader,
        0xffffff00, 0x00000100, at, size - at);

    if (start == (guint) - 1)
      return FALSE;
    at = start + 3;
    if (read_nal (caps, data + at, size - at))
      return TRUE;
  }

  return FALSE;
}

/* avcC and hvcC (ISO/IEC 14496-15) have it at their beginning */
static gboolean
read_codec_data (GstCaps * caps)
{
  const GValue *value = gst_structure_get_value (gst_caps_get_structure (caps,
          0), "codec_data");
  GstBuffer *buffer = value ? gst_value_get_buffer (value) : NULL;
  guint8 data[1 + PROFILE_TIER_LEVEL];
  const gsize size = buffer ? gst_buffer_extract (buffer, 0, data,
      sizeof (data)) : 0;

  if (is_h264 (caps))
    return size >= 4 &&
        gst_codec_utils_h264_caps_set_level_and_profile (caps, data + 1, 3);

  return size == sizeof (data) &&
      gst_codec_utils_h265_caps_set_level_tier_and_profile (caps, data + 1,
      PROFILE_TIER_LEVEL);
}

/**
 * gst_rtc_profile_read:
 * @caps: fixed caps of H.264 or H.265
 * @buffer: (nullable): a frame of the stream
 *
 * Looks for the profile where the stream has it: in the codec data, or in the
 * parameter sets that come with a key frame.
 *
 * Returns: (transfer full) (nullable): the caps with profile and level, or
 *     %NULL if neither says
 */
GstCaps *
gst_rtc_profile_read (GstCaps * caps, GstBuffer * buffer)
{
  g_autoptr (GstCaps) known = gst_caps_copy (caps);
  gboolean found = read_codec_data (known);
  GstMapInfo map;

  if (!found && buffer && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    found = read_byte_stream (known, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
  }

  return found ? g_steal_pointer (&known) : NULL;
}
