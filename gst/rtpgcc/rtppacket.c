/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has to be known of the layout of a packet of RTP. */

#include "rtppacket.h"

/* With all sources that there may be, and the length of extensions */
#define MAX_START (GST_RTC_RTP_FIXED_HEADER + 15 * 4 + 4)

/**
 * gst_rtc_rtp_header_get_size:
 * @data: what a packet begins with
 * @size: bytes of @data, which need not be the whole header
 *
 * Returns: bytes up to the payload (RFC 3550 section 5.1), 0 if that is no
 *     packet or @data ends before that is said
 *
 * Thread: any
 */
gsize
gst_rtc_rtp_header_get_size (const guint8 * data, gsize size)
{
  gsize header;

  if (size < GST_RTC_RTP_FIXED_HEADER || data[0] >> 6 != 2)
    return 0;

  header = GST_RTC_RTP_FIXED_HEADER + 4 * (data[0] & 0x0f);
  if (!(data[0] & 0x10))
    return header;

  return header + 4 <= size ? header + 4 +
      4 * GST_READ_UINT16_BE (data + header + 2) : 0;
}

/**
 * gst_rtc_rtp_packet_get_header_size:
 *
 * Returns: bytes up to the payload, 0 if that is no packet or an empty one
 *
 * Thread: any
 */
gsize
gst_rtc_rtp_packet_get_header_size (GstBuffer * packet)
{
  guint8 start[MAX_START];
  const gsize size = gst_rtc_rtp_header_get_size (start,
      gst_buffer_extract (packet, 0, start, sizeof (start)));

  return size < gst_buffer_get_size (packet) ? size : 0;
}
