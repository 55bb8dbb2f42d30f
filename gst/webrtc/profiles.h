/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

gboolean gst_rtc_profile_is_above (const gchar * codec, const gchar * profile,
    const gchar * limit);
gboolean gst_rtc_level_is_above (const gchar * codec, const gchar * level,
    const gchar * limit);
gchar *gst_rtc_profile_level_id (const gchar * profile, const gchar * level);
void gst_rtc_profile_describe (const gchar * codec, const gchar * profile,
    const gchar * tier, const gchar * level, GstStructure * rtp);
gboolean gst_rtc_profile_is_known (GstCaps * caps);
GstCaps *gst_rtc_profile_read (GstCaps * caps, GstBuffer * buffer);

G_END_DECLS
