/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What transport-wide feedback says, summed up as rtpsession does in its
 * property `twcc-stats`, which is empty where it does not see the feedback. */

#include "twccstats.h"

static void
take_received (GstRtcTwccStats * self, GstRtcTwccSum * sum,
    const GstRtcGccPacket * packet)
{
  sum->n_received++;
  sum->bytes_received += packet->size;
  /* what came in another order says nothing of the path's rate */
  if (self->has_last && packet->sent >= self->last.sent &&
      packet->received >= self->last.received) {
    const gint64 local = packet->sent - self->last.sent;
    const gint64 remote = packet->received - self->last.received;

    sum->local_time += local;
    sum->remote_time += remote;
    sum->delta_of_delta += remote - local;
    sum->n_deltas++;
  }
  self->last = *packet;
  self->has_last = TRUE;
}

/**
 * gst_rtc_twcc_stats_take:
 * @packets: what one feedback says of packets, in their order
 * @n: how many
 *
 * Thread: any, one at a time
 */
void
gst_rtc_twcc_stats_take (GstRtcTwccStats * self,
    const GstRtcGccPacket * packets, guint n)
{
  GstRtcTwccSum sum = { 0, };

  for (guint i = 0; i < n; i++) {
    sum.n_sent++;
    sum.bytes_sent += packets[i].size;
    if (packets[i].received != GST_RTC_GCC_NO_TIME)
      take_received (self, &sum, &packets[i]);
  }
  self->n_sent += sum.n_sent;
  self->n_received += sum.n_received;
  self->sums[self->n_feedbacks++ % GST_RTC_TWCC_STATS_FEEDBACKS] = sum;
}

static guint
get_bitrate (guint64 bytes, gint64 time)
{
  if (time <= 0)
    return 0;

  return MIN (gst_util_uint64_scale (bytes, 8 * GST_SECOND, time), G_MAXUINT);
}

/**
 * gst_rtc_twcc_stats_get:
 *
 * Returns: (transfer full): a structure RTPTWCCStats with the fields
 *     `bitrate-sent` and `bitrate-recv` (uint, bit/s), `packets-sent` and
 *     `packets-recv` (uint, all of them), `packet-loss-pct` (double) and
 *     `avg-delta-of-delta` (int64, nanoseconds)
 *
 * Thread: any, one at a time
 */
GstStructure *
gst_rtc_twcc_stats_get (const GstRtcTwccStats * self)
{
  GstRtcTwccSum all = { 0, };

  for (guint i = 0; i < GST_RTC_TWCC_STATS_FEEDBACKS; i++) {
    all.n_sent += self->sums[i].n_sent;
    all.n_received += self->sums[i].n_received;
    all.bytes_sent += self->sums[i].bytes_sent;
    all.bytes_received += self->sums[i].bytes_received;
    all.local_time += self->sums[i].local_time;
    all.remote_time += self->sums[i].remote_time;
    all.delta_of_delta += self->sums[i].delta_of_delta;
    all.n_deltas += self->sums[i].n_deltas;
  }

  return gst_structure_new ("RTPTWCCStats",
      "bitrate-sent", G_TYPE_UINT, get_bitrate (all.bytes_sent, all.local_time),
      "bitrate-recv", G_TYPE_UINT, get_bitrate (all.bytes_received,
          all.remote_time), "packets-sent", G_TYPE_UINT, (guint) self->n_sent,
      "packets-recv", G_TYPE_UINT, (guint) self->n_received,
      "packet-loss-pct", G_TYPE_DOUBLE, all.n_sent == 0 ? 0.0 :
      100.0 * (all.n_sent - all.n_received) / all.n_sent,
      "avg-delta-of-delta", G_TYPE_INT64, all.n_deltas == 0 ? (gint64) 0 :
      all.delta_of_delta / (gint64) all.n_deltas, NULL);
}
