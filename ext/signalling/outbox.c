/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages on their way out. While the connection is lost they are held: they
 * are about sessions that go on if the server still knows us, and of no use to
 * anybody if it does not. What we say to get there goes first.
 *
 * What went out last is kept as well: a server that still knows us says how
 * much of it came, and the rest goes out again. What is urgent is about its
 * connection only, and is not repeated.
 *
 * Thread: any */

#include "outbox.h"

#include <string.h>

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
  gst_rtc_replay_clear (&self->sent);
  gst_rtc_replay_clear (&self->unsure);
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

static void
note (GstRtcOutbox * self, const gchar * text)
{
  /* an urgent one keeps its place among the others */
  g_autoptr (GBytes) sent = g_bytes_new (text, text ? strlen (text) + 1 : 0);

  gst_rtc_replay_add (&self->sent, sent);
}

/* The next one that may go out, or NULL */
gchar *
gst_rtc_outbox_pop (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const gboolean urgent = !g_queue_is_empty (&self->urgent) || self->held;
  gchar *text = g_queue_pop_head (urgent ? &self->urgent : &self->normal);

  if (text)
    note (self, urgent ? NULL : text);

  return text;
}

/* The server answers a ping. That was sent after the pong before came, so what
 * went out before that one has arrived. */
void
gst_rtc_outbox_take_pong (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  gst_rtc_replay_confirm (&self->sent, self->n_at_pong);
  self->n_at_pong = self->sent.n_sent;
}

/* Of what went out on this connection, in case it is lost */
guint
gst_rtc_outbox_count_kept (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->sent.messages.length;
}

/* The connection is lost. It may be one that was about to take the place of
 * the one before, which is still the one that counts. */
void
gst_rtc_outbox_hold (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!self->held) {
    gst_rtc_replay_clear (&self->unsure);
    self->unsure = self->sent;
    self->sent = (GstRtcReplay) {
    };
  }
  gst_rtc_replay_clear (&self->sent);
  self->n_at_pong = 0;
  self->held = TRUE;
}

/* The new connection is as good as the one that was lost, of which the server
 * got @n_received messages, or -1 if it does not say */
void
gst_rtc_outbox_resume (GstRtcOutbox * self, gint64 n_received)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GPtrArray) missing =
      gst_rtc_replay_take_missing (&self->unsure, n_received);

  for (guint i = missing->len; i > 0; i--) {
    const gchar *text = g_bytes_get_data (g_ptr_array_index (missing, i - 1),
        NULL);

    if (text)
      g_queue_push_head (&self->normal, g_strdup (text));
  }
  self->held = FALSE;
}

/* The server does not know us: what was held is of no use */
void
gst_rtc_outbox_restart (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->held)
    g_queue_clear_full (&self->normal, g_free);
  gst_rtc_replay_clear (&self->unsure);
  self->held = FALSE;
}

void
gst_rtc_outbox_drop_all (GstRtcOutbox * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_queue_clear_full (&self->urgent, g_free);
  g_queue_clear_full (&self->normal, g_free);
}
