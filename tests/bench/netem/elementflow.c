/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A flow whose packets go through an element rtpgccbwe, whosever it is:
 *
 *   camera, encoder ─▶ source pad ─▶ rtpgccbwe ─▶ sink pad ─▶ link
 *        ▲ notify::estimated-bitrate    │   ▲ RTPTWCCPackets     │
 *        └──────────────────────────────┘   └── feedback ◀───────┘
 *
 * To the element, what is before it looks like a payloader and rtprtxsend, and
 * what is behind it like rtpsession of GStreamer 1.22: which times packets
 * when they leave the element, a list at once, and tells of feedback as an
 * event.
 */

#include "elementflow.h"

#define PT 96
#define RTX_PT 97
#define SSRC 0x1000
#define RTX_SSRC 0x2000

/* Of RTP, with the extension in which rtpsession writes its number */
#define HEADER_SIZE 20

/* An encoder does not do at once what it is told */
#define ENCODER_LAG 3           /* frames */

#define MAX_BITRATE 20000000

/* The receiver's clock in feedback: 24 bits of 64 ms */
#define CLOCK_PERIOD ((G_GINT64_CONSTANT (1) << 24) * 64 * NETEM_MS)

struct _ElementFlow
{
  RealTime *time;
  GstElement *element;
  GstBus *bus;
  GstPad *source;
  GstPad *sink;

  /* in the world */
  Flow *flow;
  guint16 seqnum;
  guint16 rtx_seqnum;
  guint16 key_end;              /* last packet of the last key frame */
};

/* What is before the element */

static GstBuffer *
make_packet (ElementFlow * self, gboolean rtx, guint size, gboolean last)
{
  const guint64 now = self->flow->world->now;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  guint8 header[HEADER_SIZE] = { 0x90, rtx ? RTX_PT : PT, };

  header[1] |= last ? 0x80 : 0;
  GST_WRITE_UINT16_BE (header + 2, rtx ? self->rtx_seqnum++ : self->seqnum++);
  GST_WRITE_UINT32_BE (header + 4, now * 9 / 100000);
  GST_WRITE_UINT32_BE (header + 8, rtx ? RTX_SSRC : SSRC);
  /* RFC 8285: one extension, id 1, two bytes */
  GST_WRITE_UINT32_BE (header + 12, 0xbede0001);
  header[16] = 0x11;
  gst_buffer_memset (buffer, 0, 0, size);
  gst_buffer_fill (buffer, 0, header, HEADER_SIZE);
  GST_BUFFER_PTS (buffer) = now;

  return buffer;
}

static void
push_list (gpointer receiver, gpointer object)
{
  gst_pad_push_list (((ElementFlow *) receiver)->source, object);
}

static void
take_frame (Flow * flow, guint size)
{
  ElementFlow *self = flow->sender_data;
  GstBufferList *list = gst_buffer_list_new ();

  while (size > 0) {
    guint piece = MIN (size, FLOW_PACKET_SIZE);

    size -= piece;
    gst_buffer_list_add (list, make_packet (self, FALSE, MAX (piece,
                2 * HEADER_SIZE), size == 0));
  }
  if (flow->key_made == flow->world->now)
    self->key_end = self->seqnum - 1;
  real_time_post (self->time, push_list, self, list);
}

/* rtprtxsend repeats what it is asked for, and knows no more than that */
static gboolean
source_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  ElementFlow *self = gst_pad_get_element_private (pad);

  if (gst_event_has_name (event, "GstRTPRetransmissionRequest")) {
    real_time_enter (self->time);
    if (self->flow->has_rtx && !self->flow->stopped) {
      GstBufferList *list = gst_buffer_list_new ();

      gst_buffer_list_add (list, make_packet (self, TRUE, FLOW_PACKET_SIZE,
              FALSE));
      real_time_post (self->time, push_list, self, list);
    }
    real_time_leave (self->time);
  }
  gst_event_unref (event);

  return TRUE;
}

static void
on_estimate (GObject * element, GParamSpec * pspec, ElementFlow * self)
{
  guint estimate;

  g_object_get (element, "estimated-bitrate", &estimate, NULL);
  real_time_enter (self->time);
  self->flow->told = estimate;
  real_time_leave (self->time);
}

/* What is behind it */

static void
send_packet (ElementFlow * self, GstBuffer * buffer)
{
  Flow *flow = self->flow;
  guint8 header[HEADER_SIZE] = { 0, };

  if (flow->stopped)
    return;
  gst_buffer_extract (buffer, 0, header, sizeof (header));
  flow_send_packet (flow, gst_buffer_get_size (buffer));
  if (GST_READ_UINT32_BE (header + 8) == SSRC &&
      GST_READ_UINT16_BE (header + 2) == self->key_end)
    flow->longest_key_frame = MAX (flow->longest_key_frame,
        flow->world->now - flow->key_made);
}

static GstFlowReturn
sink_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  ElementFlow *self = gst_pad_get_element_private (pad);

  real_time_enter (self->time);
  send_packet (self, buffer);
  real_time_leave (self->time);
  gst_buffer_unref (buffer);

  return GST_FLOW_OK;
}

static GstFlowReturn
sink_chain_list (GstPad * pad, GstObject * parent, GstBufferList * list)
{
  ElementFlow *self = gst_pad_get_element_private (pad);

  real_time_enter (self->time);
  for (guint i = 0; i < gst_buffer_list_length (list); i++)
    send_packet (self, gst_buffer_list_get (list, i));
  real_time_leave (self->time);
  gst_buffer_list_unref (list);

  return GST_FLOW_OK;
}

static GstStructure *
describe (ElementFlow * self, const GstRtcGccPacket * packet)
{
  const gboolean lost = packet->received == GST_RTC_GCC_NO_TIME;

  return gst_structure_new ("RTPTWCCPacket",
      "seqnum", G_TYPE_UINT, (guint) packet->seqnum & 0xffff,
      "local-ts", G_TYPE_UINT64, real_time_get_local (self->time,
          packet->sent),
      "remote-ts", G_TYPE_UINT64, lost ? GST_CLOCK_TIME_NONE :
      (guint64) (packet->received % CLOCK_PERIOD),
      "payload-type", G_TYPE_UCHAR, PT,
      "size", G_TYPE_UINT, packet->size - HEADER_SIZE,
      "lost", G_TYPE_BOOLEAN, lost, NULL);
}

static void
push_event (gpointer receiver, gpointer object)
{
  gst_pad_push_event (((ElementFlow *) receiver)->sink, object);
}

static void
take_feedback (Flow * flow, const GstRtcGccPacket * packets, guint n)
{
  ElementFlow *self = flow->sender_data;
  GstStructure *all = gst_structure_new_empty ("RTPTWCCPackets");
  GValue value = G_VALUE_INIT;
  GValueArray *array;

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS;
  array = g_value_array_new (n);
  for (guint i = 0; i < n; i++) {
    GValue item = G_VALUE_INIT;

    g_value_init (&item, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&item, describe (self, &packets[i]));
    g_value_array_append (array, &item);
    g_value_unset (&item);
  }
  g_value_init (&value, g_value_array_get_type ());
  g_value_take_boxed (&value, array);
  G_GNUC_END_IGNORE_DEPRECATIONS;
  gst_structure_take_value (all, "packets", &value);
  real_time_post (self->time, push_event, self,
      gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM, all));
}

static const FlowSender sender = { take_frame, take_feedback };

/* Beginning and end */

static GstPad *
add_pad (ElementFlow * self, GstPadDirection direction)
{
  GstPad *pad = gst_object_ref_sink (gst_pad_new (NULL, direction));

  gst_pad_set_element_private (pad, self);
  if (direction == GST_PAD_SRC) {
    gst_pad_set_event_function (pad, source_event);
  } else {
    gst_pad_set_chain_function (pad, sink_chain);
    gst_pad_set_chain_list_function (pad, sink_chain_list);
  }
  gst_pad_set_active (pad, TRUE);

  return pad;
}

static gboolean
link_pads (ElementFlow * self)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->element, "sink");
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->element, "src");

  return sink && src && gst_pad_link (self->source, sink) == GST_PAD_LINK_OK &&
      gst_pad_link (src, self->sink) == GST_PAD_LINK_OK;
}

static gboolean
configure (ElementFlow * self, const gchar * estimator)
{
  GObjectClass *klass = G_OBJECT_GET_CLASS (self->element);

  if (!g_object_class_find_property (klass, "estimated-bitrate") ||
      !g_object_class_find_property (klass, "min-bitrate") ||
      !g_object_class_find_property (klass, "max-bitrate") ||
      (estimator && !g_object_class_find_property (klass, "estimator")))
    return FALSE;

  /* as webrtcsink does */
  g_object_set (self->element, "min-bitrate", 1000, "estimated-bitrate",
      (guint) self->flow->told, "max-bitrate", MAX_BITRATE, NULL);
  if (estimator)
    gst_util_set_object_arg (G_OBJECT (self->element), "estimator", estimator);
  g_signal_connect (self->element, "notify::estimated-bitrate",
      G_CALLBACK (on_estimate), self);

  return TRUE;
}

ElementFlow *
element_flow_new (RealTime * time, Flow * flow, const gchar * estimator,
    GError ** error)
{
  GstElement *element = gst_element_factory_make ("rtpgccbwe", NULL);
  ElementFlow *self;

  if (!element) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "there is no element rtpgccbwe");
    return NULL;
  }

  self = g_new0 (ElementFlow, 1);
  self->time = time;
  self->flow = flow;
  self->element = gst_object_ref_sink (element);
  self->bus = gst_bus_new ();
  gst_element_set_bus (element, self->bus);
  self->source = add_pad (self, GST_PAD_SRC);
  self->sink = add_pad (self, GST_PAD_SINK);
  flow->sender = &sender;
  flow->sender_data = self;
  flow->encoder_lag = ENCODER_LAG;
  if (!link_pads (self) || !configure (self, estimator)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "rtpgccbwe has other pads or properties");
    g_clear_pointer (&self, element_flow_free);
  }

  return self;
}

static void
push_first_events (ElementFlow * self)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string ("application/x-rtp, "
      "media=video, clock-rate=90000, encoding-name=VP8, payload=96, "
      "ssrc=(uint)4096, extmap-1=\"http://www.ietf.org/id/"
      "draft-holmer-rmcat-transport-wide-cc-extensions-01\"");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->source, gst_event_new_stream_start ("netem"));
  gst_pad_push_event (self->source, gst_event_new_caps (caps));
  gst_pad_push_event (self->source, gst_event_new_segment (&segment));
}

/* Whether the element has said that it failed */
static gboolean
take_error (ElementFlow * self, GError ** error)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (self->bus, GST_MESSAGE_ERROR);

  if (message)
    gst_message_parse_error (message, error, NULL);

  return message != NULL;
}

/* Before the world begins */
gboolean
element_flow_start (ElementFlow * self, GError ** error)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();

  gst_element_set_clock (self->element, clock);
  gst_element_set_base_time (self->element, gst_clock_get_time (clock));
  if (gst_element_set_state (self->element, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE) {
    if (!take_error (self, error))
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_STATE_CHANGE,
          "rtpgccbwe does not start");
    return FALSE;
  }
  push_first_events (self);

  return TRUE;
}

/* Fails when the element did on its way */
gboolean
element_flow_stop (ElementFlow * self, GError ** error)
{
  gst_element_set_state (self->element, GST_STATE_NULL);

  return !take_error (self, error);
}

void
element_flow_free (ElementFlow * self)
{
  gst_element_set_state (self->element, GST_STATE_NULL);
  gst_pad_set_active (self->source, FALSE);
  gst_pad_set_active (self->sink, FALSE);
  gst_element_set_bus (self->element, NULL);
  gst_object_unref (self->element);
  gst_object_unref (self->source);
  gst_object_unref (self->sink);
  gst_object_unref (self->bus);
  g_free (self);
}
