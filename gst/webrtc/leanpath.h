/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_rtc_lean_path_watch (GstElement * clocksync);
void gst_rtc_lean_path_remove (GstElement * webrtcbin, GstPad * pad);
gboolean gst_rtc_lean_path_use_fec (GstPad * pad, guint red_pt, guint fec_pt,
    guint percentage);
void gst_rtc_lean_path_skip_queues (GstElement * webrtcbin);

G_END_DECLS
