/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* the thread that runs the context */
GSource *gst_rtc_timer_start (GMainContext * context, guint ms,
    GSourceFunc func, gpointer data);
void gst_rtc_timer_stop (GSource ** timer);

G_END_DECLS
