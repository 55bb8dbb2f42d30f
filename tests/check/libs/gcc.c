/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The whole estimator, on links that are made up, in virtual time. */

#include <gst/check/gstcheck.h>

#include "flow.h"

static World *world;
static NetemLink *forward;
static NetemLink *backward;
static Flow *flow;

static void
set_up (guint64 rate, guint64 start)
{
  world = world_new (1);
  forward = netem_link_new (world, rate, 50 * NETEM_MS, 300 * NETEM_MS);
  backward = netem_link_new (world, 0, 50 * NETEM_MS, 300 * NETEM_MS);
  flow = flow_new (world, forward, backward,
      GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, start);
  flow_start (flow, 0);
}

static void
tear_down (void)
{
  flow->stopped = TRUE;
  world_run_until (world, world->now + 60 * NETEM_SECOND);
  flow_free (flow);
  netem_link_free (forward);
  netem_link_free (backward);
  world_free (world);
}

static void
run_for (gdouble seconds)
{
  world_run_until (world, world->now + seconds * NETEM_SECOND);
}

static const struct
{
  const gchar *name;
  guint64 start, rate;
  gdouble seconds;
  guint64 least, most;
} links[] = {
  {"up at once", 300000, 2500000, 2, 1800000, 2600000},
  {"settled", 300000, 2500000, 20, 1900000, 2600000},
  {"less than the start", 300000, 200000, 1, 80000, 220000},
  {"much less than the start", 2000000, 200000, 5, 90000, 240000},
  {"fast", 1000000, 15000000, 5, 10000000, 16000000},
};

GST_START_TEST (test_link)
{
  set_up (links[__i__].rate, links[__i__].start);
  run_for (links[__i__].seconds);
  fail_unless (flow->gcc.estimate >= links[__i__].least &&
      flow->gcc.estimate <= links[__i__].most, "%s: %" G_GUINT64_FORMAT,
      links[__i__].name, flow->gcc.estimate);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_link_that_changes)
{
  set_up (2500000, 300000);
  run_for (20);
  netem_link_set_rate (forward, 600000);
  run_for (1);
  fail_unless (flow->gcc.estimate < 600000);
  run_for (10);
  netem_link_set_rate (forward, 2500000);
  run_for (15);
  fail_unless (flow->gcc.estimate > 1700000, "%" G_GUINT64_FORMAT,
      flow->gcc.estimate);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_limits)
{
  set_up (2500000, 300000);
  gst_rtc_gcc_set_limits (&flow->gcc, 200000, 1000000);
  run_for (10);
  fail_unless_equals_uint64 (flow->gcc.estimate, 1000000);
  netem_link_set_rate (forward, 50000);
  run_for (10);
  fail_unless_equals_uint64 (flow->gcc.estimate, 200000);
  /* the upper one wins */
  gst_rtc_gcc_set_limits (&flow->gcc, 200000, 100000);
  fail_unless_equals_uint64 (flow->gcc.estimate, 100000);
  tear_down ();
}

GST_END_TEST;

/* What is known holds on, but nothing more is found out */
GST_START_TEST (test_wanted)
{
  gint64 last_probe;

  set_up (600000, 300000);
  flow->max_source = 500000;
  run_for (10);
  netem_link_set_rate (forward, 8000000);
  gst_rtc_gcc_set_wanted (&flow->gcc, 500000);
  run_for (10);
  last_probe = flow->gcc.last_probe;
  fail_unless (flow->gcc.estimate >= 500000 && flow->gcc.estimate < 810000,
      "%" G_GUINT64_FORMAT, flow->gcc.estimate);
  run_for (30);
  fail_unless_equals_int64 (flow->gcc.last_probe, last_probe);

  gst_rtc_gcc_set_wanted (&flow->gcc, 4000000);
  run_for (15);
  fail_unless (flow->gcc.estimate >= 4000000);
  last_probe = flow->gcc.last_probe;
  run_for (30);
  fail_unless_equals_int64 (flow->gcc.last_probe, last_probe);
  tear_down ();
}

GST_END_TEST;

/* Ten that fell at the same moment: hardly any probe at the same time as
 * another, nor the next one */
GST_START_TEST (test_probes_apart)
{
  enum
  { N = 10, MS = 20000, NEAR = 15 };
  GstRtcGcc gcc[N];
  gint64 last[N] = { 0, };
  gint64 before = -NEAR;
  guint n_probes = 0;
  guint n_near = 0;

  for (guint i = 0; i < N; i++) {
    gst_rtc_gcc_init (&gcc[i], GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, 500000);
    gst_rtc_gcc_set_phase (&gcc[i], i);
    gcc[i].initial_probes = 0;
    gcc[i].last_feedback = gcc[i].last_over = gcc[i].last_probe = last[i] = 0;
  }
  for (gint64 ms = 1; ms < MS; ms++) {
    for (guint i = 0; i < N; i++) {
      gst_rtc_gcc_tick (&gcc[i], ms * NETEM_MS);
      if (gcc[i].last_probe == last[i])
        continue;
      last[i] = gcc[i].last_probe;
      n_probes++;
      n_near += ms - before < NEAR;
      before = ms;
    }
  }
  fail_unless (n_probes >= 2 * N && n_probes < 6 * N, "%u probes", n_probes);
  fail_unless (n_near <= 4, "%u of %u", n_near, n_probes);
}

GST_END_TEST;

static void
send_packet (GstRtcGcc * gcc, GstRtcGccPacket * packet, gint64 now)
{
  packet->seqnum++;
  packet->sent = now;
  packet->received = now + 20 * NETEM_MS;
  packet->size = 1200;
  gst_rtc_gcc_sent (gcc, now, packet->size);
}

/* A packet, and another one 60 ms later. rtpsession tells when a packet comes,
 * if the interval is over by then: of the one, and of the other one of the time
 * before. */
GST_START_TEST (test_who_sends_seldom_is_not_stalled)
{
  GstRtcGccPacket packet = { 0, };
  GstRtcGccPacket told[2] = { {0,}, };
  GstRtcGcc gcc;

  gst_rtc_gcc_init (&gcc, GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, 500000);
  /* no probes, for which more would have to be sent */
  gst_rtc_gcc_set_limits (&gcc, 1000, 500000);
  for (gint64 ms = 0; ms < 60000; ms++) {
    const gint64 now = ms * NETEM_MS;

    if (ms % 800 == 0) {
      told[0] = packet;
      send_packet (&gcc, &packet, now);
      told[1] = packet;
    } else if (ms % 800 == 40) {
      gst_rtc_gcc_take_feedback (&gcc, now, &told[ms < 800], 2 - (ms < 800));
    } else if (ms % 800 == 60) {
      send_packet (&gcc, &packet, now);
    }
    gst_rtc_gcc_tick (&gcc, now);
    fail_unless (gcc.estimate >= 500000, "%" G_GUINT64_FORMAT " after %"
        G_GINT64_FORMAT " ms", gcc.estimate, ms);
  }
  /* and when nobody says anything any more, it is */
  for (gint64 ms = 60000; ms < 62000; ms++) {
    if (ms % 100 == 0)
      send_packet (&gcc, &packet, ms * NETEM_MS);
    gst_rtc_gcc_tick (&gcc, ms * NETEM_MS);
  }
  fail_unless (gcc.estimate < 250000);
}

GST_END_TEST;

/* What an estimate is worth: the ladder goes by it. */
GST_START_TEST (test_worth)
{
  set_up (3000000, 300000);
  fail_unless_equals_int (flow->gcc.limit, GST_RTC_GCC_LIMIT_UNKNOWN);
  flow->max_source = 200000;
  gst_rtc_gcc_set_limits (&flow->gcc, 1000, 2000000);
  run_for (10);
  fail_unless_equals_int (flow->gcc.limit, GST_RTC_GCC_LIMIT_APPLICATION);
  fail_unless (flow->gcc.estimate > 500000);

  netem_link_set_rate (forward, 150000);
  run_for (5);
  fail_unless_equals_int (flow->gcc.limit, GST_RTC_GCC_LIMIT_NETWORK);
  fail_unless (flow->gcc.estimate < 170000);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_link_that_is_stuck)
{
  guint64 before;

  set_up (1000000, 300000);
  run_for (15);
  before = flow->gcc.estimate;
  netem_link_set_stuck (forward, TRUE);
  run_for (3);
  fail_unless (flow->gcc.estimate < 40000, "%" G_GUINT64_FORMAT,
      flow->gcc.estimate);
  netem_link_set_stuck (forward, FALSE);
  run_for (10);
  fail_unless (flow->gcc.estimate > before / 2);
  tear_down ();
}

GST_END_TEST;

/* A peer that never sends feedback is no link that is stuck */
GST_START_TEST (test_no_feedback_at_all)
{
  set_up (1000000, 300000);
  backward->loss = 1;
  run_for (60);
  fail_unless_equals_uint64 (flow->gcc.estimate, 300000);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_feedback_gets_lost)
{
  set_up (1000000, 300000);
  backward->loss = 0.2;
  run_for (30);
  fail_unless (flow->gcc.estimate > 600000 && flow->gcc.estimate < 1100000,
      "%" G_GUINT64_FORMAT, flow->gcc.estimate);
  tear_down ();
}

GST_END_TEST;

/* Whoever repeats, invents and mixes up gets nothing out of it */
GST_START_TEST (test_feedback_that_lies)
{
  GstRtcGccPacket lies[4000];
  guint64 before;

  set_up (1000000, 300000);
  run_for (20);
  before = flow->gcc.estimate;
  for (guint k = 0; k < 20; k++) {
    for (guint i = 0; i < G_N_ELEMENTS (lies); i++) {
      const gint64 seqnum = flow->next_seqnum - 1000 + i * (k % 4);

      lies[i].seqnum = seqnum & 0xffff;
      lies[i].sent = k % 2 ? GST_RTC_GCC_NO_TIME :
          world->now + (1 + i) * NETEM_SECOND;
      lies[i].received = i % 3 ? GST_RTC_GCC_NO_TIME : i * NETEM_SECOND;
      lies[i].size = 1200;
    }
    gst_rtc_gcc_take_feedback (&flow->gcc, world->now, lies,
        G_N_ELEMENTS (lies));
  }
  fail_unless_equals_uint64 (flow->gcc.estimate, before);
  run_for (5);
  fail_unless (flow->gcc.estimate > 0.7 * before);
  tear_down ();
}

GST_END_TEST;

/* The story: where a packet takes longer than a short queue, no queue was ever
 * taken for empty, and the estimator competed with somebody who was not there,
 * by filling it. */
GST_START_TEST (test_slow_link)
{
  guint n_competing = 0;

  set_up (800000, 300000);
  g_rand_set_seed (world->random, __i__);
  forward->queue_limit = NETEM_SECOND;
  forward->delay = backward->delay = 100 * NETEM_MS;
  flow->feedback_interval = 50 * NETEM_MS;
  run_for (20);
  netem_link_set_rate (forward, 100000);
  run_for (5);
  for (guint i = 0; i < 60; i++) {
    run_for (1);
    n_competing += flow->gcc.queue.competing;
  }
  fail_unless (n_competing < 8, "for %u s", n_competing);
  tear_down ();
}

GST_END_TEST;

/* As when the peer's packets go on to another machine, whose clock is another.
 * What was learnt of arrivals is worth nothing then, the rate is. */
static const gint64 jumps[] = { 7200, -7200, 86400 * 20, -86400 * 6, 15, -15 };

GST_START_TEST (test_receiver_sets_its_clock)
{
  set_up (1000000, 300000);
  run_for (20);
  flow->clock_offset += jumps[__i__] * NETEM_SECOND;
  for (guint i = 0; i < 20; i++) {
    run_for (1);
    fail_unless (i < 5 || !flow->gcc.queue.competing);
    fail_unless (flow->gcc.estimate > 400000 && flow->gcc.estimate < 1200000,
        "after %u s: %" G_GUINT64_FORMAT, i + 1, flow->gcc.estimate);
  }
  netem_link_set_rate (forward, 300000);
  run_for (3);
  fail_unless (flow->gcc.estimate < 310000, "%" G_GUINT64_FORMAT,
      flow->gcc.estimate);
  tear_down ();
}

GST_END_TEST;

/* A day, with a receiver whose clock is off by hours and drifts by 100 ppm.
 * Nothing in the estimator can grow: it has no memory of its own to ask for.
 * What could drift is the rate. */
GST_START_TEST (test_a_day)
{
  set_up (500000, 300000);
  flow->clock_rate = 1.0001;
  for (guint hour = 0; hour < 24; hour++) {
    guint64 received = 0;
    const guint begin = flow->samples->len;

    run_for (3600);
    for (guint i = begin; i < flow->samples->len; i++)
      received += g_array_index (flow->samples, FlowSample, i).received;
    fail_unless (received * 8 / 3600 > 400000, "hour %u: %" G_GUINT64_FORMAT,
        hour, received * 8 / 3600);
    g_array_set_size (flow->samples, 0);
    g_array_set_size (flow->delays, 0);
  }
  tear_down ();
}

GST_END_TEST;

static Suite *
gcc_suite (void)
{
  Suite *suite = suite_create ("gcc");
  TCase *tcase = tcase_create ("links");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, test_link, 0, G_N_ELEMENTS (links));
  tcase_add_test (tcase, test_link_that_changes);
  tcase_add_test (tcase, test_limits);
  tcase_add_test (tcase, test_wanted);
  tcase_add_test (tcase, test_probes_apart);
  tcase_add_test (tcase, test_who_sends_seldom_is_not_stalled);
  tcase_add_test (tcase, test_worth);
  tcase_add_test (tcase, test_link_that_is_stuck);
  tcase_add_test (tcase, test_no_feedback_at_all);
  tcase_add_test (tcase, test_feedback_gets_lost);
  tcase_add_test (tcase, test_feedback_that_lies);
  tcase_add_loop_test (tcase, test_slow_link, 1, 11);
  tcase_add_loop_test (tcase, test_receiver_sets_its_clock, 0,
      G_N_ELEMENTS (jumps));
  tcase_add_test (tcase, test_a_day);

  return suite;
}

GST_CHECK_MAIN (gcc);
