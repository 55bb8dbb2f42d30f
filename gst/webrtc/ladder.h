/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "rendition.h"

G_BEGIN_DECLS

typedef struct _GstRtcLadder GstRtcLadder;

/**
 * GstRtcLadderOwner:
 * @encoder_setup: configure an encoder; @consumer_id is the peer for whom it
 *     was first made
 * @configure_mitigation: what to restrict raw video to
 * @failed: no encode of that codec can be had any more
 * @gone: a rendition that was stopped is in NULL
 *
 * Called on the control thread.
 */
typedef struct
{
  void (*encoder_setup) (gpointer owner, const gchar * consumer_id,
      GstElement * encoder);
  GstCaps *(*configure_mitigation) (gpointer owner, GstVideoInfo * info,
      guint bitrate);
  void (*failed) (gpointer owner, GstRtcRendition * rendition,
      const gchar * reason);
  void (*gone) (gpointer owner);
} GstRtcLadderOwner;

GstRtcLadder *gst_rtc_ladder_new (const gchar * name, GstRtcControl * control,
    GstRtcStreamProducer * source, const GstRtcLadderOwner * functions,
    gpointer owner);
void gst_rtc_ladder_free (GstRtcLadder * self);
void gst_rtc_ladder_set_clock (GstRtcLadder * self, GstClock * clock,
    GstClockTime base_time);
GstRtcRendition *gst_rtc_ladder_use (GstRtcLadder * self,
    const GstRtcCodec * codec, GstCaps * input, const gchar * consumer_id,
    guint bitrate);
void gst_rtc_ladder_update_mitigation (GstRtcLadder * self);
void gst_rtc_ladder_unuse (GstRtcLadder * self, GstRtcRendition * rendition);
void gst_rtc_ladder_set_input (GstRtcLadder * self, GstCaps * input);
void gst_rtc_ladder_stop (GstRtcLadder * self);
guint gst_rtc_ladder_get_n_stopping (GstRtcLadder * self);

G_END_DECLS
