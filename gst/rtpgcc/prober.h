/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packetlog.h"

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_PROBE_NONE,
  GST_RTC_PROBE_SENDING,
  GST_RTC_PROBE_AWAITED,
} GstRtcProbeState;

/**
 * GstRtcProber:
 * @rate: bit/s at which the cluster goes out
 *
 * A cluster of packets that is sent faster than the estimate, and what came of
 * it.
 */
typedef struct
{
  GstRtcProbeState state;
  guint64 rate;
  gint64 asked;
  guint bytes;                  /* to be sent at least */

  /* sent */
  guint n_sent;
  guint sent_bytes;
  gint64 first_sent;
  gint64 last_sent;

  /* arrived */
  guint n_arrived;
  guint arrived_bytes;
  guint first_size;             /* of what was sent first, of what arrived */
  guint last_size;
  gint64 first_arrived_sent;
  gint64 last_arrived_sent;
  gint64 first_arrived;
  gint64 last_arrived;
  gboolean over;
} GstRtcProber;

void gst_rtc_prober_init (GstRtcProber * self);
void gst_rtc_prober_start (GstRtcProber * self, gint64 now, guint64 rate);
gboolean gst_rtc_prober_is_busy (GstRtcProber * self, gint64 now);
guint gst_rtc_prober_get_missing (const GstRtcProber * self);
void gst_rtc_prober_sent (GstRtcProber * self, gint64 now, guint bytes);
void gst_rtc_prober_take (GstRtcProber * self, const GstRtcGccPacket * packet);
guint64 gst_rtc_prober_finish (GstRtcProber * self);

G_END_DECLS
