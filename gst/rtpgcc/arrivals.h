/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packetlog.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 first_sent;
  gint64 last_sent;
  gint64 first_received;
  gint64 last_received;
  guint n_packets;
} GstRtcArrivalGroup;

/**
 * GstRtcArrivalDelta:
 * @sent: nanoseconds between two groups at the sender
 * @received: the same at the receiver
 * @arrival: when the later one had arrived
 */
typedef struct
{
  gint64 sent;
  gint64 received;
  gint64 arrival;
} GstRtcArrivalDelta;

/* The last group that is complete, and the one that packets join */
typedef struct
{
  GstRtcArrivalGroup previous;
  GstRtcArrivalGroup current;
} GstRtcArrivals;

void gst_rtc_arrivals_init (GstRtcArrivals * self);
gboolean gst_rtc_arrivals_take (GstRtcArrivals * self,
    const GstRtcGccPacket * packet, GstRtcArrivalDelta * ret_delta);

G_END_DECLS
