/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "ladderplan.h"
#include "rendition.h"

G_BEGIN_DECLS

typedef struct _GstRtcLadder GstRtcLadder;

/**
 * GstRtcLadderOwner:
 * @pipeline_created: a rendition has a pipeline, still empty, made for the
 *     peer @consumer_id
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
  void (*pipeline_created) (gpointer owner, const gchar * consumer_id,
      GstElement * pipeline);
  void (*encoder_setup) (gpointer owner, const gchar * consumer_id,
      GstElement * encoder);
  GstCaps *(*configure_mitigation) (gpointer owner, GstVideoInfo * info,
      guint bitrate);
  void (*failed) (gpointer owner, GstRtcRendition * rendition,
      const gchar * reason);
  void (*gone) (gpointer owner);
} GstRtcLadderOwner;

/**
 * GstRtcLadderRates:
 * @adaptive: whether shares are told, and bitrates follow them
 * @shared: whether consumers share encodes
 * @max_rungs: encodes per codec, when they are shared
 * @min: bit/s
 * @max: bit/s
 */
typedef struct
{
  gboolean adaptive;
  gboolean shared;
  guint max_rungs;
  guint64 min;
  guint64 max;
} GstRtcLadderRates;

/**
 * GstRtcLadderUser:
 * @key: who uses a rendition: one track of one session
 * @codec: what the consumer's answer chose
 * @input: fixed caps of the input
 * @consumer_id: the peer
 * @bitrate: bit/s of video to begin with; what is shared and does not adapt has
 *     the lowest of those who share it
 * @moved: another rendition feeds the user from its next key frame on;
 *     (transfer full)
 * @wants: a share of more than @factor times what was told last is of no use
 * @session: for @wants
 */
typedef struct
{
  gpointer key;
  const GstRtcCodec *codec;
  GstCaps *input;
  const gchar *consumer_id;
  guint bitrate;
  void (*moved) (gpointer key, GstRtcRendition * rendition);
  void (*wants) (gpointer session, gpointer key, gdouble factor);
  gpointer session;
} GstRtcLadderUser;

GstRtcLadder *gst_rtc_ladder_new (const gchar * name, GstRtcControl * control,
    GstRtcStreamProducer * source, const GstRtcLadderOwner * functions,
    gpointer owner);
void gst_rtc_ladder_free (GstRtcLadder * self);
void gst_rtc_ladder_set_clock (GstRtcLadder * self, GstClock * clock,
    GstClockTime base_time);
void gst_rtc_ladder_set_rates (GstRtcLadder * self,
    const GstRtcLadderRates * rates);
GstRtcRendition *gst_rtc_ladder_use (GstRtcLadder * self,
    const GstRtcLadderUser * user);
void gst_rtc_ladder_unuse (GstRtcLadder * self, gpointer key,
    GstRtcRendition * rendition);
void gst_rtc_ladder_set_share (GstRtcLadder * self, gpointer key,
    guint64 share, GstRtcShareWorth worth);
void gst_rtc_ladder_set_input (GstRtcLadder * self, GstCaps * input);
void gst_rtc_ladder_update_mitigation (GstRtcLadder * self);
void gst_rtc_ladder_stop (GstRtcLadder * self);
guint gst_rtc_ladder_get_n_stopping (GstRtcLadder * self);

G_END_DECLS
