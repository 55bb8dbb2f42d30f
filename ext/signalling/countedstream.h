/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_COUNTED_STREAM (gst_rtc_counted_stream_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcCountedStream, gst_rtc_counted_stream, GST_RTC,
    COUNTED_STREAM, GIOStream)

GstRtcCountedStream *gst_rtc_counted_stream_new (GIOStream * base);
guint64 gst_rtc_counted_stream_get_written (GstRtcCountedStream * self);

G_END_DECLS
