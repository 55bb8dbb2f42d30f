/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtpsession's upstream event about transport-wide feedback: structure
 * RTPTWCCPackets with an array of RTPTWCCPacket. */

#include "twccevent.h"

/* rtpsession counts payload; the header and its extension are ours, too */
#define HEADER_SIZE 20

/* More than a receiver can tell in one feedback */
#define MAX_PACKETS 65535

static gint64
get_time (const GstStructure * structure, const gchar * field)
{
  guint64 time = GST_CLOCK_TIME_NONE;

  gst_structure_get_uint64 (structure, field, &time);

  return time > G_MAXINT64 ? GST_RTC_GCC_NO_TIME : (gint64) time;
}

static gboolean
parse_packet (const GValue * value, GstRtcGccPacket * packet)
{
  const GstStructure *structure;
  gboolean lost = FALSE;
  guint seqnum;
  guint size = 0;

  if (!GST_VALUE_HOLDS_STRUCTURE (value))
    return FALSE;
  structure = gst_value_get_structure (value);
  if (!structure || !gst_structure_get_uint (structure, "seqnum", &seqnum))
    return FALSE;

  gst_structure_get_uint (structure, "size", &size);
  gst_structure_get_boolean (structure, "lost", &lost);
  packet->seqnum = seqnum & 0xffff;
  packet->sent = get_time (structure, "local-ts");
  packet->received = lost ? GST_RTC_GCC_NO_TIME :
      get_time (structure, "remote-ts");
  packet->size = MIN (size, 65535) + HEADER_SIZE;

  return packet->sent != GST_RTC_GCC_NO_TIME;
}

/**
 * gst_rtc_twcc_event_parse:
 * @event: any upstream event
 *
 * Returns: (transfer full) (nullable) (element-type GstRtcGccPacket): what it
 *     says, without packets that nobody knows; %NULL if it is another event
 *
 * Thread: any
 */
GArray *
gst_rtc_twcc_event_parse (GstEvent * event)
{
  const GstStructure *structure = gst_event_get_structure (event);
  const GValue *value;
  GArray *packets;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_UPSTREAM || !structure ||
      !gst_structure_has_name (structure, "RTPTWCCPackets"))
    return NULL;
  packets = g_array_new (FALSE, FALSE, sizeof (GstRtcGccPacket));
  value = gst_structure_get_value (structure, "packets");

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS;
  if (value && G_VALUE_HOLDS (value, g_value_array_get_type ())) {
    GValueArray *array = g_value_get_boxed (value);

    for (guint i = 0; array && i < array->n_values && i < MAX_PACKETS; i++) {
      GstRtcGccPacket packet;

      if (parse_packet (g_value_array_get_nth (array, i), &packet))
        g_array_append_val (packets, packet);
    }
  }
  G_GNUC_END_IGNORE_DEPRECATIONS;

  return packets;
}
