/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "settings.h"

G_BEGIN_DECLS

GstCaps *gst_rtc_mitigation_get_default_caps (const GstVideoInfo * info,
    guint bitrate, GstRtcMitigationMode enabled);
GstCaps *gst_rtc_mitigation_restrict (GstCaps * raw, GstCaps * mitigation,
    const GstVideoInfo * info);
GstRtcMitigationMode gst_rtc_mitigation_get_mode (GstCaps * caps,
    const GstVideoInfo * info);
gboolean gst_rtc_mitigation_is_due (guint bitrate, guint made_for, gint64 age);

G_END_DECLS
