/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long packets wait in queues: the delay above the least that was ever
 * seen, where ever is a minute, as clocks drift and routes change.
 *
 * A queue that is ours gets empty when we send less. One that does not for
 * seconds is somebody else's: a TCP flow fills whatever there is. Who is
 * polite then starves, so such a queue is competed for (the idea is Copa's,
 * NSDI 2018).
 */

#include "queuedelay.h"

#define SPAN (30 * GST_RTC_GCC_SECOND)

/* While competing no queue is ever empty, and the least delay with it is not
 * the path's. A route that got longer looks the same: that is for how long. */
#define COMPETING_SPAN (120 * GST_RTC_GCC_SECOND)

/* Milliseconds; a frame that is paced out makes a queue of 20 ms by itself,
 * but not for its first packet. On a slow link a packet that is alone takes
 * longer than that, and a small one does not. */
#define LOW 20.0
#define MAX_LOW 150.0
#define PACKET_BITS (1200 * 8)

#define PATIENCE (3 * GST_RTC_GCC_SECOND)
#define PATIENCE_ROUND_TRIPS 10

/* How fast the highest is forgotten, per feedback */
#define FORGET_HIGHEST 0.998

/**
 * gst_rtc_queue_delay_init:
 *
 * Thread: any
 */
void
gst_rtc_queue_delay_init (GstRtcQueueDelay * self)
{
  self->floor = 0;
  self->highest = 0;
  self->competing = FALSE;
  self->lowest[0] = self->lowest[1] = G_MAXINT64;
  self->span_began = GST_RTC_GCC_NO_TIME;
  self->least = G_MAXINT64;
  self->last_low = GST_RTC_GCC_NO_TIME;
}

/**
 * gst_rtc_queue_delay_take:
 * @packet: a packet that arrived, unwrapped
 *
 * Thread: any, one at a time
 */
void
gst_rtc_queue_delay_take (GstRtcQueueDelay * self,
    const GstRtcGccPacket * packet)
{
  const gint64 delay = packet->received - packet->sent;

  self->least = MIN (self->least, delay);
}

static void
begin_span (GstRtcQueueDelay * self, gint64 now)
{
  self->lowest[1] = self->lowest[0];
  self->lowest[0] = G_MAXINT64;
  self->span_began = now;
}

/**
 * gst_rtc_queue_delay_end_feedback:
 * @acked: bit/s that arrive
 * @rtt: round trip in ns
 *
 * Sums up the packets of one feedback.
 *
 * Thread: any, one at a time
 */
void
gst_rtc_queue_delay_end_feedback (GstRtcQueueDelay * self, gint64 now,
    guint64 acked, gint64 rtt)
{
  const gdouble packet = acked > 0 ? PACKET_BITS * 1000.0 / acked : 0;

  if (self->least == G_MAXINT64)
    return;

  if (self->span_began == GST_RTC_GCC_NO_TIME ||
      now - self->span_began > (self->competing ? COMPETING_SPAN : SPAN))
    begin_span (self, now);
  self->lowest[0] = MIN (self->lowest[0], self->least);
  self->floor = (self->least - MIN (self->lowest[0], self->lowest[1])) /
      (gdouble) GST_RTC_GCC_MS;
  self->highest = MAX (FORGET_HIGHEST * self->highest, self->floor);
  self->least = G_MAXINT64;

  if (self->floor < CLAMP (packet, LOW, MAX_LOW)
      || self->last_low == GST_RTC_GCC_NO_TIME)
    self->last_low = now;
  self->competing = now - self->last_low >
      MAX (PATIENCE, PATIENCE_ROUND_TRIPS * rtt);
}
