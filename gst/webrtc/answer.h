/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/sdp/sdp.h>

#include "payloads.h"

G_BEGIN_DECLS

/**
 * GstRtcChoice:
 * @payload: what to send, under the payload type that the consumer gave it
 * @rtx_pt: the payload type of its retransmission, or -1
 * @offered: (transfer full): RTP caps of the format in the offer
 */
typedef struct
{
  GstRtcPayload payload;
  gint rtx_pt;
  GstCaps *offered;
} GstRtcChoice;

gboolean gst_rtc_answer_choose (const GstSDPMedia * offered,
    GArray * payloads, GstCaps * input, gboolean retransmission,
    GstRtcChoice * ret_choice);
void gst_rtc_answer_agree (GstStructure * rtp, const GstRtcChoice * choice);
GstStructure *gst_rtc_answer_get_rtx (const GstRtcChoice * choice);
gboolean gst_rtc_answer_is_usable (const GstSDPMessage * offer, guint mline);
gboolean gst_rtc_answer_prepare_offer (GstSDPMessage * offer);
GstCaps *gst_rtc_answer_get_format (const GstSDPMedia * media, gint pt);
void gst_rtc_answer_add_fec (GstCaps * description,
    const GstSDPMedia * offered, gboolean retransmission);
void gst_rtc_answer_write_media (GstSDPMedia * media,
    const GstSDPMedia * offered, GstCaps * formats);
void gst_rtc_answer_reject_unusable (GstSDPMessage * answer,
    const GstSDPMessage * offer);

G_END_DECLS
