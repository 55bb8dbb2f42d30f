/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether packets come later than they used to: the difference between when a
 * packet arrives and when its frame was taken, which is constant but for
 * queues. The packets of a frame come one after the other, so the last of them
 * is late always, more so on a slow path. What is usual is learnt. Pure. */

#include "lateness.h"

#define MS G_GINT64_CONSTANT (1000000)
#define SECOND G_GINT64_CONSTANT (1000000000)

/* More than the usual delay of a frame that is a surprise */
#define SURPRISE (15 * MS)

/* The least delay is that of the last two windows: clocks drift apart */
#define WINDOW (5 * SECOND)

/* Whoever has other timestamps from now on has no other delay */
#define MAX_JUMP (5 * SECOND)

/* Of the usual peak, one new one is */
#define USUAL_SHARE 8

static void
begin (GstRtcLateness * self, guint32 timestamp, gint64 arrival)
{
  *self = (GstRtcLateness) {
  .begun = TRUE,.timestamp = timestamp,.sent = arrival,.window_end =
        arrival + WINDOW,};
}

static void
begin_frame (GstRtcLateness * self, guint32 timestamp, gint64 sent)
{
  self->usual += (self->peak - self->usual) / USUAL_SHARE;
  self->peak = 0;
  self->timestamp = timestamp;
  self->sent = sent;
}

static void
take_delay (GstRtcLateness * self, gint64 arrival, gint64 delay)
{
  if (arrival >= self->window_end) {
    self->window_end = arrival + WINDOW;
    self->least_before = self->least;
    self->least = delay;
  }
  self->least = MIN (self->least, delay);
}

/**
 * gst_rtc_lateness_take:
 * @clock_rate: of @timestamp, in Hz
 * @timestamp: of the packet (RFC 3550 section 5.1)
 * @arrival: nanoseconds of our clock
 *
 * Returns: whether the packet is later than packets used to be
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_lateness_take (GstRtcLateness * self, guint clock_rate,
    guint32 timestamp, gint64 arrival)
{
  const gint32 ticks = timestamp - self->timestamp;
  const gint64 sent = self->sent + ticks * SECOND / MAX (1, clock_rate);
  gint64 delay = arrival - sent;
  gint64 lateness;

  if (!self->begun || ABS (delay - self->least) > MAX_JUMP) {
    begin (self, timestamp, arrival);
    return FALSE;
  }

  take_delay (self, arrival, delay);
  lateness = delay - MIN (self->least, self->least_before);
  if (ticks > 0)
    begin_frame (self, timestamp, sent);
  if (ticks >= 0)
    self->peak = MAX (self->peak, lateness);

  return lateness > self->usual + SURPRISE;
}
