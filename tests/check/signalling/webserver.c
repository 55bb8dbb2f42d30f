/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The web server: what it serves, and what it must not */

#include "common.h"
#include "tests/check/common/threads.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "ext/webrtc/webserver.h"

static gchar *outside;
static gchar *folder;

static void
write_file (const gchar * name, const gchar * text)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
make_folder (void)
{
  g_autofree gchar *sub = NULL;
  g_autofree gchar *secret = NULL;
  g_autofree gchar *link = NULL;
  g_autofree gchar *inner_link = NULL;

  outside = g_dir_make_tmp ("rtc-web-XXXXXX", NULL);
  folder = g_build_filename (outside, "root", NULL);
  sub = g_build_filename (folder, "sub", NULL);
  g_mkdir_with_parents (sub, 0700);
  secret = g_build_filename (outside, "secret.txt", NULL);
  g_file_set_contents (secret, "secret", -1, NULL);
  link = g_build_filename (folder, "link.txt", NULL);
  g_assert_true (symlink (secret, link) == 0);
  inner_link = g_build_filename (folder, "inner.txt", NULL);
  g_assert_true (symlink ("a.txt", inner_link) == 0);

  write_file ("index.html", "index");
  write_file ("a.txt", "text");
  write_file ("a b.js", "js");
  write_file ("m.mjs", "mjs");
  write_file ("s.css", "css");
  write_file ("x.wasm", "wasm");
  write_file ("unknown.bin", "bin");
  write_file (".hidden", "hidden");
  write_file ("sub/index.html", "sub index");
}

static void
remove_folder (void)
{
  static const gchar *const names[] = { "root/index.html", "root/a.txt",
    "root/a b.js", "root/m.mjs", "root/s.css", "root/x.wasm",
    "root/unknown.bin", "root/.hidden", "root/sub/index.html",
    "root/link.txt", "root/inner.txt", "root/sub", "root", "secret.txt"
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = g_build_filename (outside, names[i], NULL);

    g_remove (path);
  }
  g_rmdir (outside);
  g_clear_pointer (&outside, g_free);
  g_clear_pointer (&folder, g_free);
}

static GstRtcWebServer *
start (const gchar * path, const gchar * cert, const gchar * key)
{
  GstRtcWebServerSettings settings = { folder, "http://127.0.0.1:0", path,
    cert, key
  };
  g_autoptr (GError) error = NULL;
  GstRtcWebServer *server = gst_rtc_web_server_start (&settings, &error);

  g_assert_no_error (error);

  return server;
}

/* A request as it is, without a client that would tidy up its path */
static gchar *
ask_raw (GstRtcWebServer * server, const gchar * method, const gchar * path)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_host (client, "127.0.0.1",
      gst_rtc_web_server_get_port (server), NULL, NULL);
  g_autofree gchar *request = g_strdup_printf ("%s %s HTTP/1.1\r\n"
      "Host: 127.0.0.1\r\n\r\n", method, path);
  gchar answer[4096] = "";

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM
          (connection)), request, strlen (request), NULL, NULL, NULL);
  g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM
          (connection)), answer, sizeof answer - 1, NULL, NULL, NULL);

  return g_strdup (answer);
}

static const struct
{
  const gchar *prefix;
  const gchar *method;
  const gchar *path;
  guint status;
  const gchar *part;            /* of the headers or the body */
} cases[] = {
  {NULL, "GET", "/", 200, "text/html"},
  {NULL, "GET", "/?query=1", 200, "\r\n\r\nindex"},
  {NULL, "GET", "/index.html", 200, "\r\n\r\nindex"},
  {NULL, "GET", "/a.txt", 200, "text/plain"},
  {NULL, "GET", "/inner.txt", 200, "\r\n\r\ntext"},
  {NULL, "GET", "/a%20b.js", 200, "text/javascript"},
  {NULL, "GET", "/m.mjs", 200, "text/javascript"},
  {NULL, "GET", "/s.css", 200, "text/css"},
  {NULL, "GET", "/x.wasm", 200, "application/wasm"},
  {NULL, "GET", "/unknown.bin", 200, "application/octet-stream"},
  {NULL, "HEAD", "/a.txt", 200, "Content-Length: 4"},
  {NULL, "GET", "/sub/", 200, "sub index"},
  {NULL, "GET", "/sub", 301, "/sub/"},
  {NULL, "POST", "/a.txt", 405, "Allow: GET, HEAD"},
  {NULL, "GET", "/none.txt", 404, NULL},
  {NULL, "GET", "/.hidden", 404, NULL},
  {NULL, "GET", "/%2ehidden", 404, NULL},
  {NULL, "GET", "/link.txt", 404, NULL},
  {NULL, "GET", "/../secret.txt", 404, NULL},
  {NULL, "GET", "/%2e%2e/secret.txt", 404, NULL},
  {NULL, "GET", "/sub/../../secret.txt", 404, NULL},
  {NULL, "GET", "/..%2fsecret.txt", 400, NULL},
  {NULL, "GET", "/sub/%2e%2e%2f%2e%2e%2fsecret.txt", 400, NULL},
  {NULL, "GET", "//a.txt", 404, NULL},
  {NULL, "GET", "/a.txt%00.html", 400, NULL},
  {NULL, "GET", "/a.txt/", 404, NULL},
  {"page", "GET", "/page/a.txt", 200, "\r\n\r\ntext"},
  {"page", "GET", "/page", 301, "/page/"},
  {"page", "GET", "/page/", 200, "\r\n\r\nindex"},
  {"page", "GET", "/a.txt", 404, NULL},
  {"page", "GET", "/pagea.txt", 404, NULL},
};

GST_START_TEST (request)
{
  GstRtcWebServer *server = start (cases[__i__].prefix, NULL, NULL);
  g_autofree gchar *text = ask_raw (server, cases[__i__].method,
      cases[__i__].path);
  g_autofree gchar *status =
      g_strdup_printf ("HTTP/1.1 %u ", cases[__i__].status);

  fail_unless (g_str_has_prefix (text, status), "%s: %s", cases[__i__].path,
      text);
  fail_if (strstr (text, "secret") || strstr (text, "\r\n\r\nhidden"));
  if (cases[__i__].part)
    fail_unless (strstr (text, cases[__i__].part) != NULL, "%s", text);
  gst_rtc_web_server_stop (server);
}

GST_END_TEST;

GST_START_TEST (cannot_start)
{
  GstRtcWebServer *first = start (NULL, NULL, NULL);
  g_autofree gchar *taken = g_strdup_printf ("http://127.0.0.1:%u",
      gst_rtc_web_server_get_port (first));
  const GstRtcWebServerSettings bad[] = {
    {folder, taken, NULL, NULL, NULL},
    {"/nonexistent", "http://127.0.0.1:0", NULL, NULL, NULL},
    {folder, "http://127.0.0.1:0", "a/b", NULL, NULL},
    {folder, "http://127.0.0.1:0", "", NULL, NULL},
    {folder, "nonsense", NULL, NULL, NULL},
    {folder, "http://127.0.0.1:0", NULL, "/nonexistent", NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    fail_if (gst_rtc_web_server_start (&bad[i], &error));
    fail_unless (error != NULL);
  }
  gst_rtc_web_server_stop (first);
}

GST_END_TEST;

/* D18: gst-plugins-rs serves one connection at a time over TLS, none after a
 * handshake that failed, and its stop waits for somebody to connect */
GST_START_TEST (bad_connections_block_nothing)
{
  TestCertificate certificate;
  GSocketConnection *idle[20];
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autofree gchar *uri = NULL;
  GstRtcWebServer *server;

  test_certificate_make (&certificate);
  server = start (NULL, certificate.cert, certificate.key);
  for (guint i = 0; i < G_N_ELEMENTS (idle); i++)
    idle[i] = g_socket_client_connect_to_host (client, "127.0.0.1",
        gst_rtc_web_server_get_port (server), NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (idle); i += 2)
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM
            (idle[i])), "GET / HTTP/1.1\r\n\r\n", 18, NULL, NULL, NULL);

  uri = g_strdup_printf ("https://127.0.0.1:%u/a.txt",
      gst_rtc_web_server_get_port (server));
  database = g_tls_file_database_new (certificate.ca, NULL);
  soup_session_set_tls_database (session, database);
  message = soup_message_new ("GET", uri);
  body = soup_session_send_and_read (session, message, NULL, NULL);
  fail_unless_equals_int (soup_message_get_status (message), 200);

  gst_rtc_web_server_stop (server);
  for (guint i = 0; i < G_N_ELEMENTS (idle); i++)
    g_object_unref (idle[i]);
  soup_session_abort (session);
  test_certificate_remove (&certificate);
}

GST_END_TEST;

GST_START_TEST (stop_without_connections)
{
  TestCertificate certificate;

  test_certificate_make (&certificate);
  for (guint i = 0; i < 5; i++)
    gst_rtc_web_server_stop (start (NULL, certificate.cert, certificate.key));
  test_certificate_remove (&certificate);
}

GST_END_TEST;

static Suite *
webserver_suite (void)
{
  Suite *suite = suite_create ("webserver");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_checked_fixture (tc, make_folder, remove_folder);
  tcase_add_loop_test (tc, request, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, cannot_start);
  tcase_add_test (tc, bad_connections_block_nothing);
  tcase_add_test (tc, stop_without_connections);

  return suite;
}

GST_CHECK_MAIN (webserver);
