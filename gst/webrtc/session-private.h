/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dtlsguard.h"
#include "session.h"
#include "silence.h"

G_BEGIN_DECLS

typedef struct
{
  /* construct-only: any thread */
  gchar *id;
  gchar *peer_id;
  GstRtcControl *control;
  GstRtcSignaller *signaller;

  /* control thread only */
  GstRtcSessionState state;
  GstBin *container;
  GstElement *webrtcbin;
  GArray *local_candidates;     /* waiting; NULL once our SDP was sent */
  GArray *remote_candidates;    /* waiting; NULL once the peer's SDP is set */
  gint inner_mline;             /* of the bundle, for webrtcbin; or -1 */
  gint outer_mline;             /* the same in what we sent */
  GstWebRTCDTLSTransport *transport;
  gchar *error;
  gboolean verified;
  gboolean peer_knows;
  GSource *silence_check;
  guint n_jobs;                 /* closing waits for them */

  /* thread-safe by itself */
  GstRtcSilence silence;
  GstRtcDtlsGuard *guard;
} GstRtcSessionPrivate;

GstRtcSessionPrivate *gst_rtc_session_get_private (GstRtcSession * self);

/* control thread */
void gst_rtc_session_tear_down_when_idle (GstRtcSession * self);
void gst_rtc_session_stop_watching (GstRtcSession * self);

/* candidates */
void gst_rtc_session_init_candidates (GstRtcSession * self);
void gst_rtc_session_on_local_candidate (GstElement * webrtcbin, guint mline,
    const gchar * candidate, GstRtcSession * self);

G_END_DECLS
