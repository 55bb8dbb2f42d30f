/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The signalling server: properties, start and stop.
 *
 * GstRtcSignallingServer holds the settings and may be used from any thread.
 * What it serves lives in a service (service.c), made by start() and gone
 * after stop(), on a thread of its own (soupthread.c). A setting that is
 * changed meanwhile holds from the next start on; reload() reads certificate,
 * tokens and keys again.
 */

#include "server.h"

#include "log.h"
#include "serversettings.h"
#include "service.h"

#define DEFAULT_HOST "0.0.0.0"

struct _GstRtcSignallingServer
{
  GObject parent_instance;

  GMutex lock;
  /* guarded by lock */
  GstRtcServerSettings *settings;

  /* start(), reload() and stop() only, which the owner does not mix */
  gchar *own_token;
  GstRtcServerSettings *running;
  GstRtcSoupThread *thread;
  GstRtcService *service;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstRtcSignallingServer,
    gst_rtc_signalling_server, G_TYPE_OBJECT, gst_rtc_signalling_log_init ());

/* Properties are in the order of the list */
static void
gst_rtc_signalling_server_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstRtcSignallingServer *self = GST_RTC_SIGNALLING_SERVER (object);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  gst_rtc_server_settings_set (self->settings, id - 1, value);
}

static void
gst_rtc_signalling_server_get_property (GObject * object, guint id,
    GValue * value, GParamSpec * pspec)
{
  GstRtcSignallingServer *self = GST_RTC_SIGNALLING_SERVER (object);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  gst_rtc_server_settings_get (self->settings, id - 1, value);
}

static void
gst_rtc_signalling_server_dispose (GObject * object)
{
  gst_rtc_signalling_server_stop (GST_RTC_SIGNALLING_SERVER (object));

  G_OBJECT_CLASS (gst_rtc_signalling_server_parent_class)->dispose (object);
}

static void
gst_rtc_signalling_server_finalize (GObject * object)
{
  GstRtcSignallingServer *self = GST_RTC_SIGNALLING_SERVER (object);

  gst_rtc_server_settings_free (self->settings);
  g_free (self->own_token);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_rtc_signalling_server_parent_class)->finalize (object);
}

static void
gst_rtc_signalling_server_class_init (GstRtcSignallingServerClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  guint n;
  const GstRtcServerSetting *list = gst_rtc_server_settings_list (&n);

  object_class->set_property = gst_rtc_signalling_server_set_property;
  object_class->get_property = gst_rtc_signalling_server_get_property;
  object_class->dispose = gst_rtc_signalling_server_dispose;
  object_class->finalize = gst_rtc_signalling_server_finalize;
  for (guint i = 0; i < n; i++)
    g_object_class_install_property (object_class, i + 1,
        gst_rtc_server_setting_to_pspec (&list[i], list[i].name));
}

static void
gst_rtc_signalling_server_init (GstRtcSignallingServer * self)
{
  g_mutex_init (&self->lock);
  self->settings = gst_rtc_server_settings_new ();
  self->own_token = g_uuid_string_random ();
}

GstRtcSignallingServer *
gst_rtc_signalling_server_new (void)
{
  return g_object_new (GST_RTC_TYPE_SIGNALLING_SERVER, NULL);
}

static GstRtcSoupAddress
get_address (const GstRtcServerSettings * settings)
{
  const GstRtcSoupAddress address = {
    .host = settings->host ? settings->host : DEFAULT_HOST,
    .port = settings->port,
    .cert = settings->cert,
    .key = settings->key,
    .unix_socket = settings->unix_socket,
    .handshake_seconds = settings->handshake_timeout,
  };

  return address;
}

static GstRtcServerSettings *
copy_settings (GstRtcSignallingServer * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return gst_rtc_server_settings_copy (self->settings);
}

/* Clients can connect when it returns TRUE */
gboolean
gst_rtc_signalling_server_start (GstRtcSignallingServer * self, GError ** error)
{
  g_autoptr (GstRtcServerSettings) settings = NULL;
  GstRtcSoupAddress address;

  g_return_val_if_fail (!self->thread, FALSE);

  settings = copy_settings (self);
  address = get_address (settings);
  self->service = gst_rtc_service_new (settings, self->own_token, error);
  if (!self->service)
    return FALSE;
  self->thread = gst_rtc_soup_thread_new ("rtcsignalling", &address,
      &gst_rtc_service_callbacks, self->service, error);
  if (!self->thread) {
    g_clear_pointer (&self->service, gst_rtc_service_free);
    return FALSE;
  }

  GST_INFO_OBJECT (self, "listening on %s port %u%s", address.unix_socket ?
      address.unix_socket : address.host,
      gst_rtc_soup_thread_get_port (self->thread),
      address.cert ? " with TLS" : "");
  self->running = g_steal_pointer (&settings);

  return TRUE;
}

/* Reads certificate, tokens and keys again. If any of them cannot be read all
 * stay as they were; nobody is disconnected. */
gboolean
gst_rtc_signalling_server_reload (GstRtcSignallingServer * self,
    GError ** error)
{
  GstRtcSoupAddress address;

  g_return_val_if_fail (self->thread, FALSE);

  address = get_address (self->running);

  return gst_rtc_service_reload (self->service, self->thread, &address, error);
}

/* Nothing of the server is left when it returns. Not from its own thread. */
void
gst_rtc_signalling_server_stop (GstRtcSignallingServer * self)
{
  if (!self->thread)
    return;

  g_clear_pointer (&self->thread, gst_rtc_soup_thread_free);
  g_clear_pointer (&self->service, gst_rtc_service_free);
  g_clear_pointer (&self->running, gst_rtc_server_settings_free);
  GST_INFO_OBJECT (self, "stopped");
}

/* The port clients connect to, or 0 while stopped */
guint
gst_rtc_signalling_server_get_port (GstRtcSignallingServer * self)
{
  return self->thread ? gst_rtc_soup_thread_get_port (self->thread) : 0;
}

/* The port of health and metrics, or 0 if there is none */
guint
gst_rtc_signalling_server_get_admin_port (GstRtcSignallingServer * self)
{
  return self->service ? gst_rtc_service_get_admin_port (self->service) : 0;
}

/* Credentials for whoever owns the server, or NULL if none are needed */
gchar *
gst_rtc_signalling_server_dup_own_token (GstRtcSignallingServer * self)
{
  return self->running && (self->running->auth_tokens
      || self->running->auth_jwt_key) ? g_strdup (self->own_token) : NULL;
}
