/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ratemeter.h"

#include <string.h>

/* 64 buckets: 1.28 s */
#define BUCKET (20 * GST_RTC_GCC_MS)

/* Clocks may begin before 0 */
static guint
index_of (gint64 bucket)
{
  return (guint64) bucket % GST_RTC_RATE_METER_BUCKETS;
}

/**
 * gst_rtc_rate_meter_init:
 *
 * Thread: any
 */
void
gst_rtc_rate_meter_init (GstRtcRateMeter * self)
{
  memset (self, 0, sizeof (*self));
  self->newest = G_MININT64;
}

/**
 * gst_rtc_rate_meter_take:
 * @time: of the arrival
 * @bytes: what arrived
 *
 * Thread: any, one at a time
 */
void
gst_rtc_rate_meter_take (GstRtcRateMeter * self, gint64 time, guint bytes)
{
  const gint64 bucket = time / BUCKET;

  if (self->newest == G_MININT64 ||
      bucket - self->newest >= GST_RTC_RATE_METER_BUCKETS) {
    memset (self->bytes, 0, sizeof (self->bytes));
    self->first = self->newest = bucket;
  }
  while (self->newest < bucket)
    self->bytes[index_of (++self->newest)] = 0;
  if (bucket > self->newest - GST_RTC_RATE_METER_BUCKETS)
    self->bytes[index_of (bucket)] += bytes;
}

/**
 * gst_rtc_rate_meter_get:
 * @window: nanoseconds to look back from the last arrival, at most a second
 *
 * Returns: bit/s, 0 while nothing is known
 *
 * Thread: any, one at a time
 */
guint64
gst_rtc_rate_meter_get (const GstRtcRateMeter * self, gint64 window)
{
  gint64 n = MIN (window / BUCKET, GST_RTC_RATE_METER_BUCKETS - 1);
  guint64 bytes = 0;

  if (self->newest == G_MININT64)
    return 0;

  /* the newest bucket is not full yet */
  n = MIN (n, self->newest - self->first);
  if (n * BUCKET < window / 2)
    return 0;
  for (gint64 i = self->newest - n; i < self->newest; i++)
    bytes += self->bytes[index_of (i)];

  return bytes * 8 * GST_RTC_GCC_SECOND / (n * BUCKET);
}
