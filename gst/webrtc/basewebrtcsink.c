/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all sinks are: pads, properties, signals, states, and the table of
 * sessions.
 *
 *   pad ▶ InputStream ═▶ Rendition ═▶ Session
 *
 * The element itself is a thin shell: everything that lives belongs to the
 * control thread, in basewebrtcsink-control.c. Here is what applications and
 * streaming threads touch, guarded by the lock.
 */

#include "basewebrtcsink-private.h"

#include <gst/video/navigation.h>
#include <gst/video/video.h>

#include "encoderconfig.h"
#include "payloader.h"

GST_DEBUG_CATEGORY (webrtcsink_debug);
#define GST_CAT_DEFAULT webrtcsink_debug

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
};

guint gst_rtc_base_sink_signals[GST_RTC_BASE_SINK_N_SIGNALS];

#define VIDEO_CAPS "video/x-raw; video/x-raw(memory:CUDAMemory); " \
    "video/x-raw(memory:GLMemory); video/x-raw(memory:NVMM); " \
    "video/x-raw(memory:D3D11Memory); video/x-raw(memory:VAMemory); " \
    "video/x-vp8; video/x-h264; video/x-vp9; video/x-h265; video/x-av1"
#define AUDIO_CAPS "audio/x-raw; " \
    "audio/x-opus, channel-mapping-family=(int)0; " \
    "audio/x-opus, channel-mapping-family=(int)1"

static GstStaticPadTemplate video_template =
GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (VIDEO_CAPS));

static GstStaticPadTemplate audio_template =
GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (AUDIO_CAPS));

static void child_proxy_init (gpointer iface, gpointer data);
static void navigation_init (gpointer iface, gpointer data);

G_DEFINE_TYPE_WITH_CODE (GstRtcBaseSink, gst_rtc_base_sink, GST_TYPE_BIN,
    G_ADD_PRIVATE (GstRtcBaseSink)
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, child_proxy_init)
    G_IMPLEMENT_INTERFACE (GST_TYPE_NAVIGATION, navigation_init));

GstRtcBaseSinkPrivate *
gst_rtc_base_sink_get_private (GstRtcBaseSink * self)
{
  return gst_rtc_base_sink_get_instance_private (self);
}

#define PRIV(self) (gst_rtc_base_sink_get_private (self))

/* Settings */

GstRtcSettings *
gst_rtc_base_sink_ref_settings (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return gst_rtc_settings_ref (priv->settings);
}

GstRtcSignaller *
gst_rtc_base_sink_ref_signaller (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->signaller ? g_object_ref (priv->signaller) : NULL;
}

/**
 * gst_rtc_base_sink_set_signaller:
 * @signaller: (transfer none): whom to signal through
 *
 * Returns: %FALSE if it is refused: there must be one, and it cannot be
 *     replaced while the element runs
 *
 * Thread: any
 */
gboolean
gst_rtc_base_sink_set_signaller (GstRtcBaseSink * self,
    GstRtcSignaller * signaller)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcSignallerLink) old = NULL;
  g_autoptr (GstRtcSignaller) old_signaller = NULL;
  GstRtcSignallerLink *link;

  if (!signaller || GST_STATE (self) > GST_STATE_READY) {
    GST_WARNING_OBJECT (self, "signaller not set: %s",
        signaller ? "the element is running" : "there must be one");
    return FALSE;
  }

  link = gst_rtc_base_sink_link_signaller (self, signaller);
  g_mutex_lock (&priv->lock);
  old = priv->link;
  old_signaller = priv->signaller;
  priv->link = link;
  priv->signaller = g_object_ref (signaller);
  g_mutex_unlock (&priv->lock);

  return TRUE;
}

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
      break;
    case PROP_TURN_SERVERS:
      g_strfreev (settings->turn_servers);
      settings->turn_servers = gst_rtc_strv_from_value_array (value);
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

/* Pads */

/* Encoders and payloaders take another size or frame rate in their stride. */
static gboolean
caps_are_allowed (GstRtcInputStream * stream, GstCaps * caps)
{
  g_autoptr (GstCaps) old = gst_rtc_input_stream_get_caps (stream);
  const GstStructure *before;
  const GstStructure *after = gst_caps_get_structure (caps, 0);
  gint old_rate = 0;
  gint rate = 0;

  if (!old)
    return TRUE;

  before = gst_caps_get_structure (old, 0);
  gst_structure_get_int (before, "rate", &old_rate);
  gst_structure_get_int (after, "rate", &rate);

  return gst_structure_has_name (before, gst_structure_get_name (after)) &&
      rate == old_rate;
}

/* Streaming thread */
static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (parent);
  GstRtcInputStream *stream =
      gst_rtc_sink_pad_get_stream (GST_RTC_SINK_PAD (pad));

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    GstCaps *caps;

    gst_event_parse_caps (event, &caps);
    if (!caps_are_allowed (stream, caps)) {
      GST_ERROR_OBJECT (pad, "cannot change to %" GST_PTR_FORMAT, caps);
      gst_event_unref (event);
      return FALSE;
    }
    gst_rtc_input_stream_set_caps (stream, caps);
    gst_rtc_base_sink_post_caps_known (self);
  }

  return gst_pad_event_default (pad, parent, event);
}

static GstRtcSinkPad *
make_pad (GstRtcBaseSink * self, GstPadTemplate * template,
    GstRtcMediaKind kind)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  const gboolean video = kind == GST_RTC_MEDIA_VIDEO;
  g_autofree gchar *name = NULL;
  g_autoptr (GstRtcInputStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&priv->lock);
  name = g_strdup_printf (video ? "video_%u" : "audio_%u",
      video ? priv->next_video++ : priv->next_audio++);
  g_mutex_unlock (&priv->lock);

  stream = gst_rtc_input_stream_new (GST_BIN (self), name, kind, &error);
  if (!stream) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN, ("%s", error->message),
        (NULL));
    return NULL;
  }

  return gst_rtc_sink_pad_new (template, name, stream);
}

static GstPad *
gst_rtc_base_sink_request_new_pad (GstElement * element,
    GstPadTemplate * template, const gchar * name, const GstCaps * caps)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (element);
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  const gboolean video = g_str_has_prefix
      (GST_PAD_TEMPLATE_NAME_TEMPLATE (template), "video");
  GstRtcSinkPad *pad = make_pad (self, template,
      video ? GST_RTC_MEDIA_VIDEO : GST_RTC_MEDIA_AUDIO);

  if (!pad)
    return NULL;

  gst_pad_set_event_function (GST_PAD (pad), sink_event);
  gst_pad_use_fixed_caps (GST_PAD (pad));
  gst_pad_set_active (GST_PAD (pad), TRUE);

  g_mutex_lock (&priv->lock);
  g_ptr_array_add (priv->pads, gst_object_ref (pad));
  g_mutex_unlock (&priv->lock);
  gst_element_add_pad (element, GST_PAD (pad));

  return GST_PAD (pad);
}

static void
gst_rtc_base_sink_release_pad (GstElement * element, GstPad * pad)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (element);
  GstRtcBaseSinkPrivate *priv = PRIV (self);
  g_autoptr (GstRtcInputStream) stream =
      g_object_ref (gst_rtc_sink_pad_get_stream (GST_RTC_SINK_PAD (pad)));

  g_mutex_lock (&priv->lock);
  g_ptr_array_remove (priv->pads, pad);
  g_mutex_unlock (&priv->lock);

  gst_pad_set_active (pad, FALSE);
  gst_ghost_pad_set_target (GST_GHOST_PAD (pad), NULL);
  gst_rtc_input_stream_remove (stream);
  gst_rtc_base_sink_post_stream_removed (self, stream);
  gst_element_remove_pad (element, pad);
}

/* States */

static GstStateChangeReturn
gst_rtc_base_sink_change_state (GstElement * element, GstStateChange transition)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
      !gst_rtc_base_sink_prepare (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_rtc_base_sink_shut_down (self);

  ret = GST_ELEMENT_CLASS (gst_rtc_base_sink_parent_class)->change_state
      (element, transition);
  if (ret == GST_STATE_CHANGE_FAILURE) {
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
      gst_rtc_base_sink_shut_down (self);
    return ret;
  }

  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    gst_rtc_base_sink_post_playing (self);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
      ret == GST_STATE_CHANGE_SUCCESS)
    return GST_STATE_CHANGE_NO_PREROLL;

  return ret;
}

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

  gst_rtc_encoder_configure (encoder,
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
  /* nothing is degraded as long as bitrates are fixed */
  return gst_caps_from_string ("video/x-raw(ANY)");
}

/* GstChildProxy */

static GObject *
get_child_by_name (GstChildProxy * proxy, const gchar * name)
{
  if (g_str_equal (name, "signaller"))
    return (GObject *)
        gst_rtc_base_sink_ref_signaller (GST_RTC_BASE_SINK (proxy));

  return (GObject *) gst_element_get_static_pad (GST_ELEMENT (proxy), name);
}

static GObject *
get_child_by_index (GstChildProxy * proxy, guint index)
{
  return NULL;
}

static guint
get_children_count (GstChildProxy * proxy)
{
  return 0;
}

static void
child_proxy_init (gpointer iface, gpointer data)
{
  GstChildProxyInterface *proxy = iface;

  proxy->get_child_by_name = get_child_by_name;
  proxy->get_child_by_index = get_child_by_index;
  proxy->get_children_count = get_children_count;
}

/* GstNavigation */

static gboolean
push_upstream (GstElement * element, GstPad * pad, gpointer event)
{
  if (g_str_has_prefix (GST_OBJECT_NAME (pad), "video_"))
    gst_pad_push_event (pad, gst_event_ref (event));

  return TRUE;
}

static void
send_navigation_event (GstNavigation * navigation, GstStructure * structure)
{
  GstEvent *event = gst_event_new_navigation (structure);

  gst_element_foreach_sink_pad (GST_ELEMENT (navigation), push_upstream, event);
  gst_event_unref (event);
}

static void
navigation_init (gpointer iface, gpointer data)
{
  ((GstNavigationInterface *) iface)->send_event = send_navigation_event;
}

/* GObject */

static void
gst_rtc_base_sink_dispose (GObject * object)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (object);
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  g_clear_pointer (&priv->link, gst_rtc_signaller_link_free);
  g_clear_object (&priv->signaller);
  gst_rtc_base_sink_drop_pads (self);

  G_OBJECT_CLASS (gst_rtc_base_sink_parent_class)->dispose (object);
}

static void
gst_rtc_base_sink_finalize (GObject * object)
{
  GstRtcBaseSinkPrivate *priv = PRIV (GST_RTC_BASE_SINK (object));

  g_assert (g_hash_table_size (priv->sessions) == 0);

  g_hash_table_unref (priv->sessions);
  g_ptr_array_unref (priv->removed);
  g_ptr_array_unref (priv->pads);
  g_clear_pointer (&priv->payloads, g_array_unref);
  gst_clear_object (&priv->clock);
  g_strfreev (priv->session_ids);
  gst_rtc_settings_unref (priv->settings);
  gst_rtc_control_unref (priv->control);
  g_mutex_clear (&priv->lock);
  g_cond_clear (&priv->down_cond);

  G_OBJECT_CLASS (gst_rtc_base_sink_parent_class)->finalize (object);
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
   * Video codecs to offer, in order of preference.
   */
  g_object_class_install_property (klass, PROP_VIDEO_CAPS,
      g_param_spec_boxed ("video-caps", "Video caps",
          "Video codecs to offer, in order of preference", GST_TYPE_CAPS,
          READY_FLAGS));
  /**
   * GstRtcBaseSink:audio-caps:
   *
   * Audio codecs to offer, in order of preference.
   */
  g_object_class_install_property (klass, PROP_AUDIO_CAPS,
      g_param_spec_boxed ("audio-caps", "Audio caps",
          "Audio codecs to offer, in order of preference", GST_TYPE_CAPS,
          READY_FLAGS));
  /**
   * GstRtcBaseSink:do-fec:
   *
   * Whether to offer forward error correction (RED and ULPFEC, RFC 5109). It
   * is offered only where header extensions survive it, which with GStreamer
   * 1.22 they do not.
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

static void
gst_rtc_base_sink_class_init (GstRtcBaseSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (webrtcsink_debug, "webrtcsink", 0, "WebRTC sinks");

  object_class->set_property = gst_rtc_base_sink_set_property;
  object_class->get_property = gst_rtc_base_sink_get_property;
  object_class->dispose = gst_rtc_base_sink_dispose;
  object_class->finalize = gst_rtc_base_sink_finalize;
  install_media_properties (object_class);
  install_bitrate_properties (object_class);
  install_connection_properties (object_class);
  install_session_signals (G_TYPE_FROM_CLASS (klass));
  install_media_signals (G_TYPE_FROM_CLASS (klass));

  element_class->request_new_pad = gst_rtc_base_sink_request_new_pad;
  element_class->release_pad = gst_rtc_base_sink_release_pad;
  element_class->change_state = gst_rtc_base_sink_change_state;
  gst_element_class_add_static_pad_template_with_gtype (element_class,
      &video_template, GST_RTC_TYPE_SINK_PAD);
  gst_element_class_add_static_pad_template_with_gtype (element_class,
      &audio_template, GST_RTC_TYPE_SINK_PAD);

  gst_type_mark_as_plugin_api (GST_RTC_TYPE_SINK_PAD, 0);
  gst_type_mark_as_plugin_api (GST_RTC_TYPE_BASE_SINK, 0);
  gst_type_mark_as_plugin_api (GST_RTC_TYPE_CONGESTION_CONTROL, 0);
  gst_type_mark_as_plugin_api (GST_RTC_TYPE_MITIGATION_MODE, 0);
}

static void
gst_rtc_base_sink_init (GstRtcBaseSink * self)
{
  GstRtcBaseSinkPrivate *priv = PRIV (self);

  g_mutex_init (&priv->lock);
  g_cond_init (&priv->down_cond);
  priv->settings = gst_rtc_settings_new ();
  priv->control = gst_rtc_control_new ("rtc:sink");
  priv->pads = g_ptr_array_new_with_free_func (gst_object_unref);
  priv->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_object_unref);
  gst_rtc_base_sink_init_control (self);

  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
  gst_bin_set_suppressed_flags (GST_BIN (self),
      GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
}
