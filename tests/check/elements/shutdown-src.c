/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* webrtcsrc is stopped in every state of its session, in every way an
 * application may do it. Each time its threads go, no session hangs and the
 * signaller is stopped once.
 *
 * The moments are those at which a handler runs on the control thread, so that
 * a way can begin there. GST_RTC_LONG in the environment makes it 30 times each
 * instead of 5.
 */

#include "tests/check/common/fakesignaller.h"
#include "tests/check/common/producer.h"
#include "tests/check/common/sinkharness.h"
#include "tests/check/common/stopper.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)
#define SESSION "session-1"

#define STREAM "videotestsrc is-live=true pattern=ball ! " \
    "video/x-raw,width=160,height=120,framerate=30/1 ! vp8enc deadline=1 " \
    "keyframe-max-dist=30 ! rtpvp8pay pt=96 ! webrtcbin. "

/* What the session is doing */
typedef enum
{
  PREPARING,
  NEGOTIATING,
  STREAMING,
  CLOSING,
  N_MOMENTS
} Moment;

typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  FakeSignaller *signaller;
  Producer *producer;
  Stopper stopper;
  guint n_starts;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  guint n_frames;
} Fixture;

static void
wait_for_frames (Fixture * f, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  guint found;

  g_mutex_lock (&f->lock);
  f->n_frames = 0;
  while (f->n_frames < n && g_cond_wait_until (&f->cond, &f->lock, end));
  found = f->n_frames;
  g_mutex_unlock (&f->lock);
  fail_unless (found >= n, "%u frames of %u", found, n);
}

/* The moments */

static void
on_ready (FakeSignaller * signaller, const gchar * session_id,
    GstElement * webrtcbin, Fixture * f)
{
  stopper_handle (&f->stopper);
}

static void
on_answer (FakeSignaller * producer, const gchar * session_id,
    GstWebRTCSessionDescription * description, Fixture * f)
{
  stopper_handle (&f->stopper);
}

static gboolean
on_end_session (FakeSignaller * signaller, const gchar * session_id,
    const gchar * error, Fixture * f)
{
  stopper_handle (&f->stopper);

  return FALSE;
}

static gboolean
on_end_other_session (FakeSignaller * signaller, const gchar * session_id,
    Fixture * f)
{
  stopper_handle (&f->stopper);

  return FALSE;
}

static GstPadProbeReturn
on_frame (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;

  g_mutex_lock (&f->lock);
  f->n_frames++;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);

  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement * src, GstPad * pad, Fixture * f)
{
  GstElement *sink = gst_bin_get_by_name (GST_BIN (f->pipeline), "end");
  GstPad *end = gst_element_get_static_pad (sink, "sink");

  if (!gst_pad_is_linked (end)) {
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, f, NULL);
    fail_unless_equals_int (gst_pad_link (pad, end), GST_PAD_LINK_OK);
  }
  gst_object_unref (end);
  gst_object_unref (sink);
}

static void
set_up (Fixture * f, Way way)
{
  GstElement *end;

  memset (f, 0, sizeof (Fixture));
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->signaller = fake_signaller_new ();
  f->producer = producer_new (STREAM, f->signaller);
  f->src = gst_element_factory_make_full ("webrtcsrc", "signaller",
      f->signaller, "stun-server", NULL, NULL);
  fail_unless (f->src != NULL, "there is no webrtcsrc");
  f->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  end = gst_parse_bin_from_description ("videoconvert ! fakesink async=false",
      TRUE, NULL);
  gst_object_set_name (GST_OBJECT (end), "end");
  gst_bin_add_many (GST_BIN (f->pipeline), f->src, end, NULL);
  g_signal_connect (f->src, "pad-added", G_CALLBACK (on_pad_added), f);
  stopper_init (&f->stopper, f->pipeline, f->src, way);
}

static void
play (Fixture * f)
{
  fail_unless (gst_element_set_state (f->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
  fake_signaller_wait_count (f->signaller, "start", ++f->n_starts);
}

static void
begin_session (Fixture * f)
{
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (f->signaller),
      SESSION, "producer-1");
  producer_offer (f->producer, SESSION);
}

static void
send_bad_offer (Fixture * f)
{
  g_autoptr (GstWebRTCSessionDescription) offer = NULL;
  GstSDPMessage *sdp;

  gst_sdp_message_new_from_text ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
      "t=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", &sdp);
  offer = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_OFFER, sdp);
  gst_rtc_signaller_emit_session_description (GST_RTC_SIGNALLER (f->signaller),
      SESSION, offer);
}

/* Brings about the moment at which stopper_handle() is called */
static void
bring_about (Fixture * f, Moment moment)
{
  if (moment == PREPARING)
    g_signal_connect (f->signaller, "webrtcbin-ready", G_CALLBACK (on_ready),
        f);
  if (moment == NEGOTIATING)
    g_signal_connect (producer_get_signaller (f->producer),
        "session-description", G_CALLBACK (on_answer), f);
  begin_session (f);
  if (moment < STREAMING)
    return;

  wait_for_frames (f, 1);
  if (moment == STREAMING) {
    /* is refused */
    g_signal_connect (f->signaller, "end-session",
        G_CALLBACK (on_end_other_session), f);
    gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (f->signaller),
        "session-2", "producer-2");
  } else {
    g_signal_connect (f->signaller, "end-session-with-error",
        G_CALLBACK (on_end_session), f);
    send_bad_offer (f);
  }
}

/* A start waits for the end of what ran before */
static void
start_again (Fixture * f)
{
  g_signal_handlers_disconnect_by_data (f->signaller, f);
  producer_free (f->producer);
  f->producer = producer_new (STREAM, f->signaller);
  play (f);
  begin_session (f);
  wait_for_frames (f, 1);
  stopper_stop (&f->stopper);
}

/* The last reference goes while what a handler stopped may still be closing */
static void
clear (Fixture * f)
{
  stopper_leave_bus (&f->stopper);
  gst_object_unref (f->pipeline);
  fake_signaller_wait_count (f->signaller, "stop", f->n_starts);
  g_signal_handlers_disconnect_by_data (f->signaller, f);
  g_signal_handlers_disconnect_by_data (producer_get_signaller (f->producer),
      f);
  producer_free (f->producer);
  wait_for_threads ();
  fail_unless_equals_int (fake_signaller_count (f->signaller, "start"),
      f->n_starts);
  fail_unless_equals_int (fake_signaller_count (f->signaller, "stop"),
      f->n_starts);
  g_object_unref (f->signaller);
  stopper_clear (&f->stopper);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static void
stop_once (Moment moment, Way way)
{
  Fixture f;

  set_up (&f, way);
  play (&f);
  bring_about (&f, moment);
  stopper_wait (&f.stopper);
  if (way == BY_HANDLER)
    start_again (&f);
  clear (&f);
}

GST_START_TEST (stopped)
{
  const Way way = __i__ / N_MOMENTS;
  const Moment moment = __i__ % N_MOMENTS;

  for (guint i = 0; i < stopper_get_n_times (); i++)
    stop_once (moment, way);
}

GST_END_TEST;

/* Between starts */

GST_START_TEST (paused_and_playing)
{
  Fixture f;

  set_up (&f, BY_APPLICATION);
  play (&f);
  begin_session (&f);
  wait_for_frames (&f, 1);
  for (guint i = 0; i < stopper_get_n_times (); i++) {
    gst_element_set_state (f.pipeline, GST_STATE_PAUSED);
    fail_unless_equals_int (gst_element_get_state (f.pipeline, NULL, NULL,
            GST_CLOCK_TIME_NONE), GST_STATE_CHANGE_NO_PREROLL);
    gst_element_set_state (f.pipeline, GST_STATE_PLAYING);
    wait_for_frames (&f, 10);
  }
  fail_unless_equals_int (fake_signaller_count (f.signaller, "start"), 1);
  stopper_stop (&f.stopper);
  clear (&f);
}

GST_END_TEST;

GST_START_TEST (null_and_playing)
{
  Fixture f;

  set_up (&f, BY_APPLICATION);
  for (guint i = 0; i < stopper_get_n_times (); i++) {
    play (&f);
    begin_session (&f);
    wait_for_frames (&f, 1);
    stopper_stop (&f.stopper);
    fail_unless_equals_int (fake_signaller_count (f.signaller, "stop"), i + 1);
    producer_free (f.producer);
    f.producer = producer_new (STREAM, f.signaller);
  }
  clear (&f);
}

GST_END_TEST;

/* A stop on the control thread overtakes a start that was posted */
GST_START_TEST (stop_overtakes_start)
{
  Fixture f;

  set_up (&f, BY_HANDLER_AND_BACK);
  play (&f);
  bring_about (&f, STREAMING);
  stopper_wait (&f.stopper);
  stopper_stop (&f.stopper);
  clear (&f);
}

GST_END_TEST;

static Suite *
shutdown_src_suite (void)
{
  Suite *s = suite_create ("shutdown-src");
  TCase *matrix = tcase_create ("matrix");
  TCase *again = tcase_create ("again");

  suite_add_tcase (s, matrix);
  tcase_set_timeout (matrix, 300);
  tcase_add_checked_fixture (matrix, NULL, wait_for_threads);
  tcase_add_loop_test (matrix, stopped, 0, N_WAYS * N_MOMENTS);

  suite_add_tcase (s, again);
  tcase_set_timeout (again, 300);
  tcase_add_checked_fixture (again, NULL, wait_for_threads);
  tcase_add_test (again, paused_and_playing);
  tcase_add_test (again, null_and_playing);
  tcase_add_test (again, stop_overtakes_start);

  return s;
}

GST_CHECK_MAIN (shutdown_src);
