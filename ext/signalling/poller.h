/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GstRtcPoller GstRtcPoller;
typedef struct _GstRtcPollerWatch GstRtcPollerWatch;

typedef void (*GstRtcPollerFunc) (gpointer user_data, gboolean hung_up);

GstRtcPoller *gst_rtc_poller_new (GMainContext * context, GError ** error);
void gst_rtc_poller_free (GstRtcPoller * self);

GstRtcPollerWatch *gst_rtc_poller_add (GstRtcPoller * self, gint fd,
    GstRtcPollerFunc func, gpointer user_data, GError ** error);
void gst_rtc_poller_watch_set (GstRtcPollerWatch * watch, gboolean readable,
    gboolean writable);
void gst_rtc_poller_watch_call_again (GstRtcPollerWatch * watch);
void gst_rtc_poller_watch_remove (GstRtcPollerWatch * watch);

G_END_DECLS
