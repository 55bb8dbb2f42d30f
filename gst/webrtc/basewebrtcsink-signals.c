/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The signals that all sinks have, and what happens when nobody handles them. */

#include "basewebrtcsink-private.h"

#include <gst/video/video.h>

#include "encoderconfig.h"
#include "mitigation.h"
#include "payloader.h"

guint gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_N_SIGNALS];

/* Default handlers of signals */

static gboolean
true_stops (GSignalInvocationHint * hint, GValue * accumulated,
    const GValue * handler_value, gpointer data)
{
  gboolean handled = g_value_get_boolean (handler_value);

  g_value_set_boolean (accumulated, handled);

  return !handled;
}

static gboolean
first_wins (GSignalInvocationHint * hint, GValue * accumulated,
    const GValue * handler_value, gpointer data)
{
  g_value_copy (handler_value, accumulated);

  return FALSE;
}

static gboolean
default_encoder_setup (GstRtcBaseSink * self, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder)
{
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);
  const guint bitrate = gst_rtc_encoder_get_start_bitrate (encoder);

  gst_rtc_encoder_configure (encoder, bitrate > 0 ? bitrate :
      gst_rtc_settings_get_fixed_bitrate (settings));

  return FALSE;
}

static gboolean
default_payloader_setup (GstRtcBaseSink * self, const gchar * consumer_id,
    const gchar * pad_name, GstElement * payloader)
{
  gst_rtc_payloader_configure (payloader);

  return FALSE;
}

static GStrv
default_get_sessions (GstRtcBaseSink * self)
{
  return gst_rtc_base_sink_list_sessions (self);
}

static GstStructure *
default_define_encoder_bitrates (GstRtcBaseSink * self,
    const gchar * consumer_id, gint overall, GstStructure * bitrates)
{
  return gst_structure_copy (bitrates);
}

static GstCaps *
default_configure_mitigation_caps (GstRtcBaseSink * self, const gchar * stream,
    GstVideoInfo * info, gint bitrate, GstRtcMitigationMode enabled)
{
  return gst_rtc_mitigation_get_default_caps (info, bitrate, enabled);
}

static void
install_session_signals (GType type)
{
  guint *signals = gst_rtc_base_sink_signals;

  /**
   * GstRtcBaseSink::consumer-added:
   * @self: the sink
   * @consumer_id: id of the peer
   * @webrtcbin: its webrtcbin
   *
   * A session is about to be negotiated: the moment to add data channels.
   */
  signals[GST_RTC_BASE_SINK_CONSUMER_ADDED] = g_signal_new ("consumer-added",
      type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
      G_TYPE_STRING, GST_TYPE_ELEMENT);
  /**
   * GstRtcBaseSink::consumer-pipeline-created:
   * @self: the sink
   * @consumer_id: id of the peer
   * @pipeline: the session's pipeline, still empty; it will hold no encoder
   */
  signals[GST_RTC_BASE_SINK_CONSUMER_PIPELINE_CREATED] =
      g_signal_new ("consumer-pipeline-created", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, GST_TYPE_PIPELINE);
  /**
   * GstRtcBaseSink::consumer-removed:
   * @self: the sink
   * @consumer_id: id of the peer
   * @webrtcbin: its webrtcbin
   *
   * A session is over, for whatever reason. Emitted once for each.
   */
  signals[GST_RTC_BASE_SINK_CONSUMER_REMOVED] =
      g_signal_new ("consumer-removed", type, G_SIGNAL_RUN_LAST, 0, NULL,
      NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, GST_TYPE_ELEMENT);
  /**
   * GstRtcBaseSink::get-sessions:
   * @self: the sink
   *
   * Returns: (transfer full): ids of all sessions
   */
  signals[GST_RTC_BASE_SINK_GET_SESSIONS] =
      g_signal_new_class_handler ("get-sessions", type,
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (default_get_sessions),
      NULL, NULL, NULL, G_TYPE_STRV, 0);
}

static void
install_media_signals (GType type)
{
  guint *signals = gst_rtc_base_sink_signals;

  /**
   * GstRtcBaseSink::encoder-setup:
   * @self: the sink
   * @consumer_id: id of the peer that the encoder was first made for
   * @pad_name: name of the sink pad
   * @encoder: the encoder, which other consumers will share
   *
   * Returns: %TRUE to leave the default settings out
   */
  signals[GST_RTC_BASE_SINK_ENCODER_SETUP] =
      g_signal_new_class_handler ("encoder-setup", type, G_SIGNAL_RUN_LAST,
      G_CALLBACK (default_encoder_setup), true_stops, NULL, NULL,
      G_TYPE_BOOLEAN, 3, G_TYPE_STRING, G_TYPE_STRING, GST_TYPE_ELEMENT);
  /**
   * GstRtcBaseSink::rendition-pipeline-created:
   * @self: the sink
   * @consumer_id: id of the peer that it was first made for
   * @pad_name: name of the sink pad
   * @pipeline: what encodes for it and others, still empty
   *
   * Since: 0.1
   */
  signals[GST_RTC_BASE_SINK_RENDITION_PIPELINE_CREATED] =
      g_signal_new ("rendition-pipeline-created", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING,
      GST_TYPE_PIPELINE);
  /**
   * GstRtcBaseSink::payloader-setup:
   * @self: the sink
   * @consumer_id: id of the peer
   * @pad_name: name of the sink pad
   * @payloader: the payloader
   *
   * Returns: %TRUE to leave the default settings out
   */
  signals[GST_RTC_BASE_SINK_PAYLOADER_SETUP] =
      g_signal_new_class_handler ("payloader-setup", type, G_SIGNAL_RUN_LAST,
      G_CALLBACK (default_payloader_setup), true_stops, NULL, NULL,
      G_TYPE_BOOLEAN, 3, G_TYPE_STRING, G_TYPE_STRING, GST_TYPE_ELEMENT);
  /**
   * GstRtcBaseSink::request-encoded-filter:
   * @self: the sink
   * @consumer_id: (nullable): id of the peer
   * @pad_name: name of the sink pad
   * @encoded_caps: caps of the codec
   *
   * Returns: (nullable): an element to put before the consumer's payloader
   */
  signals[GST_RTC_BASE_SINK_REQUEST_ENCODED_FILTER] =
      g_signal_new ("request-encoded-filter", type, G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, GST_TYPE_ELEMENT, 3, G_TYPE_STRING, G_TYPE_STRING,
      GST_TYPE_CAPS);
  /**
   * GstRtcBaseSink::define-encoder-bitrates:
   * @self: the sink
   * @consumer_id: id of the peer
   * @overall_bitrate: bit/s for all of them
   * @bitrates: bit/s for each video pad
   *
   * Returns: (transfer full): another distribution
   */
  signals[GST_RTC_BASE_SINK_DEFINE_ENCODER_BITRATES] =
      g_signal_new_class_handler ("define-encoder-bitrates", type,
      G_SIGNAL_RUN_LAST, G_CALLBACK (default_define_encoder_bitrates),
      first_wins, NULL, NULL, GST_TYPE_STRUCTURE, 3, G_TYPE_STRING, G_TYPE_INT,
      GST_TYPE_STRUCTURE);
  /**
   * GstRtcBaseSink::configure-mitigation-caps:
   * @self: the sink
   * @stream_name: name of the sink pad
   * @video_info: what comes in
   * @current_bitrate: bit/s of the encoder
   * @enabled_mitigation_modes: what is allowed
   *
   * Returns: (transfer full): what to restrict the encoder's input to
   */
  signals[GST_RTC_BASE_SINK_CONFIGURE_MITIGATION_CAPS] =
      g_signal_new_class_handler ("configure-mitigation-caps", type,
      G_SIGNAL_RUN_LAST, G_CALLBACK (default_configure_mitigation_caps),
      first_wins, NULL, NULL, GST_TYPE_CAPS, 4, G_TYPE_STRING,
      GST_TYPE_VIDEO_INFO, G_TYPE_INT, GST_RTC_TYPE_MITIGATION_MODE);
}

void
gst_rtc_base_sink_install_signals (GType type)
{
  install_session_signals (type);
  install_media_signals (type);
}
