/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-webrtcsink
 * @title: webrtcsink
 * @short_description: offers streams to any number of WebRTC consumers
 *
 * Offers what comes in to browsers and other consumers, over the project's own
 * signalling protocol. Each stream is encoded once per codec, however many
 * consumers watch it.
 *
 * ## Example
 *
 * |[
 * gst-launch-1.0 videotestsrc is-live=true ! webrtcsink \
 *     run-signalling-server=true run-web-server=true meta="meta,name=test"
 * ]|
 * Open http://127.0.0.1:8080 in a browser.
 *
 * Since: 0.1
 */

#include "config.h"

#include "webrtcsink.h"

#include <ext/signalling/server.h>
#include <ext/signalling/serversettings.h>
#include <ext/signalling/wssignaller.h>

#include "opensslguard.h"
#include "webserver.h"

GST_DEBUG_CATEGORY_STATIC (webrtcsink_element_debug);
#define GST_CAT_DEFAULT webrtcsink_element_debug

#define DEFAULT_WEB_DIRECTORY "gstwebrtc-api/dist"
#define DEFAULT_WEB_ADDRESS "http://127.0.0.1:8080/"

struct _GstRtcWebRTCSink
{
  GstRtcBaseSink parent_instance;

  /* constant; holds its settings, but for those that are here */
  GstRtcSignallingServer *server;

  /* state changes only */
  GstRtcWebServer *web_server;

  /* guarded by the object lock */
  gboolean run_signalling_server;
  gchar *signalling_host;
  guint signalling_port;
  gchar *signalling_cert;
  gchar *signalling_key;
  GstStructure *signalling_headers;
  gboolean run_web_server;
  gchar *web_cert;
  gchar *web_key;
  gchar *web_path;
  gchar *web_directory;
  gchar *web_address;
};

enum
{
  PROP_0,
  PROP_RUN_SIGNALLING_SERVER,
  PROP_SIGNALLING_SERVER_HOST,
  PROP_SIGNALLING_SERVER_PORT,
  PROP_SIGNALLING_SERVER_CERT,
  PROP_SIGNALLING_SERVER_KEY,
  PROP_SIGNALLING_SERVER_HEADERS,
  PROP_RUN_WEB_SERVER,
  PROP_WEB_SERVER_CERT,
  PROP_WEB_SERVER_KEY,
  PROP_WEB_SERVER_PATH,
  PROP_WEB_SERVER_DIRECTORY,
  PROP_WEB_SERVER_HOST_ADDR,
  /* the server's further settings, in the order of their list */
  PROP_SERVER_SETTINGS,
};

#define SERVER_PREFIX "signalling-server-"

G_DEFINE_FINAL_TYPE (GstRtcWebRTCSink, gst_rtc_web_rtc_sink,
    GST_RTC_TYPE_BASE_SINK);

/* Embedded signalling server */

/* What a client on this machine connects to. Without a port it is a name only,
 * of what listens on a Unix socket. */
static gchar *
get_own_uri (GstRtcWebRTCSink * self, guint port)
{
  g_autofree gchar *host = NULL;
  gboolean secure;

  GST_OBJECT_LOCK (self);
  host = g_strdup (self->signalling_host);
  secure = self->signalling_cert && self->signalling_key;
  GST_OBJECT_UNLOCK (self);

  if (g_str_equal (host, "0.0.0.0")) {
    g_free (host);
    host = g_strdup ("127.0.0.1");
  } else if (g_str_equal (host, "::") || g_str_equal (host, "[::]")) {
    g_free (host);
    host = g_strdup ("[::1]");
  } else if (strchr (host, ':') && *host != '[') {
    gchar *bracketed = g_strdup_printf ("[%s]", host);

    g_free (host);
    host = bracketed;
  }

  return port ? g_strdup_printf ("%s://%s:%u", secure ? "wss" : "ws", host,
      port) : g_strdup_printf ("%s://%s/", secure ? "wss" : "ws", host);
}

/* Where the server wants credentials, the element has some of its own */
static void
give_own_token (GstRtcWebRTCSink * self, GstRtcSignaller * signaller)
{
  g_autofree gchar *token =
      gst_rtc_signalling_server_dup_own_token (self->server);
  g_autofree gchar *value = NULL;
  GstStructure *headers = NULL;

  if (!token)
    return;

  value = g_strconcat ("Bearer ", token, NULL);
  g_object_get (signaller, "headers", &headers, NULL);
  if (!headers)
    headers = gst_structure_new_empty ("headers");
  gst_structure_set (headers, "Authorization", G_TYPE_STRING, value, NULL);
  g_object_set (signaller, "headers", headers, NULL);
  gst_structure_free (headers);
}

static void
point_signaller_at_server (GstRtcWebRTCSink * self)
{
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_base_sink_ref_signaller (GST_RTC_BASE_SINK (self));
  g_autofree gchar *uri = get_own_uri (self,
      gst_rtc_signalling_server_get_port (self->server));
  g_autofree gchar *unix_socket = NULL;
  g_autofree gchar *cafile = NULL;

  if (!GST_RTC_IS_WEB_SOCKET_SIGNALLER (signaller))
    return;

  GST_OBJECT_LOCK (self);
  if (self->signalling_cert && self->signalling_key)
    cafile = g_strdup (self->signalling_cert);
  GST_OBJECT_UNLOCK (self);

  g_object_get (self->server, "unix-socket", &unix_socket, NULL);
  g_object_set (signaller, "uri", uri, "unix-socket", unix_socket, NULL);
  if (cafile)
    g_object_set (signaller, "cafile", cafile, NULL);
  give_own_token (self, signaller);
}

static gboolean
start_signalling_server (GstRtcWebRTCSink * self)
{
  g_autoptr (GError) error = NULL;
  gboolean run;

  GST_OBJECT_LOCK (self);
  run = self->run_signalling_server;
  g_object_set (self->server, "host", self->signalling_host, "port",
      self->signalling_port, "cert", self->signalling_cert, "key",
      self->signalling_key, "headers", self->signalling_headers, NULL);
  GST_OBJECT_UNLOCK (self);

  if (!run)
    return TRUE;

  if (!gst_rtc_signalling_server_start (self->server, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_READ_WRITE,
        ("The signalling server cannot be started: %s", error->message),
        (NULL));
    return FALSE;
  }
  point_signaller_at_server (self);

  return TRUE;
}

/* Embedded web server */

/* What the user named, else what is there in the working directory, else the
 * page that was installed */
static gchar *
find_web_directory (GstRtcWebRTCSink * self)
{
  gchar *directory;

  GST_OBJECT_LOCK (self);
  directory = g_strdup (self->web_directory);
  GST_OBJECT_UNLOCK (self);

  if (g_str_equal (directory, DEFAULT_WEB_DIRECTORY) &&
      !g_file_test (directory, G_FILE_TEST_IS_DIR)) {
    g_free (directory);
    directory = g_strdup (WEB_DIRECTORY);
  }

  return directory;
}

static gboolean
start_web_server (GstRtcWebRTCSink * self)
{
  g_autofree gchar *directory = find_web_directory (self);
  g_autofree gchar *address = NULL;
  g_autofree gchar *path = NULL;
  g_autofree gchar *cert = NULL;
  g_autofree gchar *key = NULL;
  GstRtcWebServerSettings settings = { directory, };
  g_autoptr (GError) error = NULL;
  gboolean run;

  GST_OBJECT_LOCK (self);
  run = self->run_web_server;
  settings.host_addr = address = g_strdup (self->web_address);
  settings.path = path = g_strdup (self->web_path);
  settings.cert = cert = g_strdup (self->web_cert);
  settings.key = key = g_strdup (self->web_key);
  GST_OBJECT_UNLOCK (self);

  if (!run)
    return TRUE;

  self->web_server = gst_rtc_web_server_start (&settings, &error);
  if (!self->web_server) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_READ_WRITE,
        ("The web server cannot be started: %s", error->message), (NULL));
    return FALSE;
  }

  return TRUE;
}

static void
stop_servers (GstRtcWebRTCSink * self)
{
  g_clear_pointer (&self->web_server, gst_rtc_web_server_stop);
  gst_rtc_signalling_server_stop (self->server);
}

static GstStateChangeReturn
gst_rtc_web_rtc_sink_change_state (GstElement * element,
    GstStateChange transition)
{
  GstRtcWebRTCSink *self = GST_RTC_WEB_RTC_SINK (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
      (!start_signalling_server (self) || !start_web_server (self))) {
    stop_servers (self);
    return GST_STATE_CHANGE_FAILURE;
  }

  ret = GST_ELEMENT_CLASS (gst_rtc_web_rtc_sink_parent_class)->change_state
      (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      ret == GST_STATE_CHANGE_FAILURE)
    stop_servers (self);

  return ret;
}

static void
gst_rtc_web_rtc_sink_meta_changed (GstRtcBaseSink * sink,
    GstRtcSignaller * signaller)
{
  if (GST_RTC_IS_WEB_SOCKET_SIGNALLER (signaller))
    gst_rtc_web_socket_signaller_update_meta (GST_RTC_WEB_SOCKET_SIGNALLER
        (signaller));
}

/* Properties */

static gchar *
check_web_address (const gchar * address)
{
  g_autoptr (GUri) uri = address ? g_uri_parse (address,
      G_URI_FLAGS_ENCODED, NULL) : NULL;
  g_autofree gchar *text = NULL;

  if (!uri || !g_uri_get_host (uri))
    return NULL;

  text = g_uri_to_string (uri);

  return *g_uri_get_path (uri) ? g_steal_pointer (&text) :
      g_strconcat (text, "/", NULL);
}

static void
set_web_address (GstRtcWebRTCSink * self, const gchar * address)
{
  g_autofree gchar *checked = check_web_address (address);

  if (!checked) {
    GST_WARNING_OBJECT (self, "not an address: %s", address);
    return;
  }

  GST_OBJECT_LOCK (self);
  g_free (self->web_address);
  self->web_address = g_steal_pointer (&checked);
  GST_OBJECT_UNLOCK (self);
}

static void
set_web_path (GstRtcWebRTCSink * self, const gchar * path)
{
  if (path && (!*path || strchr (path, '/'))) {
    GST_WARNING_OBJECT (self, "not one segment of a path: '%s'", path);
    return;
  }

  GST_OBJECT_LOCK (self);
  g_free (self->web_path);
  self->web_path = g_strdup (path);
  GST_OBJECT_UNLOCK (self);
}

static gchar **
find_string (GstRtcWebRTCSink * self, guint id)
{
  switch (id) {
    case PROP_SIGNALLING_SERVER_HOST:
      return &self->signalling_host;
    case PROP_SIGNALLING_SERVER_CERT:
      return &self->signalling_cert;
    case PROP_SIGNALLING_SERVER_KEY:
      return &self->signalling_key;
    case PROP_WEB_SERVER_CERT:
      return &self->web_cert;
    case PROP_WEB_SERVER_KEY:
      return &self->web_key;
    case PROP_WEB_SERVER_PATH:
      return &self->web_path;
    case PROP_WEB_SERVER_DIRECTORY:
      return &self->web_directory;
    case PROP_WEB_SERVER_HOST_ADDR:
      return &self->web_address;
    default:
      return NULL;
  }
}

static void
set_string (GstRtcWebRTCSink * self, guint id, const GValue * value)
{
  gchar **string = find_string (self, id);

  if (!g_value_get_string (value) && (id == PROP_SIGNALLING_SERVER_HOST ||
          id == PROP_WEB_SERVER_DIRECTORY)) {
    GST_WARNING_OBJECT (self, "there must be a value");
    return;
  }

  GST_OBJECT_LOCK (self);
  g_free (*string);
  *string = g_value_dup_string (value);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_rtc_web_rtc_sink_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstRtcWebRTCSink *self = GST_RTC_WEB_RTC_SINK (object);

  switch (id) {
    case PROP_RUN_SIGNALLING_SERVER:
      GST_OBJECT_LOCK (self);
      self->run_signalling_server = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_SIGNALLING_SERVER_PORT:
      GST_OBJECT_LOCK (self);
      self->signalling_port = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_SIGNALLING_SERVER_HEADERS:
      GST_OBJECT_LOCK (self);
      gst_clear_structure (&self->signalling_headers);
      self->signalling_headers = g_value_dup_boxed (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_RUN_WEB_SERVER:
      GST_OBJECT_LOCK (self);
      self->run_web_server = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_WEB_SERVER_PATH:
      set_web_path (self, g_value_get_string (value));
      break;
    case PROP_WEB_SERVER_HOST_ADDR:
      set_web_address (self, g_value_get_string (value));
      break;
    default:
      if (find_string (self, id))
        set_string (self, id, value);
      else if (id >= PROP_SERVER_SETTINGS)
        g_object_set_property (G_OBJECT (self->server),
            pspec->name + strlen (SERVER_PREFIX), value);
      else
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_web_rtc_sink_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstRtcWebRTCSink *self = GST_RTC_WEB_RTC_SINK (object);

  if (id >= PROP_SERVER_SETTINGS) {
    g_object_get_property (G_OBJECT (self->server),
        pspec->name + strlen (SERVER_PREFIX), value);
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_RUN_SIGNALLING_SERVER:
      g_value_set_boolean (value, self->run_signalling_server);
      break;
    case PROP_SIGNALLING_SERVER_PORT:
      g_value_set_uint (value, self->signalling_port);
      break;
    case PROP_SIGNALLING_SERVER_HEADERS:
      g_value_set_boxed (value, self->signalling_headers);
      break;
    case PROP_RUN_WEB_SERVER:
      g_value_set_boolean (value, self->run_web_server);
      break;
    default:
      if (find_string (self, id))
        g_value_set_string (value, *find_string (self, id));
      else
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_rtc_web_rtc_sink_finalize (GObject * object)
{
  GstRtcWebRTCSink *self = GST_RTC_WEB_RTC_SINK (object);

  stop_servers (self);
  g_object_unref (self->server);
  g_free (self->signalling_host);
  g_free (self->signalling_cert);
  g_free (self->signalling_key);
  gst_clear_structure (&self->signalling_headers);
  g_free (self->web_cert);
  g_free (self->web_key);
  g_free (self->web_path);
  g_free (self->web_directory);
  g_free (self->web_address);

  G_OBJECT_CLASS (gst_rtc_web_rtc_sink_parent_class)->finalize (object);
}

#define PLAIN_FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

static void
install_string (GObjectClass * klass, guint id, const gchar * name,
    const gchar * blurb, const gchar * value)
{
  g_object_class_install_property (klass, id, g_param_spec_string (name, NULL,
          blurb, value, PLAIN_FLAGS));
}

static void
install_properties (GObjectClass * klass)
{
  g_object_class_install_property (klass, PROP_RUN_SIGNALLING_SERVER,
      g_param_spec_boolean ("run-signalling-server", "Run signalling server",
          "Run a signalling server inside the element, and use it", FALSE,
          PLAIN_FLAGS | GST_PARAM_MUTABLE_READY));
  install_string (klass, PROP_SIGNALLING_SERVER_HOST,
      "signalling-server-host", "Address that the signalling server binds",
      "0.0.0.0");
  g_object_class_install_property (klass, PROP_SIGNALLING_SERVER_PORT,
      g_param_spec_uint ("signalling-server-port", "Signalling server port",
          "Port that the signalling server binds", 1, G_MAXUINT16, 8443,
          PLAIN_FLAGS));
  install_string (klass, PROP_SIGNALLING_SERVER_CERT,
      "signalling-server-cert", "PEM file of the signalling server's TLS "
      "certificate", NULL);
  install_string (klass, PROP_SIGNALLING_SERVER_KEY, "signalling-server-key",
      "PEM file of the certificate's private key", NULL);
  g_object_class_install_property (klass, PROP_SIGNALLING_SERVER_HEADERS,
      g_param_spec_boxed ("signalling-server-headers",
          "Signalling server headers",
          "Further headers of the signalling server's upgrade response",
          GST_TYPE_STRUCTURE, PLAIN_FLAGS));

  g_object_class_install_property (klass, PROP_RUN_WEB_SERVER,
      g_param_spec_boolean ("run-web-server", "Run web server",
          "Serve a directory over HTTP", FALSE,
          PLAIN_FLAGS | GST_PARAM_MUTABLE_READY));
  install_string (klass, PROP_WEB_SERVER_CERT, "web-server-cert",
      "PEM file of the web server's TLS certificate", NULL);
  install_string (klass, PROP_WEB_SERVER_KEY, "web-server-key",
      "PEM file of the certificate's private key", NULL);
  install_string (klass, PROP_WEB_SERVER_PATH, "web-server-path",
      "Path under which the directory is served, one segment; NULL for the "
      "root", NULL);
  install_string (klass, PROP_WEB_SERVER_DIRECTORY, "web-server-directory",
      "Directory to serve; the default falls back to the page that was "
      "installed", DEFAULT_WEB_DIRECTORY);
  install_string (klass, PROP_WEB_SERVER_HOST_ADDR, "web-server-host-addr",
      "Address that the web server binds", DEFAULT_WEB_ADDRESS);
}

/* Additions: whatever the server can be told besides */
static void
install_server_settings (GObjectClass * klass)
{
  guint n;
  const GstRtcServerSetting *list = gst_rtc_server_settings_list (&n);

  for (guint i = 0; i < n; i++) {
    g_autofree gchar *name = g_strconcat (SERVER_PREFIX, list[i].name, NULL);

    if (!g_object_class_find_property (klass, name))
      g_object_class_install_property (klass, PROP_SERVER_SETTINGS + i,
          gst_rtc_server_setting_to_pspec (&list[i], name));
  }
}

static void
gst_rtc_web_rtc_sink_class_init (GstRtcWebRTCSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  gst_rtc_keep_openssl_until_the_end ();

  GST_DEBUG_CATEGORY_INIT (webrtcsink_element_debug, "webrtcsinkelement", 0,
      "Embedded servers of webrtcsink");

  object_class->set_property = gst_rtc_web_rtc_sink_set_property;
  object_class->get_property = gst_rtc_web_rtc_sink_get_property;
  object_class->finalize = gst_rtc_web_rtc_sink_finalize;
  install_properties (object_class);
  install_server_settings (object_class);

  element_class->change_state = gst_rtc_web_rtc_sink_change_state;
  GST_RTC_BASE_SINK_CLASS (klass)->meta_changed =
      gst_rtc_web_rtc_sink_meta_changed;
  gst_element_class_set_static_metadata (element_class, "WebRTC sink",
      "Sink/Network/WebRTC", "Offers streams to WebRTC consumers",
      "gst-rtc developers");
}

static void
gst_rtc_web_rtc_sink_init (GstRtcWebRTCSink * self)
{
  g_autoptr (GstRtcSignaller) signaller =
      gst_rtc_web_socket_signaller_new (GST_RTC_SIGNALLER_ROLE_PRODUCER);

  self->server = gst_rtc_signalling_server_new ();
  self->signalling_host = g_strdup ("0.0.0.0");
  self->signalling_port = 8443;
  self->web_directory = g_strdup (DEFAULT_WEB_DIRECTORY);
  self->web_address = g_strdup (DEFAULT_WEB_ADDRESS);
  gst_rtc_base_sink_set_signaller (GST_RTC_BASE_SINK (self), signaller);
}

gboolean
gst_rtc_web_rtc_sink_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "webrtcsink", GST_RANK_NONE,
      GST_RTC_TYPE_WEB_RTC_SINK);
}
