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
#define ETA_PER_SECOND 1.08

/* Until the first overuse nothing is known; bounded by what arrives */
#define FIRST_ETA_PER_SECOND 2.0

/* No more than that many times what arrives: draft, section 5.5 */
#define MAX_AHEAD 1.5

/* Bytes, and frames per second, of an average packet: draft, section 5.5 */
#define PACKET_BITS (1200 * 8)
#define FRAMES_PER_SECOND 30
#define RESPONSE_TIME (100 * GST_RTC_GCC_MS)

/* libwebrtc: weight of a new measurement of the capacity, limits and start of
 * its normalised deviation */
#define CAPACITY_WEIGHT 0.05
#define MIN_DEVIATION 0.4
#define MAX_DEVIATION 2.5

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
  if (rate > 1000 * (self->capacity.mean + capacity_spread (&self->capacity)))
    self->capacity.mean = 0;
  set_rate (self, rate);
  self->last_change = now;
}

static gdouble
additive_step (const GstRtcAimd * self, gint64 rtt, gdouble seconds)
{
  const gdouble frame = self->rate / FRAMES_PER_SECOND;
  const gdouble packet = frame / ceil (frame / PACKET_BITS);
  const gdouble response = (rtt + RESPONSE_TIME) /
      (gdouble) GST_RTC_GCC_SECOND;

  return MAX (1000, packet / response) * seconds;
}

static void
increase (GstRtcAimd * self, gint64 now, guint64 acked, gint64 rtt)
{
  const gdouble seconds = self->last_change == GST_RTC_GCC_NO_TIME ? 0 :
      CLAMP ((now - self->last_change) / (gdouble) GST_RTC_GCC_SECOND, 0, 1);
  const gdouble ceiling = MAX_AHEAD * acked + 10000;
  gdouble rate = self->rate;

  if (self->capacity.mean > 0 && acked / 1000.0 > self->capacity.mean +
      capacity_spread (&self->capacity))
    self->capacity.mean = 0;

  if (self->capacity.mean > 0)
    rate += additive_step (self, rtt, seconds);
  else
    rate *= pow (self->met_limit ? ETA_PER_SECOND : FIRST_ETA_PER_SECOND,
        seconds);

  /* who sends less than he may learns nothing */
  if (rate > ceiling)
    rate = MAX (self->rate, MIN (rate, ceiling));
  set_rate (self, rate);
}

static void
decrease (GstRtcAimd * self, gint64 now, guint64 acked)
{
  gdouble rate = BETA * acked;

  self->met_limit = TRUE;
  self->holding = TRUE;
  if (acked == 0)
    rate = BETA * self->rate;
  /* what arrives is what was sent some time ago, which may be more */
  if (rate > self->rate && self->capacity.mean > 0)
    rate = BETA * 1000 * self->capacity.mean;
  if (self->capacity.mean > 0 && acked / 1000.0 <
      self->capacity.mean - capacity_spread (&self->capacity))
    self->capacity.mean = 0;
  if (acked > 0)
    learn_capacity (&self->capacity, acked);
  set_rate (self, MIN (rate, self->rate));
  self->last_decrease = now;
}

/**
 * gst_rtc_aimd_take:
 * @usage: of the link
 * @acked: bit/s that arrive
 * @acked_short: the same, over the shortest time that is good for anything
 * @rtt: round trip in ns
 *
 * Thread: any, one at a time
 */
void
gst_rtc_aimd_take (GstRtcAimd * self, gint64 now, GstRtcUsage usage,
    guint64 acked, guint64 acked_short, gint64 rtt)
{
  switch (usage) {
    case GST_RTC_USAGE_OVER:
      if (self->last_decrease == GST_RTC_GCC_NO_TIME ||
          now - self->last_decrease >= MAX (MIN_DECREASE_INTERVAL, rtt))
        decrease (self, now, acked_short);
      break;
    case GST_RTC_USAGE_UNDER:
      /* the queue is getting empty: let it */
      self->holding = TRUE;
      break;
    case GST_RTC_USAGE_NORMAL:
      if (self->holding)
        self->holding = FALSE;
      else
        increase (self, now, acked, rtt);
      break;
  }
  self->last_change = now;
}
