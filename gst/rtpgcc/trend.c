/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether queues grow: the trend of the one-way delay.
 *
 * Two estimators, by the names that rtpgccbwe has for them: the Kalman filter
 * of draft-ietf-rmcat-gcc-02, and the slope of a line through the smoothed
 * delay of the last groups, which is what browsers do today. Either gives
 * milliseconds that can be held against one threshold.
 */

#include "trend.h"

#include <math.h>
#include <string.h>

/* Trendline: libwebrtc's published defaults */
#define SMOOTHING 0.9
#define GAIN 4.0

/* Kalman: section 5.3 and the table in section 9 of the draft */
#define CHI 0.01
#define Q 0.001
#define FIRST_ERROR 0.1
#define OUTLIER 3.0

/* libwebrtc: the longer it lasts the surer it is */
#define MAX_DELTAS 60

/* Linear regression */

/**
 * gst_rtc_slope:
 * @ret_slope: (out): of the line that is nearest to the points
 *
 * Returns: whether there is such a line
 */
gboolean
gst_rtc_slope (const GstRtcPoint * points, guint n, gdouble * ret_slope)
{
  gdouble mean_x = 0;
  gdouble mean_y = 0;
  gdouble numerator = 0;
  gdouble denominator = 0;

  if (n < 2)
    return FALSE;

  for (guint i = 0; i < n; i++) {
    mean_x += points[i].x / n;
    mean_y += points[i].y / n;
  }
  for (guint i = 0; i < n; i++) {
    numerator += (points[i].x - mean_x) * (points[i].y - mean_y);
    denominator += (points[i].x - mean_x) * (points[i].x - mean_x);
  }
  if (denominator == 0)
    return FALSE;

  *ret_slope = numerator / denominator;

  return TRUE;
}

void
gst_rtc_trendline_init (GstRtcTrendline * self)
{
  memset (self, 0, sizeof (*self));
  self->first_arrival = GST_RTC_GCC_NO_TIME;
}

/* Only differences count: years must not eat up the precision. */
static void
rebase (GstRtcTrendline * self, gint64 arrival)
{
  const gdouble x = (arrival - self->first_arrival) / (gdouble) GST_RTC_GCC_MS;
  const gdouble y = self->smoothed;

  for (guint i = 0; i < self->n_samples; i++) {
    self->samples[i].x -= x;
    self->samples[i].y -= y;
  }
  self->first_arrival = arrival;
  self->accumulated -= y;
  self->smoothed = 0;
}

/**
 * gst_rtc_trendline_take:
 * @variation: how much longer than its predecessor a group took, in ms
 * @arrival: when it had arrived, in ns
 */
void
gst_rtc_trendline_take (GstRtcTrendline * self, gdouble variation,
    gint64 arrival)
{
  GstRtcPoint *sample = &self->samples[self->next];

  if (self->first_arrival == GST_RTC_GCC_NO_TIME)
    self->first_arrival = arrival;
  if (arrival - self->first_arrival > 1000 * GST_RTC_GCC_SECOND)
    rebase (self, arrival);

  self->accumulated += variation;
  self->smoothed = SMOOTHING * self->smoothed +
      (1 - SMOOTHING) * self->accumulated;

  sample->x = (arrival - self->first_arrival) / (gdouble) GST_RTC_GCC_MS;
  sample->y = self->smoothed;
  self->next = (self->next + 1) % GST_RTC_TRENDLINE_WINDOW;
  self->n_samples = MIN (self->n_samples + 1, GST_RTC_TRENDLINE_WINDOW);

  if (self->n_samples == GST_RTC_TRENDLINE_WINDOW)
    gst_rtc_slope (self->samples, self->n_samples, &self->slope);
}

/* Kalman filter */

void
gst_rtc_kalman_init (GstRtcKalman * self)
{
  memset (self, 0, sizeof (*self));
  self->error = FIRST_ERROR;
  self->variance = 1;
  self->shortest_interval = 1000;
}

/**
 * gst_rtc_kalman_take:
 * @variation: how much longer than its predecessor a group took, in ms
 * @interval: how long after it, in ms
 */
void
gst_rtc_kalman_take (GstRtcKalman * self, gdouble variation, gdouble interval)
{
  gdouble z = variation - self->gradient;
  const gdouble limit = OUTLIER * sqrt (self->variance);
  const gdouble predicted = self->error + Q;
  gdouble alpha;
  gdouble gain;

  z = CLAMP (z, -limit, limit);
  /* 1 / f_max: forgotten slowly, as a rate is not for ever */
  self->shortest_interval = MIN (self->shortest_interval * 1.01, MAX (interval,
          5));
  alpha = pow (1 - CHI, 30 * self->shortest_interval / 1000);
  self->variance = MAX (alpha * self->variance + (1 - alpha) * z * z, 1);

  gain = predicted / (self->variance + predicted);
  self->gradient += z * gain;
  self->error = (1 - gain) * predicted;
}

/* Either */

/**
 * gst_rtc_trend_init:
 *
 * Thread: any
 */
void
gst_rtc_trend_init (GstRtcTrend * self, GstRtcGccEstimatorType type)
{
  self->type = type;
  self->n_deltas = 0;
  gst_rtc_trendline_init (&self->line);
  gst_rtc_kalman_init (&self->kalman);
}

/**
 * gst_rtc_trend_take:
 * @delta: how two groups are apart
 *
 * Returns: milliseconds, positive when queues grow
 *
 * Thread: any, one at a time
 */
gdouble
gst_rtc_trend_take (GstRtcTrend * self, const GstRtcArrivalDelta * delta)
{
  const gdouble variation = (delta->received - delta->sent) /
      (gdouble) GST_RTC_GCC_MS;
  guint weight;

  self->n_deltas++;
  weight = MIN (self->n_deltas, MAX_DELTAS);

  if (self->type == GST_RTC_GCC_ESTIMATOR_KALMAN) {
    gst_rtc_kalman_take (&self->kalman, variation,
        delta->sent / (gdouble) GST_RTC_GCC_MS);
    return self->kalman.gradient * weight;
  }

  gst_rtc_trendline_take (&self->line, variation, delta->arrival);

  return self->line.slope * weight * GAIN;
}
