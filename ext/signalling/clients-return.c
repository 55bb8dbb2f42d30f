/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Clients that come back with the token of a connection that was lost, or is
 * about to be: docs/protocol-extensions.md */

#include "clients-private.h"

#include "log.h"

/* What its last connection, which may still be there, has not got, and what
 * it had to say: the rest comes again */
static GPtrArray *
end_old_connection (GstRtcClient * client, const gchar * old_id,
    gint64 n_arrived)
{
  GstRtcClients *self = client->clients;
  GstRtcClient *old = g_hash_table_lookup (self->by_id, old_id);
  GPtrArray *missing;
  guint64 n_received;

  if (old) {
    missing = gst_rtc_replay_take_missing (&old->replay, n_arrived);
    n_received = old->n_received;
    gst_rtc_client_begin_closing (old, GST_RTC_WS_NORMAL, "taken over");
  } else {
    missing = gst_rtc_resume_unpark (self->resume, old_id, n_arrived,
        &n_received);
  }
  client->n_taken_over = n_received;

  return missing;
}

static void
take_over (GstRtcClient * client, const gchar * old_id, gint64 n_arrived)
{
  GstRtcClients *self = client->clients;
  g_autofree gchar *new_id = client->id;
  g_autoptr (GPtrArray) missing = NULL;

  GST_INFO ("client %s comes back as %s", new_id, old_id);
  self->metrics.counts[GST_RTC_COUNT_RESUMED]++;
  missing = end_old_connection (client, old_id, n_arrived);

  g_hash_table_remove (self->by_id, new_id);
  gst_rtc_resume_forget (self->resume, new_id);
  client->id = g_strdup (old_id);
  g_hash_table_insert (self->by_id, client->id, client);
  gst_rtc_clients_deliver (self, gst_rtc_hub_resume (self->hub, new_id,
          old_id));
  for (guint i = 0; i < missing->len; i++)
    gst_rtc_client_send_frame (client, g_ptr_array_index (missing, i));
}

static gboolean
can_take_over (GstRtcClient * client, const gchar * old_id)
{
  GstRtcClients *self = client->clients;

  return old_id && gst_rtc_hub_can_resume (self->hub, client->id, old_id)
      && (g_hash_table_contains (self->by_id, old_id)
      || gst_rtc_resume_is_parked (self->resume, old_id));
}

static void
resume (GstRtcClient * client, GstRtcMessage * status)
{
  GstRtcClients *self = client->clients;
  g_autofree gchar *old_id = g_strdup (gst_rtc_resume_find (self->resume,
          status->resume_token));

  if (can_take_over (client, old_id)) {
    take_over (client, old_id, status->received);
    /* it said so under the name that it had until now */
    if (status->peer_id) {
      g_free (status->peer_id);
      status->peer_id = g_strdup (old_id);
    }
  } else {
    GST_INFO ("client %s cannot come back", client->id);
    gst_rtc_clients_deliver (self, gst_rtc_hub_resume (self->hub, client->id,
            NULL));
  }
}

void
gst_rtc_client_look_at_status (GstRtcClient * client, GstRtcMessage * status)
{
  client->resumable = status->resumable;
  if (status->resume_token && !client->has_status)
    resume (client, status);
  client->has_status = TRUE;
}
