/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _GstRtcDeadlines GstRtcDeadlines;

GstRtcDeadlines *gst_rtc_deadlines_new (GMainContext * context);
void gst_rtc_deadlines_free (GstRtcDeadlines * self);
void gst_rtc_deadlines_set (GstRtcDeadlines * self, GSocket * socket,
    guint seconds);
void gst_rtc_deadlines_remove (GstRtcDeadlines * self, GSocket * socket);

G_END_DECLS
