/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a sink does about packets that get lost. */

#include "tests/check/common/lossy.h"
#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>

#define WATCHDOG (40 * G_USEC_PER_SEC)

/* What encoders of audio are set to */
typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GstElement *encoder;
} Watched;

static void
on_changed (GstElement * encoder, GParamSpec * pspec, Watched * watched)
{
  g_mutex_lock (&watched->lock);
  g_cond_broadcast (&watched->cond);
  g_mutex_unlock (&watched->lock);
}

static gboolean
watch_encoder (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, Watched * watched)
{
  g_signal_connect (encoder, "notify", G_CALLBACK (on_changed), watched);
  g_mutex_lock (&watched->lock);
  gst_object_replace ((GstObject **) & watched->encoder, GST_OBJECT (encoder));
  g_cond_broadcast (&watched->cond);
  g_mutex_unlock (&watched->lock);

  return FALSE;
}

static gboolean
set_encoder_up (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * encoder, Watched * watched)
{
  g_object_set (encoder, "bitrate", 96000, "packet-loss-percentage", 0, NULL);

  return watch_encoder (sink, consumer_id, pad_name, encoder, watched);
}

static gboolean
is_protected_locked (Watched * watched, guint least)
{
  gboolean fec = FALSE;
  guint percentage = 0;

  if (watched->encoder)
    g_object_get (watched->encoder, "inband-fec", &fec,
        "packet-loss-percentage", &percentage, NULL);

  return fec && percentage >= least;
}

static void
wait_protected (Watched * watched, gboolean wanted, guint least)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&watched->lock);
  while (is_protected_locked (watched, least) != wanted)
    fail_unless (g_cond_wait_until (&watched->cond, &watched->lock, end),
        wanted ? "there is no correction" : "the correction stays");
  g_mutex_unlock (&watched->lock);
}

static gint
get_bitrate (Watched * watched)
{
  gint bitrate;

  g_object_get (watched->encoder, "bitrate", &bitrate, NULL);

  return bitrate;
}

static void
leave_and_free (SinkHarness * h, Consumer * consumer, Watched * watched,
    Lossy * lossy)
{
  consumer_leave (consumer);
  g_object_unref (consumer);
  g_signal_handlers_disconnect_by_data (watched->encoder, watched);
  gst_clear_object (&watched->encoder);
  sink_harness_free (h);
  lossy_free (lossy);
}

/* webrtcbin 1.22 takes no header extension by itself */
static void
accept_twcc (GstElement * webrtcbin, GstWebRTCRTPTransceiver * transceiver,
    gpointer data)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("application/x-rtp",
      "extmap-1", G_TYPE_STRING, "http://www.ietf.org/id/"
      "draft-holmer-rmcat-transport-wide-cc-extensions-01", NULL);

  g_object_set (transceiver, "codec-preferences", caps, NULL);
}

/* In 1.22 it is sent with each marker, of which there is none in Opus */
static void
send_feedback (Consumer * consumer)
{
  GstElement *rtpbin = gst_bin_get_by_name (GST_BIN (consumer_get_webrtcbin
          (consumer)), "rtpbin");
  g_autoptr (GObject) session = NULL;

  g_signal_emit_by_name (rtpbin, "get-internal-session", 0, &session);
  g_object_set (session, "twcc-feedback-interval", 50 * GST_MSECOND, NULL);
  gst_object_unref (rtpbin);
}

static Consumer *
join (SinkHarness * h)
{
  Consumer *consumer = sink_harness_consumer (h, "one");

  consumer_on_new_transceiver (consumer, accept_twcc);
  consumer_join (consumer, sink_harness_get_signaller (h));

  return consumer;
}

/* Loss comes and goes, and so does what Opus does about it */
GST_START_TEST (opus_is_told_of_loss)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Lossy *lossy = lossy_new ();
  Watched watched = { 0, };
  Consumer *consumer;

  lossy_watch_sink (lossy, sink);
  g_signal_connect (sink, "encoder-setup", G_CALLBACK (watch_encoder),
      &watched);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer = join (h);
  consumer_wait_frames (consumer, 0, 1);
  send_feedback (consumer);
  consumer_wait_frames (consumer, 0, 100);
  fail_unless (!is_protected_locked (&watched, 0));
  fail_unless_equals_int (get_bitrate (&watched), 64000);

  lossy_set_percent (lossy, 15);
  wait_protected (&watched, TRUE, 10);
  fail_unless (get_bitrate (&watched) <= 48000, "%d bit/s",
      get_bitrate (&watched));
  lossy_set_percent (lossy, 0);
  wait_protected (&watched, FALSE, 0);
  fail_unless_equals_int (get_bitrate (&watched), 64000);
  fail_unless (lossy_get_dropped (lossy) > 5);
  leave_and_free (h, consumer, &watched, lossy);
}

GST_END_TEST;

/* What encoder-setup sets is the application's, also when it is the default */
GST_START_TEST (what_applications_set_stays)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Lossy *lossy = lossy_new ();
  Watched watched = { 0, };
  gint percentage;
  Consumer *consumer;

  lossy_watch_sink (lossy, sink);
  g_signal_connect (sink, "encoder-setup", G_CALLBACK (set_encoder_up),
      &watched);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  consumer = join (h);
  consumer_wait_frames (consumer, 0, 1);
  send_feedback (consumer);
  lossy_set_percent (lossy, 15);
  wait_protected (&watched, TRUE, 0);
  g_object_get (watched.encoder, "packet-loss-percentage", &percentage, NULL);
  fail_unless_equals_int (percentage, 0);
  fail_unless_equals_int (get_bitrate (&watched), 96000);
  leave_and_free (h, consumer, &watched, lossy);
}

GST_END_TEST;

/* Peers without transport-wide feedback: reports of RTCP are enough */

/* As often as a browser reports */
static void
report_often (Consumer * consumer)
{
  GstElement *rtpbin = gst_bin_get_by_name (GST_BIN (consumer_get_webrtcbin
          (consumer)), "rtpbin");
  g_autoptr (GObject) session = NULL;

  g_signal_emit_by_name (rtpbin, "get-internal-session", 0, &session);
  g_object_set (session, "rtcp-min-interval", 500 * GST_MSECOND, "bandwidth",
      2000000.0, NULL);
  gst_object_unref (rtpbin);
}

static gint
get_target (Watched * watched)
{
  gint bitrate;

  g_object_get (watched->encoder, "target-bitrate", &bitrate, NULL);

  return bitrate;
}

static void
wait_target (Watched * watched, gint from, gint to)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&watched->lock);
  while (!watched->encoder || get_target (watched) < from ||
      get_target (watched) > to)
    fail_unless (g_cond_wait_until (&watched->cond, &watched->lock, end),
        "no bitrate from %d to %d but %d", from, to, get_target (watched));
  g_mutex_unlock (&watched->lock);
}

static const gchar *const controllers[] = { "gcc", "homegrown" };

GST_START_TEST (reports_control_the_bitrate)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Lossy *lossy = lossy_new ();
  Watched watched = { 0, };
  gint low;
  Consumer *consumer;

  gst_util_set_object_arg (G_OBJECT (sink), "congestion-control",
      controllers[__i__]);
  g_object_set (sink, "start-bitrate", 1000000, "do-fec", FALSE, NULL);
  lossy_watch_sink (lossy, sink);
  g_signal_connect (sink, "encoder-setup", G_CALLBACK (watch_encoder),
      &watched);
  sink_harness_add (h, SINK_HARNESS_NOISE);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 1);
  report_often (consumer);
  lossy_set_percent (lossy, 30);
  wait_target (&watched, 1, 600000);
  lossy_set_percent (lossy, 0);
  low = get_target (&watched);
  wait_target (&watched, low * 5 / 4, G_MAXINT);
  leave_and_free (h, consumer, &watched, lossy);
}

GST_END_TEST;

static Suite *
webrtcsink_loss_suite (void)
{
  Suite *s = suite_create ("webrtcsink-loss");
  TCase *tc = tcase_create ("audio");
  TCase *reports = tcase_create ("reports");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_test (tc, opus_is_told_of_loss);
  tcase_add_test (tc, what_applications_set_stays);

  suite_add_tcase (s, reports);
  tcase_add_checked_fixture (reports, NULL, wait_for_threads);
  tcase_add_loop_test (reports, reports_control_the_bitrate, 0,
      G_N_ELEMENTS (controllers));

  return s;
}

GST_CHECK_MAIN (webrtcsink_loss);
