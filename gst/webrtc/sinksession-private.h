/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "answer.h"
#include "fecpolicy.h"
#include "sinksession.h"
#include "track.h"

G_BEGIN_DECLS

struct _GstRtcSinkSession
{
  GstRtcSession parent_instance;

  /* construct-only: any thread */
  GstRtcSignaller *signaller;
  GstRtcSettings *settings;
  GArray *payloads;             /* element-type GstRtcPayload */
  GstElement *pipeline;         /* from the start on */
  GstElement *webrtcbin;        /* not referenced: the pipeline's */

  /* control thread only */
  const GstRtcSinkSessionOwner *functions;
  GstElement *owner;
  GstRtcExtmap *extmap;
  GstRtcPtMap *pt_map;
  GstClock *clock;
  GPtrArray *tracks;            /* element-type GstRtcTrack */
  guint n_mlines;               /* of tracks that are and that were */
  guint64 used_mlines;          /* bits: those that something was sent in */
  gboolean connected;           /* DTLS is up and its way is ready */
  gboolean changed;             /* streams have, since the last offer */
  GSource *time_limit;
  GstRtcCongestion *congestion; /* NULL: none */
  GstRtcFecPolicy fec;

  /* a negotiation, until it is over */
  GstWebRTCSessionDescription *request; /* the offer of a consumer that made it */
  GstWebRTCSessionDescription *pending; /* of ours, on its way through webrtcbin */
  gboolean awaits_answer;
  GstWebRTCSessionDescription *answer;
  GPtrArray *leaving;           /* element-type GstRtcTrack: on a worker */

  GstWebRTCSessionDescription *local;   /* what we sent last */
  GstWebRTCDataChannel *keeper;
};

/* control thread */
GstRtcTrackContext gst_rtc_sink_session_get_context (GstRtcSinkSession * self);
void gst_rtc_sink_session_prepare_offer (GstRtcSinkSession * self);
gboolean gst_rtc_sink_session_add_tracks (GstRtcSinkSession * self,
    GPtrArray * pads, GError ** error);
void gst_rtc_sink_session_make_offer (GstRtcSinkSession * self);
void gst_rtc_sink_session_prepare_answer (GstRtcSinkSession * self);
void gst_rtc_sink_session_make_answer (GstRtcSinkSession * self);
void gst_rtc_sink_session_send (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * description);
gboolean gst_rtc_sink_session_connect_tracks (GstRtcSinkSession * self,
    GError ** error);
void gst_rtc_sink_session_adapt_remote (GstRtcSession * session,
    GstSDPMessage * sdp);
void gst_rtc_sink_session_begin (GstRtcSinkSession * self);
gboolean gst_rtc_sink_session_check_request (GstWebRTCSessionDescription * offer,
    GError ** error);
void gst_rtc_sink_session_negotiated (GstRtcSinkSession * self);
void gst_rtc_sink_session_release_rendition (GstRtcSinkSession * self,
    GstRtcTrack * track);

G_END_DECLS
