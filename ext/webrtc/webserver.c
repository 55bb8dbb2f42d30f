/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A server of static files, for the page that shows what an element streams.
 *
 * Runs on a thread of its own (soupthread.c); what is here is constant while
 * it runs. Only GET and HEAD of plain files below one folder: no segment of a
 * path may begin with a dot, and a file must still be below the folder after
 * all symbolic links are followed.
 */

#include "webserver.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#include "ext/signalling/soupthread.h"

#define DEFAULT_HOST_ADDR "http://127.0.0.1:8080"
#define DEFAULT_PORT 80

struct _GstRtcWebServer
{
  gchar *root;                  /* without symbolic links */
  gchar *prefix;                /* "/" or "/<path>/" */
  GstRtcSoupThread *thread;
};

static const struct
{
  const gchar *extension;
  const gchar *content_type;
} content_types[] = {
  {".html", "text/html; charset=utf-8"},
  {".js", "text/javascript; charset=utf-8"},
  {".mjs", "text/javascript; charset=utf-8"},
  {".css", "text/css; charset=utf-8"},
  {".json", "application/json"},
  {".map", "application/json"},
  {".svg", "image/svg+xml"},
  {".png", "image/png"},
  {".ico", "image/x-icon"},
  {".wasm", "application/wasm"},
  {".txt", "text/plain; charset=utf-8"},
};

static const gchar *
get_content_type (const gchar * file)
{
  for (guint i = 0; i < G_N_ELEMENTS (content_types); i++) {
    if (g_str_has_suffix (file, content_types[i].extension))
      return content_types[i].content_type;
  }

  return "application/octet-stream";
}

/* The path below the prefix, decoded, or NULL if it is none of ours. An
 * escaped slash is refused with the rest of what could lead elsewhere. */
static gchar *
get_relative_path (GstRtcWebServer * self, const gchar * path)
{
  g_autofree gchar *decoded = NULL;
  g_auto (GStrv) segments = NULL;

  if (!g_str_has_prefix (path, self->prefix))
    return NULL;
  decoded = g_uri_unescape_string (path + strlen (self->prefix), "/");
  if (!decoded || !g_utf8_validate (decoded, -1, NULL))
    return NULL;

  segments = g_strsplit (decoded, "/", -1);
  for (gchar ** segment = segments; *segment; segment++) {
    gboolean is_last = segment[1] == NULL;

    if (**segment == '.' || (**segment == '\0' && !is_last))
      return NULL;
  }

  return g_steal_pointer (&decoded);
}

/* The real file, or NULL if it is not there or outside the folder */
static gchar *
resolve_file (GstRtcWebServer * self, const gchar * relative)
{
  g_autofree gchar *wanted = g_build_filename (self->root, relative, NULL);
  g_autofree gchar *below = g_strconcat (self->root, "/", NULL);
  gchar *file = realpath (wanted, NULL);

  if (file && (g_str_equal (file, self->root)
          || g_str_has_prefix (file, below)))
    return file;

  free (file);
  return NULL;
}

static void
send_file (SoupServerMessage * message, const gchar * file)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);
  gchar *contents;
  gsize length;

  if (!g_file_test (file, G_FILE_TEST_IS_REGULAR)
      || !g_file_get_contents (file, &contents, &length, NULL)) {
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
    return;
  }

  soup_message_headers_replace (headers, "Cache-Control", "no-cache");
  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, get_content_type (file),
      SOUP_MEMORY_TAKE, contents, length);
}

static void
send_folder (SoupServerMessage * message, const gchar * path,
    const gchar * folder)
{
  g_autofree gchar *index = g_build_filename (folder, "index.html", NULL);

  if (g_str_has_suffix (path, "/")) {
    /* a link out of the folder is no index */
    if (g_file_test (index, G_FILE_TEST_IS_SYMLINK))
      soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
    else
      send_file (message, index);
  } else {
    g_autofree gchar *with_slash = g_strconcat (path, "/", NULL);

    soup_server_message_set_redirect (message, SOUP_STATUS_MOVED_PERMANENTLY,
        with_slash);
  }
}

static void
answer (GstRtcWebServer * self, SoupServerMessage * message, const gchar * path)
{
  g_autofree gchar *relative = NULL;
  g_autofree gchar *with_slash = g_strconcat (path, "/", NULL);
  gchar *file;

  if (g_str_equal (with_slash, self->prefix)) {
    soup_server_message_set_redirect (message, SOUP_STATUS_MOVED_PERMANENTLY,
        with_slash);
    return;
  }

  relative = get_relative_path (self, path);
  file = relative ? resolve_file (self, relative) : NULL;
  if (!file)
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
  else if (g_file_test (file, G_FILE_TEST_IS_DIR))
    send_folder (message, path, file);
  else
    send_file (message, file);
  free (file);
}

static void
on_request (SoupServer * server, SoupServerMessage * message,
    const gchar * unused_path, GHashTable * query, gpointer user_data)
{
  const gchar *method = soup_server_message_get_method (message);
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "Connection", "close");
  if (g_str_equal (method, "GET") || g_str_equal (method, "HEAD")) {
    answer (user_data, message,
        g_uri_get_path (soup_server_message_get_uri (message)));
  } else {
    soup_message_headers_replace (headers, "Allow", "GET, HEAD");
    soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED,
        NULL);
  }
}

static void
begin_serving (SoupServer * server, gpointer user_data)
{
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
set_prefix (GstRtcWebServer * self, const gchar * path, GError ** error)
{
  g_autofree gchar *escaped = NULL;

  if (!path) {
    self->prefix = g_strdup ("/");
    return TRUE;
  }
  if (*path == '\0' || strchr (path, '/')) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "'%s' is not one segment of a path", path);
    return FALSE;
  }

  escaped = g_uri_escape_string (path, NULL, FALSE);
  self->prefix = g_strconcat ("/", escaped, "/", NULL);
  return TRUE;
}

static gboolean
set_root (GstRtcWebServer * self, const gchar * directory, GError ** error)
{
  gchar *root = realpath (directory, NULL);

  if (!root || !g_file_test (root, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
        "No folder to serve: '%s'", directory);
    free (root);
    return FALSE;
  }

  self->root = g_strdup (root);
  free (root);
  return TRUE;
}

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

  if (set_prefix (self, settings->path, error)
      && set_root (self, settings->directory, error)
      && listen (self, settings, error))
    return self;

  gst_rtc_web_server_stop (self);
  return NULL;
}

/* Closes all connections and frees the server. Thread: any but its own */
void
gst_rtc_web_server_stop (GstRtcWebServer * self)
{
  g_clear_pointer (&self->thread, gst_rtc_soup_thread_free);
  g_free (self->prefix);
  g_free (self->root);
  g_free (self);
}

guint
gst_rtc_web_server_get_port (GstRtcWebServer * self)
{
  return gst_rtc_soup_thread_get_port (self->thread);
}
