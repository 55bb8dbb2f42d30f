/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtc/rtc.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_WEB_SOCKET_SIGNALLER \
    (gst_rtc_web_socket_signaller_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcWebSocketSignaller, gst_rtc_web_socket_signaller,
    GST_RTC, WEB_SOCKET_SIGNALLER, GObject)

GstRtcSignaller *gst_rtc_web_socket_signaller_new (GstRtcSignallerRole role);
void gst_rtc_web_socket_signaller_update_meta (GstRtcWebSocketSignaller *
    self);

G_END_DECLS
