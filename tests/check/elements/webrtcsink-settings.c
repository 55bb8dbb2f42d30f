/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties and signals in effect: who is asked for a way to the consumer, who
 * signals, contexts, and the end. */

#include "tests/check/common/sinkharness.h"

#include <gio/gio.h>
#include <gst/check/gstcheck.h>
#include <gst/video/video.h>
#include <gst/webrtc/webrtc.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

/* STUN messages (RFC 8489 section 5, RFC 8656 section 3) */
#define BINDING_REQUEST 0x0001
#define ALLOCATE_REQUEST 0x0003

/* A server that answers nothing */
static GSocket *
open_socket (guint16 * ret_port)
{
  g_autoptr (GInetAddress) host = g_inet_address_new_loopback
      (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (host, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, any, FALSE, &error);
  g_assert_no_error (error);
  bound = g_socket_get_local_address (socket, NULL);
  *ret_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_socket_set_timeout (socket, 20);

  return socket;
}

static guint
receive_type (GSocket * socket)
{
  guint8 message[1500];
  g_autoptr (GError) error = NULL;
  gssize n = g_socket_receive (socket, (gchar *) message, sizeof message, NULL,
      &error);

  g_assert_no_error (error);
  fail_unless (n >= 20, "%d bytes are no STUN", (gint) n);

  return GST_READ_UINT16_BE (message);
}

static void
assert_asked (const gchar * property, const gchar * before,
    const gchar * after, guint type)
{
  SinkHarness *h = sink_harness_new ();
  guint16 port;
  g_autoptr (GSocket) socket = open_socket (&port);
  g_autofree gchar *value = g_strdup_printf ("%s127.0.0.1:%u%s", before, port,
      after);
  Consumer *consumer = sink_harness_consumer (h, "one");

  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)), property,
      value);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer_never_answer (consumer);
  consumer_join (consumer, sink_harness_get_signaller (h));
  fail_unless_equals_int (receive_type (socket), type);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_START_TEST (stun_server_is_asked)
{
  assert_asked ("stun-server", "stun://", "", BINDING_REQUEST);
}

GST_END_TEST;

GST_START_TEST (turn_servers_are_asked)
{
  assert_asked ("turn-servers", "<\"turn://user:word@", "\">",
      ALLOCATE_REQUEST);
}

GST_END_TEST;

/* Nothing of our own address gets out, and nothing connects without a relay */
GST_START_TEST (only_relays)
{
  SinkHarness *h = sink_harness_new ();
  FakeSignaller *signaller = sink_harness_get_signaller (h);
  g_autofree gchar *call = NULL;
  Consumer *consumer;

  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)),
      "ice-transport-policy", "relay");
  g_object_set (sink_harness_get_sink (h), "negotiation-timeout", 1500, NULL);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  call = fake_signaller_wait (signaller, "end-session one");
  fail_unless_equals_int (fake_signaller_count (signaller, "add-ice"), 0);
  consumer_vanish (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Who signals */

/* The fault would leave the first one connected (D22) */
GST_START_TEST (replaced_signaller_is_let_go)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  g_autoptr (FakeSignaller) old = fake_signaller_new ();
  GstStructure *meta;
  Consumer *consumer;

  gst_util_set_object_arg (G_OBJECT (sink), "meta", "meta,name=camera");
  gst_element_set_state (sink, GST_STATE_READY);
  g_object_set (sink, "signaller", old, NULL);
  g_object_set (sink, "signaller", sink_harness_get_signaller (h), NULL);
  meta = gst_rtc_signaller_emit_request_meta (GST_RTC_SIGNALLER (old));
  fail_unless (meta == NULL);

  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  gst_rtc_signaller_emit_session_requested (GST_RTC_SIGNALLER (old), "old",
      "peer-old", NULL);
  gst_rtc_signaller_emit_error (GST_RTC_SIGNALLER (old), "of old");
  consumer = sink_harness_join_and_wait (h, "new");
  fail_unless_equals_int (sink_harness_count (h, "pipeline-created"), 1);
  fail_unless_equals_int (fake_signaller_count (old, "start"), 0);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
  gst_check_object_destroyed_on_unref (g_steal_pointer (&old));
}

GST_END_TEST;

/* The end */

static void
wait_for_eos (SinkHarness * h, gpointer source)
{
  GstBus *bus = gst_element_get_bus (sink_harness_get_pipeline (h));
  GstMessage *message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  fail_unless (message != NULL, "neither EOS nor an error");
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  if (source)
    fail_unless (GST_MESSAGE_SRC (message) == source);
  gst_message_unref (message);
  gst_object_unref (bus);
}

GST_START_TEST (shutdown_is_eos)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join_and_wait (h, "one");

  g_signal_emit_by_name (sink_harness_get_signaller (h), "shutdown");
  wait_for_eos (h, NULL);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* All pads, like any sink */
GST_START_TEST (inputs_end)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer;

  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_OPUS);
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  gst_element_send_event (sink_harness_get_pipeline (h), gst_event_new_eos ());
  wait_for_eos (h, NULL);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Contexts */

typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GPtrArray *elements;          /* element-type GstElement: of inner pipelines */
  guint n_asked;                /* the application */
} Inner;

static GstContext *
make_context (const gchar * who)
{
  GstContext *context = gst_context_new ("test.device", TRUE);

  gst_structure_set (gst_context_writable_structure (context), "who",
      G_TYPE_STRING, who, NULL);

  return context;
}

/* The application: any thread, answers at once */
static GstBusSyncReply
on_application_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Inner *inner = data;
  g_autoptr (GstContext) context = NULL;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_NEED_CONTEXT)
    return GST_BUS_PASS;

  g_mutex_lock (&inner->lock);
  inner->n_asked++;
  g_mutex_unlock (&inner->lock);
  context = make_context ("application");
  gst_element_set_context (GST_ELEMENT (GST_MESSAGE_SRC (message)), context);

  return GST_BUS_PASS;
}

static void
keep (Inner * inner, GstElement * element)
{
  g_mutex_lock (&inner->lock);
  g_ptr_array_add (inner->elements, gst_object_ref (element));
  g_cond_broadcast (&inner->cond);
  g_mutex_unlock (&inner->lock);
}

static gboolean
on_encoder (GstElement * sink, const gchar * id, const gchar * pad,
    GstElement * encoder, Inner * inner)
{
  keep (inner, encoder);

  return FALSE;
}

static void
on_consumer (GstElement * sink, const gchar * id, GstElement * webrtcbin,
    Inner * inner)
{
  keep (inner, webrtcbin);
}

/* What an element that needs a device does */
static void
ask (GstElement * element)
{
  gst_element_post_message (element,
      gst_message_new_need_context (GST_OBJECT (element), "test.device"));
}

static void
assert_has_context (GstElement * element, const gchar * who)
{
  g_autoptr (GstContext) context = gst_element_get_context (element,
      "test.device");

  fail_unless (context != NULL, "no context for %s", GST_OBJECT_NAME (element));
  fail_unless_equals_string (gst_structure_get_string
      (gst_context_get_structure (context), "who"), who);
}

static void
ask_all (Inner * inner, const gchar * who)
{
  g_mutex_lock (&inner->lock);
  fail_unless_equals_int (inner->elements->len, 2);
  g_mutex_unlock (&inner->lock);
  for (guint i = 0; i < inner->elements->len; i++) {
    ask (g_ptr_array_index (inner->elements, i));
    assert_has_context (g_ptr_array_index (inner->elements, i), who);
  }
}

static void
check_contexts (gboolean known, const gchar * who, guint n_asked)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  GstBus *bus = gst_element_get_bus (sink_harness_get_pipeline (h));
  g_autoptr (GstContext) context = make_context ("pipeline");
  Inner inner = { 0 };
  Consumer *consumer;

  inner.elements = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_init (&inner.lock);
  g_cond_init (&inner.cond);
  gst_bus_set_sync_handler (bus, on_application_message, &inner, NULL);
  if (known)
    gst_element_set_context (sink_harness_get_pipeline (h), context);
  g_signal_connect (sink, "encoder-setup", G_CALLBACK (on_encoder), &inner);
  g_signal_connect (sink, "consumer-added", G_CALLBACK (on_consumer), &inner);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  ask_all (&inner, who);
  fail_unless_equals_int (inner.n_asked, n_asked);

  g_ptr_array_unref (inner.elements);
  consumer_leave (consumer);
  g_object_unref (consumer);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (bus);
  sink_harness_free (h);
}

GST_START_TEST (application_gives_contexts)
{
  check_contexts (FALSE, "application", 2);
}

GST_END_TEST;

GST_START_TEST (contexts_that_are_known)
{
  check_contexts (TRUE, "pipeline", 0);
}

GST_END_TEST;

/* Handlers */

/* What the fault deadlocks on: nothing is held while an application is called
 * (D12, D15) */
static void
use_everything (GstElement * sink, SinkHarness * h, const gchar * what)
{
  g_auto (GStrv) ids = NULL;
  g_autoptr (GstCaps) caps = NULL;
  GstStructure *stats = NULL;

  g_signal_emit_by_name (sink, "get-sessions", &ids);
  g_object_get (sink, "video-caps", &caps, "stats", &stats, NULL);
  g_object_set (sink, "max-bitrate", 1000000, NULL);
  gst_structure_free (stats);
  sink_harness_note (h, g_strdup_printf ("%s %u", what, g_strv_length (ids)));
}

static void
in_pipeline_created (GstElement * sink, const gchar * id, GstPipeline * p,
    SinkHarness * h)
{
  use_everything (sink, h, "in-created");
}

static void
in_added (GstElement * sink, const gchar * id, GstElement * bin,
    SinkHarness * h)
{
  use_everything (sink, h, "in-added");
}

static void
in_removed (GstElement * sink, const gchar * id, GstElement * bin,
    SinkHarness * h)
{
  use_everything (sink, h, "in-removed");
}

static gboolean
in_setup (GstElement * sink, const gchar * id, const gchar * pad,
    GstElement * element, SinkHarness * h)
{
  use_everything (sink, h, "in-setup");

  return FALSE;
}

static GstElement *
in_filter (GstElement * sink, const gchar * id, const gchar * pad,
    GstCaps * caps, SinkHarness * h)
{
  use_everything (sink, h, "in-filter");

  return NULL;
}

static GstCaps *
in_mitigation (GstElement * sink, const gchar * pad, GstVideoInfo * info,
    gint bitrate, guint modes, SinkHarness * h)
{
  use_everything (sink, h, "in-mitigation");

  return gst_caps_from_string ("video/x-raw(ANY)");
}

static GstStructure *
in_bitrates (GstElement * sink, const gchar * id, gint overall,
    GstStructure * bitrates, SinkHarness * h)
{
  use_everything (sink, h, "in-bitrates");

  return gst_structure_copy (bitrates);
}

GST_START_TEST (handlers_may_do_anything)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Consumer *consumer;

  g_signal_connect (sink, "consumer-pipeline-created",
      G_CALLBACK (in_pipeline_created), h);
  g_signal_connect (sink, "consumer-added", G_CALLBACK (in_added), h);
  g_signal_connect (sink, "consumer-removed", G_CALLBACK (in_removed), h);
  g_signal_connect (sink, "encoder-setup", G_CALLBACK (in_setup), h);
  g_signal_connect (sink, "payloader-setup", G_CALLBACK (in_setup), h);
  g_signal_connect (sink, "request-encoded-filter", G_CALLBACK (in_filter), h);
  g_signal_connect (sink, "configure-mitigation-caps",
      G_CALLBACK (in_mitigation), h);
  g_signal_connect (sink, "define-encoder-bitrates",
      G_CALLBACK (in_bitrates), h);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  consumer_leave (consumer);
  sink_harness_wait (h, "in-removed 0", 1);
  fail_unless_equals_int (sink_harness_count (h, "in-created 1"), 1);
  fail_unless_equals_int (sink_harness_count (h, "in-added 1"), 1);
  fail_unless_equals_int (sink_harness_count (h, "in-filter 1"), 1);
  fail_unless (sink_harness_count (h, "in-setup 1") >= 3);
  fail_unless (sink_harness_count (h, "in-mitigation") >= 1);
  fail_unless (sink_harness_count (h, "in-bitrates") >= 1);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
settings_suite (void)
{
  Suite *suite = suite_create ("webrtcsink-settings");
  TCase *tcase = tcase_create ("effects");

  tcase_add_checked_fixture (tcase, NULL, wait_for_threads);
  tcase_add_test (tcase, stun_server_is_asked);
  tcase_add_test (tcase, turn_servers_are_asked);
  tcase_add_test (tcase, only_relays);
  tcase_add_test (tcase, replaced_signaller_is_let_go);
  tcase_add_test (tcase, shutdown_is_eos);
  tcase_add_test (tcase, inputs_end);
  tcase_add_test (tcase, application_gives_contexts);
  tcase_add_test (tcase, contexts_that_are_known);
  tcase_add_test (tcase, handlers_may_do_anything);
  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (settings);
