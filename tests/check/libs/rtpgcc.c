/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parts of the estimator, with plain values. */

#include <gst/check/gstcheck.h>

#include <math.h>

#include <gst/rtpgcc/gcc.h>
#include <gst/rtpgcc/pacer.h>

#define MS GST_RTC_GCC_MS
#define SECOND GST_RTC_GCC_SECOND
#define LOST GST_RTC_GCC_NO_TIME
#define PERIOD ((G_GINT64_CONSTANT (1) << 24) * 64 * MS)

/* Packet log */

static GstRtcPacketNews
tell (GstRtcPacketLog * log, guint seqnum, gint64 sent, gint64 received)
{
  GstRtcGccPacket packet = { seqnum & 0xffff, sent, received, 1000 };

  return gst_rtc_packet_log_take (log, 1000000 * SECOND, &packet);
}

GST_START_TEST (test_each_packet_gets_through_once)
{
  GstRtcPacketLog log;

  gst_rtc_packet_log_init (&log);
  fail_unless_equals_int (tell (&log, 5, 10 * MS, 20 * MS),
      GST_RTC_PACKET_RECEIVED);
  fail_unless_equals_int (tell (&log, 5, 10 * MS, 20 * MS),
      GST_RTC_PACKET_IGNORED);
  fail_unless_equals_int (tell (&log, 6, 20 * MS, LOST), GST_RTC_PACKET_LOST);
  fail_unless_equals_int (tell (&log, 6, 20 * MS, LOST),
      GST_RTC_PACKET_IGNORED);
  fail_unless_equals_int (tell (&log, 6, 20 * MS, 40 * MS),
      GST_RTC_PACKET_FOUND);
  fail_unless_equals_int (tell (&log, 6, 20 * MS, LOST),
      GST_RTC_PACKET_IGNORED);
  fail_unless_equals_int (tell (&log, 4, 5 * MS, 41 * MS),
      GST_RTC_PACKET_RECEIVED);
}

GST_END_TEST;

GST_START_TEST (test_feedback_that_lies)
{
  GstRtcPacketLog log;
  GstRtcGccPacket future = { 7, 30 * MS, 50 * MS, 1000 };

  gst_rtc_packet_log_init (&log);
  tell (&log, 40000, 10 * MS, 20 * MS);
  /* of what was never sent, or not yet */
  fail_unless_equals_int (tell (&log, 40001, GST_RTC_GCC_NO_TIME, 30 * MS),
      GST_RTC_PACKET_IGNORED);
  fail_unless_equals_int (gst_rtc_packet_log_take (&log, 20 * MS, &future),
      GST_RTC_PACKET_IGNORED);
  /* of what is too old to be known */
  fail_unless_equals_int (tell (&log, 40000 - GST_RTC_PACKET_LOG_SIZE, 5 * MS,
          15 * MS), GST_RTC_PACKET_IGNORED);
  /* times that cannot be */
  fail_unless_equals_int (tell (&log, 40002, 20 * MS, 3600 * SECOND),
      GST_RTC_PACKET_IGNORED);
  fail_unless_equals_int (tell (&log, 40003, 30 * MS, 40 * MS),
      GST_RTC_PACKET_RECEIVED);
}

GST_END_TEST;

GST_START_TEST (test_receiver_sets_its_clock)
{
  GstRtcPacketLog log;
  guint n_ignored = 0;

  gst_rtc_packet_log_init (&log);
  for (guint i = 0; i < 300; i++)
    n_ignored += tell (&log, i, i * MS, i * MS + (i < 100 ? 0 : 7200 * SECOND))
        == GST_RTC_PACKET_IGNORED;

  fail_unless (n_ignored > 0 && n_ignored < 60, "%u ignored", n_ignored);
}

GST_END_TEST;

/* Every counter of the feedback begins anew several times. */
GST_START_TEST (test_counters_wrap)
{
  GstRtcPacketLog log;
  gint64 last_seqnum = -1;
  gint64 last_received = G_MININT64;

  gst_rtc_packet_log_init (&log);
  for (gint64 i = 0; i < 300000; i++) {
    const gint64 sent = i * 10 * SECOND / 2;
    GstRtcGccPacket packet = { i & 0xffff, sent, (sent + 7 * SECOND) % PERIOD,
      1000
    };

    fail_unless_equals_int (gst_rtc_packet_log_take (&log, G_MAXINT64,
            &packet), GST_RTC_PACKET_RECEIVED);
    fail_unless (packet.seqnum == last_seqnum + 1 || last_seqnum < 0);
    fail_unless (packet.received > last_received);
    fail_unless (i == 0 || packet.received - last_received == 5 * SECOND);
    last_seqnum = packet.seqnum;
    last_received = packet.received;
  }
}

GST_END_TEST;

/* Arrivals */

/* Packets with arrival times of 24 bits, the first hundred before and the
 * second after the wrap: no more may be kept than a group or two. */
GST_START_TEST (test_detector_does_not_leak)
{
  GstRtcArrivals arrivals;
  GstRtcArrivalDelta delta;
  GstRtcPacketLog log;

  gst_rtc_packet_log_init (&log);
  gst_rtc_arrivals_init (&arrivals);
  for (guint i = 0; i < 200; i++) {
    GstRtcGccPacket packet = { i, i * MS, 0, 100 };

    packet.received = i < 100 ? PERIOD - (100 - i) * MS : (i - 100) * MS;
    fail_unless_equals_int (gst_rtc_packet_log_take (&log, SECOND, &packet),
        GST_RTC_PACKET_RECEIVED);
    if (gst_rtc_arrivals_take (&arrivals, &packet, &delta))
      fail_unless_equals_int64 (delta.received, delta.sent);
  }
  fail_unless (arrivals.current.n_packets + arrivals.previous.n_packets < 11);
}

GST_END_TEST;

static const struct
{
  const gchar *name;
  struct
  {
    gint sent, received;        /* ms */
  } packets[8];
  guint n_packets;
  gint sent, received;          /* of the last delta; -1: none */
} groups[] = {
  {"one packet", {{0, 10}}, 1, -1, -1},
  {"two groups are not complete", {{0, 10}, {20, 30}}, 2, -1, -1},
  {"steady", {{0, 10}, {20, 30}, {40, 50}}, 3, 20, 20},
  {"a queue grows", {{0, 10}, {20, 35}, {40, 60}}, 3, 20, 25},
  {"a burst is one", {{0, 10}, {1, 12}, {2, 14}, {20, 30}, {22, 36},
          {40, 50}}, 6, 20, 22},
  {"let go at once", {{0, 10}, {20, 60}, {30, 61}, {40, 62}, {60, 80}}, 5, 40,
      52},
  {"out of order", {{0, 10}, {20, 30}, {10, 31}, {40, 50}}, 4, 20, 20},
};

GST_START_TEST (test_groups)
{
  GstRtcArrivals arrivals;
  GstRtcArrivalDelta delta;
  gint sent = -1;
  gint received = -1;

  gst_rtc_arrivals_init (&arrivals);
  for (guint i = 0; i < groups[__i__].n_packets; i++) {
    const GstRtcGccPacket packet = { i, groups[__i__].packets[i].sent * MS,
      groups[__i__].packets[i].received * MS, 1000
    };

    if (gst_rtc_arrivals_take (&arrivals, &packet, &delta)) {
      sent = delta.sent / MS;
      received = delta.received / MS;
    }
  }
  fail_unless (sent == groups[__i__].sent &&
      received == groups[__i__].received, "%s: %d, %d", groups[__i__].name,
      sent, received);
}

GST_END_TEST;

/* Trend */

static const struct
{
  GstRtcPoint points[3];
  guint n;
  gboolean exists;
  gdouble slope;
} slopes[] = {
  {{{0, 0}}, 0, FALSE, 0},
  {{{0, 0}}, 1, FALSE, 0},
  {{{1, 0}, {1, 1}}, 2, FALSE, 0},
  {{{0, 0}, {1, 0}}, 2, TRUE, 0},
  {{{0, 0}, {1, 1}}, 2, TRUE, 1},
  {{{0, 0}, {1, -1}}, 2, TRUE, -1},
  {{{0, 0}, {1, 2}, {2, 4}}, 3, TRUE, 2},
};

GST_START_TEST (test_slope)
{
  gdouble slope = 0;

  fail_unless_equals_int (gst_rtc_slope (slopes[__i__].points,
          slopes[__i__].n, &slope), slopes[__i__].exists);
  fail_unless (fabs (slope - slopes[__i__].slope) < 1e-6);
}

GST_END_TEST;

GST_START_TEST (test_zero_accumulation)
{
  GstRtcTrendline line;

  gst_rtc_trendline_init (&line);
  for (guint n = 1; n < 100; n++) {
    gst_rtc_trendline_take (&line, 0, n * 20 * MS);
    fail_unless (line.accumulated == 0 && line.smoothed == 0);
    fail_unless_equals_int (line.n_samples, MIN (n, 20));
  }
}

GST_END_TEST;

GST_START_TEST (test_small_accumulation)
{
  GstRtcTrendline line;

  gst_rtc_trendline_init (&line);
  for (guint n = 1; n < 10; n++) {
    gst_rtc_trendline_take (&line, 10, n * 20 * MS);
    fail_unless (fabs (line.accumulated - n * 10) < 1e-9);
  }
}

GST_END_TEST;

static const struct
{
  const gchar *name;
  GstRtcGccEstimatorType type;
  gdouble variation;            /* ms per group */
  GstRtcUsage usage;
} trends[] = {
  {"line, steady", GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, 0,
      GST_RTC_USAGE_NORMAL},
  {"line, growing", GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, 2,
      GST_RTC_USAGE_OVER},
  {"line, emptying", GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, -2,
      GST_RTC_USAGE_UNDER},
  {"Kalman, steady", GST_RTC_GCC_ESTIMATOR_KALMAN, 0, GST_RTC_USAGE_NORMAL},
  {"Kalman, growing", GST_RTC_GCC_ESTIMATOR_KALMAN, 2, GST_RTC_USAGE_OVER},
  {"Kalman, emptying", GST_RTC_GCC_ESTIMATOR_KALMAN, -2,
      GST_RTC_USAGE_UNDER},
};

GST_START_TEST (test_trend)
{
  const gint64 variation = trends[__i__].variation * MS;
  GstRtcTrend trend;
  GstRtcOveruse overuse;
  gboolean seen = FALSE;

  gst_rtc_trend_init (&trend, trends[__i__].type);
  gst_rtc_overuse_init (&overuse);
  for (gint64 i = 1; i <= 40; i++) {
    const GstRtcArrivalDelta delta = { 20 * MS, 20 * MS + variation,
      i * (20 * MS + variation)
    };

    seen |= gst_rtc_overuse_take (&overuse, gst_rtc_trend_take (&trend,
            &delta), 20, delta.arrival) == trends[__i__].usage;
    /* nothing else but what it is, or not sure yet */
    fail_unless (overuse.usage == trends[__i__].usage ||
        overuse.usage == GST_RTC_USAGE_NORMAL, "%s", trends[__i__].name);
  }
  fail_unless (seen, "%s", trends[__i__].name);
}

GST_END_TEST;

GST_START_TEST (test_threshold_adapts_within_limits)
{
  GstRtcOveruse overuse;

  gst_rtc_overuse_init (&overuse);
  for (gint64 i = 1; i < 1000; i++)
    gst_rtc_overuse_take (&overuse, 0, 20, i * 20 * MS);
  fail_unless (overuse.threshold == 6);

  for (gint64 i = 1000; i < 100000; i++)
    gst_rtc_overuse_take (&overuse, overuse.threshold + 10, 20, i * 20 * MS);
  fail_unless (overuse.threshold == 600);

  /* a jump changes nothing */
  gst_rtc_overuse_init (&overuse);
  for (gint64 i = 1; i < 1000; i++)
    gst_rtc_overuse_take (&overuse, 100, 20, i * 20 * MS);
  fail_unless (overuse.threshold == 12.5);
}

GST_END_TEST;

/* Rates */

GST_START_TEST (test_rate_meter)
{
  GstRtcRateMeter meter;

  gst_rtc_rate_meter_init (&meter);
  fail_unless_equals_uint64 (gst_rtc_rate_meter_get (&meter, 500 * MS), 0);

  for (guint i = 0; i < 200; i++)
    gst_rtc_rate_meter_take (&meter, 1000 * SECOND + i * 10 * MS, 1250);
  fail_unless_equals_uint64 (gst_rtc_rate_meter_get (&meter, 500 * MS),
      1000000);

  /* half as much: the short window knows sooner */
  for (guint i = 0; i < 10; i++)
    gst_rtc_rate_meter_take (&meter, 1002 * SECOND + i * 20 * MS, 1250);
  fail_unless (gst_rtc_rate_meter_get (&meter, 500 * MS) > 700000);
  fail_unless (gst_rtc_rate_meter_get (&meter, 200 * MS) < 600000);

  /* a pause: what was before says nothing */
  gst_rtc_rate_meter_take (&meter, 1100 * SECOND, 1250);
  fail_unless_equals_uint64 (gst_rtc_rate_meter_get (&meter, 500 * MS), 0);
}

GST_END_TEST;

static const struct
{
  const gchar *name;
  gdouble loss;                 /* at random */
  guint capacity;               /* packets in 100 ms; what exceeds is lost */
  guint rates[3];               /* packets in 100 ms, in turn */
  gboolean limited;
} losses[] = {
  {"nothing is lost", 0, 1000, {20, 20, 20}, FALSE},
  {"a radio", 0.05, 1000, {20, 20, 20}, FALSE},
  {"a bad radio, rates that vary", 0.15, 1000, {20, 30, 25}, FALSE},
  {"too much", 0, 10, {20, 20, 20}, TRUE},
  {"now and then too much", 0, 20, {18, 24, 30}, TRUE},
  {"a radio, and too much", 0.05, 20, {18, 24, 30}, TRUE},
};

GST_START_TEST (test_loss_model)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4);
  GstRtcLossModel model;
  gint64 seqnum = 0;

  gst_rtc_loss_model_init (&model);
  for (guint step = 0; step < 150; step++) {
    const guint n = losses[__i__].rates[step / 5 % 3];

    for (guint i = 0; i < n; i++) {
      const GstRtcGccPacket packet = { seqnum++, step * 100 * MS +
            i * 100 * MS / n, 0, 1000
      };
      gboolean lost = g_rand_int_range (random, 0, n) >=
          (gint) losses[__i__].capacity ||
          g_rand_double (random) < losses[__i__].loss;

      gst_rtc_loss_model_take (&model, &packet, lost ? GST_RTC_PACKET_LOST :
          GST_RTC_PACKET_RECEIVED);
    }
  }
  fail_unless (losses[__i__].limited == (model.bandwidth > 0), "%s: %"
      G_GUINT64_FORMAT, losses[__i__].name, model.bandwidth);
  if (model.bandwidth > 0) {
    const gdouble capacity = losses[__i__].capacity * 80000.0;

    fail_unless (model.bandwidth > 0.7 * capacity &&
        model.bandwidth < 1.3 * capacity, "%s: %" G_GUINT64_FORMAT,
        losses[__i__].name, model.bandwidth);
  } else {
    fail_unless (fabs (model.inherent - losses[__i__].loss) < 0.04);
  }
}

GST_END_TEST;

GST_START_TEST (test_loss_of_what_came_late)
{
  GstRtcLossModel model;

  gst_rtc_loss_model_init (&model);
  for (guint i = 0; i < 1000; i++) {
    const GstRtcGccPacket packet = { i, i * 10 * MS, 0, 1000 };

    gst_rtc_loss_model_take (&model, &packet, GST_RTC_PACKET_LOST);
    gst_rtc_loss_model_take (&model, &packet, GST_RTC_PACKET_FOUND);
  }
  /* but for the last one, maybe */
  fail_unless (model.loss < 0.02);
}

GST_END_TEST;

/* AIMD */

GST_START_TEST (test_aimd)
{
  GstRtcAimd aimd;
  gint64 now = 0;
  gdouble before;

  gst_rtc_aimd_init (&aimd, 300000);
  /* doubles in a second as long as it arrives */
  for (guint i = 0; i < 20; i++)
    gst_rtc_aimd_take (&aimd, now += 50 * MS, GST_RTC_USAGE_NORMAL,
        aimd.rate, aimd.rate, 100 * MS, 0);
  fail_unless (aimd.rate > 520000 && aimd.rate < 620000);

  /* but not beyond what arrives */
  for (guint i = 0; i < 200; i++)
    gst_rtc_aimd_take (&aimd, now += 50 * MS, GST_RTC_USAGE_NORMAL, 400000,
        400000, 100 * MS, 0);
  fail_unless (aimd.rate < 1.6 * 400000);

  /* down, below what arrives, further below for a long queue */
  before = aimd.rate;
  gst_rtc_aimd_take (&aimd, now += 200 * MS, GST_RTC_USAGE_OVER, 400000,
      400000, 100 * MS, 100);
  fail_unless (aimd.rate < before && aimd.rate < 0.81 * 400000);

  /* back when the queue is gone, and then by small steps */
  gst_rtc_aimd_take (&aimd, now += 200 * MS, GST_RTC_USAGE_UNDER, 400000,
      400000, 100 * MS, 5);
  fail_unless_equals_float (aimd.rate, 360000);
  for (guint i = 0; i < 10; i++)
    gst_rtc_aimd_take (&aimd, now += 100 * MS, GST_RTC_USAGE_NORMAL, 360000,
        360000, 100 * MS, 5);
  fail_unless (aimd.rate > 380000 && aimd.rate < 420000);

  /* more gets through than the link had carried */
  fail_if (aimd.outgrown);
  for (guint i = 0; i < 10; i++)
    gst_rtc_aimd_take (&aimd, now += 100 * MS, GST_RTC_USAGE_NORMAL, 600000,
        600000, 100 * MS, 5);
  fail_unless (aimd.outgrown);

  /* down, and down again when the queue stays as long as it was */
  gst_rtc_aimd_take (&aimd, now += 2 * SECOND, GST_RTC_USAGE_OVER, 400000,
      400000, 100 * MS, 200);
  before = aimd.rate;
  for (guint i = 0; i < 15; i++)
    gst_rtc_aimd_take (&aimd, now += 100 * MS, GST_RTC_USAGE_NORMAL, 300000,
        300000, 100 * MS, 200);
  fail_unless (aimd.rate < 0.9 * before);

  /* never below the least */
  aimd.min = 100000;
  for (guint i = 0; i < 100; i++)
    gst_rtc_aimd_take (&aimd, now += 2 * SECOND, GST_RTC_USAGE_OVER, 20000,
        20000, 100 * MS, 10 * i);
  fail_unless_equals_float (aimd.rate, 100000);
}

GST_END_TEST;

/* Probes */

static guint64
send_probe (guint64 rate, guint64 capacity, guint n_lost)
{
  GstRtcProber prober;
  gint64 arrival = 0;
  guint n = 0;

  gst_rtc_prober_init (&prober);
  gst_rtc_prober_start (&prober, 0, rate);
  while (prober.state == GST_RTC_PROBE_SENDING)
    gst_rtc_prober_sent (&prober, SECOND + n++ * 1200 * 8 * SECOND / rate,
        1200);
  for (guint i = n_lost; i <= n; i++) {
    const gint64 sent = SECOND + i * 1200 * 8 * SECOND / rate;
    GstRtcGccPacket packet = { i, i < n ? sent : sent + SECOND, 0, 1200 };

    arrival = MAX (sent, arrival + 1200 * 8 * SECOND / (gint64) capacity);
    packet.received = 50 * SECOND + arrival;
    gst_rtc_prober_take (&prober, &packet);
  }

  return gst_rtc_prober_finish (&prober);
}

static const struct
{
  const gchar *name;
  guint64 rate, capacity;
  guint n_lost;
  guint64 least, most;
} probes[] = {
  {"all gets through", 1000000, 10000000, 0, 950000, 1050000},
  {"a link that is slower", 3000000, 1000000, 0, 900000, 1000000},
  {"most is lost", 1000000, 10000000, 3, 0, 0},
  {"fast", 20000000, 100000000, 0, 19000000, 21000000},
};

GST_START_TEST (test_probe)
{
  guint64 proved = send_probe (probes[__i__].rate, probes[__i__].capacity,
      probes[__i__].n_lost);

  fail_unless (proved >= probes[__i__].least && proved <= probes[__i__].most,
      "%s: %" G_GUINT64_FORMAT, probes[__i__].name, proved);
}

GST_END_TEST;

GST_START_TEST (test_probe_without_an_answer)
{
  GstRtcProber prober;

  gst_rtc_prober_init (&prober);
  gst_rtc_prober_start (&prober, 0, 1000000);
  fail_unless (gst_rtc_prober_is_busy (&prober, 100 * MS));
  fail_unless (gst_rtc_prober_get_missing (&prober) > 0);
  fail_if (gst_rtc_prober_is_busy (&prober, 2 * SECOND));
  fail_unless_equals_int (gst_rtc_prober_get_missing (&prober), 0);
  fail_unless_equals_uint64 (gst_rtc_prober_finish (&prober), 0);
}

GST_END_TEST;

/* Queue delay */

GST_START_TEST (test_queue_delay)
{
  GstRtcQueueDelay queue;
  gint64 now = 0;
  GstRtcGccPacket packet = { 0, 0, 0, 1000 };

  gst_rtc_queue_delay_init (&queue);
  /* clocks apart by hours, drifting by 100 us in a second, for a day */
  for (gint64 i = 0; i < 864000; i++) {
    packet.sent = now;
    packet.received = now + now / 10000 + 7200 * SECOND;
    gst_rtc_queue_delay_take (&queue, &packet);
    gst_rtc_queue_delay_end_feedback (&queue, now += 100 * MS, 1000000,
        50 * MS);
    fail_unless (queue.floor < 20 && !queue.competing);
  }

  /* somebody fills the queue */
  for (guint i = 0; i < 50; i++) {
    packet.sent = now;
    packet.received = now + now / 10000 + 7200 * SECOND + 200 * MS;
    gst_rtc_queue_delay_take (&queue, &packet);
    gst_rtc_queue_delay_end_feedback (&queue, now += 100 * MS, 1000000,
        50 * MS);
  }
  fail_unless (queue.floor > 190 && queue.competing);

  packet.sent = now;
  packet.received = now + now / 10000 + 7200 * SECOND;
  gst_rtc_queue_delay_take (&queue, &packet);
  gst_rtc_queue_delay_end_feedback (&queue, now += 100 * MS, 1000000, 50 * MS);
  fail_if (queue.competing);

  /* at 100 kbit/s it is the packet itself */
  for (guint i = 0; i < 100; i++) {
    packet.sent = now;
    packet.received = now + now / 10000 + 7200 * SECOND + 80 * MS;
    gst_rtc_queue_delay_take (&queue, &packet);
    gst_rtc_queue_delay_end_feedback (&queue, now += 100 * MS, 100000, 50 * MS);
    fail_if (queue.competing);
  }
}

GST_END_TEST;

/* Pacer */

static const struct
{
  guint64 estimate;
  gdouble loss;
  guint64 probe;
  gdouble link_queue;           /* ms */
  guint64 queued;
  guint64 rate;
} paces[] = {
  {1000000, 0, 0, 0, 0, 2500000},
  {1000000, 0, 0, 0, 40000, 3200000},
  {1000000, 0, 0, 0, 400000, 5000000},
  {1000000, 0.1, 0, 0, 0, 1250000},
  {1000000, 0.1, 0, 0, 400000, 2500000},
  {1000000, 0.1, 6000000, 0, 400000, 6000000},
  {1000000, 0, 0, 100, 400000, 1000000},
};

GST_START_TEST (test_pacing_rate)
{
  GstRtcPacer pacer;
  GstRtcGcc gcc;

  gst_rtc_pacer_init (&pacer);
  gst_rtc_gcc_init (&gcc, GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION,
      paces[__i__].estimate);
  gst_rtc_pacer_may_send (&pacer, SECOND, &gcc, 0);
  gcc.loss.loss = paces[__i__].loss;
  gcc.queue.floor = paces[__i__].link_queue;
  if (paces[__i__].probe > 0)
    gst_rtc_prober_start (&gcc.prober, 0, paces[__i__].probe);
  fail_unless_equals_uint64 (gst_rtc_pacer_get_rate (&pacer, &gcc,
          paces[__i__].queued), paces[__i__].rate);

  /* whoever sends more than that all the time gets no more */
  gst_rtc_pacer_sent (&pacer, paces[__i__].estimate);
  if (paces[__i__].probe == 0)
    fail_unless (gst_rtc_pacer_get_rate (&pacer, &gcc, 1000000) <=
        1.1 * paces[__i__].estimate);
}

GST_END_TEST;

static guint
send_all (GstRtcPacer * pacer, const GstRtcGcc * gcc, gint64 now)
{
  guint sent = 0;

  while (gst_rtc_pacer_may_send (pacer, now, gcc, 0)) {
    gst_rtc_pacer_sent (pacer, 1000);
    sent += 1000;
  }

  return sent;
}

GST_START_TEST (test_pacer_keeps_its_rate)
{
  GstRtcPacer pacer;
  GstRtcGcc gcc;
  gint64 now = SECOND;
  guint sent = 0;

  gst_rtc_pacer_init (&pacer);
  gst_rtc_gcc_init (&gcc, GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, 1000000);
  gcc.queue.floor = 100;        /* so that the rate is the estimate */
  while (now < 3 * SECOND) {
    sent += send_all (&pacer, &gcc, now);
    fail_unless (gst_rtc_pacer_get_delay (&pacer, 1000000) <= 8 * MS);
    now += MS;
  }
  fail_unless (sent > 249000 && sent < 253000, "%u", sent);

  /* what was not used is no credit, but for one wake-up */
  sent = send_all (&pacer, &gcc, now + 10 * SECOND);
  fail_unless (sent <= 2000);
}

GST_END_TEST;

/* As long as the path carries all that is asked for, a frame goes at once, and
 * an encoder that makes a little more than it is told harms nobody. */
GST_START_TEST (test_pacer_on_a_free_path)
{
  GstRtcPacer pacer;
  GstRtcGcc gcc;
  gint64 now = SECOND;

  gst_rtc_pacer_init (&pacer);
  gst_rtc_gcc_init (&gcc, GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, 2000000);
  gst_rtc_gcc_set_limits (&gcc, 1000, 2000000);
  gst_rtc_pacer_may_send (&pacer, 0, &gcc, 0);
  for (guint i = 0; i < 300; i++) {
    gst_rtc_pacer_may_send (&pacer, now, &gcc, 0);
    fail_unless (gst_rtc_pacer_has_room (&pacer, 9000), "frame %u", i);
    gst_rtc_pacer_sent (&pacer, 10000);
    now += SECOND / 30;
  }

  /* not so where the path is the limit */
  gst_rtc_gcc_set_limits (&gcc, 1000, 8000000);
  gst_rtc_pacer_may_send (&pacer, now, &gcc, 0);
  fail_if (gst_rtc_pacer_has_room (&pacer, 9000));
}

GST_END_TEST;

static Suite *
rtpgcc_suite (void)
{
  Suite *suite = suite_create ("rtpgcc");
  TCase *tcase = tcase_create ("parts");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_each_packet_gets_through_once);
  tcase_add_test (tcase, test_feedback_that_lies);
  tcase_add_test (tcase, test_receiver_sets_its_clock);
  tcase_add_test (tcase, test_counters_wrap);
  tcase_add_test (tcase, test_detector_does_not_leak);
  tcase_add_loop_test (tcase, test_groups, 0, G_N_ELEMENTS (groups));
  tcase_add_loop_test (tcase, test_slope, 0, G_N_ELEMENTS (slopes));
  tcase_add_test (tcase, test_zero_accumulation);
  tcase_add_test (tcase, test_small_accumulation);
  tcase_add_loop_test (tcase, test_trend, 0, G_N_ELEMENTS (trends));
  tcase_add_test (tcase, test_threshold_adapts_within_limits);
  tcase_add_test (tcase, test_rate_meter);
  tcase_add_loop_test (tcase, test_loss_model, 0, G_N_ELEMENTS (losses));
  tcase_add_test (tcase, test_loss_of_what_came_late);
  tcase_add_test (tcase, test_aimd);
  tcase_add_loop_test (tcase, test_probe, 0, G_N_ELEMENTS (probes));
  tcase_add_test (tcase, test_probe_without_an_answer);
  tcase_add_test (tcase, test_queue_delay);
  tcase_add_loop_test (tcase, test_pacing_rate, 0, G_N_ELEMENTS (paces));
  tcase_add_test (tcase, test_pacer_keeps_its_rate);
  tcase_add_test (tcase, test_pacer_on_a_free_path);

  return suite;
}

GST_CHECK_MAIN (rtpgcc);
