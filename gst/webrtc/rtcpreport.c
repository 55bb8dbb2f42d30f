/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads what packets of RTCP say of the path: report blocks (RFC 3550 section
 * 6.4.1), and REMB (draft-alvestrand-rmcat-remb-03). Pure. */

#include "rtcpreport.h"

#include <gst/rtp/rtp.h>
#include <string.h>

/* What is longer is somebody's wrong clock */
#define LONGEST_RTT (10 * GST_SECOND)

/* Of more packets at once than that nobody reports */
#define MANY 100000

typedef struct
{
  gdouble n_lost;
  guint n_packets;
  gint64 rtt;
} Sum;

/* Packets since the last report; 0 for the first, and when it makes no sense */
static guint
count_packets (GstRtcRtcpReader * self, guint32 ssrc, guint32 highest)
{
  for (guint i = 0; i < self->n_sources; i++) {
    guint32 n;

    if (self->sources[i].ssrc != ssrc)
      continue;
    n = highest - self->sources[i].highest;
    self->sources[i].highest = highest;
    return n < MANY ? n : 0;
  }

  if (self->n_sources < GST_RTC_RTCP_SOURCES) {
    self->sources[self->n_sources].ssrc = ssrc;
    self->sources[self->n_sources++].highest = highest;
  }

  return 0;
}

static gint64
get_rtt (guint64 ntp_time, guint32 lsr, guint32 dlsr)
{
  const guint32 rtt = (guint32) (ntp_time >> 16) - lsr - dlsr;
  const gint64 ns = gst_util_uint64_scale (rtt, GST_SECOND, 65536);

  /* no report of ours has come to it yet */
  if (lsr == 0)
    return 0;

  return ns < LONGEST_RTT ? MAX (1, ns) : 0;
}

static void
add_block (GstRtcRtcpReader * self, GstRTCPPacket * packet, guint i,
    guint64 ntp_time, Sum * sum)
{
  guint32 ssrc, highest, jitter, lsr, dlsr;
  guint8 fraction;
  gint32 lost;
  guint n;

  gst_rtcp_packet_get_rb (packet, i, &ssrc, &fraction, &lost, &highest,
      &jitter, &lsr, &dlsr);
  n = count_packets (self, ssrc, highest);
  sum->n_packets += n;
  sum->n_lost += n * fraction / 256.0;
  sum->rtt = MAX (sum->rtt, get_rtt (ntp_time, lsr, dlsr));
}

static guint64
read_remb (GstRTCPPacket * packet)
{
  const guint8 *fci = gst_rtcp_packet_fb_get_fci (packet);
  guint exponent;
  guint64 mantissa;

  /* in words of four bytes */
  if (gst_rtcp_packet_fb_get_type (packet) != GST_RTCP_PSFB_TYPE_AFB ||
      gst_rtcp_packet_fb_get_fci_length (packet) < 2 ||
      memcmp (fci, "REMB", 4) != 0)
    return 0;

  exponent = fci[5] >> 2;
  mantissa = (fci[5] & 3) << 16 | fci[6] << 8 | fci[7];

  return exponent < 40 ? mantissa << exponent : 0;
}

/**
 * gst_rtc_rtcp_reader_take:
 * @packet: a packet of RTCP
 * @ntp_time: at which it came
 * @ret_report: (out): what it says
 *
 * Returns: whether it says anything of the path
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_rtcp_reader_take (GstRtcRtcpReader * self, GstBuffer * packet,
    guint64 ntp_time, GstRtcPathReport * ret_report)
{
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket part;
  Sum sum = { 0, };
  gboolean more;

  memset (ret_report, 0, sizeof (*ret_report));
  if (!gst_rtcp_buffer_map (packet, GST_MAP_READ, &rtcp))
    return FALSE;

  for (more = gst_rtcp_buffer_get_first_packet (&rtcp, &part); more;
      more = gst_rtcp_packet_move_to_next (&part)) {
    const GstRTCPType type = gst_rtcp_packet_get_type (&part);

    if (type == GST_RTCP_TYPE_PSFB)
      ret_report->remb = MAX (ret_report->remb, read_remb (&part));
    if (type != GST_RTCP_TYPE_RR && type != GST_RTCP_TYPE_SR)
      continue;
    for (guint i = 0; i < gst_rtcp_packet_get_rb_count (&part); i++)
      add_block (self, &part, i, ntp_time, &sum);
  }
  gst_rtcp_buffer_unmap (&rtcp);

  ret_report->has_loss = sum.n_packets > 0;
  if (ret_report->has_loss)
    ret_report->loss = sum.n_lost / sum.n_packets;
  ret_report->rtt = sum.rtt;

  return ret_report->has_loss || ret_report->remb > 0;
}
