/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packetlog.h"

G_BEGIN_DECLS

/**
 * GstRtcQueueDelay:
 * @floor: what the least delayed packet of the last feedback spent in queues
 * @highest: the most that was seen lately
 * @competing: somebody else keeps the queue full, whatever we do
 *
 * Milliseconds above the least delay of the last minutes.
 */
typedef struct
{
  gdouble floor;
  gdouble highest;
  gboolean competing;

  gint64 lowest[2];             /* ns, of this and of the last span */
  gint64 span_began;
  gint64 least;                 /* ns, of this feedback */
  gint64 last_low;
} GstRtcQueueDelay;

void gst_rtc_queue_delay_init (GstRtcQueueDelay * self);
void gst_rtc_queue_delay_take (GstRtcQueueDelay * self,
    const GstRtcGccPacket * packet);
void gst_rtc_queue_delay_end_feedback (GstRtcQueueDelay * self, gint64 now,
    guint64 acked, gint64 rtt);

G_END_DECLS
