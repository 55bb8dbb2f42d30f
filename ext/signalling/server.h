/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_SIGNALLING_SERVER (gst_rtc_signalling_server_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcSignallingServer, gst_rtc_signalling_server,
    GST_RTC, SIGNALLING_SERVER, GObject)

GstRtcSignallingServer *gst_rtc_signalling_server_new (void);
gboolean gst_rtc_signalling_server_start (GstRtcSignallingServer * self,
    GError ** error);
void gst_rtc_signalling_server_stop (GstRtcSignallingServer * self);
gboolean gst_rtc_signalling_server_reload (GstRtcSignallingServer * self,
    GError ** error);
guint gst_rtc_signalling_server_get_port (GstRtcSignallingServer * self);
guint gst_rtc_signalling_server_get_admin_port (GstRtcSignallingServer * self);
gchar *gst_rtc_signalling_server_dup_own_token (GstRtcSignallingServer * self);

G_END_DECLS
