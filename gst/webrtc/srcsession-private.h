/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtpgcc/ptset.h>

#include "srcsession.h"

G_BEGIN_DECLS

/**
 * GstRtcSrcStream:
 *
 * A media of the producer that we want, from its description on.
 */
typedef struct
{
  /* constant */
  guint mline;
  gboolean is_video;
  GstStream *stream;

  /* guarded by the session's lock */
  GstRtcSrcPad *pad;            /* bound before, or once data came */
  GstPad *source;               /* of webrtcbin, once it has one */
  GPtrArray *elements;          /* between the two, element-type GstElement */
  GstPad *ghost;                /* of the session's bin */
  gboolean is_rtp;              /* what is there between is for RTP */
  gboolean begun;               /* downstream knows its caps */
  GstFlowReturn flow;
  gint64 unlinked_since;        /* monotonic time */
  gboolean released;            /* by the application */
  gchar *codec;
  guint rtp_session;
  guint32 ssrc;
} GstRtcSrcStream;

struct _GstRtcSrcSession
{
  GstRtcSession parent_instance;

  /* construct-only: any thread */
  GWeakRef element;
  const GstRtcSrcSessionEvents *events;
  GstRtcSrcSettings *settings;
  GstRtcSignaller *signaller;
  gchar *stream_id_prefix;
  guint group_id;
  gint64 born;                  /* monotonic time */
  GstBin *bin;                  /* set by start */

  /* control thread only */
  GstWebRTCSessionDescription *next_offer;
  GstWebRTCSessionDescription *offer;   /* the producer's, being answered */
  GstWebRTCSessionDescription *local;   /* ours, to be sent */
  gboolean offer_wanted;        /* ours, once webrtcbin is up */
  gboolean has_requests;        /* the application requested pads */
  GstSDPMessage *shown;         /* the last offer as webrtcbin saw it */
  GPtrArray *planned;           /* of our offer, element-type GstRtcSrcStream */
  gboolean going_down;
  gboolean unneeded;            /* downstream wants no more */
  gboolean draining;            /* the peer ended it, the buffer empties */
  gboolean peer_said;           /* that it is over */
  gchar *peer_error;
  GSource *timer;               /* of negotiating or draining */
  GSource *quiet_check;         /* while producers learn fast */

  /* set with the RTP session */
  guint64 quiet_interval;       /* between reports, nanoseconds */

  /* atomic, times are milliseconds since @born */
  GstRtcPtSet video_pts;
  gint fec_pts[GST_RTC_N_PTS];  /* of payload types, 0: none */
  gint last_missing;            /* packet, and of the next the late one */
  gint last_late;
  gint is_fast;                 /* because some were missing */
  gint is_prompt;               /* because some were missing or late */

  GMutex lock;
  GCond exposed;                /* a turn is over, or all of them are */

  /* guarded by lock */
  gboolean closing;
  gboolean keep_pads;
  GPtrArray *streams;           /* wanted, element-type GstRtcSrcStream */
  guint n_pads[2];              /* audio, video */
  gboolean exposing;            /* it is somebody's turn */
  gint64 video_awaited_until;   /* by audio, monotonic time, 0: not yet */
  gboolean told_no_more;
  GstStreamCollection *collection;
  GPtrArray *buffers;           /* jitter buffers, for statistics */
  GstElement *rtpbin;
  GPtrArray *rtp_sessions;      /* element-type GObject */
  GPtrArray *fec_decoders;      /* element-type GstElement */
};

/* srcstats.c */
void gst_rtc_src_buffer_free (gpointer data);
void gst_rtc_src_session_element_added (GstRtcSession * session,
    GstElement * element, const gchar * factory);
void gst_rtc_src_session_set_up_rtpbin (GstRtcSrcSession * self);
void gst_rtc_src_session_forget_elements (GstRtcSrcSession * self);

/* srccorrection.c */
void gst_rtc_src_session_make_fec_decoders (GstRtcSrcSession * self,
    GstElement * rtpbin);
void gst_rtc_src_session_note_correction (GstRtcSrcSession * self,
    const GstSDPMessage * sdp);

/* srcfeedback.c */
void gst_rtc_src_session_watch_jitterbuffer (GstRtcSrcSession * self,
    GstElement * jitterbuffer);
void gst_rtc_src_session_note_video (GstRtcSrcSession * self,
    const GstSDPMessage * sdp);
void gst_rtc_src_session_watch_rtp_session (GstRtcSrcSession * self,
    GstElement * element);
void gst_rtc_src_session_stop_feedback (GstRtcSrcSession * self);
void gst_rtc_src_session_prepare_for_no_clock (GstRtcSrcSession * self);

/* srcstreams.c */
GstFlowReturn gst_rtc_src_session_settle (GstRtcSrcPad * pad,
    GstFlowReturn ret, gpointer self);
GstRtcSrcStream *gst_rtc_src_stream_new (GstRtcSrcSession * self,
    guint mline, gboolean is_video, GstCaps * formats);
void gst_rtc_src_stream_free (gpointer data);
GstRtcSrcStream *gst_rtc_src_session_find_stream_locked (GstRtcSrcSession *
    self, guint mline);
void gst_rtc_src_session_take_streams (GstRtcSrcSession * self,
    GPtrArray * streams);
GstRtcSrcStream *gst_rtc_src_session_find_by_pad_locked (GstRtcSrcSession *
    self, GstRtcSrcPad * pad);

/* srcstreams-pads.c */
void gst_rtc_src_session_on_pad_added (GstElement * webrtcbin,
    GstPad * source, GstRtcSrcSession * self);
void gst_rtc_src_session_drop_stream (GstRtcSrcSession * self,
    GstPad * source);

/* srcstreams-end.c */
void gst_rtc_src_session_remove_streams (GstRtcSrcSession * self,
    GPtrArray * streams);
void gst_rtc_src_session_end_unused_pads (GstRtcSrcSession * self);
GPtrArray *gst_rtc_src_session_end_pads (GstRtcSrcSession * self);

/* srcrequests.c */
GPtrArray *gst_rtc_src_session_list_requested (GstRtcSrcSession * self);
GstRtcSrcPad *gst_rtc_src_session_pick_requested (GstRtcSrcSession * self,
    GPtrArray * requested, guint mline, gboolean is_video);
GstCaps *gst_rtc_src_session_restrict_to_pad (GstRtcSrcPad * pad,
    GstCaps * formats);
void gst_rtc_src_session_end_unused (GPtrArray * requested);

/* srcnegotiation.c */
void gst_rtc_src_session_apply_offer (GstRtcSrcSession * self,
    GstWebRTCSessionDescription * offer);
void gst_rtc_src_session_create_offer (GstRtcSrcSession * self);

G_END_DECLS
