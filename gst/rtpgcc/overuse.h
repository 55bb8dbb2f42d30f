/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packetlog.h"

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_USAGE_NORMAL,
  GST_RTC_USAGE_OVER,
  GST_RTC_USAGE_UNDER,
} GstRtcUsage;

/* Milliseconds */
typedef struct
{
  gdouble threshold;
  gdouble last_trend;
  gint64 last_update;           /* ns */
  gdouble over_for;
  guint n_over;
  GstRtcUsage usage;
} GstRtcOveruse;

void gst_rtc_overuse_init (GstRtcOveruse * self);
GstRtcUsage gst_rtc_overuse_take (GstRtcOveruse * self, gdouble trend,
    gdouble interval, gint64 arrival);

G_END_DECLS
