/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The delay-based rate: up as long as queues are short, down when they grow
 * (draft-ietf-rmcat-gcc-02, section 5.5).
 *
 * Up by a factor while the link's capacity is not known, by about a packet per
 * response time near to it. Down to a share of what arrives, measured over the
 * short time in which the queue grew: that is what the link carries.
 */

#include "aimd.h"

#include <math.h>

/* Draft, section 9 */
#define BETA 0.85

/* A queue is to be gone within that time, by going that far below what
 * arrives; then the rate goes on near to it */
#define DRAIN_IN 500.0          /* ms */
#define MIN_DRAIN_FACTOR 0.6
#define RESUME_FACTOR 0.9
#define DRAINED 15.0            /* ms */
#define STILL_GROWS 10.0        /* ms */
#define DRAIN_TIME_LIMIT GST_RTC_GCC_SECOND

/* Nobody needs more while packets wait that long */
#define BUSY_QUEUE 50.0         /* ms */

/* Against TCP: CUBIC's factor (RFC 9438, section 4.6), and as many packets
 * more a round trip as make up for it */
#define COMPETE_BETA 0.7
#define COMPETE_PACKETS 1.0
#define COMPETE_RTT (300 * GST_RTC_GCC_MS)      /* CUBIC counts no round trips */
#define ETA_PER_SECOND 1.08

/* Until the first overuse nothing is known; bounded by what arrives */
#define FIRST_ETA_PER_SECOND 2.0

/* No more than that many times what arrives: draft, section 5.5 */
#define MAX_AHEAD 1.5

/* Draft, section 5.5 */
#define PACKET_BITS (1200 * 8)
#define RESPONSE_TIME (100 * GST_RTC_GCC_MS)
#define FRAMES 30               /* a second */
#define MIN_STEP 4000           /* bit/s in a second, as libwebrtc's */

/* libwebrtc: weight of a new measurement of the capacity, limits and start of
 * its normalised deviation */
#define CAPACITY_WEIGHT 0.05
#define MIN_DEVIATION 0.4
#define MAX_DEVIATION 2.5

/* That much more than the link carried is another link, and no error */
#define OUTGROWN 1.25

/* Queues need a moment to react */
#define MIN_DECREASE_INTERVAL (100 * GST_RTC_GCC_MS)

/* Link capacity */

static gdouble
capacity_spread (const GstRtcLinkCapacity * self)
{
  return 3 * sqrt (self->deviation * self->mean);
}

static void
learn_capacity (GstRtcLinkCapacity * self, guint64 rate)
{
  const gdouble sample = rate / 1000.0;
  gdouble error;

  if (self->mean <= 0) {
    self->mean = sample;
    self->deviation = MIN_DEVIATION;
    return;
  }

  error = self->mean - sample;
  self->mean += CAPACITY_WEIGHT * (sample - self->mean);
  self->deviation = (1 - CAPACITY_WEIGHT) * self->deviation +
      CAPACITY_WEIGHT * error * error / MAX (self->mean, 1);
  self->deviation = CLAMP (self->deviation, MIN_DEVIATION, MAX_DEVIATION);
}

/* Rate control */

/**
 * gst_rtc_aimd_init:
 * @rate: bit/s to begin with
 *
 * Thread: any
 */
void
gst_rtc_aimd_init (GstRtcAimd * self, guint64 rate)
{
  self->rate = rate;
  self->min = 1000;
  self->max = G_MAXUINT;
  self->capacity.mean = 0;
  self->capacity.deviation = MIN_DEVIATION;
  self->holding = TRUE;
  self->met_limit = FALSE;
  self->outgrown = FALSE;
  self->draining = FALSE;
  self->resume_at = 0;
  self->drain_until = 0;
  self->last_change = GST_RTC_GCC_NO_TIME;
  self->last_decrease = GST_RTC_GCC_NO_TIME;
}

static void
set_rate (GstRtcAimd * self, gdouble rate)
{
  self->rate = CLAMP (rate, (gdouble) self->min, (gdouble) self->max);
}

/**
 * gst_rtc_aimd_set_rate:
 * @rate: bit/s that are known to get through
 *
 * Thread: any, one at a time
 */
void
gst_rtc_aimd_set_rate (GstRtcAimd * self, guint64 rate, gint64 now)
{
  set_rate (self, rate);
  self->last_change = now;
}

/* A full packet, whatever the rate: the same step for all who share a link
 * makes their shares equal in the end. But no more than a frame has. */
static gdouble
additive_step (gint64 rtt, gdouble rate, gdouble seconds)
{
  const gdouble response = (rtt + RESPONSE_TIME) / (gdouble) GST_RTC_GCC_SECOND;

  return MAX (MIN (PACKET_BITS, rate / FRAMES) / response, MIN_STEP) * seconds;
}

static gdouble
seconds_since_change (const GstRtcAimd * self, gint64 now)
{
  if (self->last_change == GST_RTC_GCC_NO_TIME)
    return 0;

  return CLAMP ((now - self->last_change) / (gdouble) GST_RTC_GCC_SECOND, 0, 1);
}

static void
increase (GstRtcAimd * self, gint64 now, guint64 acked, gint64 rtt)
{
  const gdouble seconds = seconds_since_change (self, now);
  const gdouble step = additive_step (rtt, self->rate, seconds);
  const gdouble ceiling = MAX_AHEAD * acked + 10000;
  gdouble rate = self->rate;

  if (self->capacity.mean > 0 && acked / 1000.0 > self->capacity.mean +
      capacity_spread (&self->capacity)) {
    self->outgrown |= acked / 1000.0 > OUTGROWN * self->capacity.mean;
    self->capacity.mean = 0;
  }

  if (self->capacity.mean > 0)
    rate += step;
  else
    rate = MAX (rate + step, rate * pow (self->met_limit ? ETA_PER_SECOND :
            FIRST_ETA_PER_SECOND, seconds));

  /* who sends less than he may learns nothing */
  if (rate > ceiling)
    rate = MAX (self->rate, MIN (rate, ceiling));
  set_rate (self, rate);
}

static void
decrease (GstRtcAimd * self, gint64 now, guint64 acked, gint64 rtt,
    gdouble queue)
{
  const gdouble factor = CLAMP (1 - queue / DRAIN_IN, MIN_DRAIN_FACTOR, BETA);
  gdouble known = acked > 0 ? acked : self->rate;

  self->met_limit = TRUE;
  self->holding = TRUE;
  /* what arrives is what was sent some time ago, which may be more */
  if (BETA * known > self->rate)
    known = self->capacity.mean > 0 ?
        MIN (known, 1000 * self->capacity.mean) : self->rate;
  if (self->capacity.mean > 0 && known / 1000.0 <
      self->capacity.mean - capacity_spread (&self->capacity))
    self->capacity.mean = 0;
  learn_capacity (&self->capacity, known);

  self->draining = TRUE;
  self->drained_queue = queue;
  self->drain_until = now + DRAIN_TIME_LIMIT + rtt;
  self->resume_at = MIN (RESUME_FACTOR * known, self->rate);
  set_rate (self, MIN (factor * known, self->rate));
  self->last_decrease = now;
}

static void
look_at_drain (GstRtcAimd * self, gint64 now, gdouble queue)
{
  if (queue < DRAINED) {
    self->draining = FALSE;
    set_rate (self, MAX (self->rate, self->resume_at));
  } else if (now > self->drain_until) {
    self->draining = FALSE;
  }
}

static gboolean
may_decrease (const GstRtcAimd * self, gint64 now, gint64 rtt, gdouble queue)
{
  if (self->last_decrease != GST_RTC_GCC_NO_TIME &&
      now - self->last_decrease < MAX (MIN_DECREASE_INTERVAL, rtt))
    return FALSE;

  /* what was done has not shown yet, or it works */
  return !self->draining || queue > self->drained_queue + STILL_GROWS;
}

/**
 * gst_rtc_aimd_take:
 * @usage: of the link
 * @acked: bit/s that arrive
 * @acked_short: the same, over the shortest time that is good for anything
 * @rtt: round trip in ns
 * @queue: milliseconds that packets wait
 *
 * Thread: any, one at a time
 */
void
gst_rtc_aimd_take (GstRtcAimd * self, gint64 now, GstRtcUsage usage,
    guint64 acked, guint64 acked_short, gint64 rtt, gdouble queue)
{
  if ((usage == GST_RTC_USAGE_OVER && may_decrease (self, now, rtt, queue)) ||
      (queue > BUSY_QUEUE && self->draining && now > self->drain_until)) {
    /* or it was not enough: a queue that only stays shows no trend */
    decrease (self, now, acked_short, rtt, queue);
  } else if (self->draining) {
    look_at_drain (self, now, queue);
  } else if (usage != GST_RTC_USAGE_NORMAL || queue > BUSY_QUEUE) {
    self->holding = TRUE;
  } else if (self->holding) {
    self->holding = FALSE;
  } else {
    increase (self, now, acked, rtt);
  }
  self->last_change = now;
}

/**
 * gst_rtc_aimd_compete:
 * @lost: whether the queue just overflowed
 * @acked: bit/s that arrive
 * @rtt: round trip in ns
 *
 * The same when somebody else fills the queue: what TCP would do.
 *
 * Thread: any, one at a time
 */
void
gst_rtc_aimd_compete (GstRtcAimd * self, gint64 now, gboolean lost,
    guint64 acked, gint64 rtt)
{
  const gdouble seconds = seconds_since_change (self, now);
  const gdouble round_trip = CLAMP (rtt, 20 * GST_RTC_GCC_MS,
      COMPETE_RTT) / (gdouble) GST_RTC_GCC_SECOND;

  self->draining = FALSE;
  self->capacity.mean = 0;
  if (!lost) {
    gdouble rate = self->rate + COMPETE_PACKETS * PACKET_BITS * seconds /
        (round_trip * round_trip);

    set_rate (self, MAX (self->rate, MIN (rate, MAX_AHEAD * acked + 10000)));
  } else if (self->last_decrease == GST_RTC_GCC_NO_TIME ||
      now - self->last_decrease >= rtt) {
    set_rate (self, COMPETE_BETA * self->rate);
    self->last_decrease = now;
  }
  self->last_change = now;
}
