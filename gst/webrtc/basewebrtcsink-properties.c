/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The properties that all sinks have. Their values are a snapshot, which is
 * replaced as a whole: see settings.c. */

#include "basewebrtcsink-private.h"

#define PRIV(self) (gst_rtc_base_sink_get_private (self))

enum
{
  PROP_0,
  PROP_VIDEO_CAPS,
  PROP_AUDIO_CAPS,
  PROP_STUN_SERVER,
  PROP_TURN_SERVERS,
  PROP_CONGESTION_CONTROL,
  PROP_MIN_BITRATE,
  PROP_MAX_BITRATE,
  PROP_START_BITRATE,
  PROP_STATS,
  PROP_DO_FEC,
  PROP_DO_RETRANSMISSION,
  PROP_DO_CLOCK_SIGNALLING,
  PROP_ENABLE_DATA_CHANNEL_NAVIGATION,
  PROP_ENABLE_CONTROL_DATA_CHANNEL,
  PROP_META,
  PROP_ICE_TRANSPORT_POLICY,
  PROP_SIGNALLER,
  PROP_FORWARD_METAS,
  PROP_ENABLE_MITIGATION_MODES,
  PROP_RTX_PERCENTAGE,
  PROP_NEGOTIATION_TIMEOUT,
  PROP_ENCODER_SHARING,
  PROP_MAX_RENDITIONS,
};

static void
change_setting (GstRtcSettings * settings, guint id, const GValue * value)
{
  switch (id) {
    case PROP_VIDEO_CAPS:
    case PROP_AUDIO_CAPS:{
      GstCaps **caps = id == PROP_VIDEO_CAPS ? &settings->video_caps :
          &settings->audio_caps;

      gst_caps_unref (*caps);
      *caps = g_value_get_boxed (value) ? g_value_dup_boxed (value) :
          gst_caps_new_empty ();
      break;
    }
    case PROP_STUN_SERVER:
      g_free (settings->stun_server);
      settings->stun_server = g_value_dup_string (value);
      settings->stun_server_set = TRUE;
      break;
    case PROP_TURN_SERVERS:
      g_strfreev (settings->turn_servers);
      settings->turn_servers = gst_rtc_strv_from_value_array (value);
      settings->turn_servers_set = TRUE;
      break;
    case PROP_CONGESTION_CONTROL:
      settings->congestion_control = g_value_get_enum (value);
      break;
    case PROP_MIN_BITRATE:
      settings->min_bitrate = g_value_get_uint (value);
      break;
    case PROP_MAX_BITRATE:
      settings->max_bitrate = g_value_get_uint (value);
      settings->max_bitrate_set = TRUE;
      break;
    case PROP_START_BITRATE:
      settings->start_bitrate = g_value_get_uint (value);
      break;
    case PROP_DO_FEC:
      settings->do_fec = g_value_get_boolean (value);
      break;
    case PROP_DO_RETRANSMISSION:
      settings->do_retransmission = g_value_get_boolean (value);
      break;
    case PROP_DO_CLOCK_SIGNALLING:
      settings->do_clock_signalling = g_value_get_boolean (value);
      break;
    case PROP_ENABLE_DATA_CHANNEL_NAVIGATION:
      settings->enable_data_channel_navigation = g_value_get_boolean (value);
      break;
    case PROP_ENABLE_CONTROL_DATA_CHANNEL:
      settings->enable_control_data_channel = g_value_get_boolean (value);
      break;
    case PROP_META:
      gst_clear_structure (&settings->meta);
      settings->meta = g_value_dup_boxed (value);
      break;
    case PROP_ICE_TRANSPORT_POLICY:
      settings->ice_transport_policy = g_value_get_enum (value);
      break;
    case PROP_FORWARD_METAS:
      g_free (settings->forward_metas);
      settings->forward_metas = g_value_get_string (value) ?
          g_value_dup_string (value) : g_strdup ("");
      break;
    case PROP_ENABLE_MITIGATION_MODES:
      settings->mitigation_modes = g_value_get_flags (value);
      break;
    case PROP_RTX_PERCENTAGE:
      settings->rtx_percentage = g_value_get_int (value);
      break;
    case PROP_NEGOTIATION_TIMEOUT:
      settings->negotiation_timeout = g_value_get_uint (value);
      break;
    case PROP_ENCODER_SHARING:
      settings->encoder_sharing = g_value_get_enum (value);
      break;
    case PROP_MAX_RENDITIONS:
      settings->max_renditions = g_value_get_uint (value);
      break;
  }
}

static void
announce_meta (GstRtcBaseSink * self)
{
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (self);

  if (signaller && GST_RTC_BASE_SINK_GET_CLASS (self)->meta_changed)
    GST_RTC_BASE_SINK_GET_CLASS (self)->meta_changed (self, signaller);
}

static void
gst_rtc_base_sink_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (object);
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSettings) old = NULL;
  GstRtcSettings *changed;

  if (id == PROP_SIGNALLER) {
    gst_rtc_base_sink_set_signaller (self, g_value_get_object (value));
    return;
  }

  g_mutex_lock (&priv->lock);
  changed = gst_rtc_settings_copy (priv->settings);
  change_setting (changed, id, value);
  old = priv->settings;
  priv->settings = changed;
  g_mutex_unlock (&priv->lock);

  if (id == PROP_META)
    announce_meta (self);
  if (id == PROP_ENABLE_MITIGATION_MODES && GST_STATE (self) > GST_STATE_READY)
    gst_rtc_base_sink_post_mitigation_changed (self);
}

static void
read_setting (const GstRtcSettings * settings, guint id, GValue * value)
{
  switch (id) {
    case PROP_VIDEO_CAPS:
      g_value_set_boxed (value, settings->video_caps);
      break;
    case PROP_AUDIO_CAPS:
      g_value_set_boxed (value, settings->audio_caps);
      break;
    case PROP_STUN_SERVER:
      g_value_set_string (value, settings->stun_server);
      break;
    case PROP_TURN_SERVERS:
      gst_rtc_strv_to_value_array
          ((const gchar * const *) settings->turn_servers, value);
      break;
    case PROP_CONGESTION_CONTROL:
      g_value_set_enum (value, settings->congestion_control);
      break;
    case PROP_MIN_BITRATE:
      g_value_set_uint (value, settings->min_bitrate);
      break;
    case PROP_MAX_BITRATE:
      g_value_set_uint (value, settings->max_bitrate);
      break;
    case PROP_START_BITRATE:
      g_value_set_uint (value, settings->start_bitrate);
      break;
    case PROP_DO_FEC:
      g_value_set_boolean (value, settings->do_fec);
      break;
    case PROP_DO_RETRANSMISSION:
      g_value_set_boolean (value, settings->do_retransmission);
      break;
    case PROP_DO_CLOCK_SIGNALLING:
      g_value_set_boolean (value, settings->do_clock_signalling);
      break;
    case PROP_ENABLE_DATA_CHANNEL_NAVIGATION:
      g_value_set_boolean (value, settings->enable_data_channel_navigation);
      break;
    case PROP_ENABLE_CONTROL_DATA_CHANNEL:
      g_value_set_boolean (value, settings->enable_control_data_channel);
      break;
    case PROP_META:
      g_value_set_boxed (value, settings->meta);
      break;
    case PROP_ICE_TRANSPORT_POLICY:
      g_value_set_enum (value, settings->ice_transport_policy);
      break;
    case PROP_FORWARD_METAS:
      g_value_set_string (value, settings->forward_metas);
      break;
    case PROP_ENABLE_MITIGATION_MODES:
      g_value_set_flags (value, settings->mitigation_modes);
      break;
    case PROP_RTX_PERCENTAGE:
      g_value_set_int (value, settings->rtx_percentage);
      break;
    case PROP_NEGOTIATION_TIMEOUT:
      g_value_set_uint (value, settings->negotiation_timeout);
      break;
    case PROP_ENCODER_SHARING:
      g_value_set_enum (value, settings->encoder_sharing);
      break;
    case PROP_MAX_RENDITIONS:
      g_value_set_uint (value, settings->max_renditions);
      break;
  }
}

static void
gst_rtc_base_sink_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (object);
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);

  switch (id) {
    case PROP_SIGNALLER:
      g_value_take_object (value, gst_rtc_base_sink_ref_signaller (self));
      break;
    case PROP_STATS:
      g_value_take_boxed (value, gst_rtc_base_sink_get_stats (self));
      break;
    default:
      read_setting (settings, id, value);
  }
}

#define READY_FLAGS \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define PLAYING_FLAGS \
  (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING)
#define PLAIN_FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

static void
install_media_properties (GObjectClass * klass)
{
  /**
   * GstRtcBaseSink:video-caps:
   *
   * Video codecs to offer, in order of preference. A structure may name a
   * profile and a level, which are the most that is allowed: pictures are made
   * to fit a level of H.264; one codec may be there several times. Raw video has to be asked for:
   * `video/x-raw`.
   */
  g_object_class_install_property (klass, PROP_VIDEO_CAPS,
      g_param_spec_boxed ("video-caps", "Video caps",
          "Video codecs to offer, in order of preference", GST_TYPE_CAPS,
          READY_FLAGS));
  /**
   * GstRtcBaseSink:audio-caps:
   *
   * Audio codecs to offer, in order of preference. Raw audio has to be asked
   * for: `audio/x-raw` with the format S24BE, S16BE or U8.
   */
  g_object_class_install_property (klass, PROP_AUDIO_CAPS,
      g_param_spec_boxed ("audio-caps", "Audio caps",
          "Audio codecs to offer, in order of preference", GST_TYPE_CAPS,
          READY_FLAGS));
  /**
   * GstRtcBaseSink:do-fec:
   *
   * Whether to offer forward error correction (RED and ULPFEC, RFC 5109) for
   * video. It is offered only where no header extension is, as RED loses them:
   * with #GstRtcBaseSink:congestion-control disabled.
   */
  g_object_class_install_property (klass, PROP_DO_FEC,
      g_param_spec_boolean ("do-fec", "Do FEC",
          "Offer forward error correction for video", TRUE, READY_FLAGS));
  /**
   * GstRtcBaseSink:do-retransmission:
   *
   * Whether to offer retransmission (RFC 4588) for video.
   */
  g_object_class_install_property (klass, PROP_DO_RETRANSMISSION,
      g_param_spec_boolean ("do-retransmission", "Do retransmission",
          "Offer retransmission for video", TRUE, READY_FLAGS));
  g_object_class_install_property (klass, PROP_RTX_PERCENTAGE,
      g_param_spec_int ("rtx-percentage", "RTX percentage",
          "Most retransmissions, in percent of the bitrate (-1: no limit)",
          -1, G_MAXINT, -1, READY_FLAGS));
  g_object_class_install_property (klass, PROP_DO_CLOCK_SIGNALLING,
      g_param_spec_boolean ("do-clock-signalling", "Do clock signalling",
          "Describe the clock in the SDP (RFC 7273)", FALSE, READY_FLAGS));
  g_object_class_install_property (klass, PROP_FORWARD_METAS,
      g_param_spec_string ("forward-metas", "Forward metas",
          "Comma separated metas to send over the control channel", "",
          PLAYING_FLAGS));
  g_object_class_install_property (klass, PROP_ENABLE_MITIGATION_MODES,
      g_param_spec_flags ("enable-mitigation-modes",
          "Enable mitigation modes",
          "What may be done to the picture when bandwidth is short",
          GST_RTC_TYPE_MITIGATION_MODE, GST_RTC_MITIGATION_MODE_DOWNSCALED |
          GST_RTC_MITIGATION_MODE_DOWNSAMPLED, PLAYING_FLAGS));
}

static void
install_bitrate_properties (GObjectClass * klass)
{
  g_object_class_install_property (klass, PROP_CONGESTION_CONTROL,
      g_param_spec_enum ("congestion-control", "Congestion control",
          "How bitrates are adapted to the network",
          GST_RTC_TYPE_CONGESTION_CONTROL, GST_RTC_CONGESTION_CONTROL_GCC,
          READY_FLAGS));
  g_object_class_install_property (klass, PROP_MIN_BITRATE,
      g_param_spec_uint ("min-bitrate", "Minimum bitrate",
          "Least bit/s of a video encoder", 1, G_MAXUINT, 1000, READY_FLAGS));
  g_object_class_install_property (klass, PROP_MAX_BITRATE,
      g_param_spec_uint ("max-bitrate", "Maximum bitrate",
          "Most bit/s of a video encoder", 1, G_MAXUINT, 8192000, READY_FLAGS));
  g_object_class_install_property (klass, PROP_START_BITRATE,
      g_param_spec_uint ("start-bitrate", "Start bitrate",
          "bit/s that a video encoder begins with", 1, G_MAXUINT, 2048000,
          READY_FLAGS));
}

static void
install_connection_properties (GObjectClass * klass)
{
  g_object_class_install_property (klass, PROP_STUN_SERVER,
      g_param_spec_string ("stun-server", "STUN server",
          "STUN server, stun://host:port, or NULL for none",
          "stun://stun.l.google.com:19302", PLAIN_FLAGS));
  g_object_class_install_property (klass, PROP_TURN_SERVERS,
      gst_param_spec_array ("turn-servers", "TURN servers",
          "TURN servers, turn(s)://user:password@host:port",
          g_param_spec_string ("turn-server", "TURN server",
              "turn(s)://user:password@host:port", NULL,
              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS), READY_FLAGS));
  g_object_class_install_property (klass, PROP_ICE_TRANSPORT_POLICY,
      g_param_spec_enum ("ice-transport-policy", "ICE transport policy",
          "Which candidates may be used",
          GST_TYPE_WEBRTC_ICE_TRANSPORT_POLICY,
          GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL, READY_FLAGS));
  g_object_class_install_property (klass, PROP_SIGNALLER,
      g_param_spec_object ("signaller", "Signaller",
          "What finds consumers and carries descriptions",
          GST_RTC_TYPE_SIGNALLER, READY_FLAGS));
  /**
   * GstRtcBaseSink:negotiation-timeout:
   *
   * How long a consumer may take, in milliseconds, from its request until DTLS
   * is up; its session then ends with an error. 0 for ever.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_NEGOTIATION_TIMEOUT,
      g_param_spec_uint ("negotiation-timeout", "Negotiation timeout",
          "Milliseconds a consumer may take to connect (0: no limit)", 0,
          G_MAXUINT, 10000, READY_FLAGS));
  g_object_class_install_property (klass, PROP_META,
      g_param_spec_boxed ("meta", "Meta",
          "Free-form metadata of this producer", GST_TYPE_STRUCTURE,
          PLAIN_FLAGS));
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Stats", "Statistics of each session",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (klass,
      PROP_ENABLE_DATA_CHANNEL_NAVIGATION,
      g_param_spec_boolean ("enable-data-channel-navigation",
          "Enable data channel navigation",
          "Take navigation events from the channel 'input'", FALSE,
          READY_FLAGS));
  g_object_class_install_property (klass, PROP_ENABLE_CONTROL_DATA_CHANNEL,
      g_param_spec_boolean ("enable-control-data-channel",
          "Enable control data channel",
          "Take requests from the channel 'control'", FALSE, READY_FLAGS));
}

static void
install_ladder_properties (GObjectClass * klass)
{
  /**
   * GstRtcBaseSink:encoder-sharing:
   *
   * Whether consumers share encoders.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_ENCODER_SHARING,
      g_param_spec_enum ("encoder-sharing", "Encoder sharing",
          "Whether consumers of a stream share its encoders",
          GST_RTC_TYPE_ENCODER_SHARING, GST_RTC_ENCODER_SHARING_SHARED,
          READY_FLAGS));
  /**
   * GstRtcBaseSink:max-renditions:
   *
   * How many encoders a stream may have per codec, for consumers whose networks
   * differ, when they are shared.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_MAX_RENDITIONS,
      g_param_spec_uint ("max-renditions", "Max renditions",
          "Encodes of a stream per codec, when consumers share them", 1, 16, 3,
          READY_FLAGS));
}

void
gst_rtc_base_sink_install_properties (GObjectClass * klass)
{
  klass->set_property = gst_rtc_base_sink_set_property;
  klass->get_property = gst_rtc_base_sink_get_property;
  install_media_properties (klass);
  install_bitrate_properties (klass);
  install_connection_properties (klass);
  install_ladder_properties (klass);
}
