/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packetlog.h"

G_BEGIN_DECLS

#define GST_RTC_RATE_METER_BUCKETS 64

/* Bytes that arrived, by time of arrival */
typedef struct
{
  guint64 bytes[GST_RTC_RATE_METER_BUCKETS];    /* a ring */
  gint64 newest;                /* number of a bucket */
  gint64 first;                 /* the first there ever was */
} GstRtcRateMeter;

void gst_rtc_rate_meter_init (GstRtcRateMeter * self);
void gst_rtc_rate_meter_take (GstRtcRateMeter * self, gint64 time,
    guint bytes);
guint64 gst_rtc_rate_meter_get (const GstRtcRateMeter * self, gint64 window);

G_END_DECLS
