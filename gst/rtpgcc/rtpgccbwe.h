/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "sender.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_GCC_BWE (gst_rtc_gcc_bwe_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcGccBwe, gst_rtc_gcc_bwe, GST_RTC, GCC_BWE,
    GstElement)

#define GST_RTC_TYPE_GCC_ESTIMATOR (gst_rtc_gcc_estimator_get_type ())
GType gst_rtc_gcc_estimator_get_type (void);

gboolean gst_rtc_gcc_bwe_register (GstPlugin * plugin);

/* any thread */
void gst_rtc_gcc_bwe_set_wanted (GstRtcGccBwe * self, gdouble factor);
void gst_rtc_gcc_bwe_set_audio (GstRtcGccBwe * self, guint pt);
void gst_rtc_gcc_bwe_set_retransmission (GstRtcGccBwe * self, guint pt);
void gst_rtc_gcc_bwe_set_numbered (GstRtcGccBwe * self, guint pt, guint id);
GstBuffer *gst_rtc_gcc_bwe_take_rtcp (GstRtcGccBwe * self, GstBuffer * rtcp);
void gst_rtc_gcc_bwe_take_report (GstRtcGccBwe * self,
    const GstRtcPathReport * report);
GstStructure *gst_rtc_gcc_bwe_get_twcc_stats (GstRtcGccBwe * self);
guint gst_rtc_gcc_bwe_get_backlog (GstRtcGccBwe * self);
void gst_rtc_gcc_bwe_get_report (GstRtcGccBwe * self,
    GstRtcGccReport * report);

G_END_DECLS
