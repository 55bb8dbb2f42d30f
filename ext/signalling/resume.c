/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Peers whose connection was lost and who may come back. Pure.
 *
 * What may not have arrived any more (replay.c), and how much came from there,
 * is kept with them.
 *
 * Every peer has a token, which is good for one time: a new one is issued
 * with each welcome. A peer that is parked has no connection; what is sent to
 * it is held here, within bounds, until it comes back or its time is over.
 */

#include "resume.h"

#include <gio/gio.h>
#include <sys/random.h>

#define TOKEN_BYTES 18
#define MAX_HELD_FRAMES 256
#define MAX_HELD_BYTES (256 * 1024)

typedef struct
{
  gchar *id;
  gchar *token;

  gboolean parked;
  gint64 deadline;
  GPtrArray *frames;            /* element-type GBytes; NULL: not parked */
  gsize n_bytes;
  GstRtcReplay replay;          /* of the connection that was lost */
  guint64 n_received;           /* on it */
} Entry;

struct _GstRtcResume
{
  gint64 timeout;               /* microseconds */
  GHashTable *by_token;         /* token -> Entry, unowned */
  GHashTable *by_id;            /* id -> Entry */
  GQueue parked;                /* element-type Entry, unowned: by deadline */
};

static void
entry_free (Entry * entry)
{
  g_free (entry->id);
  g_free (entry->token);
  g_clear_pointer (&entry->frames, g_ptr_array_unref);
  gst_rtc_replay_clear (&entry->replay);
  g_free (entry);
}

static Entry *
get_parked (GstRtcResume * self, const gchar * id)
{
  Entry *entry = g_hash_table_lookup (self->by_id, id);

  return entry && entry->parked ? entry : NULL;
}

static gchar *
new_token (void)
{
  guint8 bytes[TOKEN_BYTES];

  /* never short for so few bytes (getrandom(2)) */
  if (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    g_error ("no random bytes");

  return g_base64_encode (bytes, sizeof bytes);
}

GstRtcResume *
gst_rtc_resume_new (guint timeout_seconds)
{
  GstRtcResume *self = g_new0 (GstRtcResume, 1);

  self->timeout = timeout_seconds * G_TIME_SPAN_SECOND;
  self->by_token = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) entry_free);
  g_queue_init (&self->parked);

  return self;
}

void
gst_rtc_resume_free (GstRtcResume * self)
{
  g_queue_clear (&self->parked);
  g_hash_table_unref (self->by_token);
  g_hash_table_unref (self->by_id);
  g_free (self);
}

/* A new token for this peer, instead of the one it may have had */
const gchar *
gst_rtc_resume_issue (GstRtcResume * self, const gchar * id)
{
  Entry *entry = g_hash_table_lookup (self->by_id, id);

  if (!entry) {
    entry = g_new0 (Entry, 1);
    entry->id = g_strdup (id);
    g_hash_table_insert (self->by_id, entry->id, entry);
  } else {
    g_hash_table_remove (self->by_token, entry->token);
    g_free (entry->token);
  }
  entry->token = new_token ();
  g_hash_table_insert (self->by_token, entry->token, entry);

  return entry->token;
}

/* Whose token it is, or NULL */
const gchar *
gst_rtc_resume_find (GstRtcResume * self, const gchar * token)
{
  Entry *entry = g_hash_table_lookup (self->by_token, token);

  return entry ? entry->id : NULL;
}

void
gst_rtc_resume_forget (GstRtcResume * self, const gchar * id)
{
  Entry *entry = g_hash_table_lookup (self->by_id, id);

  if (!entry)
    return;

  if (entry->parked)
    g_queue_remove (&self->parked, entry);
  g_hash_table_remove (self->by_token, entry->token);
  g_hash_table_remove (self->by_id, id);
}

/* The connection of this peer, which has a token, was lost. Takes over what is
 * in @replay. */
void
gst_rtc_resume_park (GstRtcResume * self, const gchar * id, gint64 now,
    GstRtcReplay * replay, guint64 n_received)
{
  Entry *entry = g_hash_table_lookup (self->by_id, id);

  g_assert (entry && !entry->parked);

  entry->parked = TRUE;
  entry->deadline = now + self->timeout;
  entry->frames = g_ptr_array_new_with_free_func (
      (GDestroyNotify) g_bytes_unref);
  entry->n_bytes = 0;
  entry->replay = *replay;
  *replay = (GstRtcReplay) {
  };
  entry->n_received = n_received;
  g_queue_push_tail (&self->parked, entry);
}

gboolean
gst_rtc_resume_is_parked (GstRtcResume * self, const gchar * id)
{
  return get_parked (self, id) != NULL;
}

/* FALSE if that is too much: what would be missing is not known to the peer,
 * so that it cannot come back */
gboolean
gst_rtc_resume_hold (GstRtcResume * self, const gchar * id, GBytes * frame)
{
  Entry *entry = get_parked (self, id);

  if (entry->frames->len >= MAX_HELD_FRAMES
      || entry->n_bytes + g_bytes_get_size (frame) > MAX_HELD_BYTES)
    return FALSE;

  g_ptr_array_add (entry->frames, g_bytes_ref (frame));
  entry->n_bytes += g_bytes_get_size (frame);

  return TRUE;
}

/* Back again, after @n_arrived messages, or -1 if it does not say: what did
 * not arrive and what was held, in its order (element-type GBytes) */
GPtrArray *
gst_rtc_resume_unpark (GstRtcResume * self, const gchar * id,
    gint64 n_arrived, guint64 * ret_n_received)
{
  Entry *entry = get_parked (self, id);
  GPtrArray *frames = gst_rtc_replay_take_missing (&entry->replay, n_arrived);

  entry->parked = FALSE;
  g_queue_remove (&self->parked, entry);

  g_ptr_array_extend_and_steal (frames, g_steal_pointer (&entry->frames));
  *ret_n_received = entry->n_received;

  return frames;
}

/* Somebody whose time is over; to be forgotten before the next one */
gchar *
gst_rtc_resume_next_expired (GstRtcResume * self, gint64 now)
{
  Entry *first = g_queue_peek_head (&self->parked);

  return first && first->deadline <= now ? g_strdup (first->id) : NULL;
}

guint
gst_rtc_resume_get_n_parked (GstRtcResume * self)
{
  return self->parked.length;
}
