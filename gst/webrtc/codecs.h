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
 * @clock_rate: RTP clock, in Hz; 0 if it is the stream's own rate
 * @offer: further fields of the RTP caps that are offered when we encode
 * @is_raw: frames are sent as they are, without an encoder
 * @by_payloader: the payloader knows what to offer, by the stream's caps
 * @profile: (nullable): profile that was asked for
 * @level: (nullable): level that was asked for
 *
 * One way to send a stream. A codec with a profile, a level or another
 * restriction is a codec of its own; each is there once in a process, so that
 * pointers can be compared.
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
  gboolean is_raw;
  gboolean by_payloader;
  const gchar *profile;
  const gchar *level;
} GstRtcCodec;

const GstRtcCodec *gst_rtc_codec_find (const gchar * name);
const GstRtcCodec *gst_rtc_codec_for_structure (const GstStructure * wanted);
const GstRtcCodec *gst_rtc_codec_limit_level (const GstRtcCodec * codec,
    const gchar * level);
gboolean gst_rtc_codec_is (const GstRtcCodec * codec, const gchar * name);
GList *gst_rtc_codec_list_encoders (const GstRtcCodec * codec);
gboolean gst_rtc_codec_can_pay (const GstRtcCodec * codec);
gboolean gst_rtc_codec_can_encode (const GstRtcCodec * codec, GstCaps * input);
gboolean gst_rtc_codec_can_pass (const GstRtcCodec * codec, GstCaps * input);
GstCaps *gst_rtc_codec_get_raw_caps (const GstRtcCodec * codec,
    GstCaps * input);
gboolean gst_rtc_caps_are_raw (GstCaps * caps);

G_END_DECLS
