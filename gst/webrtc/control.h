/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstRtcControl GstRtcControl;

typedef void (*GstRtcJob) (gpointer data);

GstRtcControl *gst_rtc_control_new (const gchar * name);
GstRtcControl *gst_rtc_control_ref (GstRtcControl * self);
void gst_rtc_control_unref (GstRtcControl * self);

void gst_rtc_control_post (GstRtcControl * self, GstRtcJob job, gpointer data,
    GDestroyNotify destroy);
GSource *gst_rtc_control_add_timer (GstRtcControl * self, guint interval_ms,
    GSourceFunc func, gpointer data, GDestroyNotify destroy);
gboolean gst_rtc_control_is_current (GstRtcControl * self);

/* State of the control thread is touched on that thread only. */
#define gst_rtc_control_assert(self) \
  g_assert (gst_rtc_control_is_current (self))

void gst_rtc_worker_push (GstRtcJob job, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcControl, gst_rtc_control_unref)

G_END_DECLS
