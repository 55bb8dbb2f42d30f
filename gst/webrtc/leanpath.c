/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What webrtcbin puts into the way of packets and a session does not need.
 *
 * Sending: a clocksync and a FEC encoder behind each sink pad, also where no FEC
 * was negotiated:
 *
 *   sink pad ▶ clocksync ! (rtpulpfecenc ! rtpredenc) ! funnel …
 *
 * The encoder costs, and it takes buffer lists apart, which otherwise go down
 * to the socket as they are. webrtcbin makes both when the first caps arrive,
 * so the way is shortened in front of the first thing that passes it. When
 * packets get lost and the peer takes FEC, the encoder comes back.
 *
 * Receiving: a queue, so that ICE goes on while media waits for DTLS:
 *
 *   nicesrc ! capsfilter ! queue ! dtlssrtpdec …
 *
 * Once DTLS is up, a session that only sends has nothing there that blocks, and
 * the queue is a thread and two wake-ups for each packet of RTCP. */

#include "leanpath.h"

#include "red.h"

/* Sending */

/* Data of a clocksync: */
#define BYPASSED "bypassed"     /* the FEC encoder, while it is not in use */
#define RED "red"               /* payload types, once it is */

/* Payload types of RED and ULPFEC, and a percentage, in a pointer */
#define PACK(red_pt, fec_pt, percentage) \
    GUINT_TO_POINTER ((red_pt) | (fec_pt) << 8 | (percentage) << 16)
#define RED_OF(packed) (GPOINTER_TO_UINT (packed) & 0x7f)
#define FEC_OF(packed) (GPOINTER_TO_UINT (packed) >> 8 & 0x7f)
#define PERCENTAGE_OF(packed) (GPOINTER_TO_UINT (packed) >> 16)

/* Returns: (transfer full) (nullable): the encoder in what webrtcbin makes */
static GstElement *
find_encoder (GstElement * fec)
{
  GstIterator *iterator;
  GValue item = G_VALUE_INIT;
  GstElement *encoder = NULL;

  if (!GST_IS_BIN (fec))
    return NULL;

  iterator = gst_bin_iterate_all_by_element_factory_name (GST_BIN (fec),
      "rtpulpfecenc");
  if (gst_iterator_next (iterator, &item) == GST_ITERATOR_OK) {
    encoder = g_value_dup_object (&item);
    g_value_unset (&item);
  }
  gst_iterator_free (iterator);

  return encoder;
}

/* Threads of the fan-out */
static GstPadProbeReturn
wrap (GstPad * pad, GstPadProbeInfo * info, gpointer red_pt)
{
  GST_PAD_PROBE_INFO_DATA (info) =
      gst_rtc_red_wrap (GST_PAD_PROBE_INFO_BUFFER (info),
      GPOINTER_TO_UINT (red_pt));

  return GST_PAD_PROBE_OK;
}

/* rtpredenc would take the header extensions away: it is left out, and its work
 * done behind the encoder */
static void
set_up_fec (GstElement * fec, gpointer packed)
{
  GstElement *encoder = find_encoder (fec);
  GstPad *ghost = gst_element_get_static_pad (fec, "src");
  GstPad *src, *peer;

  if (encoder && ghost) {
    src = gst_element_get_static_pad (encoder, "src");
    peer = gst_pad_get_peer (src);
    if (peer)
      gst_pad_unlink (src, peer);
    gst_clear_object (&peer);
    gst_ghost_pad_set_target (GST_GHOST_PAD (ghost), src);
    /* webrtcbin keeps to the transceiver's percentage when it changes */
    g_object_set (encoder, "pt", FEC_OF (packed), "multipacket", TRUE,
        "percentage", PERCENTAGE_OF (packed), NULL);
    gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_BUFFER, wrap,
        GUINT_TO_POINTER (RED_OF (packed)), NULL);
    gst_object_unref (src);
  }
  gst_clear_object (&ghost);
  gst_clear_object (&encoder);
}

/* src -> FEC encoder -> next becomes src -> next */
static void
bypass (GstPad * src, GstPad * fec_sink, GstElement * fec)
{
  GstPad *fec_src = gst_element_get_static_pad (fec, "src");
  GstPad *next = fec_src ? gst_pad_get_peer (fec_src) : NULL;

  if (next) {
    gst_pad_unlink (src, fec_sink);
    gst_pad_unlink (fec_src, next);
    if (gst_pad_link (src, next) != GST_PAD_LINK_OK)
      GST_WARNING_OBJECT (src, "cannot link %" GST_PTR_FORMAT, next);
  }

  gst_clear_object (&next);
  gst_clear_object (&fec_src);
}

static GstPadProbeReturn
on_first (GstPad * src, GstPadProbeInfo * info, gpointer data)
{
  GstPad *fec_sink = gst_pad_get_peer (src);
  GstElement *fec = fec_sink ? gst_pad_get_parent_element (fec_sink) : NULL;
  GObject *clocksync = G_OBJECT (GST_OBJECT_PARENT (src));
  gpointer red = g_object_get_data (clocksync, RED);

  if (fec && red) {
    set_up_fec (fec, red);
  } else if (fec && GST_IS_BIN (fec)) {
    bypass (src, fec_sink, fec);
    g_object_set_data_full (clocksync, BYPASSED, gst_object_ref (fec),
        gst_object_unref);
  }

  gst_clear_object (&fec);
  gst_clear_object (&fec_sink);

  return GST_PAD_PROBE_REMOVE;
}

/**
 * gst_rtc_lean_path_watch:
 * @clocksync: one that webrtcbin has just added
 *
 * Takes the FEC encoder behind @clocksync out of the way when the first event
 * or buffer comes.
 *
 * Thread: any
 */
void
gst_rtc_lean_path_watch (GstElement * clocksync)
{
  GstPad *src = gst_element_get_static_pad (clocksync, "src");

  gst_pad_add_probe (src,
      GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM, on_first, NULL, NULL);
  gst_object_unref (src);
}

/* The fan-out's thread, or the control thread when nothing is on its way */
static GstPadProbeReturn
on_idle (GstPad * src, GstPadProbeInfo * info, gpointer data)
{
  GObject *clocksync = G_OBJECT (GST_OBJECT_PARENT (src));
  GstElement *fec = g_object_steal_data (clocksync, BYPASSED);
  GstPad *fec_sink, *fec_src, *next;

  /* nothing has come yet: it is still in its place */
  if (!fec)
    return GST_PAD_PROBE_REMOVE;

  set_up_fec (fec, g_object_get_data (clocksync, RED));
  fec_sink = gst_element_get_static_pad (fec, "sink");
  fec_src = gst_element_get_static_pad (fec, "src");
  next = gst_pad_get_peer (src);
  if (next) {
    gst_pad_unlink (src, next);
    if (gst_pad_link (fec_src, next) != GST_PAD_LINK_OK ||
        gst_pad_link (src, fec_sink) != GST_PAD_LINK_OK)
      GST_WARNING_OBJECT (src, "cannot link %" GST_PTR_FORMAT, fec);
  }
  gst_clear_object (&next);
  gst_object_unref (fec_src);
  gst_object_unref (fec_sink);
  gst_object_unref (fec);

  return GST_PAD_PROBE_REMOVE;
}

/**
 * gst_rtc_lean_path_use_fec:
 * @pad: a sink pad of webrtcbin
 * @red_pt: payload type of RED
 * @fec_pt: payload type of ULPFEC
 * @percentage: what the transceiver was set to
 *
 * From now on packets to @pad are in RED and protected. There is no way back,
 * as the encoder changes the sequence numbers of all that follows.
 *
 * Returns: %FALSE if nothing has come to @pad yet, so that there is no encoder
 *
 * Thread: control
 */
gboolean
gst_rtc_lean_path_use_fec (GstPad * pad, guint red_pt, guint fec_pt,
    guint percentage)
{
  GstPad *target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));
  GstElement *clocksync = target ? gst_pad_get_parent_element (target) : NULL;
  const gboolean possible = clocksync != NULL;

  if (clocksync && !g_object_get_data (G_OBJECT (clocksync), RED)) {
    GstPad *src = gst_element_get_static_pad (clocksync, "src");

    g_object_set_data (G_OBJECT (clocksync), RED,
        PACK (red_pt, fec_pt, percentage));
    gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_IDLE, on_idle, NULL, NULL);
    gst_object_unref (src);
  }
  gst_clear_object (&clocksync);
  gst_clear_object (&target);

  return possible;
}

/* Receiving */

static void
stop_queue (GstElement * queue, gpointer data)
{
  gst_element_set_state (queue, GST_STATE_NULL);
}

/* before is blocked meanwhile; what the queue's thread has taken out already
 * may still be on its way, the pad's stream lock keeps the order */
static GstPadProbeReturn
on_queue_idle (GstPad * before, GstPadProbeInfo * info, gpointer data)
{
  GstElement *queue = data;
  GstPad *sink = gst_element_get_static_pad (queue, "sink");
  GstPad *src = gst_element_get_static_pad (queue, "src");
  GstPad *after = gst_pad_get_peer (src);
  guint n_waiting;

  g_object_get (queue, "current-level-buffers", &n_waiting, NULL);
  if (after && n_waiting == 0) {
    gst_element_set_locked_state (queue, TRUE);
    gst_pad_unlink (before, sink);
    gst_pad_unlink (src, after);
    if (gst_pad_link (before, after) != GST_PAD_LINK_OK)
      GST_WARNING_OBJECT (before, "cannot link %" GST_PTR_FORMAT, after);
    /* not here: this may be a streaming thread, and it has to be joined */
    gst_element_call_async (queue, stop_queue, NULL, NULL);
  }

  gst_clear_object (&after);
  gst_object_unref (src);
  gst_object_unref (sink);

  return GST_PAD_PROBE_REMOVE;
}

static void
skip_queue (const GValue * item, gpointer data)
{
  GstElement *queue = g_value_get_object (item);
  g_autoptr (GstObject) parent = gst_object_get_parent (GST_OBJECT (queue));
  GstPad *sink, *before;

  if (!parent || g_strcmp0 (G_OBJECT_TYPE_NAME (parent), "TransportReceiveBin"))
    return;

  sink = gst_element_get_static_pad (queue, "sink");
  before = gst_pad_get_peer (sink);
  if (before)
    gst_pad_add_probe (before, GST_PAD_PROBE_TYPE_IDLE, on_queue_idle,
        gst_object_ref (queue), gst_object_unref);
  gst_clear_object (&before);
  gst_object_unref (sink);
}

/**
 * gst_rtc_lean_path_skip_queues:
 * @webrtcbin: a webrtcbin that only sends, and whose DTLS is up
 *
 * Takes the queues of received packets out of the way, and ends their threads.
 * One that holds packets just now stays.
 *
 * Thread: any but a streaming thread
 */
void
gst_rtc_lean_path_skip_queues (GstElement * webrtcbin)
{
  GstIterator *queues = gst_bin_iterate_all_by_element_factory_name
      (GST_BIN (webrtcbin), "queue");

  while (gst_iterator_foreach (queues, skip_queue, NULL) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (queues);
  gst_iterator_free (queues);
}

static void
remove_child (GstElement * webrtcbin, GstElement * element)
{
  gst_element_set_locked_state (element, TRUE);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (webrtcbin), element);
}

static void
remove_clocksync (GstElement * webrtcbin, GstElement * clocksync)
{
  GstPad *src = gst_element_get_static_pad (clocksync, "src");
  GstPad *next = gst_pad_get_peer (src);
  GstElement *funnel = next ? gst_pad_get_parent_element (next) : NULL;
  GstElement *bypassed = g_object_steal_data (G_OBJECT (clocksync),
      BYPASSED);

  if (bypassed)
    remove_child (webrtcbin, bypassed);
  gst_clear_object (&bypassed);
  if (next)
    gst_pad_unlink (src, next);
  remove_child (webrtcbin, clocksync);
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
