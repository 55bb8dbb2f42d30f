/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtc/rtc-prelude.h>
#include <gst/rtc/rtc-signaller.h>

G_BEGIN_DECLS

GST_RTC_API
gchar *gst_rtc_description_to_text (GstWebRTCSessionDescription * description);
GST_RTC_API
GstWebRTCSDPType gst_rtc_description_get_sdp_type (GstWebRTCSessionDescription
    * description);
GST_RTC_API
GstWebRTCSessionDescription *gst_rtc_description_from_text (GstWebRTCSDPType
    type, const gchar * text, GError ** error);

GST_RTC_API
gboolean gst_rtc_signaller_emit_session_requested_text (GstRtcSignaller * self,
    const gchar * session_id, const gchar * peer_id, const gchar * offer,
    GError ** error);
GST_RTC_API
gboolean gst_rtc_signaller_emit_session_description_text (GstRtcSignaller *
    self, const gchar * session_id, GstWebRTCSDPType type, const gchar * text,
    GError ** error);

G_END_DECLS
