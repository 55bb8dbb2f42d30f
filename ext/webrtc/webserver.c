/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A server of static files, for the page that shows what an element streams.
 *
 * Runs on a thread of its own (soupthread.c); what is here is constant while
 * it runs. */

#include "webserver.h"

#include "ext/signalling/soupthread.h"
#include "ext/signalling/staticfiles.h"

#define DEFAULT_HOST_ADDR "http://127.0.0.1:8080"
#define DEFAULT_PORT 80
/* a slow client has to take a file */
#define ANSWER_SECONDS 600

struct _GstRtcWebServer
{
  GstRtcStaticFiles *files;
  GstRtcSoupThread *thread;
  GstRtcSoupThread *serving;    /* the same, for that thread itself */
};

static void
on_request (SoupServer * server, SoupServerMessage * message,
    const gchar * unused_path, GHashTable * query, gpointer user_data)
{
  GstRtcWebServer *self = user_data;

  gst_rtc_soup_thread_give_time (self->serving, message, ANSWER_SECONDS);
  gst_rtc_static_files_answer (self->files, message);
}

static void
begin_serving (GstRtcSoupThread * thread, SoupServer * server,
    gpointer user_data)
{
  GstRtcWebServer *self = user_data;

  self->serving = thread;
  soup_server_add_handler (server, NULL, on_request, user_data, NULL);
}

/* libsoup has closed the connections already */
static void
end_serving (gpointer user_data)
{
}

static gboolean
has_ended (gpointer user_data)
{
  return TRUE;
}

static const GstRtcSoupCallbacks callbacks = {
  .begin = begin_serving,
  .end = end_serving,
  .abandon = end_serving,
  .has_ended = has_ended,
};

static gboolean
listen (GstRtcWebServer * self, const GstRtcWebServerSettings * settings,
    GError ** error)
{
  g_autoptr (GUri) uri = g_uri_parse (settings->host_addr ?
      settings->host_addr : DEFAULT_HOST_ADDR, G_URI_FLAGS_NONE, error);
  GstRtcSoupAddress address = { NULL, DEFAULT_PORT, settings->cert,
    settings->key
  };

  if (!uri)
    return FALSE;
  if (!g_uri_get_host (uri) || !*g_uri_get_host (uri)) {
    g_set_error (error, G_URI_ERROR, G_URI_ERROR_BAD_HOST,
        "No host in '%s'", settings->host_addr);
    return FALSE;
  }

  address.host = g_uri_get_host (uri);
  if (g_uri_get_port (uri) >= 0)
    address.port = g_uri_get_port (uri);
  self->thread = gst_rtc_soup_thread_new ("rtcwebserver", &address,
      &callbacks, self, error);

  return self->thread != NULL;
}

/* Serves when it returns; NULL if it cannot. Thread: any */
GstRtcWebServer *
gst_rtc_web_server_start (const GstRtcWebServerSettings * settings,
    GError ** error)
{
  GstRtcWebServer *self = g_new0 (GstRtcWebServer, 1);

  self->files = gst_rtc_static_files_new (settings->directory, settings->path,
      error);
  if (self->files && listen (self, settings, error))
    return self;

  gst_rtc_web_server_stop (self);
  return NULL;
}

/* Closes all connections and frees the server. Thread: any but its own */
void
gst_rtc_web_server_stop (GstRtcWebServer * self)
{
  g_clear_pointer (&self->thread, gst_rtc_soup_thread_free);
  g_clear_pointer (&self->files, gst_rtc_static_files_free);
  g_free (self);
}

guint
gst_rtc_web_server_get_port (GstRtcWebServer * self)
{
  return gst_rtc_soup_thread_get_port (self->thread);
}
