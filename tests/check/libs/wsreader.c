/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames of RFC 6455 into messages, however the network cuts them */

#include <gst/check/gstcheck.h>

#include "ext/signalling/wsreader.h"

#define MAX_BYTES 1000

/* An event a word: "text:hello", "ping:", "close1000:bye" */
static gboolean
on_event (GstRtcWsOpcode opcode, guint16 code, const guint8 * data,
    gsize length, gpointer user_data)
{
  static const gchar *const names[] = {
    [GST_RTC_WS_TEXT] = "text",
    [GST_RTC_WS_BINARY] = "binary",
    [GST_RTC_WS_CLOSE] = "close",
    [GST_RTC_WS_PING] = "ping",
    [GST_RTC_WS_PONG] = "pong",
  };
  GString *events = user_data;

  g_string_append (events, names[opcode]);
  if (opcode == GST_RTC_WS_CLOSE)
    g_string_append_printf (events, "%u", code);
  g_string_append_printf (events, ":%.*s ", (gint) length,
      (const gchar *) data);

  return TRUE;
}

/* Masks are 1 2 3 4, so that "abcd" is "``bg" ... written as hex */
static const struct
{
  const gchar *frames;          /* hex, with a mask of zeros in most */
  const gchar *events;
  guint16 code;
} cases[] = {
  {"8185 00000000 68656c6c6f", "text:hello ", 0},
  {"8185 01020304 69676f686e", "text:hello ", 0},
  {"8180 00000000", "text: ", 0},
  {"8282 00000000 3132", "binary:12 ", 0},
  {"0182 00000000 6865 8083 00000000 6c6c6f", "text:hello ", 0},
  {"0182 00000000 6865 8980 00000000 0081 00000000 6c 8082 00000000 6c6f",
      "ping: text:hello ", 0},
  {"8a81 00000000 78 8181 00000000 79", "pong:x text:y ", 0},
  {"8882 00000000 03e8", "close1000: ", 0},
  {"8885 00000000 03e9627965", "close1001:bye ", 0},
  {"8880 00000000", "close1005: ", 0},
  {"81fe 0003 00000000 616263", "text:abc ", 0},
  {"81ff 0000000000000001 00000000 61", "text:a ", 0},
  /* a character that is cut by a fragment is whole in the end */
  {"0181 00000000 c3 8081 00000000 a9", "text:\303\251 ", 0},
  {"8101 78", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"c181 00000000 78", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"8381 00000000 78", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"8b80 00000000", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"8081 00000000 78", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"0181 00000000 78 8181 00000000 79", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"0981 00000000 78", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"89fe 007e 00000000", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"8881 00000000 03", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"8882 00000000 03ed", "", GST_RTC_WS_PROTOCOL_ERROR},
  {"8883 00000000 03e8ff", "", GST_RTC_WS_BAD_DATA},
  {"8181 00000000 61 8181 00000000 ff", "text:a ", GST_RTC_WS_BAD_DATA},
  {"81fe 03e9 00000000", "", GST_RTC_WS_TOO_BIG},
  {"81ff ffffffffffffffff 00000000", "", GST_RTC_WS_TOO_BIG},
};

static GByteArray *
from_hex (const gchar * text)
{
  GByteArray *bytes = g_byte_array_new ();

  for (; *text; text++) {
    guint8 byte;

    if (*text == ' ')
      continue;
    byte = g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]);
    g_byte_array_append (bytes, &byte, 1);
    text++;
  }

  return bytes;
}

static void
read_in_parts (const gchar * frames, gsize part, const gchar * events,
    guint16 code)
{
  GstRtcWsReader *reader = gst_rtc_ws_reader_new (MAX_BYTES);
  g_autoptr (GByteArray) bytes = from_hex (frames);
  g_autoptr (GString) seen = g_string_new (NULL);
  const gchar *why = NULL;
  guint16 seen_code = 0;

  for (gsize i = 0; i < bytes->len && seen_code == 0; i += part) {
    const gsize length = MIN (part, bytes->len - i);
    gsize used;
    GstRtcWsReaderResult result = gst_rtc_ws_reader_push (reader,
        bytes->data + i, length, on_event, seen, &used, &seen_code, &why);

    if (result == GST_RTC_WS_READER_OK) {
      fail_unless_equals_int (used, length);
    } else {
      fail_unless (result == GST_RTC_WS_READER_BROKEN && why);
    }
  }
  assert_equals_string (seen->str, events);
  fail_unless_equals_int (seen_code, code);
  gst_rtc_ws_reader_free (reader);
}

GST_START_TEST (frames)
{
  for (gsize part = 1; part <= 64; part *= 2)
    read_in_parts (cases[__i__].frames, part, cases[__i__].events,
        cases[__i__].code);
}

GST_END_TEST;

GST_START_TEST (fragments_have_a_limit_together)
{
  g_autoptr (GString) hex = g_string_new ("01fe 0258 00000000 ");

  for (guint i = 0; i < 600; i++)
    g_string_append (hex, "61");
  g_string_append (hex, "80fe 0191 00000000");
  read_in_parts (hex->str, 100, "", GST_RTC_WS_TOO_BIG);
}

GST_END_TEST;

static gboolean
stop_at_once (GstRtcWsOpcode opcode, guint16 code, const guint8 * data,
    gsize length, gpointer user_data)
{
  ++*(guint *) user_data;

  return FALSE;
}

/* What was not read yet can be pushed again */
GST_START_TEST (stops_between_messages)
{
  GstRtcWsReader *reader = gst_rtc_ws_reader_new (MAX_BYTES);
  g_autoptr (GByteArray) bytes =
      from_hex ("8181 00000000 61 8181 00000000 62 8181 00000000 63");
  const gchar *why;
  guint16 code;
  gsize position = 0;
  guint n = 0;

  while (position < bytes->len) {
    gsize used;

    fail_unless (gst_rtc_ws_reader_push (reader, bytes->data + position,
            bytes->len - position, stop_at_once, &n, &used, &code, &why) ==
        GST_RTC_WS_READER_STOPPED);
    fail_unless_equals_int (used, 7);
    position += used;
  }
  fail_unless_equals_int (n, 3);
  gst_rtc_ws_reader_free (reader);
}

GST_END_TEST;

static const struct
{
  gsize length;
  gsize n;
  guint8 header[10];
} headers[] = {
  {0, 2, {0x81, 0}},
  {125, 2, {0x81, 125}},
  {126, 4, {0x81, 126, 0, 126}},
  {65535, 4, {0x81, 126, 255, 255}},
  {65536, 10, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
};

GST_START_TEST (headers_of_a_server)
{
  guint8 header[10];

  fail_unless_equals_int (gst_rtc_ws_write_header (header, GST_RTC_WS_TEXT,
          headers[__i__].length), headers[__i__].n);
  fail_unless (memcmp (header, headers[__i__].header, headers[__i__].n) == 0);
}

GST_END_TEST;

static Suite *
wsreader_suite (void)
{
  Suite *suite = suite_create ("wsreader");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, frames, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, fragments_have_a_limit_together);
  tcase_add_test (tc, stops_between_messages);
  tcase_add_loop_test (tc, headers_of_a_server, 0, G_N_ELEMENTS (headers));

  return suite;
}

GST_CHECK_MAIN (wsreader);
