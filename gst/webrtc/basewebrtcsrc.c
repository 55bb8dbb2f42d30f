/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all WebRTC sources have in common: pads and states, and properties in
 * basewebrtcsrc-properties.c. What goes on inside belongs to the control thread
 * (basewebrtcsrc-control.c).
 */

#include "basewebrtcsrc-private.h"

#include <string.h>

GST_DEBUG_CATEGORY (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

#define VIDEO_CAPS "video/x-raw(ANY); application/x-rtp; video/x-vp8; " \
    "video/x-h264; video/x-vp9; video/x-h265; video/x-av1"
#define AUDIO_CAPS "audio/x-raw(ANY); application/x-rtp; " \
    "audio/x-opus, channel-mapping-family = (int) 0; " \
    "audio/x-opus, channel-mapping-family = (int) 1"

/* urisourcebin looks at the first template only to see whether pads come
 * later: that has to be a sometimes pad */
static GstStaticPadTemplate templates[] = {
  GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
      GST_STATIC_CAPS (VIDEO_CAPS)),
  GST_STATIC_PAD_TEMPLATE ("req_video_%u", GST_PAD_SRC, GST_PAD_REQUEST,
      GST_STATIC_CAPS (VIDEO_CAPS)),
  GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
      GST_STATIC_CAPS (AUDIO_CAPS)),
  GST_STATIC_PAD_TEMPLATE ("req_audio_%u", GST_PAD_SRC, GST_PAD_REQUEST,
      GST_STATIC_CAPS (AUDIO_CAPS)),
};

enum
{
  SIGNAL_REQUEST_ENCODED_FILTER,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void child_proxy_init (GstChildProxyInterface * iface);

G_DEFINE_TYPE_WITH_CODE (GstRtcBaseSrc, gst_rtc_base_src, GST_TYPE_BIN,
    G_ADD_PRIVATE (GstRtcBaseSrc)
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, child_proxy_init));

GstRtcBaseSrcPrivate *
gst_rtc_base_src_get_private (GstRtcBaseSrc * self)
{
  return gst_rtc_base_src_get_instance_private (self);
}

#define PRIV(self) (gst_rtc_base_src_get_private (self))

GstRtcSrcSettings *
gst_rtc_base_src_copy_settings (GstRtcBaseSrc * self)
{
  GstRtcSrcSettings *copy;

  GST_OBJECT_LOCK (self);
  copy = gst_rtc_src_settings_copy (PRIV (self)->settings);
  GST_OBJECT_UNLOCK (self);

  return copy;
}

/* Pads that are requested */

static GstPad *
gst_rtc_base_src_request_new_pad (GstElement * element, GstPadTemplate * templ,
    const gchar * name, const GstCaps * caps)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (element));
  const gboolean is_video =
      strstr (GST_PAD_TEMPLATE_NAME_TEMPLATE (templ), "video") != NULL;
  g_autofree gchar *own_name = NULL;
  GstPad *pad;
  guint number;

  GST_OBJECT_LOCK (element);
  number = priv->n_requested[is_video]++;
  GST_OBJECT_UNLOCK (element);

  own_name = g_strdup_printf (is_video ? "req_video_%u" : "req_audio_%u",
      number);
  pad = GST_PAD (gst_rtc_src_pad_new (templ, own_name));
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (element, pad);

  return pad;
}

/* What is on its way to it goes nowhere */
static void
gst_rtc_base_src_release_pad (GstElement * element, GstPad * pad)
{
  gst_rtc_src_session_release_pad (GST_RTC_SRC_PAD (pad));
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
}

/* States */

static GstStateChangeReturn
gst_rtc_base_src_change_state (GstElement * element, GstStateChange transition)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_rtc_base_src_stop (self);

  g_rec_mutex_lock (&PRIV (self)->children_lock);
  ret = GST_ELEMENT_CLASS (gst_rtc_base_src_parent_class)->change_state
      (element, transition);
  g_rec_mutex_unlock (&PRIV (self)->children_lock);

  switch (transition) {
    case GST_STATE_CHANGE_PAUSED_TO_READY:
    case GST_STATE_CHANGE_READY_TO_NULL:
      /* A session that still ends is locked, and answers what it answered on
       * its way up. It goes down by itself. */
      return GST_STATE_CHANGE_SUCCESS;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      return ret ==
          GST_STATE_CHANGE_FAILURE ? ret : GST_STATE_CHANGE_NO_PREROLL;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      if (ret == GST_STATE_CHANGE_FAILURE)
        return ret;
      gst_rtc_base_src_start (self);
      return ret == GST_STATE_CHANGE_NO_PREROLL ? GST_STATE_CHANGE_SUCCESS :
          ret;
    default:
      return ret;
  }
}

/* GstChildProxy: the signaller, and nothing else */

static GObject *
get_child_by_index (GstChildProxy * proxy, guint index)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (proxy));

  return index == 0
      && priv->signaller ? g_object_ref (G_OBJECT (priv->signaller)) : NULL;
}

static GObject *
get_child_by_name (GstChildProxy * proxy, const gchar * name)
{
  return g_strcmp0 (name, "signaller") == 0 ?
      get_child_by_index (proxy, 0) : NULL;
}

static guint
get_children_count (GstChildProxy * proxy)
{
  return 1;
}

static void
child_proxy_init (GstChildProxyInterface * iface)
{
  iface->get_child_by_index = get_child_by_index;
  iface->get_child_by_name = get_child_by_name;
  iface->get_children_count = get_children_count;
}

/* GObject */

static void
gst_rtc_base_src_constructed (GObject * object)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (object);
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GstRtcBaseSrcClass *klass = GST_RTC_BASE_SRC_GET_CLASS (self);

  G_OBJECT_CLASS (gst_rtc_base_src_parent_class)->constructed (object);

  if (!priv->signaller && klass->create_signaller)
    priv->signaller = klass->create_signaller (self);
  if (priv->signaller)
    priv->link = gst_rtc_base_src_link_signaller (self);
}

static void
gst_rtc_base_src_dispose (GObject * object)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (object));

  g_clear_pointer (&priv->link, gst_rtc_signaller_link_free);
  g_clear_object (&priv->signaller);

  G_OBJECT_CLASS (gst_rtc_base_src_parent_class)->dispose (object);
}

static void
gst_rtc_base_src_finalize (GObject * object)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (object));

  gst_rtc_src_settings_unref (priv->settings);
  gst_clear_structure (&priv->meta);
  gst_clear_structure (&priv->producer_meta);
  gst_rtc_base_src_clear_control (GST_RTC_BASE_SRC (object));

  G_OBJECT_CLASS (gst_rtc_base_src_parent_class)->finalize (object);
}

static void
gst_rtc_base_src_class_init (GstRtcBaseSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_rtc_src_debug, "webrtcsrc", 0, "WebRTC sources");

  object_class->constructed = gst_rtc_base_src_constructed;
  object_class->dispose = gst_rtc_base_src_dispose;
  object_class->finalize = gst_rtc_base_src_finalize;
  gst_rtc_base_src_install_properties (object_class);

  /**
   * GstRtcBaseSrc::request-encoded-filter:
   * @self: the element
   * @producer_id: (nullable): id of the producer
   * @pad_name: name of the source pad
   * @allowed_caps: (nullable): what the pad may deliver
   *
   * Asks for an element to be put before the decoder of a stream, emitted
   * once per pad.
   *
   * Returns: (transfer full) (nullable): an element with static pads `sink`
   *     and `src`
   *
   * Thread: streaming
   *
   * Since: 0.1
   */
  signals[SIGNAL_REQUEST_ENCODED_FILTER] =
      g_signal_new ("request-encoded-filter", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, GST_TYPE_ELEMENT, 3,
      G_TYPE_STRING, G_TYPE_STRING, GST_TYPE_CAPS);

  element_class->change_state = gst_rtc_base_src_change_state;
  element_class->request_new_pad = gst_rtc_base_src_request_new_pad;
  element_class->release_pad = gst_rtc_base_src_release_pad;
  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    gst_element_class_add_static_pad_template_with_gtype (element_class,
        &templates[i], GST_RTC_TYPE_SRC_PAD);
  gst_element_class_set_static_metadata (element_class, "WebRTC source",
      "Source/Network/WebRTC", "Receives the streams of a WebRTC producer",
      "The gst-rtc maintainers");
}

static void
gst_rtc_base_src_init (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  gst_rtc_base_src_init_control (self);
  priv->settings = gst_rtc_src_settings_new ();

  /* a source also while it has no child that is one */
  gst_bin_set_suppressed_flags (GST_BIN (self),
      GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

/**
 * gst_rtc_base_src_get_signaller:
 *
 * Returns: (transfer none) (nullable): the signaller
 *
 * Thread: any
 */
GstRtcSignaller *
gst_rtc_base_src_get_signaller (GstRtcBaseSrc * self)
{
  return PRIV (self)->signaller;
}
