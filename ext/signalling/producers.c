/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The producers that a client knows of. Each is told once when it comes and
 * once when it goes, however often the server says so, and over all
 * connections to it.
 *
 * Thread: that of the dialog; what is told may end it, after the call. */

#include "producers.h"

#include "log.h"
#include "metajson.h"

struct _GstRtcProducers
{
  GHashTable *metas;            /* id -> GstStructure, nullable */
  GHashTable *refusing;         /* set of ids: of those, who refused us */
};

static void
free_meta (gpointer meta)
{
  if (meta)
    gst_structure_free (meta);
}

GstRtcProducers *
gst_rtc_producers_new (void)
{
  GstRtcProducers *self = g_new (GstRtcProducers, 1);

  self->metas = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      free_meta);
  self->refusing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);

  return self;
}

void
gst_rtc_producers_free (GstRtcProducers * self)
{
  g_hash_table_unref (self->metas);
  g_hash_table_unref (self->refusing);
  g_free (self);
}

static GstStructure *
meta_from_json (GstRtcSignaller * signaller, const gchar * id, JsonNode * node)
{
  GstStructure *meta = gst_rtc_structure_from_json (node);

  if (node && !meta)
    GST_WARNING_OBJECT (signaller, "meta of %s is not an object, dropped", id);

  return meta;
}

void
gst_rtc_producers_set (GstRtcProducers * self, GstRtcSignaller * signaller,
    const gchar * id, JsonNode * meta_node, gboolean is_new)
{
  g_autoptr (GstStructure) meta = meta_from_json (signaller, id, meta_node);
  const gboolean known = g_hash_table_contains (self->metas, id);

  g_hash_table_insert (self->metas, g_strdup (id),
      meta ? gst_structure_copy (meta) : NULL);
  if (known)
    return;

  GST_INFO_OBJECT (signaller, "producer %s", id);
  gst_rtc_signaller_emit_producer_added (signaller, id, meta, is_new);
}

void
gst_rtc_producers_remove (GstRtcProducers * self, GstRtcSignaller * signaller,
    const gchar * id)
{
  g_autofree gchar *known_id = NULL;
  g_autoptr (GstStructure) meta = NULL;

  g_hash_table_remove (self->refusing, id);
  if (!g_hash_table_steal_extended (self->metas, id, (gpointer *) & known_id,
          (gpointer *) & meta))
    return;

  GST_INFO_OBJECT (signaller, "producer %s is gone", known_id);
  gst_rtc_signaller_emit_producer_removed (signaller, known_id, meta);
}

static gboolean
is_listed (GstRtcMessage * list, const gchar * id)
{
  for (guint i = 0; i < list->peers->len; i++) {
    GstRtcPeerInfo *info = g_ptr_array_index (list->peers, i);

    if (g_str_equal (info->id, id))
      return TRUE;
  }

  return FALSE;
}

/* The others went while the connection was lost */
void
gst_rtc_producers_keep_listed (GstRtcProducers * self,
    GstRtcSignaller * signaller, GstRtcMessage * list)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->metas);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!is_listed (list, id))
      g_ptr_array_add (gone, g_strdup (id));
  }

  for (guint i = 0; i < gone->len; i++)
    gst_rtc_producers_remove (self, signaller, g_ptr_array_index (gone, i));
}

/* It refused a session, and is not asked again as long as it is there */
void
gst_rtc_producers_refuse (GstRtcProducers * self, const gchar * id)
{
  g_hash_table_add (self->refusing, g_strdup (id));
}

/* Somebody who has not refused us, or NULL */
const gchar *
gst_rtc_producers_find_willing (GstRtcProducers * self)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->metas);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_hash_table_contains (self->refusing, id))
      return id;
  }

  return NULL;
}
