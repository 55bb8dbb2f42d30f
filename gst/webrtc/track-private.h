/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/webrtc/webrtc.h>

#include "payloads.h"
#include "track.h"

G_BEGIN_DECLS

struct _GstRtcTrack
{
  GstRtcSinkPad *pad;
  guint mline;
  guint ssrc;
  GstCaps *input;
  GArray *payloads;             /* element-type GstRtcPayload: offered */
  GPtrArray *formats;           /* element-type GstCaps: of these payloads */
  GPtrArray *extensions;        /* element-type utf8: URIs, interned */
  GstCaps *description;         /* what we write into an answer */
  GstPad *webrtcbin_pad;
  GstWebRTCRTPTransceiver *transceiver;
  GstCaps *chosen_format;
  const GstRtcPayload *chosen;  /* of payloads */
  gint pt;
  gboolean wants_fec;
  gboolean retransmission;
  guint red_pt;                 /* 0: no correction */
  guint fec_pt;
  guint fec_percentage;

  GstElement *source;           /* a GstRtcSessionSource */
  GstElement *filter;
  GstElement *payloader;
  gulong pin;                   /* probe on webrtcbin_pad */
  GstRtcRendition *rendition;
  gdouble wanted;               /* of its share of an estimate */
};

GstRtcMediaKind gst_rtc_track_get_kind (GstRtcTrack * self);
GstCaps *gst_rtc_track_get_identity (GstRtcTrack * self);

void gst_rtc_track_forget_formats (GstRtcTrack * self);
void gst_rtc_track_make_formats (GstRtcTrack * self,
    const GstRtcTrackContext * context, GArray * payloads);
void gst_rtc_track_add_extensions (GstRtcTrack * self,
    const GstRtcTrackContext * context, GstStructure * rtp);
GstCaps *gst_rtc_track_get_preferences (GstRtcTrack * self,
    const GstRtcTrackContext * context);

G_END_DECLS
