/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long a sent packet is kept, in case the peer asks for it again.
 *
 * By time and not by number: the 500 packets of webrtcbin are a quarter of a
 * second of 20 Mbit/s. And by the round trip: what is kept is most of a viewer's
 * memory (a packet costs about 2.8 kB), and a peer nearby asks within tens of
 * milliseconds, while over a satellite even the first request takes more than
 * half a second. */

#include "rtxhistory.h"

/* milliseconds */
#define HISTORY_MIN 500
#define HISTORY_MAX 3000
/* the request, lost once or late, and the queue that delays both */
#define ROUND_TRIPS 3

/* Reports come with all feedback, ten or twenty times a second, and asking for
 * statistics costs more than the rest of it */
#define INTERVAL G_USEC_PER_SEC

/* The thread that receives RTCP only */
typedef struct
{
  GstElement *webrtcbin;        /* not referenced: it holds what calls us */
  gint64 due;                   /* us: when to look again */
} Watch;

/**
 * gst_rtc_rtx_history_for_round_trip:
 * @round_trip: in milliseconds
 *
 * Returns: how long packets should be kept, in milliseconds
 *
 * Thread: any
 */
guint
gst_rtc_rtx_history_for_round_trip (guint round_trip)
{
  if (round_trip >= HISTORY_MAX / ROUND_TRIPS)
    return HISTORY_MAX;

  return MAX (HISTORY_MIN, ROUND_TRIPS * round_trip);
}

/**
 * gst_rtc_rtx_history_init:
 * @rtprtxsend: a new sender of retransmissions
 *
 * What it keeps until a round trip is known.
 *
 * Thread: any
 */
void
gst_rtc_rtx_history_init (GstElement * rtprtxsend)
{
  g_object_set (rtprtxsend, "max-size-packets", 0, "max-size-time",
      HISTORY_MIN, NULL);
}

static void
set_time (const GValue * item, gpointer data)
{
  const guint wanted = GPOINTER_TO_UINT (data);
  GObject *rtprtxsend = g_value_get_object (item);
  guint now;

  g_object_get (rtprtxsend, "max-size-time", &now, NULL);
  if (now != wanted)
    g_object_set (rtprtxsend, "max-size-time", wanted, NULL);
}

static void
set_times (GstElement * webrtcbin, guint wanted)
{
  GstIterator *senders = gst_bin_iterate_all_by_element_factory_name
      (GST_BIN (webrtcbin), "rtprtxsend");

  while (gst_iterator_foreach (senders, set_time, GUINT_TO_POINTER (wanted)) ==
      GST_ITERATOR_RESYNC)
    gst_iterator_resync (senders);
  gst_iterator_free (senders);
}

static void
on_ssrc_active (GObject * session, GObject * source, Watch * watch)
{
  const gint64 now = g_get_monotonic_time ();
  g_autoptr (GstStructure) stats = NULL;
  gboolean has_report = FALSE;
  guint round_trip = 0;

  if (now < watch->due)
    return;
  g_object_get (source, "stats", &stats, NULL);
  if (!stats || !gst_structure_get (stats, "have-rb", G_TYPE_BOOLEAN,
          &has_report, "rb-round-trip", G_TYPE_UINT, &round_trip, NULL) ||
      !has_report || round_trip == 0)
    return;

  watch->due = now + INTERVAL;
  /* seconds in 16.16 fixed point */
  round_trip = gst_util_uint64_scale (round_trip, 1000, 1 << 16);
  set_times (watch->webrtcbin, gst_rtc_rtx_history_for_round_trip (round_trip));
}

static void
free_watch (gpointer watch, GClosure * closure)
{
  g_free (watch);
}

/**
 * gst_rtc_rtx_history_watch:
 * @webrtcbin: what holds @rtpsession and the senders of retransmissions
 * @rtpsession: a new session
 *
 * Lets the history follow the round trip that the peer's reports tell.
 *
 * Thread: any
 */
void
gst_rtc_rtx_history_watch (GstElement * webrtcbin, GstElement * rtpsession)
{
  g_autoptr (GObject) internal = NULL;
  Watch *watch;

  g_object_get (rtpsession, "internal-session", &internal, NULL);
  if (!internal)
    return;

  watch = g_new0 (Watch, 1);
  watch->webrtcbin = webrtcbin;
  g_signal_connect_data (internal, "on-ssrc-active",
      G_CALLBACK (on_ssrc_active), watch, free_watch, 0);
}
