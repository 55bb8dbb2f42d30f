/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/video/video.h>

#include <gst/streamproducer/streamproducer.h>

#include "codecs.h"
#include "control.h"
#include "settings.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_RENDITION (gst_rtc_rendition_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcRendition, gst_rtc_rendition, GST_RTC, RENDITION,
    GObject)

/**
 * GstRtcRenditionOwner:
 * @pipeline_created: there is a pipeline, still empty
 * @encoder_setup: an encoder is about to be used for the first time: configure
 *     it
 * @configure_mitigation: what to restrict raw video to at a bitrate in bit/s
 * @failed: the rendition cannot go on, and why
 *
 * Whom a rendition reports to. Called on the control thread.
 */
typedef struct
{
  void (*pipeline_created) (GstRtcRendition * rendition,
      GstElement * pipeline, gpointer owner);
  void (*encoder_setup) (GstRtcRendition * rendition, GstElement * encoder,
      gpointer owner);
  GstCaps *(*configure_mitigation) (GstRtcRendition * rendition,
      GstVideoInfo * info, guint bitrate, gpointer owner);
  void (*failed) (GstRtcRendition * rendition, const gchar * reason,
      gpointer owner);
} GstRtcRenditionOwner;

GstRtcRendition *gst_rtc_rendition_new (const gchar * name,
    const GstRtcCodec * codec, GstRtcControl * control,
    const GstRtcRenditionOwner * functions, gpointer owner);
void gst_rtc_rendition_start (GstRtcRendition * self, GstCaps * input,
    GstRtcStreamProducer * source, GstClock * clock, GstClockTime base_time);
gboolean gst_rtc_rendition_takes (GstRtcRendition * self, GstCaps * input);
void gst_rtc_rendition_set_input (GstRtcRendition * self, GstCaps * input);
void gst_rtc_rendition_stop (GstRtcRendition * self, GstRtcJob done,
    gpointer data);

const GstRtcCodec *gst_rtc_rendition_get_codec (GstRtcRendition * self);
GstRtcStreamProducer *gst_rtc_rendition_get_producer (GstRtcRendition * self);
gboolean gst_rtc_rendition_is_started (GstRtcRendition * self);
void gst_rtc_rendition_set_base_time (GstRtcRendition * self,
    GstClockTime base_time);

/* bit/s of a video encoder, and what is done to the picture for them; control
 * thread */
void gst_rtc_rendition_set_bitrate (GstRtcRendition * self, guint bitrate);
guint gst_rtc_rendition_get_bitrate (GstRtcRendition * self);
void gst_rtc_rendition_update_mitigation (GstRtcRendition * self);
GstRtcMitigationMode gst_rtc_rendition_get_mitigation (GstRtcRendition * self);
GstElement *gst_rtc_rendition_get_encoder (GstRtcRendition * self);
gboolean gst_rtc_rendition_encodes (GstRtcRendition * self);
const gchar *gst_rtc_rendition_get_name (GstRtcRendition * self);

/* consumers, by count; control thread */
guint gst_rtc_rendition_get_n_users (GstRtcRendition * self);
guint gst_rtc_rendition_use (GstRtcRendition * self);
guint gst_rtc_rendition_unuse (GstRtcRendition * self);

G_END_DECLS
