/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <gst/rtpgcc/rtpgccbwe.h>
#include <gst/streamproducer/streamproducer.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_SESSION_SOURCE (gst_rtc_session_source_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcSessionSource, gst_rtc_session_source, GST_RTC,
    SESSION_SOURCE, GstElement)

GstRtcSessionSource *gst_rtc_session_source_new (const gchar * name);
void gst_rtc_session_source_thin_by (GstRtcSessionSource * self,
    GstRtcGccBwe * bwe);
void gst_rtc_session_source_attach (GstRtcSessionSource * self,
    GstRtcStreamProducer * producer);
void gst_rtc_session_source_detach (GstRtcSessionSource * self);

G_END_DECLS
