/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstqueuearray.h>
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  GstMiniObject *object;        /* a packet or an event */
  gint64 since;                 /* ns */
  guint size;                   /* bytes; 0: an event */
  guint8 pt;
} GstRtcPaceItem;

/* What waits to be sent */
typedef struct
{
  GstQueueArray *urgent;
  GstQueueArray *rest;
  guint n_events;
  guint64 bytes;
} GstRtcPaceQueue;

void gst_rtc_pace_queue_init (GstRtcPaceQueue * self);
void gst_rtc_pace_queue_clear (GstRtcPaceQueue * self);
void gst_rtc_pace_queue_free (GstRtcPaceQueue * self);
void gst_rtc_pace_queue_push (GstRtcPaceQueue * self,
    const GstRtcPaceItem * item, gboolean urgent);
const GstRtcPaceItem *gst_rtc_pace_queue_peek (GstRtcPaceQueue * self);
GstRtcPaceItem gst_rtc_pace_queue_pop (GstRtcPaceQueue * self);

G_END_DECLS
