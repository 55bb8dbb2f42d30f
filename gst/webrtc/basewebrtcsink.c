/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all sinks are: pads, states and children.
 *
 *   pad ▶ InputStream ═▶ Rendition ═▶ Session
 *
 * The element itself is a thin shell: everything that lives belongs to the
 * control thread, in basewebrtcsink-control.c. Here is what applications and
 * streaming threads touch, guarded by the lock.
 */

#include "basewebrtcsink-private.h"

#include <gst/video/navigation.h>
GST_DEBUG_CATEGORY (webrtcsink_debug);
#define GST_CAT_DEFAULT webrtcsink_debug

#define VIDEO_CAPS "video/x-raw; video/x-raw(memory:CUDAMemory); " \
    "video/x-raw(memory:GLMemory); video/x-raw(memory:NVMM); " \
    "video/x-raw(memory:D3D11Memory); video/x-raw(memory:VAMemory); " \
    "video/x-raw(memory:DMABuf); " \
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

/* Pads */

/* Streaming thread */
static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstRtcBaseSink *self = GST_RTC_BASE_SINK (parent);
  GstRtcInputStream *stream =
      gst_rtc_sink_pad_get_stream (GST_RTC_SINK_PAD (pad));

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    g_autoptr (GstCaps) before = gst_rtc_input_stream_get_caps (stream);
    GstCaps *caps;

    gst_event_parse_caps (event, &caps);
    if (!before || !gst_caps_is_equal (before, caps)) {
      gst_rtc_input_stream_set_caps (stream, caps);
      gst_rtc_base_sink_post_caps (self, stream, before);
    }
  }

  return gst_pad_event_default (pad, parent, event);
}

/* Streaming thread */
static void
on_caps_known (GstElement * element, GstRtcInputStream * stream,
    GstCaps * before)
{
  gst_rtc_base_sink_post_caps (GST_RTC_BASE_SINK (element), stream, before);
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

  gst_rtc_input_stream_set_caps_known (stream, on_caps_known);

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
  /* gst-launch sets "video_0::msid" when it hears of the pad */
  gst_child_proxy_child_added (GST_CHILD_PROXY (self), G_OBJECT (pad),
      GST_OBJECT_NAME (pad));

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
  gst_child_proxy_child_removed (GST_CHILD_PROXY (self), G_OBJECT (pad),
      GST_OBJECT_NAME (pad));
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
  g_assert (!priv->stats_timer && !priv->patience);

  g_hash_table_unref (priv->sessions);
  g_ptr_array_unref (priv->removed);
  g_ptr_array_unref (priv->pads);
  g_clear_pointer (&priv->payloads, g_array_unref);
  gst_clear_object (&priv->clock);
  g_strfreev (priv->session_ids);
  g_hash_table_unref (priv->stats);
  gst_rtc_settings_unref (priv->settings);
  gst_rtc_control_unref (priv->control);
  g_mutex_clear (&priv->lock);
  g_cond_clear (&priv->down_cond);

  G_OBJECT_CLASS (gst_rtc_base_sink_parent_class)->finalize (object);
}

static void
gst_rtc_base_sink_class_init (GstRtcBaseSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (webrtcsink_debug, "webrtcsink", 0, "WebRTC sinks");

  object_class->dispose = gst_rtc_base_sink_dispose;
  object_class->finalize = gst_rtc_base_sink_finalize;
  gst_rtc_base_sink_install_properties (object_class);
  gst_rtc_base_sink_install_signals (G_TYPE_FROM_CLASS (klass));

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
  gst_type_mark_as_plugin_api (GST_RTC_TYPE_ENCODER_SHARING, 0);
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
  priv->stats = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) gst_structure_free);
  priv->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_object_unref);
  gst_rtc_base_sink_init_sessions (self);

  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
  gst_bin_set_suppressed_flags (GST_BIN (self),
      GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
}
