/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_FRAME_GUARD (gst_rtc_frame_guard_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcFrameGuard, gst_rtc_frame_guard, GST_RTC,
    FRAME_GUARD, SoupWebsocketExtension)

GstRtcFrameGuard *gst_rtc_frame_guard_new (gsize max_message_bytes);

G_END_DECLS
