/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtpgccbwe between a source of packets and somebody who sends feedback. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <gst/rtp/rtp.h>
#include <gst/rtpgcc/rtpgccbwe.h>
#include <gst/rtpgcc/twccnumber.h>

#define VIDEO 96
#define AUDIO 97

/* Of the header extension for numbers */
#define NUMBER 3

static GstHarness *harness;
static gint n_notified;         /* atomic */

static void
on_notify (GObject * object, GParamSpec * pspec, gpointer unused)
{
  g_atomic_int_inc (&n_notified);
}

static void
set_up_element (guint bitrate, guint max)
{
  GstElement *element = g_object_new (GST_RTC_TYPE_GCC_BWE, NULL);

  g_atomic_int_set (&n_notified, 0);
  g_object_set (element, "max-bitrate", max, "estimated-bitrate", bitrate,
      NULL);
  harness = gst_harness_new_with_element (element, "sink", "src");
  /* the harness has a reference of its own */
  gst_object_unref (element);
  g_signal_connect (harness->element, "notify::estimated-bitrate",
      G_CALLBACK (on_notify), NULL);
}

static void
set_up_limited (guint bitrate, guint max)
{
  set_up_element (bitrate, max);
  gst_harness_set_src_caps_str (harness, "application/x-rtp");
}

static void
set_up (guint bitrate)
{
  set_up_limited (bitrate, 8192000);
}

static void
tear_down (void)
{
  gst_harness_teardown (harness);
}

static GstBuffer *
make_packet (guint8 pt, guint16 seqnum, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  guint8 header[12] = { 0x80, pt, seqnum >> 8, seqnum & 0xff, 0, 0, 0, 0, 0, 0,
    0, pt
  };

  gst_buffer_memset (buffer, 0, 0, size);
  gst_buffer_fill (buffer, 0, header, sizeof (header));

  return buffer;
}

static guint16
pull_seqnum (guint8 * ret_pt)
{
  GstBuffer *buffer = gst_harness_pull (harness);
  guint8 header[4];

  fail_unless (buffer != NULL);
  gst_buffer_extract (buffer, 0, header, sizeof (header));
  *ret_pt = header[1] & 0x7f;
  gst_buffer_unref (buffer);

  return GST_READ_UINT16_BE (header + 2);
}

GST_START_TEST (test_packets_keep_their_order)
{
  GstBufferList *list = gst_buffer_list_new ();
  guint8 pt;

  set_up (2000000);
  for (guint i = 0; i < 20; i++)
    fail_unless_equals_int (gst_harness_push (harness,
            make_packet (VIDEO, 65530 + i, 1200)), GST_FLOW_OK);
  for (guint i = 20; i < 40; i++)
    gst_buffer_list_add (list, make_packet (VIDEO, 65530 + i, 1200));
  fail_unless_equals_int (gst_pad_push_list (harness->srcpad, list),
      GST_FLOW_OK);
  for (guint i = 0; i < 40; i++)
    fail_unless_equals_int (pull_seqnum (&pt), (guint16) (65530 + i));
  tear_down ();
}

GST_END_TEST;

static gpointer pushed_by;      /* atomic: a thread */

static GstPadProbeReturn
note_thread (GstPad * pad, GstPadProbeInfo * info, gpointer unused)
{
  g_atomic_pointer_set (&pushed_by, g_thread_self ());

  return GST_PAD_PROBE_OK;
}

static void
watch_threads (void)
{
  GstPad *pad = gst_element_get_static_pad (harness->element, "src");

  g_atomic_pointer_set (&pushed_by, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, note_thread, NULL, NULL);
  gst_object_unref (pad);
}

/* Once something got through, what may go at once goes on the thread that
 * brings it, and what cannot keeps its order with what comes after */
GST_START_TEST (test_free_path_needs_no_thread)
{
  GstBufferList *list = gst_buffer_list_new ();
  guint n = 0;
  guint8 pt;

  set_up_limited (2000000, 2000000);
  watch_threads ();
  /* the first go by the task, which may still be busy with them */
  do {
    gst_harness_push (harness, make_packet (VIDEO, n++, 100));
    pull_seqnum (&pt);
  } while (g_atomic_pointer_get (&pushed_by) != g_thread_self ());

  for (guint i = 0; i < 4; i++)
    gst_buffer_list_add (list, make_packet (VIDEO, n + i, 1200));
  fail_unless_equals_int (gst_pad_push_list (harness->srcpad, list),
      GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_in_queue (harness), 4);
  for (guint i = 4; i < 60; i++)
    gst_harness_push (harness, make_packet (VIDEO, n + i, 1200));
  for (guint i = 0; i < 60; i++)
    fail_unless_equals_int (pull_seqnum (&pt), n + i);
  tear_down ();
}

GST_END_TEST;

/* A key frame of 60 kB at 2 Mbit/s: not at once, and not in 240 ms either. */
GST_START_TEST (test_key_frame_is_spread)
{
  gint64 begin;
  gint64 took;
  guint8 pt;

  set_up (2000000);
  begin = g_get_monotonic_time ();
  for (guint i = 0; i < 50; i++)
    gst_harness_push (harness, make_packet (VIDEO, i, 1200));
  fail_unless (gst_harness_buffers_received (harness) < 40);
  for (guint i = 0; i < 50; i++)
    pull_seqnum (&pt);
  took = g_get_monotonic_time () - begin;
  fail_unless (took > 30000, "%" G_GINT64_FORMAT " us", took);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_audio_goes_first)
{
  guint position = 0;
  guint8 pt = 0;

  set_up (500000);
  gst_rtc_gcc_bwe_set_audio (GST_RTC_GCC_BWE (harness->element), AUDIO);
  /* events that come first are not overtaken */
  gst_harness_push (harness, make_packet (VIDEO, 0, 1200));
  pull_seqnum (&pt);

  for (guint i = 1; i < 60; i++)
    gst_harness_push (harness, make_packet (VIDEO, i, 1200));
  gst_harness_push (harness, make_packet (AUDIO, 0, 100));
  while (pt != AUDIO) {
    pull_seqnum (&pt);
    position++;
  }
  fail_unless (position < 40, "audio came after %u packets", position);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_events_keep_their_place)
{
  GstEvent *event;
  GstEventType type = GST_EVENT_UNKNOWN;

  set_up (1000000);
  for (guint i = 0; i < 20; i++)
    gst_harness_push (harness, make_packet (VIDEO, i, 1200));
  gst_harness_push_event (harness, gst_event_new_eos ());
  while (type != GST_EVENT_EOS) {
    event = gst_harness_pull_event (harness);
    fail_unless (event != NULL);
    type = GST_EVENT_TYPE (event);
    gst_event_unref (event);
  }
  fail_unless_equals_int (gst_harness_buffers_received (harness), 20);
  fail_unless_equals_int (gst_harness_push (harness,
          make_packet (VIDEO, 20, 1200)), GST_FLOW_EOS);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_flush)
{
  GstSegment segment;
  guint8 pt;

  set_up (100000);
  for (guint i = 0; i < 100; i++)
    gst_harness_push (harness, make_packet (VIDEO, i, 1200));
  gst_harness_push_event (harness, gst_event_new_flush_start ());
  fail_unless_equals_int (gst_harness_push (harness,
          make_packet (VIDEO, 100, 1200)), GST_FLOW_FLUSHING);
  gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
  while (gst_harness_buffers_in_queue (harness) > 0)
    pull_seqnum (&pt);

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (harness, gst_event_new_segment (&segment));
  fail_unless_equals_int (gst_harness_push (harness,
          make_packet (VIDEO, 500, 1200)), GST_FLOW_OK);
  while (pull_seqnum (&pt) != 500);
  tear_down ();
}

GST_END_TEST;

/* Feedback */

static void
append_packet (GstStructure * packets, guint seqnum, guint64 local,
    guint64 remote)
{
  GstStructure *packet = gst_structure_new ("RTPTWCCPacket", "seqnum",
      G_TYPE_UINT, seqnum & 0xffff, "local-ts", G_TYPE_UINT64, local,
      "remote-ts", G_TYPE_UINT64, remote, "payload-type", G_TYPE_UCHAR, VIDEO,
      "size", G_TYPE_UINT, 1180, "lost", G_TYPE_BOOLEAN,
      !GST_CLOCK_TIME_IS_VALID (remote), NULL);
  GValue value = G_VALUE_INIT;
  GValueArray *array;

  g_value_init (&value, GST_TYPE_STRUCTURE);
  gst_value_set_structure (&value, packet);
  gst_structure_free (packet);
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS;
  array = g_value_get_boxed (gst_structure_get_value (packets, "packets"));
  g_value_array_append (array, &value);
  G_GNUC_END_IGNORE_DEPRECATIONS;
  g_value_unset (&value);
}

static GstStructure *
new_packets (void)
{
  GstStructure *packets = gst_structure_new_empty ("RTPTWCCPackets");
  GValue value = G_VALUE_INIT;

  G_GNUC_BEGIN_IGNORE_DEPRECATIONS;
  g_value_init (&value, g_value_array_get_type ());
  g_value_take_boxed (&value, g_value_array_new (0));
  G_GNUC_END_IGNORE_DEPRECATIONS;
  gst_structure_take_value (packets, "packets", &value);

  return packets;
}

static void
send_feedback (GstStructure * packets)
{
  gst_harness_push_upstream_event (harness,
      gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM, packets));
}

/* 20 packets every 100 ms, for 3 s; each takes longer than the one before. */
static void
send_growing_delay (GstClockTime growth)
{
  guint64 begin = gst_util_get_timestamp () - 4 * GST_SECOND;

  for (guint i = 0; i < 30; i++) {
    GstStructure *packets = new_packets ();

    for (guint j = 0; j < 20; j++) {
      const guint n = i * 20 + j;
      const guint64 sent = begin + n * 5 * GST_MSECOND;

      append_packet (packets, n, sent, 1000 * GST_SECOND + n * (5 *
              GST_MSECOND + growth));
    }
    send_feedback (packets);
  }
}

static guint
get_estimate (void)
{
  guint estimate;

  g_object_get (harness->element, "estimated-bitrate", &estimate, NULL);

  return estimate;
}

GST_START_TEST (test_feedback_moves_the_estimate)
{
  GstEvent *event;
  GstRtcGccReport report;

  set_up (3000000);
  send_growing_delay (2 * GST_MSECOND);
  fail_unless (get_estimate () < 2000000, "%u", get_estimate ());
  fail_unless (g_atomic_int_get (&n_notified) > 0);
  gst_rtc_gcc_bwe_get_report (GST_RTC_GCC_BWE (harness->element), &report);
  fail_unless_equals_int (report.limit, GST_RTC_GCC_LIMIT_NETWORK);

  /* whoever else listens hears it, too */
  do {
    event = gst_harness_pull_upstream_event (harness);
    fail_unless (event != NULL);
    if (gst_event_has_name (event, "RTPTWCCPackets"))
      break;
    gst_event_unref (event);
  } while (TRUE);
  gst_event_unref (event);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_either_estimator)
{
  set_up (3000000);
  g_object_set (harness->element, "estimator",
      __i__ ? GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION :
      GST_RTC_GCC_ESTIMATOR_KALMAN, NULL);
  send_growing_delay (0);
  fail_unless (get_estimate () >= 3000000);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_feedback_without_sense)
{
  GstStructure *packets = new_packets ();

  set_up (1000000);
  for (guint i = 0; i < 100; i++)
    append_packet (packets, i * 700, i % 2 ? GST_CLOCK_TIME_NONE :
        gst_util_get_timestamp () + GST_SECOND * 1000, i * GST_SECOND);
  send_feedback (packets);
  send_feedback (gst_structure_new_empty ("RTPTWCCPackets"));
  send_feedback (gst_structure_new ("RTPTWCCPackets", "packets", G_TYPE_INT,
          1, NULL));
  send_feedback (gst_structure_new ("RTPTWCCPackets", "packets",
          GST_TYPE_STRUCTURE, NULL, NULL));
  fail_unless_equals_int (get_estimate (), 1000000);
  fail_unless_equals_int (g_atomic_int_get (&n_notified), 0);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_limits)
{
  set_up (1000000);
  g_object_set (harness->element, "max-bitrate", 500000, NULL);
  fail_unless_equals_int (get_estimate (), 500000);
  g_object_set (harness->element, "max-bitrate", 5000000, "min-bitrate",
      2000000, NULL);
  fail_unless_equals_int (get_estimate (), 2000000);
  send_growing_delay (3 * GST_MSECOND);
  fail_unless_equals_int (get_estimate (), 2000000);
  tear_down ();
}

GST_END_TEST;

/* The first probe goes out at three times the start and needs five packets: a
 * single one makes us ask for more of it. */
GST_START_TEST (test_probe_asks_for_packets)
{
  GstEvent *event;
  guint seqnum;
  guint ssrc;

  set_up (1000000);
  gst_harness_push (harness, make_packet (VIDEO, 42, 1200));
  do {
    event = gst_harness_pull_upstream_event (harness);
    fail_unless (event != NULL);
    if (gst_event_has_name (event, "GstRTPRetransmissionRequest"))
      break;
    gst_event_unref (event);
  } while (TRUE);
  gst_structure_get (gst_event_get_structure (event), "seqnum", G_TYPE_UINT,
      &seqnum, "ssrc", G_TYPE_UINT, &ssrc, NULL);
  fail_unless_equals_int (seqnum, 42);
  fail_unless_equals_int (ssrc, VIDEO);
  gst_event_unref (event);
  tear_down ();
}

GST_END_TEST;

/* Numbers */

static void
set_up_with_extensions (gboolean numbered)
{
  set_up_element (1000000, 1000000);
  if (numbered)
    gst_rtc_gcc_bwe_set_numbered (GST_RTC_GCC_BWE (harness->element), VIDEO,
        NUMBER);
  gst_harness_set_src_caps_str (harness, "application/x-rtp, payload=(int)96, "
      "extmap-1=(string)urn:ietf:params:rtp-hdrext:sdes:mid, "
      "extmap-3=(string)" GST_RTC_URI_TWCC);
}

/* Returns: -1 if the next packet has none */
static gint
pull_number (void)
{
  GstBuffer *buffer = gst_harness_pull (harness);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gint number = -1;
  gpointer data;
  guint size;

  fail_unless (gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp));
  if (gst_rtp_buffer_get_extension_onebyte_header (&rtp, NUMBER, 0, &data,
          &size))
    number = ((guint8 *) data)[0] << 8 | ((guint8 *) data)[1];
  gst_rtp_buffer_unmap (&rtp);
  gst_buffer_unref (buffer);

  return number;
}

static void
check_caps (gboolean has_number)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  gint pt;

  fail_unless (gst_structure_has_name (structure, "application/x-rtp"));
  fail_unless (gst_structure_get_int (structure, "payload", &pt) && pt == 96);
  fail_unless_equals_string (gst_structure_get_string (structure, "extmap-1"),
      "urn:ietf:params:rtp-hdrext:sdes:mid");
  fail_unless_equals_int (gst_structure_has_field (structure, "extmap-3"),
      has_number);
}

/* Also those in lists, those that wait, and none of others */
GST_START_TEST (test_numbers)
{
  GstBufferList *list = gst_buffer_list_new ();

  set_up_with_extensions (TRUE);
  for (guint i = 0; i < 10; i++) {
    gst_harness_push (harness, make_packet (VIDEO, i, 1200));
    gst_harness_push (harness, make_packet (AUDIO, i, 100));
  }
  for (guint i = 10; i < 20; i++)
    gst_buffer_list_add (list, make_packet (VIDEO, i, 1200));
  fail_unless_equals_int (gst_pad_push_list (harness->srcpad, list),
      GST_FLOW_OK);
  for (gint i = 0; i < 10; i++) {
    fail_unless_equals_int (pull_number (), i);
    fail_unless_equals_int (pull_number (), -1);
  }
  for (gint i = 10; i < 20; i++)
    fail_unless_equals_int (pull_number (), i);
  check_caps (FALSE);
  tear_down ();
}

GST_END_TEST;

static const guint8 receiver_report[] = { 0x80, 201, 0, 1, 1, 2, 3, 4 };

/* @n packets that came every 40 ms */
static GstBuffer *
make_feedback (guint16 first, guint8 n)
{
  guint8 packet[20 + 2 + 22] = { 0x8f, 205, 0, 0, 0, };
  const gsize size = GST_ROUND_UP_4 (22 + n);
  const guint ticks = first * 160;
  GstBuffer *report = gst_buffer_new_memdup (receiver_report,
      sizeof (receiver_report));

  fail_unless (size <= sizeof (packet));
  GST_WRITE_UINT16_BE (packet + 2, size / 4 - 1);
  GST_WRITE_UINT16_BE (packet + 12, first);
  GST_WRITE_UINT16_BE (packet + 14, n);
  GST_WRITE_UINT24_BE (packet + 16, ticks / 256);
  packet[19] = first / n;
  GST_WRITE_UINT16_BE (packet + 20, 0x2000 | n);
  packet[22] = ticks % 256;
  memset (packet + 23, 160, n - 1);

  return gst_buffer_append (report, gst_buffer_new_memdup (packet, size));
}

/* The pacer sends a packet every few ms, and they are said to arrive far
 * slower than that */
GST_START_TEST (test_feedback_from_rtcp)
{
  GstRtcGccBwe *bwe;
  GstRtcGccReport report;

  set_up_with_extensions (TRUE);
  bwe = GST_RTC_GCC_BWE (harness->element);
  for (gint first = 0; get_estimate () >= 800000; first += 20) {
    GstBuffer *rest;

    for (gint i = first; i < first + 20; i++)
      gst_harness_push (harness, make_packet (VIDEO, i, 1200));
    for (gint i = first; i < first + 20; i++)
      fail_unless_equals_int (pull_number (), i);
    rest = gst_rtc_gcc_bwe_take_rtcp (bwe, make_feedback (first, 20));
    fail_unless_equals_int (gst_buffer_get_size (rest),
        sizeof (receiver_report));
    fail_unless_equals_int (gst_buffer_memcmp (rest, 0, receiver_report,
            sizeof (receiver_report)), 0);
    gst_buffer_unref (rest);
  }
  fail_unless (g_atomic_int_get (&n_notified) > 0);
  gst_rtc_gcc_bwe_get_report (bwe, &report);
  fail_unless_equals_int (report.limit, GST_RTC_GCC_LIMIT_NETWORK);
  tear_down ();
}

GST_END_TEST;

/* In anybody's webrtcbin all that is up to rtpsession */
GST_START_TEST (test_nothing_is_numbered_unasked)
{
  GstBuffer *rtcp = make_feedback (0, 20);

  set_up_with_extensions (FALSE);
  for (guint i = 0; i < 20; i++) {
    gst_harness_push (harness, make_packet (VIDEO, i, 1200));
    fail_unless_equals_int (pull_number (), -1);
  }
  check_caps (TRUE);
  fail_unless (gst_rtc_gcc_bwe_take_rtcp (GST_RTC_GCC_BWE (harness->element),
          rtcp) == rtcp);
  gst_buffer_unref (rtcp);
  fail_unless_equals_int (get_estimate (), 1000000);

  send_growing_delay (2 * GST_MSECOND);
  fail_unless (get_estimate () < 1000000, "%u", get_estimate ());
  tear_down ();
}

GST_END_TEST;

static Suite *
rtpgccbwe_suite (void)
{
  Suite *suite = suite_create ("rtpgccbwe");
  TCase *tcase = tcase_create ("element");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_packets_keep_their_order);
  tcase_add_test (tcase, test_free_path_needs_no_thread);
  tcase_add_test (tcase, test_key_frame_is_spread);
  tcase_add_test (tcase, test_audio_goes_first);
  tcase_add_test (tcase, test_events_keep_their_place);
  tcase_add_test (tcase, test_flush);
  tcase_add_test (tcase, test_feedback_moves_the_estimate);
  tcase_add_loop_test (tcase, test_either_estimator, 0, 2);
  tcase_add_test (tcase, test_feedback_without_sense);
  tcase_add_test (tcase, test_limits);
  tcase_add_test (tcase, test_probe_asks_for_packets);
  tcase_add_test (tcase, test_numbers);
  tcase_add_test (tcase, test_feedback_from_rtcp);
  tcase_add_test (tcase, test_nothing_is_numbered_unasked);

  return suite;
}

GST_CHECK_MAIN (rtpgccbwe);
