/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "protocol.h"

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_COUNT_CONNECTED,
  GST_RTC_COUNT_RESUMED,
  GST_RTC_COUNT_LOST,
  GST_RTC_COUNT_BYTES_IN,
  GST_RTC_COUNT_BYTES_OUT,
  GST_RTC_COUNT_THROTTLED,

  GST_RTC_COUNT_ERROR_MESSAGE,  /* could not be read */
  GST_RTC_COUNT_ERROR_REFUSED,  /* answered by error */
  GST_RTC_COUNT_ERROR_FRAME,    /* no WebSocket, too large */
  GST_RTC_COUNT_ERROR_AUTH,
  GST_RTC_COUNT_ERROR_ORIGIN,
  GST_RTC_COUNT_ERROR_FULL,

  GST_RTC_COUNT_EVICTED_SLOW,
  GST_RTC_COUNT_EVICTED_SILENT,
  GST_RTC_COUNT_EVICTED_EXPIRED,
  GST_RTC_N_COUNTS,
} GstRtcCount;

#define GST_RTC_LATENCY_BUCKETS 10

/* Numbers that only go up */
typedef struct
{
  guint64 counts[GST_RTC_N_COUNTS];
  guint64 messages[GST_RTC_MESSAGE_ERROR + 1];
  guint64 latency[GST_RTC_LATENCY_BUCKETS + 1];
  gdouble latency_sum;          /* seconds */
} GstRtcMetrics;

/* What there is now */
typedef struct
{
  guint clients;
  guint producers;
  guint listeners;
  guint consumers;
  guint parked;
  guint sessions;
  gsize queued_bytes;
} GstRtcGauges;

void gst_rtc_metrics_add_latency (GstRtcMetrics * self, gint64 microseconds);
gchar *gst_rtc_metrics_to_text (const GstRtcMetrics * self,
    const GstRtcGauges * gauges);

G_END_DECLS
