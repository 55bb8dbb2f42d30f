/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a source knows of its streams, and the settings of webrtcbin's inner
 * elements that have to do with receiving.
 *
 * Asked for when the property is read, from the RTP session and the jitter
 * buffers themselves. webrtcbin's own statistics of 1.22 leave things out when
 * streams are bundled, and take a promise.
 */

#include "srcsession-private.h"

#include "red.h"

#include <string.h>

typedef struct
{
  guint32 ssrc;
  GstElement *jitterbuffer;
} Buffer;

void
gst_rtc_src_buffer_free (gpointer data)
{
  Buffer *buffer = data;

  gst_object_unref (buffer->jitterbuffer);
  g_free (buffer);
}

/* A streaming thread */
static void
on_new_jitterbuffer (GstElement * rtpbin, GstElement * jitterbuffer,
    guint rtp_session, guint ssrc, GstRtcSrcSession * self)
{
  Buffer *buffer = g_new (Buffer, 1);

  buffer->ssrc = ssrc;
  buffer->jitterbuffer = gst_object_ref (jitterbuffer);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->buffers, buffer);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_rtc_src_session_set_up_rtpbin:
 *
 * Thread: control, when there is a webrtcbin
 */
void
gst_rtc_src_session_set_up_rtpbin (GstRtcSrcSession * self)
{
  GstElement *webrtcbin =
      gst_rtc_session_get_webrtcbin (GST_RTC_SESSION (self));
  GstElement *rtpbin = gst_bin_get_by_name (GST_BIN (webrtcbin), "rtpbin");

  if (!rtpbin)
    return;

  g_signal_connect_object (rtpbin, "new-jitterbuffer",
      G_CALLBACK (on_new_jitterbuffer), self, 0);
  gst_rtc_src_session_make_fec_decoders (self, rtpbin);
  /* streams are moved against each other by no offset that is smaller */
  if (!self->settings->do_av_sync && g_object_class_find_property
      (G_OBJECT_GET_CLASS (rtpbin), "min-ts-offset"))
    g_object_set (rtpbin, "min-ts-offset", G_MAXUINT64, NULL);

  g_mutex_lock (&self->lock);
  self->rtpbin = rtpbin;
  g_mutex_unlock (&self->lock);
}

/* Any thread */
void
gst_rtc_src_session_element_added (GstRtcSession * session,
    GstElement * element, const gchar * factory)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);

  if (g_str_equal (factory, "rtpjitterbuffer")) {
    /* It asks for a packet again that is not lost but only a little late, for
     * audio in nearly every interval. A gap in the numbers is proof enough. */
    g_object_set (element, "rtx-next-seqnum", FALSE, NULL);
    gst_rtc_src_session_watch_jitterbuffer (self, element);
  } else if (g_str_equal (factory, "rtpsession")) {
    gst_rtc_src_session_watch_rtp_session (self, element);
  } else if (g_str_equal (factory, "rtpreddec")) {
    gst_rtc_red_watch_decoder (element);
  } else if (g_str_equal (factory, "rtpulpfecdec")) {
    g_mutex_lock (&self->lock);
    g_ptr_array_add (self->fec_decoders, gst_object_ref (element));
    g_mutex_unlock (&self->lock);
  }
}

/**
 * gst_rtc_src_session_forget_elements:
 *
 * webrtcbin is in NULL, and may outlive the session.
 *
 * Thread: control
 */
void
gst_rtc_src_session_forget_elements (GstRtcSrcSession * self)
{
  g_autoptr (GPtrArray) buffers = NULL;
  g_autoptr (GPtrArray) decoders = NULL;
  g_autoptr (GstElement) rtpbin = NULL;

  g_mutex_lock (&self->lock);
  g_ptr_array_set_size (self->rtp_sessions, 0);
  decoders = g_steal_pointer (&self->fec_decoders);
  self->fec_decoders = g_ptr_array_new_with_free_func (gst_object_unref);
  buffers = g_steal_pointer (&self->buffers);
  self->buffers = g_ptr_array_new_with_free_func (gst_rtc_src_buffer_free);
  rtpbin = g_steal_pointer (&self->rtpbin);
  g_mutex_unlock (&self->lock);

  if (rtpbin)
    g_signal_handlers_disconnect_by_data (rtpbin, self);
}

/* What is asked without the lock */
typedef struct
{
  GstRtcSrcPad *pad;
  gchar *codec;
  guint rtp_session;
  guint32 ssrc;
  GstElement *jitterbuffer;     /* nullable */
} Question;

static void
free_question (gpointer data)
{
  Question *question = data;

  gst_object_unref (question->pad);
  gst_clear_object (&question->jitterbuffer);
  g_free (question->codec);
  g_free (question);
}

static GPtrArray *
list_questions_locked (GstRtcSrcSession * self)
{
  GPtrArray *questions = g_ptr_array_new_with_free_func (free_question);

  for (guint i = 0; i < self->streams->len; i++) {
    const GstRtcSrcStream *stream = g_ptr_array_index (self->streams, i);
    Question *question;

    if (!stream->pad || !stream->source)
      continue;
    question = g_new0 (Question, 1);
    question->pad = gst_object_ref (stream->pad);
    question->codec = g_strdup (stream->codec);
    question->rtp_session = stream->rtp_session;
    question->ssrc = stream->ssrc;
    for (guint k = 0; k < self->buffers->len; k++) {
      const Buffer *buffer = g_ptr_array_index (self->buffers, k);

      if (buffer->ssrc == question->ssrc)
        gst_object_replace ((GstObject **) & question->jitterbuffer,
            GST_OBJECT (buffer->jitterbuffer));
    }
    g_ptr_array_add (questions, question);
  }

  return questions;
}

/* Returns: (transfer full) (nullable): what the RTP session knows of a
 * sender */
static GstStructure *
find_source (GstElement * rtpbin, guint rtp_session, guint32 ssrc)
{
  g_autoptr (GObject) session = NULL;
  g_autoptr (GstStructure) stats = NULL;
  const GValue *value;
  GValueArray *sources;

  g_signal_emit_by_name (rtpbin, "get-internal-session", rtp_session, &session);
  if (!session)
    return NULL;
  g_object_get (session, "stats", &stats, NULL);
  value = stats ? gst_structure_get_value (stats, "source-stats") : NULL;
  sources = value ? g_value_get_boxed (value) : NULL;
  for (guint i = 0; sources && i < sources->n_values; i++) {
    const GstStructure *source = gst_value_get_structure (&sources->values[i]);
    guint found = 0;

    if (gst_structure_get_uint (source, "ssrc", &found) && found == ssrc)
      return gst_structure_copy (source);
  }

  return NULL;
}

static void
add_source (GstStructure * answer, const GstStructure * source)
{
  guint64 received = 0, octets = 0;
  gint lost = 0, rate = 0;
  guint jitter = 0;

  gst_structure_get_uint64 (source, "packets-received", &received);
  gst_structure_get_uint64 (source, "octets-received", &octets);
  gst_structure_get_int (source, "packets-lost", &lost);
  gst_structure_get_int (source, "clock-rate", &rate);
  gst_structure_get_uint (source, "jitter", &jitter);
  gst_structure_set (answer,
      "packets-received", G_TYPE_UINT64, received,
      "bytes-received", G_TYPE_UINT64, octets,
      "packets-lost", G_TYPE_INT64, (gint64) lost,
      "jitter", G_TYPE_UINT64, rate > 0 ?
      gst_util_uint64_scale (jitter, GST_SECOND, rate) : 0, NULL);
}

static void
add_buffer (GstStructure * answer, GstElement * jitterbuffer)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 missing = 0, late = 0, asked = 0, repaired = 0, rtt = 0;

  g_object_get (jitterbuffer, "stats", &stats, NULL);
  gst_structure_get_uint64 (stats, "num-lost", &missing);
  gst_structure_get_uint64 (stats, "num-late", &late);
  gst_structure_get_uint64 (stats, "rtx-count", &asked);
  gst_structure_get_uint64 (stats, "rtx-success-count", &repaired);
  gst_structure_get_uint64 (stats, "rtx-rtt", &rtt);
  gst_structure_set (answer,
      "packets-missing", G_TYPE_UINT64, missing,
      "packets-late", G_TYPE_UINT64, late,
      "retransmissions-requested", G_TYPE_UINT64, asked,
      "retransmissions-received", G_TYPE_UINT64, repaired,
      "round-trip-time", G_TYPE_UINT64, rtt, NULL);
}

/* A decoder is for one payload type of one sender */
static gboolean
is_decoder_of (GstElement * decoder, guint32 ssrc)
{
  GstPad *pad = gst_element_get_static_pad (decoder, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  guint found = 0;

  gst_object_unref (pad);

  return caps && gst_structure_get_uint (gst_caps_get_structure (caps, 0),
      "ssrc", &found) && found == ssrc;
}

static void
add_recovered (GstStructure * answer, GPtrArray * decoders, guint32 ssrc)
{
  guint64 n = 0;

  for (guint i = 0; i < decoders->len; i++) {
    GstElement *decoder = g_ptr_array_index (decoders, i);
    guint recovered;

    if (!is_decoder_of (decoder, ssrc))
      continue;
    g_object_get (decoder, "recovered", &recovered, NULL);
    n += recovered;
  }
  gst_structure_set (answer, "packets-recovered", G_TYPE_UINT64, n, NULL);
}

static GstStructure *
answer (const Question * question, GstElement * rtpbin, GPtrArray * decoders)
{
  g_autoptr (GstStructure) source = rtpbin ?
      find_source (rtpbin, question->rtp_session, question->ssrc) : NULL;
  GstStructure *stats = gst_structure_new ("application/x-webrtcsrc-stream",
      "codec", G_TYPE_STRING, question->codec,
      "ssrc", G_TYPE_UINT, question->ssrc,
      "frames", G_TYPE_UINT64, gst_rtc_src_pad_get_frames (question->pad),
      NULL);

  add_recovered (stats, decoders, question->ssrc);
  if (source)
    add_source (stats, source);
  if (question->jitterbuffer)
    add_buffer (stats, question->jitterbuffer);

  return stats;
}

/**
 * gst_rtc_src_session_get_stats:
 *
 * Returns: (transfer full): a structure for each pad, in its name
 *
 * Thread: any
 */
GstStructure *
gst_rtc_src_session_get_stats (GstRtcSrcSession * self)
{
  GstStructure *stats = gst_structure_new_empty
      ("application/x-webrtcsrc-stats");
  g_autoptr (GPtrArray) questions = NULL;
  g_autoptr (GPtrArray) decoders = NULL;
  g_autoptr (GstElement) rtpbin = NULL;

  g_mutex_lock (&self->lock);
  questions = list_questions_locked (self);
  decoders = g_ptr_array_copy (self->fec_decoders, (GCopyFunc) gst_object_ref,
      NULL);
  rtpbin = self->rtpbin ? gst_object_ref (self->rtpbin) : NULL;
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < questions->len; i++) {
    const Question *question = g_ptr_array_index (questions, i);
    g_autoptr (GstStructure) one = answer (question, rtpbin, decoders);

    gst_structure_set (stats, GST_PAD_NAME (question->pad),
        GST_TYPE_STRUCTURE, one, NULL);
  }

  return stats;
}
