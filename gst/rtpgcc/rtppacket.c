/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Packets of RTP are shared: by viewers, and with the history of what was sent.
 * So none is written to. A packet with another header is a new one, which
 * shares the payload. */

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

/**
 * gst_rtc_rtp_packet_replace_header:
 * @packet: (transfer full): a packet
 * @header: (transfer full): what it begins with instead
 * @n_skipped: bytes of @packet that are left out
 *
 * Returns: (transfer full): the new packet
 *
 * Thread: any
 */
GstBuffer *
gst_rtc_rtp_packet_replace_header (GstBuffer * packet, GstMemory * header,
    gsize n_skipped)
{
  GstBuffer *replaced = gst_buffer_new ();

  gst_buffer_append_memory (replaced, header);
  gst_buffer_copy_into (replaced, packet, GST_BUFFER_COPY_FLAGS |
      GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_META, 0, -1);
  gst_buffer_copy_into (replaced, packet, GST_BUFFER_COPY_MEMORY, n_skipped,
      -1);
  gst_buffer_unref (packet);

  return replaced;
}
