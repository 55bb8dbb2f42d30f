/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Packets that were sent in one go are one measurement: a group
 * (draft-ietf-rmcat-gcc-02, section 5.2). */

#include "arrivals.h"

#include <string.h>

/* draft-ietf-rmcat-gcc-02, section 5.2: burst_time */
#define BURST (5 * GST_RTC_GCC_MS)

/* libwebrtc's limit, so that a long queue does not become one group */
#define LONGEST_BURST (100 * GST_RTC_GCC_MS)

/**
 * gst_rtc_arrivals_init:
 *
 * Thread: any
 */
void
gst_rtc_arrivals_init (GstRtcArrivals * self)
{
  memset (self, 0, sizeof (*self));
}

static gboolean
joins (const GstRtcArrivalGroup * group, const GstRtcGccPacket * packet)
{
  gint64 received = packet->received - group->last_received;
  gint64 sent = packet->sent - group->last_sent;

  if (packet->sent - group->first_sent < BURST)
    return TRUE;

  /* a queue on the way let go of what it had held back */
  return received < BURST && received < sent &&
      packet->received - group->first_received < LONGEST_BURST;
}

static void
begin_group (GstRtcArrivalGroup * group, const GstRtcGccPacket * packet)
{
  group->first_sent = group->last_sent = packet->sent;
  group->first_received = group->last_received = packet->received;
  group->n_packets = 1;
}

static gboolean
complete_group (GstRtcArrivals * self, GstRtcArrivalDelta * ret_delta)
{
  const GstRtcArrivalGroup *last = &self->previous;
  const GstRtcArrivalGroup *this = &self->current;

  if (last->n_packets == 0)
    return FALSE;

  ret_delta->sent = this->last_sent - last->last_sent;
  ret_delta->received = this->last_received - last->last_received;
  ret_delta->arrival = this->last_received;

  return ret_delta->received >= 0;
}

/**
 * gst_rtc_arrivals_take:
 * @packet: a packet that arrived, unwrapped
 * @ret_delta: (out): how the last two groups are apart
 *
 * Returns: whether a group was completed by the packet, which begins the next
 *     one
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_arrivals_take (GstRtcArrivals * self, const GstRtcGccPacket * packet,
    GstRtcArrivalDelta * ret_delta)
{
  GstRtcArrivalGroup *group = &self->current;
  gboolean complete;

  if (group->n_packets == 0) {
    begin_group (group, packet);
    return FALSE;
  }
  /* out of order */
  if (packet->sent < group->first_sent)
    return FALSE;

  if (joins (group, packet)) {
    group->last_sent = MAX (group->last_sent, packet->sent);
    group->last_received = MAX (group->last_received, packet->received);
    group->n_packets++;
    return FALSE;
  }

  complete = complete_group (self, ret_delta);
  self->previous = *group;
  begin_group (group, packet);

  return complete;
}
