/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ladderplan.h"

G_BEGIN_DECLS

/**
 * GstRtcAllocation:
 * @estimate: bit/s that the path carries
 * @audio: bit/s of audio
 * @retransmission: bit/s of packets that are sent again
 * @packets: a second
 * @n_video: encoders that share the rest
 * @fec: packets of correction for a hundred of video
 */
typedef struct
{
  guint64 estimate;
  guint64 audio;
  guint64 retransmission;
  guint packets;
  guint n_video;
  guint fec;
} GstRtcAllocation;

guint64 gst_rtc_allocation_get_video (const GstRtcAllocation * self);
guint64 gst_rtc_allocation_get_limit (guint64 bitrate, guint n_video,
    guint n_audio);
GstRtcShareWorth gst_rtc_allocation_get_worth (guint64 share, guint64 offered,
    GstRtcShareWorth worth);

G_END_DECLS
