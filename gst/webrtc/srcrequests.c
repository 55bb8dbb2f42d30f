/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pads of a source that the application asked for. If there are any, only
 * streams for them are taken: the first video media goes to the first pad for
 * video, and so on, in formats that suit what the pad is linked to. A pad that
 * gets no stream is at its end. */

#include "srcsession-private.h"

#include "srcoutput.h"

#include <stdlib.h>
#include <string.h>

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  GstPad *const *x = a;
  GstPad *const *y = b;
  const gchar *number_x = strrchr (GST_PAD_NAME (*x), '_');
  const gchar *number_y = strrchr (GST_PAD_NAME (*y), '_');

  return atoi (number_x ? number_x + 1 : "0") -
      atoi (number_y ? number_y + 1 : "0");
}

/**
 * gst_rtc_src_session_list_requested:
 *
 * Returns: (transfer full) (element-type GstRtcSrcPad): all pads that were
 *     requested, in the order of their numbers
 */
GPtrArray *
gst_rtc_src_session_list_requested (GstRtcSrcSession * self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  GPtrArray *found = g_ptr_array_new_with_free_func (gst_object_unref);

  if (!element)
    return found;

  GST_OBJECT_LOCK (element);
  for (GList * l = element->srcpads; l; l = l->next) {
    if (gst_rtc_src_pad_is_requested (l->data))
      g_ptr_array_add (found, gst_object_ref (l->data));
  }
  GST_OBJECT_UNLOCK (element);
  g_ptr_array_sort (found, compare_names);

  return found;
}

/**
 * gst_rtc_src_session_pick_requested:
 * @requested: pads that were requested; loses the one that is returned
 * @mline: index of a media
 * @is_video: its kind
 *
 * Returns: (transfer full) (nullable): the session's pad for the media
 *
 * Thread: control
 */
GstRtcSrcPad *
gst_rtc_src_session_pick_requested (GstRtcSrcSession * self,
    GPtrArray * requested, guint mline, gboolean is_video)
{
  GstRtcSrcStream *stream;
  GstRtcSrcPad *had;

  g_mutex_lock (&self->lock);
  stream = gst_rtc_src_session_find_stream_locked (self, mline);
  had = stream ? stream->pad : NULL;
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < requested->len; i++) {
    GstRtcSrcPad *pad = g_ptr_array_index (requested, i);

    if (gst_rtc_src_pad_is_video (pad) == is_video && (pad == had || (!had &&
                gst_rtc_src_pad_claim (pad, G_OBJECT (self),
                    gst_rtc_src_session_settle))))
      return g_ptr_array_steal_index (requested, i);
  }

  return NULL;
}

/**
 * gst_rtc_src_session_restrict_to_pad:
 * @formats: RTP caps
 *
 * Returns: (transfer full): those of @formats from which something can be made
 *     that the peer of @pad takes
 */
GstCaps *
gst_rtc_src_session_restrict_to_pad (GstRtcSrcPad * pad, GstCaps * formats)
{
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (GST_PAD (pad), NULL);
  GstCaps *fitting = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (formats); i++) {
    g_autoptr (GstCaps) format = gst_caps_copy_nth (formats, i);
    g_autoptr (GstCaps) possible = gst_rtc_src_output_get_possible (format);

    if (gst_caps_can_intersect (possible, peer))
      gst_caps_append (fitting, g_steal_pointer (&format));
  }

  return fitting;
}

/* A worker: downstream may take its time */
static void
push_eos (gpointer data)
{
  GPtrArray *pads = data;

  g_ptr_array_foreach (pads, (GFunc) gst_rtc_src_pad_push_eos, NULL);
  g_ptr_array_unref (pads);
}

/**
 * gst_rtc_src_session_end_unused:
 * @requested: (transfer full): pads that get no stream
 */
void
gst_rtc_src_session_end_unused (GPtrArray * requested)
{
  for (guint i = requested->len; i > 0; i--) {
    if (gst_rtc_src_pad_is_claimed (g_ptr_array_index (requested, i - 1)))
      g_ptr_array_remove_index (requested, i - 1);
  }
  if (requested->len > 0)
    gst_rtc_worker_push (push_eos, requested);
  else
    g_ptr_array_unref (requested);
}
