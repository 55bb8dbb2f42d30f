/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "inputstream.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_SINK_PAD (gst_rtc_sink_pad_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcSinkPad, gst_rtc_sink_pad, GST_RTC, SINK_PAD,
    GstGhostPad)

GstRtcSinkPad *gst_rtc_sink_pad_new (GstPadTemplate * template,
    const gchar * name, GstRtcInputStream * stream);
GstRtcInputStream *gst_rtc_sink_pad_get_stream (GstRtcSinkPad * self);
gchar *gst_rtc_sink_pad_dup_msid (GstRtcSinkPad * self);

G_END_DECLS
