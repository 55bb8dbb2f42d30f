/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A consumer of a sink: a pipeline with a webrtcbin and, for each track, a
 * source and a payloader. It holds no encoder.
 *
 *   start     pipeline, webrtcbin -> worker: READY
 *   ready     a track for each m-line, signals -> worker: PLAYING
 *   playing   offers (sinksession-offer.c) or answers (sinksession-answer.c)
 *   agreed    a payloader for each codec that was chosen
 *   verified  DTLS is up: the tracks are attached to their renditions
 *
 * Each step runs on the control thread and leaves at once when the session is
 * closing.
 */

#include "sinksession-private.h"

#include "contexts.h"
#include "leanpath.h"
#include "rtxhistory.h"
#include "rtxlimit.h"
#include "sdp.h"
#include "stats.h"
#include "track.h"

GST_DEBUG_CATEGORY (webrtcsinksession_debug);
#define GST_CAT_DEFAULT webrtcsinksession_debug

/* Packets of correction for a hundred others, where nothing tells of loss */
#define BLIND_FEC 20

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

static void
on_playing (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  if (self->request)
    gst_rtc_sink_session_make_answer (self);
  else
    gst_rtc_sink_session_make_offer (self);
}

static void
on_ready (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  self->webrtcbin = gst_rtc_session_get_webrtcbin (session);
  if (self->request)
    gst_rtc_sink_session_prepare_answer (self);
  else
    gst_rtc_sink_session_prepare_offer (self);
  if (!gst_rtc_session_is_alive (session))
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
  GstRtcSinkSession *self = data;

  /* the owner is there for as long as the pipeline is */
  if (gst_rtc_contexts_forward (self->owner, message)) {
    GST_LOG_OBJECT (self, "forwarded %" GST_PTR_FORMAT, message);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    gst_rtc_session_post_close (data, "%s: %s",
        GST_OBJECT_NAME (GST_MESSAGE_SRC (message)), error->message);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    /* not by a stream that ends: RTCP goes on */
    gst_rtc_session_post_close (data, "Unexpected end of stream");
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

/**
 * gst_rtc_sink_session_renew_estimate:
 *
 * Tells the owner again what the path carries: an estimate that has not changed
 * is not told, but what it is worth, or what the application makes of it, may
 * have changed.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_renew_estimate (GstRtcSinkSession * self)
{
  GstRtcGccReport report;

  if (!self->congestion || !gst_rtc_session_is_alive (GST_RTC_SESSION (self)))
    return;

  gst_rtc_congestion_get_report (self->congestion, &report);
  if (report.limit != GST_RTC_GCC_LIMIT_UNKNOWN)
    self->functions->estimated (self->owner, self, &report);
}

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
 * @offer: (nullable): the consumer's, if it makes the offer
 * @clock: (nullable): the element's clock
 * @base_time: its base time
 *
 * Thread: control
 */
void
gst_rtc_sink_session_start (GstRtcSinkSession * self,
    GstWebRTCSessionDescription * offer, GstClock * clock,
    GstClockTime base_time)
{
  GstRtcSession *session = GST_RTC_SESSION (self);
  const GstRtcIceConfig ice = {
    .stun_server = self->settings->stun_server,
    .turn_servers = (const gchar * const *) self->settings->turn_servers,
    .stun_server_set = self->settings->stun_server_set,
    .turn_servers_set = self->settings->turn_servers_set,
    .signaller = self->signaller,
    .ice_transport_policy = self->settings->ice_transport_policy,
  };
  g_autoptr (GError) error = NULL;

  self->pipeline = make_pipeline (self, clock, base_time);
  gst_object_replace ((GstObject **) & self->clock, (GstObject *) clock);
  self->request = offer ? gst_webrtc_session_description_copy (offer) : NULL;
  self->functions->pipeline_created (self->owner, self,
      GST_PIPELINE (self->pipeline));
  if ((offer && !gst_rtc_sink_session_check_request (offer, &error)) ||
      !gst_rtc_session_prepare (session, GST_BIN (self->pipeline), &ice,
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

/* Streaming */

static void
gst_rtc_sink_session_verified (GstRtcSession * session)
{
  stop_time_limit (GST_RTC_SINK_SESSION (session));
  gst_rtc_sink_session_begin (GST_RTC_SINK_SESSION (session));
  gst_rtc_sink_session_adapt_fec (GST_RTC_SINK_SESSION (session),
      g_get_monotonic_time ());
}

void
gst_rtc_sink_session_release_rendition (GstRtcSinkSession * self,
    GstRtcTrack * track)
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
      gst_rtc_sink_session_release_rendition (self, track);
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
 * gst_rtc_sink_session_get_report:
 * @report: (out): what is known of the path to the consumer
 *
 * Returns: whether anything is
 *
 * Thread: control
 */
gboolean
gst_rtc_sink_session_get_report (GstRtcSinkSession * self,
    GstRtcGccReport * report)
{
  if (!self->congestion)
    return FALSE;
  gst_rtc_gcc_bwe_get_report (gst_rtc_congestion_get_bwe (self->congestion),
      report);

  return TRUE;
}

/**
 * gst_rtc_sink_session_adapt_fec:
 * @now: us
 *
 * Corrects as much as the path to the consumer asks for.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_adapt_fec (GstRtcSinkSession * self, gint64 now)
{
  GstRtcGccReport report;
  guint percentage = BLIND_FEC;

  if (gst_rtc_sink_session_get_report (self, &report)) {
    gst_rtc_fec_policy_take (&self->fec, now, report.loss, report.rtt,
        self->settings->do_retransmission);
    percentage = self->fec.percentage;
  }
  for (guint i = 0; i < self->tracks->len; i++)
    gst_rtc_track_set_fec_percentage (g_ptr_array_index (self->tracks, i),
        percentage);
}

/**
 * gst_rtc_sink_session_get_fec_percentage:
 *
 * Returns: packets of correction for a hundred others
 *
 * Thread: control
 */
guint
gst_rtc_sink_session_get_fec_percentage (GstRtcSinkSession * self)
{
  guint percentage = 0;

  for (guint i = 0; i < self->tracks->len; i++)
    percentage = MAX (percentage, gst_rtc_track_get_fec_percentage
        (g_ptr_array_index (self->tracks, i)));

  return percentage;
}

/* Stats */

static void
on_stats (GstRtcSession * session, const GstStructure * reply,
    const GError * error)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);

  if (reply && !error)
    self->functions->stats (self->owner, self, reply);
}

/**
 * gst_rtc_sink_session_request_stats:
 *
 * Asks webrtcbin, if it has anything to tell yet.
 *
 * Thread: control
 */
void
gst_rtc_sink_session_request_stats (GstRtcSinkSession * self)
{
  GstRtcSession *session = GST_RTC_SESSION (self);

  if (gst_rtc_session_get_state (session) == GST_RTC_SESSION_STREAMING)
    g_signal_emit_by_name (self->webrtcbin, "get-stats", NULL,
        gst_rtc_session_promise (session, on_stats));
}

/**
 * gst_rtc_sink_session_get_consumer_stats:
 *
 * Returns: (transfer full): what is encoded for the consumer
 *
 * Thread: control
 */
GstStructure *
gst_rtc_sink_session_get_consumer_stats (GstRtcSinkSession * self)
{
  GstStructure *stats = gst_rtc_stats_new_consumer ();

  for (guint i = 0; i < self->tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (self->tracks, i);
    GstRtcRendition *rendition = gst_rtc_track_get_rendition (track);

    if (rendition)
      gst_rtc_stats_add_rendition (stats, rendition,
          GST_OBJECT_NAME (gst_rtc_track_get_pad (track)),
          gst_rtc_track_get_fec_percentage (track));
  }

  return stats;
}

/**
 * gst_rtc_sink_session_get_twcc_stats:
 *
 * Returns: (transfer full) (nullable): what feedback says of the path to the
 *     consumer, if it is asked for
 *
 * Thread: control
 */
GstStructure *
gst_rtc_sink_session_get_twcc_stats (GstRtcSinkSession * self)
{
  return self->congestion ? gst_rtc_gcc_bwe_get_twcc_stats
      (gst_rtc_congestion_get_bwe (self->congestion)) : NULL;
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
  const GstRtcSettings *settings = GST_RTC_SINK_SESSION (session)->settings;

  if (g_str_equal (factory, "clocksync")) {
    /* the fan-out pushes in time; waiting again would only add a wake-up */
    g_object_set (element, "sync", FALSE, NULL);
    if (GST_OBJECT_PARENT (element) == GST_OBJECT (webrtcbin))
      gst_rtc_lean_path_watch (element);
  } else if (g_str_equal (factory, "rtprtxsend")) {
    gst_rtc_rtx_history_init (element);
    gst_rtc_rtx_limit_sender (element, settings->rtx_percentage);
  } else if (g_str_equal (factory, "rtpsession")) {
    gst_rtc_rtx_history_watch (webrtcbin, element);
    gst_rtc_rtx_limit_session (element, settings->rtx_percentage);
    /* made before there is a webrtcbin that could have a session */
    if (GST_RTC_SINK_SESSION (session)->congestion)
      gst_rtc_congestion_watch_rtp_session (GST_RTC_SINK_SESSION
          (session)->congestion, element);
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
    gst_rtc_sink_session_release_rendition (self,
        g_ptr_array_index (self->tracks, i));
  self->functions->closing (self->owner, self);
}

static void
gst_rtc_sink_session_closed (GstRtcSession * session)
{
  GstRtcSinkSession *self = GST_RTC_SINK_SESSION (session);
  GstBus *bus = gst_element_get_bus (self->pipeline);

  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (bus);
  gst_clear_object (&self->pipeline);
  g_clear_object (&self->keeper);
  g_ptr_array_set_size (self->leaving, 0);
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
  g_clear_pointer (&self->request, gst_webrtc_session_description_free);
  g_clear_pointer (&self->pending, gst_webrtc_session_description_free);
  g_clear_pointer (&self->local, gst_webrtc_session_description_free);
  g_clear_pointer (&self->answer, gst_webrtc_session_description_free);
  g_ptr_array_unref (self->leaving);
  g_ptr_array_unref (self->tracks);
  gst_rtc_extmap_free (self->extmap);
  gst_rtc_pt_map_free (self->pt_map);
  gst_clear_object (&self->clock);
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
  session_class->adapt_remote = gst_rtc_sink_session_adapt_remote;
  session_class->closing = gst_rtc_sink_session_closing;
  session_class->closed = gst_rtc_sink_session_closed;
}

static void
gst_rtc_sink_session_init (GstRtcSinkSession * self)
{
  self->tracks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_rtc_track_free);
  self->leaving =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_rtc_track_free);
  self->extmap = gst_rtc_extmap_new ();
  self->pt_map = gst_rtc_pt_map_new ();
}
