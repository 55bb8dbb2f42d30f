/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The server's end of a WebSocket, on a stream whose upgrade libsoup did.
 *
 * libsoup's own would do, but for thousands of clients: each is several
 * sources of the main loop, and what waits to be written has no bound and no
 * measure. Here the poller says when a stream can be read, a frame is written
 * at once if nothing waits, and all that waits is counted.
 *
 *     open -> closing -> ended
 *
 * Closing: our close frame is out, or as good as; what comes in is thrown away
 * until the peer's close frame or the end of the stream. The owner ends it in
 * time by freeing it.
 *
 * Any callback may free the connection. Thread: the poller's.
 */

#include "wsconn.h"

#include <string.h>

#define READ_BYTES 32768
/* One client at a time, but none for long */
#define READS_AT_ONCE 4
#define MESSAGES_AT_ONCE 16
#define MAX_REASON_BYTES 100
/* Of what nobody reads any more; without reading it, the peer would not get to
 * see our close frame (RFC 1122 4.2.2.13) */
#define MAX_WASTE_BYTES (256 * 1024)

typedef enum
{
  STATE_OPEN,
  STATE_CLOSING,
  STATE_ENDED,
} State;

struct _GstRtcWsConn
{
  const GstRtcWsConnCallbacks *callbacks;
  gpointer user_data;
  gpointer owner;

  State state;
  gboolean paused;
  gboolean is_broken;           /* what comes in cannot be read any more */
  gsize waste;                  /* bytes that came nevertheless */
  gboolean is_tls;
  gboolean is_buffered;         /* the stream can hold what poll() sees not */
  GIOStream *stream;
  GstRtcPollerWatch *watch;     /* NULL once ended */
  GstRtcWsReader *reader;
  GBytes *unread;               /* nullable: came in, but was enough */
  guint n_messages;             /* of this turn */

  GQueue outgoing;              /* element-type GBytes */
  gsize head_written;           /* bytes of the first one */
  gsize queued;                 /* bytes of all of them */
};

static GstRtcWsConn *
conn_ref (GstRtcWsConn * self)
{
  return g_rc_box_acquire (self);
}

static void
clear_conn (gpointer data)
{
  GstRtcWsConn *self = data;

  g_clear_pointer (&self->reader, gst_rtc_ws_reader_free);
  g_clear_pointer (&self->unread, g_bytes_unref);
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) g_bytes_unref);
  g_clear_object (&self->stream);
}

static void
conn_unref (GstRtcWsConn * self)
{
  g_rc_box_release_full (self, clear_conn);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcWsConn, conn_unref);

static void
on_stream_closed (GObject * stream, GAsyncResult * result, gpointer user_data)
{
  g_autoptr (GstRtcWsConn) self = user_data;

  g_io_stream_close_finish (G_IO_STREAM (stream), result, NULL);
  self->callbacks->stream_closed (self->owner);
}

static void
close_stream (GstRtcWsConn * self)
{
  self->state = STATE_ENDED;
  gst_rtc_poller_watch_remove (g_steal_pointer (&self->watch));
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) g_bytes_unref);
  self->queued = 0;
  g_io_stream_close_async (self->stream, G_PRIORITY_DEFAULT, NULL,
      on_stream_closed, conn_ref (self));
}

static void
end (GstRtcWsConn * self, GstRtcWsEnd how, const gchar * why)
{
  if (self->state == STATE_ENDED)
    return;

  if (self->state == STATE_CLOSING)
    how = GST_RTC_WS_END_CLOSED;
  close_stream (self);
  self->callbacks->ended (self->user_data, how, why);
}

static void
set_watch (GstRtcWsConn * self)
{
  if (self->watch)
    gst_rtc_poller_watch_set (self->watch, !self->paused,
        !g_queue_is_empty (&self->outgoing));
}

static void
pop_outgoing (GstRtcWsConn * self)
{
  g_bytes_unref (g_queue_pop_head (&self->outgoing));
  self->head_written = 0;
}

/* As much as the stream takes. FALSE if it has failed. */
static gboolean
flush (GstRtcWsConn * self, GError ** error)
{
  GPollableOutputStream *out =
      G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream));
  GBytes *head;

  while ((head = g_queue_peek_head (&self->outgoing))) {
    gsize length = g_bytes_get_size (head) - self->head_written;
    GOutputVector vector = { (const gchar *) g_bytes_get_data (head, NULL) +
          self->head_written, length
    };
    gsize written = 0;
    GPollableReturn ret = g_pollable_output_stream_writev_nonblocking (out,
        &vector, 1, &written, NULL, error);

    if (ret == G_POLLABLE_RETURN_WOULD_BLOCK)
      return TRUE;
    if (ret != G_POLLABLE_RETURN_OK)
      return FALSE;
    self->head_written += written;
    self->queued -= written;
    if (written == length)
      pop_outgoing (self);
  }

  return TRUE;
}

static void
enqueue (GstRtcWsConn * self, GBytes * frame)
{
  g_queue_push_tail (&self->outgoing, g_bytes_ref (frame));
  self->queued += g_bytes_get_size (frame);
}

/* Never ends the connection, as it is called in the midst of things: what
 * failed to be written fails to be read as well */
static void
write_frame (GstRtcWsConn * self, GBytes * frame)
{
  const gboolean waits = !g_queue_is_empty (&self->outgoing);

  enqueue (self, frame);
  if (!waits && !flush (self, NULL))
    gst_rtc_poller_watch_call_again (self->watch);
  set_watch (self);
}

static void
write_control (GstRtcWsConn * self, GstRtcWsOpcode opcode, const guint8 * data,
    gsize length)
{
  g_autoptr (GBytes) frame = gst_rtc_ws_frame_new (opcode, data, length);

  write_frame (self, frame);
}

static void
write_close (GstRtcWsConn * self, guint16 code, const gchar * reason)
{
  guint8 payload[2 + MAX_REASON_BYTES] = { code >> 8, code & 0xff };
  gsize length = reason ? MIN (strlen (reason), MAX_REASON_BYTES) : 0;

  if (length > 0)
    memcpy (payload + 2, reason, length);
  write_control (self, GST_RTC_WS_CLOSE, payload, code == GST_RTC_WS_NO_STATUS ?
      0 : 2 + length);
}

static gboolean
on_close_frame (GstRtcWsConn * self, guint16 code, const guint8 * reason,
    gsize length)
{
  g_autofree gchar *why = g_strndup ((const gchar *) reason, length);

  if (self->state == STATE_OPEN)
    write_close (self, code, NULL);
  end (self, GST_RTC_WS_END_LEFT, why);

  return FALSE;
}

/* A pong repeats what was in the ping, and may come without one (RFC 6455
 * section 5.5.3) */
static void
take_pong (GstRtcWsConn * self, const guint8 * data, gsize length)
{
  guint64 number;

  if (length != sizeof (number))
    return;
  memcpy (&number, data, sizeof (number));
  self->callbacks->answered (self->user_data, GUINT64_FROM_BE (number));
}

static gboolean
on_frame (GstRtcWsOpcode opcode, guint16 code, const guint8 * data,
    gsize length, gpointer user_data)
{
  GstRtcWsConn *self = user_data;

  if (opcode == GST_RTC_WS_CLOSE)
    return on_close_frame (self, code, data, length);
  if (self->state != STATE_OPEN)
    return self->state == STATE_CLOSING;

  if (opcode == GST_RTC_WS_PING)
    write_control (self, GST_RTC_WS_PONG, data, length);
  else if (opcode == GST_RTC_WS_PONG)
    take_pong (self, data, length);
  else if (opcode == GST_RTC_WS_TEXT
      && !self->callbacks->text (self->user_data, (const gchar *) data, length))
    self->paused = TRUE;

  return self->state == STATE_OPEN && !self->paused
      && ++self->n_messages < MESSAGES_AT_ONCE;
}

static void
take_bytes (GstRtcWsConn * self, guint8 * data, gsize length)
{
  const gchar *why = NULL;
  guint16 code = 0;
  gsize used;

  if (self->is_broken) {
    self->waste += length;
    if (self->waste > MAX_WASTE_BYTES)
      end (self, GST_RTC_WS_END_CLOSED, "it does not stop");
    return;
  }

  switch (gst_rtc_ws_reader_push (self->reader, data, length, on_frame, self,
          &used, &code, &why)) {
    case GST_RTC_WS_READER_BROKEN:
      self->is_broken = TRUE;
      if (self->state == STATE_OPEN)
        self->callbacks->broken (self->user_data, code, why);
      break;
    case GST_RTC_WS_READER_STOPPED:
      if (used < length && self->state == STATE_OPEN)
        self->unread = g_bytes_new (data + used, length - used);
      else if (used < length && self->state == STATE_CLOSING)
        take_bytes (self, data + used, length - used);
      break;
    case GST_RTC_WS_READER_OK:
      break;
  }
}

/* TRUE if there was something and may be more. @ret_length: what there was. */
static gboolean
read_once (GstRtcWsConn * self, guint8 * buffer, gsize * ret_length)
{
  GPollableInputStream *in =
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream));
  g_autoptr (GError) error = NULL;
  gssize length = g_pollable_input_stream_read_nonblocking (in, buffer,
      READ_BYTES, NULL, &error);

  if (length > 0) {
    *ret_length = length;
    return TRUE;
  }

  if (length == 0)
    end (self, GST_RTC_WS_END_LOST, "the stream ended");
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    self->is_buffered = self->is_tls;   /* part of a record may be left */
  else
    end (self, GST_RTC_WS_END_LOST, error->message);
  return FALSE;
}

static void
take_unread (GstRtcWsConn * self)
{
  g_autoptr (GByteArray) unread =
      g_bytes_unref_to_array (g_steal_pointer (&self->unread));

  take_bytes (self, unread->data, unread->len);
}

static void
read_some (GstRtcWsConn * self)
{
  guint8 buffer[READ_BYTES];
  gsize length = 0;

  self->n_messages = 0;
  if (self->unread && !self->paused)
    take_unread (self);

  for (guint i = 0; i < READS_AT_ONCE && !self->unread; i++) {
    if (self->paused || self->state == STATE_ENDED
        || !read_once (self, buffer, &length))
      return;

    self->callbacks->heard (self->user_data);
    take_bytes (self, buffer, length);
    if (!self->is_buffered && !self->unread)
      return;
  }

  if (self->watch && !self->paused)
    gst_rtc_poller_watch_call_again (self->watch);
}

static void
on_ready (gpointer user_data, gboolean hung_up)
{
  g_autoptr (GstRtcWsConn) self = conn_ref (user_data);
  g_autoptr (GError) error = NULL;

  if (!flush (self, &error)) {
    end (self, GST_RTC_WS_END_LOST, error->message);
    return;
  }
  if (hung_up && self->paused) {
    end (self, GST_RTC_WS_END_LOST, "hung up");
    return;
  }

  read_some (self);
  set_watch (self);
}

/* @owner is told when the stream is closed, whatever became of the rest */
GstRtcWsConn *
gst_rtc_ws_conn_new (GstRtcPoller * poller, GIOStream * stream, gint fd,
    gboolean is_tls, gsize max_message_bytes,
    const GstRtcWsConnCallbacks * callbacks, gpointer user_data, gpointer owner,
    GError ** error)
{
  GstRtcWsConn *self = g_rc_box_new0 (GstRtcWsConn);

  self->callbacks = callbacks;
  self->user_data = user_data;
  self->owner = owner;
  /* libsoup's stream may hold what came with the request */
  self->is_buffered = TRUE;
  self->is_tls = is_tls;
  self->stream = g_object_ref (stream);
  self->reader = gst_rtc_ws_reader_new (max_message_bytes);
  g_queue_init (&self->outgoing);
  self->watch = gst_rtc_poller_add (poller, fd, on_ready, self, error);
  if (!self->watch) {
    conn_unref (self);
    return NULL;
  }
  gst_rtc_poller_watch_call_again (self->watch);

  return self;
}

/* Ends the connection without a callback for that */
void
gst_rtc_ws_conn_free (GstRtcWsConn * self)
{
  if (self->state != STATE_ENDED)
    close_stream (self);
  conn_unref (self);
}

/* A frame can be sent to many */
void
gst_rtc_ws_conn_send (GstRtcWsConn * self, GBytes * frame)
{
  if (self->state == STATE_OPEN)
    write_frame (self, frame);
}

void
gst_rtc_ws_conn_ping (GstRtcWsConn * self, guint64 number)
{
  const guint64 payload = GUINT64_TO_BE (number);

  if (self->state == STATE_OPEN)
    write_control (self, GST_RTC_WS_PING, (const guint8 *) &payload,
        sizeof (payload));
}

/* What was not even begun is not sent any more: who does not read would never
 * learn why */
void
gst_rtc_ws_conn_close (GstRtcWsConn * self, guint16 code, const gchar * reason)
{
  GBytes *head;

  if (self->state != STATE_OPEN)
    return;

  head = self->head_written > 0 ? g_queue_pop_head (&self->outgoing) : NULL;
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) g_bytes_unref);
  self->queued = 0;
  if (head) {
    g_queue_push_head (&self->outgoing, head);
    self->queued = g_bytes_get_size (head) - self->head_written;
  }
  self->paused = FALSE;
  g_clear_pointer (&self->unread, g_bytes_unref);
  write_close (self, code, reason);
  self->state = STATE_CLOSING;
  gst_rtc_poller_watch_call_again (self->watch);
}

/* After a callback said that it was enough */
void
gst_rtc_ws_conn_read_on (GstRtcWsConn * self)
{
  if (!self->paused || self->state != STATE_OPEN)
    return;

  self->paused = FALSE;
  gst_rtc_poller_watch_call_again (self->watch);
  set_watch (self);
}

gsize
gst_rtc_ws_conn_get_queued (GstRtcWsConn * self)
{
  return self->queued;
}

GBytes *
gst_rtc_ws_frame_new (GstRtcWsOpcode opcode, gconstpointer data, gsize length)
{
  guint8 header[10];
  const gsize n = gst_rtc_ws_write_header (header, opcode, length);
  guint8 *frame = g_malloc (n + length);

  memcpy (frame, header, n);
  if (length > 0)
    memcpy (frame + n, data, length);

  return g_bytes_new_take (frame, n + length);
}
