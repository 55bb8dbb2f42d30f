/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The transport-wide sequence number in a packet: a header extension of two
 * bytes (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2).
 *
 * Where there is room for it already, it is filled in: FEC protects packets
 * with their extensions, so there the room has to be made before. */

#include "twccnumber.h"

#include <string.h>

#include "rtppacket.h"

/* RFC 8285, sections 4.2 and 4.3 */
#define ONE_BYTE_PROFILE 0xbede
#define TWO_BYTE_PROFILE 0x1000
#define IS_TWO_BYTE(profile) (((profile) & 0xfff0) == TWO_BYTE_PROFILE)
#define PADDING 0
#define ONE_BYTE_STOP 15

/* Profile and length */
#define EXTENSION_HEADER 4
/* Identification, length and number, in whole words */
#define ELEMENT_SIZE 4
#define NUMBER_SIZE 2

#define MAX_HEADER 128

/* Elements are not aligned */
static void
write_uint16 (guint8 * data, guint16 value)
{
  data[0] = value >> 8;
  data[1] = value & 0xff;
}

/* Returns: where in @data the two bytes are; @size if there are none; 0 if a
 * receiver would not find them behind what is there */
static gsize
find_place (const guint8 * data, gsize size, gsize offset, guint profile,
    guint id)
{
  const gboolean two = IS_TWO_BYTE (profile);
  const gsize n_bytes = two ? 2 : 1;

  while (offset < size) {
    const guint found = two ? data[offset] : data[offset] >> 4;
    gsize length;

    if (data[offset] == PADDING) {
      offset++;
      continue;
    }
    if (offset + n_bytes > size || found == PADDING ||
        (!two && found == ONE_BYTE_STOP))
      return 0;
    length = two ? data[offset + 1] : (data[offset] & 0x0f) + 1;
    offset += n_bytes;
    if (offset + length > size)
      return 0;
    if (found == id)
      return length == NUMBER_SIZE ? offset : 0;
    offset += length;
  }

  return size;
}

static void
write_element (guint8 * data, guint profile, guint id, guint16 seqnum)
{
  memset (data, 0, ELEMENT_SIZE);
  if (IS_TWO_BYTE (profile)) {
    data[0] = id;
    data[1] = 2;
    write_uint16 (data + 2, seqnum);
  } else {
    data[0] = id << 4 | 1;
    write_uint16 (data + 1, seqnum);
  }
}

/* Returns: the new size of the header in @data, which has room for it; 0 if its
 * extensions take none */
static gsize
add_number (guint8 * data, gsize size, guint id, guint16 seqnum)
{
  const gsize offset = GST_RTC_RTP_FIXED_HEADER + 4 * (data[0] & 0x0f);
  guint profile = ONE_BYTE_PROFILE;
  gsize place;

  if (!(data[0] & 0x10)) {
    data[0] |= 0x10;
    GST_WRITE_UINT16_BE (data + offset, profile);
    GST_WRITE_UINT16_BE (data + offset + 2, ELEMENT_SIZE / 4);
    write_element (data + offset + EXTENSION_HEADER, profile, id, seqnum);
    return size + EXTENSION_HEADER + ELEMENT_SIZE;
  }

  profile = GST_READ_UINT16_BE (data + offset);
  if (profile != ONE_BYTE_PROFILE && !IS_TWO_BYTE (profile))
    return 0;
  place = find_place (data, size, offset + EXTENSION_HEADER, profile, id);
  if (place == 0)
    return 0;
  if (place < size) {
    write_uint16 (data + place, seqnum);
    return size;
  }

  GST_WRITE_UINT16_BE (data + offset + 2,
      GST_READ_UINT16_BE (data + offset + 2) + ELEMENT_SIZE / 4);
  write_element (data + size, profile, id, seqnum);

  return size + ELEMENT_SIZE;
}

/* In one memory: srtpenc would put it together again. Returns: @packet with
 * the first @size bytes replaced by the @new_size of @header */
static GstBuffer *
write_packet (GstBuffer * packet, gsize size, const guint8 * header,
    gsize new_size)
{
  const gsize payload_size = gst_buffer_get_size (packet) - size;
  GstBuffer *written =
      gst_buffer_new_allocate (NULL, new_size + payload_size, NULL);
  GstMapInfo map;

  gst_buffer_map (written, &map, GST_MAP_WRITE);
  memcpy (map.data, header, new_size);
  gst_buffer_extract (packet, size, map.data + new_size, payload_size);
  gst_buffer_unmap (written, &map);
  gst_buffer_copy_into (written, packet, GST_BUFFER_COPY_FLAGS |
      GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_META, 0, -1);

  return written;
}

/**
 * gst_rtc_twcc_number_write:
 * @packet: a packet of RTP
 * @id: of the extension, 1 to 14
 * @seqnum: its number
 *
 * Returns: (transfer full) (nullable): a copy of the packet with its number;
 *     %NULL if it can have none
 *
 * Thread: any
 */
GstBuffer *
gst_rtc_twcc_number_write (GstBuffer * packet, guint id, guint16 seqnum)
{
  guint8 header[MAX_HEADER + GST_RTC_TWCC_NUMBER_SIZE];
  const gsize known = gst_buffer_extract (packet, 0, header, MAX_HEADER);
  const gsize size = gst_rtc_rtp_header_get_size (header, known);
  gsize new_size;

  if (size == 0 || size > known || size == gst_buffer_get_size (packet))
    return NULL;
  new_size = add_number (header, size, id, seqnum);

  return new_size > 0 ? write_packet (packet, size, header, new_size) : NULL;
}
