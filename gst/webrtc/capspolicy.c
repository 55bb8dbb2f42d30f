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

#include "profiles.h"

/* Fields of encoded audio that the description has */
static const gchar *const audio_fields[] = {
  "channels", "rate", "channel-mapping-family", "stream-count",
  "coupled-count", NULL
};

/* What is not known may be anything. */
static gboolean
raises_profile (const GstStructure * before, const GstStructure * after,
    const gchar * codec)
{
  const gchar *old_profile = gst_structure_get_string (before, "profile");
  const gchar *profile = gst_structure_get_string (after, "profile");

  if (!profile || !old_profile)
    return FALSE;

  return gst_rtc_profile_is_above (codec, profile, old_profile);
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
  if (g_str_equal (name, "video/x-h264") && raises_profile (old, new, "H264"))
    return GST_RTC_CAPS_NEGOTIATE;
  if (g_str_equal (name, "video/x-h265") && raises_profile (old, new, "H265"))
    return GST_RTC_CAPS_NEGOTIATE;

  return GST_RTC_CAPS_CONTINUE;
}
