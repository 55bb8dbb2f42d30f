/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>

static gboolean
on_watchdog (gpointer what)
{
  g_error ("waited in vain for: %s", (const gchar *) what);

  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

/* Conditions may come true on other threads, so they are looked at again every
 * few milliseconds */
void
wait_on_context (GMainContext * context, Condition condition, gpointer data,
    const gchar * what)
{
  GSource *watchdog = g_timeout_source_new_seconds (WAIT_SECONDS);
  GSource *tick = g_timeout_source_new (5);

  g_source_set_callback (watchdog, on_watchdog, (gpointer) what, NULL);
  g_source_attach (watchdog, context);
  g_source_set_callback (tick, on_tick, NULL, NULL);
  g_source_attach (tick, context);
  while (!condition (data))
    g_main_context_iteration (context, TRUE);
  g_source_destroy (tick);
  g_source_unref (tick);
  g_source_destroy (watchdog);
  g_source_unref (watchdog);
}

GstRtcSignallingServer *
server_on (guint port, const gchar * cert, const gchar * key)
{
  GstRtcSignallingServer *server = gst_rtc_signalling_server_new ();
  GError *error = NULL;

  g_object_set (server, "host", "127.0.0.1", "port", port, "cert", cert,
      "key", key, NULL);
  gst_rtc_signalling_server_start (server, &error);
  g_assert_no_error (error);

  return server;
}

gchar *
server_uri (GstRtcSignallingServer * server, const gchar * scheme,
    const gchar * query)
{
  return g_strdup_printf ("%s://127.0.0.1:%u/%s", scheme,
      gst_rtc_signalling_server_get_port (server), query ? query : "");
}

static gboolean
has_threads (gpointer n)
{
  return count_threads_but (NULL) <= GPOINTER_TO_UINT (n);
}

void
wait_for_n_threads (guint n)
{
  wait_for (has_threads, GUINT_TO_POINTER (n));
}

static void
on_message (SoupWebsocketConnection * socket, gint type, GBytes * bytes,
    RawClient * client)
{
  g_queue_push_tail (&client->received, g_strndup (g_bytes_get_data (bytes,
              NULL), g_bytes_get_size (bytes)));
}

static void
on_closed (SoupWebsocketConnection * socket, RawClient * client)
{
  client->closed = TRUE;
}

static void
on_connected (GObject * session, GAsyncResult * result, gpointer data)
{
  RawClient *client = data;

  client->socket = soup_session_websocket_connect_finish (SOUP_SESSION
      (session), result, NULL);
  client->answered = TRUE;
  if (!client->socket)
    return;

  soup_websocket_connection_set_max_incoming_payload_size (client->socket, 0);
  g_signal_connect (client->socket, "message", G_CALLBACK (on_message), client);
  g_signal_connect (client->socket, "closed", G_CALLBACK (on_closed), client);
}

static gboolean
is_answered (gpointer data)
{
  return ((RawClient *) data)->answered;
}

static gboolean
is_closed (gpointer data)
{
  return ((RawClient *) data)->closed;
}

static gboolean
has_received (gpointer data)
{
  return !g_queue_is_empty (&((RawClient *) data)->received);
}

RawClient *
raw_client_new (GstRtcSignallingServer * server, const gchar * origin)
{
  g_autofree gchar *uri = server_uri (server, "ws", "any/path");
  RawClient *client = g_new0 (RawClient, 1);

  client->session = soup_session_new ();
  client->message = soup_message_new ("GET", uri);
  soup_session_websocket_connect_async (client->session, client->message,
      origin, NULL, G_PRIORITY_DEFAULT, NULL, on_connected, client);
  wait_for (is_answered, client);

  return client;
}

void
raw_client_free (RawClient * client)
{
  if (client->socket) {
    if (soup_websocket_connection_get_state (client->socket) ==
        SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_close (client->socket,
          SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
    wait_for (is_closed, client);
    g_signal_handlers_disconnect_by_data (client->socket, client);
    g_object_unref (client->socket);
  }
  g_queue_clear_full (&client->received, g_free);
  g_object_unref (client->message);
  soup_session_abort (client->session);
  g_object_unref (client->session);
  g_free (client);
}

void
raw_client_send (RawClient * client, const gchar * text)
{
  soup_websocket_connection_send_text (client->socket, text);
}

gchar *
raw_client_expect (RawClient * client, const gchar * part)
{
  gchar *text;

  wait_on_context (NULL, has_received, client, part);
  text = g_queue_pop_head (&client->received);
  fail_unless (strstr (text, part) != NULL, "%s is not in %s", part, text);

  return text;
}

gchar *
text_member (const gchar * json, const gchar * name)
{
  g_autoptr (JsonNode) node = json_from_string (json, NULL);

  return g_strdup (json_object_get_string_member (json_node_get_object (node),
          name));
}

static void
G_GNUC_PRINTF (2, 3)
run_openssl (const gchar * folder, const gchar * format, ...)
{
  g_autofree gchar *line = NULL;
  g_auto (GStrv) args = NULL;
  g_autoptr (GError) error = NULL;
  gint status = -1;
  va_list list;

  va_start (list, format);
  line = g_strdup_vprintf (format, list);
  va_end (list);
  g_assert_true (g_shell_parse_argv (line, NULL, &args, NULL));
  g_spawn_sync (folder, args, NULL, G_SPAWN_SEARCH_PATH |
      G_SPAWN_STDERR_TO_DEV_NULL | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
      NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
}

void
test_certificate_make (TestCertificate * certificate)
{
  g_autofree gchar *ext = NULL;

  certificate->folder = g_dir_make_tmp ("rtc-test-XXXXXX", NULL);
  certificate->ca = g_build_filename (certificate->folder, "ca.pem", NULL);
  certificate->cert = g_build_filename (certificate->folder, "cert.pem", NULL);
  certificate->key = g_build_filename (certificate->folder, "key.pem", NULL);
  ext = g_build_filename (certificate->folder, "ext", NULL);
  g_file_set_contents (ext, "subjectAltName=IP:127.0.0.1\n", -1, NULL);

  run_openssl (certificate->folder, "openssl req -x509 -newkey ec -pkeyopt "
      "ec_paramgen_curve:P-256 -nodes -subj /CN=test-ca -days 2 "
      "-keyout ca.key -out ca.pem");
  run_openssl (certificate->folder, "openssl req -newkey ec -pkeyopt "
      "ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 "
      "-keyout key.pem -out cert.csr");
  run_openssl (certificate->folder, "openssl x509 -req -in cert.csr -CA ca.pem "
      "-CAkey ca.key -CAcreateserial -days 2 -extfile ext -out cert.pem");
}

void
test_certificate_remove (TestCertificate * certificate)
{
  g_autoptr (GDir) folder = g_dir_open (certificate->folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (folder))) {
    g_autofree gchar *path = g_build_filename (certificate->folder, name, NULL);

    g_unlink (path);
  }
  g_rmdir (certificate->folder);
  g_free (certificate->folder);
  g_free (certificate->ca);
  g_free (certificate->cert);
  g_free (certificate->key);
}
