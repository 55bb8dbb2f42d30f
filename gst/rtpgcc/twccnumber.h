/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_RTC_URI_TWCC \
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

/**
 * GST_RTC_TWCC_NUMBER_SIZE:
 *
 * Bytes by which a number makes a packet longer at most.
 */
#define GST_RTC_TWCC_NUMBER_SIZE 8

GstBuffer *gst_rtc_twcc_number_write (GstBuffer * packet, guint id,
    guint16 seqnum);

G_END_DECLS
