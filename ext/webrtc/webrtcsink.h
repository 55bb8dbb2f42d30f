/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/webrtc/basewebrtcsink.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_WEB_RTC_SINK (gst_rtc_web_rtc_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcWebRTCSink, gst_rtc_web_rtc_sink, GST_RTC,
    WEB_RTC_SINK, GstRtcBaseSink)

gboolean gst_rtc_web_rtc_sink_register (GstPlugin * plugin);

G_END_DECLS
