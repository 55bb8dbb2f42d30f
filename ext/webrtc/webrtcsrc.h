/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/webrtc/basewebrtcsrc.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_WEB_RTC_SRC (gst_rtc_web_rtc_src_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcWebRTCSrc, gst_rtc_web_rtc_src, GST_RTC,
    WEB_RTC_SRC, GstRtcBaseSrc)

gboolean gst_rtc_web_rtc_src_register (GstPlugin * plugin);

G_END_DECLS
