/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Payload types of one session. In a bundle a payload type means the same in
 * every media (RFC 9143 section 9.1): browsers refuse a description in which
 * it has other parameters in another. And it goes on meaning that in what is
 * offered later. */

#include "ptmap.h"

#include <stdlib.h>
#include <string.h>

#define N_PTS 128

/* Dynamic ones, in the order in which they are given away (RFC 3551 section 6,
 * RFC 5761 section 4) */
static const struct
{
  gint first;
  gint last;
} ranges[] = {
  {96, 127},
  {35, 63},
};

struct _GstRtcPtMap
{
  gchar *formats[N_PTS];
};

GstRtcPtMap *
gst_rtc_pt_map_new (void)
{
  return g_new0 (GstRtcPtMap, 1);
}

void
gst_rtc_pt_map_free (GstRtcPtMap * self)
{
  for (guint i = 0; i < N_PTS; i++)
    g_free (self->formats[i]);
  g_free (self);
}

/* What belongs to a media or to a stream and not to its format */
static gboolean
is_foreign (const gchar * name)
{
  static const gchar *const foreign[] = {
    "payload", "ssrc", "timestamp-offset", "seqnum-offset", "npt-start",
    "npt-stop", NULL
  };

  return g_strv_contains (foreign, name) || g_str_has_prefix (name, "extmap-")
      || g_str_has_prefix (name, "a-") || g_str_has_prefix (name, "ssrc-");
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar **) a, *(gchar **) b);
}

static gchar *
describe (const GstStructure * rtp)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);

  for (gint i = 0; i < gst_structure_n_fields (rtp); i++) {
    const gchar *name = gst_structure_nth_field_name (rtp, i);
    g_autofree gchar *value = NULL;

    if (is_foreign (name))
      continue;
    value = gst_value_serialize (gst_structure_get_value (rtp, name));
    g_ptr_array_add (fields, g_strconcat (name, "=", value, NULL));
  }
  g_ptr_array_sort (fields, compare_texts);
  g_ptr_array_add (fields, NULL);

  return g_strjoinv (";", (gchar **) fields->pdata);
}

/**
 * gst_rtc_pt_map_learn:
 * @sdp: one that both sides have
 *
 * What it says of payload types holds.
 */
void
gst_rtc_pt_map_learn (GstRtcPtMap * self, const GstSDPMessage * sdp)
{
  for (guint m = 0; m < gst_sdp_message_medias_len (sdp); m++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, m);

    for (guint f = 0; f < gst_sdp_media_formats_len (media); f++) {
      const gint pt = atoi (gst_sdp_media_get_format (media, f));
      g_autoptr (GstCaps) caps = NULL;

      if (pt < 0 || pt >= N_PTS || self->formats[pt])
        continue;
      caps = gst_sdp_media_get_caps_from_media (media, pt);
      self->formats[pt] = caps ? describe (gst_caps_get_structure (caps, 0)) :
          g_strdup ("unknown");
    }
  }
}

static gint
find_equal (GstRtcPtMap * self, const gchar * format)
{
  for (gint pt = 0; pt < N_PTS; pt++) {
    if (g_strcmp0 (self->formats[pt], format) == 0)
      return pt;
  }

  return -1;
}

static gint
find_free (GstRtcPtMap * self)
{
  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++) {
    for (gint pt = ranges[i].first; pt <= ranges[i].last; pt++) {
      if (!self->formats[pt])
        return pt;
    }
  }

  return -1;
}

/**
 * gst_rtc_pt_map_take:
 * @rtp: RTP caps of a format
 * @wanted: the payload type that it should have
 *
 * Returns: the one that it has: what it had before, or @wanted, or another that
 *     is free; -1 if none is
 */
gint
gst_rtc_pt_map_take (GstRtcPtMap * self, const GstStructure * rtp, gint wanted)
{
  g_autofree gchar *format = describe (rtp);
  gint pt = find_equal (self, format);

  if (pt >= 0)
    return pt;
  pt = self->formats[wanted] ? find_free (self) : wanted;
  if (pt >= 0)
    self->formats[pt] = g_steal_pointer (&format);

  return pt;
}
