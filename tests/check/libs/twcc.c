/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Transport-wide congestion control on the way out: numbers in packets, what is
 * remembered of them, and feedback in RTCP. What feedback says is read in
 * twccfeedback.c. */

#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>
#include <gst/rtpgcc/rtppacket.h>
#include <gst/rtpgcc/sender.h>
#include <gst/rtpgcc/twccnumber.h>
#include <string.h>

#define MS GST_RTC_GCC_MS
#define SECOND GST_RTC_GCC_SECOND

#define ID 3
#define SEQNUM 0xabcd
#define ONE_BYTE 0xbede
#define TWO_BYTE 0x1000

/* Numbers */

#define PAYLOAD_SIZE 40
#define MAX_EXTENSION 120

typedef struct
{
  const gchar *name;
  guint n_csrcs;
  guint profile;                /* 0: no extension */
  gsize size;                   /* bytes behind profile and length */
  guint8 extension[MAX_EXTENSION];
  gint growth;                  /* bytes; -1: the packet gets no number */
} NumberCase;

static const NumberCase number_cases[] = {
  {"bare", 0, 0, 0, {0}, 8},
  {"a CSRC", 1, 0, 0, {0}, 8},
  {"all CSRCs", 15, 0, 0, {0}, 8},
  {"one-byte", 0, ONE_BYTE, 4, {0x10, 0xaa, 0, 0}, 4},
  {"one-byte, CSRCs", 2, ONE_BYTE, 4, {0x10, 0xaa, 0, 0}, 4},
  {"one-byte, no element", 0, ONE_BYTE, 0, {0}, 4},
  {"one-byte, no padding", 0, ONE_BYTE, 4, {0x12, 1, 2, 3}, 4},
  {"one-byte, padding", 0, ONE_BYTE, 8, {0, 0x10, 0xaa, 0, 0, 0x21, 1, 2}, 4},
  {"one-byte, another's bytes", 0, ONE_BYTE, 4, {0x12, 0x31, 0, 0}, 4},
  {"one-byte, room", 0, ONE_BYTE, 4, {0x31, 0, 0, 0}, 0},
  {"one-byte, room at the end", 0, ONE_BYTE, 8,
      {0x10, 0xaa, 0, 0, 0, 0x31, 0, 0}, 0},
  {"one-byte, room, CSRCs", 15, ONE_BYTE, 4, {0, 0x31, 0, 0}, 0},
  {"one-byte, stop", 0, ONE_BYTE, 4, {0xf0, 0, 0, 0}, -1},
  {"one-byte, room before stop", 0, ONE_BYTE, 4, {0x31, 0, 0, 0xf0}, 0},
  {"one-byte, room behind stop", 0, ONE_BYTE, 8, {0xf0, 0, 0, 0, 0x31, 0}, -1},
  {"one-byte, padding with length", 0, ONE_BYTE, 4, {0x02, 0, 0, 0}, -1},
  {"one-byte, cut", 0, ONE_BYTE, 4, {0x13, 1, 2, 3}, -1},
  {"one-byte, room of one", 0, ONE_BYTE, 4, {0x30, 0, 0, 0}, -1},
  {"one-byte, room of three", 0, ONE_BYTE, 4, {0x32, 0, 0, 0}, -1},
  {"one-byte, room cut", 0, ONE_BYTE, 4, {0, 0, 0x31, 0}, -1},
  {"two-byte", 0, TWO_BYTE, 4, {1, 1, 0xaa, 0}, 4},
  {"two-byte, CSRCs", 7, TWO_BYTE, 4, {1, 1, 0xaa, 0}, 4},
  {"two-byte, appbits", 0, TWO_BYTE | 0xf, 4, {1, 1, 0xaa, 0}, 4},
  {"two-byte, empty element", 0, TWO_BYTE, 4, {0, 1, 0, 0}, 4},
  {"two-byte, another's bytes", 0, TWO_BYTE, 8, {1, 4, ID, 2, 0, 0, 0, 0}, 4},
  {"two-byte, id 15", 0, TWO_BYTE, 4, {15, 1, 0xaa, 0}, 4},
  {"two-byte, room", 0, TWO_BYTE, 4, {ID, 2, 0, 0}, 0},
  {"two-byte, room at the end", 0, TWO_BYTE, 8, {1, 1, 9, 0, ID, 2, 0, 0}, 0},
  {"two-byte, cut", 0, TWO_BYTE, 4, {1, 3, 0, 0}, -1},
  {"two-byte, no length", 0, TWO_BYTE, 4, {0, 0, 0, 1}, -1},
  {"two-byte, room of one", 0, TWO_BYTE, 4, {ID, 1, 0, 0}, -1},
  {"two-byte, room cut", 0, TWO_BYTE, 4, {0, ID, 2, 0}, -1},
  {"unknown profile", 0, 0x1234, 4, {0x31, 0, 0, 0}, -1},
  {"unknown profile, no element", 0, 0x1234, 0, {0}, -1},
  {"header of 128 bytes", 0, ONE_BYTE, 112, {0}, 4},
  {"header of 132 bytes", 0, ONE_BYTE, 116, {0}, -1},
};

static GByteArray *
make_bytes (const NumberCase * number_case, gsize payload_size)
{
  guint8 fixed[GST_RTC_RTP_FIXED_HEADER] = { 0x80, 0x80 | 96, 0xff, 0xff,
    0, 1, 2, 3, 0xfe, 0xed, 0xbe, 0xef
  };
  GByteArray *bytes = g_byte_array_new ();

  fixed[0] |= number_case->n_csrcs | (number_case->profile ? 0x10 : 0);
  g_byte_array_append (bytes, fixed, sizeof (fixed));
  for (guint8 i = 0; i < 4 * number_case->n_csrcs; i++)
    g_byte_array_append (bytes, &i, 1);
  if (number_case->profile) {
    guint8 header[4];

    GST_WRITE_UINT16_BE (header, number_case->profile);
    GST_WRITE_UINT16_BE (header + 2, number_case->size / 4);
    g_byte_array_append (bytes, header, sizeof (header));
    g_byte_array_append (bytes, number_case->extension, number_case->size);
  }
  for (gsize i = 0; i < payload_size; i++) {
    const guint8 byte = i * 7;

    g_byte_array_append (bytes, &byte, 1);
  }

  return bytes;
}

/* In two memories, as payloaders make them, of exact size */
static GstBuffer *
make_packet (const NumberCase * number_case)
{
  g_autoptr (GByteArray) bytes = make_bytes (number_case, PAYLOAD_SIZE);
  const gsize header_size = bytes->len - PAYLOAD_SIZE;
  GstBuffer *packet = gst_buffer_new_memdup (bytes->data, header_size);
  GstBuffer *payload = gst_buffer_new_memdup (bytes->data + header_size,
      PAYLOAD_SIZE);

  packet = gst_buffer_append (packet, payload);
  GST_BUFFER_PTS (packet) = 42;
  GST_BUFFER_DTS (packet) = 41;
  GST_BUFFER_DURATION (packet) = 40;
  GST_BUFFER_FLAG_SET (packet, GST_BUFFER_FLAG_MARKER);
  GST_BUFFER_FLAG_SET (packet, GST_BUFFER_FLAG_DELTA_UNIT);

  return packet;
}

static gint
find_number (GstRTPBuffer * rtp, guint id)
{
  gpointer found;
  const guint8 *data;
  guint8 appbits;
  guint size;

  if (!gst_rtp_buffer_get_extension_onebyte_header (rtp, id, 0, &found, &size)
      && !gst_rtp_buffer_get_extension_twobytes_header (rtp, &appbits, id, 0,
          &found, &size))
    return -1;
  fail_unless_equals_int (size, 2);
  data = found;

  return data[0] << 8 | data[1];
}

static gint
get_number (GstBuffer * packet, guint id)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gint number;

  fail_unless (gst_rtp_buffer_map (packet, GST_MAP_READ, &rtp));
  number = find_number (&rtp, id);
  gst_rtp_buffer_unmap (&rtp);

  return number;
}

/* All of @packet but the number is that of @before */
static void
check_numbered (const NumberCase * number_case, GstBuffer * packet,
    GstBuffer * before)
{
  const gsize fixed = GST_RTC_RTP_FIXED_HEADER + 4 * number_case->n_csrcs;
  const gsize elements = fixed + 4;
  GstMapInfo new;
  GstMapInfo old;

  gst_buffer_map (packet, &new, GST_MAP_READ);
  gst_buffer_map (before, &old, GST_MAP_READ);
  fail_unless_equals_int (new.size, old.size + number_case->growth);
  fail_unless_equals_int (new.data[0], old.data[0] | 0x10);
  fail_unless_equals_int (memcmp (new.data + 1, old.data + 1, fixed - 1), 0);
  fail_unless_equals_int (memcmp (new.data + new.size - PAYLOAD_SIZE,
          old.data + old.size - PAYLOAD_SIZE, PAYLOAD_SIZE), 0);
  fail_unless_equals_int (GST_READ_UINT16_BE (new.data + fixed),
      number_case->profile ? number_case->profile : ONE_BYTE);
  for (gsize i = 0; i < number_case->size; i++) {
    const guint8 was = number_case->extension[i];

    fail_unless (new.data[elements + i] == was || (number_case->growth == 0 &&
            (new.data[elements + i] == SEQNUM >> 8 ||
                new.data[elements + i] == (SEQNUM & 0xff))));
  }
  gst_buffer_unmap (before, &old);
  gst_buffer_unmap (packet, &new);
  fail_unless_equals_int (get_number (packet, ID), SEQNUM);
}

static void
fail_unless_same_bytes (GstBuffer * one, GstBuffer * other)
{
  GstMapInfo map;

  gst_buffer_map (other, &map, GST_MAP_READ);
  fail_unless_equals_int (gst_buffer_get_size (one), map.size);
  fail_unless_equals_int (gst_buffer_memcmp (one, 0, map.data, map.size), 0);
  gst_buffer_unmap (other, &map);
}

GST_START_TEST (test_number)
{
  const NumberCase *number_case = &number_cases[__i__];
  GstBuffer *packet = make_packet (number_case);
  GstBuffer *before = gst_buffer_copy_deep (packet);
  GstBuffer *numbered;

  GST_INFO ("%s", number_case->name);
  numbered = gst_rtc_twcc_number_write (packet, ID, SEQNUM);
  fail_unless ((numbered != NULL) == (number_case->growth >= 0), "%s",
      number_case->name);
  if (numbered) {
    check_numbered (number_case, numbered, before);
    fail_unless_equals_uint64 (GST_BUFFER_PTS (numbered), 42);
    fail_unless_equals_uint64 (GST_BUFFER_DTS (numbered), 41);
    fail_unless_equals_uint64 (GST_BUFFER_DURATION (numbered), 40);
    fail_unless (GST_BUFFER_FLAG_IS_SET (numbered, GST_BUFFER_FLAG_MARKER));
    fail_unless (GST_BUFFER_FLAG_IS_SET (numbered, GST_BUFFER_FLAG_DELTA_UNIT));
    gst_buffer_unref (numbered);
  }

  /* others have it, too */
  fail_unless_same_bytes (packet, before);
  ASSERT_MINI_OBJECT_REFCOUNT (packet, "packet", 1);
  gst_buffer_unref (before);
  gst_buffer_unref (packet);
}

GST_END_TEST;

/* A packet that got a number once, such as a repeated one, gets another */
GST_START_TEST (test_number_twice)
{
  static const guint profiles[] = { 0, ONE_BYTE, TWO_BYTE };

  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    const NumberCase bare = { "bare", 1, profiles[i], };
    g_autoptr (GstBuffer) packet = make_packet (&bare);
    g_autoptr (GstBuffer) once = gst_rtc_twcc_number_write (packet, ID, 1);
    g_autoptr (GstBuffer) twice = gst_rtc_twcc_number_write (once, ID, 65535);

    fail_unless_equals_int (gst_buffer_get_size (twice),
        gst_buffer_get_size (once));
    fail_unless_equals_int (get_number (twice, ID), 65535);
  }
}

GST_END_TEST;

GST_START_TEST (test_number_ids)
{
  for (guint id = 1; id <= 14; id++) {
    g_autoptr (GstBuffer) packet = make_packet (&number_cases[0]);
    g_autoptr (GstBuffer) numbered = gst_rtc_twcc_number_write (packet, id,
        SEQNUM);

    fail_unless_equals_int (get_number (numbered, id), SEQNUM);
  }
}

GST_END_TEST;

GST_START_TEST (test_number_of_a_truncated_packet)
{
  static const NumberCase whole = { "whole", 2, ONE_BYTE, 8,
    {0x10, 0xaa, 0x21, 0, 0, 0, 0, 0}, 4
  };
  g_autoptr (GByteArray) bytes = make_bytes (&whole, 1);

  for (gsize size = 0; size <= bytes->len; size++) {
    g_autoptr (GstBuffer) packet = size == 0 ? gst_buffer_new () :
        gst_buffer_new_memdup (bytes->data, size);
    g_autoptr (GstBuffer) numbered = gst_rtc_twcc_number_write (packet, ID,
        SEQNUM);

    fail_unless ((numbered != NULL) == (size == bytes->len), "%zu bytes", size);
  }

  /* not RTP */
  for (guint version = 0; version < 4; version++) {
    g_autoptr (GstBuffer) packet = NULL;
    g_autoptr (GstBuffer) numbered = NULL;

    bytes->data[0] = (bytes->data[0] & 0x3f) | version << 6;
    packet = gst_buffer_new_memdup (bytes->data, bytes->len);
    numbered = gst_rtc_twcc_number_write (packet, ID, SEQNUM);
    fail_unless ((numbered != NULL) == (version == 2));
  }
}

GST_END_TEST;

/* What was sent */

GST_START_TEST (test_log_wraps)
{
  GstRtcSentLog log = { NULL, };

  fail_unless_equals_int (gst_rtc_sent_log_get_next (&log), 0);
  for (guint seqnum = 0; seqnum < 65536; seqnum += 255)
    fail_unless (gst_rtc_sent_log_find (&log, seqnum) == NULL);

  for (guint i = 0; i < 200000; i++) {
    const GstRtcSent *sent;

    fail_unless_equals_int (gst_rtc_sent_log_get_next (&log), i & 0xffff);
    gst_rtc_sent_log_add (&log, i * 1000, i);
    sent = gst_rtc_sent_log_find (&log, i & 0xffff);
    fail_unless (sent != NULL && sent->size == i && sent->time == i * 1000);
    sent = gst_rtc_sent_log_find (&log, (i / 2) & 0xffff);
    if (i - i / 2 < 32768)
      fail_unless (sent != NULL && sent->size == i / 2);
    /* those to come */
    fail_unless (gst_rtc_sent_log_find (&log, (i + 1) & 0xffff) == NULL);
    fail_unless (gst_rtc_sent_log_find (&log, (i + 32768) & 0xffff) == NULL);
  }

  fail_unless_equals_int (log.capacity, 32768);
  for (guint i = 200000 - 32768; i < 200000; i++)
    fail_unless_equals_int (gst_rtc_sent_log_find (&log, i & 0xffff)->size, i);
  for (guint i = 200000; i < 232768; i++)
    fail_unless (gst_rtc_sent_log_find (&log, i & 0xffff) == NULL);
  gst_rtc_sent_log_clear (&log);
}

GST_END_TEST;

GST_START_TEST (test_log_grows)
{
  GstRtcSentLog log = { NULL, };

  for (guint i = 0; i < 100000; i++) {
    const guint n = MIN (i + 1, 32768);

    gst_rtc_sent_log_add (&log, SECOND, i);
    fail_unless (log.capacity >= n && log.capacity <= MAX (64, 2 * n));
  }
  gst_rtc_sent_log_clear (&log);
  fail_unless (log.ring == NULL);

  /* and can begin again */
  fail_unless (gst_rtc_sent_log_find (&log, 0) == NULL);
  gst_rtc_sent_log_add (&log, SECOND, 7);
  fail_unless_equals_int (gst_rtc_sent_log_find (&log, 0)->size, 7);
  gst_rtc_sent_log_clear (&log);
}

GST_END_TEST;

GST_START_TEST (test_log_forgets)
{
  GstRtcSentLog log = { NULL, };

  for (guint i = 0; i <= 1000; i++)
    gst_rtc_sent_log_add (&log, i * 10 * MS, i);
  for (guint i = 0; i <= 1000; i++) {
    const GstRtcSent *sent = gst_rtc_sent_log_find (&log, i);

    fail_unless ((sent != NULL) == (i >= 500), "%u", i);
    fail_unless (!sent || sent->size == i);
  }

  /* after silence there is the newest alone */
  gst_rtc_sent_log_add (&log, 60 * SECOND, 1001);
  for (guint i = 0; i < 65536; i++)
    fail_unless ((gst_rtc_sent_log_find (&log, i) != NULL) == (i == 1001));
  gst_rtc_sent_log_clear (&log);
}

GST_END_TEST;

/* 24 hours at 100 packets a second, with a burst every hour */
GST_START_TEST (test_log_is_bounded)
{
  GstRtcSentLog log = { NULL, };
  guint n = 0;

  for (gint64 now = 0; now < 24 * 3600 * SECOND; now += 10 * MS) {
    gst_rtc_sent_log_add (&log, now, n++);
    for (guint i = 0; i < 400 && now % (3600 * SECOND) == 0; i++)
      gst_rtc_sent_log_add (&log, now, n++);
  }
  fail_unless_equals_int (log.capacity, 1024);
  fail_unless_equals_int (gst_rtc_sent_log_find (&log, (n - 1) & 0xffff)->size,
      n - 1);
  fail_unless_equals_int (log.next - log.first, 501);
  gst_rtc_sent_log_clear (&log);
}

GST_END_TEST;

/* RTCP */

static const guint8 receiver_report[] = { 0x81, 201, 0, 7,
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
  22, 23, 24, 25, 26, 27, 28
};

/* *INDENT-OFF* */
static const guint8 feedback[] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2,
  0, 1, 0, 2, 0, 0, 1, 0, 0x20, 0x02, 4, 8 };
static const guint8 other_feedback[] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0,
  2, 0, 3, 0, 1, 0, 0, 2, 1, 0x20, 0x01, 4, 0 };
static const guint8 padded_feedback[] = { 0xaf, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0,
  2, 0, 3, 0, 1, 0, 0, 2, 1, 0x20, 0x01, 4, 0, 0, 0, 0, 4 };
static const guint8 short_feedback[] = { 0x8f, 205, 0, 1, 0, 0, 0, 1 };
static const guint8 empty_feedback[] = { 0x8f, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0,
  2 };
static const guint8 nack[] = { 0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2,
  0, 9, 0, 0 };
/* application layer feedback has the same format */
static const guint8 remb[] = { 0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0,
  'R', 'E', 'M', 'B', 1, 1, 2, 3, 0, 0, 0, 2 };
static const guint8 cut[] = { 0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1 };
static const guint8 stun[] = { 0, 1, 0, 4, 1, 2, 3, 4 };
/* *INDENT-ON* */

#define PART(bytes) { bytes, sizeof (bytes) }

typedef struct
{
  const guint8 *data;
  gsize size;
} Part;

#define MAX_PARTS 5

static const struct
{
  const gchar *name;
  Part parts[MAX_PARTS];
  guint taken;                  /* bits: parts that are taken out */
  gsize n_bytes;                /* of their control information */
} rtcp_cases[] = {
  {"compound", {PART (receiver_report), PART (feedback), PART (nack)}, 2, 12},
  {"first", {PART (feedback), PART (nack), PART (remb)}, 1, 12},
  {"last", {PART (receiver_report), PART (nack), PART (feedback)}, 4, 12},
  {"two", {PART (feedback), PART (nack), PART (other_feedback),
          PART (receiver_report)}, 5, 24},
  {"alone", {PART (feedback)}, 1, 12},
  {"two alone", {PART (feedback), PART (other_feedback)}, 3, 24},
  {"padded", {PART (receiver_report), PART (padded_feedback)}, 2, 16},
  {"without information", {PART (empty_feedback), PART (nack)}, 1, 0},
  {"none", {PART (receiver_report), PART (nack), PART (remb)}, 0, 0},
  {"too short", {PART (short_feedback), PART (nack)}, 0, 0},
  {"cut", {PART (cut)}, 0, 0},
  {"cut behind another", {PART (receiver_report), PART (cut)}, 0, 0},
  {"cut behind one", {PART (feedback), PART (cut)}, 1, 12},
  {"not RTCP", {PART (stun)}, 0, 0},
  {"not RTCP before one", {PART (stun), PART (feedback)}, 0, 0},
  {"nothing", {{NULL, 0}}, 0, 0},
};

static GByteArray *
join_parts (const Part * parts, guint which)
{
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < MAX_PARTS; i++) {
    if (parts[i].size > 0 && which & (1 << i))
      g_byte_array_append (bytes, parts[i].data, parts[i].size);
  }

  return bytes;
}

static void
take_fci (gpointer bytes, const guint8 * fci, gsize size)
{
  if (size > 0)
    g_byte_array_append (bytes, fci, size);
}

static GByteArray *
join_fci (const Part * parts, guint which)
{
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < MAX_PARTS; i++) {
    if (which & (1 << i))
      take_fci (bytes, parts[i].data + 12, parts[i].size - 12);
  }

  return bytes;
}

GST_START_TEST (test_take_out)
{
  const Part *parts = rtcp_cases[__i__].parts;
  const guint taken = rtcp_cases[__i__].taken;
  g_autoptr (GByteArray) bytes = join_parts (parts, ~0u);
  g_autoptr (GByteArray) others = join_parts (parts, ~taken);
  g_autoptr (GByteArray) expected = join_fci (parts, taken);
  g_autoptr (GByteArray) found = g_byte_array_new ();
  GstBuffer *rtcp = bytes->len == 0 ? gst_buffer_new () :
      gst_buffer_new_memdup (bytes->data, bytes->len);
  GstBuffer *rest;

  GST_INFO ("%s", rtcp_cases[__i__].name);
  GST_BUFFER_DTS (rtcp) = 17;
  rest = gst_rtc_twcc_take_out (gst_buffer_ref (rtcp), take_fci, found);
  fail_unless_equals_int (found->len, rtcp_cases[__i__].n_bytes);
  fail_unless_equals_int (expected->len, found->len);
  fail_unless (found->len == 0 ||
      memcmp (found->data, expected->data, found->len) == 0);

  if (taken == 0)
    fail_unless (rest == rtcp);
  else
    fail_unless ((rest != NULL) == (others->len > 0) && rest != rtcp);
  if (rest) {
    fail_unless_equals_int (gst_buffer_get_size (rest), others->len);
    fail_unless (others->len == 0 || gst_buffer_memcmp (rest, 0, others->data,
            others->len) == 0);
    fail_unless_equals_uint64 (GST_BUFFER_DTS (rest), 17);
  }
  gst_clear_buffer (&rest);
  ASSERT_MINI_OBJECT_REFCOUNT (rtcp, "rtcp", 1);
  gst_buffer_unref (rtcp);
}

GST_END_TEST;

/* The sender */

#define VIDEO 96
#define AUDIO 97
#define RTX 98
#define BITRATE 2000000

static GstRtcSender sender;

static void
set_up (void)
{
  gst_rtc_sender_init (&sender, GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION,
      BITRATE);
  gst_rtc_gcc_set_limits (&sender.gcc, 1000, BITRATE);
  gst_rtc_sender_set_audio (&sender, AUDIO);
  gst_rtc_sender_set_retransmission (&sender, RTX);
  gst_rtc_sender_set_numbered (&sender, VIDEO, ID);
  gst_rtc_sender_set_numbered (&sender, RTX, ID);
  gst_rtc_pacer_may_send (&sender.pacer, 0, &sender.gcc, 0);
}

static GstBuffer *
make_plain_packet (guint8 pt)
{
  GstBuffer *packet = make_packet (&number_cases[0]);
  GstBuffer *payload = gst_buffer_new_allocate (NULL, 900, NULL);

  gst_buffer_memset (payload, 0, 0, 900);
  gst_buffer_fill (packet, 1, &pt, 1);

  return gst_buffer_append (packet, payload);
}

static guint8
get_pt (GstBuffer * packet)
{
  guint8 byte = 0;

  gst_buffer_extract (packet, 1, &byte, 1);

  return byte & 0x7f;
}

static gint
pass_one (guint8 pt, gint64 now)
{
  GstBuffer *packet = make_plain_packet (pt);
  gint number;

  fail_unless (gst_rtc_sender_pass (&sender, &packet, now));
  fail_unless_equals_int (get_pt (packet), pt);
  number = get_number (packet, ID);
  gst_buffer_unref (packet);

  return number;
}

GST_START_TEST (test_passing_packets_get_numbers)
{
  GstBufferList *list = gst_buffer_list_new ();
  GstBufferList *before;

  set_up ();
  fail_unless_equals_int (pass_one (VIDEO, SECOND), 0);
  fail_unless_equals_int (pass_one (AUDIO, SECOND + MS), -1);
  fail_unless_equals_int (pass_one (VIDEO, SECOND + 100 * MS), 1);

  for (guint i = 0; i < 4; i++)
    gst_buffer_list_add (list, make_plain_packet (i == 2 ? AUDIO : VIDEO));
  before = gst_buffer_list_ref (list);
  fail_unless (gst_rtc_sender_pass_list (&sender, &list, SECOND + 200 * MS));
  fail_unless_equals_int (gst_buffer_list_length (list), 4);
  for (guint i = 0; i < 4; i++) {
    static const gint numbers[] = { 2, 3, -1, 4 };

    fail_unless_equals_int (get_number (gst_buffer_list_get (list, i), ID),
        numbers[i]);
    /* whoever else has the list */
    fail_unless_equals_int (get_number (gst_buffer_list_get (before, i), ID),
        -1);
  }
  fail_unless_equals_int (gst_rtc_sent_log_find (&sender.sent, 3)->size,
      gst_buffer_get_size (gst_buffer_list_get (list, 1)));
  fail_unless_equals_int64 (gst_rtc_sent_log_find (&sender.sent, 1)->time,
      SECOND + 100 * MS);
  fail_unless (gst_rtc_sent_log_find (&sender.sent, 5) == NULL);
  gst_buffer_list_unref (before);
  gst_buffer_list_unref (list);
  gst_rtc_sender_clear (&sender);
}

GST_END_TEST;

static void
check_step (GstRtcSenderStep * step, guint * next_number, guint * n)
{
  for (guint i = 0; step->packets && i < gst_buffer_list_length (step->packets);
      i++) {
    GstBuffer *packet = gst_buffer_list_get (step->packets, i);

    /* repeated packets go first, but nobody's number is before them */
    if (*n == 0)
      fail_unless_equals_int (get_pt (packet), RTX);
    fail_unless_equals_int (get_number (packet, ID),
        get_pt (packet) == AUDIO ? -1 : (gint) (*next_number)++);
    (*n)++;
  }
  gst_clear_buffer_list (&step->packets);
}

/* Numbers are in the order in which packets go, not in that of coming */
GST_START_TEST (test_waiting_packets_get_numbers)
{
  gint64 now = SECOND;
  guint next_number = 0;
  guint n = 0;

  set_up ();
  for (guint i = 0; i < 40; i++)
    gst_rtc_sender_take (&sender, make_plain_packet (VIDEO), now);
  gst_rtc_sender_take (&sender, make_plain_packet (RTX), now);
  gst_rtc_sender_take (&sender, make_plain_packet (AUDIO), now);
  while (n < 42) {
    GstRtcSenderStep step = gst_rtc_sender_next (&sender, now);

    check_step (&step, &next_number, &n);
    now += MAX (step.wait, 0);
    fail_unless (now < 3 * SECOND);
  }
  fail_unless_equals_int (next_number, 41);
  gst_rtc_sender_clear (&sender);
}

GST_END_TEST;

/* A packet that cannot have one goes without, and leaves no hole */
GST_START_TEST (test_packets_without_room_go)
{
  static const NumberCase odd = { "odd", 0, 0x1234, 4, };
  GstBuffer *packet = make_packet (&odd);
  GstBuffer *before = packet;

  set_up ();
  fail_unless_equals_int (pass_one (VIDEO, SECOND), 0);
  fail_unless (gst_rtc_sender_pass (&sender, &packet, SECOND + 50 * MS));
  fail_unless (packet == before);
  gst_rtc_sender_take (&sender, packet, SECOND + 100 * MS);
  gst_rtc_sender_take (&sender, gst_buffer_new_memdup ("odd", 3),
      SECOND + 100 * MS);
  for (guint n = 0; n < 2;) {
    GstRtcSenderStep step = gst_rtc_sender_next (&sender, SECOND + 150 * MS);

    fail_unless (step.packets != NULL);
    n += gst_buffer_list_length (step.packets);
    gst_buffer_list_unref (step.packets);
  }
  fail_unless_equals_int (pass_one (VIDEO, SECOND + 200 * MS), 1);
  gst_rtc_sender_clear (&sender);
}

GST_END_TEST;

GST_START_TEST (test_feedback_moves_gcc)
{
  static const guint8 fci[] = { 0, 0, 0, 3, 0, 0, 9, 0, 0x20, 3, 0, 40, 40 };
  static const guint8 reserved[] = { 0, 0, 0, 3, 0, 0, 9, 0, 0x60, 3 };
  static const guint8 strange[] = { 9, 0, 0, 1, 0, 0, 9, 0, 0x20, 1, 0 };

  set_up ();
  fail_unless_equals_int64 (sender.gcc.rtt, 100 * MS);
  for (guint i = 0; i < 3; i++)
    pass_one (VIDEO, SECOND + i * 10 * MS);

  gst_rtc_sender_take_feedback (&sender, reserved, sizeof (reserved),
      SECOND + 40 * MS);
  gst_rtc_sender_take_feedback (&sender, strange, sizeof (strange),
      SECOND + 40 * MS);
  fail_unless_equals_int64 (sender.gcc.rtt, 100 * MS);
  fail_unless (sender.gcc.last_feedback != SECOND + 40 * MS);

  /* an eighth of it is that of the newest, 20 ms */
  gst_rtc_sender_take_feedback (&sender, fci, sizeof (fci), SECOND + 40 * MS);
  fail_unless_equals_int64 (sender.gcc.rtt, 90 * MS);
  fail_unless_equals_int64 (sender.gcc.last_feedback, SECOND + 40 * MS);

  /* said again, it is no news */
  gst_rtc_sender_take_feedback (&sender, fci, sizeof (fci), SECOND + 90 * MS);
  fail_unless_equals_int64 (sender.gcc.rtt, 90 * MS);
  gst_rtc_sender_clear (&sender);
}

GST_END_TEST;

static Suite *
twcc_suite (void)
{
  Suite *suite = suite_create ("twcc");
  TCase *tcase = tcase_create ("numbers");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_number, 0, G_N_ELEMENTS (number_cases));
  tcase_add_test (tcase, test_number_twice);
  tcase_add_test (tcase, test_number_ids);
  tcase_add_test (tcase, test_number_of_a_truncated_packet);

  tcase = tcase_create ("log");
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_log_wraps);
  tcase_add_test (tcase, test_log_grows);
  tcase_add_test (tcase, test_log_forgets);
  tcase_add_test (tcase, test_log_is_bounded);

  tcase = tcase_create ("rtcp");
  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_take_out, 0, G_N_ELEMENTS (rtcp_cases));

  tcase = tcase_create ("sender");
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_passing_packets_get_numbers);
  tcase_add_test (tcase, test_waiting_packets_get_numbers);
  tcase_add_test (tcase, test_packets_without_room_go);
  tcase_add_test (tcase, test_feedback_moves_gcc);

  return suite;
}

GST_CHECK_MAIN (twcc);
