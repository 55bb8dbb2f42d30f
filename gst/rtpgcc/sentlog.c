/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What was sent under which transport-wide number. As much as feedback may
 * still be about: some seconds, so how many packets that are depends on the
 * rate, and a slow session takes little memory. */

#include "sentlog.h"

/* Round trip and the interval of feedback, with room */
#define MAX_AGE (5 * GST_RTC_GCC_SECOND)

#define MIN_CAPACITY 64
/* Half of the numbers there are: what is older cannot be told from what is to
 * come */
#define MAX_CAPACITY 32768

static GstRtcSent *
get_entry (const GstRtcSentLog * self, gint64 seqnum)
{
  return &self->ring[seqnum & (self->capacity - 1)];
}

void
gst_rtc_sent_log_clear (GstRtcSentLog * self)
{
  g_free (self->ring);
  *self = (GstRtcSentLog) {
  };
}

static void
grow (GstRtcSentLog * self)
{
  GstRtcSentLog grown = *self;

  grown.capacity = MAX (MIN_CAPACITY, 2 * self->capacity);
  grown.ring = g_new (GstRtcSent, grown.capacity);
  for (gint64 i = self->first; i < self->next; i++)
    *get_entry (&grown, i) = *get_entry (self, i);
  g_free (self->ring);
  *self = grown;
}

/**
 * gst_rtc_sent_log_get_next:
 *
 * Returns: the number of the packet that is added next
 *
 * Thread: any, one at a time
 */
guint16
gst_rtc_sent_log_get_next (const GstRtcSentLog * self)
{
  return self->next & 0xffff;
}

/**
 * gst_rtc_sent_log_add:
 * @now: our clock
 * @size: bytes
 *
 * Thread: any, one at a time
 */
void
gst_rtc_sent_log_add (GstRtcSentLog * self, gint64 now, guint size)
{
  GstRtcSent *sent;

  while (self->first < self->next &&
      get_entry (self, self->first)->time < now - MAX_AGE)
    self->first++;
  if (self->next - self->first == self->capacity) {
    if (self->capacity < MAX_CAPACITY)
      grow (self);
    else
      self->first++;
  }

  sent = get_entry (self, self->next++);
  sent->time = now;
  sent->size = size;
}

/**
 * gst_rtc_sent_log_find:
 * @seqnum: what feedback says
 *
 * Returns: (nullable): the newest packet with that number; valid until the next
 *     is added
 *
 * Thread: any, one at a time
 */
const GstRtcSent *
gst_rtc_sent_log_find (const GstRtcSentLog * self, guint16 seqnum)
{
  const gint64 newest = self->next - 1;
  const gint64 found = newest - (guint16) ((newest & 0xffff) - seqnum);

  return found >= self->first && found <= newest ? get_entry (self, found) :
      NULL;
}
