/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "basewebrtcsrc.h"
#include "control.h"
#include "signallerlink.h"
#include "srcsession.h"
#include "srcsettings.h"

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_BASE_SRC_IDLE,
  GST_RTC_BASE_SRC_STARTED,
  GST_RTC_BASE_SRC_STOPPING,
} GstRtcBaseSrcPhase;

/* For the first producer */
typedef enum
{
  GST_RTC_BASE_SRC_SEARCH_NONE,
  GST_RTC_BASE_SRC_SEARCH_LISTENING,
  GST_RTC_BASE_SRC_SEARCH_ASKING,
} GstRtcBaseSrcSearch;

typedef struct
{
  /* construct-only: any thread */
  GstRtcControl *control;
  GstRtcSignaller *signaller;
  GstRtcSignallerLink *link;

  /* guarded by the object lock */
  GstRtcSrcSettings *settings;
  GstStructure *meta;
  GstStructure *producer_meta;
  gboolean navigation;
  gboolean control_channel;
  gboolean first_wanted;        /* the first producer that there is */
  guint n_requested[2];         /* audio, video */
  GstRtcSrcSession *current;    /* for statistics */

  /* held while children change state or leave: no state change may come upon
   * a child that a worker takes to NULL */
  GRecMutex children_lock;

  /* control thread only */
  GstRtcBaseSrcPhase phase;
  GPtrArray *sessions;          /* the last one may be alive, others end */
  GHashTable *producers;        /* id -> GstStructure, nullable */
  GstRtcBaseSrcSearch search;
  gboolean role_changed;        /* the signaller is a listener for us */
  gchar *chosen;                /* whom we named to it, nullable */
  GSource *retry;
  guint n_retries;

  GMutex lock;
  GCond idle_cond;
  /* guarded by lock */
  gboolean wanted;              /* the last state change was a start */
  gboolean idle;                /* phase, for those who wait */
  guint n_waiting;              /* for idle */
  gchar *ending;                /* ids of the sessions that end */
} GstRtcBaseSrcPrivate;

GstRtcBaseSrcPrivate *gst_rtc_base_src_get_private (GstRtcBaseSrc * self);
GstRtcSrcSettings *gst_rtc_base_src_copy_settings (GstRtcBaseSrc * self);

/* basewebrtcsrc-properties.c */
void gst_rtc_base_src_install_properties (GObjectClass * klass);

/* any thread */
void gst_rtc_base_src_init_control (GstRtcBaseSrc * self);
void gst_rtc_base_src_clear_control (GstRtcBaseSrc * self);
GstRtcSignallerLink *gst_rtc_base_src_link_signaller (GstRtcBaseSrc * self);
void gst_rtc_base_src_post_latency (GstRtcBaseSrc * self);
GstStructure *gst_rtc_base_src_get_stats (GstRtcBaseSrc * self);

/* control thread */
GstRtcSrcSession *gst_rtc_base_src_get_session (GstRtcBaseSrc * self);
void gst_rtc_base_src_begin_looking (GstRtcBaseSrc * self);
void gst_rtc_base_src_found (GstRtcBaseSrc * self);
void gst_rtc_base_src_end_looking (GstRtcBaseSrc * self);
GHashTable *gst_rtc_base_src_new_producers (void);
void gst_rtc_base_src_add_producer (GstElement * element, const gchar * id,
    const GstStructure * meta);
void gst_rtc_base_src_remove_producer (GstElement * element,
    const gchar * id);
void gst_rtc_base_src_publish_producer (GstRtcBaseSrc * self,
    const gchar * id);

/* state changes */
void gst_rtc_base_src_start (GstRtcBaseSrc * self);
void gst_rtc_base_src_stop (GstRtcBaseSrc * self);

G_END_DECLS
