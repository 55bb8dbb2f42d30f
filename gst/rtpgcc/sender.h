/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gcc.h"
#include "pacequeue.h"
#include "pacer.h"
#include "ptset.h"
#include "ratemeter.h"
#include "twccfeedback.h"
#include "twccstats.h"

G_BEGIN_DECLS

/* Packets of which one may be repeated */
#define GST_RTC_SENDER_RECENT 64

/**
 * GstRtcSender:
 * @gcc: what is known of the path
 *
 * All but @gcc is private.
 */
typedef struct
{
  GstRtcGcc gcc;
  GstRtcPacer pacer;
  GstRtcPaceQueue queue;
  GstRtcPtSet audio_pts;
  GstRtcPtSet rtx_pts;
  GstRtcRateMeter audio_meter;
  GstRtcRateMeter rtx_meter;
  GstRtcRateMeter packet_meter; /* packets, not bytes */

  /* of packets that get their numbers here */
  GstRtcPtSet numbered_pts;
  guint number_id;
  GstRtcSentLog sent;
  GstRtcTwccReader feedback;
  GstRtcTwccStats stats;

  /* what may be repeated: a ring */
  struct
  {
    guint32 ssrc;
    guint16 seqnum;
  } recent[GST_RTC_SENDER_RECENT];
  guint n_recent;
  guint next_recent;
  guint n_fills;                /* asked for this cluster */
  guint n_unanswered;           /* of them, in a row */
  gint64 fill_until;            /* ns: how long to wait for the last */
} GstRtcSender;

/**
 * GstRtcSenderStep:
 * @packets: (nullable): to be sent now
 * @event: (nullable): to be sent downstream now
 * @request: (nullable): to be sent upstream now
 * @wait: if there is none of them, nanoseconds until there may be one;
 *     %GST_RTC_GCC_NO_TIME if something has to be taken first
 */
typedef struct
{
  GstBufferList *packets;
  GstEvent *event;
  GstEvent *request;
  gint64 wait;
} GstRtcSenderStep;

/**
 * GstRtcGccReport:
 * @estimate: bit/s
 * @limit: what the estimate is worth
 * @audio: bit/s that audio takes of it
 * @retransmission: bit/s that repeated packets take, but for those of probes
 * @packets: a second
 * @loss: share of packets
 * @rtt: round trip in ns
 * @queued: ns that what waits in the pacer takes
 */
typedef struct
{
  guint64 estimate;
  GstRtcGccLimit limit;
  guint64 audio;
  guint64 retransmission;
  guint packets;
  gdouble loss;
  gint64 rtt;
  gint64 queued;
} GstRtcGccReport;

/* any thread, one at a time */
void gst_rtc_sender_init (GstRtcSender * self, GstRtcGccEstimatorType type,
    guint64 estimate);
void gst_rtc_sender_clear (GstRtcSender * self);
void gst_rtc_sender_set_audio (GstRtcSender * self, guint pt);
void gst_rtc_sender_set_retransmission (GstRtcSender * self, guint pt);
void gst_rtc_sender_set_numbered (GstRtcSender * self, guint pt, guint id);

gboolean gst_rtc_sender_pass (GstRtcSender * self, GstBuffer ** packet,
    gint64 now);
gboolean gst_rtc_sender_pass_list (GstRtcSender * self,
    GstBufferList ** packets, gint64 now);
void gst_rtc_sender_take (GstRtcSender * self, GstBuffer * packet, gint64 now);
void gst_rtc_sender_take_event (GstRtcSender * self, GstEvent * event);
GstRtcSenderStep gst_rtc_sender_next (GstRtcSender * self, gint64 now);
gboolean gst_rtc_sender_is_idle (GstRtcSender * self);

void gst_rtc_sender_take_feedback (GstRtcSender * self, const guint8 * fci,
    gsize size, gint64 now);

gint64 gst_rtc_sender_get_backlog (const GstRtcSender * self);
void gst_rtc_sender_get_report (GstRtcSender * self, gint64 now,
    GstRtcGccReport * report);

G_END_DECLS
