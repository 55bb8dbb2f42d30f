/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basewebrtcsink.h"
#include "inputstream.h"
#include "payloads.h"
#include "settings.h"
#include "signallerlink.h"
#include "sinkpad.h"
#include "sinksession.h"

G_BEGIN_DECLS

enum
{
  GST_RTC_BASE_SINK_CONSUMER_ADDED,
  GST_RTC_BASE_SINK_CONSUMER_PIPELINE_CREATED,
  GST_RTC_BASE_SINK_CONSUMER_REMOVED,
  GST_RTC_BASE_SINK_GET_SESSIONS,
  GST_RTC_BASE_SINK_ENCODER_SETUP,
  GST_RTC_BASE_SINK_PAYLOADER_SETUP,
  GST_RTC_BASE_SINK_REQUEST_ENCODED_FILTER,
  GST_RTC_BASE_SINK_DEFINE_ENCODER_BITRATES,
  GST_RTC_BASE_SINK_CONFIGURE_MITIGATION_CAPS,
  GST_RTC_BASE_SINK_RENDITION_PIPELINE_CREATED,
  GST_RTC_BASE_SINK_N_SIGNALS
};

extern guint gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_N_SIGNALS];

typedef struct
{
  /* construct-only: any thread */
  GstRtcControl *control;

  GMutex lock;
  GCond down_cond;
  /* guarded by lock */
  GstRtcSettings *settings;
  GstRtcSignaller *signaller;
  GstRtcSignallerLink *link;
  GPtrArray *pads;              /* element-type GstRtcSinkPad */
  guint next_video;
  guint next_audio;
  gboolean going_down;          /* until everything is in NULL */
  GStrv session_ids;            /* published for get-sessions */
  GHashTable *stats;            /* session id -> GstStructure, published */
  gint64 stats_read;            /* monotonic time, 0: never */

  /* control thread only */
  gboolean accepting;           /* between READY->PAUSED and PAUSED->READY */
  gboolean playing;
  gboolean started;             /* the signaller */
  GSource *patience;            /* while it waits for an input without caps */
  gboolean impatient;
  GArray *payloads;             /* element-type GstRtcPayload */
  GstClock *clock;
  GstClockTime base_time;
  GHashTable *sessions;         /* id -> GstRtcSinkSession */
  guint n_closing;
  GSource *stats_timer;         /* while there are sessions */
  guint stats_ticks;
  GPtrArray *removed;           /* while going down: to be told from there */
} GstRtcBaseSinkPrivate;

GstRtcBaseSinkPrivate *gst_rtc_base_sink_get_private (GstRtcBaseSink * self);
GstRtcSettings *gst_rtc_base_sink_ref_settings (GstRtcBaseSink * self);
void gst_rtc_base_sink_init_sessions (GstRtcBaseSink * self);
void gst_rtc_base_sink_install_properties (GObjectClass * klass);
void gst_rtc_base_sink_install_signals (GType type);

/* any thread */
GstRtcSignallerLink *gst_rtc_base_sink_link_signaller (GstRtcBaseSink * self,
    GstRtcSignaller * signaller);
void gst_rtc_base_sink_post_caps (GstRtcBaseSink * self,
    GstRtcInputStream * stream, GstCaps * before);
void gst_rtc_base_sink_post_playing (GstRtcBaseSink * self);
void gst_rtc_base_sink_post_stream_removed (GstRtcBaseSink * self,
    GstRtcInputStream * stream);
void gst_rtc_base_sink_post_mitigation_changed (GstRtcBaseSink * self);
GStrv gst_rtc_base_sink_list_sessions (GstRtcBaseSink * self);
GstStructure *gst_rtc_base_sink_get_stats (GstRtcBaseSink * self);

/* control thread */
GPtrArray *gst_rtc_base_sink_copy_sessions (GstRtcBaseSink * self);
GPtrArray *gst_rtc_base_sink_list_pads_with_caps (GstRtcBaseSink * self);
void gst_rtc_base_sink_start_session (GstRtcBaseSink * self,
    const gchar * session_id, const gchar * peer_id,
    GstWebRTCSessionDescription * offer);
GstCaps *gst_rtc_base_sink_configure_mitigation (GstRtcBaseSink * self,
    const gchar * stream_name, GstVideoInfo * info, guint bitrate);
guint gst_rtc_base_sink_define_bitrate (GstRtcBaseSink * self,
    GstRtcInputStream * stream, const gchar * consumer_id);
void gst_rtc_base_sink_watch_stats (GstRtcBaseSink * self);
void gst_rtc_base_sink_publish_stats (GstRtcBaseSink * self,
    GstRtcSinkSession * session, const GstStructure * reply);
void gst_rtc_base_sink_forget_stats (GstRtcBaseSink * self,
    const gchar * session_id);
void gst_rtc_base_sink_get_ladder_rates (GstRtcBaseSink * self,
    GstRtcLadderRates * rates);
void gst_rtc_base_sink_take_estimate (GstElement * self,
    GstRtcSinkSession * session, const GstRtcGccReport * report);
void gst_rtc_base_sink_adapt_to_loss (GstRtcBaseSink * self);
void gst_rtc_base_sink_check_down (gpointer self);
void gst_rtc_base_sink_tell_removed (gpointer self);

/* state changes */
gboolean gst_rtc_base_sink_prepare (GstRtcBaseSink * self);
void gst_rtc_base_sink_shut_down (GstRtcBaseSink * self);
void gst_rtc_base_sink_drop_pads (GstRtcBaseSink * self);

G_END_DECLS
