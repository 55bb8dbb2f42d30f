/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Embedded servers: where they listen. One that cannot start fails the state
 * change, with an error that says what is wrong, and nothing is served in
 * another way instead. */

#include "tests/check/common/sinkharness.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <string.h>

/* Somebody listens there until the listener is freed */
static GSocketListener *
take_port (guint * ret_port)
{
  GSocketListener *listener = g_socket_listener_new ();
  g_autoptr (GInetAddress) loopback =
      g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) got = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (listener, wanted, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, NULL, &got, &error);
  g_assert_no_error (error);
  *ret_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));

  return listener;
}

static guint
find_free_port (void)
{
  guint port;

  g_object_unref (take_port (&port));

  return port;
}

/* Of one of the two servers, on a port of 127.0.0.1 */
static GstElement *
make_sink (gboolean web, guint port)
{
  GstElement *sink = gst_object_ref_sink (gst_element_factory_make
      ("webrtcsink", NULL));
  g_autofree gchar *address = g_strdup_printf ("http://127.0.0.1:%u", port);

  if (web)
    g_object_set (sink, "run-web-server", TRUE, "web-server-host-addr",
        address, "web-server-directory", g_get_tmp_dir (), NULL);
  else
    g_object_set (sink, "run-signalling-server", TRUE,
        "signalling-server-host", "127.0.0.1", "signalling-server-port", port,
        NULL);

  return sink;
}

static void
expect_failure (GstElement * sink, const gchar * part)
{
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_bus (sink, bus);
  fail_unless_equals_int (gst_element_set_state (sink, GST_STATE_PLAYING),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL, "no error");
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, part) != NULL, "'%s' says nothing of "
      "'%s'", error->message, part);
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_element_set_bus (sink, NULL);
}

static void
fail_if_served (guint port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port,
      NULL, NULL);
  fail_unless (connection == NULL, "somebody serves port %u", port);
}

/* And when the other one is gone, the same element starts (D18: the fault would
 * abort) */
GST_START_TEST (port_is_taken)
{
  guint port;
  g_autoptr (GSocketListener) other = take_port (&port);
  GstElement *sink = make_sink (__i__, port);
  g_autofree gchar *text = g_strdup_printf ("%u", port);

  expect_failure (sink, text);
  g_socket_listener_close (other);
  fail_if (gst_element_set_state (sink, GST_STATE_PAUSED) ==
      GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (sink, GST_STATE_NULL);
  gst_object_unref (sink);
}

GST_END_TEST;

#define MISSING "/nonexistent/file.pem"

/* What is set and what is there, of a certificate and its key */
static const struct
{
  const gchar *cert;
  const gchar *key;
  const gchar *said;
} bad_pairs[] = {
  {MISSING, MISSING, MISSING},
  {MISSING, NULL, "key"},
  {NULL, MISSING, "certificate"},
  {"/proc/self/mem", "/proc/self/mem", "/proc/self/mem"},
  {"/dev/null", "/dev/null", "/dev/null"},
};

GST_START_TEST (certificate_is_bad)
{
  const gboolean web = __i__ % 2;
  const guint port = find_free_port ();

  for (guint i = 0; i < G_N_ELEMENTS (bad_pairs); i++) {
    GstElement *sink = make_sink (web, port);

    g_object_set (sink, web ? "web-server-cert" : "signalling-server-cert",
        bad_pairs[i].cert, web ? "web-server-key" : "signalling-server-key",
        bad_pairs[i].key, NULL);
    expect_failure (sink, bad_pairs[i].said);
    fail_if_served (port);
    gst_object_unref (sink);
  }
}

GST_END_TEST;

static gchar *
get_signaller_text (GstElement * sink, const gchar * name)
{
  g_autoptr (GObject) signaller = NULL;
  gchar *text = NULL;

  g_object_get (sink, "signaller", &signaller, NULL);
  g_object_get (signaller, name, &text, NULL);

  return text;
}

typedef struct
{
  GMutex lock;
  GCond cond;
} News;

/* The signaller's thread */
static void
on_client_id (GObject * signaller, GParamSpec * pspec, News * news)
{
  g_mutex_lock (&news->lock);
  g_cond_signal (&news->cond);
  g_mutex_unlock (&news->lock);
}

static gboolean
is_welcomed (GstElement * sink)
{
  g_autofree gchar *id = get_signaller_text (sink, "client-id");

  return id != NULL;
}

static void
wait_until_welcomed (GstElement * sink)
{
  const gint64 end = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;
  g_autoptr (GObject) signaller = NULL;
  News news = { 0, };
  gulong handler;

  g_object_get (sink, "signaller", &signaller, NULL);
  handler = g_signal_connect (signaller, "notify::client-id",
      G_CALLBACK (on_client_id), &news);
  g_mutex_lock (&news.lock);
  while (!is_welcomed (sink))
    fail_unless (g_cond_wait_until (&news.cond, &news.lock, end),
        "never welcomed");
  g_mutex_unlock (&news.lock);
  g_signal_handler_disconnect (signaller, handler);
}

/* The element's own signaller comes through it, too, and through the port
 * again when the element is started without it */
GST_START_TEST (unix_socket)
{
  const guint port = find_free_port ();
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *source = gst_element_factory_make ("videotestsrc", NULL);
  GstElement *sink = make_sink (FALSE, port);
  g_autofree gchar *folder = g_dir_make_tmp ("rtc-test-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "socket", NULL);

  g_object_set (source, "is-live", TRUE, NULL);
  gst_bin_add_many (GST_BIN (pipeline), source, sink, NULL);
  fail_unless (gst_element_link (source, sink));

  for (guint i = 0; i < 4; i++) {
    const gboolean is_unix = i % 2 == 0;
    g_autofree gchar *used = NULL;

    g_object_set (sink, "signalling-server-unix-socket",
        is_unix ? path : NULL, NULL);
    fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING) ==
        GST_STATE_CHANGE_FAILURE);
    fail_unless_equals_int (g_file_test (path, G_FILE_TEST_EXISTS), is_unix);
    wait_until_welcomed (sink);
    if (is_unix)
      fail_if_served (port);
    used = get_signaller_text (sink, "unix-socket");
    assert_equals_string (used, is_unix ? path : NULL);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    fail_if (g_file_test (path, G_FILE_TEST_EXISTS));
  }
  gst_object_unref (pipeline);
  gst_object_unref (sink);
  g_rmdir (folder);
}

GST_END_TEST;

GST_START_TEST (unix_socket_cannot_be_made)
{
  static const gchar path[] = "/nonexistent/socket";
  GstElement *sink = make_sink (FALSE, find_free_port ());

  g_object_set (sink, "signalling-server-unix-socket", path, NULL);
  expect_failure (sink, path);
  gst_object_unref (sink);
}

GST_END_TEST;

static Suite *
webrtcsink_servers_suite (void)
{
  Suite *s = suite_create ("webrtcsink-servers");
  TCase *tc = tcase_create ("starting");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_loop_test (tc, port_is_taken, 0, 2);
  tcase_add_loop_test (tc, certificate_is_bad, 0, 2);
  tcase_add_test (tc, unix_socket);
  tcase_add_test (tc, unix_socket_cannot_be_made);

  return s;
}

GST_CHECK_MAIN (webrtcsink_servers);
