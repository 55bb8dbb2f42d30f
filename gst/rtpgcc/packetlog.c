/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What was said of which packet.
 *
 * Feedback is what a stranger says: it may repeat itself, speak of packets
 * that were never sent, or tell times that cannot be. And its counters are
 * short: sequence numbers have 16 bits, the receiver's clock 24 bits of 64 ms
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1), which is
 * 12 days. Both are unwrapped here, as GStreamer before 1.24.9 does not. Each
 * packet gets through once, in a history that does not grow.
 */

#include "packetlog.h"

#include <string.h>

/* Nanoseconds until the receiver's clock begins anew */
#define PERIOD ((G_GINT64_CONSTANT (1) << 24) * 64 * GST_RTC_GCC_MS)

/* No packet takes that much longer than the one before */
#define MAX_SURPRISE (10 * GST_RTC_GCC_SECOND)

/* After so many packets in a row we believe that the clock was set */
#define MAX_UNBELIEVABLE 50

enum
{
  UNKNOWN,
  LOST,
  RECEIVED,
};

/**
 * gst_rtc_packet_log_init:
 *
 * Thread: any
 */
void
gst_rtc_packet_log_init (GstRtcPacketLog * self)
{
  memset (self, 0, sizeof (*self));
  self->last_seqnum = -1;
  self->last_received = GST_RTC_GCC_NO_TIME;
}

static guint8 *
fate_of (GstRtcPacketLog * self, gint64 seqnum)
{
  return &self->fates[seqnum % GST_RTC_PACKET_LOG_SIZE];
}

static gint64
unwrap_seqnum (GstRtcPacketLog * self, guint16 seqnum)
{
  if (self->last_seqnum < 0)
    /* so that what was sent before does not become negative */
    return seqnum + 0x10000;

  return self->last_seqnum +
      (gint16) (seqnum - (guint16) (self->last_seqnum & 0xffff));
}

static void
advance (GstRtcPacketLog * self, gint64 seqnum)
{
  gint64 first = MAX (self->last_seqnum + 1,
      seqnum - GST_RTC_PACKET_LOG_SIZE + 1);

  for (gint64 i = first; i <= seqnum; i++)
    *fate_of (self, i) = UNKNOWN;
  self->last_seqnum = seqnum;
}

static gint64
unwrap_received (GstRtcPacketLog * self, gint64 received)
{
  gint64 delta;

  if (self->last_received == GST_RTC_GCC_NO_TIME)
    return received;

  delta = (received - self->last_received) % PERIOD;
  if (delta > PERIOD / 2)
    delta -= PERIOD;
  else if (delta < -PERIOD / 2)
    delta += PERIOD;

  return self->last_received + delta;
}

static gboolean
take_received (GstRtcPacketLog * self, GstRtcGccPacket * packet)
{
  gint64 received = unwrap_received (self, packet->received);
  gint64 surprise;

  if (self->last_received != GST_RTC_GCC_NO_TIME) {
    surprise = (received - self->last_received) -
        (packet->sent - self->last_sent);
    if (ABS (surprise) > MAX_SURPRISE) {
      if (++self->n_unbelievable < MAX_UNBELIEVABLE)
        return FALSE;
      self->new_clock = TRUE;
      /* begins anew, so that jumps do not add up */
      received = packet->received;
    }
  }

  self->n_unbelievable = 0;
  self->last_received = received;
  self->last_sent = packet->sent;
  packet->received = received;

  return TRUE;
}

/**
 * gst_rtc_packet_log_take:
 * @now: our clock
 * @packet: what feedback says; its sequence number and its arrival get
 *     unwrapped
 *
 * Returns: what is new about that
 *
 * Thread: any, one at a time
 */
GstRtcPacketNews
gst_rtc_packet_log_take (GstRtcPacketLog * self, gint64 now,
    GstRtcGccPacket * packet)
{
  const gboolean lost = packet->received == GST_RTC_GCC_NO_TIME;
  gint64 seqnum;
  guint8 fate;

  if (packet->sent == GST_RTC_GCC_NO_TIME || packet->sent > now)
    return GST_RTC_PACKET_IGNORED;

  seqnum = unwrap_seqnum (self, packet->seqnum);
  if (seqnum <= self->last_seqnum - GST_RTC_PACKET_LOG_SIZE)
    return GST_RTC_PACKET_IGNORED;
  if (seqnum > self->last_seqnum)
    advance (self, seqnum);

  fate = *fate_of (self, seqnum);
  packet->seqnum = seqnum;
  if (fate == RECEIVED || (lost && fate == LOST))
    return GST_RTC_PACKET_IGNORED;
  if (!lost && !take_received (self, packet))
    return GST_RTC_PACKET_IGNORED;

  *fate_of (self, seqnum) = lost ? LOST : RECEIVED;

  return lost ? GST_RTC_PACKET_LOST :
      fate == LOST ? GST_RTC_PACKET_FOUND : GST_RTC_PACKET_RECEIVED;
}
