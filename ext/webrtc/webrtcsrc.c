/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-webrtcsrc
 * @title: webrtcsrc
 *
 * Receives the streams of a WebRTC producer that is found through a signalling
 * server. What comes out of its pads depends on what they are linked to: RTP,
 * encoded or decoded streams.
 *
 * ## Example pipelines
 *
 * |[
 * gst-launch-1.0 webrtcsrc signaller::producer-peer-id=ID ! videoconvert ! \
 *     autovideosink
 * ]|
 *
 * |[
 * gst-launch-1.0 playbin3 uri=gstwebrtc://127.0.0.1:8443?peer-id=ID
 * ]|
 *
 * Since: 0.1
 */

#include "webrtcsrc.h"

#include <string.h>

#include "ext/signalling/wssignaller.h"
#include "opensslguard.h"

enum
{
  PROP_0,
  PROP_CONNECT_TO_FIRST_PRODUCER,
};

/* Ours, and what it is to a WebSocket */
static const struct
{
  const gchar *scheme;
  const gchar *socket_scheme;
} schemes[] = {
  {"gstwebrtc:", "ws:"},
  {"gstwebrtcs:", "wss:"},
};

struct _GstRtcWebRTCSrc
{
  GstRtcBaseSrc parent_instance;

  /* guarded by the object lock */
  gchar *uri;                   /* as it was set */
};

static void uri_handler_init (gpointer iface, gpointer data);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstRtcWebRTCSrc, gst_rtc_web_rtc_src,
    GST_RTC_TYPE_BASE_SRC,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, uri_handler_init));

/* Returns: (nullable): the signaller if it has such a property */
static GObject *
get_signaller_with (GstRtcWebRTCSrc * self, const gchar * property)
{
  GstRtcSignaller *signaller =
      gst_rtc_base_src_get_signaller (GST_RTC_BASE_SRC (self));

  if (!signaller ||
      !g_object_class_find_property (G_OBJECT_GET_CLASS (signaller), property))
    return NULL;

  return G_OBJECT (signaller);
}

static GstURIType
get_uri_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
get_protocols (GType type)
{
  static const gchar *const protocols[] = { "gstwebrtc", "gstwebrtcs", NULL };

  return protocols;
}

/* Returns: (nullable): @uri with one scheme replaced by its counterpart */
static gchar *
translate (const gchar * uri, gboolean to_socket)
{
  for (guint i = 0; uri && i < G_N_ELEMENTS (schemes); i++) {
    const gchar *from =
        to_socket ? schemes[i].scheme : schemes[i].socket_scheme;
    const gchar *to = to_socket ? schemes[i].socket_scheme : schemes[i].scheme;

    if (g_ascii_strncasecmp (uri, from, strlen (from)) == 0)
      return g_strconcat (to, uri + strlen (from), NULL);
  }

  return NULL;
}

/* What was set, or the same for an address that was set on the signaller */
static gchar *
get_uri (GstURIHandler * handler)
{
  GstRtcWebRTCSrc *self = GST_RTC_WEB_RTC_SRC (handler);
  GObject *signaller = get_signaller_with (self, "uri");
  g_autofree gchar *socket_uri = NULL;
  gchar *uri;

  GST_OBJECT_LOCK (self);
  uri = g_strdup (self->uri);
  GST_OBJECT_UNLOCK (self);
  if (uri || !signaller)
    return uri;

  g_object_get (signaller, "uri", &socket_uri, NULL);

  return translate (socket_uri, FALSE);
}

static gboolean
set_uri (GstURIHandler * handler, const gchar * uri, GError ** error)
{
  GstRtcWebRTCSrc *self = GST_RTC_WEB_RTC_SRC (handler);
  GObject *signaller = get_signaller_with (self, "uri");
  g_autofree gchar *socket_uri = translate (uri, TRUE);
  g_autoptr (GUri) parsed = NULL;

  if (socket_uri)
    parsed = g_uri_parse (socket_uri, G_URI_FLAGS_NONE, NULL);
  if (!parsed || !g_uri_get_host (parsed) || !*g_uri_get_host (parsed)) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
        "Not the address of a signalling server: %s", uri);
    return FALSE;
  }
  if (!signaller) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "The signaller takes no address");
    return FALSE;
  }

  g_object_set (signaller, "uri", socket_uri, NULL);
  GST_OBJECT_LOCK (self);
  g_free (self->uri);
  self->uri = g_strdup (uri);
  GST_OBJECT_UNLOCK (self);

  return TRUE;
}

static void
uri_handler_init (gpointer iface, gpointer data)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = get_uri_type;
  handler->get_protocols = get_protocols;
  handler->get_uri = get_uri;
  handler->set_uri = set_uri;
}

static GstRtcSignaller *
create_signaller (GstRtcBaseSrc * base)
{
  return gst_rtc_web_socket_signaller_new (GST_RTC_SIGNALLER_ROLE_CONSUMER);
}

static GstStateChangeReturn
gst_rtc_web_rtc_src_change_state (GstElement * element,
    GstStateChange transition)
{
  GstRtcBaseSrc *base = GST_RTC_BASE_SRC (element);

  if (transition == GST_STATE_CHANGE_NULL_TO_READY &&
      gst_rtc_base_src_wants_first (base) &&
      !gst_rtc_base_src_can_look (base)) {
    GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
        ("The signaller cannot look for a producer: name one instead of "
            "setting connect-to-first-producer"), (NULL));
    return GST_STATE_CHANGE_FAILURE;
  }

  return GST_ELEMENT_CLASS (gst_rtc_web_rtc_src_parent_class)->change_state
      (element, transition);
}

static void
gst_rtc_web_rtc_src_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GObject *signaller;

  switch (id) {
    case PROP_CONNECT_TO_FIRST_PRODUCER:
      signaller = get_signaller_with (GST_RTC_WEB_RTC_SRC (object),
          pspec->name);
      if (signaller)
        g_object_set_property (signaller, pspec->name, value);
      else
        gst_rtc_base_src_want_first (GST_RTC_BASE_SRC (object),
            g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_web_rtc_src_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GObject *signaller;

  switch (id) {
    case PROP_CONNECT_TO_FIRST_PRODUCER:
      signaller = get_signaller_with (GST_RTC_WEB_RTC_SRC (object),
          pspec->name);
      if (signaller)
        g_object_get_property (signaller, pspec->name, value);
      else
        g_value_set_boolean (value,
            gst_rtc_base_src_wants_first (GST_RTC_BASE_SRC (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_web_rtc_src_finalize (GObject * object)
{
  g_free (GST_RTC_WEB_RTC_SRC (object)->uri);

  G_OBJECT_CLASS (gst_rtc_web_rtc_src_parent_class)->finalize (object);
}

static void
gst_rtc_web_rtc_src_class_init (GstRtcWebRTCSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  gst_rtc_keep_openssl_until_the_end ();

  object_class->set_property = gst_rtc_web_rtc_src_set_property;
  object_class->get_property = gst_rtc_web_rtc_src_get_property;
  object_class->finalize = gst_rtc_web_rtc_src_finalize;
  GST_ELEMENT_CLASS (klass)->change_state = gst_rtc_web_rtc_src_change_state;
  GST_RTC_BASE_SRC_CLASS (klass)->create_signaller = create_signaller;

  /**
   * GstRtcWebRTCSrc:connect-to-first-producer:
   *
   * Without a `producer-peer-id`, take the first producer that there is, and
   * wait for one if there is none.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class,
      PROP_CONNECT_TO_FIRST_PRODUCER,
      g_param_spec_boolean ("connect-to-first-producer",
          "Connect to first producer",
          "Take the first producer that there is, or wait for one", FALSE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
          GST_PARAM_MUTABLE_READY));
}

static void
gst_rtc_web_rtc_src_init (GstRtcWebRTCSrc * self)
{
}

gboolean
gst_rtc_web_rtc_src_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "webrtcsrc", GST_RANK_PRIMARY,
      GST_RTC_TYPE_WEB_RTC_SRC);
}
