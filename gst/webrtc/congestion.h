/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtpgcc/rtpgccbwe.h>
#include <gst/sdp/sdp.h>

#include "session.h"
#include "settings.h"

G_BEGIN_DECLS

typedef struct _GstRtcCongestion GstRtcCongestion;

GstRtcCongestion *gst_rtc_congestion_new (GstRtcSession * session,
    const GstRtcSettings * settings, void (*estimated) (GstRtcSession *));
void gst_rtc_congestion_free (GstRtcCongestion * self);
void gst_rtc_congestion_watch (GstRtcCongestion * self,
    GstElement * webrtcbin);
void gst_rtc_congestion_watch_rtp_session (GstRtcCongestion * self,
    GstElement * element);
void gst_rtc_congestion_stop (GstRtcCongestion * self);
void gst_rtc_congestion_set_media (GstRtcCongestion * self, guint n_video,
    guint n_audio);
void gst_rtc_congestion_add_payload (GstRtcCongestion * self,
    const GstSDPMedia * media, gint pt, guint number_id);
GstRtcGccBwe *gst_rtc_congestion_get_bwe (GstRtcCongestion * self);
void gst_rtc_congestion_get_report (GstRtcCongestion * self,
    GstRtcGccReport * report);

G_END_DECLS
