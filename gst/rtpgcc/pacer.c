/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast packets leave. A key frame is ten frames in one; sent at once it
 * overflows a short queue, sent at the estimate it takes ten frames' time. */

#include "pacer.h"

/* libwebrtc's pacing factor */
#define FACTOR 2.5

/* Where packets get lost the queue may be too short for a burst of them */
#define LOSSY 0.02
#define LOSSY_FACTOR 1.25

/* No queue is to take longer than this, unless it is several times what the
 * path carries: then it goes that much faster than usual */
#define MAX_DELAY (100 * GST_RTC_GCC_MS)
#define MAX_HURRY 2.0

/* What may go at once: a wake-up is late by some milliseconds */
#define BURST (5 * GST_RTC_GCC_MS)

/**
 * gst_rtc_pacer_init:
 *
 * Thread: any
 */
void
gst_rtc_pacer_init (GstRtcPacer * self)
{
  self->last = GST_RTC_GCC_NO_TIME;
  self->budget = 0;
}

/**
 * gst_rtc_pacer_get_rate:
 * @estimate: bit/s
 * @loss: share of packets that get lost
 * @probe: bit/s of a cluster that is going out, or 0
 * @queued: bytes that wait
 *
 * Returns: bit/s
 *
 * Thread: any
 */
guint64
gst_rtc_pacer_get_rate (guint64 estimate, gdouble loss, guint64 probe,
    guint64 queued)
{
  const gdouble usual = estimate * (loss > LOSSY ? LOSSY_FACTOR : FACTOR);

  if (probe > 0)
    return probe;

  return CLAMP (queued * 8.0 * GST_RTC_GCC_SECOND / MAX_DELAY, usual,
      MAX_HURRY * usual);
}

/**
 * gst_rtc_pacer_may_send:
 * @rate: bit/s
 *
 * Returns: whether a packet may go
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_pacer_may_send (GstRtcPacer * self, gint64 now, guint64 rate)
{
  const gdouble most = rate / 8.0 * BURST / GST_RTC_GCC_SECOND;

  if (self->last != GST_RTC_GCC_NO_TIME && now > self->last)
    self->budget += rate / 8.0 * (now - self->last) / GST_RTC_GCC_SECOND;
  self->budget = MIN (self->budget, most);
  self->last = now;

  return self->budget >= 0;
}

/**
 * gst_rtc_pacer_sent:
 * @bytes: size of what went
 *
 * Thread: any, one at a time
 */
void
gst_rtc_pacer_sent (GstRtcPacer * self, guint bytes)
{
  self->budget -= bytes;
}

/**
 * gst_rtc_pacer_get_delay:
 * @rate: bit/s
 *
 * Returns: nanoseconds until the next packet may go
 *
 * Thread: any, one at a time
 */
gint64
gst_rtc_pacer_get_delay (const GstRtcPacer * self, guint64 rate)
{
  if (self->budget >= 0 || rate == 0)
    return 0;

  return -self->budget * 8 * GST_RTC_GCC_SECOND / rate;
}
