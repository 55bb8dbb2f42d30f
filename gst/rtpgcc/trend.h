/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "arrivals.h"

G_BEGIN_DECLS

#define GST_RTC_TRENDLINE_WINDOW 20

typedef enum
{
  GST_RTC_GCC_ESTIMATOR_KALMAN,
  GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION,
} GstRtcGccEstimatorType;

typedef struct
{
  gdouble x;
  gdouble y;
} GstRtcPoint;

/* Milliseconds throughout */
typedef struct
{
  gdouble accumulated;
  gdouble smoothed;
  gint64 first_arrival;         /* ns */
  GstRtcPoint samples[GST_RTC_TRENDLINE_WINDOW];        /* a ring */
  guint n_samples;
  guint next;
  gdouble slope;
} GstRtcTrendline;

/* The draft's filter, section 5.3, in milliseconds */
typedef struct
{
  gdouble gradient;
  gdouble variance;
  gdouble error;
  gdouble shortest_interval;
} GstRtcKalman;

typedef struct
{
  GstRtcGccEstimatorType type;
  GstRtcTrendline line;
  GstRtcKalman kalman;
  guint n_deltas;
} GstRtcTrend;

gboolean gst_rtc_slope (const GstRtcPoint * points, guint n,
    gdouble * ret_slope);

void gst_rtc_trendline_init (GstRtcTrendline * self);
void gst_rtc_trendline_take (GstRtcTrendline * self, gdouble variation,
    gint64 arrival);

void gst_rtc_kalman_init (GstRtcKalman * self);
void gst_rtc_kalman_take (GstRtcKalman * self, gdouble variation,
    gdouble interval);

void gst_rtc_trend_init (GstRtcTrend * self, GstRtcGccEstimatorType type);
gdouble gst_rtc_trend_take (GstRtcTrend * self,
    const GstRtcArrivalDelta * delta);

G_END_DECLS
