/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From the pads of webrtcbin to those of the element.
 *
 *   element ghost pad <- session bin ghost pad <- output <- webrtcbin pad
 *
 * Pads are made on the streaming thread that webrtcbin adds its pad on, as
 * GStreamer elements do: the first packet waits until pad-added of the element
 * was emitted, the application linked what it wants, and the output was chosen
 * by what is downstream. Streams take turns at that: handlers of pad-added,
 * gst_parse_launch()'s among them, do not expect two threads at once, and
 * no-more-pads has to come behind the last of them. No lock is held while the
 * application is called.
 *
 * Video comes first, as out of decodebin: whoever links one pad means the
 * picture. So audio waits for it, for a while, with its first packet at the pad
 * of webrtcbin.
 *
 * webrtcbin never takes a pad back. A stream that is not wanted is dropped at
 * its pad, and looked at again with each buffer, in case that it is wanted
 * later.
 */

#include "srcsession-private.h"

#include "srccodecs.h"
#include "srcoutput.h"

#include <gst/pbutils/pbutils.h>
#include <stdio.h>

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

/* How long audio waits for the video that was agreed upon, microseconds. A
 * camera that is switched off must not keep the sound away. */
#define VIDEO_GRACE (G_USEC_PER_SEC / 2)

/* A pad for a stream */

static gboolean
is_taken (GstElement * element, const gchar * name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  return pad != NULL;
}

/* Returns: (transfer full) (nullable): a pad that was kept for this session */
static GstRtcSrcPad *
claim_kept_pad (GstRtcSrcSession * self, GstElement * element,
    gboolean is_video)
{
  GstRtcSrcPad *found = NULL;

  GST_OBJECT_LOCK (element);
  for (GList * l = element->srcpads; l && !found; l = l->next) {
    GstRtcSrcPad *pad = l->data;

    if (gst_rtc_src_pad_is_video (pad) == is_video &&
        !gst_rtc_src_pad_is_requested (pad) &&
        gst_rtc_src_pad_claim (pad, G_OBJECT (self),
            gst_rtc_src_session_settle))
      found = gst_object_ref (pad);
  }
  GST_OBJECT_UNLOCK (element);

  return found;
}

static GstRtcSrcPad *
new_pad (GstRtcSrcSession * self, GstElement * element, gboolean is_video)
{
  GstPadTemplate *templ =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (element),
      is_video ? "video_%u" : "audio_%u");
  g_autofree gchar *name = NULL;
  GstRtcSrcPad *pad;

  /* the pads of the session before this one may not all be gone yet */
  do {
    g_free (name);
    name = g_strdup_printf (is_video ? "video_%u" : "audio_%u",
        self->n_pads[is_video]++);
  } while (is_taken (element, name));

  pad = gst_object_ref_sink (gst_rtc_src_pad_new (templ, name));
  gst_rtc_src_pad_claim (pad, G_OBJECT (self), gst_rtc_src_session_settle);

  return pad;
}

static void
note_begun (GstRtcSrcPad * pad, gpointer owner)
{
  GstRtcSrcSession *self = owner;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GstRtcSrcStream *stream = gst_rtc_src_session_find_by_pad_locked (self, pad);

  if (stream)
    stream->begun = TRUE;
  g_cond_broadcast (&self->exposed);
}

/* Returns: (transfer full) (nullable): a pad, which may not have been added
 * yet, or %NULL if the session is closing, or the producer sends what is not
 * wanted. It is somebody's turn, so that nobody else looks for one. */
static GstRtcSrcPad *
get_pad (GstRtcSrcSession * self, GstElement * element, GstPad * source,
    guint mline, const gchar * msid, GstCaps * possible)
{
  GstRtcSrcPadStream given = { NULL, self->group_id, msid, possible,
    self->settings->reconnect, note_begun
  };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GstRtcSrcStream *stream =
      gst_rtc_src_session_find_stream_locked (self, mline);

  /* more than one stream of one media happens with simulcast: one is enough */
  if (self->closing || !stream || stream->source || stream->released)
    return NULL;

  if (!stream->pad)
    stream->pad = claim_kept_pad (self, element, stream->is_video);
  if (!stream->pad)
    stream->pad = new_pad (self, element, stream->is_video);
  stream->source = gst_object_ref (source);
  given.stream = stream->stream;
  gst_rtc_src_pad_set_stream (stream->pad, &given);
  if (self->collection)
    gst_rtc_src_pad_set_collection (stream->pad, self->collection);

  return gst_object_ref (stream->pad);
}

/* rtpbin's pads are called recv_rtp_src_SESSION_SSRC_PT */
static void
note_ssrc_locked (GstRtcSrcStream * stream, const gchar * name)
{
  guint session, ssrc;

  if (sscanf (name, "recv_rtp_src_%u_%u", &session, &ssrc) == 2) {
    stream->rtp_session = session;
    stream->ssrc = ssrc;
  }
}

static void
note_output (GstRtcSrcSession * self, GstRtcSrcPad * pad, GPtrArray * elements,
    GstPad * ghost, GstPad * source, const gchar * codec,
    GstRtcSrcOutputMode mode)
{
  g_autoptr (GstPad) target = gst_ghost_pad_get_target (GST_GHOST_PAD (source));
  g_autofree gchar *name = target ? gst_pad_get_name (target) : NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GstRtcSrcStream *stream = gst_rtc_src_session_find_by_pad_locked (self, pad);

  if (!stream)
    return;
  stream->elements = g_ptr_array_ref (elements);
  stream->ghost = gst_object_ref (ghost);
  stream->is_rtp = mode == GST_RTC_SRC_OUTPUT_RTP;
  g_free (stream->codec);
  stream->codec = g_strdup (codec);
  if (name)
    note_ssrc_locked (stream, name);
}

/* The output */

static gchar *
dup_producer_id (GstRtcSrcSession * self, const gchar * msid)
{
  GParamSpec *pspec =
      g_object_class_find_property (G_OBJECT_GET_CLASS (self->signaller),
      "producer-peer-id");
  gchar *id = NULL;

  if (!pspec || pspec->value_type != G_TYPE_STRING)
    return NULL;
  g_object_get (self->signaller, "producer-peer-id", &id, NULL);

  return id ? id : g_strdup (msid);
}

/* Returns: (transfer full) (nullable): what the application wants to have
 * before the decoder */
static GstElement *
request_filter (GstRtcSrcSession * self, GstElement * element, GstPad * pad,
    const gchar * msid)
{
  g_autofree gchar *producer_id = dup_producer_id (self, msid);
  g_autofree gchar *name = gst_pad_get_name (pad);
  g_autoptr (GstCaps) allowed = gst_pad_get_allowed_caps (pad);
  GstElement *filter = NULL;

  g_signal_emit_by_name (element, "request-encoded-filter", producer_id, name,
      allowed, &filter);
  if (filter && g_object_is_floating (filter))
    gst_object_ref_sink (filter);

  return filter;
}

static gboolean
build_output (GstRtcSrcSession * self, GstElement * element,
    GstRtcSrcPad * pad, GstPad * source, GstCaps * rtp, const gchar * msid,
    GError ** error)
{
  g_autoptr (GPtrArray) elements =
      g_ptr_array_new_with_free_func (gst_object_unref);
  g_autoptr (GstCaps) downstream = NULL;
  g_autoptr (GstElement) filter = NULL;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;
  GstRtcSrcOutputMode mode;
  GstPad *ghost;

  mode = gst_rtc_src_output_choose (GST_PAD (pad), rtp, &downstream);
  filter = request_filter (self, element, GST_PAD (pad), msid);
  if (!gst_rtc_src_output_build (mode, self->bin, rtp, downstream, filter,
          elements, error))
    return FALSE;
  if (elements->len > 0) {
    sink = gst_element_get_static_pad (g_ptr_array_index (elements, 0), "sink");
    src = gst_element_get_static_pad (g_ptr_array_index (elements,
            elements->len - 1), "src");
  }

  ghost = gst_ghost_pad_new (NULL, src ? src : source);
  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (self->bin), ghost);
  note_output (self, pad, elements, ghost, source,
      gst_rtc_src_codec_from_caps (rtp)->name, mode);
  if (!gst_ghost_pad_set_target (GST_GHOST_PAD (pad), ghost) ||
      (sink && gst_pad_link (source, sink) != GST_PAD_LINK_OK)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "Could not link the output of pad %s", GST_PAD_NAME (pad));
    return FALSE;
  }

  return TRUE;
}

static void
report_missing (GstElement * element, GstRtcSrcPad * pad, GstCaps * rtp,
    const GError * error)
{
  if (g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN)) {
    const GstRtcSrcCodec *codec = gst_rtc_src_codec_from_caps (rtp);
    g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);

    gst_element_post_message (element,
        gst_missing_decoder_message_new (element, caps));
  }
  GST_ELEMENT_WARNING (element, STREAM, FAILED,
      ("No output on pad %s: %s", GST_PAD_NAME (pad), error->message), (NULL));
}

/* Streams that come */

static gboolean
is_to_be_told_no_more (GstRtcSrcSession * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->told_no_more)
    return FALSE;
  for (guint i = 0; i < self->streams->len; i++) {
    const GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);

    if (!stream->source)
      return FALSE;
  }
  self->told_no_more = TRUE;

  return TRUE;
}

/* Returns: whether it has a pad now */
static gboolean
expose_stream (GstRtcSrcSession * self, GstElement * element, GstPad * source,
    guint mline, const gchar * msid)
{
  g_autoptr (GstCaps) rtp = gst_pad_get_current_caps (source);
  g_autoptr (GstRtcSrcPad) pad = NULL;
  g_autoptr (GstCaps) possible = NULL;
  g_autoptr (GError) error = NULL;

  if (!gst_rtc_src_codec_from_caps (rtp)) {
    GST_WARNING_OBJECT (element, "no use for a stream of %" GST_PTR_FORMAT,
        rtp);
    return FALSE;
  }

  possible = gst_rtc_src_output_get_possible (rtp);
  pad = get_pad (self, element, source, mline, msid, possible);
  if (!pad)
    return FALSE;

  if (!GST_OBJECT_PARENT (pad)) {
    gst_pad_set_active (GST_PAD (pad), TRUE);
    gst_element_add_pad (element, GST_PAD (pad));
  }
  if (!build_output (self, element, pad, source, rtp, msid, &error)) {
    gst_rtc_src_session_drop_stream (self, source);
    report_missing (element, pad, rtp, error);
  }

  if (is_to_be_told_no_more (self)) {
    gst_element_no_more_pads (element);
    if (self->settings->reconnect)
      gst_rtc_src_session_end_unused_pads (self);
  }
  gst_element_post_message (element,
      gst_message_new_latency (GST_OBJECT (element)));

  return TRUE;
}

static void
begin_turn (GstRtcSrcSession * self)
{
  g_mutex_lock (&self->lock);
  while (self->exposing)
    g_cond_wait (&self->exposed, &self->lock);
  self->exposing = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
end_turn (GstRtcSrcSession * self)
{
  g_mutex_lock (&self->lock);
  self->exposing = FALSE;
  g_cond_broadcast (&self->exposed);
  g_mutex_unlock (&self->lock);
}

static guint
get_mline (GstPad * source)
{
  g_autoptr (GObject) transceiver = NULL;
  guint mline = G_MAXUINT;

  g_object_get (source, "transceiver", &transceiver, NULL);
  if (transceiver)
    g_object_get (transceiver, "mlineindex", &mline, NULL);

  return mline;
}

/* Returns: whether it has a pad now */
static gboolean
take_stream (GstRtcSrcSession * self, GstPad * source)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autofree gchar *msid = NULL;
  gboolean taken;

  if (!element)
    return FALSE;

  g_object_get (source, "msid", &msid, NULL);
  begin_turn (self);
  taken = expose_stream (self, element, source, get_mline (source), msid);
  end_turn (self);

  return taken;
}

static gboolean
is_waited_for (GstRtcSrcSession * self, GstPad * source)
{
  const guint mline = get_mline (source);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GstRtcSrcStream *stream = self->closing ? NULL :
      gst_rtc_src_session_find_stream_locked (self, mline);

  return stream && !stream->source && !stream->released;
}

/* Somebody who takes RTP may look what it is before a pad is added for it, as
 * urisourcebin does: that happens when the caps come. */
static gboolean
has_come (const GstRtcSrcStream * stream)
{
  if (stream->released)
    return TRUE;
  if (!stream->source)
    return stream->pad != NULL;

  return stream->ghost && (!stream->is_rtp || stream->begun);
}

static gboolean
is_before_video_locked (GstRtcSrcSession * self, guint mline)
{
  const GstRtcSrcStream *audio =
      gst_rtc_src_session_find_stream_locked (self, mline);

  if (self->closing || !audio || audio->is_video || audio->pad)
    return FALSE;
  for (guint i = 0; i < self->streams->len; i++) {
    const GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);

    if (stream->is_video && !has_come (stream))
      return TRUE;
  }

  return FALSE;
}

/* Returns: whether it has to wait for video */
static gboolean
is_early (GstRtcSrcSession * self, GstPad * source)
{
  const guint mline = get_mline (source);
  const gint64 now = g_get_monotonic_time ();
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!is_before_video_locked (self, mline))
    return FALSE;
  if (!self->video_awaited_until)
    self->video_awaited_until = now + VIDEO_GRACE;

  return now < self->video_awaited_until;
}

static void
wait_for_video (GstRtcSrcSession * self, GstPad * source)
{
  const guint mline = get_mline (source);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (is_before_video_locked (self, mline) && g_cond_wait_until
      (&self->exposed, &self->lock, self->video_awaited_until));
}

static GstPadProbeReturn
on_unwanted (GstPad * source, GstPadProbeInfo * info, gpointer data)
{
  GstRtcSrcSession *self = data;

  if (is_early (self, source))
    wait_for_video (self, source);
  if (is_waited_for (self, source) && take_stream (self, source))
    return GST_PAD_PROBE_REMOVE;

  return GST_PAD_PROBE_DROP;
}

/**
 * gst_rtc_src_session_drop_stream:
 * @source: a pad of webrtcbin
 *
 * Not left unlinked: that would stop all other streams.
 *
 * Thread: any
 */
void
gst_rtc_src_session_drop_stream (GstRtcSrcSession * self, GstPad * source)
{
  gst_pad_add_probe (source, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, on_unwanted, g_object_ref (self),
      g_object_unref);
}

/* Does not wait itself: webrtcbin is in the middle of adding the pad */
void
gst_rtc_src_session_on_pad_added (GstElement * webrtcbin, GstPad * source,
    GstRtcSrcSession * self)
{
  if (GST_PAD_DIRECTION (source) == GST_PAD_SRC &&
      (is_early (self, source) || !take_stream (self, source)))
    gst_rtc_src_session_drop_stream (self, source);
}
