/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/rtc/rtc.h>
#include <gst/webrtc/webrtc.h>

#include "control.h"
#include "icesetup.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_SESSION (gst_rtc_session_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstRtcSession, gst_rtc_session, GST_RTC, SESSION,
    GObject)

typedef enum
{
  GST_RTC_SESSION_NEW,
  GST_RTC_SESSION_PREPARING,
  GST_RTC_SESSION_NEGOTIATING,
  GST_RTC_SESSION_STREAMING,
  GST_RTC_SESSION_CLOSING,
  GST_RTC_SESSION_CLOSED,
} GstRtcSessionState;

typedef void (*GstRtcSessionReply) (GstRtcSession * self,
    const GstStructure * reply, const GError * error);

/**
 * GstRtcSessionClass:
 * @element_added: webrtcbin got an inner element; any thread
 * @adapt_remote: the last say in what webrtcbin gets of the peer's description
 * @verified: DTLS is up and the peer's certificate is the one that its
 *     description promised: media may flow
 * @gone: the peer closed DTLS, which is how it ends a session in good order;
 *     closes by default
 * @closing: the session ends: let go of everything that feeds it or is fed by
 *     it. Nothing blocks here
 * @detach: take the container out of what it is in, before it goes to NULL;
 *     a worker
 * @closed: the container is in NULL and webrtcbin is gone
 *
 * All but @element_added and @detach run on the control thread.
 */
struct _GstRtcSessionClass
{
  GObjectClass parent_class;

  void (*element_added) (GstRtcSession * self, GstElement * element,
      const gchar * factory);
  void (*adapt_remote) (GstRtcSession * self, GstSDPMessage * sdp);
  void (*verified) (GstRtcSession * self);
  void (*gone) (GstRtcSession * self);
  void (*closing) (GstRtcSession * self);
  void (*detach) (GstRtcSession * self);
  void (*closed) (GstRtcSession * self);
};

/* construct-only: any thread */
const gchar *gst_rtc_session_get_id (GstRtcSession * self);
const gchar *gst_rtc_session_get_peer_id (GstRtcSession * self);
GstRtcControl *gst_rtc_session_get_control (GstRtcSession * self);

/* control thread */
gboolean gst_rtc_session_prepare (GstRtcSession * self, GstBin * container,
    const GstRtcIceConfig * ice, GError ** error);
GstBin *gst_rtc_session_get_container (GstRtcSession * self);
GstElement *gst_rtc_session_get_webrtcbin (GstRtcSession * self);
GstRtcSessionState gst_rtc_session_get_state (GstRtcSession * self);
void gst_rtc_session_enter (GstRtcSession * self, GstRtcSessionState next);
gboolean gst_rtc_session_is_alive (GstRtcSession * self);
const gchar *gst_rtc_session_get_error (GstRtcSession * self);

GstPromise *gst_rtc_session_promise (GstRtcSession * self,
    GstRtcSessionReply reply);
gboolean gst_rtc_session_set_remote (GstRtcSession * self,
    GstWebRTCSessionDescription * description, GstRtcSessionReply reply,
    GError ** error);
void gst_rtc_session_remote_is_set (GstRtcSession * self);
void gst_rtc_session_set_local (GstRtcSession * self,
    GstWebRTCSessionDescription * description, GstRtcSessionReply reply);
void gst_rtc_session_send_description (GstRtcSession * self,
    GstRtcSignaller * signaller, GstWebRTCSessionDescription * description);
void gst_rtc_session_add_remote_candidate (GstRtcSession * self, guint mline,
    const gchar * candidate);
void gst_rtc_session_watch_transport (GstRtcSession * self);
void gst_rtc_session_expect_to_hear (GstRtcSession * self, gboolean expect);
void gst_rtc_session_run_on_worker (GstRtcSession * self,
    void (*job) (GstRtcSession *), void (*done) (GstRtcSession *));
void gst_rtc_session_close (GstRtcSession * self, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);
void gst_rtc_session_close_by_peer (GstRtcSession * self);
gboolean gst_rtc_session_peer_knows (GstRtcSession * self);

/* any thread */
void gst_rtc_session_post (GstRtcSession * self, void (*job) (GstRtcSession *));
void gst_rtc_session_post_close (GstRtcSession * self, const gchar * format,
    ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
