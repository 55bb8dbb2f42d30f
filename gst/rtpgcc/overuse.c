/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether we are what makes queues grow: the trend against a threshold that
 * adapts, so that a flow that fills queues does not starve us
 * (draft-ietf-rmcat-gcc-02, section 5.4). */

#include "overuse.h"

#include <math.h>

/* All in milliseconds. The draft's section 9, but for the two gains, which are
 * libwebrtc's: the draft's are too slow to withstand TCP. */
#define FIRST_THRESHOLD 12.5
#define MIN_THRESHOLD 6.0
#define MAX_THRESHOLD 600.0
#define GAIN_UP 0.0087
#define GAIN_DOWN 0.039
#define OVERUSE_TIME 10.0
#define MAX_ADAPT_OFFSET 15.0
#define MAX_ADAPT_INTERVAL 100.0

/**
 * gst_rtc_overuse_init:
 *
 * Thread: any
 */
void
gst_rtc_overuse_init (GstRtcOveruse * self)
{
  self->threshold = FIRST_THRESHOLD;
  self->last_trend = 0;
  self->last_update = GST_RTC_GCC_NO_TIME;
  self->over_for = 0;
  self->n_over = 0;
  self->usage = GST_RTC_USAGE_NORMAL;
}

static void
adapt (GstRtcOveruse * self, gdouble trend, gint64 arrival)
{
  const gdouble size = fabs (trend);
  gdouble elapsed = 0;

  if (self->last_update != GST_RTC_GCC_NO_TIME)
    elapsed = (arrival - self->last_update) / (gdouble) GST_RTC_GCC_MS;
  self->last_update = arrival;

  /* a jump is no trend: a route changed, or a radio woke up */
  if (size > self->threshold + MAX_ADAPT_OFFSET)
    return;

  self->threshold += (size < self->threshold ? GAIN_DOWN : GAIN_UP) *
      (size - self->threshold) * CLAMP (elapsed, 0, MAX_ADAPT_INTERVAL);
  self->threshold = CLAMP (self->threshold, MIN_THRESHOLD, MAX_THRESHOLD);
}

static void
look_at_overuse (GstRtcOveruse * self, gdouble trend, gdouble interval)
{
  /* the first one began somewhere in the interval before it */
  self->over_for += self->n_over == 0 ? interval / 2 : interval;
  self->n_over++;
  if (self->over_for > OVERUSE_TIME && self->n_over > 1 &&
      trend >= self->last_trend) {
    self->over_for = 0;
    self->n_over = 0;
    self->usage = GST_RTC_USAGE_OVER;
  }
}

/**
 * gst_rtc_overuse_take:
 * @trend: of the delay, in ms
 * @interval: between the two groups that it was learnt from, in ms
 * @arrival: of the later one, in ns
 *
 * Thread: any, one at a time
 */
GstRtcUsage
gst_rtc_overuse_take (GstRtcOveruse * self, gdouble trend, gdouble interval,
    gint64 arrival)
{
  if (trend > self->threshold) {
    look_at_overuse (self, trend, interval);
  } else {
    self->over_for = 0;
    self->n_over = 0;
    self->usage = trend < -self->threshold ?
        GST_RTC_USAGE_UNDER : GST_RTC_USAGE_NORMAL;
  }
  self->last_trend = trend;
  adapt (self, trend, arrival);

  return self->usage;
}
