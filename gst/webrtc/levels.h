/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "codecs.h"

G_BEGIN_DECLS

const gchar *gst_rtc_level_allowed_by (const GstStructure * rtp);
GValue *gst_rtc_level_list_up_to (const gchar * level);
guint gst_rtc_level_limit_bitrate (const GstRtcCodec * codec, guint bitrate);
GstCaps *gst_rtc_level_limit_caps (const GstRtcCodec * codec, GstCaps * raw,
    const GstVideoInfo * info);

G_END_DECLS
