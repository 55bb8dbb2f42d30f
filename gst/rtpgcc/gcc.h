/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "aimd.h"
#include "arrivals.h"
#include "lossmodel.h"
#include "overuse.h"
#include "packetlog.h"
#include "prober.h"
#include "queuedelay.h"
#include "ratemeter.h"
#include "reports.h"
#include "trend.h"

G_BEGIN_DECLS

/**
 * GstRtcGccLimit:
 * @GST_RTC_GCC_LIMIT_UNKNOWN: nothing was measured yet
 * @GST_RTC_GCC_LIMIT_APPLICATION: at least that much gets through
 * @GST_RTC_GCC_LIMIT_NETWORK: that much gets through and no more
 *
 * What an estimate is worth.
 */
typedef enum
{
  GST_RTC_GCC_LIMIT_UNKNOWN,
  GST_RTC_GCC_LIMIT_APPLICATION,
  GST_RTC_GCC_LIMIT_NETWORK,
} GstRtcGccLimit;

typedef struct
{
  /* results */
  guint64 estimate;             /* bit/s */
  GstRtcGccLimit limit;
  gint64 rtt;                   /* ns */

  /* parts */
  GstRtcPacketLog log;
  GstRtcArrivals arrivals;
  GstRtcTrend trend;
  GstRtcOveruse overuse;
  GstRtcRateMeter acked;
  GstRtcLossModel loss;
  GstRtcAimd aimd;
  GstRtcProber prober;
  GstRtcQueueDelay queue;
  GstRtcReports reports;        /* while there is no feedback */

  /* settings */
  guint64 min;
  guint64 max;
  guint64 start;
  guint64 wanted;               /* bit/s: no use for more */

  /* probing */
  guint initial_probes;
  guint64 next_probe;           /* bit/s */
  gint64 last_probe;
  gint64 last_raise;            /* by a probe */
  guint64 step;                 /* bit/s that the next one may bring */
  gint64 probe_interval;
  gdouble phase;                /* of 1: how much of a spread is waited */
  gint64 last_over;
  guint64 before_drop;

  /* silence */
  gint64 last_feedback;
  gint64 feedback_interval;     /* mean */
  gint64 waiting_since;         /* first packet that nothing was said of */
  gint64 expecting_since;       /* first one that has to make somebody say it */
  gdouble stall;                /* factor */
} GstRtcGcc;

void gst_rtc_gcc_init (GstRtcGcc * self, GstRtcGccEstimatorType type,
    guint64 estimate);
void gst_rtc_gcc_set_type (GstRtcGcc * self, GstRtcGccEstimatorType type);
void gst_rtc_gcc_set_phase (GstRtcGcc * self, guint nth);
void gst_rtc_gcc_set_wanted (GstRtcGcc * self, guint64 wanted);
void gst_rtc_gcc_set_limits (GstRtcGcc * self, guint64 min, guint64 max);
void gst_rtc_gcc_set_estimate (GstRtcGcc * self, guint64 estimate);

void gst_rtc_gcc_sent (GstRtcGcc * self, gint64 now, guint bytes);
void gst_rtc_gcc_take_feedback (GstRtcGcc * self, gint64 now,
    GstRtcGccPacket * packets, guint n);
void gst_rtc_gcc_take_report (GstRtcGcc * self, gint64 now,
    const GstRtcPathReport * report);
void gst_rtc_gcc_tick (GstRtcGcc * self, gint64 now);

G_END_DECLS
