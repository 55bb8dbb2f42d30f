/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* RED (RFC 2198) with one block, as it is used for ULPFEC (RFC 5109 section
 * 14.1): a byte between header and payload says what is in it.
 *
 * rtpredenc and rtpreddec before GStreamer 1.28 drop header extensions on the
 * way. ULPFEC protects all that follows the first twelve bytes of a packet, so
 * both ends have to see the same extensions: what a receiver puts together of
 * packets without them is not what was lost. So packets keep them here. */

#include "red.h"

#include <gst/rtpgcc/ptset.h>
#include <gst/rtpgcc/rtppacket.h>

/* header_size bytes of @packet with another payload type, room for @n_more,
 * and what follows @skipped bytes */
static GstBuffer *
rewrite (GstBuffer * packet, gsize header_size, guint8 pt, gsize n_more,
    guint8 more, gsize n_skipped)
{
  GstBuffer *written = gst_buffer_new ();
  guint8 *header = g_malloc (header_size + n_more);

  gst_buffer_extract (packet, 0, header, header_size);
  header[1] = (header[1] & 0x80) | pt;
  if (n_more > 0)
    header[header_size] = more;

  gst_buffer_append_memory (written, gst_memory_new_wrapped (0, header,
          header_size + n_more, 0, header_size + n_more, header, g_free));
  gst_buffer_copy_into (written, packet, GST_BUFFER_COPY_FLAGS |
      GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_META, 0, -1);
  gst_buffer_copy_into (written, packet, GST_BUFFER_COPY_MEMORY,
      header_size + n_skipped, -1);
  gst_buffer_unref (packet);

  return written;
}

static guint8
get_pt (GstBuffer * packet)
{
  guint8 byte = 0;

  gst_buffer_extract (packet, 1, &byte, 1);

  return byte & 0x7f;
}

/**
 * gst_rtc_red_wrap:
 * @packet: (transfer full): a packet of RTP
 * @pt: payload type of RED
 *
 * Returns: (transfer full): it in RED; as it was if it is no packet
 *
 * Thread: any
 */
GstBuffer *
gst_rtc_red_wrap (GstBuffer * packet, guint pt)
{
  const gsize header_size = gst_rtc_rtp_packet_get_header_size (packet);

  if (header_size == 0)
    return packet;

  return rewrite (packet, header_size, pt, 1, get_pt (packet), 0);
}

/**
 * gst_rtc_red_unwrap:
 * @packet: (transfer full): a packet of RED
 *
 * Returns: (transfer full): what is in it; as it was if there are several
 *     blocks or none
 *
 * Thread: any
 */
GstBuffer *
gst_rtc_red_unwrap (GstBuffer * packet)
{
  const gsize header_size = gst_rtc_rtp_packet_get_header_size (packet);
  guint8 block;

  if (header_size == 0 || header_size + 1 >= gst_buffer_get_size (packet) ||
      gst_buffer_extract (packet, header_size, &block, 1) != 1 ||
      (block & 0x80))
    return packet;

  return rewrite (packet, header_size, block, 0, 0, 1);
}

/* Receiving */

static gboolean
unwrap_one (GstBuffer ** packet, guint i, gpointer data)
{
  if (gst_rtc_pt_set_has (data, get_pt (*packet)))
    *packet = gst_rtc_red_unwrap (*packet);

  return TRUE;
}

/* The thread that receives */
static GstPadProbeReturn
on_packets (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *packet = GST_PAD_PROBE_INFO_BUFFER (info);

    unwrap_one (&packet, 0, data);
    GST_PAD_PROBE_INFO_DATA (info) = packet;
  } else {
    GstBufferList *list = gst_buffer_list_make_writable
        (GST_PAD_PROBE_INFO_BUFFER_LIST (info));

    gst_buffer_list_foreach (list, unwrap_one, data);
    GST_PAD_PROBE_INFO_DATA (info) = list;
  }

  return GST_PAD_PROBE_OK;
}

/* Whatever thread negotiates */
static void
on_payloads (GstElement * reddec, GParamSpec * pspec, gpointer red_pts)
{
  GstRtcPtSet pts = { {0,} };
  GValue value = G_VALUE_INIT;

  g_object_get_property (G_OBJECT (reddec), "payloads", &value);
  for (guint i = 0; i < gst_value_array_get_size (&value); i++) {
    const guint pt = g_value_get_int (gst_value_array_get_value (&value, i));

    if (pt < GST_RTC_N_PTS)
      gst_rtc_pt_set_add (&pts, pt);
  }
  g_value_unset (&value);
  gst_rtc_pt_set_copy (red_pts, &pts);
}

static void
release_set (gpointer data, GClosure * closure)
{
  g_atomic_rc_box_release (data);
}

/**
 * gst_rtc_red_watch_decoder:
 * @reddec: an rtpreddec that webrtcbin has just made
 *
 * Takes the work from it, but for packets with several blocks.
 *
 * Thread: any
 */
void
gst_rtc_red_watch_decoder (GstElement * reddec)
{
  GstRtcPtSet *pts = g_atomic_rc_box_new0 (GstRtcPtSet);
  GstPad *pad = gst_element_get_static_pad (reddec, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets,
      g_atomic_rc_box_acquire (pts), g_atomic_rc_box_release);
  g_signal_connect_data (reddec, "notify::payloads", G_CALLBACK (on_payloads),
      pts, release_set, 0);
  gst_object_unref (pad);
}
