/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a session follows the streams of its element. What is to be negotiated is
 * not queued up but found out: the streams are compared with the tracks. Changes
 * that come in the middle of a negotiation make for one more when it is over.
 *
 *   streaming   -> worker: take down the tracks that leave
 *   preparing   make tracks of the new streams
 *   negotiating another offer (sinksession-offer.c)
 *               -> worker: get the way of new tracks ready
 *   streaming   attach them
 */

#include "sinksession-private.h"

#include "leanpath.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsinksession_debug);
#define GST_CAT_DEFAULT webrtcsinksession_debug

static gboolean
has_pad (GPtrArray * pads, GstRtcSinkPad * pad)
{
  return g_ptr_array_find (pads, pad, NULL);
}

static gboolean
has_track (GstRtcSinkSession * self, GstRtcSinkPad * pad)
{
  for (guint i = 0; i < self->tracks->len; i++) {
    if (gst_rtc_track_get_pad (g_ptr_array_index (self->tracks, i)) == pad)
      return TRUE;
  }

  return FALSE;
}

/* Tracks that have no stream any more, or one that is something else now */
static void
find_leaving (GstRtcSinkSession * self)
{
  g_autoptr (GPtrArray) pads = self->functions->list_pads (self->owner);

  for (guint i = self->tracks->len; i > 0; i--) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i - 1);

    if (has_pad (pads, gst_rtc_track_get_pad (track)) &&
        !gst_rtc_track_is_outdated (track))
      continue;
    gst_rtc_sink_session_release_rendition (self, track);
    g_ptr_array_add (self->leaving,
        g_ptr_array_steal_index (self->tracks, i - 1));
  }
}

static gboolean
is_new (GstRtcSinkSession * self, GstRtcSinkPad * pad)
{
  return !has_track (self, pad) && gst_rtc_track_pad_can_offer (pad,
      self->payloads);
}

static GPtrArray *
find_new (GstRtcSinkSession * self)
{
  GPtrArray *pads = self->functions->list_pads (self->owner);

  for (guint i = pads->len; i > 0; i--) {
    if (!is_new (self, g_ptr_array_index (pads, i - 1)))
      g_ptr_array_remove_index (pads, i - 1);
  }

  return pads;
}

/* A worker */
static void
take_down (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  for (guint i = 0; i < self->leaving->len; i++)
    gst_rtc_track_leave (g_ptr_array_index (self->leaving, i), self->webrtcbin);
}

/* webrtcbin 1.22 leaves the m-line of data channels out of an offer when the
 * last one was closed, and then aborts, as the others have moved. One that
 * nobody is told of keeps it. */
static void
keep_data_channels (GstRtcSinkSession * self)
{
  g_autoptr (GstStructure) options = NULL;
  g_autoptr (GObject) transport = NULL;
  guint n = 0;

  g_object_get (self->webrtcbin, "sctp-transport", &transport, NULL);
  if (!transport || self->keeper)
    return;

  g_object_get (transport, "max-channels", &n, NULL);
  options = gst_structure_new ("options", "negotiated", G_TYPE_BOOLEAN, TRUE,
      "id", G_TYPE_INT, MAX ((gint) n - 1, 0), NULL);
  g_signal_emit_by_name (self->webrtcbin, "create-data-channel", "keeper",
      options, &self->keeper);
}

static void
on_taken_down (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  g_autoptr (GPtrArray) added = find_new (self);
  g_autoptr (GError) error = NULL;

  g_ptr_array_set_size (self->leaving, 0);
  if (!gst_rtc_sink_session_add_tracks (self, added, &error)) {
    gst_rtc_session_close (session, "%s", error->message);
    return;
  }
  keep_data_channels (self);
  gst_rtc_sink_session_make_offer (self);
}

static void
renegotiate_if_idle (GstRtcSinkSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GPtrArray) added = NULL;

  if (!self->changed || !self->connected ||
      gst_rtc_session_get_state (session) != GST_RTC_SESSION_STREAMING)
    return;

  self->changed = FALSE;
  find_leaving (self);
  added = find_new (self);
  if (self->leaving->len + added->len == 0)
    return;

  GST_INFO_OBJECT (self, "session %s: %u streams leave, %u are new",
      gst_rtc_session_get_id (session), self->leaving->len, added->len);
  gst_rtc_session_enter (session, GST_RTC_SESSION_PREPARING);
  gst_rtc_session_run_on_worker (session, take_down, on_taken_down);
}

/**
 * gst_rtc_sink_session_update:
 *
 * The streams of the element are others, or other than they were.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_update (GstRtcSinkSession * self)
{
  if (!gst_rtc_session_is_alive (GST_RTC_SESSION (self)))
    return;

  self->changed = TRUE;
  renegotiate_if_idle (self);
}

/* The end of a negotiation */

/* A worker, before anything is sent. rtpsession needs the latency to relate RTP
 * time to the clock; webrtcbin has no way for the event before DTLS is up. */
static void
prepare_to_stream (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  gst_rtc_lean_path_skip_queues (self->webrtcbin);
  gst_bin_recalculate_latency (GST_BIN (self->pipeline));
}

static gboolean
can_attach (GstRtcTrack * track, GPtrArray * pads)
{
  return gst_rtc_track_get_codec (track) && !gst_rtc_track_get_rendition (track)
      && !gst_rtc_track_is_outdated (track) &&
      has_pad (pads, gst_rtc_track_get_pad (track));
}

/* Now it is known what is sent */
static void
set_up_congestion (GstRtcSinkSession * self)
{
  guint n_video = 0;
  guint n_audio = 0;

  if (!self->congestion)
    return;

  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);
    const GstRtcCodec *codec = gst_rtc_track_get_codec (track);
    const guint mline = gst_rtc_track_get_mline (track);

    if (!codec)
      continue;
    n_video += codec->kind == GST_RTC_MEDIA_VIDEO;
    n_audio += codec->kind == GST_RTC_MEDIA_AUDIO;
    if (self->local && mline < gst_sdp_message_medias_len (self->local->sdp))
      gst_rtc_congestion_add_payload (self->congestion,
          gst_sdp_message_get_media (self->local->sdp, mline),
          gst_rtc_track_get_pt (track), gst_rtc_track_get_number_id (track));
  }
  gst_rtc_congestion_set_media (self->congestion, n_video, n_audio);
}

static void
on_wants (gpointer session, gpointer key, gdouble factor)
{
  GstRtcSinkSession *self = session;
  gdouble most = 0;

  if (!self->congestion)
    return;

  gst_rtc_track_set_wanted (key, factor);
  for (guint i = 0; i < self->tracks->len; i++)
    most = MAX (most, gst_rtc_track_get_wanted (g_ptr_array_index
            (self->tracks, i)));
  gst_rtc_gcc_bwe_set_wanted (gst_rtc_congestion_get_bwe (self->congestion),
      most);
}

static void
attach_tracks (GstRtcSinkSession * self)
{
  g_autoptr (GPtrArray) pads = self->functions->list_pads (self->owner);
  GstRtcLadderUser user = {
    .consumer_id = gst_rtc_session_get_peer_id (GST_RTC_SESSION (self)),
    .moved = gst_rtc_track_switch,
    .wants = on_wants,
    .session = self,
  };

  set_up_congestion (self);
  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);
    GstRtcInputStream *stream =
        gst_rtc_sink_pad_get_stream (gst_rtc_track_get_pad (track));
    g_autoptr (GstCaps) input = gst_rtc_input_stream_get_caps (stream);

    user.key = track;
    user.codec = gst_rtc_track_get_codec (track);
    user.input = input;
    if (can_attach (track, pads))
      gst_rtc_track_attach (track, self->functions->use_rendition (self->owner,
              stream, &user));
  }
}

static gboolean
sends_anything (GstRtcSinkSession * self)
{
  for (guint i = 0; i < self->tracks->len; i++) {
    if (gst_rtc_track_get_codec (g_ptr_array_index (self->tracks, i)))
      return TRUE;
  }

  return FALSE;
}

static void
on_way_ready (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  self->connected = TRUE;
  if (gst_rtc_session_get_state (session) == GST_RTC_SESSION_NEGOTIATING)
    gst_rtc_session_enter (session, GST_RTC_SESSION_STREAMING);
  attach_tracks (self);
  gst_rtc_session_expect_to_hear (session, sends_anything (self));
  renegotiate_if_idle (self);
}

/**
 * gst_rtc_sink_session_begin:
 *
 * DTLS is up: the tracks get their renditions.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_begin (GstRtcSinkSession * self)
{
  gst_rtc_session_run_on_worker (GST_RTC_SESSION (self), prepare_to_stream,
      on_way_ready);
}

/**
 * gst_rtc_sink_session_negotiated:
 *
 * Both descriptions are set.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_negotiated (GstRtcSinkSession * self)
{
  if (self->connected)
    gst_rtc_sink_session_begin (self);
  else
    gst_rtc_session_watch_transport (GST_RTC_SESSION (self));
}
