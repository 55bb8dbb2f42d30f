/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packetlog.h"

G_BEGIN_DECLS

/**
 * GstRtcSent:
 * @time: when it was sent, in nanoseconds of our clock
 * @size: bytes
 *
 * A packet that was sent.
 */
typedef struct
{
  gint64 time;
  guint size;
} GstRtcSent;

/**
 * GstRtcSentLog:
 *
 * All 0 to begin with.
 */
typedef struct
{
  GstRtcSent *ring;             /* NULL before the first */
  guint capacity;               /* a power of 2 */
  gint64 first;                 /* that is still there, unwrapped */
  gint64 next;
} GstRtcSentLog;

void gst_rtc_sent_log_clear (GstRtcSentLog * self);
guint16 gst_rtc_sent_log_get_next (const GstRtcSentLog * self);
void gst_rtc_sent_log_add (GstRtcSentLog * self, gint64 now, guint size);
const GstRtcSent *gst_rtc_sent_log_find (const GstRtcSentLog * self,
    guint16 seqnum);

G_END_DECLS
