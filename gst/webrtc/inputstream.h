/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <gst/streamproducer/streamproducer.h>

#include "codecs.h"
#include "ladder.h"

G_BEGIN_DECLS

#define GST_RTC_TYPE_INPUT_STREAM (gst_rtc_input_stream_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcInputStream, gst_rtc_input_stream, GST_RTC,
    INPUT_STREAM, GObject)

/* @before: (nullable): caps that were known until now */
typedef void (*GstRtcInputStreamFunc) (GstElement * sink,
    GstRtcInputStream * stream, GstCaps * before);

GstRtcInputStream *gst_rtc_input_stream_new (GstBin * bin, const gchar * name,
    GstRtcMediaKind kind, GError ** error);
GstPad *gst_rtc_input_stream_get_target (GstRtcInputStream * self);
void gst_rtc_input_stream_remove (GstRtcInputStream * self);

const gchar *gst_rtc_input_stream_get_name (GstRtcInputStream * self);
GstRtcMediaKind gst_rtc_input_stream_get_kind (GstRtcInputStream * self);
GstRtcStreamProducer *gst_rtc_input_stream_get_producer (GstRtcInputStream *
    self);
GstCaps *gst_rtc_input_stream_get_caps (GstRtcInputStream * self);
void gst_rtc_input_stream_set_caps (GstRtcInputStream * self, GstCaps * caps);
void gst_rtc_input_stream_set_caps_known (GstRtcInputStream * self,
    GstRtcInputStreamFunc caps_known);

GstElement *gst_rtc_input_stream_ref_sink (GstRtcInputStream * self);

/* control thread */
GstRtcLadder *gst_rtc_input_stream_get_ladder (GstRtcInputStream * self);
void gst_rtc_input_stream_take_ladder (GstRtcInputStream * self,
    GstRtcLadder * ladder);

G_END_DECLS
