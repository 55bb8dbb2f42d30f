/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ids of RTP header extensions (RFC 8285) in one session. In a bundle an id
 * means the same in every media (RFC 9143 section 9.1), and it goes on meaning
 * that for as long as the session lasts. */

#include "extmap.h"

#include <string.h>

/* Of the one-byte form; 15 is reserved */
#define LAST_ID 14

struct _GstRtcExtmap
{
  gchar *uris[LAST_ID + 1];     /* not interned: peers make them up */
};

GstRtcExtmap *
gst_rtc_extmap_new (void)
{
  return g_new0 (GstRtcExtmap, 1);
}

void
gst_rtc_extmap_free (GstRtcExtmap * self)
{
  for (guint id = 0; id <= LAST_ID; id++)
    g_free (self->uris[id]);
  g_free (self);
}

/**
 * gst_rtc_extmap_reserve:
 * @id: what somebody else chose
 * @uri: for this extension
 *
 * Returns: %FALSE if the id stands for another one already
 */
gboolean
gst_rtc_extmap_reserve (GstRtcExtmap * self, guint id, const gchar * uri)
{
  if (id < 1 || id > LAST_ID)
    return FALSE;
  if (self->uris[id])
    return g_str_equal (self->uris[id], uri);
  self->uris[id] = g_strdup (uri);

  return TRUE;
}

/**
 * gst_rtc_extmap_get_id:
 *
 * Returns: the id of the extension: what it has, or the smallest that is
 *     free; 0 if none is
 */
guint
gst_rtc_extmap_get_id (GstRtcExtmap * self, const gchar * uri)
{
  for (guint id = 1; id <= LAST_ID; id++) {
    if (self->uris[id] && g_str_equal (self->uris[id], uri))
      return id;
  }
  for (guint id = 1; id <= LAST_ID; id++) {
    if (gst_rtc_extmap_reserve (self, id, uri))
      return id;
  }

  return 0;
}

static void
add_field (GstStructure * rtp, guint id, const gchar * uri)
{
  g_autofree gchar *field = g_strdup_printf ("extmap-%u", id);

  gst_structure_set (rtp, field, G_TYPE_STRING, uri, NULL);
}

/**
 * gst_rtc_extmap_add_to_caps:
 * @uri: what is to be offered
 * @rtp: RTP caps that get it
 */
void
gst_rtc_extmap_add_to_caps (GstRtcExtmap * self, const gchar * uri,
    GstStructure * rtp)
{
  const guint id = gst_rtc_extmap_get_id (self, uri);

  if (id > 0)
    add_field (rtp, id, uri);
}

/**
 * gst_rtc_extmap_find_in_caps:
 * @rtp: RTP caps
 *
 * Returns: the id of an extension, 0 if they have none of it
 */
guint
gst_rtc_extmap_find_in_caps (const GstStructure * rtp, const gchar * uri)
{
  for (guint id = 1; id <= LAST_ID; id++) {
    g_autofree gchar *field = g_strdup_printf ("extmap-%u", id);

    if (g_strcmp0 (gst_structure_get_string (rtp, field), uri) == 0)
      return id;
  }

  return 0;
}

/**
 * gst_rtc_extmap_take_answer:
 * @media: of an answer
 * @rtp: RTP caps that get what the peer took of our extensions
 */
void
gst_rtc_extmap_take_answer (GstRtcExtmap * self, const GstSDPMedia * media,
    GstStructure * rtp)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "extmap", i)); i++) {
    g_auto (GStrv) words = g_strsplit (value, " ", 3);
    guint64 id = g_ascii_strtoull (value, NULL, 10);

    if (id < 1 || id > LAST_ID || !words[0] || !words[1] || !self->uris[id] ||
        !g_str_equal (self->uris[id], words[1]) ||
        g_str_has_suffix (words[0], "/inactive"))
      continue;
    add_field (rtp, id, words[1]);
  }
}
