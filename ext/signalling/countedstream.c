/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A stream that counts what is written to it.
 *
 * libsoup queues what a WebSocket sends without a bound and does not tell how
 * much waits there. What was queued is known; with what was written, the rest
 * is. All but the counting is done by the stream below.
 */

#include "countedstream.h"

#define GST_RTC_TYPE_COUNTED_OUTPUT (counted_output_get_type ())
G_DECLARE_FINAL_TYPE (CountedOutput, counted_output, COUNTED, OUTPUT,
    GFilterOutputStream)
     struct _CountedOutput
     {
       GFilterOutputStream parent_instance;

       guint64 written;
     };

     struct _GstRtcCountedStream
     {
       GIOStream parent_instance;

       GIOStream *base;
       CountedOutput *output;
     };

     static void pollable_init (GPollableOutputStreamInterface * iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (CountedOutput, counted_output,
    G_TYPE_FILTER_OUTPUT_STREAM,
    G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM, pollable_init));

G_DEFINE_FINAL_TYPE (GstRtcCountedStream, gst_rtc_counted_stream,
    G_TYPE_IO_STREAM);

     static GPollableOutputStream *get_base (GPollableOutputStream * stream)
{
  return G_POLLABLE_OUTPUT_STREAM (g_filter_output_stream_get_base_stream
      (G_FILTER_OUTPUT_STREAM (stream)));
}

static gboolean
counted_output_can_poll (GPollableOutputStream * stream)
{
  return g_pollable_output_stream_can_poll (get_base (stream));
}

static gboolean
counted_output_is_writable (GPollableOutputStream * stream)
{
  return g_pollable_output_stream_is_writable (get_base (stream));
}

static GSource *
counted_output_create_source (GPollableOutputStream * stream,
    GCancellable * cancellable)
{
  g_autoptr (GSource) child =
      g_pollable_output_stream_create_source (get_base (stream), NULL);

  return g_pollable_source_new_full (stream, child, cancellable);
}

static gssize
counted_output_write_nonblocking (GPollableOutputStream * stream,
    gconstpointer buffer, gsize count, GError ** error)
{
  gssize written = g_pollable_output_stream_write_nonblocking (get_base
      (stream), buffer, count, NULL, error);

  if (written > 0)
    COUNTED_OUTPUT (stream)->written += written;

  return written;
}

static void
pollable_init (GPollableOutputStreamInterface * iface)
{
  iface->can_poll = counted_output_can_poll;
  iface->is_writable = counted_output_is_writable;
  iface->create_source = counted_output_create_source;
  iface->write_nonblocking = counted_output_write_nonblocking;
}

static void
counted_output_class_init (CountedOutputClass * klass)
{
}

static void
counted_output_init (CountedOutput * self)
{
}

static GInputStream *
get_input_stream (GIOStream * stream)
{
  return g_io_stream_get_input_stream (GST_RTC_COUNTED_STREAM (stream)->base);
}

static GOutputStream *
get_output_stream (GIOStream * stream)
{
  return G_OUTPUT_STREAM (GST_RTC_COUNTED_STREAM (stream)->output);
}

static gboolean
close_stream (GIOStream * stream, GCancellable * cancellable, GError ** error)
{
  return g_io_stream_close (GST_RTC_COUNTED_STREAM (stream)->base,
      cancellable, error);
}

static void
on_base_closed (GObject * base, GAsyncResult * result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_io_stream_close_finish (G_IO_STREAM (base), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
close_async (GIOStream * stream, gint priority, GCancellable * cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_priority (task, priority);
  g_io_stream_close_async (GST_RTC_COUNTED_STREAM (stream)->base, priority,
      cancellable, on_base_closed, task);
}

static gboolean
close_finish (GIOStream * stream, GAsyncResult * result, GError ** error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* GIOStream's own dispose closes the stream: base is needed until then */
static void
gst_rtc_counted_stream_finalize (GObject * object)
{
  GstRtcCountedStream *self = GST_RTC_COUNTED_STREAM (object);

  g_object_unref (self->output);
  g_object_unref (self->base);

  G_OBJECT_CLASS (gst_rtc_counted_stream_parent_class)->finalize (object);
}

static void
gst_rtc_counted_stream_class_init (GstRtcCountedStreamClass * klass)
{
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_rtc_counted_stream_finalize;
  stream_class->get_input_stream = get_input_stream;
  stream_class->get_output_stream = get_output_stream;
  stream_class->close_fn = close_stream;
  stream_class->close_async = close_async;
  stream_class->close_finish = close_finish;
}

static void
gst_rtc_counted_stream_init (GstRtcCountedStream * self)
{
}

GstRtcCountedStream *
gst_rtc_counted_stream_new (GIOStream * base)
{
  GstRtcCountedStream *self = g_object_new (GST_RTC_TYPE_COUNTED_STREAM,
      NULL);

  self->base = g_object_ref (base);
  self->output = g_object_new (GST_RTC_TYPE_COUNTED_OUTPUT, "base-stream",
      g_io_stream_get_output_stream (base), "close-base-stream", FALSE, NULL);

  return self;
}

guint64
gst_rtc_counted_stream_get_written (GstRtcCountedStream * self)
{
  return self->output->written;
}
