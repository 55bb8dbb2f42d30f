/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_MEDIA_AUDIO,
  GST_RTC_MEDIA_VIDEO,
} GstRtcMediaKind;

/**
 * GstRtcCodec:
 * @name: RTP encoding name
 * @kind: audio or video
 * @caps: what an encoder makes and a sink pad takes
 * @parser: (nullable): element between encoder and payloader
 * @parsed_caps: (nullable): form in which the payloader gets the stream
 * @encode_caps: (nullable): the same when we encode
 * @raw_caps: (nullable): restriction of what the encoder gets
 * @payloader: element that makes RTP packets
 * @clock_rate: RTP clock, in Hz
 * @offer: further fields of the RTP caps that are offered when we encode
 */
typedef struct
{
  const gchar *name;
  GstRtcMediaKind kind;
  const gchar *caps;
  const gchar *parser;
  const gchar *parsed_caps;
  const gchar *encode_caps;
  const gchar *raw_caps;
  const gchar *payloader;
  gint clock_rate;
  const gchar *offer;
} GstRtcCodec;

/* A codec and the payload type under which it is offered */
typedef struct
{
  const GstRtcCodec *codec;
  gint pt;
} GstRtcPayload;

/* The header extension that congestion control lives on */
#define GST_RTC_TWCC_URI \
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

const GstRtcCodec *gst_rtc_codec_find (const gchar * name);
GList *gst_rtc_codec_list_encoders (const GstRtcCodec * codec);
gboolean gst_rtc_codec_can_pay (const GstRtcCodec * codec);
gboolean gst_rtc_codec_can_encode (const GstRtcCodec * codec);

GArray *gst_rtc_payloads_from_caps (GstCaps * video_caps,
    GstCaps * audio_caps);
GArray *gst_rtc_payloads_for_input (GArray * payloads, GstRtcMediaKind kind,
    GstCaps * input);
GstCaps *gst_rtc_payload_get_rtp_caps (const GstRtcPayload * payload,
    GstCaps * input, guint ssrc, gboolean twcc);
gboolean gst_rtc_caps_are_raw (GstCaps * caps);

G_END_DECLS
