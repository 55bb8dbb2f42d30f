/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_SRC_OUTPUT_RTP,
  GST_RTC_SRC_OUTPUT_ENCODED,
  GST_RTC_SRC_OUTPUT_RAW,
} GstRtcSrcOutputMode;

GstCaps *gst_rtc_src_output_get_possible (GstCaps * rtp);
GstRtcSrcOutputMode gst_rtc_src_output_choose (GstPad * pad, GstCaps * rtp,
    GstCaps ** ret_downstream);
gboolean gst_rtc_src_output_build (GstRtcSrcOutputMode mode, GstBin * bin,
    GstCaps * rtp, GstCaps * downstream, GstElement * filter,
    GPtrArray * elements, GError ** error);

G_END_DECLS
