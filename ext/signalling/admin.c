/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an operator's tools ask, on an address of its own:
 *
 *     /healthz  200 while the server's thread does its work
 *     /readyz   200 while new clients are taken, else 503
 *     /metrics  numbers for Prometheus
 *
 * The socket is opened where errors can be told; all else is on the server's
 * thread, so that an answer also says that this is alive.
 */

#include "admin.h"

#include <string.h>

#include "listen.h"
#include "log.h"

struct _GstRtcAdmin
{
  GSocket *socket;
  guint port;

  /* the server's thread only */
  SoupServer *server;
  GstRtcAdmission *admission;   /* unowned */
    gboolean (*is_ready) (gpointer user_data);
  gchar *(*describe) (gpointer user_data);
  gpointer user_data;
};

static void
answer (SoupServerMessage * message, guint status, const gchar * type,
    const gchar * text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, text,
      strlen (text));
}

static void
answer_path (GstRtcAdmin * self, SoupServerMessage * message,
    const gchar * path)
{
  g_autofree gchar *text = NULL;

  if (g_str_equal (path, "/healthz")) {
    answer (message, SOUP_STATUS_OK, "text/plain", "ok\n");
  } else if (g_str_equal (path, "/readyz")) {
    const gboolean ready = self->is_ready (self->user_data);

    answer (message, ready ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
        "text/plain", ready ? "ok\n" : "takes no clients\n");
  } else if (g_str_equal (path, "/metrics")) {
    text = self->describe (self->user_data);
    answer (message, SOUP_STATUS_OK, "text/plain; version=0.0.4", text);
  } else {
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
  }
}

static void
on_request (SoupServer * server, SoupServerMessage * message,
    const gchar * path, GHashTable * query, gpointer user_data)
{
  GstRtcAdmin *self = user_data;
  const gchar *method = soup_server_message_get_method (message);
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "Connection", "close");
  if (!gst_rtc_admission_check_host (self->admission, message)) {
    soup_server_message_set_status (message, SOUP_STATUS_FORBIDDEN, NULL);
  } else if (g_str_equal (method, "GET") || g_str_equal (method, "HEAD")) {
    answer_path (self, message, path);
  } else {
    soup_message_headers_replace (headers, "Allow", "GET, HEAD");
    soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED,
        NULL);
  }
}

/* @address: ADDRESS:PORT */
GstRtcAdmin *
gst_rtc_admin_new (const gchar * address, GError ** error)
{
  g_autofree gchar *host = NULL;
  guint port = 0;
  GstRtcAdmin *self;
  GSocket *socket;

  if (!gst_rtc_split_address (address, &host, &port, error))
    return NULL;
  socket = gst_rtc_listen (host, port, NULL, &port, error);
  if (!socket)
    return NULL;

  self = g_new0 (GstRtcAdmin, 1);
  self->socket = socket;
  self->port = port;

  return self;
}

void
gst_rtc_admin_free (GstRtcAdmin * self)
{
  g_object_unref (self->socket);
  g_free (self);
}

guint
gst_rtc_admin_get_port (GstRtcAdmin * self)
{
  return self->port;
}

void
gst_rtc_admin_begin (GstRtcAdmin * self, GstRtcAdmission * admission,
    gboolean (*is_ready) (gpointer user_data),
    gchar * (*describe) (gpointer user_data), gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  self->admission = admission;
  self->is_ready = is_ready;
  self->describe = describe;
  self->user_data = user_data;
  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  if (!soup_server_listen_socket (self->server, self->socket, 0, &error))
    GST_ERROR ("no metrics: %s", error->message);
}

void
gst_rtc_admin_end (GstRtcAdmin * self)
{
  soup_server_disconnect (self->server);
  g_clear_object (&self->server);
}
