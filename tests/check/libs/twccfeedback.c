/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is read in transport-wide feedback: written by hand, byte by byte, and
 * by GStreamer's rtpsession. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/rtp/rtp.h>
#include <gst/rtpgcc/twccfeedback.h>
#include <gst/rtpgcc/twccnumber.h>
#include <string.h>

#define MS GST_RTC_GCC_MS
#define SECOND GST_RTC_GCC_SECOND

static GstRtcSentLog sent_log;

/* Packets 0 to n - 1, one each ms */
static void
send_packets (guint n)
{
  for (guint i = 0; i < n; i++)
    gst_rtc_sent_log_add (&sent_log, i * MS, 1000 + i % 100);
}

/* As text: number@us, or number- for what was lost */
static gchar *
describe (GArray * packets)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < packets->len; i++) {
    const GstRtcGccPacket *packet =
        &g_array_index (packets, GstRtcGccPacket, i);

    if (i > 0)
      g_string_append_c (text, ' ');
    g_string_append_printf (text, "%" G_GINT64_FORMAT, packet->seqnum);
    if (packet->received == GST_RTC_GCC_NO_TIME)
      g_string_append_c (text, '-');
    else
      g_string_append_printf (text, "@%" G_GINT64_FORMAT,
          packet->received / 1000);
  }

  return g_string_free (text, FALSE);
}

/* From memory of exactly that size */
static GArray *
take (GstRtcTwccReader * reader, const guint8 * fci, gsize size)
{
  g_autofree guint8 *exact = g_memdup2 (fci, size);

  return gst_rtc_twcc_reader_take (reader, &sent_log, exact, size);
}

static void
check_taken (GstRtcTwccReader * reader, const guint8 * fci, gsize size,
    const gchar * expected)
{
  g_autoptr (GArray) packets = take (reader, fci, size);
  g_autofree gchar *text = packets ? describe (packets) : NULL;

  fail_unless (g_strcmp0 (text, expected) == 0, "\"%s\" is not \"%s\"", text,
      expected);
}

/* One feedback */

static const struct
{
  const gchar *name;
  const gchar *packets;
  gsize size;
  guint8 fci[32];
} feedbacks[] = {
  {"run of small deltas", "1@64000 2@65000 3@128750", 13,
      {0, 1, 0, 3, 0, 0, 1, 0, 0x20, 3, 0, 4, 255}},
  {"run of large deltas", "1@127750 2@8319500 3@127500", 16,
      {0, 1, 0, 3, 0, 0, 2, 0, 0x40, 3, 0xff, 0xff, 0x7f, 0xff, 0x80, 0}},
  {"run of lost packets", "7- 8-", 10, {0, 7, 0, 2, 0, 0, 2, 0, 0, 2}},
  {"longest run", "0- 1- 2-", 10, {0, 0, 0, 3, 0, 0, 2, 0, 0x1f, 0xff}},
  {"one-bit vector", "0@0 1- 2@250 3@750 4- 5- 6- 7- 8- 9- 10- 11- 12- "
        "13@1750", 14,
      {0, 0, 0, 14, 0, 0, 0, 0, 0xac, 0x01, 0, 1, 2, 4}},
  {"two-bit vector", "0@65000 1- 2@64000 3@66000 4- 5- 6@66000", 15,
      {0, 0, 0, 7, 0, 0, 1, 0, 0xd2, 0x41, 4, 0xff, 0xfc, 8, 0}},
  {"part of a one-bit vector", "0@0 1- 2@250", 12,
      {0, 0, 0, 3, 0, 0, 0, 0, 0xac, 0x01, 0, 1}},
  {"part of a two-bit vector", "0@0 1-", 11,
      {0, 0, 0, 2, 0, 0, 0, 0, 0xd2, 0x41, 0}},
  {"chunks of all kinds", "0@250 1@500 2- 3- 4- 5- 6- 7- 8- 9- 10- 11- 12- "
        "13- 14- 15@750 16- 17@1000 18- 19- 20- 21- 22@0 23@250", 24,
        {0, 0, 0, 24, 0, 0, 0, 0, 0x20, 1, 0xa0, 0, 0xd1, 0, 0x40, 2,
          1, 1, 1, 1, 0xff, 0xfc, 0, 1}},
  {"nothing", "", 8, {0, 5, 0, 0, 0, 0, 1, 0}},
  {"number wraps", "0@64500 1@64750", 14,
      {0xff, 0xfe, 0, 4, 0, 0, 1, 0, 0x20, 4, 1, 1, 0, 1}},
  {"unknown packets", "298@250 299@500", 14,
      {1, 0x2a, 0, 4, 0, 0, 0, 0, 0x20, 4, 1, 1, 9, 9}},
  {"never sent", "", 11, {0x40, 0, 0, 1, 0, 0, 0, 0, 0x20, 1, 0}},
  {"greatest reference time", "0@1073741760250", 11,
      {0, 0, 0, 1, 0xff, 0xff, 0xff, 0, 0x20, 1, 1}},
};

GST_START_TEST (test_feedback)
{
  GstRtcTwccReader reader = { FALSE, };
  const guint8 *fci = feedbacks[__i__].fci;
  const gsize size = feedbacks[__i__].size;

  GST_INFO ("%s", feedbacks[__i__].name);
  send_packets (300);
  for (gsize cut = 0; cut < size; cut++)
    check_taken (&reader, fci, cut, NULL);
  /* padding, or whatever follows */
  check_taken (&reader, fci, 32, feedbacks[__i__].packets);
  check_taken (&reader, fci, size, feedbacks[__i__].packets);
  gst_rtc_sent_log_clear (&sent_log);
}

GST_END_TEST;

GST_START_TEST (test_packets_are_those_sent)
{
  GstRtcTwccReader reader = { FALSE, };
  g_autoptr (GArray) packets = NULL;

  send_packets (300);
  packets = take (&reader, feedbacks[0].fci, feedbacks[0].size);
  for (guint i = 0; i < 3; i++) {
    const GstRtcGccPacket *packet =
        &g_array_index (packets, GstRtcGccPacket, i);

    fail_unless_equals_int64 (packet->sent, (1 + i) * MS);
    fail_unless_equals_int (packet->size, 1001 + i);
  }
  gst_rtc_sent_log_clear (&sent_log);
}

GST_END_TEST;

static const struct
{
  const gchar *name;
  gsize size;
  guint8 fci[32];
} malformed[] = {
  {"nothing at all", 0, {0}},
  {"reserved symbol in a run", 16, {0, 0, 0, 1, 0, 0, 0, 0, 0x60, 1}},
  {"reserved symbol in a vector", 16, {0, 0, 0, 3, 0, 0, 0, 0, 0xc3, 0}},
  {"run of nothing", 16, {0, 0, 0, 1, 0, 0, 0, 0, 0x20, 0}},
  {"run of nothing, lost", 16, {0, 0, 0, 1, 0, 0, 0, 0, 0, 0}},
  {"run of nothing behind another", 16,
      {0, 0, 0, 2, 0, 0, 0, 0, 0x20, 1, 0x20, 0}},
  {"all there can be in few bytes", 32,
      {0, 0, 0xff, 0xff, 0, 0, 0, 0, 0x1f, 0xff, 0x1f, 0xff}},
  {"deltas are missing", 18,
      {0, 0, 0x1f, 0xff, 0, 0, 0, 0, 0x3f, 0xff}},
  {"half a large delta", 13, {0, 0, 0, 2, 0, 0, 0, 0, 0x40, 2, 0, 0, 0}},
};

GST_START_TEST (test_malformed)
{
  GstRtcTwccReader reader = { FALSE, };

  GST_INFO ("%s", malformed[__i__].name);
  send_packets (300);
  check_taken (&reader, malformed[__i__].fci, malformed[__i__].size, NULL);
  /* and is as if it never came */
  fail_if (reader.begun);
  gst_rtc_sent_log_clear (&sent_log);
}

GST_END_TEST;

/* One feedback after the other */

typedef struct
{
  guint16 base;
  guint8 n;
  guint8 count;
  const gchar *expected;
} Step;

#define MAX_STEPS 4

static const struct
{
  const gchar *name;
  guint first;                  /* packet that was sent, and 100 more */
  Step steps[MAX_STEPS];
} sequences[] = {
  {"no gap", 0, {{10, 2, 0, "10@0 11@0"}, {12, 2, 1, "12@0 13@0"}}},
  {"nothing before the first", 0, {{10, 1, 7, "10@0"}}},
  {"gap", 0, {{10, 2, 0, "10@0 11@0"}, {14, 1, 1, "12- 13- 14@0"},
          {16, 1, 2, "15- 16@0"}}},
  {"a feedback is missing", 0, {{10, 2, 0, "10@0 11@0"}, {14, 1, 2, "14@0"},
          {16, 1, 3, "15- 16@0"}}},
  {"twice", 0, {{10, 1, 0, "10@0"}, {10, 1, 0, "10@0"}, {12, 1, 1,
              "11- 12@0"}}},
  {"goes back", 0, {{10, 5, 0, "10@0 11@0 12@0 13@0 14@0"},
          {12, 2, 1, "12@0 13@0"}, {15, 1, 2, "14- 15@0"}}},
  {"late", 0, {{10, 1, 0, "10@0"}, {20, 1, 2, "20@0"}, {15, 1, 1, "15@0"},
          {22, 1, 3, "21- 22@0"}}},
  {"count wraps", 0, {{10, 1, 254, "10@0"}, {12, 1, 255, "11- 12@0"},
          {14, 1, 0, "13- 14@0"}, {16, 1, 1, "15- 16@0"}}},
  {"late while the count wraps", 0, {{10, 1, 0, "10@0"}, {8, 1, 255, "8@0"},
          {12, 1, 1, "11- 12@0"}}},
  {"number wraps", 65500, {{65534, 1, 0, "65534@0"},
          {1, 1, 1, "65535- 0- 1@0"}, {3, 1, 2, "2- 3@0"}}},
  {"number wraps in a feedback", 65500, {{65535, 2, 0, "65535@0 0@0"},
          {2, 1, 1, "1- 2@0"}}},
  {"gap of what was never sent", 0, {{90, 1, 0, "90@0"}, {300, 1, 1,
              "91- 92- 93- 94- 95- 96- 97- 98- 99- 100-"}}},
  {"empty", 0, {{10, 1, 0, "10@0"}, {13, 0, 1, "11- 12-"}, {14, 1, 2,
              "13- 14@0"}}},
};

static void
check_step (GstRtcTwccReader * reader, const Step * step)
{
  guint8 fci[10 + 255] = { 0, };

  GST_WRITE_UINT16_BE (fci, step->base);
  GST_WRITE_UINT16_BE (fci + 2, step->n);
  fci[7] = step->count;
  GST_WRITE_UINT16_BE (fci + 8, 0x2000 | step->n);
  check_taken (reader, fci, step->n > 0 ? 10 + step->n : 8, step->expected);
}

GST_START_TEST (test_sequence)
{
  GstRtcTwccReader reader = { FALSE, };
  const guint first = sequences[__i__].first;

  GST_INFO ("%s", sequences[__i__].name);
  for (guint i = 0; i <= first + 100; i++)
    gst_rtc_sent_log_add (&sent_log, i < first ? 0 : 6 * SECOND, 1000);
  for (guint i = 0; i < MAX_STEPS && sequences[__i__].steps[i].expected; i++)
    check_step (&reader, &sequences[__i__].steps[i]);
  gst_rtc_sent_log_clear (&sent_log);
}

GST_END_TEST;

/* All numbers there are at once: each packet comes back once, and not a second
 * time as one in the gap before. */
GST_START_TEST (test_all_numbers)
{
  static const guint8 first[] = { 0, 10, 0, 1, 0, 0, 0, 0, 0x20, 1, 0 };
  static const guint8 all[] = { 0, 60, 0xff, 0xff, 0, 0, 0, 1, 0x1f, 0xff,
    0x1f, 0xff, 0x1f, 0xff, 0x1f, 0xff, 0x1f, 0xff, 0x1f, 0xff, 0x1f, 0xff,
    0x1f, 0xff, 0, 7
  };
  GstRtcTwccReader reader = { FALSE, };
  g_autoptr (GArray) packets = NULL;

  send_packets (100);
  check_taken (&reader, first, sizeof (first), "10@0");
  packets = take (&reader, all, sizeof (all));
  fail_unless_equals_int (packets->len, 99);    /* but number 59 */
  gst_rtc_sent_log_clear (&sent_log);
}

GST_END_TEST;

/* GStreamer's rtpsession as the receiver. It writes runs, vectors and deltas
 * of both sizes, after its own choice; times are in steps of 250 us, so that
 * they can be told exactly. */

#define ID 3
#define FIRST 65400
#define N_PACKETS 400

typedef struct
{
  GHashTable *arrivals;         /* number -> gint64* */
  GstRtcTwccReader reader;
  GArray *packets;
  guint n_feedbacks;
} Receiver;

static GstCaps *
on_request_pt_map (GstElement * session, guint pt, gpointer unused)
{
  return gst_caps_new_simple ("application/x-rtp", "clock-rate", G_TYPE_INT,
      90000, "payload", G_TYPE_INT, 96, "extmap-3", G_TYPE_STRING,
      GST_RTC_URI_TWCC, NULL);
}

static GstBuffer *
make_packet (guint i, gint64 arrival, gboolean marker)
{
  g_autoptr (GstBuffer) packet = gst_rtp_buffer_new_allocate (10, 0, 0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  gst_rtp_buffer_map (packet, GST_MAP_READWRITE, &rtp);
  gst_rtp_buffer_set_payload_type (&rtp, 96);
  gst_rtp_buffer_set_seq (&rtp, i);
  gst_rtp_buffer_set_ssrc (&rtp, 0xfeedbeef);
  gst_rtp_buffer_set_marker (&rtp, marker);
  gst_rtp_buffer_unmap (&rtp);
  GST_BUFFER_PTS (packet) = arrival;
  GST_BUFFER_DTS (packet) = arrival;

  return gst_rtc_twcc_number_write (packet, ID, (FIRST + i) & 0xffff);
}

/* Neighbours are lost now and then, and for long twice: not where a chunk
 * begins, as GStreamer 1.22 writes a long run twice there */
static gboolean
is_lost (guint i)
{
  return i % 50 == 7 || i % 64 == 20 || i % 64 == 21 ||
      (i > 100 && i < 125) || (i > 301 && i < 340);
}

/* Some are overtaken, and some come after a long pause */
static gint64
get_arrival (guint i)
{
  const gint64 pauses = (i / 60) * 150 * MS;

  return SECOND + pauses + i * MS + (i % 11 == 0 ? 7 : 0) * 250 * GST_USECOND;
}

static void
receive (Receiver * receiver, GstHarness * harness)
{
  for (guint i = 0; i < N_PACKETS; i++) {
    const gboolean marker = i % 40 == 39;
    gint64 *arrival;

    if (is_lost (i) && !marker)
      continue;
    arrival = g_new (gint64, 1);
    *arrival = get_arrival (i);
    g_hash_table_insert (receiver->arrivals,
        GUINT_TO_POINTER ((FIRST + i) & 0xffff), arrival);
    fail_unless_equals_int (gst_harness_push (harness, make_packet (i,
                *arrival, marker)), GST_FLOW_OK);
  }
}

static void
take_fci (gpointer data, const guint8 * fci, gsize size)
{
  Receiver *receiver = data;
  g_autoptr (GArray) packets = take (&receiver->reader, fci, size);

  fail_unless (packets != NULL);
  g_array_append_vals (receiver->packets, packets->data, packets->len);
  receiver->n_feedbacks++;
}

static void
check_received (Receiver * receiver)
{
  fail_unless_equals_int (receiver->packets->len, N_PACKETS);
  for (guint i = 0; i < N_PACKETS; i++) {
    const GstRtcGccPacket *packet =
        &g_array_index (receiver->packets, GstRtcGccPacket, i);
    const gint64 *arrival = g_hash_table_lookup (receiver->arrivals,
        GUINT_TO_POINTER (packet->seqnum));

    fail_unless_equals_int64 (packet->seqnum, (FIRST + i) & 0xffff);
    fail_unless_equals_int64 (packet->received,
        arrival ? *arrival : GST_RTC_GCC_NO_TIME);
  }
}

GST_START_TEST (test_rtpsession)
{
  Receiver receiver = { g_hash_table_new_full (NULL, NULL, NULL, g_free), };
  GstElement *session = gst_element_factory_make ("rtpsession", NULL);
  GstHarness *rtp;
  GstHarness *rtcp;

  receiver.packets = g_array_new (FALSE, FALSE, sizeof (GstRtcGccPacket));
  for (guint i = 0; i < FIRST + N_PACKETS; i++)
    gst_rtc_sent_log_add (&sent_log, 0, 1000);
  g_signal_connect (session, "request-pt-map", G_CALLBACK (on_request_pt_map),
      NULL);
  rtp = gst_harness_new_with_element (session, "recv_rtp_sink", "recv_rtp_src");
  rtcp = gst_harness_new_with_element (session, NULL, "send_rtcp_src");
  gst_harness_set_drop_buffers (rtp, TRUE);
  gst_harness_set_src_caps (rtp, on_request_pt_map (session, 96, NULL));

  receive (&receiver, rtp);
  while (receiver.packets->len < N_PACKETS) {
    GstBuffer *rest = gst_rtc_twcc_take_out (gst_harness_pull (rtcp), take_fci,
        &receiver);

    gst_clear_buffer (&rest);
  }
  check_received (&receiver);
  fail_unless (receiver.n_feedbacks >= N_PACKETS / 40);

  gst_harness_teardown (rtcp);
  gst_harness_teardown (rtp);
  gst_object_unref (session);
  g_array_unref (receiver.packets);
  g_hash_table_unref (receiver.arrivals);
  gst_rtc_sent_log_clear (&sent_log);
}

GST_END_TEST;

static Suite *
twccfeedback_suite (void)
{
  Suite *suite = suite_create ("twccfeedback");
  TCase *tcase = tcase_create ("reader");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_feedback, 0, G_N_ELEMENTS (feedbacks));
  tcase_add_test (tcase, test_packets_are_those_sent);
  tcase_add_loop_test (tcase, test_malformed, 0, G_N_ELEMENTS (malformed));
  tcase_add_loop_test (tcase, test_sequence, 0, G_N_ELEMENTS (sequences));
  tcase_add_test (tcase, test_all_numbers);
  tcase_add_test (tcase, test_rtpsession);

  return suite;
}

GST_CHECK_MAIN (twccfeedback);
