/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-
 * extensions-01, section 3.1): which packets arrived, and when. What a stranger
 * says of packets that were never sent is left out. */

#include "twccfeedback.h"

#define HEADER_SIZE 8
#define CHUNK_SIZE 2

#define BASE_UNIT (64 * GST_RTC_GCC_MS)
#define DELTA_UNIT (250 * GST_USECOND)

/* RFC 3550 section 6.4, RFC 4585 section 6.1 */
#define RTCP_HEADER 4
#define FEEDBACK_HEADER 12
#define PT_RTPFB 205
#define FMT_TWCC 15

typedef enum
{
  NOT_RECEIVED,
  SMALL_DELTA,
  LARGE_DELTA,
  RESERVED,
} Symbol;

/* Nothing here is aligned */
static guint16
read_uint16 (const guint8 * data)
{
  return data[0] << 8 | data[1];
}

/* Section 3.1.3 and 3.1.4: a run of one symbol, 14 of one bit or 7 of two */
static guint
get_chunk_length (guint chunk)
{
  if (!(chunk & 0x8000))
    return chunk & 0x1fff;

  return chunk & 0x4000 ? 7 : 14;
}

static Symbol
get_symbol (guint chunk, guint i)
{
  if (!(chunk & 0x8000))
    return chunk >> 13 & 3;
  if (chunk & 0x4000)
    return chunk >> (12 - 2 * i) & 3;

  return chunk >> (13 - i) & 1;
}

/* Returns: where the deltas begin; 0 if not all packets have a symbol */
static gsize
find_deltas (const guint8 * fci, gsize size, guint n_packets)
{
  gsize offset = HEADER_SIZE;
  guint n = 0;

  while (n < n_packets) {
    guint length;

    if (offset + CHUNK_SIZE > size)
      return 0;
    length = get_chunk_length (read_uint16 (fci + offset));
    if (length == 0)
      return 0;
    n += length;
    offset += CHUNK_SIZE;
  }

  return offset;
}

static void
add (GArray * packets, const GstRtcSentLog * log, guint16 seqnum,
    gint64 received)
{
  const GstRtcSent *sent = gst_rtc_sent_log_find (log, seqnum);
  GstRtcGccPacket packet = { seqnum, };

  if (!sent)
    return;
  packet.sent = sent->time;
  packet.received = received;
  packet.size = sent->size;
  g_array_append_val (packets, packet);
}

/* A receiver may begin with what arrived first since its last feedback. If
 * that one came, what is between was lost. */
static void
add_gap (GstRtcTwccReader * self, GArray * packets, const GstRtcSentLog * log,
    guint16 base, guint n_packets, guint8 count)
{
  const guint16 gap = base - self->next_seqnum;

  /* nor is any packet told of twice */
  if (!self->begun || count != self->next_count || gap >= 0x8000 ||
      gap + n_packets > G_MAXUINT16)
    return;
  for (guint i = 0; i < gap; i++)
    add (packets, log, self->next_seqnum + i, GST_RTC_GCC_NO_TIME);
}

typedef struct
{
  const guint8 *fci;
  gsize size;
  gsize offset;                 /* of the next delta */
  gint64 time;                  /* of the last packet */
} Deltas;

static gboolean
take_delta (Deltas * deltas, Symbol symbol)
{
  const gsize n_bytes = symbol == SMALL_DELTA ? 1 : 2;

  if (symbol == RESERVED || deltas->offset + n_bytes > deltas->size)
    return FALSE;
  deltas->time += DELTA_UNIT * (symbol == SMALL_DELTA ?
      deltas->fci[deltas->offset] :
      (gint16) read_uint16 (deltas->fci + deltas->offset));
  deltas->offset += n_bytes;

  return TRUE;
}

static gboolean
add_packets (GArray * packets, const GstRtcSentLog * log, guint n_packets,
    Deltas * deltas)
{
  const guint16 base = read_uint16 (deltas->fci);
  const guint8 *chunk = deltas->fci + HEADER_SIZE;
  guint in_chunk = 0;

  for (guint i = 0; i < n_packets; i++) {
    const guint bits = read_uint16 (chunk);
    const Symbol symbol = get_symbol (bits, in_chunk);

    if (symbol != NOT_RECEIVED && !take_delta (deltas, symbol))
      return FALSE;
    add (packets, log, base + i,
        symbol == NOT_RECEIVED ? GST_RTC_GCC_NO_TIME : deltas->time);
    if (++in_chunk == get_chunk_length (bits)) {
      chunk += CHUNK_SIZE;
      in_chunk = 0;
    }
  }

  return TRUE;
}

static void
go_on (GstRtcTwccReader * self, guint16 next_seqnum, guint8 count)
{
  /* late feedback does not turn back what is expected */
  if (self->begun && (gint8) (count - self->next_count) < 0)
    return;
  self->begun = TRUE;
  self->next_seqnum = next_seqnum;
  self->next_count = count + 1;
}

/**
 * gst_rtc_twcc_reader_take:
 * @log: what was sent
 * @fci: feedback control information
 * @size: bytes
 *
 * Returns: (transfer full) (nullable) (element-type GstRtcGccPacket): what it
 *     says of packets that were sent; %NULL if it is malformed
 *
 * Thread: any, one at a time
 */
GArray *
gst_rtc_twcc_reader_take (GstRtcTwccReader * self, const GstRtcSentLog * log,
    const guint8 * fci, gsize size)
{
  g_autoptr (GArray) packets = NULL;
  Deltas deltas = { fci, size, };
  guint16 base;
  guint n_packets;

  if (size < HEADER_SIZE)
    return NULL;
  base = read_uint16 (fci);
  n_packets = read_uint16 (fci + 2);
  deltas.time = GST_READ_UINT24_BE (fci + 4) * BASE_UNIT;
  deltas.offset = find_deltas (fci, size, n_packets);
  if (deltas.offset == 0)
    return NULL;

  packets = g_array_new (FALSE, FALSE, sizeof (GstRtcGccPacket));
  add_gap (self, packets, log, base, n_packets, fci[7]);
  if (!add_packets (packets, log, n_packets, &deltas))
    return NULL;
  go_on (self, base + n_packets, fci[7]);

  return g_steal_pointer (&packets);
}

static gboolean
is_feedback (const guint8 * packet, gsize size)
{
  return (packet[0] & 0x1f) == FMT_TWCC && packet[1] == PT_RTPFB &&
      size >= FEEDBACK_HEADER;
}

/* Returns: the size of the packet at @offset; 0 if there is none */
static gsize
get_packet_size (const GstMapInfo * map, gsize offset)
{
  const gsize left = map->size - offset;
  const guint8 *packet;
  gsize size;

  if (left < RTCP_HEADER)
    return 0;
  packet = map->data + offset;
  if (packet[0] >> 6 != 2)
    return 0;
  size = RTCP_HEADER + 4 * (gsize) read_uint16 (packet + 2);

  return size <= left ? size : 0;
}

/**
 * gst_rtc_twcc_take_out:
 * @rtcp: (transfer full): one or more packets of RTCP (RFC 3550 section 6.1)
 * @func: (scope call): gets each transport-wide feedback
 *
 * Returns: (transfer full) (nullable): the others; %NULL if there are none
 *
 * Thread: any
 */
GstBuffer *
gst_rtc_twcc_take_out (GstBuffer * rtcp, GstRtcTwccFunc func, gpointer data)
{
  g_autoptr (GByteArray) others = NULL;
  gboolean found = FALSE;
  gsize offset = 0;
  gsize size;
  GstMapInfo map;

  if (!gst_buffer_map (rtcp, &map, GST_MAP_READ))
    return rtcp;

  others = g_byte_array_new ();
  while ((size = get_packet_size (&map, offset)) > 0) {
    if (is_feedback (map.data + offset, size)) {
      func (data, map.data + offset + FEEDBACK_HEADER, size - FEEDBACK_HEADER);
      found = TRUE;
    } else {
      g_byte_array_append (others, map.data + offset, size);
    }
    offset += size;
  }
  /* what is no packet is for whoever says so */
  if (offset < map.size)
    g_byte_array_append (others, map.data + offset, map.size - offset);
  gst_buffer_unmap (rtcp, &map);

  if (found) {
    GstBuffer *rest = NULL;

    if (others->len > 0) {
      const gsize n = others->len;

      rest = gst_buffer_new_wrapped (g_byte_array_free (g_steal_pointer
              (&others), FALSE), n);
      gst_buffer_copy_into (rest, rtcp, GST_BUFFER_COPY_METADATA, 0, -1);
    }
    gst_buffer_unref (rtcp);
    return rest;
  }

  return rtcp;
}
