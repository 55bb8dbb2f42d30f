/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtpgccbwe.h"
#include "sender.h"

G_BEGIN_DECLS

struct _GstRtcGccBwe
{
  GstElement parent_instance;

  /* construct-only: any thread */
  GstPad *sink;
  GstPad *src;
  GstClock *clock;              /* rtpsession's: times are compared */

  GMutex lock;
  GCond cond;                   /* something to send, or flushing */
  /* guarded by lock */
  GstRtcSender sender;
  GstFlowReturn flow;
  gboolean open;                /* something got through */
  gboolean pushing;
  guint64 min;
  guint64 max;
  guint64 notified;             /* the estimate that was told last */
};

/* rtpgccbwe-network.c */
gint64 gst_rtc_gcc_bwe_get_now (GstRtcGccBwe * self);
gboolean gst_rtc_gcc_bwe_take_news_locked (GstRtcGccBwe * self);
void gst_rtc_gcc_bwe_notify_estimate (GstRtcGccBwe * self);
void gst_rtc_gcc_bwe_take_feedback (GstRtcGccBwe * self, GArray * packets);
GstEvent *gst_rtc_gcc_bwe_hide_numbers (GstRtcGccBwe * self, GstEvent * event);

G_END_DECLS
