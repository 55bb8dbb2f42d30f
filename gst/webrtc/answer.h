/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/sdp/sdp.h>

#include "codecs.h"

G_BEGIN_DECLS

/**
 * GstRtcChoice:
 * @codec: what to send
 * @pt: the payload type that the consumer gave it
 * @formats: (transfer full): RTP caps for the answer: the format, and its
 *     retransmission if both sides want it
 */
typedef struct
{
  const GstRtcCodec *codec;
  gint pt;
  GstCaps *formats;
} GstRtcChoice;

gboolean gst_rtc_answer_choose (const GstSDPMedia * offered,
    GArray * payloads, GstCaps * input, guint ssrc, gboolean retransmission,
    GstRtcChoice * ret_choice);
gboolean gst_rtc_answer_is_usable (const GstSDPMessage * offer, guint mline);
gboolean gst_rtc_answer_prepare_offer (GstSDPMessage * offer);
void gst_rtc_answer_write_media (GstSDPMedia * media,
    const GstSDPMedia * offered, GstCaps * formats);
void gst_rtc_answer_reject_unusable (GstSDPMessage * answer,
    const GstSDPMessage * offer);

G_END_DECLS
