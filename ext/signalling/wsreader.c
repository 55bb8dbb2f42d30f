/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Frames of a WebSocket client (RFC 6455 section 5) into messages. Pure: bytes
 * go in as they come, messages come out.
 *
 * What a message may hold is known from the header of each fragment, and one
 * that would become too large is refused there, before any of it is kept.
 * No extension is ever negotiated, so its bits must be 0; compressed messages
 * would have no bound.
 *
 * Between two messages nothing is allocated. A frame that came as a whole is
 * handed on from where it is, unmasked in place; only fragments and what was
 * cut by the network are copied.
 */

#include "wsreader.h"

#include <string.h>

#define OPCODE_CONTINUATION 0
#define MAX_CONTROL_BYTES 125

struct _GstRtcWsReader
{
  gsize max_message_bytes;

  /* of the frame that is being read */
  guint8 header[14];
  guint8 n_header;              /* bytes of it that are there */
  gboolean in_payload;
  gboolean is_last;
  guint8 opcode;
  guint64 length;
  guint64 position;

  guint8 message_opcode;        /* 0: none has begun */
  GByteArray *message;          /* NULL while nothing must be kept */
  GByteArray *control;          /* likewise */

  /* why nothing can be read any more */
  guint16 code;
  const gchar *why;
};

static gboolean
fail (GstRtcWsReader * self, guint16 code, const gchar * why)
{
  self->code = code;
  self->why = why;

  return FALSE;
}

static gboolean
is_control (guint8 opcode)
{
  return (opcode & 0x08) != 0;
}

/* How long a header is that begins with these two bytes; the mask is last */
static gsize
header_length (const guint8 * header)
{
  const guint8 length = header[1] & 0x7f;

  return 2 + 4 + (length == 126 ? 2 : length == 127 ? 8 : 0);
}

static guint64
payload_length (const guint8 * header)
{
  const guint8 length = header[1] & 0x7f;
  guint64 long_length = 0;

  if (length < 126)
    return length;

  for (guint i = 2; i < (length == 126 ? 4 : 10); i++)
    long_length = long_length << 8 | header[i];

  return long_length;
}

static gboolean
check_control_frame (GstRtcWsReader * self)
{
  if (self->opcode > GST_RTC_WS_PONG)
    return fail (self, GST_RTC_WS_PROTOCOL_ERROR, "unknown opcode");
  if (!self->is_last)
    return fail (self, GST_RTC_WS_PROTOCOL_ERROR, "fragmented control frame");
  if (self->length > MAX_CONTROL_BYTES)
    return fail (self, GST_RTC_WS_PROTOCOL_ERROR, "control frame too long");

  return TRUE;
}

static gboolean
check_data_frame (GstRtcWsReader * self)
{
  const gsize kept = self->message ? self->message->len : 0;

  if (self->opcode > GST_RTC_WS_BINARY)
    return fail (self, GST_RTC_WS_PROTOCOL_ERROR, "unknown opcode");
  if ((self->opcode == OPCODE_CONTINUATION) != (self->message_opcode != 0))
    return fail (self, GST_RTC_WS_PROTOCOL_ERROR, "fragment out of order");
  if (self->length > self->max_message_bytes - MIN (kept,
          self->max_message_bytes))
    return fail (self, GST_RTC_WS_TOO_BIG, "message too large");

  if (self->opcode != OPCODE_CONTINUATION)
    self->message_opcode = self->opcode;

  return TRUE;
}

static gboolean
begin_frame (GstRtcWsReader * self)
{
  self->is_last = (self->header[0] & 0x80) != 0;
  self->opcode = self->header[0] & 0x0f;
  self->length = payload_length (self->header);
  self->position = 0;
  self->in_payload = TRUE;

  if (self->header[0] & 0x70)
    return fail (self, GST_RTC_WS_PROTOCOL_ERROR, "extension bits are set");
  if (!(self->header[1] & 0x80))
    return fail (self, GST_RTC_WS_PROTOCOL_ERROR, "frame without a mask");

  return is_control (self->opcode) ? check_control_frame (self) :
      check_data_frame (self);
}

/* Takes bytes of the header; TRUE once it is complete, or wrong */
static gboolean
read_header (GstRtcWsReader * self, const guint8 * data, gsize length,
    gsize * used)
{
  while (*used < length) {
    self->header[self->n_header++] = data[(*used)++];
    if (self->n_header >= 2 && (!(self->header[1] & 0x80)
            || self->n_header == header_length (self->header)))
      return TRUE;
  }

  return FALSE;
}

static void
unmask (GstRtcWsReader * self, guint8 * data, gsize length)
{
  const guint8 *mask = self->header + self->n_header - 4;

  if ((mask[0] | mask[1] | mask[2] | mask[3]) == 0)
    return;
  for (gsize i = 0; i < length; i++)
    data[i] ^= mask[(self->position + i) & 3];
}

static gboolean
is_close_code (guint16 code)
{
  return (code >= 1000 && code <= 1014 && code != 1004
      && code != GST_RTC_WS_NO_STATUS && code != 1006) || (code >= 3000
      && code <= 4999);
}

static gboolean
emit_close (GstRtcWsReader * self, const guint8 * data, gsize length,
    GstRtcWsReaderFunc func, gpointer user_data)
{
  guint16 code = GST_RTC_WS_NO_STATUS;

  if (length >= 2)
    code = data[0] << 8 | data[1];
  if (length == 1 || (length >= 2 && !is_close_code (code)))
    return fail (self, GST_RTC_WS_PROTOCOL_ERROR, "bad close frame");
  if (length > 2 && !g_utf8_validate ((const gchar *) data + 2, length - 2,
          NULL))
    return fail (self, GST_RTC_WS_BAD_DATA, "reason is not UTF-8");

  return length >= 2 ? func (GST_RTC_WS_CLOSE, code, data + 2, length - 2,
      user_data) : func (GST_RTC_WS_CLOSE, code, data, 0, user_data);
}

static gboolean
emit (GstRtcWsReader * self, guint8 opcode, const guint8 * data, gsize length,
    GstRtcWsReaderFunc func, gpointer user_data)
{
  if (opcode == GST_RTC_WS_CLOSE)
    return emit_close (self, data, length, func, user_data);
  if (opcode == GST_RTC_WS_TEXT
      && !g_utf8_validate ((const gchar *) data, length, NULL))
    return fail (self, GST_RTC_WS_BAD_DATA, "text is not UTF-8");

  return func (opcode, 0, data, length, user_data);
}

static void
keep (GByteArray ** kept, const guint8 * data, gsize length)
{
  if (!*kept)
    *kept = g_byte_array_new ();
  g_byte_array_append (*kept, data, length);
}

/* A part of the payload, or all of it, which may be nothing */
static gboolean
read_payload (GstRtcWsReader * self, const guint8 * data, gsize length,
    GstRtcWsReaderFunc func, gpointer user_data)
{
  const gboolean control = is_control (self->opcode);
  GByteArray **kept = control ? &self->control : &self->message;
  const gboolean is_frame_done = self->position == self->length;
  const gboolean is_message_done = is_frame_done && (control || self->is_last);
  const guint8 opcode = control ? self->opcode : self->message_opcode;
  g_autoptr (GByteArray) whole = NULL;

  if (is_frame_done) {
    self->in_payload = FALSE;
    self->n_header = 0;
  }
  if (*kept || !is_message_done)
    keep (kept, data, length);
  if (!is_message_done)
    return TRUE;

  whole = g_steal_pointer (kept);
  if (!control)
    self->message_opcode = 0;

  return whole ? emit (self, opcode, whole->data, whole->len, func, user_data) :
      emit (self, opcode, data, length, func, user_data);
}

GstRtcWsReader *
gst_rtc_ws_reader_new (gsize max_message_bytes)
{
  GstRtcWsReader *self = g_new0 (GstRtcWsReader, 1);

  self->max_message_bytes = max_message_bytes;

  return self;
}

void
gst_rtc_ws_reader_free (GstRtcWsReader * self)
{
  g_clear_pointer (&self->message, g_byte_array_unref);
  g_clear_pointer (&self->control, g_byte_array_unref);
  g_free (self);
}

/* Reads @data, whose contents change, and calls @func for what is complete.
 * @ret_used is how much of it was read; code and reason are set when what
 * comes in cannot be read. */
GstRtcWsReaderResult
gst_rtc_ws_reader_push (GstRtcWsReader * self, guint8 * data, gsize length,
    GstRtcWsReaderFunc func, gpointer user_data, gsize * ret_used,
    guint16 * ret_code, const gchar ** ret_why)
{
  gboolean go_on = self->code == 0;
  gsize used = 0;

  while (go_on && used < length) {
    if (!self->in_payload) {
      if (!read_header (self, data, length, &used))
        break;
      go_on = begin_frame (self);
    }
    if (go_on && (used < length || self->length == 0)) {
      const gsize part = MIN (length - used, self->length - self->position);

      unmask (self, data + used, part);
      self->position += part;
      used += part;
      go_on = read_payload (self, data + used - part, part, func, user_data);
    }
  }

  *ret_used = used;
  if (self->code != 0) {
    *ret_code = self->code;
    *ret_why = self->why;
    return GST_RTC_WS_READER_BROKEN;
  }

  return go_on ? GST_RTC_WS_READER_OK : GST_RTC_WS_READER_STOPPED;
}

/* Of a frame of a server, which does not mask; returns its length */
gsize
gst_rtc_ws_write_header (guint8 header[10], GstRtcWsOpcode opcode, gsize length)
{
  gsize n = length < 126 ? 0 : length <= G_MAXUINT16 ? 2 : 8;

  header[0] = 0x80 | opcode;
  header[1] = n == 0 ? length : n == 2 ? 126 : 127;
  for (gsize i = 0; i < n; i++)
    header[2 + i] = (guint64) length >> (8 * (n - 1 - i));

  return 2 + n;
}
