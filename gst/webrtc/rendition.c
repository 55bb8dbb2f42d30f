/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One encode of one input stream, for any number of sessions.
 *
 * Its pipeline is built on the control thread and started on a worker, as
 * drivers take their time. If an encoder does not start, or fails later on, the
 * next one by rank is tried in a new pipeline; the appsink moves over, so
 * whoever is attached to its producer sees no more than a new key frame.
 *
 * It runs on the clock and the base time of its element, so the running time
 * of what comes out is that of what went in.
 */

#include "rendition.h"

#include <gst/video/video.h>

#include "contexts.h"
#include "encodechain.h"
#include "encoderconfig.h"
#include "encoders.h"
#include "levels.h"
#include "mitigation.h"

GST_DEBUG_CATEGORY_STATIC (webrtcrendition_debug);
#define GST_CAT_DEFAULT webrtcrendition_debug

/* One part in that many is not worth a change of the bitrate */
#define NOTICEABLE 50

struct _GstRtcRendition
{
  GObject parent_instance;

  /* construct-only: any thread */
  gchar *name;
  const GstRtcCodec *codec;
  GstRtcControl *control;
  const GstRtcRenditionOwner *functions;
  GstElement *appsink;
  GstRtcStreamProducer *producer;       /* of what comes out */

  /* control thread only */
  gpointer owner;
  GstCaps *input;
  GstRtcStreamProducer *source; /* of what goes in */
  GstClock *clock;
  GstClockTime base_time;
  GList *encoders;              /* element-type GstElementFactory: to try */
  GstElement *pipeline;
  GstRtcEncodeChain chain;
  guint bitrate;                /* bit/s that were asked for; 0: never */
  guint picture_bitrate;        /* bit/s that the picture was made for */
  gint64 picture_at;            /* us: when it was */
  GstRtcMitigationMode mitigation;
  guint users;
  gboolean stopped;
  gboolean starting;            /* on a worker */
  gboolean giving_up;           /* as soon as it has started */
  gboolean stopping;            /* on a worker */
  GstRtcJob gone;               /* to call when all is gone */
  gpointer gone_data;
};

G_DEFINE_FINAL_TYPE (GstRtcRendition, gst_rtc_rendition, G_TYPE_OBJECT);

static void run_pipeline (GstRtcRendition * self);
static void try_next_encoder (GstRtcRendition * self, const gchar * reason);
static void give_up_started (GstRtcRendition * self);

/* Jobs */

typedef struct
{
  GstRtcRendition *rendition;
  GstElement *pipeline;
  gchar *reason;
} RenditionJob;

static RenditionJob *
new_job (GstRtcRendition * self, GstElement * pipeline, const gchar * reason)
{
  RenditionJob *job = g_new0 (RenditionJob, 1);

  job->rendition = g_object_ref (self);
  job->pipeline = pipeline ? gst_object_ref (pipeline) : NULL;
  job->reason = g_strdup (reason);

  return job;
}

static void
free_job (gpointer data)
{
  RenditionJob *job = data;

  g_object_unref (job->rendition);
  gst_clear_object (&job->pipeline);
  g_free (job->reason);
  g_free (job);
}

static void
run_failed (gpointer data)
{
  RenditionJob *job = data;
  GstRtcRendition *self = job->rendition;

  /* of the pipeline that we have, not of one that was given up */
  if (self->stopped || self->giving_up || self->pipeline != job->pipeline)
    return;

  if (self->encoders)
    gst_rtc_encoders_note_failure (self->encoders->data);
  if (gst_rtc_stream_producer_get_n_samples (self->producer) == 0 ||
      (self->encoders && self->encoders->next))
    try_next_encoder (self, job->reason);
  else if (self->owner)
    self->functions->failed (self, job->reason, self->owner);
}

static void
post_failed (GstRtcRendition * self, GstElement * pipeline,
    const gchar * reason)
{
  gst_rtc_control_post (self->control, run_failed,
      new_job (self, pipeline, reason), free_job);
}

/* The element whose input this is */
static GstElement *
ref_sink (GstRtcRendition * self)
{
  GstElement *appsink = gst_rtc_stream_producer_get_appsink (self->source);

  return (GstElement *) gst_object_get_parent (GST_OBJECT (appsink));
}

/* Threads of the pipeline */
static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  RenditionJob *context = data;
  GstElement *sink = ref_sink (context->rendition);

  if (gst_rtc_contexts_forward (sink, message)) {
    GST_LOG_OBJECT (sink, "forwarded %" GST_PTR_FORMAT, message);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    post_failed (context->rendition, context->pipeline, error->message);
  }
  gst_clear_object (&sink);
  gst_message_unref (message);

  return GST_BUS_DROP;
}

static void
has_started (gpointer data)
{
  GstRtcRendition *self = ((RenditionJob *) data)->rendition;

  self->starting = FALSE;
  if (self->giving_up)
    give_up_started (self);
  else if (!self->stopped && !self->chain.encoder)
    /* what asked before met pads that were not active yet */
    gst_rtc_stream_producer_request_key_unit (self->source);
}

/* A worker */
static void
start_pipeline (gpointer data)
{
  RenditionJob *job = data;

  if (gst_element_set_state (job->pipeline, GST_STATE_PLAYING) ==
      GST_STATE_CHANGE_FAILURE)
    post_failed (job->rendition, job->pipeline, "it does not start");
  gst_rtc_control_post (job->rendition->control, has_started, job, free_job);
}

static void
has_stopped (gpointer data)
{
  GstRtcRendition *self = ((RenditionJob *) data)->rendition;

  self->stopping = FALSE;
  if (!self->stopped)
    run_pipeline (self);
  else if (self->gone)
    self->gone (self->gone_data);
}

/* A worker */
static void
stop_pipeline (gpointer data)
{
  RenditionJob *job = data;
  GstElement *appsink = job->rendition->appsink;

  gst_element_set_state (job->pipeline, GST_STATE_NULL);
  if (GST_OBJECT_PARENT (appsink) == GST_OBJECT (job->pipeline))
    gst_bin_remove (GST_BIN (job->pipeline), appsink);
  gst_rtc_control_post (job->rendition->control, has_stopped, job, free_job);
}

/* Building */

static GstRtcEncodeJob
get_job (GstRtcRendition * self)
{
  const GstRtcEncodeJob job = { self->codec, self->input, self->source,
    self->encoders ? self->encoders->data : NULL, self->bitrate, self->appsink
  };

  return job;
}

static void
watch_bus (GstRtcRendition * self)
{
  GstBus *bus = gst_element_get_bus (self->pipeline);

  gst_bus_set_sync_handler (bus, on_message,
      new_job (self, self->pipeline, NULL), free_job);
  gst_object_unref (bus);
}

static void
run_pipeline (GstRtcRendition * self)
{
  GstRtcEncodeJob job;

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (self->name));
  if (self->clock)
    gst_pipeline_use_clock (GST_PIPELINE (self->pipeline), self->clock);
  gst_element_set_start_time (self->pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (self->pipeline, self->base_time);
  watch_bus (self);
  if (self->owner)
    self->functions->pipeline_created (self, self->pipeline, self->owner);

  job = get_job (self);
  if (!gst_rtc_encode_chain_build (&self->chain, &job, self->pipeline)) {
    post_failed (self, self->pipeline, "its elements do not fit together");
    return;
  }

  if (self->chain.encoder && self->owner)
    self->functions->encoder_setup (self, self->chain.encoder, self->owner);
  gst_rtc_rendition_update_mitigation (self);
  /* frames on their way may still be of the old caps when they change; 1.22
   * leaks those that it keeps for that when no frame ever comes */
  if (self->chain.raw_filter)
    gst_util_set_object_arg (G_OBJECT (self->chain.raw_filter),
        "caps-change-mode", "delayed");
  GST_INFO_OBJECT (self, "%s starts with %s", self->name,
      self->encoders ? GST_OBJECT_NAME (self->encoders->data) : "no encoder");

  gst_rtc_stream_producer_add_consumer (self->source, self->chain.appsrc, 0,
      gst_rtc_encode_chain_push);
  self->starting = TRUE;
  gst_rtc_worker_push (start_pipeline, new_job (self, self->pipeline, NULL));
}

static void
give_up_started (GstRtcRendition * self)
{
  RenditionJob *job = new_job (self, self->pipeline, NULL);

  self->giving_up = FALSE;
  self->stopping = TRUE;
  gst_rtc_encode_chain_forget (&self->chain);
  gst_clear_object (&self->pipeline);
  gst_rtc_worker_push (stop_pipeline, job);
}

/* The pipeline's bus handler refers to us until it is taken away. A pipeline
 * that a worker brings up is taken down when that is done. */
static void
give_up_pipeline (GstRtcRendition * self)
{
  GstBus *bus = gst_element_get_bus (self->pipeline);

  if (self->chain.appsrc)
    gst_rtc_stream_producer_remove_consumer (self->source, self->chain.appsrc);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (bus);

  self->giving_up = TRUE;
  if (!self->starting)
    give_up_started (self);
}

static void
try_next_encoder (GstRtcRendition * self, const gchar * reason)
{
  if (self->encoders) {
    GST_WARNING_OBJECT (self, "%s: %s failed: %s", self->name,
        GST_OBJECT_NAME (self->encoders->data), reason);
    gst_object_unref (self->encoders->data);
    self->encoders = g_list_delete_link (self->encoders, self->encoders);
  }

  if (self->encoders)
    give_up_pipeline (self);
  else if (self->owner)
    self->functions->failed (self, reason, self->owner);
}

/**
 * gst_rtc_rendition_new:
 * @name: for the log
 * @codec: what to make
 * @control: the element's control thread
 * @functions: what to tell the owner
 * @owner: (transfer none): the owner, who outlives the rendition's
 *     gst_rtc_rendition_stop()
 *
 * Thread: control
 */
GstRtcRendition *
gst_rtc_rendition_new (const gchar * name, const GstRtcCodec * codec,
    GstRtcControl * control, const GstRtcRenditionOwner * functions,
    gpointer owner)
{
  GstRtcRendition *self = g_object_new (GST_RTC_TYPE_RENDITION, NULL);

  self->name = g_strdup (name);
  self->codec = codec;
  self->control = gst_rtc_control_ref (control);
  self->functions = functions;
  self->owner = owner;

  return self;
}

/**
 * gst_rtc_rendition_start:
 * @input: fixed caps of what goes in
 * @source: (transfer none): where it comes from
 * @clock: (nullable): the element's clock
 * @base_time: the element's base time
 *
 * Thread: control
 */
void
gst_rtc_rendition_start (GstRtcRendition * self, GstCaps * input,
    GstRtcStreamProducer * source, GstClock * clock, GstClockTime base_time)
{
  gst_rtc_control_assert (self->control);

  self->input = gst_caps_ref (input);
  self->source = g_object_ref (source);
  self->clock = clock ? gst_object_ref (clock) : NULL;
  self->base_time = base_time;
  if (gst_rtc_caps_are_raw (input) && !self->codec->is_raw) {
    self->encoders = gst_rtc_codec_list_encoders (self->codec);
    if (!self->encoders) {
      post_failed (self, NULL, "there is no encoder");
      return;
    }
  }
  run_pipeline (self);
}

/**
 * gst_rtc_rendition_takes:
 * @input: fixed caps
 *
 * Returns: whether this is the kind of stream that the rendition was made for
 *
 * Thread: control
 */
gboolean
gst_rtc_rendition_takes (GstRtcRendition * self, GstCaps * input)
{
  gst_rtc_control_assert (self->control);

  return gst_structure_has_name (gst_caps_get_structure (self->input, 0),
      gst_structure_get_name (gst_caps_get_structure (input, 0)));
}

/**
 * gst_rtc_rendition_set_input:
 * @input: fixed caps of what comes now
 *
 * Another size, rate or format goes through the pipeline that there is. Memory
 * of another kind needs other converters: the pipeline is made anew.
 *
 * Thread: control
 */
void
gst_rtc_rendition_set_input (GstRtcRendition * self, GstCaps * input)
{
  const gboolean same = gst_rtc_encode_chain_is_same_kind (self->input, input);

  gst_rtc_control_assert (self->control);

  gst_caps_replace (&self->input, input);
  if (!same && self->pipeline && !self->stopped && !self->giving_up)
    give_up_pipeline (self);
  else if (same)
    gst_rtc_rendition_update_mitigation (self);
}

/**
 * gst_rtc_rendition_stop:
 * @done: (nullable): called on the control thread when the pipeline is gone
 * @data: its argument
 *
 * The owner is told nothing any more.
 *
 * Thread: control
 */
void
gst_rtc_rendition_stop (GstRtcRendition * self, GstRtcJob done, gpointer data)
{
  gst_rtc_control_assert (self->control);

  self->owner = NULL;
  self->stopped = TRUE;
  self->gone = done;
  self->gone_data = data;
  gst_rtc_stream_producer_stop (self->producer);
  if (self->pipeline)
    give_up_pipeline (self);
  else if (!self->stopping && done)
    gst_rtc_control_post (self->control, done, data, NULL);
}

const GstRtcCodec *
gst_rtc_rendition_get_codec (GstRtcRendition * self)
{
  return self->codec;
}

GstRtcStreamProducer *
gst_rtc_rendition_get_producer (GstRtcRendition * self)
{
  return self->producer;
}

gboolean
gst_rtc_rendition_is_started (GstRtcRendition * self)
{
  return self->source != NULL;
}

void
gst_rtc_rendition_set_base_time (GstRtcRendition * self, GstClockTime base_time)
{
  gst_rtc_control_assert (self->control);

  self->base_time = base_time;
  if (self->pipeline)
    gst_element_set_base_time (self->pipeline, base_time);
}

guint
gst_rtc_rendition_use (GstRtcRendition * self)
{
  gst_rtc_control_assert (self->control);

  return ++self->users;
}

guint
gst_rtc_rendition_unuse (GstRtcRendition * self)
{
  gst_rtc_control_assert (self->control);

  return --self->users;
}

/**
 * gst_rtc_rendition_get_n_users:
 *
 * Returns: how many consumers share it
 *
 * Thread: control
 */
guint
gst_rtc_rendition_get_n_users (GstRtcRendition * self)
{
  return self->users;
}

const gchar *
gst_rtc_rendition_get_name (GstRtcRendition * self)
{
  return self->name;
}

/**
 * gst_rtc_rendition_get_encoder:
 *
 * Returns: (transfer none) (nullable): what encodes, at present
 *
 * Thread: control
 */
GstElement *
gst_rtc_rendition_get_encoder (GstRtcRendition * self)
{
  return self->chain.encoder;
}

/**
 * gst_rtc_rendition_encodes:
 *
 * Returns: whether it has an encoder for video
 *
 * Thread: control
 */
gboolean
gst_rtc_rendition_encodes (GstRtcRendition * self)
{
  return self->chain.encoder && self->codec->kind == GST_RTC_MEDIA_VIDEO;
}

/* Bitrate and picture */

/**
 * gst_rtc_rendition_update_mitigation:
 *
 * Asks what is to be done to the picture, and does it. To be called when the
 * bitrate, the input or what is allowed has changed.
 *
 * Thread: control
 */
void
gst_rtc_rendition_update_mitigation (GstRtcRendition * self)
{
  g_autoptr (GstCaps) raw = NULL;
  g_autoptr (GstCaps) wanted = NULL;
  g_autoptr (GstCaps) caps = NULL;
  GstRtcEncodeJob job;
  GstVideoInfo info;

  gst_rtc_control_assert (self->control);

  if (!gst_rtc_rendition_encodes (self) || !self->owner ||
      !self->chain.raw_filter || !gst_video_info_from_caps (&info, self->input))
    return;

  self->picture_bitrate = self->bitrate;
  self->picture_at = g_get_monotonic_time ();
  wanted = self->functions->configure_mitigation (self, &info,
      gst_rtc_rendition_get_bitrate (self), self->owner);
  /* a handler may have stopped us */
  if (!self->chain.raw_filter)
    return;

  job = get_job (self);
  raw = gst_rtc_encode_job_get_raw_caps (&job);
  caps = wanted ? gst_rtc_mitigation_restrict (raw, wanted, &info) :
      gst_caps_ref (raw);
  caps = gst_rtc_level_limit_caps (self->codec, caps, &info);
  self->mitigation = gst_rtc_mitigation_get_mode (caps, &info);
  GST_DEBUG_OBJECT (self, "%s: raw video is %" GST_PTR_FORMAT, self->name,
      caps);
  g_object_set (self->chain.raw_filter, "caps", caps, NULL);
}

/**
 * gst_rtc_rendition_set_bitrate:
 * @bitrate: bit/s
 *
 * Also before the start, for what to start with. To be called now and then, as a
 * better picture waits.
 *
 * Thread: control
 */
void
gst_rtc_rendition_set_bitrate (GstRtcRendition * self, guint bitrate)
{
  guint distance;

  gst_rtc_control_assert (self->control);

  bitrate = gst_rtc_level_limit_bitrate (self->codec, bitrate);
  distance = MAX (bitrate, self->bitrate) - MIN (bitrate, self->bitrate);

  /* an encoder that starts its rate control anew for nothing gets no better */
  if (distance > self->bitrate / NOTICEABLE) {
    self->bitrate = bitrate;
    if (gst_rtc_rendition_encodes (self))
      gst_rtc_encoder_set_bitrate (self->chain.encoder, bitrate);
  }
  if (gst_rtc_rendition_encodes (self) &&
      gst_rtc_mitigation_is_due (self->bitrate, self->picture_bitrate,
          g_get_monotonic_time () - self->picture_at))
    gst_rtc_rendition_update_mitigation (self);
}

/**
 * gst_rtc_rendition_get_bitrate:
 *
 * Returns: bit/s that its video encoder is set to; 0 if there is none
 *
 * Thread: control
 */
guint
gst_rtc_rendition_get_bitrate (GstRtcRendition * self)
{
  guint bitrate;

  if (!gst_rtc_rendition_encodes (self))
    return 0;
  bitrate = gst_rtc_encoder_get_bitrate (self->chain.encoder);

  return bitrate > 0 ? bitrate : self->bitrate;
}

/**
 * gst_rtc_rendition_get_mitigation:
 *
 * Returns: what is done to the picture
 *
 * Thread: control
 */
GstRtcMitigationMode
gst_rtc_rendition_get_mitigation (GstRtcRendition * self)
{
  return self->mitigation;
}

static void
gst_rtc_rendition_finalize (GObject * object)
{
  GstRtcRendition *self = GST_RTC_RENDITION (object);

  g_assert (!self->pipeline);

  gst_plugin_feature_list_free (self->encoders);
  g_clear_object (&self->source);
  g_clear_object (&self->producer);
  gst_clear_object (&self->appsink);
  gst_clear_object (&self->clock);
  gst_clear_caps (&self->input);
  g_clear_pointer (&self->control, gst_rtc_control_unref);
  g_free (self->name);

  G_OBJECT_CLASS (gst_rtc_rendition_parent_class)->finalize (object);
}

static void
gst_rtc_rendition_class_init (GstRtcRenditionClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_rtc_rendition_finalize;

  GST_DEBUG_CATEGORY_INIT (webrtcrendition_debug, "webrtcrendition", 0,
      "Encodes of input streams");
}

static void
gst_rtc_rendition_init (GstRtcRendition * self)
{
  self->appsink = gst_element_factory_make ("appsink", "output");
  gst_object_ref_sink (self->appsink);
  g_object_set (self->appsink, "sync", FALSE, "async", FALSE, "max-buffers",
      1, "enable-last-sample", FALSE, NULL);
  self->producer = gst_rtc_stream_producer_new (self->appsink,
      GST_RTC_PUSH_ON_FANOUT);
}
