/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The source of a track in a session, between renditions and a payloader. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include "gst/webrtc/sessionsource.h"

#define N_RENDITIONS 2

typedef struct
{
  GstHarness *harness;          /* of an appsink: frames go in */
  GstRtcStreamProducer *producer;
} Rendition;

static Rendition renditions[N_RENDITIONS];

static void
set_up (void)
{
  for (guint i = 0; i < N_RENDITIONS; i++) {
    GstElement *appsink = gst_element_factory_make ("appsink", NULL);

    g_object_set (appsink, "sync", FALSE, "async", FALSE, NULL);
    renditions[i].harness = gst_harness_new_with_element (appsink, "sink",
        NULL);
    renditions[i].producer = gst_rtc_stream_producer_new
        (renditions[i].harness->element, GST_RTC_PUSH_ON_CALLER);
    gst_harness_set_src_caps_str (renditions[i].harness, "video/x-vp8");
    gst_object_unref (appsink);
  }
}

static void
tear_down (void)
{
  for (guint i = 0; i < N_RENDITIONS; i++) {
    gst_rtc_stream_producer_stop (renditions[i].producer);
    gst_harness_teardown (renditions[i].harness);
    g_object_unref (renditions[i].producer);
  }
}

/* A frame that says which rendition it is of */
static void
push (guint rendition, GstClockTime pts, gboolean key)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 1, NULL);

  gst_buffer_memset (buffer, 0, rendition, 1);
  GST_BUFFER_PTS (buffer) = pts;
  if (!key)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  fail_unless_equals_int (gst_harness_push (renditions[rendition].harness,
          buffer), GST_FLOW_OK);
}

static guint
count_requests (guint rendition)
{
  GstEvent *event;
  guint n = 0;

  while ((event = gst_harness_try_pull_upstream_event
          (renditions[rendition].harness))) {
    n += gst_video_event_is_force_key_unit (event);
    gst_event_unref (event);
  }

  return n;
}

static GstHarness *
new_source (GstRtcSessionSource ** ret_source)
{
  GstElement *source = GST_ELEMENT (gst_rtc_session_source_new (NULL));
  GstHarness *harness = gst_harness_new_with_element (source, NULL, "src");

  /* the harness has a reference of its own */
  gst_object_unref (source);
  *ret_source = GST_RTC_SESSION_SOURCE (source);
  gst_harness_play (harness);

  return harness;
}

static guint8
pull (GstHarness * harness, GstClockTime * ret_pts)
{
  GstBuffer *buffer = gst_harness_try_pull (harness);
  guint8 rendition = 0xff;

  fail_unless (buffer != NULL);
  gst_buffer_extract (buffer, 0, &rendition, 1);
  *ret_pts = GST_BUFFER_PTS (buffer);
  gst_buffer_unref (buffer);

  return rendition;
}

/* Frames go on until the other rendition has a key frame, and their times never
 * go back. */
GST_START_TEST (test_moves_at_a_key_frame)
{
  GstRtcSessionSource *source;
  GstHarness *harness = new_source (&source);
  GstClockTime last = 0;
  GstClockTime pts;

  gst_rtc_session_source_attach (source, renditions[0].producer);
  fail_unless_equals_int (count_requests (0), 1);
  push (0, 0, FALSE);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 0);
  for (guint i = 1; i < 5; i++)
    push (0, i * 33 * GST_MSECOND, i == 1);

  gst_rtc_session_source_attach (source, renditions[1].producer);
  fail_unless_equals_int (count_requests (1), 1);
  push (1, 5 * 33 * GST_MSECOND, FALSE);
  push (0, 5 * 33 * GST_MSECOND, FALSE);
  /* its key frame is of a time that was sent already */
  push (1, 5 * 33 * GST_MSECOND, TRUE);
  push (0, 6 * 33 * GST_MSECOND, FALSE);
  push (1, 6 * 33 * GST_MSECOND, FALSE);

  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 7);
  for (guint i = 0; i < 7; i++) {
    fail_unless_equals_int (pull (harness, &pts), i < 5 ? 0 : 1);
    fail_unless (pts > last);
    last = pts;
  }
  fail_unless_equals_int (gst_rtc_stream_producer_get_n_consumers (renditions
          [0].producer), 0);

  gst_rtc_session_source_detach (source);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* Whoever is sent elsewhere before he arrived goes on where he was. */
GST_START_TEST (test_moves_twice)
{
  GstRtcSessionSource *source;
  GstHarness *harness = new_source (&source);
  GstClockTime pts;

  gst_rtc_session_source_attach (source, renditions[0].producer);
  push (0, 33 * GST_MSECOND, TRUE);
  gst_rtc_session_source_attach (source, renditions[1].producer);
  gst_rtc_session_source_attach (source, renditions[0].producer);
  push (1, 66 * GST_MSECOND, TRUE);
  push (0, 66 * GST_MSECOND, FALSE);
  push (0, 99 * GST_MSECOND, TRUE);
  push (0, 132 * GST_MSECOND, FALSE);

  fail_unless (gst_harness_buffers_in_queue (harness) >= 4);
  while (gst_harness_buffers_in_queue (harness) > 0)
    fail_unless_equals_int (pull (harness, &pts), 0);

  gst_rtc_session_source_detach (source);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* A peer that asks for key frames without end gets a few, and one every other
 * second, when others share the encode; one that is alone gets what the
 * producer gives. */
GST_START_TEST (test_budget_for_key_frames)
{
  const gboolean alone = __i__ == 0;
  GstRtcSessionSource *greedy;
  GstRtcSessionSource *modest;
  GstHarness *greedy_harness = new_source (&greedy);
  GstHarness *modest_harness = new_source (&modest);
  const gint64 end = g_get_monotonic_time () + (alone ? 3 : 6) *
      G_TIME_SPAN_SECOND;
  GstClockTime pts = 0;
  guint n = 0;

  gst_rtc_session_source_attach (greedy, renditions[0].producer);
  if (!alone)
    gst_rtc_session_source_attach (modest, renditions[0].producer);
  push (0, pts, TRUE);
  count_requests (0);
  while (g_get_monotonic_time () < end) {
    guint asked;

    gst_harness_push_upstream_event (greedy_harness,
        gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE,
            0));
    asked = count_requests (0);
    n += asked;
    push (0, pts += GST_MSECOND, asked > 0);
    g_usleep (10000);           /* a frame's time passes, or less */
  }
  if (alone)
    fail_unless (n >= 6, "only %u key frames", n);
  else
    /* three, and three in six seconds: not one more for each of them, as it was
     * when what was asked for again at once was passed on */
    fail_unless (n >= 3 && n <= 6, "%u key frames", n);

  gst_rtc_session_source_detach (greedy);
  gst_rtc_session_source_detach (modest);
  gst_harness_teardown (greedy_harness);
  gst_harness_teardown (modest_harness);
}

GST_END_TEST;

static Suite *
sessionsource_suite (void)
{
  Suite *suite = suite_create ("sessionsource");
  TCase *tcase = tcase_create ("source");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, set_up, tear_down);
  tcase_add_test (tcase, test_moves_at_a_key_frame);
  tcase_add_test (tcase, test_moves_twice);
  tcase_add_loop_test (tcase, test_budget_for_key_frames, 0, 2);

  return suite;
}

GST_CHECK_MAIN (sessionsource);
