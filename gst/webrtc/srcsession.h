/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session.h"
#include "srcpad.h"
#include "srcsettings.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_SRC_SESSION (gst_rtc_src_session_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcSrcSession, gst_rtc_src_session, GST_RTC,
    SRC_SESSION, GstRtcSession)

/**
 * GstRtcSrcSessionEvents:
 * @connected: media flows
 * @ending: the session ends, and not because the element goes down; @error is
 *     %NULL for an ordinary end. Returns whether there will be another one
 *     that its pads are to be kept for
 * @detach: remove the bin of the session; a worker
 * @finished: nothing is left of the session
 *
 * What a session tells its element, but for @detach on the control thread.
 */
typedef struct
{
  void (*connected) (GstElement * element, GstRtcSrcSession * session);
  gboolean (*ending) (GstElement * element, GstRtcSrcSession * session,
      const gchar * error);
  void (*detach) (GstElement * element, GstElement * bin);
  void (*finished) (GstElement * element, GstRtcSrcSession * session);
} GstRtcSrcSessionEvents;

/* control thread */
GstRtcSrcSession *gst_rtc_src_session_new (const gchar * id,
    const gchar * peer_id, GstRtcControl * control,
    GstRtcSignaller * signaller, GstElement * element,
    const GstRtcSrcSessionEvents * events, GstRtcSrcSettings * settings);
void gst_rtc_src_session_start (GstRtcSrcSession * self);
gboolean gst_rtc_src_session_is_current (GstRtcSrcSession * self);
void gst_rtc_src_session_handle_description (GstRtcSrcSession * self,
    GstWebRTCSessionDescription * description);
void gst_rtc_src_session_make_offer (GstRtcSrcSession * self);
void gst_rtc_src_session_set_latency (GstRtcSrcSession * self, guint latency);
void gst_rtc_src_session_end_by_peer (GstRtcSrcSession * self,
    const gchar * error);
void gst_rtc_src_session_shut_down (GstRtcSrcSession * self);

/* any thread */
void gst_rtc_src_session_release_pad (GstRtcSrcPad * pad);
GstStructure *gst_rtc_src_session_get_stats (GstRtcSrcSession * self);

G_END_DECLS
