/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstRtcPathReport:
 * @loss: share of packets that got lost since the last one
 * @rtt: round trip in ns, 0 if it is not known
 * @remb: bit/s that the receiver allows, 0 if it does not say
 * @has_loss: whether there is anything about loss
 *
 * What a receiver tells without transport-wide feedback: RTCP's receiver
 * reports, and REMB.
 */
typedef struct
{
  gdouble loss;
  gint64 rtt;
  guint64 remb;
  gboolean has_loss;
} GstRtcPathReport;

/**
 * GstRtcReports:
 * @rate: bit/s that the path carries, as far as reports tell
 * @limited: whether it was seen to carry no more
 */
typedef struct
{
  guint64 rate;
  gboolean limited;

  gint64 last;                  /* ns: of the last report */
  gint64 last_bad;
  gint64 least_rtt;
  guint64 remb;
  guint64 n_bytes;              /* sent since the last report */
} GstRtcReports;

void gst_rtc_reports_init (GstRtcReports * self);
void gst_rtc_reports_sent (GstRtcReports * self, guint bytes);
guint64 gst_rtc_reports_take (GstRtcReports * self, gint64 now, guint64 rate,
    const GstRtcPathReport * report);

G_END_DECLS
