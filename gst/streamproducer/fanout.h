/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstRtcFanout GstRtcFanout;

typedef void (*GstRtcFanoutJob) (gpointer data, guint thread);

GstRtcFanout *gst_rtc_fanout_acquire (void);
void gst_rtc_fanout_release (GstRtcFanout * self);
guint gst_rtc_fanout_get_n_threads (GstRtcFanout * self);
gboolean gst_rtc_fanout_push (GstRtcFanout * self, guint thread,
    GstRtcFanoutJob job, gpointer data, GDestroyNotify destroy);

G_END_DECLS
