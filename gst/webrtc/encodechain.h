/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <gst/streamproducer/streamproducer.h>

#include "codecs.h"

G_BEGIN_DECLS

/**
 * GstRtcEncodeJob:
 * @codec: what to make
 * @input: fixed caps of what goes in
 * @source: where that comes from, to be asked for key frames
 * @encoder: (nullable): what encodes, unless the input needs no encoder
 * @bitrate: bit/s to start with
 * @appsink: where the chain ends
 */
typedef struct
{
  const GstRtcCodec *codec;
  GstCaps *input;
  GstRtcStreamProducer *source;
  GstElementFactory *encoder;
  guint bitrate;
  GstElement *appsink;
} GstRtcEncodeJob;

/**
 * GstRtcEncodeChain:
 * @appsrc: (nullable): where the chain begins; the pipeline's
 * @raw_filter: (nullable): caps of what the encoder gets
 * @encoder: (nullable): what encodes
 */
typedef struct
{
  GstElement *appsrc;
  GstElement *raw_filter;
  GstElement *encoder;
} GstRtcEncodeChain;

/* control thread */
gboolean gst_rtc_encode_chain_build (GstRtcEncodeChain * self,
    const GstRtcEncodeJob * job, GstElement * pipeline);
void gst_rtc_encode_chain_forget (GstRtcEncodeChain * self);

/* any thread */
GstCaps *gst_rtc_encode_job_get_raw_caps (const GstRtcEncodeJob * self);
gboolean gst_rtc_encode_chain_is_same_kind (GstCaps * a, GstCaps * b);
void gst_rtc_encode_chain_push (gpointer appsrc, GstSample * sample,
    gboolean lost);

G_END_DECLS
