/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GST_RTC_RTP_FIXED_HEADER:
 *
 * Bytes that each packet has (RFC 3550 section 5.1).
 */
#define GST_RTC_RTP_FIXED_HEADER 12

gsize gst_rtc_rtp_header_get_size (const guint8 * data, gsize size);
gsize gst_rtc_rtp_packet_get_header_size (GstBuffer * packet);

G_END_DECLS
