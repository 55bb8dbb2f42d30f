/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_rtc_rtx_history_init (GstElement * rtprtxsend);
void gst_rtc_rtx_history_watch (GstElement * webrtcbin,
    GstElement * rtpsession);
guint gst_rtc_rtx_history_for_round_trip (guint round_trip);

G_END_DECLS
