/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstRtcSilence:
 *
 * When a peer was heard. Written by the thread that receives, read by any;
 * milliseconds since @born.
 */
typedef struct
{
  gint64 born;
  gint last_heard;              /* atomic */
  gint first_rtcp;              /* atomic */
  gint last_rtcp;               /* atomic */
  gint longest_gap;             /* atomic */
  gint n_rtcp;                  /* atomic */
} GstRtcSilence;

void gst_rtc_silence_init (GstRtcSilence * self, gint64 now);
void gst_rtc_silence_watch_pad (GstRtcSilence * self, GstPad * pad);
void gst_rtc_silence_heard (GstRtcSilence * self, gint64 now, gboolean rtcp);
guint gst_rtc_silence_check (GstRtcSilence * self, gint64 now);

G_END_DECLS
