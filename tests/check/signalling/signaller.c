/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The WebSocket signaller against our server, over real sockets. A Watch
 * records, on whatever thread it is, what a signaller emits. */

#include "common.h"
#include "tests/check/common/threads.h"

typedef struct
{
  GstRtcSignaller *signaller;
  GMutex lock;
  GQueue events;                /* element-type utf8 */
} Watch;

G_GNUC_PRINTF (2, 3)
     static void record (Watch * watch, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_mutex_lock (&watch->lock);
  g_queue_push_tail (&watch->events, g_strdup_vprintf (format, args));
  g_mutex_unlock (&watch->lock);
  va_end (args);
}

static void
on_error (GstRtcSignaller * signaller, const gchar * message, Watch * watch)
{
  record (watch, "error %s", message);
}

static void
on_client_id (GstRtcSignaller * signaller, GParamSpec * pspec, Watch * watch)
{
  record (watch, "welcomed");
}

static void
on_producer_added (GstRtcSignaller * signaller, const gchar * id,
    const GstStructure * meta, gboolean is_new, Watch * watch)
{
  record (watch, "added %s new=%d", meta ? gst_structure_get_string (meta,
          "name") : "-", is_new);
}

static void
on_producer_removed (GstRtcSignaller * signaller, const gchar * id,
    const GstStructure * meta, Watch * watch)
{
  record (watch, "removed %s", meta ? gst_structure_get_string (meta,
          "name") : "-");
}

static void
on_session_started (GstRtcSignaller * signaller, const gchar * session_id,
    const gchar * peer_id, Watch * watch)
{
  record (watch, "started %s", session_id);
}

static void
on_session_requested (GstRtcSignaller * signaller, const gchar * session_id,
    const gchar * peer_id, GstWebRTCSessionDescription * offer, Watch * watch)
{
  record (watch, "requested %s", session_id);
}

static void
on_session_description (GstRtcSignaller * signaller,
    const gchar * session_id, GstWebRTCSessionDescription * description,
    Watch * watch)
{
  record (watch, "description %d", description->type);
}

static void
on_handle_ice (GstRtcSignaller * signaller, const gchar * session_id,
    guint mline, const gchar * mid, const gchar * candidate, Watch * watch)
{
  record (watch, "ice %u %s %s", mline, mid ? mid : "-", candidate);
}

static gboolean
on_session_ended (GstRtcSignaller * signaller, const gchar * session_id,
    const gchar * error, Watch * watch)
{
  record (watch, "ended %s", error ? error : "-");

  return TRUE;
}

static GstStructure *
on_request_meta (GstRtcSignaller * signaller, const gchar * name)
{
  return gst_structure_new ("meta", "name", G_TYPE_STRING, name, NULL);
}

static Watch *
watch_new (GstRtcSignallerRole role, const gchar * uri)
{
  Watch *watch = g_new0 (Watch, 1);

  g_mutex_init (&watch->lock);
  watch->signaller = gst_rtc_web_socket_signaller_new (role);
  g_object_set (watch->signaller, "uri", uri, NULL);
  g_object_connect (watch->signaller,
      "signal::error", on_error, watch,
      "signal::notify::client-id", on_client_id, watch,
      "signal::producer-added", on_producer_added, watch,
      "signal::producer-removed", on_producer_removed, watch,
      "signal::session-started", on_session_started, watch,
      "signal::session-requested", on_session_requested, watch,
      "signal::session-description", on_session_description, watch,
      "signal::handle-ice", on_handle_ice, watch,
      "signal::session-ended-with-error", on_session_ended, watch, NULL);

  return watch;
}

static void
watch_free (Watch * watch)
{
  gst_rtc_signaller_stop (watch->signaller);
  ASSERT_OBJECT_REFCOUNT (watch->signaller, "signaller", 1);
  g_object_unref (watch->signaller);
  g_queue_clear_full (&watch->events, g_free);
  g_mutex_clear (&watch->lock);
  g_free (watch);
}

static gchar *
pop_event (Watch * watch)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&watch->lock);

  return g_queue_pop_head (&watch->events);
}

static gboolean
has_event (gpointer data)
{
  Watch *watch = data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&watch->lock);

  return !g_queue_is_empty (&watch->events);
}

/* The rest of the next event, which must begin with @start. The default
 * context is only run to wait: the signaller must not need it. */
static gchar *
expect (Watch * watch, const gchar * start)
{
  g_autofree gchar *event = NULL;

  wait_on_context (NULL, has_event, watch, start);
  event = pop_event (watch);
  fail_unless (g_str_has_prefix (event, start), "%s instead of %s", event,
      start);

  return g_strdup (event + strlen (start));
}

static void
expect_exactly (Watch * watch, const gchar * wanted)
{
  g_autofree gchar *rest = expect (watch, wanted);

  assert_equals_string (rest, "");
}

static Watch *
producer_new (const gchar * uri, const gchar * name)
{
  Watch *watch = watch_new (GST_RTC_SIGNALLER_ROLE_PRODUCER, uri);

  g_signal_connect (watch->signaller, "request-meta",
      G_CALLBACK (on_request_meta), (gpointer) name);
  gst_rtc_signaller_start (watch->signaller);
  expect_exactly (watch, "welcomed");

  return watch;
}

GST_START_TEST (listener_sees_producers_come_and_go)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  Watch *first = producer_new (uri, "first");
  Watch *listener = watch_new (GST_RTC_SIGNALLER_ROLE_LISTENER, uri);
  Watch *second;

  gst_rtc_signaller_start (listener->signaller);
  expect_exactly (listener, "welcomed");
  expect_exactly (listener, "added first new=0");
  second = producer_new (uri, "second");
  expect_exactly (listener, "added second new=1");
  gst_rtc_signaller_stop (first->signaller);
  expect_exactly (listener, "removed first");

  watch_free (first);
  watch_free (second);
  expect_exactly (listener, "removed second");
  watch_free (listener);
  g_object_unref (server);
}

GST_END_TEST;

GST_START_TEST (meta_is_told_again)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  RawClient *listener = raw_client_new (server, NULL);
  Watch *producer;

  g_free (raw_client_expect (listener, "welcome"));
  raw_client_send (listener,
      "{\"type\":\"setPeerStatus\",\"roles\":[\"listener\"]}");
  g_free (raw_client_expect (listener, "listener"));
  producer = producer_new (uri, "before");
  g_free (raw_client_expect (listener, "before"));

  g_signal_handlers_disconnect_by_func (producer->signaller, on_request_meta,
      "before");
  g_signal_connect (producer->signaller, "request-meta",
      G_CALLBACK (on_request_meta), "after");
  gst_rtc_web_socket_signaller_update_meta (GST_RTC_WEB_SOCKET_SIGNALLER
      (producer->signaller));
  g_free (raw_client_expect (listener, "after"));

  watch_free (producer);
  raw_client_free (listener);
  g_object_unref (server);
}

GST_END_TEST;

static void
exchange (Watch * producer, Watch * consumer)
{
  static const gchar *const sdp =
      "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
  g_autofree gchar *session = expect (consumer, "started ");
  g_autofree gchar *same = expect (producer, "requested ");
  GstWebRTCSessionDescription *offer =
      gst_rtc_description_from_text (GST_WEBRTC_SDP_TYPE_OFFER, sdp, NULL);
  g_autofree gchar *offer_event =
      g_strdup_printf ("description %d", GST_WEBRTC_SDP_TYPE_OFFER);

  assert_equals_string (session, same);
  gst_rtc_signaller_send_session_description (producer->signaller, session,
      offer);
  gst_webrtc_session_description_free (offer);
  for (guint i = 0; i < 50; i++) {
    g_autofree gchar *candidate = g_strdup_printf ("candidate:%u", i);

    gst_rtc_signaller_send_ice (producer->signaller, session, candidate, 1,
        "audio0");
  }

  expect_exactly (consumer, offer_event);
  for (guint i = 0; i < 50; i++) {
    g_autofree gchar *wanted = g_strdup_printf ("ice 1 audio0 candidate:%u", i);

    expect_exactly (consumer, wanted);
  }

  gst_rtc_signaller_end_session (producer->signaller, session, "enough");
  expect_exactly (consumer, "ended enough");
}

GST_START_TEST (session_from_start_to_end)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  Watch *producer = producer_new (uri, "p");
  Watch *consumer = watch_new (GST_RTC_SIGNALLER_ROLE_CONSUMER, uri);
  g_autofree gchar *id = NULL;

  g_object_get (producer->signaller, "client-id", &id, NULL);
  g_object_set (consumer->signaller, "producer-peer-id", id, NULL);
  gst_rtc_signaller_start (consumer->signaller);
  expect_exactly (consumer, "welcomed");
  expect_exactly (consumer, "added p new=0");
  exchange (producer, consumer);

  watch_free (consumer);
  watch_free (producer);
  g_object_unref (server);
}

GST_END_TEST;

/* The reference looked at the list once: a consumer that came before the
 * producer waited for ever, and a second start did nothing. */
GST_START_TEST (first_producer_is_waited_for)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri =
      server_uri (server, "ws", "?connect-to-first-producer=true");
  Watch *consumer = watch_new (GST_RTC_SIGNALLER_ROLE_CONSUMER, uri);

  for (guint i = 0; i < 3; i++) {
    Watch *producer;

    gst_rtc_signaller_start (consumer->signaller);
    expect_exactly (consumer, "welcomed");
    producer = producer_new (uri, "p");
    expect_exactly (consumer, "added p new=1");
    exchange (producer, consumer);
    gst_rtc_signaller_stop (consumer->signaller);
    watch_free (producer);
  }

  watch_free (consumer);
  g_object_unref (server);
}

GST_END_TEST;

GST_START_TEST (unknown_producer_is_an_error)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", "?peer-id=nobody");
  Watch *consumer = watch_new (GST_RTC_SIGNALLER_ROLE_CONSUMER, uri);

  gst_rtc_signaller_start (consumer->signaller);
  expect_exactly (consumer, "welcomed");
  expect_exactly (consumer,
      "error Error message from server: Peer with ID 'nobody' not found");

  watch_free (consumer);
  g_object_unref (server);
}

GST_END_TEST;

GST_START_TEST (connection_comes_back)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  guint port = gst_rtc_signalling_server_get_port (server);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  Watch *listener = watch_new (GST_RTC_SIGNALLER_ROLE_LISTENER, uri);
  Watch *producer;

  gst_rtc_signaller_start (listener->signaller);
  expect_exactly (listener, "welcomed");
  producer = producer_new (uri, "p");
  expect_exactly (listener, "added p new=1");

  gst_rtc_signalling_server_stop (server);
  g_object_set (server, "port", port, NULL);
  fail_unless (gst_rtc_signalling_server_start (server, NULL));

  expect_exactly (producer, "welcomed");
  /* which of the two is back first is not known */
  for (guint n_added = 0; n_added < 1;) {
    g_autofree gchar *event = expect (listener, "");

    n_added += g_str_has_prefix (event, "added p");
    fail_if (g_str_has_prefix (event, "error"));
  }

  watch_free (producer);
  watch_free (listener);
  g_object_unref (server);
}

GST_END_TEST;

GST_START_TEST (refused_connection_is_an_error)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", "?token=secret");
  Watch *listener = watch_new (GST_RTC_SIGNALLER_ROLE_LISTENER, uri);
  g_autofree gchar *message = NULL;

  g_object_unref (server);
  gst_rtc_signaller_start (listener->signaller);
  message = expect (listener, "error Cannot connect to ws://127.0.0.1:");
  fail_if (strstr (message, "secret"));

  watch_free (listener);
}

GST_END_TEST;

static const struct
{
  const gchar *name;
  gboolean with_ca;
  gboolean with_wrong_ca;
  gboolean insecure;
  const gchar *wanted;
} tls_cases[] = {
  {"system roots do not know it", FALSE, FALSE, FALSE, "error "},
  {"its CA", TRUE, FALSE, FALSE, "welcomed"},
  {"another CA", FALSE, TRUE, FALSE, "error "},
  {"nothing checked", FALSE, FALSE, TRUE, "welcomed"},
};

GST_START_TEST (tls)
{
  TestCertificate right, wrong;
  GstRtcSignallingServer *server;
  g_autofree gchar *uri = NULL;
  Watch *watch;

  test_certificate_make (&right);
  test_certificate_make (&wrong);
  server = server_on (0, right.cert, right.key);
  uri = server_uri (server, "wss", NULL);
  watch = watch_new (GST_RTC_SIGNALLER_ROLE_LISTENER, uri);

  for (guint i = 0; i < G_N_ELEMENTS (tls_cases); i++) {
    g_object_set (watch->signaller, "cafile",
        tls_cases[i].with_ca ? right.ca :
        tls_cases[i].with_wrong_ca ? wrong.ca : NULL,
        "insecure-tls", tls_cases[i].insecure, NULL);
    gst_rtc_signaller_start (watch->signaller);
    GST_INFO ("%s", tls_cases[i].name);
    g_free (expect (watch, tls_cases[i].wanted));
    gst_rtc_signaller_stop (watch->signaller);
  }

  watch_free (watch);
  g_object_unref (server);
  test_certificate_remove (&right);
  test_certificate_remove (&wrong);
}

GST_END_TEST;

/* GIO finds a bad identity in every certificate on a Unix socket: it has to be
 * for the host of the URI */
static const struct
{
  const gchar *uri;
  gboolean with_ca;
  const gchar *wanted;
} unix_cases[] = {
  {"wss://127.0.0.1/", TRUE, "welcomed"},
  {"wss://127.0.0.1/", FALSE, "error Cannot connect to wss://127.0.0.1/ on /"},
  {"wss://localhost/", TRUE, "error "},
};

GST_START_TEST (unix_socket)
{
  const gboolean secure = __i__ > 0;
  TestCertificate certificate;
  GstRtcSignallingServer *server = gst_rtc_signalling_server_new ();
  /* GIO reads the system's authorities for the first connection: under a
   * sanitizer for longer than a handshake may take */
  g_autoptr (GTlsDatabase) authorities =
      g_tls_backend_get_default_database (g_tls_backend_get_default ());
  g_autofree gchar *path = NULL;
  Watch *watch;

  fail_unless (authorities != NULL);
  test_certificate_make (&certificate);
  path = g_build_filename (certificate.folder, "socket", NULL);
  g_object_set (server, "unix-socket", path, NULL);
  if (secure)
    g_object_set (server, "cert", certificate.cert, "key", certificate.key,
        NULL);
  fail_unless (gst_rtc_signalling_server_start (server, NULL));

  watch = watch_new (GST_RTC_SIGNALLER_ROLE_PRODUCER, secure ?
      unix_cases[__i__ - 1].uri : "ws://any.host.invalid/");
  g_object_set (watch->signaller, "unix-socket", path, NULL);
  if (secure && unix_cases[__i__ - 1].with_ca)
    g_object_set (watch->signaller, "cafile", certificate.ca, NULL);
  gst_rtc_signaller_start (watch->signaller);
  g_free (expect (watch, secure ? unix_cases[__i__ - 1].wanted : "welcomed"));

  watch_free (watch);
  g_object_unref (server);
  test_certificate_remove (&certificate);
}

GST_END_TEST;

static const struct
{
  GstRtcSignallerRole role;
  const gchar *set;
  const gchar *uri;
  const gchar *producer_peer_id;
} uri_cases[] = {
  {GST_RTC_SIGNALLER_ROLE_CONSUMER, "ws://h:1", "ws://h:1/", NULL},
  {GST_RTC_SIGNALLER_ROLE_CONSUMER, "ws://h:1/p?peer-id=a%20b",
      "ws://h:1/p?peer-id=a%20b", "a b"},
  {GST_RTC_SIGNALLER_ROLE_CONSUMER, "wss://[::1]:1/?token=t&peer-id=x",
      "wss://[::1]:1/?token=t&peer-id=x", "x"},
  {GST_RTC_SIGNALLER_ROLE_CONSUMER,
        "ws://h:1/?peer-id=x&connect-to-first-producer=true",
      "ws://h:1/?connect-to-first-producer=true", "x"},
  {GST_RTC_SIGNALLER_ROLE_PRODUCER, "ws://h:1/?peer-id=x", "ws://h:1/", NULL},
  {GST_RTC_SIGNALLER_ROLE_CONSUMER, "http://h:1/", "ws://127.0.0.1:8443/",
      NULL},
  {GST_RTC_SIGNALLER_ROLE_CONSUMER, "nonsense", "ws://127.0.0.1:8443/", NULL},
};

GST_START_TEST (uri_property)
{
  const gchar *set = uri_cases[__i__].set;
  GstRtcSignaller *signaller =
      gst_rtc_web_socket_signaller_new (uri_cases[__i__].role);
  g_autofree gchar *uri = NULL;
  g_autofree gchar *peer_id = NULL;

  g_object_set (signaller, "uri", set, NULL);
  g_object_get (signaller, "uri", &uri, "producer-peer-id", &peer_id, NULL);
  assert_equals_string (uri, uri_cases[__i__].uri);
  assert_equals_string (peer_id, uri_cases[__i__].producer_peer_id);
  gst_check_object_destroyed_on_unref (signaller);
}

GST_END_TEST;

/* libsoup and GIO keep a few worker threads: they are there after the first
 * round */
GST_START_TEST (stop_in_every_phase)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  Watch *watch = watch_new (GST_RTC_SIGNALLER_ROLE_LISTENER, uri);
  guint n_threads = 0;

  for (guint i = 0; i < 50; i++) {
    gst_rtc_signaller_start (watch->signaller);
    if (i % 3 == 0)
      g_free (expect (watch, "welcomed"));
    else
      g_usleep ((i % 3) * 300);
    gst_rtc_signaller_stop (watch->signaller);
    while (has_event (watch))
      g_free (pop_event (watch));
    if (i == 3)
      n_threads = count_threads_but (NULL);
  }
  wait_for_n_threads (n_threads);

  watch_free (watch);
  g_object_unref (server);
}

GST_END_TEST;

static void
stop_from_handler (GstRtcSignaller * signaller)
{
  gst_rtc_signaller_stop (signaller);
}

GST_START_TEST (stop_from_a_handler)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  Watch *watch = watch_new (GST_RTC_SIGNALLER_ROLE_LISTENER, uri);
  guint n_threads;

  /* GIO's workers stay */
  gst_rtc_signaller_start (watch->signaller);
  expect_exactly (watch, "welcomed");
  gst_rtc_signaller_stop (watch->signaller);
  n_threads = count_threads_but (NULL);

  g_signal_connect (watch->signaller, "notify::client-id",
      G_CALLBACK (stop_from_handler), NULL);
  for (guint i = 0; i < 10; i++) {
    gst_rtc_signaller_start (watch->signaller);
    expect_exactly (watch, "welcomed");
  }
  wait_for_n_threads (n_threads);

  watch_free (watch);
  g_object_unref (server);
}

GST_END_TEST;

/* As elements use it: on a context that is thread-default. Whatever phase it
 * is stopped in, the context can go at once. */
GST_START_TEST (on_the_context_of_the_caller)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  RawClient *listener = raw_client_new (server, NULL);
  Watch *watch = watch_new (GST_RTC_SIGNALLER_ROLE_PRODUCER, uri);

  g_free (raw_client_expect (listener, "welcome"));
  raw_client_send (listener,
      "{\"type\":\"setPeerStatus\",\"roles\":[\"listener\"]}");
  g_free (raw_client_expect (listener, "listener"));

  for (guint i = 0; i < 50; i++) {
    GMainContext *context = g_main_context_new ();

    g_main_context_push_thread_default (context);
    gst_rtc_signaller_start (watch->signaller);
    if (i % 2 == 0) {
      wait_on_context (context, has_event, watch, "welcomed");
      g_free (expect (watch, "welcomed"));
    } else {
      g_main_context_iteration (context, FALSE);
    }
    gst_rtc_signaller_stop (watch->signaller);
    while (g_main_context_iteration (context, FALSE));
    g_main_context_pop_thread_default (context);
    g_main_context_unref (context);
    /* its status was flushed before it left */
    if (i % 2 == 0) {
      g_free (raw_client_expect (listener, "producer"));
      g_free (raw_client_expect (listener, "\"roles\":[]"));
    }
    while (!g_queue_is_empty (&listener->received))
      g_free (g_queue_pop_head (&listener->received));
  }

  watch_free (watch);
  raw_client_free (listener);
  g_object_unref (server);
}

GST_END_TEST;

/* A context has one */
static guint
count_eventfds (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  const gchar *name;
  guint n = 0;

  while ((name = g_dir_read_name (folder))) {
    g_autofree gchar *path = g_build_filename ("/proc/self/fd", name, NULL);
    g_autofree gchar *target = g_file_read_link (path, NULL);

    n += target && strstr (target, "eventfd") != NULL;
  }

  return n;
}

static gboolean
has_eventfds (gpointer n)
{
  return count_eventfds () <= GPOINTER_TO_UINT (n);
}

/* A round of the signaller on a context that is not run after the stop, in the
 * ways in which the context, and its descriptor, once stayed: what is still
 * connecting, what connected, and what has more to say. */
static void
start_and_stop (Watch * watch, guint round)
{
  GMainContext *context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  gst_rtc_signaller_start (watch->signaller);
  if (round % 4 == 0)
    wait_on_context (context, has_event, watch, "welcomed");
  else
    g_usleep (round % 20 * 200);
  if (round % 2 == 0)
    g_main_context_iteration (context, FALSE);
  gst_rtc_signaller_end_session (watch->signaller, "any", NULL);
  gst_rtc_signaller_stop (watch->signaller);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  while (has_event (watch))
    g_free (pop_event (watch));
}

GST_START_TEST (nothing_stays_on_a_context_that_is_not_run)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  Watch *watch = watch_new (GST_RTC_SIGNALLER_ROLE_LISTENER, uri);
  guint n;

  start_and_stop (watch, 0);
  n = count_eventfds ();
  for (guint i = 0; i < 60; i++)
    start_and_stop (watch, i);
  wait_for (has_eventfds, GUINT_TO_POINTER (n));

  watch_free (watch);
  g_object_unref (server);
}

GST_END_TEST;

typedef struct
{
  GMainContext *context;
  GMainLoop *loop;
  GstRtcSignaller *signaller;
} Control;

static gboolean
start_there (gpointer data)
{
  gst_rtc_signaller_start (((Control *) data)->signaller);

  return G_SOURCE_REMOVE;
}

static gpointer
run_control (gpointer data)
{
  Control *control = data;

  g_main_context_push_thread_default (control->context);
  g_main_loop_run (control->loop);
  g_main_context_pop_thread_default (control->context);

  return NULL;
}

/* Somebody else runs the context that the signaller was started on, and may
 * never do so again after the stop */
GST_START_TEST (stop_from_another_thread)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *uri = server_uri (server, "ws", NULL);
  Watch *watch = watch_new (GST_RTC_SIGNALLER_ROLE_LISTENER, uri);
  guint n_eventfds = 0;

  for (guint i = 0; i < 20; i++) {
    GMainContext *context = g_main_context_new ();
    Control control = { context, g_main_loop_new (context, FALSE),
      watch->signaller
    };
    GSource *source = g_idle_source_new ();
    GThread *thread = g_thread_new ("control", run_control, &control);

    g_source_set_callback (source, start_there, &control, NULL);
    g_source_attach (source, context);
    g_source_unref (source);
    g_free (expect (watch, "welcomed"));
    gst_rtc_signaller_stop (watch->signaller);
    g_main_loop_quit (control.loop);
    g_thread_join (thread);
    g_main_loop_unref (control.loop);
    g_main_context_unref (context);
    if (i == 0)
      n_eventfds = count_eventfds ();
  }
  wait_for (has_eventfds, GUINT_TO_POINTER (n_eventfds));

  watch_free (watch);
  g_object_unref (server);
}

GST_END_TEST;

static Suite *
signaller_suite (void)
{
  Suite *suite = suite_create ("signaller");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, uri_property, 0, G_N_ELEMENTS (uri_cases));
  tcase_add_test (tc, listener_sees_producers_come_and_go);
  tcase_add_test (tc, meta_is_told_again);
  tcase_add_test (tc, session_from_start_to_end);
  tcase_add_test (tc, first_producer_is_waited_for);
  tcase_add_test (tc, unknown_producer_is_an_error);
  tcase_add_test (tc, connection_comes_back);
  tcase_add_test (tc, refused_connection_is_an_error);
  tcase_add_test (tc, tls);
  tcase_add_loop_test (tc, unix_socket, 0, G_N_ELEMENTS (unix_cases) + 1);
  tcase_add_test (tc, stop_in_every_phase);
  tcase_add_test (tc, stop_from_a_handler);
  tcase_add_test (tc, on_the_context_of_the_caller);
  tcase_add_test (tc, nothing_stays_on_a_context_that_is_not_run);
  tcase_add_test (tc, stop_from_another_thread);

  return suite;
}

GST_CHECK_MAIN (signaller);
