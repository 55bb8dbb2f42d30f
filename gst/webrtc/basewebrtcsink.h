/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/rtc/rtc.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_BASE_SINK (gst_rtc_base_sink_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstRtcBaseSink, gst_rtc_base_sink, GST_RTC,
    BASE_SINK, GstBin)

/**
 * GstRtcBaseSinkClass:
 * @meta_changed: the `meta` property changed: announce it again. Any thread
 */
struct _GstRtcBaseSinkClass
{
  GstBinClass parent_class;

  void (*meta_changed) (GstRtcBaseSink * self, GstRtcSignaller * signaller);
};

gboolean gst_rtc_base_sink_set_signaller (GstRtcBaseSink * self,
    GstRtcSignaller * signaller);
GstRtcSignaller *gst_rtc_base_sink_ref_signaller (GstRtcBaseSink * self);

G_END_DECLS
