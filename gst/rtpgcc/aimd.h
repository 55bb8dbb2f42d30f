/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "overuse.h"

G_BEGIN_DECLS

/* What the link could carry when we last asked too much of it */
typedef struct
{
  gdouble mean;                 /* kbit/s; 0: unknown */
  gdouble deviation;            /* relative to the mean */
} GstRtcLinkCapacity;

typedef struct
{
  gdouble rate;                 /* bit/s */
  guint64 min;
  guint64 max;
  GstRtcLinkCapacity capacity;
  gboolean holding;
  gboolean outgrown;            /* since somebody looked: what the link carried */
  gboolean met_limit;           /* was there an overuse yet? */
  gboolean draining;            /* a queue, below the rate to go on with */
  gdouble resume_at;
  gint64 drain_until;
  gdouble drained_queue;        /* ms, when the draining began */
  gint64 last_change;
  gint64 last_decrease;
} GstRtcAimd;

void gst_rtc_aimd_init (GstRtcAimd * self, guint64 rate);
void gst_rtc_aimd_set_rate (GstRtcAimd * self, guint64 rate, gint64 now);
void gst_rtc_aimd_take (GstRtcAimd * self, gint64 now, GstRtcUsage usage,
    guint64 acked, guint64 acked_short, gint64 rtt, gdouble queue);
void gst_rtc_aimd_compete (GstRtcAimd * self, gint64 now, gboolean lost,
    guint64 acked, gint64 rtt);

G_END_DECLS
