/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "congestion.h"
#include "session.h"
#include "settings.h"
#include "sinkpad.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_SINK_SESSION (gst_rtc_sink_session_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcSinkSession, gst_rtc_sink_session, GST_RTC,
    SINK_SESSION, GstRtcSession)

/**
 * GstRtcSinkSessionOwner:
 * @pipeline_created: the session's pipeline exists and is empty
 * @list_pads: (transfer full) (element-type GstRtcSinkPad): the streams that
 *     the element has now, those whose caps are known
 * @ready: its webrtcbin is in READY and has its pads
 * @setup_payloader: configure a payloader
 * @request_filter: what the application puts before the payloader
 * @use_rendition: the rendition that feeds a track
 * @unuse_rendition: (transfer full) back
 * @estimated: what the path to the consumer carries has changed
 * @stats: what webrtcbin said when it was asked
 * @closing: the session has left the table
 * @closed: nothing of it is left
 *
 * What a session asks and tells its element. Control thread.
 */
typedef struct
{
  void (*pipeline_created) (GstElement * owner, GstRtcSinkSession * session,
      GstPipeline * pipeline);
  GPtrArray *(*list_pads) (GstElement * owner);
  void (*ready) (GstElement * owner, GstRtcSinkSession * session);
  void (*setup_payloader) (GstElement * owner, const gchar * consumer_id,
      const gchar * pad_name, GstElement * payloader);
  GstElement *(*request_filter) (GstElement * owner, const gchar * consumer_id,
      const gchar * pad_name, GstCaps * caps);
  GstRtcRendition *(*use_rendition) (GstElement * owner, GstRtcInputStream * stream,
      const GstRtcLadderUser * user);
  void (*unuse_rendition) (GstElement * owner, GstRtcInputStream * stream,
      gpointer key, GstRtcRendition * rendition);
  void (*estimated) (GstElement * owner, GstRtcSinkSession * session,
      const GstRtcGccReport * report);
  void (*stats) (GstElement * owner, GstRtcSinkSession * session,
      const GstStructure * stats);
  void (*closing) (GstElement * owner, GstRtcSinkSession * session);
  void (*closed) (GstElement * owner, GstRtcSinkSession * session);
} GstRtcSinkSessionOwner;

GstRtcSinkSession *gst_rtc_sink_session_new (const gchar * id,
    const gchar * peer_id, GstRtcControl * control,
    GstRtcSignaller * signaller, GstRtcSettings * settings, GArray * payloads);
void gst_rtc_sink_session_set_owner (GstRtcSinkSession * self,
    const GstRtcSinkSessionOwner * functions, GstElement * owner);
void gst_rtc_sink_session_start (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * offer, GstClock * clock,
    GstClockTime base_time);
void gst_rtc_sink_session_update (GstRtcSinkSession * self);
void gst_rtc_sink_session_take_description (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * description);
void gst_rtc_sink_session_rendition_failed (GstRtcSinkSession * self,
    GstRtcRendition * rendition, const gchar * reason);
void gst_rtc_sink_session_remove_stream (GstRtcSinkSession * self,
    GstRtcInputStream * stream);
GPtrArray *gst_rtc_sink_session_get_tracks (GstRtcSinkSession * self);
gboolean gst_rtc_sink_session_get_report (GstRtcSinkSession * self,
    GstRtcGccReport * report);
void gst_rtc_sink_session_adapt_fec (GstRtcSinkSession * self, gint64 now);
guint gst_rtc_sink_session_get_fec_percentage (GstRtcSinkSession * self);
void gst_rtc_sink_session_renew_estimate (GstRtcSinkSession * self);
void gst_rtc_sink_session_request_stats (GstRtcSinkSession * self);
GstStructure *gst_rtc_sink_session_get_twcc_stats (GstRtcSinkSession * self);
GstStructure *gst_rtc_sink_session_get_consumer_stats (GstRtcSinkSession *
    self);
void gst_rtc_sink_session_set_base_time (GstRtcSinkSession * self,
    GstClockTime base_time);

G_END_DECLS
