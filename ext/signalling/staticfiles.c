/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plain files below one folder, over HTTP. Only GET and HEAD: no segment of a
 * path may begin with a dot, and a file must still be below the folder after
 * all symbolic links are followed. Constant after creation. */

#include "staticfiles.h"

#include <stdlib.h>
#include <string.h>

struct _GstRtcStaticFiles
{
  gchar *root;                  /* without symbolic links */
  gchar *prefix;                /* "/" or "/<path>/" */
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
get_relative_path (GstRtcStaticFiles * self, const gchar * path)
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
resolve_file (GstRtcStaticFiles * self, const gchar * relative)
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
answer (GstRtcStaticFiles * self, SoupServerMessage * message,
    const gchar * path)
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

static gboolean
set_prefix (GstRtcStaticFiles * self, const gchar * path, GError ** error)
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
set_root (GstRtcStaticFiles * self, const gchar * directory, GError ** error)
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

/* Below @path, one segment or NULL for the root */
GstRtcStaticFiles *
gst_rtc_static_files_new (const gchar * directory, const gchar * path,
    GError ** error)
{
  GstRtcStaticFiles *self = g_new0 (GstRtcStaticFiles, 1);

  if (set_prefix (self, path, error) && set_root (self, directory, error))
    return self;

  gst_rtc_static_files_free (self);
  return NULL;
}

void
gst_rtc_static_files_free (GstRtcStaticFiles * self)
{
  g_free (self->prefix);
  g_free (self->root);
  g_free (self);
}

/* The connection is closed after the answer */
void
gst_rtc_static_files_answer (GstRtcStaticFiles * self,
    SoupServerMessage * message)
{
  const gchar *method = soup_server_message_get_method (message);
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "Connection", "close");
  if (g_str_equal (method, "GET") || g_str_equal (method, "HEAD")) {
    answer (self, message,
        g_uri_get_path (soup_server_message_get_uri (message)));
  } else {
    soup_message_headers_replace (headers, "Allow", "GET, HEAD");
    soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED,
        NULL);
  }
}
