/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/rtc/rtc.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_BASE_SRC (gst_rtc_base_src_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstRtcBaseSrc, gst_rtc_base_src, GST_RTC, BASE_SRC,
    GstBin)

/**
 * GstRtcBaseSrcClass:
 * @create_signaller: (nullable): makes the signaller of an element that was
 *     constructed without one
 */
struct _GstRtcBaseSrcClass
{
  GstBinClass parent_class;

  GstRtcSignaller *(*create_signaller) (GstRtcBaseSrc * self);
};

GstRtcSignaller *gst_rtc_base_src_get_signaller (GstRtcBaseSrc * self);
gboolean gst_rtc_base_src_can_look (GstRtcBaseSrc * self);
void gst_rtc_base_src_want_first (GstRtcBaseSrc * self, gboolean wanted);
gboolean gst_rtc_base_src_wants_first (GstRtcBaseSrc * self);

G_END_DECLS
