/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

/**
 * GstRtcSrcCodec:
 * @name: RTP encoding name
 * @is_video: video or audio
 * @caps: what the depayloader makes
 * @parser: (nullable): element behind the depayloader
 * @is_raw: what the depayloader makes needs no decoder
 */
typedef struct
{
  const gchar *name;
  gboolean is_video;
  const gchar *caps;
  const gchar *parser;
  gboolean is_raw;
} GstRtcSrcCodec;

const GstRtcSrcCodec *gst_rtc_src_codec_find (const gchar * name);
const GstRtcSrcCodec *gst_rtc_src_codec_from_caps (GstCaps * rtp);
GstElement *gst_rtc_src_codec_make_depayloader (GstCaps * rtp);
GList *gst_rtc_src_codec_list_decoders (const GstRtcSrcCodec * codec);

GstCaps *gst_rtc_src_codecs_accept (const GstSDPMedia * media,
    const gchar * const *names);
GstCaps *gst_rtc_src_codecs_offer (gboolean is_video,
    const gchar * const *names, guint * pt);
GstCaps *gst_rtc_src_codecs_get_offered (const GstSDPMedia * media);
gboolean gst_rtc_src_codecs_has_fec (const GstSDPMedia * media);

G_END_DECLS
