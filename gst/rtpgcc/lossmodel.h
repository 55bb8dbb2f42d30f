/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packetlog.h"

G_BEGIN_DECLS

#define GST_RTC_LOSS_OBSERVATIONS 20

typedef struct
{
  guint n_packets;
  guint n_lost;
  guint64 bytes;
  gdouble rate;                 /* bit/s at which they were sent */
} GstRtcLossObservation;

/**
 * GstRtcLossModel:
 * @inherent: share of packets that gets lost whatever the rate
 * @bandwidth: bit/s that get through, 0 when loss shows no limit
 * @loss: share of packets lost lately
 */
typedef struct
{
  GstRtcLossObservation past[GST_RTC_LOSS_OBSERVATIONS];        /* a ring */
  guint n_past;
  guint next;
  GstRtcLossObservation current;
  gint64 first_sent;
  gint64 last_sent;

  gdouble inherent;
  guint64 bandwidth;
  gdouble loss;

  guint trial;                  /* observations that it still takes */
  guint until_trial;
  guint trial_interval;
} GstRtcLossModel;

void gst_rtc_loss_model_init (GstRtcLossModel * self);
gboolean gst_rtc_loss_model_take (GstRtcLossModel * self,
    const GstRtcGccPacket * packet, GstRtcPacketNews news);
gdouble gst_rtc_loss_model_get_factor (const GstRtcLossModel * self);

G_END_DECLS
