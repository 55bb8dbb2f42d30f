/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A consumer of a sink: a pipeline with a webrtcbin and, for each track, a
 * source and a payloader. It holds no encoder.
 *
 *   start     pipeline, webrtcbin -> worker: READY
 *   ready     pads and codec preferences, signals -> worker: PLAYING
 *   playing   create-offer, set-local, send
 *   answer    set-remote, then a payloader for each codec that was chosen
 *   verified  DTLS is up: the tracks are attached to their renditions
 *
 * Each step runs on the control thread and leaves at once when the session is
 * closing.
 */

#include "sinksession.h"

#include "leanpath.h"
#include "rtxhistory.h"
#include "sdp.h"
#include "track.h"

GST_DEBUG_CATEGORY_STATIC (webrtcsinksession_debug);
#define GST_CAT_DEFAULT webrtcsinksession_debug

struct _GstRtcSinkSession
{
  GstRtcSession parent_instance;

  /* construct-only: any thread */
  GstRtcSignaller *signaller;
  GstRtcSettings *settings;
  GArray *payloads;             /* element-type GstRtcPayload */
  GstElement *pipeline;         /* from the start on */
  GstElement *webrtcbin;        /* not referenced: the pipeline's */

  /* control thread only */
  const GstRtcSinkSessionOwner *functions;
  GstElement *owner;
  GPtrArray *pads;              /* element-type GstRtcSinkPad: to be offered */
  GPtrArray *tracks;            /* element-type GstRtcTrack */
  GstRtcExtmap *extmap;
  GstClock *clock;
  GstRtcCongestion *congestion; /* NULL: none */
  GstWebRTCSessionDescription *offer;
  GstWebRTCSessionDescription *answer;
  GSource *time_limit;
};

G_DEFINE_FINAL_TYPE (GstRtcSinkSession, gst_rtc_sink_session,
    GST_RTC_TYPE_SESSION);

/* State changes, on a worker */

static void
set_container_state (GstRtcSession * session, GstState state)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  if (gst_element_set_state (self->pipeline, state) == GST_STATE_CHANGE_FAILURE)
    gst_rtc_session_post_close (session, "The pipeline of the session does "
        "not go to %s", gst_element_state_get_name (state));
}

static void
go_to_ready (GstRtcSession * session)
{
  set_container_state (session, GST_STATE_READY);
}

static void
go_to_playing (GstRtcSession * session)
{
  set_container_state (session, GST_STATE_PLAYING);
}

/* Offering */

static gboolean
munges_by_itself (GstRtcSignaller * signaller)
{
  gboolean manual = FALSE;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (signaller),
          "manual-sdp-munging"))
    g_object_get (signaller, "manual-sdp-munging", &manual, NULL);

  return manual;
}

static void
on_local_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  GstWebRTCSessionDescription *offer = g_steal_pointer (&self->offer);

  if (error) {
    gst_rtc_session_close (session, "webrtcbin refused its own offer: %s",
        error->message);
  } else if (munges_by_itself (self->signaller)) {
    gst_rtc_session_send_description (session, self->signaller, offer);
  } else {
    GstWebRTCSessionDescription *munged =
        gst_rtc_signaller_munge_session_description (self->signaller,
        gst_rtc_session_get_id (session), offer);

    gst_rtc_session_send_description (session, self->signaller, munged);
    gst_webrtc_session_description_free (munged);
  }
  gst_webrtc_session_description_free (offer);
}

static void
on_offer (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  GstWebRTCSessionDescription *offer = NULL;

  if (!error)
    gst_structure_get (reply, "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION,
        &offer, NULL);
  if (!offer) {
    gst_rtc_session_close (session, "webrtcbin made no offer: %s",
        error ? error->message : "no reason given");
    return;
  }

  gst_rtc_sdp_add_rtx (offer->sdp);
  self->offer = offer;
  gst_rtc_session_set_local (session, offer, on_local_set);
}

static void
on_playing (GstRtcSession * session)
{
  gst_rtc_session_enter (session, GST_RTC_SESSION_NEGOTIATING);
  g_signal_emit_by_name (gst_rtc_session_get_webrtcbin (session),
      "create-offer", NULL, gst_rtc_session_promise (session, on_offer));
}

static GstRtcTrackContext
get_track_context (GstRtcSinkSession * self)
{
  const GstRtcTrackContext context = {
    .settings = self->settings,
    .payloads = self->payloads,
    .extmap = self->extmap,
    .clock = self->clock,
    .base_time = gst_element_get_base_time (self->pipeline),
    .setup_payloader = self->functions->setup_payloader,
    .owner = self->owner,
    .bwe = self->congestion ? gst_rtc_congestion_get_bwe (self->congestion) :
        NULL,
  };

  return context;
}

static gboolean
add_tracks (GstRtcSinkSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  const GstRtcTrackContext context = get_track_context (self);
  g_autoptr (GError) error = NULL;
  gboolean added = TRUE;

  for (guint i = 0; i < self->pads->len && added; i++) {
    GstRtcTrack *track = gst_rtc_track_new (g_ptr_array_index (self->pads, i),
        i);

    g_ptr_array_add (self->tracks, track);
    added = gst_rtc_track_prepare (track, &context, &error);
  }
  for (guint i = 0; i < self->tracks->len && added; i++)
    added = gst_rtc_track_offer (g_ptr_array_index (self->tracks, i),
        gst_rtc_session_get_webrtcbin (session), &context, &error);
  if (!added)
    gst_rtc_session_close (session, "%s", error->message);

  return added;
}

static void
on_ready (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  self->webrtcbin = gst_rtc_session_get_webrtcbin (session);
  if (!add_tracks (self))
    return;

  self->functions->ready (self->owner, self);
  /* an application may have stopped us from within its handler */
  if (gst_rtc_session_is_alive (session))
    gst_rtc_session_run_on_worker (session, go_to_playing, on_playing);
}

static gboolean
on_time_limit (gpointer data)
{
  GstRtcSinkSession *self = data;

  g_clear_pointer (&self->time_limit, g_source_unref);
  gst_rtc_session_close (GST_RTC_SESSION (self),
      "The consumer did not connect within %u ms",
      self->settings->negotiation_timeout);

  return G_SOURCE_REMOVE;
}

static void
stop_time_limit (GstRtcSinkSession * self)
{
  if (!self->time_limit)
    return;

  g_source_destroy (self->time_limit);
  g_clear_pointer (&self->time_limit, g_source_unref);
}

/* Threads of the pipeline: post and return */
static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    gst_rtc_session_post_close (data, "%s: %s",
        GST_OBJECT_NAME (GST_MESSAGE_SRC (message)), error->message);
  }
  gst_message_unref (message);

  return GST_BUS_DROP;
}

static GstElement *
make_pipeline (GstRtcSinkSession * self, GstClock * clock,
    GstClockTime base_time)
{
  g_autofree gchar *name = g_strdup_printf ("session-pipeline-%s",
      gst_rtc_session_get_id (GST_RTC_SESSION (self)));
  GstElement *pipeline = gst_pipeline_new (name);
  GstBus *bus = gst_element_get_bus (pipeline);

  gst_object_ref_sink (pipeline);
  gst_bus_set_sync_handler (bus, on_message, g_object_ref (self),
      g_object_unref);
  gst_object_unref (bus);

  if (clock)
    gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  gst_element_set_start_time (pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (pipeline, base_time);

  return pipeline;
}

static void on_estimated (GstRtcSession * session);

static void
watch_congestion (GstRtcSinkSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);

  if (self->settings->congestion_control == GST_RTC_CONGESTION_CONTROL_DISABLED)
    return;

  self->congestion = gst_rtc_congestion_new (session, self->settings,
      on_estimated);
  gst_rtc_congestion_watch (self->congestion,
      gst_rtc_session_get_webrtcbin (session));
}

/**
 * gst_rtc_sink_session_start:
 * @pads: (element-type GstRtcSinkPad): the streams to offer, in their order
 * @clock: (nullable): the element's clock
 * @base_time: its base time
 *
 * Thread: control
 */
void
gst_rtc_sink_session_start (GstRtcSinkSession * self, GPtrArray * pads,
    GstClock * clock, GstClockTime base_time)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  const GstRtcIceConfig ice = {
    self->settings->stun_server,
    (const gchar * const *) self->settings->turn_servers,
    self->settings->ice_transport_policy
  };
  g_autoptr (GError) error = NULL;

  self->pipeline = make_pipeline (self, clock, base_time);
  gst_object_replace ((GstObject **) & self->clock, (GstObject *) clock);
  self->pads = g_ptr_array_ref (pads);
  self->functions->pipeline_created (self->owner, self,
      GST_PIPELINE (self->pipeline));
  if (!gst_rtc_session_prepare (session, GST_BIN (self->pipeline), &ice,
          &error)) {
    gst_rtc_session_close (session, "%s", error->message);
  } else {
    watch_congestion (self);
    if (self->settings->negotiation_timeout > 0)
      self->time_limit =
          gst_rtc_control_add_timer (gst_rtc_session_get_control (session),
          self->settings->negotiation_timeout, on_time_limit, self, NULL);
    gst_rtc_session_run_on_worker (session, go_to_ready, on_ready);
  }
}

/* Answered */

static gboolean
connect_track (GstRtcSinkSession * self, GstRtcTrack * track, GError ** error)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  const GstRtcCodec *codec = gst_rtc_track_get_codec (track);
  const gchar *peer_id = gst_rtc_session_get_peer_id (session);
  const gchar *name = GST_OBJECT_NAME (gst_rtc_track_get_pad (track));
  GstElement *payloader = gst_element_factory_make (codec->payloader, NULL);
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);
  const GstRtcTrackContext context = get_track_context (self);
  GstElement *filter;

  if (!payloader) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "There is no %s", codec->payloader);
    return FALSE;
  }

  self->functions->setup_payloader (self->owner, peer_id, name, payloader);
  filter = self->functions->request_filter (self->owner, peer_id, name, caps);

  return gst_rtc_track_connect (track, &context,
      gst_rtc_session_get_container (session), filter, payloader, error);
}

static gboolean
connect_tracks (GstRtcSinkSession * self, const GstSDPMessage * sdp,
    guint * ret_connected, GError ** error)
{
  guint connected = 0;

  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp,
        gst_rtc_track_get_mline (track));

    if (!gst_rtc_track_take_answer (track, media, self->extmap, error))
      return FALSE;
    if (!gst_rtc_track_get_codec (track)) {
      GST_INFO_OBJECT (self, "session %s: m-line %u was rejected",
          gst_rtc_session_get_id (GST_RTC_SESSION (self)),
          gst_rtc_track_get_mline (track));
      continue;
    }
    if (!connect_track (self, track, error))
      return FALSE;
    connected++;
  }
  *ret_connected = connected;

  return TRUE;
}

static void
on_remote_set (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  g_autoptr (GError) fault = NULL;
  guint connected = 0;

  if (error) {
    gst_rtc_session_close (session, "The answer was refused: %s",
        error->message);
    return;
  }

  gst_rtc_session_remote_is_set (session);
  if (!connect_tracks (self, self->answer->sdp, &connected, &fault))
    gst_rtc_session_close (session, "%s", fault->message);
  else if (connected == 0 && self->tracks->len > 0)
    gst_rtc_session_close (session, "The answer rejects everything");
  else
    gst_rtc_session_watch_transport (session);
}

static gboolean
rejects_everything (const GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (!gst_rtc_sdp_media_is_rejected (gst_sdp_message_get_media (sdp, i)))
      return FALSE;
  }

  return TRUE;
}

static gboolean
check_answer (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * description, GError ** error)
{
  const gchar *fault = NULL;

  if (description->type != GST_WEBRTC_SDP_TYPE_ANSWER || !description->sdp)
    fault = "The consumer sent a description that is no answer";
  else if (self->answer || self->offer ||
      gst_rtc_session_get_state (GST_RTC_SESSION (self)) !=
      GST_RTC_SESSION_NEGOTIATING)
    fault = "The consumer sent an answer that nothing asked for";
  else if (gst_sdp_message_medias_len (description->sdp) < self->tracks->len)
    fault = "The answer has fewer m-lines than the offer";
  else if (rejects_everything (description->sdp))
    fault = "The answer rejects everything";

  if (fault)
    g_set_error_literal (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
        fault);

  return fault == NULL;
}

/**
 * gst_rtc_sink_session_take_description:
 * @description: what the consumer sent
 *
 * Thread: control
 */
void
gst_rtc_sink_session_take_description (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * description)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  g_autoptr (GError) error = NULL;

  if (!gst_rtc_session_is_alive (session))
    return;

  if (!check_answer (self, description, &error) ||
      !gst_rtc_session_set_remote (session, description, on_remote_set,
          &error)) {
    gst_rtc_session_close (session, "%s", error->message);
    return;
  }
  self->answer = gst_webrtc_session_description_copy (description);
}

/* Streaming */

/* A worker, before anything is sent. rtpsession needs the latency to relate RTP
 * time to the clock; webrtcbin has no way for the event before DTLS is up. */
static void
prepare_to_stream (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  gst_rtc_lean_path_skip_queues (self->webrtcbin);
  gst_bin_recalculate_latency (GST_BIN (self->pipeline));
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

    if (!codec)
      continue;
    n_video += codec->kind == GST_RTC_MEDIA_VIDEO;
    n_audio += codec->kind == GST_RTC_MEDIA_AUDIO;
    gst_rtc_congestion_add_payload (self->congestion,
        gst_sdp_message_get_media (self->answer->sdp,
            gst_rtc_track_get_mline (track)), gst_rtc_track_get_pt (track));
  }
  gst_rtc_congestion_set_media (self->congestion, n_video, n_audio);
}

/* Control */
static void
on_estimated (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  GstRtcGccReport report;

  gst_rtc_congestion_get_report (self->congestion, &report);
  if (gst_rtc_session_is_alive (session))
    self->functions->estimated (self->owner, self, &report);
}

static void
attach_tracks (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  GstRtcLadderUser user = {
    .consumer_id = gst_rtc_session_get_peer_id (session),
    .moved = gst_rtc_track_switch,
  };

  set_up_congestion (self);
  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);
    GstRtcInputStream *stream =
        gst_rtc_sink_pad_get_stream (gst_rtc_track_get_pad (track));
    GstRtcRendition *rendition;

    if (!gst_rtc_track_get_codec (track))
      continue;
    user.key = track;
    user.codec = gst_rtc_track_get_codec (track);
    user.input = gst_rtc_track_get_input_caps (track);
    rendition = self->functions->use_rendition (self->owner, stream, &user);
    gst_rtc_track_attach (track, rendition);
  }
}

static void
gst_rtc_sink_session_verified (GstRtcSession * session)
{
  stop_time_limit (GST_RTC_SINK_SESSION (session));
  gst_rtc_session_run_on_worker (session, prepare_to_stream, attach_tracks);
}

static void
release_rendition (GstRtcSinkSession * self, GstRtcTrack * track)
{
  GstRtcRendition *rendition = gst_rtc_track_detach (track);

  if (rendition)
    self->functions->unuse_rendition (self->owner,
        gst_rtc_sink_pad_get_stream (gst_rtc_track_get_pad (track)), track,
        rendition);
}

/**
 * gst_rtc_sink_session_rendition_failed:
 * @rendition: what does not go on
 * @reason: why
 *
 * Closes the session if the rendition fed it.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_rendition_failed (GstRtcSinkSession * self,
    GstRtcRendition * rendition, const gchar * reason)
{
  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);

    if (gst_rtc_track_get_rendition (track) != rendition)
      continue;
    gst_rtc_session_close (GST_RTC_SESSION (self),
        "%s cannot be encoded as %s: %s",
        GST_OBJECT_NAME (gst_rtc_track_get_pad (track)),
        gst_rtc_track_get_codec (track)->name, reason);
    return;
  }
}

/**
 * gst_rtc_sink_session_remove_stream:
 * @stream: an input that is no more
 *
 * Thread: control
 */
void
gst_rtc_sink_session_remove_stream (GstRtcSinkSession * self,
    GstRtcInputStream * stream)
{
  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);

    if (gst_rtc_sink_pad_get_stream (gst_rtc_track_get_pad (track)) == stream)
      release_rendition (self, track);
  }
}

/**
 * gst_rtc_sink_session_get_tracks:
 *
 * Returns: (transfer none) (element-type GstRtcTrack): its tracks
 *
 * Thread: control
 */
GPtrArray *
gst_rtc_sink_session_get_tracks (GstRtcSinkSession * self)
{
  return self->tracks;
}

/**
 * gst_rtc_sink_session_set_base_time:
 * @base_time: the element's, after a pause
 *
 * Thread: control
 */
void
gst_rtc_sink_session_set_base_time (GstRtcSinkSession * self,
    GstClockTime base_time)
{
  gst_element_set_base_time (self->pipeline, base_time);
}

/* Inner elements of webrtcbin; any thread */
static void
gst_rtc_sink_session_element_added (GstRtcSession * session,
    GstElement * element, const gchar * factory)
{
  GstElement *webrtcbin = GST_RTC_SINK_SESSION (session)->webrtcbin;

  if (g_str_equal (factory, "clocksync")) {
    /* the fan-out pushes in time; waiting again would only add a wake-up */
    g_object_set (element, "sync", FALSE, NULL);
    if (GST_OBJECT_PARENT (element) == GST_OBJECT (webrtcbin))
      gst_rtc_lean_path_watch (element);
  } else if (g_str_equal (factory, "rtprtxsend")) {
    gst_rtc_rtx_history_init (element);
  } else if (g_str_equal (factory, "rtpsession")) {
    gst_rtc_rtx_history_watch (webrtcbin, element);
  }
}

static void
gst_rtc_sink_session_closing (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  stop_time_limit (self);
  if (self->congestion)
    gst_rtc_congestion_stop (self->congestion);
  for (guint i = 0; i < self->tracks->len; i++)
    release_rendition (self, g_ptr_array_index (self->tracks, i));
  self->functions->closing (self->owner, self);
}

static void
gst_rtc_sink_session_closed (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  GstBus *bus = gst_element_get_bus (self->pipeline);

  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (bus);
  g_ptr_array_set_size (self->tracks, 0);
  self->functions->closed (self->owner, self);
  gst_clear_object (&self->owner);
}

/**
 * gst_rtc_sink_session_new:
 * @settings: (transfer none): what the element was set to
 * @payloads: (element-type GstRtcPayload): what can be offered
 *
 * Thread: control
 */
GstRtcSinkSession *
gst_rtc_sink_session_new (const gchar * id, const gchar * peer_id,
    GstRtcControl * control, GstRtcSignaller * signaller,
    GstRtcSettings * settings, GArray * payloads)
{
  GstRtcSinkSession *self = g_object_new (GST_RTC_TYPE_SINK_SESSION,
      "id", id, "peer-id", peer_id, "control", control, "signaller",
      signaller, NULL);

  self->signaller = g_object_ref (signaller);
  self->settings = gst_rtc_settings_ref (settings);
  self->payloads = g_array_ref (payloads);

  return self;
}

/**
 * gst_rtc_sink_session_set_owner:
 * @owner: the element, which is referenced until the session is closed
 *
 * Thread: control
 */
void
gst_rtc_sink_session_set_owner (GstRtcSinkSession * self,
    const GstRtcSinkSessionOwner * functions, GstElement * owner)
{
  self->functions = functions;
  self->owner = gst_object_ref (owner);
}

static void
gst_rtc_sink_session_finalize (GObject * object)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (object);

  gst_rtc_congestion_free (self->congestion);
  g_assert (!self->time_limit);

  gst_clear_object (&self->pipeline);
  g_clear_pointer (&self->offer, gst_webrtc_session_description_free);
  g_clear_pointer (&self->answer, gst_webrtc_session_description_free);
  g_ptr_array_unref (self->tracks);
  gst_rtc_extmap_free (self->extmap);
  gst_clear_object (&self->clock);
  g_clear_pointer (&self->pads, g_ptr_array_unref);
  g_array_unref (self->payloads);
  gst_rtc_settings_unref (self->settings);
  g_object_unref (self->signaller);

  G_OBJECT_CLASS (gst_rtc_sink_session_parent_class)->finalize (object);
}

static void
gst_rtc_sink_session_class_init (GstRtcSinkSessionClass * klass)
{
  GstRtcSessionClass *session_class = GST_RTC_SESSION_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (webrtcsinksession_debug, "webrtcsinksession", 0,
      "Consumers of webrtcsink");

  G_OBJECT_CLASS (klass)->finalize = gst_rtc_sink_session_finalize;
  session_class->element_added = gst_rtc_sink_session_element_added;
  session_class->verified = gst_rtc_sink_session_verified;
  session_class->closing = gst_rtc_sink_session_closing;
  session_class->closed = gst_rtc_sink_session_closed;
}

static void
gst_rtc_sink_session_init (GstRtcSinkSession * self)
{
  self->tracks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_rtc_track_free);
  self->extmap = gst_rtc_extmap_new ();
}
