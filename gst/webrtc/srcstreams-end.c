/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How streams of a source end: one that the producer takes away, a pad that is
 * released, and all of them with their session. */

#include "srcsession-private.h"

/* How long a stream is waited for, microseconds */
#define STOP_LIMIT G_USEC_PER_SEC

/* Streams are stopped between two buffers: what returns anything but OK to
 * webrtcbin stops all of them */

typedef struct
{
  GMutex lock;
  GCond cond;
  GstRtcSrcSession *session;
  /* guarded by lock */
  gboolean done;
} Stopping;

static void
clear_stopping (gpointer data)
{
  Stopping *stopping = data;

  g_object_unref (stopping->session);
  g_cond_clear (&stopping->cond);
  g_mutex_clear (&stopping->lock);
}

static void
unref_stopping (gpointer stopping)
{
  g_atomic_rc_box_release_full (stopping, clear_stopping);
}

static GstPadProbeReturn
on_idle (GstPad * source, GstPadProbeInfo * info, gpointer data)
{
  Stopping *stopping = data;

  gst_rtc_src_session_drop_stream (stopping->session, source);
  g_mutex_lock (&stopping->lock);
  stopping->done = TRUE;
  g_cond_signal (&stopping->cond);
  g_mutex_unlock (&stopping->lock);

  return GST_PAD_PROBE_REMOVE;
}

/* Any thread but a streaming one. A sink in PAUSED may hold the stream: then
 * there is a limit to the wait */
static void
stop_stream (GstRtcSrcSession * self, GstPad * source)
{
  const gint64 end = g_get_monotonic_time () + STOP_LIMIT;
  Stopping *stopping = g_atomic_rc_box_new0 (Stopping);

  g_mutex_init (&stopping->lock);
  g_cond_init (&stopping->cond);
  stopping->session = g_object_ref (self);
  gst_pad_add_probe (source, GST_PAD_PROBE_TYPE_IDLE, on_idle,
      g_atomic_rc_box_acquire (stopping), unref_stopping);
  g_mutex_lock (&stopping->lock);
  while (!stopping->done &&
      g_cond_wait_until (&stopping->cond, &stopping->lock, end));
  g_mutex_unlock (&stopping->lock);
  unref_stopping (stopping);
}

/**
 * gst_rtc_src_session_release_pad:
 * @pad: a pad that was requested and is released
 *
 * Thread: any but a streaming one
 */
void
gst_rtc_src_session_release_pad (GstRtcSrcPad * pad)
{
  g_autoptr (GObject) owner = gst_rtc_src_pad_ref_owner (pad);
  g_autoptr (GstPad) source = NULL;
  GstRtcSrcSession *self;
  GstRtcSrcStream *stream;

  if (!owner)
    return;

  self = GST_RTC_SRC_SESSION (owner);
  g_mutex_lock (&self->lock);
  stream = gst_rtc_src_session_find_by_pad_locked (self, pad);
  if (stream) {
    source = stream->source ? gst_object_ref (stream->source) : NULL;
    stream->released = TRUE;
  }
  g_mutex_unlock (&self->lock);

  if (source)
    stop_stream (self, source);
  gst_rtc_src_pad_let_go (pad);

  g_mutex_lock (&self->lock);
  stream = gst_rtc_src_session_find_by_pad_locked (self, pad);
  if (stream)
    gst_clear_object (&stream->pad);
  g_mutex_unlock (&self->lock);
}

static void
stop_output (GstRtcSrcSession * self, GstRtcSrcStream * stream)
{
  for (guint i = 0; stream->elements && i < stream->elements->len; i++) {
    GstElement *element = g_ptr_array_index (stream->elements, i);

    gst_element_set_locked_state (element, TRUE);
    gst_element_set_state (element, GST_STATE_NULL);
    gst_bin_remove (self->bin, element);
  }
  if (stream->ghost) {
    gst_pad_set_active (stream->ghost, FALSE);
    gst_element_remove_pad (GST_ELEMENT (self->bin), stream->ghost);
  }
}

/* What is left is to remove it */
static void
retire_pad (GstRtcSrcPad * pad)
{
  if (!gst_rtc_src_pad_is_requested (pad)) {
    gst_rtc_src_pad_doom (pad);
    gst_pad_set_active (GST_PAD (pad), FALSE);
  }
  gst_rtc_src_pad_let_go (pad);
}

static void
end_pad (GstRtcSrcPad * pad, GstElement * element)
{
  retire_pad (pad);
  if (!gst_rtc_src_pad_is_requested (pad) && element)
    gst_rtc_src_pad_remove (pad, element);
}

typedef struct
{
  GstRtcSrcSession *session;
  GPtrArray *streams;
} Removal;

/* A worker: downstream may take its time */
static void
remove_streams (gpointer data)
{
  Removal *removal = data;
  GstRtcSrcSession *self = removal->session;
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  for (guint i = 0; i < removal->streams->len; i++) {
    GstRtcSrcStream *stream = g_ptr_array_index (removal->streams, i);

    if (stream->source)
      stop_stream (self, stream->source);
    if (stream->pad) {
      gst_rtc_src_pad_push_eos (stream->pad);
      end_pad (stream->pad, element);
    }
    stop_output (self, stream);
  }
  g_ptr_array_unref (removal->streams);
  g_object_unref (self);
  g_free (removal);
}

/**
 * gst_rtc_src_session_remove_streams:
 * @streams: (transfer full): what is not wanted any more
 *
 * Thread: any
 */
void
gst_rtc_src_session_remove_streams (GstRtcSrcSession * self,
    GPtrArray * streams)
{
  Removal *removal = g_new (Removal, 1);

  removal->session = g_object_ref (self);
  removal->streams = streams;
  gst_rtc_worker_push (remove_streams, removal);
}

static GPtrArray *
claim_unused (GstRtcSrcSession * self, GstElement * element)
{
  GPtrArray *unused = g_ptr_array_new_with_free_func (gst_object_unref);

  GST_OBJECT_LOCK (element);
  for (GList * l = element->srcpads; l; l = l->next) {
    if (!gst_rtc_src_pad_is_requested (l->data) &&
        gst_rtc_src_pad_claim (l->data, G_OBJECT (self),
            gst_rtc_src_session_settle))
      g_ptr_array_add (unused, gst_object_ref (l->data));
  }
  GST_OBJECT_UNLOCK (element);

  return unused;
}

/* A worker: downstream may take its time */
static void
end_unused (gpointer data)
{
  g_autoptr (GstRtcSrcSession) self = data;
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autoptr (GPtrArray) unused = element ? claim_unused (self, element) : NULL;

  for (guint i = 0; unused && i < unused->len; i++) {
    gst_rtc_src_pad_push_eos (g_ptr_array_index (unused, i));
    end_pad (g_ptr_array_index (unused, i), element);
  }
}

/**
 * gst_rtc_src_session_end_unused_pads:
 *
 * Ends what was kept for this session, and has no stream in it.
 *
 * Thread: any, when all streams have pads
 */
void
gst_rtc_src_session_end_unused_pads (GstRtcSrcSession * self)
{
  gst_rtc_worker_push (end_unused, g_object_ref (self));
}

/**
 * gst_rtc_src_session_end_pads:
 *
 * Ends what is left of all streams, or only lets go of the pads if they are
 * kept for the next session. Waits for what is downstream.
 *
 * Returns: (transfer full) (element-type GstRtcSrcPad): what is to be removed
 *     when the session is over: a handler of the application may wait for that
 *
 * Thread: a worker, when nothing feeds the pads any more
 */
GPtrArray *
gst_rtc_src_session_end_pads (GstRtcSrcSession * self)
{
  GPtrArray *retired = g_ptr_array_new_with_free_func (gst_object_unref);
  g_autoptr (GPtrArray) streams = NULL;
  gboolean keep;

  g_mutex_lock (&self->lock);
  streams = g_steal_pointer (&self->streams);
  self->streams = g_ptr_array_new_with_free_func (gst_rtc_src_stream_free);
  keep = self->keep_pads;
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < streams->len; i++) {
    GstRtcSrcStream *stream = g_ptr_array_index (streams, i);

    if (stream->pad && !self->going_down && !keep)
      gst_rtc_src_pad_push_eos (stream->pad);
  }
  for (guint i = 0; i < streams->len; i++) {
    GstRtcSrcStream *stream = g_ptr_array_index (streams, i);

    if (stream->pad && keep) {
      gst_rtc_src_pad_let_go (stream->pad);
    } else if (stream->pad) {
      retire_pad (stream->pad);
      if (!gst_rtc_src_pad_is_requested (stream->pad))
        g_ptr_array_add (retired, gst_object_ref (stream->pad));
    }
  }

  return retired;
}
