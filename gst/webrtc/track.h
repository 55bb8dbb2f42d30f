/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/sdp/sdp.h>

#include "sinkpad.h"

G_BEGIN_DECLS

typedef struct _GstRtcTrack GstRtcTrack;

GstRtcTrack *gst_rtc_track_new (GstRtcSinkPad * pad, guint mline);
void gst_rtc_track_free (GstRtcTrack * self);
GstRtcSinkPad *gst_rtc_track_get_pad (GstRtcTrack * self);
guint gst_rtc_track_get_mline (GstRtcTrack * self);

gboolean gst_rtc_track_pad_can_offer (GstRtcSinkPad * pad, GArray * payloads);
gboolean gst_rtc_track_offer (GstRtcTrack * self, GstElement * webrtcbin,
    GArray * payloads, gboolean retransmission, GError ** error);
gboolean gst_rtc_track_take_answer (GstRtcTrack * self,
    const GstSDPMedia * media, GError ** error);
gboolean gst_rtc_track_take_offer (GstRtcTrack * self,
    const GstSDPMedia * media, GArray * payloads, gboolean retransmission);
gboolean gst_rtc_track_answer (GstRtcTrack * self, GstElement * webrtcbin,
    gboolean retransmission, GError ** error);
gboolean gst_rtc_track_is_outdated (GstRtcTrack * self);
gboolean gst_rtc_track_offer_again (GstRtcTrack * self, GArray * payloads,
    GError ** error);

GstCaps *gst_rtc_track_get_formats (GstRtcTrack * self);
const GstRtcCodec *gst_rtc_track_get_codec (GstRtcTrack * self);
GstCaps *gst_rtc_track_get_input_caps (GstRtcTrack * self);

gboolean gst_rtc_track_is_connected (GstRtcTrack * self);
gboolean gst_rtc_track_connect (GstRtcTrack * self, GstBin * pipeline,
    GstElement * filter, GstElement * payloader, GError ** error);
void gst_rtc_track_disconnect (GstRtcTrack * self);
void gst_rtc_track_retire (GstRtcTrack * self);
void gst_rtc_track_leave (GstRtcTrack * self, GstElement * webrtcbin);

void gst_rtc_track_attach (GstRtcTrack * self, GstRtcRendition * rendition);
GstRtcRendition *gst_rtc_track_get_rendition (GstRtcTrack * self);
GstRtcRendition *gst_rtc_track_detach (GstRtcTrack * self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcTrack, gst_rtc_track_free)

G_END_DECLS
