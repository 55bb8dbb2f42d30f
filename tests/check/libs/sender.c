/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which packet goes when, in made-up time. */

#include <gst/check/gstcheck.h>

#include <gst/rtpgcc/sender.h>

#define MS GST_RTC_GCC_MS
#define SECOND GST_RTC_GCC_SECOND

#define VIDEO 96
#define AUDIO 97
#define RTX 98

#define BITRATE 2000000

static GstRtcSender sender;
static guint16 next_seqnum;

/* A path that carries all that is ever asked for if max is the estimate */
static void
set_up (guint64 max)
{
  next_seqnum = 0;
  gst_rtc_sender_init (&sender, GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION,
      BITRATE);
  gst_rtc_gcc_set_limits (&sender.gcc, 1000, max);
  gst_rtc_sender_set_audio (&sender, AUDIO);
  gst_rtc_sender_set_retransmission (&sender, RTX);
  /* what was not used is no credit from before */
  gst_rtc_pacer_may_send (&sender.pacer, 0, &sender.gcc, 0);
}

static void
tear_down (void)
{
  gst_rtc_sender_clear (&sender);
}

static GstBuffer *
make_packet (guint8 pt, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  guint8 header[12] = { 0x80, pt, next_seqnum >> 8, next_seqnum & 0xff, 0, };

  header[11] = pt;
  next_seqnum++;
  gst_buffer_memset (buffer, 0, 0, size);
  gst_buffer_fill (buffer, 0, header, sizeof (header));

  return buffer;
}

static GstBufferList *
make_frame (guint n)
{
  GstBufferList *list = gst_buffer_list_new ();

  for (guint i = 0; i < n; i++)
    gst_buffer_list_add (list, make_packet (VIDEO, 1200));

  return list;
}

static gboolean
pass_frame (guint n, gint64 now)
{
  GstBufferList *list = make_frame (n);
  gboolean passed = gst_rtc_sender_pass_list (&sender, &list, now);

  gst_buffer_list_unref (list);

  return passed;
}

static gboolean
pass_packet (guint8 pt, gint64 now)
{
  GstBuffer *buffer = make_packet (pt, 100);
  gboolean passed = gst_rtc_sender_pass (&sender, &buffer, now);

  gst_buffer_unref (buffer);

  return passed;
}

static void
take_frame (guint n, gint64 now)
{
  for (guint i = 0; i < n; i++)
    gst_rtc_sender_take (&sender, make_packet (VIDEO, 1200), now);
}

static guint
drop_step (GstRtcSenderStep * step)
{
  guint n = step->packets ? gst_buffer_list_length (step->packets) : 0;

  gst_clear_buffer_list (&step->packets);
  gst_clear_event (&step->event);
  gst_clear_event (&step->request);

  return n;
}

/* 7 packets are 2 Mbit/s; 8 are what an encoder makes that is told so */
GST_START_TEST (test_frames_pass_where_the_path_is_free)
{
  set_up (BITRATE);
  for (guint i = 1; i < 300; i++)
    fail_unless (pass_frame (8, i * SECOND / 30), "frame %u", i);
  fail_unless (gst_rtc_sender_is_idle (&sender));
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_key_frame_does_not_pass)
{
  gint64 now = SECOND;
  guint n = 0;

  set_up (BITRATE);
  fail_if (pass_frame (50, now));
  take_frame (50, now);
  /* nothing overtakes what waits */
  fail_if (pass_frame (1, now));
  fail_if (pass_packet (AUDIO, now));

  while (n < 50) {
    GstRtcSenderStep step = gst_rtc_sender_next (&sender, now);

    n += drop_step (&step);
    now += MAX (step.wait, 0);
  }
  fail_unless (now > SECOND + 30 * MS && now < SECOND + 120 * MS,
      "%" G_GINT64_FORMAT " ms", (now - SECOND) / MS);
  tear_down ();
}

GST_END_TEST;

/* Where the path is the limit, packets are spread */
GST_START_TEST (test_narrow_path)
{
  GstRtcSenderStep step;

  set_up (8 * BITRATE);
  fail_if (pass_frame (8, SECOND));
  take_frame (8, SECOND);
  step = gst_rtc_sender_next (&sender, SECOND);
  fail_unless_equals_int (drop_step (&step), 3);
  step = gst_rtc_sender_next (&sender, SECOND);
  fail_unless_equals_int (drop_step (&step), 0);
  fail_unless (step.wait >= 5 * MS && step.wait < 10 * MS);
  tear_down ();
}

GST_END_TEST;

/* Packets of a cluster go one by one, whoever brings them */
GST_START_TEST (test_nothing_passes_a_probe)
{
  GstRtcSenderStep step;

  set_up (8 * BITRATE);
  gst_rtc_prober_start (&sender.gcc.prober, SECOND, 2 * BITRATE);
  fail_if (pass_packet (VIDEO, SECOND));
  take_frame (3, SECOND);
  step = gst_rtc_sender_next (&sender, SECOND);
  fail_unless_equals_int (drop_step (&step), 1);
  tear_down ();
}

GST_END_TEST;

/* Retransmissions are looked at one by one: a path that is full gets none */
GST_START_TEST (test_retransmissions)
{
  GstRtcSenderStep step;

  set_up (BITRATE);
  fail_if (pass_packet (RTX, SECOND));
  fail_unless (pass_packet (VIDEO, SECOND));

  take_frame (80, SECOND);      /* 380 ms */
  gst_rtc_sender_take (&sender, make_packet (RTX, 1000), SECOND);
  fail_unless_equals_uint64 (sender.queue.bytes, 80 * 1200);
  gst_rtc_sender_take (&sender, make_packet (AUDIO, 100), SECOND);
  step = gst_rtc_sender_next (&sender, 2 * SECOND);
  fail_unless_equals_int (gst_buffer_get_size (gst_buffer_list_get
          (step.packets, 0)), 100);
  drop_step (&step);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_events_keep_their_place)
{
  GstRtcSenderStep step;

  set_up (BITRATE);
  take_frame (1, SECOND);
  gst_rtc_sender_take_event (&sender, gst_event_new_gap (0, 1));
  gst_rtc_sender_take (&sender, make_packet (AUDIO, 100), SECOND);
  fail_if (pass_packet (VIDEO, SECOND));

  step = gst_rtc_sender_next (&sender, SECOND);
  fail_unless_equals_int (drop_step (&step), 1);
  step = gst_rtc_sender_next (&sender, SECOND);
  fail_unless (step.event != NULL && step.packets == NULL);
  drop_step (&step);
  step = gst_rtc_sender_next (&sender, SECOND);
  fail_unless_equals_int (drop_step (&step), 1);
  fail_unless (gst_rtc_sender_is_idle (&sender));
  tear_down ();
}

GST_END_TEST;

/* What is not RTP does no harm, and the report counts what went */
GST_START_TEST (test_report)
{
  GstRtcGccReport report;
  GstBuffer *nothing = gst_buffer_new ();

  set_up (BITRATE);
  fail_if (gst_rtc_sender_pass (&sender, &nothing, SECOND));
  gst_rtc_sender_take (&sender, nothing, SECOND);
  drop_step (&(GstRtcSenderStep) {
      gst_rtc_sender_next (&sender, SECOND).packets}
  );

  for (guint i = 0; i < 60; i++)
    fail_unless (pass_packet (i % 2 ? AUDIO : VIDEO, SECOND + i * 20 * MS));
  gst_rtc_sender_get_report (&sender, SECOND + 1200 * MS, &report);
  fail_unless_equals_uint64 (report.estimate, BITRATE);
  fail_unless (report.packets >= 48 && report.packets <= 52, "%u",
      report.packets);
  fail_unless (report.audio >= 19000 && report.audio <= 21000);
  fail_unless_equals_uint64 (report.retransmission, 0);
  fail_unless_equals_int64 (report.queued, 0);
  tear_down ();
}

GST_END_TEST;

static Suite *
sender_suite (void)
{
  Suite *suite = suite_create ("sender");
  TCase *tcase = tcase_create ("steps");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_frames_pass_where_the_path_is_free);
  tcase_add_test (tcase, test_key_frame_does_not_pass);
  tcase_add_test (tcase, test_narrow_path);
  tcase_add_test (tcase, test_nothing_passes_a_probe);
  tcase_add_test (tcase, test_retransmissions);
  tcase_add_test (tcase, test_events_keep_their_place);
  tcase_add_test (tcase, test_report);

  return suite;
}

GST_CHECK_MAIN (sender);
