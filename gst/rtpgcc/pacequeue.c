/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Packets and serialised events in their order, but for what is urgent: audio
 * does not wait behind a key frame, and neither does what a decoder waits for.
 * No event is overtaken by anything. */

#include "pacequeue.h"

/**
 * gst_rtc_pace_queue_init:
 *
 * Thread: any
 */
void
gst_rtc_pace_queue_init (GstRtcPaceQueue * self)
{
  self->urgent = gst_queue_array_new_for_struct (sizeof (GstRtcPaceItem), 16);
  self->rest = gst_queue_array_new_for_struct (sizeof (GstRtcPaceItem), 128);
  self->n_events = 0;
  self->bytes = 0;
}

/**
 * gst_rtc_pace_queue_clear:
 *
 * Drops all that waits.
 *
 * Thread: any, one at a time
 */
void
gst_rtc_pace_queue_clear (GstRtcPaceQueue * self)
{
  while (gst_rtc_pace_queue_peek (self)) {
    GstRtcPaceItem item = gst_rtc_pace_queue_pop (self);

    gst_mini_object_unref (item.object);
  }
}

void
gst_rtc_pace_queue_free (GstRtcPaceQueue * self)
{
  gst_rtc_pace_queue_clear (self);
  gst_queue_array_free (self->urgent);
  gst_queue_array_free (self->rest);
}

/**
 * gst_rtc_pace_queue_push:
 * @item: its object is taken
 * @urgent: whether it goes first
 *
 * Thread: any, one at a time
 */
void
gst_rtc_pace_queue_push (GstRtcPaceQueue * self, const GstRtcPaceItem * item,
    gboolean urgent)
{
  self->bytes += item->size;
  self->n_events += item->size == 0;
  gst_queue_array_push_tail_struct (urgent && self->n_events == 0 ?
      self->urgent : self->rest, (gpointer) item);
}

static GstQueueArray *
next_queue (GstRtcPaceQueue * self)
{
  return gst_queue_array_is_empty (self->urgent) ? self->rest : self->urgent;
}

/**
 * gst_rtc_pace_queue_peek:
 *
 * Returns: (nullable): what goes next
 *
 * Thread: any, one at a time
 */
const GstRtcPaceItem *
gst_rtc_pace_queue_peek (GstRtcPaceQueue * self)
{
  return gst_queue_array_peek_head_struct (next_queue (self));
}

/**
 * gst_rtc_pace_queue_pop:
 *
 * Returns: what goes next; its object is the caller's
 *
 * Thread: any, one at a time
 */
GstRtcPaceItem
gst_rtc_pace_queue_pop (GstRtcPaceQueue * self)
{
  GstRtcPaceItem item =
      *(GstRtcPaceItem *) gst_queue_array_pop_head_struct (next_queue (self));

  self->bytes -= item.size;
  self->n_events -= item.size == 0;

  return item;
}
