/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages on their way out. While the connection is lost they are held: they
 * are about sessions that go on if the server still knows us, and of no use to
 * anybody if it does not. What we say to get there goes first. Thread: any */

#include "outbox.h"

/* More than a few seconds' worth: who is away for longer is forgotten */
#define MAX_HELD 1000

void
gst_rtc_outbox_init (GstRtcOutbox * self)
{
  g_mutex_init (&self->lock);
  g_queue_init (&self->urgent);
  g_queue_init (&self->normal);
}

void
gst_rtc_outbox_clear (GstRtcOutbox * self)
{
  gst_rtc_outbox_drop_all (self);
  g_mutex_clear (&self->lock);
}

/* Takes over @text. FALSE if it was dropped. */
gboolean
gst_rtc_outbox_push (GstRtcOutbox * self, gchar * text, gboolean urgent)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!urgent && self->held && self->normal.length >= MAX_HELD) {
    g_free (text);
    return FALSE;
  }

  g_queue_push_tail (urgent ? &self->urgent : &self->normal, text);
  return TRUE;
}

/* The next one that may go out, or NULL */
gchar *
gst_rtc_outbox_pop (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!g_queue_is_empty (&self->urgent) || self->held)
    return g_queue_pop_head (&self->urgent);

  return g_queue_pop_head (&self->normal);
}

void
gst_rtc_outbox_hold (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->held = TRUE;
}

/* With or without what was held */
void
gst_rtc_outbox_release (GstRtcOutbox * self, gboolean keep)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->held && !keep)
    g_queue_clear_full (&self->normal, g_free);
  self->held = FALSE;
}

void
gst_rtc_outbox_drop_all (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_queue_clear_full (&self->urgent, g_free);
  g_queue_clear_full (&self->normal, g_free);
}
