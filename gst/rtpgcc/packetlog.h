/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Packets about which something is remembered */
#define GST_RTC_PACKET_LOG_SIZE 8192

#define GST_RTC_GCC_MS G_GINT64_CONSTANT (1000000)
#define GST_RTC_GCC_SECOND G_GINT64_CONSTANT (1000000000)
#define GST_RTC_GCC_NO_TIME G_MININT64

/**
 * GstRtcGccPacket:
 * @seqnum: transport-wide sequence number
 * @sent: when it was sent, in nanoseconds of our clock, or
 *     %GST_RTC_GCC_NO_TIME when nobody knows such a packet
 * @received: when it arrived, in nanoseconds of the receiver's clock, or
 *     %GST_RTC_GCC_NO_TIME when it did not
 * @size: bytes
 *
 * What feedback says of one packet.
 */
typedef struct
{
  gint64 seqnum;
  gint64 sent;
  gint64 received;
  guint size;
} GstRtcGccPacket;

typedef enum
{
  GST_RTC_PACKET_IGNORED,       /* told before, unknown, or not to be believed */
  GST_RTC_PACKET_LOST,
  GST_RTC_PACKET_RECEIVED,
  GST_RTC_PACKET_FOUND,         /* received, after it was said to be lost */
} GstRtcPacketNews;

typedef struct
{
  gint64 last_seqnum;           /* unwrapped; -1 before the first */
  guint8 fates[GST_RTC_PACKET_LOG_SIZE];
  gint64 last_received;         /* unwrapped */
  gint64 last_sent;
  guint n_unbelievable;         /* in a row */
  gboolean new_clock;           /* arrivals are no more like those before */
} GstRtcPacketLog;

void gst_rtc_packet_log_init (GstRtcPacketLog * self);
GstRtcPacketNews gst_rtc_packet_log_take (GstRtcPacketLog * self, gint64 now,
    GstRtcGccPacket * packet);

G_END_DECLS
