/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "packetlog.h"

G_BEGIN_DECLS

/* Feedbacks that are summed up: a second or less */
#define GST_RTC_TWCC_STATS_FEEDBACKS 16

typedef struct
{
  guint n_sent;
  guint n_received;
  guint64 bytes_sent;
  guint64 bytes_received;
  gint64 local_time;            /* nanoseconds that it took to send them */
  gint64 remote_time;           /* and to receive them */
  gint64 delta_of_delta;        /* sum */
  guint n_deltas;
} GstRtcTwccSum;

/**
 * GstRtcTwccStats:
 *
 * All 0 to begin with.
 */
typedef struct
{
  GstRtcTwccSum sums[GST_RTC_TWCC_STATS_FEEDBACKS];     /* a ring */
  guint n_feedbacks;
  guint64 n_sent;
  guint64 n_received;
  GstRtcGccPacket last;         /* that was received */
  gboolean has_last;
} GstRtcTwccStats;

void gst_rtc_twcc_stats_take (GstRtcTwccStats * self,
    const GstRtcGccPacket * packets, guint n);
GstStructure *gst_rtc_twcc_stats_get (const GstRtcTwccStats * self);

G_END_DECLS
