/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a change of an input's caps means for those who watch. Pure.
 *
 * Whatever is encoded here never needs a negotiation: size, frame rate, colours,
 * sample rate and format of raw media are between the input and its encoder,
 * and every codec has a way to tell decoders. What is encoded already was
 * described to consumers: another codec, a higher profile or another layout of
 * channels is something that they have not agreed to.
 */

#include "capspolicy.h"

#include <string.h>

/* Ascending (spec: what decodes what is a matter of answer.c) */
static const gchar *const h264_profiles[] = {
  "constrained-baseline", "baseline", "main", "extended", "constrained-high",
  "progressive-high", "high", "high-10", "high-4:2:2", "high-4:4:4"
};

/* Fields of encoded audio that the description has */
static const gchar *const audio_fields[] = {
  "channels", "rate", "channel-mapping-family", "stream-count",
  "coupled-count", NULL
};

static gint
get_rank (const gchar * profile)
{
  for (guint i = 0; profile && i < G_N_ELEMENTS (h264_profiles); i++) {
    if (g_str_equal (h264_profiles[i], profile))
      return i;
  }

  return -1;
}

/* A profile that is not known is not known to be lower. */
static gboolean
raises_profile (const GstStructure * before, const GstStructure * after)
{
  const gchar *old_profile = gst_structure_get_string (before, "profile");
  const gchar *profile = gst_structure_get_string (after, "profile");
  const gint rank = get_rank (profile);

  if (!profile || g_strcmp0 (profile, old_profile) == 0)
    return FALSE;

  return rank < 0 || rank > get_rank (old_profile);
}

static gboolean
has_other (const GstStructure * before, const GstStructure * after,
    const gchar * const *fields)
{
  for (guint i = 0; fields[i]; i++) {
    const GValue *a = gst_structure_get_value (before, fields[i]);
    const GValue *b = gst_structure_get_value (after, fields[i]);

    if (!a != !b || (a && gst_value_compare (a, b) != GST_VALUE_EQUAL))
      return TRUE;
  }

  return FALSE;
}

/**
 * gst_rtc_caps_policy_compare:
 * @before: fixed caps that consumers know
 * @after: fixed caps of what comes now
 */
GstRtcCapsChange
gst_rtc_caps_policy_compare (GstCaps * before, GstCaps * after)
{
  const GstStructure *old = gst_caps_get_structure (before, 0);
  const GstStructure *new = gst_caps_get_structure (after, 0);
  const gchar *name = gst_structure_get_name (new);

  if (gst_caps_is_equal (before, after))
    return GST_RTC_CAPS_SAME;
  if (!gst_structure_has_name (old, name))
    return GST_RTC_CAPS_NEGOTIATE;
  if (g_str_has_suffix (name, "/x-raw"))
    return GST_RTC_CAPS_CONTINUE;
  if (g_str_has_prefix (name, "audio/"))
    return has_other (old, new, audio_fields) ? GST_RTC_CAPS_NEGOTIATE :
        GST_RTC_CAPS_CONTINUE;
  if (g_str_equal (name, "video/x-h264") && raises_profile (old, new))
    return GST_RTC_CAPS_NEGOTIATE;

  return GST_RTC_CAPS_CONTINUE;
}
