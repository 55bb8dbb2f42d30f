/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What has to be known of the layout of a packet of RTP. */

#include "rtppacket.h"

/**
 * gst_rtc_rtp_packet_get_header_size:
 *
 * Returns: bytes up to the payload (RFC 3550 section 5.1), 0 if that is no
 *     packet or an empty one
 *
 * Thread: any
 */
gsize
gst_rtc_rtp_packet_get_header_size (GstBuffer * packet)
{
  guint8 first;
  guint8 extension[4];
  gsize size;

  if (gst_buffer_extract (packet, 0, &first, 1) != 1 || first >> 6 != 2)
    return 0;

  size = GST_RTC_RTP_FIXED_HEADER + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (gst_buffer_extract (packet, size, extension, 4) != 4)
      return 0;
    size += 4 + 4 * GST_READ_UINT16_BE (extension + 2);
  }

  return size < gst_buffer_get_size (packet) ? size : 0;
}
