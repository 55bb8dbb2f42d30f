/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/rtpgcc/reports.h>

G_BEGIN_DECLS

#define GST_RTC_RTCP_SOURCES 32

/**
 * GstRtcRtcpReader:
 *
 * What was read of each of our streams; all 0 to begin with.
 */
typedef struct
{
  struct
  {
    guint32 ssrc;
    guint32 highest;            /* sequence number, extended */
  } sources[GST_RTC_RTCP_SOURCES];
  guint n_sources;
} GstRtcRtcpReader;

gboolean gst_rtc_rtcp_reader_take (GstRtcRtcpReader * self,
    GstBuffer * packet, guint64 ntp_time, GstRtcPathReport * ret_report);

G_END_DECLS
