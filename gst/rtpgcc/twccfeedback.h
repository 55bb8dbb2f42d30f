/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "sentlog.h"

G_BEGIN_DECLS

/**
 * GstRtcTwccReader:
 *
 * How far feedback has got; all 0 to begin with.
 */
typedef struct
{
  gboolean begun;
  guint16 next_seqnum;
  guint8 next_count;
} GstRtcTwccReader;

/**
 * GstRtcTwccFunc:
 * @fci: feedback control information of one packet of feedback
 * @size: bytes
 */
typedef void (*GstRtcTwccFunc) (gpointer data, const guint8 * fci, gsize size);

GArray *gst_rtc_twcc_reader_take (GstRtcTwccReader * self,
    const GstRtcSentLog * log, const guint8 * fci, gsize size);
GstBuffer *gst_rtc_twcc_take_out (GstBuffer * rtcp, GstRtcTwccFunc func,
    gpointer data);

G_END_DECLS
