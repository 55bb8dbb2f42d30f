/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "leanpath.h"

static void
remove_from_parent (GstElement * element)
{
  GstObject *parent = gst_object_get_parent (GST_OBJECT (element));

  if (parent)
    gst_bin_remove (GST_BIN (parent), element);
  gst_clear_object (&parent);
}

/* clocksync -> FEC encoder -> funnel becomes clocksync -> funnel */
static gboolean
bypass_fec_encoder (GstElement * clocksync)
{
  GstPad *src = gst_element_get_static_pad (clocksync, "src");
  GstPad *fec_sink = gst_pad_get_peer (src);
  GstElement *fec = fec_sink ? gst_pad_get_parent_element (fec_sink) : NULL;
  GstPad *fec_src = NULL;
  GstPad *next = NULL;
  gboolean done = FALSE;

  if (fec && GST_IS_BIN (fec))
    fec_src = gst_element_get_static_pad (fec, "src");
  if (fec_src)
    next = gst_pad_get_peer (fec_src);
  if (next) {
    gst_pad_unlink (src, fec_sink);
    gst_pad_unlink (fec_src, next);
    done = gst_pad_link (src, next) == GST_PAD_LINK_OK;
    gst_element_set_locked_state (fec, TRUE);
    gst_element_set_state (fec, GST_STATE_NULL);
    remove_from_parent (fec);
  }

  gst_clear_object (&next);
  gst_clear_object (&fec_src);
  gst_clear_object (&fec);
  gst_clear_object (&fec_sink);
  gst_object_unref (src);

  return done;
}

/**
 * gst_rtc_lean_path_shorten:
 * @webrtcbin: a webrtcbin that is connected and has not sent anything yet
 *
 * webrtcbin puts a FEC encoder behind each sink pad, also where none was
 * negotiated. It costs, and it takes buffer lists apart, which could otherwise
 * go down to the socket in one system call. Only to be called when no media
 * has FEC.
 *
 * Returns: how many were taken out of the way
 *
 * Thread: a worker
 */
guint
gst_rtc_lean_path_shorten (GstElement * webrtcbin)
{
  GstIterator *iterator = gst_bin_iterate_all_by_element_factory_name
      (GST_BIN (webrtcbin), "clocksync");
  GValue item = G_VALUE_INIT;
  guint n = 0;

  while (gst_iterator_next (iterator, &item) == GST_ITERATOR_OK) {
    GstElement *clocksync = g_value_get_object (&item);

    if (GST_OBJECT_PARENT (clocksync) == GST_OBJECT (webrtcbin) &&
        bypass_fec_encoder (clocksync))
      n++;
    g_value_reset (&item);
  }
  g_value_unset (&item);
  gst_iterator_free (iterator);

  return n;
}

static void
remove_clocksync (GstElement * webrtcbin, GstElement * clocksync)
{
  GstPad *src = gst_element_get_static_pad (clocksync, "src");
  GstPad *next = gst_pad_get_peer (src);
  GstElement *funnel = next ? gst_pad_get_parent_element (next) : NULL;

  gst_element_set_locked_state (clocksync, TRUE);
  gst_element_set_state (clocksync, GST_STATE_NULL);
  if (next)
    gst_pad_unlink (src, next);
  gst_bin_remove (GST_BIN (webrtcbin), clocksync);
  if (funnel && GST_PAD_PAD_TEMPLATE (next) &&
      GST_PAD_TEMPLATE_PRESENCE (GST_PAD_PAD_TEMPLATE (next)) ==
      GST_PAD_REQUEST)
    gst_element_release_request_pad (funnel, next);

  gst_clear_object (&funnel);
  gst_clear_object (&next);
  gst_object_unref (src);
}

/**
 * gst_rtc_lean_path_remove:
 * @pad: a sink pad of webrtcbin, to which nothing is linked any more
 *
 * Releases the pad. webrtcbin leaves what is behind it where it was.
 *
 * Thread: a worker
 */
void
gst_rtc_lean_path_remove (GstElement * webrtcbin, GstPad * pad)
{
  GstPad *target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));
  GstElement *clocksync = target ? gst_pad_get_parent_element (target) : NULL;

  gst_element_release_request_pad (webrtcbin, pad);
  if (clocksync)
    remove_clocksync (webrtcbin, clocksync);

  gst_clear_object (&clocksync);
  gst_clear_object (&target);
}
