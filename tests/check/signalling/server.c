/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The server over real sockets, with bare clients */

#include "common.h"
#include "tests/check/common/threads.h"

#include <gio/gio.h>

GST_START_TEST (two_clients_exchange)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  RawClient *producer = raw_client_new (server, NULL);
  RawClient *consumer = raw_client_new (server, NULL);
  g_autofree gchar *welcome = raw_client_expect (producer, "welcome");
  g_autofree gchar *producer_id = text_member (welcome, "peerId");
  g_autofree gchar *start = NULL;
  g_autofree gchar *started = NULL;
  g_autofree gchar *session = NULL;
  g_autofree gchar *offer = NULL;

  g_free (raw_client_expect (consumer, "welcome"));
  raw_client_send (producer,
      "{\"type\":\"setPeerStatus\",\"roles\":[\"producer\"]}");
  /* answered when the status was handled: another connection might be
   * quicker */
  raw_client_send (producer, "{\"type\":\"list\"}");
  g_free (raw_client_expect (producer, "\"producers\":[{"));

  start = g_strdup_printf ("{\"type\":\"startSession\",\"peerId\":\"%s\"}",
      producer_id);
  raw_client_send (consumer, start);
  started = raw_client_expect (consumer, "sessionStarted");
  session = text_member (started, "sessionId");
  g_free (raw_client_expect (producer, session));
  offer = g_strdup_printf ("{\"type\":\"peer\",\"sessionId\":\"%s\","
      "\"sdp\":{\"type\":\"offer\",\"sdp\":\"v=0\"}}", session);
  raw_client_send (producer, offer);
  g_free (raw_client_expect (consumer, "\"sdp\":\"v=0\""));

  raw_client_free (producer);
  g_free (raw_client_expect (consumer, "endSession"));
  raw_client_free (consumer);
  gst_check_object_destroyed_on_unref (server);
}

GST_END_TEST;

static const struct
{
  const gchar *origin;
  const gchar *allow_origin;
  guint status;
} origin_cases[] = {
  {NULL, NULL, SOUP_STATUS_SWITCHING_PROTOCOLS},
  {"http://127.0.0.1:9090", NULL, SOUP_STATUS_SWITCHING_PROTOCOLS},
  {"https://127.0.0.1", NULL, SOUP_STATUS_SWITCHING_PROTOCOLS},
  {"https://evil.example", NULL, SOUP_STATUS_FORBIDDEN},
  {"https://127.0.0.1.evil.example", NULL, SOUP_STATUS_FORBIDDEN},
  {"null", NULL, SOUP_STATUS_FORBIDDEN},
  {"https://good.example", "https://a.example, https://good.example",
      SOUP_STATUS_SWITCHING_PROTOCOLS},
  {"https://evil.example", "https://good.example", SOUP_STATUS_FORBIDDEN},
  {"https://evil.example", "*", SOUP_STATUS_SWITCHING_PROTOCOLS},
};

GST_START_TEST (origin)
{
  GstRtcSignallingServer *server = gst_rtc_signalling_server_new ();
  RawClient *client;

  g_object_set (server, "host", "127.0.0.1", "port", 0, "allow-origin",
      origin_cases[__i__].allow_origin, NULL);
  fail_unless (gst_rtc_signalling_server_start (server, NULL));
  client = raw_client_new (server, origin_cases[__i__].origin);
  fail_unless_equals_int (soup_message_get_status (client->message),
      origin_cases[__i__].status);
  raw_client_free (client);
  g_object_unref (server);
}

GST_END_TEST;

GST_START_TEST (headers_of_the_upgrade)
{
  GstRtcSignallingServer *server = gst_rtc_signalling_server_new ();
  g_autoptr (GstStructure) headers = gst_structure_new ("h", "X-Number",
      G_TYPE_INT, 7, "X-Bad", G_TYPE_STRING, "a\r\nb: c", NULL);
  SoupMessageHeaders *response;
  RawClient *client;

  g_object_set (server, "host", "127.0.0.1", "port", 0, "headers", headers,
      NULL);
  fail_unless (gst_rtc_signalling_server_start (server, NULL));
  client = raw_client_new (server, NULL);
  response = soup_message_get_response_headers (client->message);
  assert_equals_string (soup_message_headers_get_one (response, "X-Number"),
      "7");
  fail_if (soup_message_headers_get_one (response, "X-Bad"));
  fail_if (soup_message_headers_get_one (response, "Sec-WebSocket-Extensions"));
  raw_client_free (client);
  g_object_unref (server);
}

GST_END_TEST;

/* Neither answered nor fatal */
static const gchar *const dropped[] = {
  "not JSON", "{\"type\":\"unknown\"}", "{\"type\":\"newPeer\"}", "[]", "",
};

GST_START_TEST (bad_messages_are_dropped)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  RawClient *client = raw_client_new (server, NULL);
  g_autofree gchar *deep = g_strnfill (100000, '[');

  g_free (raw_client_expect (client, "welcome"));
  for (guint i = 0; i < G_N_ELEMENTS (dropped); i++)
    raw_client_send (client, dropped[i]);
  raw_client_send (client, deep);
  soup_websocket_connection_send_binary (client->socket, "x", 1);
  raw_client_send (client, "{\"type\":\"list\"}");
  g_free (raw_client_expect (client, "producers"));

  raw_client_free (client);
  g_object_unref (server);
}

GST_END_TEST;

static GSocketConnection *
connect_plain (GstRtcSignallingServer * server)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GError *error = NULL;
  GSocketConnection *connection = g_socket_client_connect_to_host (client,
      "127.0.0.1", gst_rtc_signalling_server_get_port (server), NULL, &error);

  g_assert_no_error (error);

  return connection;
}

static void
upgrade (GSocketConnection * connection)
{
  static const gchar request[] =
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  gchar answer[16] = "";

  fail_unless (g_output_stream_write_all (out, request, strlen (request),
          NULL, NULL, NULL));
  fail_unless (g_input_stream_read_all (in, answer, 12, NULL, NULL, NULL));
  assert_equals_string (answer, "HTTP/1.1 101");
}

/* One fragment of a text message, with a mask of zeros: RFC 6455 5.2 */
static gboolean
send_fragment (GSocketConnection * connection, guint8 opcode, gsize length)
{
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  guint8 header[14] = { opcode, 0x80 | 127, 0, 0, 0, 0,
    length >> 24, length >> 16, length >> 8, length, 0, 0, 0, 0
  };
  g_autofree gchar *payload = g_strnfill (length, ' ');

  return g_output_stream_write_all (out, header, sizeof header, NULL, NULL,
      NULL) && g_output_stream_write_all (out, payload, length, NULL, NULL,
      NULL);
}

static gboolean
send_text_frame (GSocketConnection * connection, const gchar * text)
{
  const guint8 header[] = { 0x81, 0x80 | strlen (text), 0, 0, 0, 0 };
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  return g_output_stream_write_all (out, header, sizeof header, NULL, NULL,
      NULL) && g_output_stream_write_all (out, text, strlen (text), NULL, NULL,
      NULL);
}

/* libsoup's limit is for a frame: a message of many could grow for ever */
GST_START_TEST (message_of_many_fragments)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autoptr (GSocketConnection) connection = connect_plain (server);
  RawClient *other = raw_client_new (server, NULL);
  guint n_sent = 0;

  upgrade (connection);
  while (n_sent < 200 && send_fragment (connection, n_sent > 0 ? 0 : 1,
          512 * 1024))
    n_sent++;
  fail_unless (n_sent < 200, "nobody stopped 100 MB");

  g_free (raw_client_expect (other, "welcome"));
  raw_client_free (other);
  g_object_unref (server);
}

GST_END_TEST;

static gchar *
status_with_ballast (guint n)
{
  g_autofree gchar *ballast = g_strnfill (500 * 1024, 'x');

  return g_strdup_printf ("{\"type\":\"setPeerStatus\",\"roles\":[],"
      "\"meta\":{\"n\":%u,\"ballast\":\"%s\"}}", n, ballast);
}

/* A listener that does not read neither delays the others nor fills our
 * memory: it is dropped, and the other listener is told. That is a status
 * without ballast. */
GST_START_TEST (client_that_does_not_read)
{
  static const gchar status[] =
      "{\"type\":\"setPeerStatus\",\"roles\":[\"listener\"]}";
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autoptr (GSocketConnection) dead = connect_plain (server);
  RawClient *listener = raw_client_new (server, NULL);
  RawClient *talker = raw_client_new (server, NULL);
  gboolean is_gone = FALSE;

  g_free (raw_client_expect (listener, "welcome"));
  upgrade (dead);
  raw_client_send (listener, status);
  g_free (raw_client_expect (listener, "listener"));
  fail_unless (send_text_frame (dead, status));
  g_free (raw_client_expect (listener, "listener"));

  for (guint i = 0; i < 100 && !is_gone; i++) {
    g_autofree gchar *text = status_with_ballast (i);
    g_autofree gchar *told = NULL;

    raw_client_send (talker, text);
    told = raw_client_expect (listener, "peerStatusChanged");
    is_gone = strstr (told, "ballast") == NULL;
  }
  fail_unless (is_gone, "50 MB wait for a client that does not read");

  raw_client_free (talker);
  raw_client_free (listener);
  g_object_unref (server);
}

GST_END_TEST;

GST_START_TEST (port_taken)
{
  GstRtcSignallingServer *first = server_on (0, NULL, NULL);
  GstRtcSignallingServer *second = gst_rtc_signalling_server_new ();
  g_autoptr (GError) error = NULL;

  g_object_set (second, "host", "127.0.0.1", "port",
      gst_rtc_signalling_server_get_port (first), NULL);
  fail_if (gst_rtc_signalling_server_start (second, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);

  g_object_unref (second);
  g_object_unref (first);
}

GST_END_TEST;

/* The reference went on in plain text then */
GST_START_TEST (bad_certificate)
{
  static const gchar *const files[][2] = {
    {"/nonexistent", "/nonexistent"}, {"/nonexistent", NULL},
    {NULL, "/nonexistent"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    GstRtcSignallingServer *server = gst_rtc_signalling_server_new ();
    g_autoptr (GError) error = NULL;

    g_object_set (server, "host", "127.0.0.1", "port", 0, "cert",
        files[i][0], "key", files[i][1], NULL);
    fail_if (gst_rtc_signalling_server_start (server, &error));
    fail_unless (error != NULL);
    g_object_unref (server);
  }
}

GST_END_TEST;

GST_START_TEST (ipv6)
{
  GstRtcSignallingServer *server = gst_rtc_signalling_server_new ();
  g_autoptr (GError) error = NULL;

  g_object_set (server, "host", "[::1]", "port", 0, NULL);
  if (gst_rtc_signalling_server_start (server, &error))
    fail_unless (gst_rtc_signalling_server_get_port (server) > 0);
  else                          /* a container without IPv6 */
    GST_WARNING ("not tested: %s", error->message);
  g_object_unref (server);
}

GST_END_TEST;

GST_START_TEST (start_and_stop)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  RawClient *client = raw_client_new (server, NULL);
  guint n_threads = count_threads_but (NULL);

  gst_rtc_signalling_server_stop (server);
  raw_client_free (client);
  for (guint i = 0; i < 50; i++) {
    fail_unless (gst_rtc_signalling_server_start (server, NULL));
    if (i % 10 == 0) {
      client = raw_client_new (server, NULL);
      raw_client_free (client);
    }
    gst_rtc_signalling_server_stop (server);
  }
  wait_for_n_threads (n_threads);
  gst_check_object_destroyed_on_unref (server);
}

GST_END_TEST;

static Suite *
server_suite (void)
{
  Suite *suite = suite_create ("server");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_set_timeout (tc, 60);
  tcase_add_test (tc, two_clients_exchange);
  tcase_add_loop_test (tc, origin, 0, G_N_ELEMENTS (origin_cases));
  tcase_add_test (tc, headers_of_the_upgrade);
  tcase_add_test (tc, bad_messages_are_dropped);
  tcase_add_test (tc, message_of_many_fragments);
  tcase_add_test (tc, client_that_does_not_read);
  tcase_add_test (tc, port_taken);
  tcase_add_test (tc, bad_certificate);
  tcase_add_test (tc, ipv6);
  tcase_add_test (tc, start_and_stop);

  return suite;
}

GST_CHECK_MAIN (server);
