/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_SRC_SESSION (gst_rtc_src_session_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcSrcSession, gst_rtc_src_session, GST_RTC,
    SRC_SESSION, GstRtcSession)

/* What a session keeps of its element's properties; immutable */
typedef struct
{
  gchar *stun_server;
  GStrv turn_servers;
  GStrv video_codecs;
  GStrv audio_codecs;
  gboolean do_retransmission;
} GstRtcSrcSettings;

/**
 * GstRtcSrcSessionEvents:
 * @failed: the session ends, and this is why
 * @detach: remove the bin of the session; a worker
 * @finished: nothing is left of the session
 *
 * What a session tells its element, but for @detach on the control thread.
 */
typedef struct
{
  void (*failed) (GstElement * element, GstRtcSrcSession * session,
      const gchar * reason);
  void (*detach) (GstElement * element, GstElement * bin);
  void (*finished) (GstElement * element, GstRtcSrcSession * session);
} GstRtcSrcSessionEvents;

GstRtcSrcSettings *gst_rtc_src_settings_new (void);
void gst_rtc_src_settings_unref (GstRtcSrcSettings * settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcSrcSettings, gst_rtc_src_settings_unref)

/* control thread */
GstRtcSrcSession *gst_rtc_src_session_new (const gchar * id,
    const gchar * peer_id, GstRtcControl * control,
    GstRtcSignaller * signaller, GstElement * element,
    const GstRtcSrcSessionEvents * events, GstRtcSrcSettings * settings);
void gst_rtc_src_session_start (GstRtcSrcSession * self);
void gst_rtc_src_session_handle_description (GstRtcSrcSession * self,
    GstWebRTCSessionDescription * description);
void gst_rtc_src_session_shut_down (GstRtcSrcSession * self);

G_END_DECLS
