/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The elements of an encode:
 *
 *   appsrc ! converter ! capsfilter ! encoder ! parser ! capsfilter ! appsink
 *
 * Input that is encoded already has no converter and no encoder, what is sent
 * raw has no encoder.
 */

#include "encodechain.h"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include "audioencoder.h"
#include "converter.h"
#include "encoderconfig.h"
#include "encoders.h"

/* Raw frames that may wait for a slow encoder before the oldest is dropped */
#define MAX_WAITING (500 * GST_MSECOND)

/**
 * gst_rtc_encode_chain_is_same_kind:
 *
 * Returns: whether one chain does for both
 *
 * Thread: any
 */
gboolean
gst_rtc_encode_chain_is_same_kind (GstCaps * a, GstCaps * b)
{
  return gst_structure_get_name_id (gst_caps_get_structure (a, 0)) ==
      gst_structure_get_name_id (gst_caps_get_structure (b, 0)) &&
      gst_caps_features_is_equal (gst_caps_get_features (a, 0),
      gst_caps_get_features (b, 0));
}

/**
 * gst_rtc_encode_chain_push:
 * @appsrc: of a chain
 *
 * Gives the chain something to encode. Input that has become something else is
 * for the chain that comes next.
 *
 * Thread: any
 */
void
gst_rtc_encode_chain_push (gpointer appsrc, GstSample * sample, gboolean lost)
{
  GstCaps *made_for = g_object_get_data (appsrc, "made-for");

  if (gst_rtc_encode_chain_is_same_kind (made_for,
          gst_sample_get_caps (sample)))
    gst_app_src_push_sample (GST_APP_SRC (appsrc), sample);
}

/* Threads of the pipeline: encoded input has nobody here to make a key frame */
static GstPadProbeReturn
forward_key_unit_request (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  if (!gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info)))
    return GST_PAD_PROBE_OK;

  gst_rtc_stream_producer_request_key_unit (data);

  return GST_PAD_PROBE_DROP;
}

/* Encoded input: h264parse takes the first frame for a key frame because it
 * puts the codec data before it */
static GstPadProbeReturn
skip_to_key_unit (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  if (GST_BUFFER_FLAG_IS_SET (GST_PAD_PROBE_INFO_BUFFER (info),
          GST_BUFFER_FLAG_DELTA_UNIT))
    return GST_PAD_PROBE_DROP;

  return GST_PAD_PROBE_REMOVE;
}

static GstElement *
make_appsrc (const GstRtcEncodeJob * job)
{
  GstElement *appsrc = gst_element_factory_make ("appsrc", "input");
  GstPad *pad;

  if (!appsrc)
    return NULL;

  g_object_set_data_full (G_OBJECT (appsrc), "made-for",
      gst_caps_ref (job->input), (GDestroyNotify) gst_caps_unref);
  g_object_set (appsrc, "format", GST_FORMAT_TIME, "is-live", TRUE,
      "max-bytes", G_GUINT64_CONSTANT (0), "max-buffers",
      G_GUINT64_CONSTANT (0), "max-time", (guint64) MAX_WAITING,
      "leaky-type", GST_APP_LEAKY_TYPE_DOWNSTREAM, "handle-segment-change",
      TRUE, NULL);

  pad = gst_element_get_static_pad (appsrc, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      forward_key_unit_request, g_object_ref (job->source), g_object_unref);
  if (!job->encoder)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, skip_to_key_unit, NULL,
        NULL);
  gst_object_unref (pad);

  return appsrc;
}

static gboolean
append (GstElement * pipeline, GstElement ** last, GstElement * element)
{
  if (!element)
    return FALSE;

  gst_bin_add (GST_BIN (pipeline), element);
  if (*last && !gst_element_link (*last, element))
    return FALSE;
  *last = element;

  return TRUE;
}

static gboolean
append_description (GstElement * pipeline, GstElement ** last,
    const gchar * description)
{
  return append (pipeline, last,
      gst_parse_bin_from_description (description, TRUE, NULL));
}

static gboolean
append_filter (GstElement * pipeline, GstElement ** last, const gchar * caps)
{
  g_autofree gchar *description = NULL;

  if (!caps)
    return TRUE;
  description = g_strdup_printf ("capsfilter caps=\"%s\"", caps);

  return append_description (pipeline, last, description);
}

/**
 * gst_rtc_encode_job_get_raw_caps:
 *
 * Returns: (transfer full): what the codec and the encoder ask for at any
 *     bitrate
 *
 * Thread: any
 */
GstCaps *
gst_rtc_encode_job_get_raw_caps (const GstRtcEncodeJob * self)
{
  g_autoptr (GstCaps) caps = gst_rtc_codec_get_raw_caps (self->codec,
      self->input);
  const gchar *formats = self->encoder ?
      gst_rtc_encoder_get_raw_formats (self->encoder) : NULL;
  g_autofree gchar *text = NULL;
  g_autoptr (GstCaps) taken = NULL;

  if (!formats)
    return g_steal_pointer (&caps);
  text = g_strconcat ("video/x-raw(ANY),format=(string)", formats, NULL);
  taken = gst_caps_from_string (text);

  return gst_caps_intersect (caps, taken);
}

static gboolean
append_converter (GstRtcEncodeChain * self, const GstRtcEncodeJob * job,
    GstElement * pipeline, GstElement ** last)
{
  g_autofree gchar *converter = gst_rtc_converter_describe (job->codec,
      job->input, job->encoder);
  g_autoptr (GstCaps) caps = gst_rtc_encode_job_get_raw_caps (job);
  GstElement *filter = gst_element_factory_make ("capsfilter", "raw-filter");

  if (!filter)
    return FALSE;
  g_object_set (filter, "caps", caps, NULL);
  gst_object_replace ((GstObject **) & self->raw_filter, GST_OBJECT (filter));

  return append_description (pipeline, last, converter) &&
      append (pipeline, last, filter);
}

static gboolean
append_encoder (GstRtcEncodeChain * self, const GstRtcEncodeJob * job,
    GstElement * pipeline, GstElement ** last)
{
  GstElement *encoder = gst_element_factory_create (job->encoder, NULL);

  if (!encoder)
    return FALSE;

  gst_object_replace ((GstObject **) & self->encoder, GST_OBJECT (encoder));
  gst_rtc_encoder_apply_quirks (encoder);
  if (job->codec->kind == GST_RTC_MEDIA_AUDIO)
    gst_rtc_audio_encoder_watch (encoder);
  gst_rtc_encoder_set_start_bitrate (encoder, job->bitrate);

  return append_converter (self, job, pipeline, last) &&
      append (pipeline, last, encoder) &&
      append_filter (pipeline, last, job->codec->encode_caps);
}

/**
 * gst_rtc_encode_chain_build:
 * @job: what it is to do
 * @pipeline: an empty pipeline
 *
 * Returns: whether all elements are there and fit together
 *
 * Thread: control
 */
gboolean
gst_rtc_encode_chain_build (GstRtcEncodeChain * self,
    const GstRtcEncodeJob * job, GstElement * pipeline)
{
  const GstRtcCodec *codec = job->codec;
  GstElement *last = NULL;

  self->appsrc = make_appsrc (job);
  if (!append (pipeline, &last, self->appsrc))
    return FALSE;
  if (job->encoder && !append_encoder (self, job, pipeline, &last))
    return FALSE;
  if (codec->is_raw && !append_converter (self, job, pipeline, &last))
    return FALSE;
  if (codec->parser &&
      !append (pipeline, &last, gst_element_factory_make (codec->parser, NULL)))
    return FALSE;
  if (!append_filter (pipeline, &last, codec->parsed_caps))
    return FALSE;

  return append (pipeline, &last, job->appsink);
}

/**
 * gst_rtc_encode_chain_forget:
 *
 * Thread: control
 */
void
gst_rtc_encode_chain_forget (GstRtcEncodeChain * self)
{
  self->appsrc = NULL;
  gst_clear_object (&self->raw_filter);
  gst_clear_object (&self->encoder);
}
