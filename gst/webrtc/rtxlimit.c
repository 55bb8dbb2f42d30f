/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How much may be sent again, in percent of what is sent: when a link is full,
 * retransmission only fills it more.
 *
 * rtpsession does it by itself from GStreamer 1.30 on. Before that, each packet
 * that passes the sender of retransmissions gives a credit, and a request that
 * it cannot pay for is dropped. A receiver that still misses the packet asks
 * again, or for a key frame.
 */

#include "rtxlimit.h"

/* Bytes: what may be sent at once after a time without loss */
#define MOST_CREDIT 40000

typedef struct
{
  gint percentage;

  /* atomic: the streaming thread adds, the receiving one takes */
  gint credit;                  /* bytes */
  gint size;                    /* of packets, lately */
} Limit;

static gboolean
session_limits (GObjectClass * rtpsession)
{
  return g_object_class_find_property (rtpsession, "rtx-percentage") != NULL;
}

static gboolean
is_limited_by_session (void)
{
  const GType type = g_type_from_name ("GstRtpSession");
  GObjectClass *klass = type != 0 ? g_type_class_peek (type) : NULL;

  return klass && session_limits (klass);
}

static gsize
get_size (GstPadProbeInfo * info, guint * ret_n)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);

    *ret_n = gst_buffer_list_length (list);

    return gst_buffer_list_calculate_size (list);
  }
  *ret_n = 1;

  return gst_buffer_get_size (GST_PAD_PROBE_INFO_BUFFER (info));
}

/* Streaming thread */
static GstPadProbeReturn
give_credit (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Limit *self = data;
  guint n;
  const gsize size = get_size (info, &n);
  const gint credit = g_atomic_int_get (&self->credit);
  const gint more = MIN (size * self->percentage / 100, MOST_CREDIT);

  if (n > 0)
    g_atomic_int_set (&self->size, size / n);
  g_atomic_int_add (&self->credit, MIN (more, MOST_CREDIT - credit));

  return GST_PAD_PROBE_OK;
}

/* Receiving thread */
static GstPadProbeReturn
take_credit (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Limit *self = data;
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  const gint size = g_atomic_int_get (&self->size);

  if (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_UPSTREAM ||
      !gst_event_has_name (event, "GstRTPRetransmissionRequest"))
    return GST_PAD_PROBE_OK;

  if (g_atomic_int_get (&self->credit) < size || size == 0)
    return GST_PAD_PROBE_DROP;
  g_atomic_int_add (&self->credit, -size);

  return GST_PAD_PROBE_OK;
}

/**
 * gst_rtc_rtx_limit_session:
 * @rtpsession: a new session
 * @percentage: of what is sent, or -1 for no limit
 *
 * Thread: any
 */
void
gst_rtc_rtx_limit_session (GstElement * rtpsession, gint percentage)
{
  if (percentage >= 0 && session_limits (G_OBJECT_GET_CLASS (rtpsession)))
    g_object_set (rtpsession, "rtx-percentage", percentage, NULL);
}

/**
 * gst_rtc_rtx_limit_sender:
 * @rtprtxsend: a new sender of retransmissions
 * @percentage: of what is sent, or -1 for no limit
 *
 * Thread: any
 */
void
gst_rtc_rtx_limit_sender (GstElement * rtprtxsend, gint percentage)
{
  Limit *limit;
  GstPad *sink;
  GstPad *src;

  if (percentage < 0 || is_limited_by_session ())
    return;

  limit = g_atomic_rc_box_new0 (Limit);
  limit->percentage = percentage;
  sink = gst_element_get_static_pad (rtprtxsend, "sink");
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, give_credit,
      g_atomic_rc_box_acquire (limit), g_atomic_rc_box_release);
  src = gst_element_get_static_pad (rtprtxsend, "src");
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, take_credit,
      limit, g_atomic_rc_box_release);
  gst_object_unref (sink);
  gst_object_unref (src);
}
