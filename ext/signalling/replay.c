/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What was sent on a connection and may not have arrived when it is lost. A
 * connection keeps the order and has no gaps, so how many messages came tells
 * which ones did. The last ones are kept, within bounds, until the other side
 * is known to have them. Pure. */

#include "replay.h"

#define MAX_MESSAGES 128
#define MAX_BYTES (128 * 1024)

static void
drop_first (GstRtcReplay * self)
{
  g_autoptr (GBytes) first = g_queue_pop_head (&self->messages);

  self->n_bytes -= g_bytes_get_size (first);
}

/* The number of the first one that is kept, from 0 */
static guint64
get_first (GstRtcReplay * self)
{
  return self->n_sent - self->messages.length;
}

void
gst_rtc_replay_clear (GstRtcReplay * self)
{
  while (self->messages.length > 0)
    drop_first (self);
  self->n_sent = 0;
}

/* Without a @message, one was sent that is not worth keeping, and those before
 * it are not either */
void
gst_rtc_replay_add (GstRtcReplay * self, GBytes * message)
{
  self->n_sent++;
  if (message) {
    g_queue_push_tail (&self->messages, g_bytes_ref (message));
    self->n_bytes += g_bytes_get_size (message);
  }
  while (self->messages.length > 0 && (!message || self->n_bytes > MAX_BYTES
          || self->messages.length > MAX_MESSAGES))
    drop_first (self);
}

/* That many have arrived */
void
gst_rtc_replay_confirm (GstRtcReplay * self, guint64 n_received)
{
  while (self->messages.length > 0 && get_first (self) < n_received)
    drop_first (self);
}

/* Those that did not arrive if @n_received did, in their order (element-type
 * GBytes), as far as they are still there: none if that is not known, negative
 * or more than there were */
GPtrArray *
gst_rtc_replay_take_missing (GstRtcReplay * self, gint64 n_received)
{
  GPtrArray *missing =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  GBytes *message;

  if (n_received >= 0 && (guint64) n_received <= self->n_sent) {
    gst_rtc_replay_confirm (self, n_received);
    while ((message = g_queue_pop_head (&self->messages)))
      g_ptr_array_add (missing, message);
    self->n_bytes = 0;
  }
  gst_rtc_replay_clear (self);

  return missing;
}
