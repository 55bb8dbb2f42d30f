/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codecs.h"

G_BEGIN_DECLS

/* A codec and the payload type under which it is offered */
typedef struct
{
  const GstRtcCodec *codec;
  gint pt;
} GstRtcPayload;

GArray *gst_rtc_payloads_from_caps (GstCaps * video_caps,
    GstCaps * audio_caps);
GArray *gst_rtc_payloads_for_input (GArray * payloads, GstRtcMediaKind kind,
    GstCaps * input);
GstCaps *gst_rtc_payload_get_rtp_caps (const GstRtcPayload * payload,
    GstCaps * input, GstElement * payloader);

G_END_DECLS
