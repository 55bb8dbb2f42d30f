/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties of GstRtcBaseSrc: what a session begins with is a copy of the
 * settings, so most of them count for the next one. */

#include "basewebrtcsrc-private.h"

#include "settings.h"
#include "srccodecs.h"

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

#define PRIV(self) (gst_rtc_base_src_get_private (self))

enum
{
  PROP_0,
  PROP_STUN_SERVER,
  PROP_TURN_SERVERS,
  PROP_SIGNALLER,
  PROP_META,
  PROP_VIDEO_CODECS,
  PROP_AUDIO_CODECS,
  PROP_ENABLE_DATA_CHANNEL_NAVIGATION,
  PROP_ENABLE_CONTROL_DATA_CHANNEL,
  PROP_DO_RETRANSMISSION,
  PROP_LATENCY,
  PROP_DO_AV_SYNC,
  PROP_ICE_TRANSPORT_POLICY,
  PROP_NEGOTIATION_TIMEOUT,
  PROP_RECONNECT,
  PROP_PRODUCER_META,
  PROP_STATS,
};

static GStrv
list_codecs (const GValue * array)
{
  g_auto (GStrv) names = gst_rtc_strv_from_value_array (array);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; names[i]; i++) {
    if (gst_rtc_src_codec_find (names[i]))
      g_ptr_array_add (found, g_strdup (names[i]));
  }
  g_ptr_array_add (found, NULL);

  return (GStrv) g_ptr_array_free (found, FALSE);
}

static void
take_strv (GStrv * field, GStrv strv)
{
  g_strfreev (*field);
  *field = strv;
}

static void
say_it_comes_later (GstRtcBaseSrc * self, const gchar * property)
{
  static gint told = FALSE;     /* atomic */

  if (g_atomic_int_compare_and_exchange (&told, FALSE, TRUE))
    GST_WARNING_OBJECT (self, "%s has no effect yet", property);
}

static void
set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (object);
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (id == PROP_SIGNALLER) {
    priv->signaller = g_value_dup_object (value);
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_STUN_SERVER:
      g_free (priv->settings->stun_server);
      priv->settings->stun_server = g_value_dup_string (value);
      priv->settings->stun_server_set = TRUE;
      break;
    case PROP_TURN_SERVERS:
      take_strv (&priv->settings->turn_servers,
          gst_rtc_strv_from_value_array (value));
      priv->settings->turn_servers_set = TRUE;
      break;
    case PROP_META:
      gst_clear_structure (&priv->meta);
      priv->meta = g_value_dup_boxed (value);
      break;
    case PROP_VIDEO_CODECS:
      take_strv (&priv->settings->video_codecs, list_codecs (value));
      break;
    case PROP_AUDIO_CODECS:
      take_strv (&priv->settings->audio_codecs, list_codecs (value));
      break;
    case PROP_ENABLE_DATA_CHANNEL_NAVIGATION:
      priv->navigation = g_value_get_boolean (value);
      break;
    case PROP_ENABLE_CONTROL_DATA_CHANNEL:
      priv->control_channel = g_value_get_boolean (value);
      break;
    case PROP_DO_RETRANSMISSION:
      priv->settings->do_retransmission = g_value_get_boolean (value);
      break;
    case PROP_LATENCY:
      priv->settings->latency = g_value_get_uint (value);
      break;
    case PROP_DO_AV_SYNC:
      priv->settings->do_av_sync = g_value_get_boolean (value);
      break;
    case PROP_ICE_TRANSPORT_POLICY:
      priv->settings->ice_transport_policy = g_value_get_enum (value);
      break;
    case PROP_NEGOTIATION_TIMEOUT:
      priv->settings->negotiation_timeout = g_value_get_uint (value);
      break;
    case PROP_RECONNECT:
      priv->settings->reconnect = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);

  if ((id == PROP_ENABLE_DATA_CHANNEL_NAVIGATION ||
          id == PROP_ENABLE_CONTROL_DATA_CHANNEL)
      && g_value_get_boolean (value))
    say_it_comes_later (self, pspec->name);
  if (id == PROP_LATENCY)
    gst_rtc_base_src_post_latency (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (object);
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, gst_rtc_base_src_get_stats (self));
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_STUN_SERVER:
      g_value_set_string (value, priv->settings->stun_server);
      break;
    case PROP_TURN_SERVERS:
      gst_rtc_strv_to_value_array ((const gchar * const *)
          priv->settings->turn_servers, value);
      break;
    case PROP_SIGNALLER:
      g_value_set_object (value, priv->signaller);
      break;
    case PROP_META:
      g_value_set_boxed (value, priv->meta);
      break;
    case PROP_VIDEO_CODECS:
      gst_rtc_strv_to_value_array ((const gchar * const *)
          priv->settings->video_codecs, value);
      break;
    case PROP_AUDIO_CODECS:
      gst_rtc_strv_to_value_array ((const gchar * const *)
          priv->settings->audio_codecs, value);
      break;
    case PROP_ENABLE_DATA_CHANNEL_NAVIGATION:
      g_value_set_boolean (value, priv->navigation);
      break;
    case PROP_ENABLE_CONTROL_DATA_CHANNEL:
      g_value_set_boolean (value, priv->control_channel);
      break;
    case PROP_DO_RETRANSMISSION:
      g_value_set_boolean (value, priv->settings->do_retransmission);
      break;
    case PROP_LATENCY:
      g_value_set_uint (value, priv->settings->latency);
      break;
    case PROP_DO_AV_SYNC:
      g_value_set_boolean (value, priv->settings->do_av_sync);
      break;
    case PROP_ICE_TRANSPORT_POLICY:
      g_value_set_enum (value, priv->settings->ice_transport_policy);
      break;
    case PROP_NEGOTIATION_TIMEOUT:
      g_value_set_uint (value, priv->settings->negotiation_timeout);
      break;
    case PROP_RECONNECT:
      g_value_set_boolean (value, priv->settings->reconnect);
      break;
    case PROP_PRODUCER_META:
      g_value_set_boxed (value, priv->producer_meta);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static GParamSpec *
new_list_spec (const gchar * name, const gchar * nick, const gchar * blurb,
    const gchar * entry)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  return gst_param_spec_array (name, nick, blurb,
      g_param_spec_string (entry, NULL, NULL, NULL, flags),
      flags | GST_PARAM_MUTABLE_READY);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  g_object_class_install_property (klass, PROP_STUN_SERVER,
      g_param_spec_string ("stun-server", "STUN server",
          "The STUN server, as stun://host:port",
          "stun://stun.l.google.com:19302", flags));
  g_object_class_install_property (klass, PROP_TURN_SERVERS,
      new_list_spec ("turn-servers", "TURN servers",
          "The TURN servers, each as turn(s)://username:password@host:port",
          "turn-server"));
  g_object_class_install_property (klass, PROP_SIGNALLER,
      g_param_spec_object ("signaller", "Signaller",
          "The GstRtcSignaller that carries descriptions and candidates",
          GST_RTC_TYPE_SIGNALLER, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
          G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (klass, PROP_META,
      g_param_spec_boxed ("meta", "Metadata",
          "Free-form metadata about the consumer", GST_TYPE_STRUCTURE, flags));
  g_object_class_install_property (klass, PROP_VIDEO_CODECS,
      new_list_spec ("video-codecs", "Video codecs",
          "Encoding names of the video codecs to accept", "video-codec-name"));
  g_object_class_install_property (klass, PROP_AUDIO_CODECS,
      new_list_spec ("audio-codecs", "Audio codecs",
          "Encoding names of the audio codecs to accept", "audio-codec-name"));
  g_object_class_install_property (klass, PROP_ENABLE_DATA_CHANNEL_NAVIGATION,
      g_param_spec_boolean ("enable-data-channel-navigation",
          "Navigation over a data channel",
          "Send navigation events to the producer (has no effect yet)", FALSE,
          flags));
  g_object_class_install_property (klass, PROP_ENABLE_CONTROL_DATA_CHANNEL,
      g_param_spec_boolean ("enable-control-data-channel",
          "Control data channel",
          "Send upstream events to the producer (has no effect yet)", FALSE,
          flags));
  g_object_class_install_property (klass, PROP_DO_RETRANSMISSION,
      g_param_spec_boolean ("do-retransmission", "Do retransmission",
          "Ask for lost packets", TRUE, flags));
}

/* Those that only we have */
static void
install_own_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  /**
   * GstRtcBaseSrc:latency:
   *
   * How long packets are kept for those that are late, in milliseconds. Can
   * be changed at any time.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_LATENCY,
      g_param_spec_uint ("latency", "Latency",
          "Length of the jitter buffers in milliseconds", 0, 60000, 200,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
          GST_PARAM_MUTABLE_PLAYING));

  /**
   * GstRtcBaseSrc:do-av-sync:
   *
   * Whether the streams of a producer are moved so that they fit together, by
   * the clock that it reports. Otherwise each plays as it comes.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_DO_AV_SYNC,
      g_param_spec_boolean ("do-av-sync", "Do A/V synchronisation",
          "Play the streams of a producer in time with each other", TRUE,
          flags));

  /**
   * GstRtcBaseSrc:ice-transport-policy:
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_ICE_TRANSPORT_POLICY,
      g_param_spec_enum ("ice-transport-policy", "ICE transport policy",
          "Whether to use relays only",
          GST_TYPE_WEBRTC_ICE_TRANSPORT_POLICY,
          GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL, flags));

  /**
   * GstRtcBaseSrc:negotiation-timeout:
   *
   * How long a producer may take from the beginning of the session until it
   * is connected, in milliseconds.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_NEGOTIATION_TIMEOUT,
      g_param_spec_uint ("negotiation-timeout", "Negotiation timeout",
          "Milliseconds until a producer that does not connect is given up, "
          "0: never", 0, G_MAXUINT, 20000, flags));

  /**
   * GstRtcBaseSrc:reconnect:
   *
   * When the session is over, keep the pads and wait for the producer to come
   * back, instead of ending in EOS or an error.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_RECONNECT,
      g_param_spec_boolean ("reconnect", "Reconnect",
          "Wait for the producer to come back when the session is over", FALSE,
          flags));

  /**
   * GstRtcBaseSrc:producer-meta:
   *
   * What the producer tells of itself, %NULL if it is not known.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_PRODUCER_META,
      g_param_spec_boxed ("producer-meta", "Metadata of the producer",
          "What the producer tells of itself", GST_TYPE_STRUCTURE, read_only));

  /**
   * GstRtcBaseSrc:stats:
   *
   * A structure for each pad, in its name: `codec`, `ssrc`, `frames`,
   * `packets-received`, `bytes-received`, `packets-lost` (on the way),
   * `packets-missing` (in spite of retransmission), `packets-late`,
   * `retransmissions-requested`, `retransmissions-received`, and in
   * nanoseconds `jitter` and `round-trip-time` (of retransmissions, 0 while
   * there was none).
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "What is known of each stream", GST_TYPE_STRUCTURE, read_only));
}

/* For class_init */
void
gst_rtc_base_src_install_properties (GObjectClass * klass)
{
  klass->set_property = set_property;
  klass->get_property = get_property;
  install_properties (klass);
  install_own_properties (klass);
}
