/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtpgcc/gcc.h>
#include <gst/rtpgcc/pacer.h>

#include "link.h"

G_BEGIN_DECLS

/* One sample each 100 ms */
typedef struct
{
  guint64 estimate;             /* bit/s */
  guint64 sent;                 /* bytes since the last */
  guint64 received;
  guint n_lost;
  gdouble queue;                /* ms: the longest of the last packets */
} FlowSample;

typedef struct
{
  gint64 time;
  gdouble queued;               /* ms */
} FlowDelay;

/* Bytes, with the header of RTP */
#define FLOW_PACKET_SIZE 1200

#define FLOW_SAMPLE (100 * NETEM_MS)

typedef struct _Flow Flow;

/* Somebody who sends what the camera makes and finds out how fast to */
typedef struct
{
  void (*take_frame) (Flow * flow, guint size);
  void (*take_feedback) (Flow * flow, const GstRtcGccPacket * packets, guint n);
} FlowSender;

/* A camera, an encoder that does what it is told, our estimator and pacer, and
 * a receiver that sends transport-wide feedback */
struct _Flow
{
  World *world;
  NetemLink *forward;
  NetemLink *backward;
  GstRtcGcc gcc;
  GstRtcPacer pacer;
  const FlowSender *sender;     /* instead of the estimator and the pacer */
  gpointer sender_data;
  guint64 told;                 /* bit/s: that sender's estimate */
  gdouble encoder_lag;          /* frames until most of a change is made */
  gint64 extra_delay;
  gint64 feedback_interval;
  guint64 max_source;           /* bit/s that the encoder makes at most */
  gboolean has_rtx;             /* clusters can be filled up */
  gint64 key_interval;          /* 0: none but the first */
  gboolean paused;
  gboolean stopped;
  gint64 clock_offset;          /* of the receiver */
  gdouble clock_rate;

  /* sender */
  gint64 next_seqnum;
  gint64 next_key;
  gdouble target;               /* bit/s of the encoder */
  GQueue queue;                 /* sizes */
  guint64 queued_bytes;
  gboolean wake_up_planned;
  gint64 sent_times[8192];
  guint sent_sizes[8192];

  /* receiver */
  GArray *arrived;              /* element-type GstRtcGccPacket */
  gint64 expected;              /* sequence number */

  FlowSample current;
  GArray *samples;              /* element-type FlowSample */
  GArray *delays;               /* element-type FlowDelay */
  gint64 key_made;
  guint64 key_left;             /* bytes until the last of it is sent */
  gint64 longest_key_frame;     /* ns from the encoder to the link */
};

Flow *flow_new (World * world, NetemLink * forward, NetemLink * backward,
    GstRtcGccEstimatorType type, guint64 start);
void flow_start (Flow * self, gint64 time);
void flow_send_packet (Flow * self, guint size);
guint64 flow_get_estimate (const Flow * self);
void flow_free (Flow * self);

G_END_DECLS
