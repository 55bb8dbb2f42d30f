/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The streams of a session: those that are wanted are known from the session
 * description, and so is the collection that they make up. They get their pads
 * in srcstreams-pads.c, and end in srcstreams-end.c.
 */

#include "srcsession-private.h"

#include "srccodecs.h"

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

/* How long the application may take to link the first pad, microseconds */
#define LINK_GRACE (5 * G_USEC_PER_SEC)

/* Its name and kind are known; the format is if there is one only */
static GstStream *
new_gst_stream (GstRtcSrcSession * self, guint mline, gboolean is_video,
    GstCaps * formats)
{
  g_autofree gchar *id = g_strdup_printf ("%s:%u", self->stream_id_prefix,
      mline);
  const GstRtcSrcCodec *codec = gst_rtc_src_codec_from_caps (formats);
  GstStream *stream = gst_stream_new (id, NULL, is_video ?
      GST_STREAM_TYPE_VIDEO : GST_STREAM_TYPE_AUDIO, GST_STREAM_FLAG_SELECT);
  g_autoptr (GstTagList) tags = NULL;

  if (codec)
    tags = gst_tag_list_new (is_video ? GST_TAG_VIDEO_CODEC :
        GST_TAG_AUDIO_CODEC, codec->name, NULL);
  if (tags)
    gst_stream_set_tags (stream, tags);

  return stream;
}

/**
 * gst_rtc_src_stream_new:
 * @formats: what it may come as, the preferred one first
 *
 * Thread: control
 */
GstRtcSrcStream *
gst_rtc_src_stream_new (GstRtcSrcSession * self, guint mline,
    gboolean is_video, GstCaps * formats)
{
  GstRtcSrcStream *stream = g_new0 (GstRtcSrcStream, 1);

  stream->mline = mline;
  stream->is_video = is_video;
  stream->stream = new_gst_stream (self, mline, is_video, formats);

  return stream;
}

void
gst_rtc_src_stream_free (gpointer data)
{
  GstRtcSrcStream *stream = data;

  gst_clear_object (&stream->stream);
  gst_clear_object (&stream->pad);
  gst_clear_object (&stream->source);
  gst_clear_object (&stream->ghost);
  g_clear_pointer (&stream->elements, g_ptr_array_unref);
  g_free (stream->codec);
  g_free (stream);
}

GstRtcSrcStream *
gst_rtc_src_session_find_stream_locked (GstRtcSrcSession * self, guint mline)
{
  for (guint i = 0; i < self->streams->len; i++) {
    GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->mline == mline)
      return stream;
  }

  return NULL;
}

GstRtcSrcStream *
gst_rtc_src_session_find_by_pad_locked (GstRtcSrcSession * self,
    GstRtcSrcPad * pad)
{
  for (guint i = 0; i < self->streams->len; i++) {
    GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->pad == pad)
      return stream;
  }

  return NULL;
}

/* Flow returns */

/* Returns: what all streams together say: OK unless none goes on */
static GstFlowReturn
combine_flows_locked (GstRtcSrcSession * self)
{
  const gint64 now = g_get_monotonic_time ();
  gboolean ended = FALSE;

  for (guint i = 0; i < self->streams->len; i++) {
    GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->released)
      continue;
    if (!stream->source)
      return GST_FLOW_OK;
    if (stream->flow == GST_FLOW_EOS)
      ended = TRUE;
    else if (stream->flow != GST_FLOW_NOT_LINKED ||
        now - stream->unlinked_since < LINK_GRACE)
      return GST_FLOW_OK;
  }

  return ended ? GST_FLOW_EOS : GST_FLOW_NOT_LINKED;
}

static void
close_unneeded (GstRtcSession * session)
{
  GST_RTC_SRC_SESSION (session)->unneeded = TRUE;
  gst_rtc_session_close (session, NULL);
}

/* A streaming thread. The session ends when nothing takes its streams; until
 * then data just goes nowhere. */
GstFlowReturn
gst_rtc_src_session_settle (GstRtcSrcPad * pad, GstFlowReturn ret,
    gpointer owner)
{
  GstRtcSrcSession *self = owner;
  GstFlowReturn combined = GST_FLOW_OK;
  GstRtcSrcStream *stream;

  if (ret == GST_FLOW_FLUSHING)
    return GST_FLOW_OK;
  if (ret != GST_FLOW_OK && ret != GST_FLOW_NOT_LINKED && ret != GST_FLOW_EOS)
    return ret;

  g_mutex_lock (&self->lock);
  stream =
      self->closing ? NULL : gst_rtc_src_session_find_by_pad_locked (self, pad);
  if (stream && stream->flow != ret) {
    stream->flow = ret;
    stream->unlinked_since = g_get_monotonic_time ();
    if (ret == GST_FLOW_NOT_LINKED)
      GST_WARNING_OBJECT (pad, "not linked, dropping the stream");
  }
  if (stream)
    combined = combine_flows_locked (self);
  if (combined != GST_FLOW_OK)
    self->closing = TRUE;
  g_mutex_unlock (&self->lock);

  if (combined == GST_FLOW_EOS)
    gst_rtc_session_post (GST_RTC_SESSION (self), close_unneeded);
  else if (combined == GST_FLOW_NOT_LINKED)
    gst_rtc_session_post_close (GST_RTC_SESSION (self),
        "No pad is linked to anything");

  return GST_FLOW_OK;
}

static void
publish_collection_locked (GstRtcSrcSession * self)
{
  gst_clear_object (&self->collection);
  self->collection = gst_stream_collection_new (self->stream_id_prefix);
  for (guint i = 0; i < self->streams->len; i++) {
    GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);

    gst_stream_collection_add_stream (self->collection,
        gst_object_ref (stream->stream));
  }
  for (guint i = 0; i < self->streams->len; i++) {
    GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->pad)
      gst_rtc_src_pad_set_collection (stream->pad, self->collection);
  }
}

/* Moves to @gone what is not in @streams, and to @streams what is in both */
static void
merge_streams_locked (GstRtcSrcSession * self, GPtrArray * streams,
    GPtrArray * gone)
{
  while (self->streams->len > 0) {
    GstRtcSrcStream *old = g_ptr_array_steal_index (self->streams, 0);
    gboolean found = FALSE;

    for (guint i = 0; i < streams->len && !found; i++) {
      GstRtcSrcStream *stream = g_ptr_array_index (streams, i);

      found = stream->mline == old->mline;
      if (found) {
        gst_rtc_src_stream_free (stream);
        g_ptr_array_index (streams, i) = old;
      }
    }
    if (!found)
      g_ptr_array_add (gone, old);
  }
}

/**
 * gst_rtc_src_session_take_streams:
 * @streams: (transfer full): what is wanted from now on
 *
 * What was wanted before goes on, or ends if it is not there any more.
 *
 * Thread: control
 */
void
gst_rtc_src_session_take_streams (GstRtcSrcSession * self, GPtrArray * streams)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autoptr (GstStreamCollection) collection = NULL;
  g_autoptr (GPtrArray) old = NULL;
  GPtrArray *gone = g_ptr_array_new_with_free_func (gst_rtc_src_stream_free);

  g_mutex_lock (&self->lock);
  merge_streams_locked (self, streams, gone);
  old = self->streams;
  self->streams = streams;
  self->told_no_more = FALSE;
  publish_collection_locked (self);
  collection = gst_object_ref (self->collection);
  g_mutex_unlock (&self->lock);

  if (element && streams->len > 0)
    gst_element_post_message (element,
        gst_message_new_stream_collection (GST_OBJECT (element), collection));
  if (gone->len == 0)
    g_ptr_array_unref (gone);
  else
    gst_rtc_src_session_remove_streams (self, gone);
}
