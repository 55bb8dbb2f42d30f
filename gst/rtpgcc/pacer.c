/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast packets leave. A key frame is ten frames in one; sent at once it
 * overflows a short queue, sent at the estimate it takes ten frames' time. */

#include "pacer.h"

/* libwebrtc's pacing factor */
#define FACTOR 2.5

/* Where packets get lost the queue may be too short for a burst of them */
#define LOSSY 0.02
#define LOSSY_FACTOR 1.25

/* While the link's queue is that long it gets what it carries and no more, or
 * the queue would never get shorter */
#define BUSY 50.0               /* ms */

/* No queue is to take longer than this, unless it is several times what the
 * path carries: then it goes that much faster than usual */
#define MAX_DELAY (100 * GST_RTC_GCC_MS)
#define MAX_HURRY 2.0

/* An encoder that makes more than it is told must not fill the link's queue: a
 * burst may be as long as the estimate takes in that time */
#define BUCKET (250 * GST_RTC_GCC_MS)
#define LONG_TERM_FACTOR 1.1

/* What may go at once: a wake-up is late by some milliseconds */
#define BURST (5 * GST_RTC_GCC_MS)

/* The same while nothing says that the path is the limit: a frame, which costs
 * a wake-up less than half of one (libwebrtc: 40 ms) */
#define FREE_BURST (20 * GST_RTC_GCC_MS)

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
  self->bucket = 0;
}

/* Whether the path carries all that is ever asked for */
static gboolean
is_free (const GstRtcGcc * gcc)
{
  return gcc->estimate >= gcc->max && gcc->queue.floor < BUSY &&
      gcc->loss.loss < LOSSY && gcc->prober.state != GST_RTC_PROBE_SENDING;
}

/**
 * gst_rtc_pacer_get_rate:
 * @gcc: what is known of the path
 * @queued: bytes that wait
 *
 * Returns: bit/s
 *
 * Thread: any, one at a time
 */
guint64
gst_rtc_pacer_get_rate (const GstRtcPacer * self, const GstRtcGcc * gcc,
    guint64 queued)
{
  const gdouble estimate = gcc->estimate;
  gdouble usual = FACTOR * estimate;

  if (gcc->prober.state == GST_RTC_PROBE_SENDING)
    return gcc->prober.rate;
  if (gcc->queue.floor > BUSY && !gcc->queue.competing)
    return estimate;
  if (self->bucket <= 0 && !is_free (gcc))
    return LONG_TERM_FACTOR * estimate;
  if (gcc->loss.loss > LOSSY)
    usual = LOSSY_FACTOR * estimate;

  return CLAMP (queued * 8.0 * GST_RTC_GCC_SECOND / MAX_DELAY, usual,
      MAX_HURRY * usual);
}

/**
 * gst_rtc_pacer_may_send:
 * @gcc: what is known of the path
 * @queued: bytes that wait
 *
 * Returns: whether a packet may go
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_pacer_may_send (GstRtcPacer * self, gint64 now,
    const GstRtcGcc * gcc, guint64 queued)
{
  const guint64 rate = gst_rtc_pacer_get_rate (self, gcc, queued);
  const gdouble bucket = gcc->estimate / 8.0 * BUCKET / GST_RTC_GCC_SECOND;
  const gdouble most = rate / 8.0 * (is_free (gcc) ? FREE_BURST : BURST) /
      GST_RTC_GCC_SECOND;

  if (self->last == GST_RTC_GCC_NO_TIME) {
    self->bucket = bucket;
    self->budget = most;
  } else if (now > self->last) {
    const gdouble seconds = (now - self->last) / (gdouble) GST_RTC_GCC_SECOND;

    self->budget += rate / 8.0 * seconds;
    self->bucket += LONG_TERM_FACTOR * gcc->estimate / 8.0 * seconds;
  }
  self->bucket = CLAMP (self->bucket, -bucket, bucket);
  self->budget = MIN (self->budget, most);
  self->last = now;

  return self->budget >= 0;
}

/**
 * gst_rtc_pacer_has_room:
 * @bytes: what would be sent
 *
 * Returns: whether one more packet might go after that, at the time for which
 *     gst_rtc_pacer_may_send() was asked
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_pacer_has_room (const GstRtcPacer * self, gsize bytes)
{
  return self->budget >= bytes;
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
  self->bucket -= bytes;
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
