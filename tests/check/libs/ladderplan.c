/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who goes on which rung, and what is left for video. */

#include <gst/check/gstcheck.h>

#include <gst/webrtc/allocation.h>
#include <gst/webrtc/ladderplan.h>

#define SECOND G_TIME_SPAN_SECOND
#define STEP (G_TIME_SPAN_SECOND / 10)
#define MAX_MEMBERS 32

static GstRtcLadderPlan plan;
static gint64 now;
static gint keys[MAX_MEMBERS];

static void
set_up (void)
{
  now = 1000 * SECOND;
  gst_rtc_ladder_plan_init (&plan);
  gst_rtc_ladder_plan_set_limits (&plan, 100000, 8000000, 3);
}

static void
tear_down (void)
{
  gst_rtc_ladder_plan_clear (&plan);
}

static void
join (guint n, guint64 start)
{
  for (guint i = 0; i < n; i++)
    gst_rtc_ladder_plan_join (&plan, &keys[i], start);
}

static void
share (guint i, guint64 bitrate, GstRtcShareWorth worth)
{
  gst_rtc_ladder_plan_set_share (&plan, &keys[i], bitrate, worth);
}

static void
run_for (gint64 time)
{
  for (gint64 end = now + time; now < end; now += STEP)
    gst_rtc_ladder_plan_run (&plan, now);
}

static guint
rung_of (guint i)
{
  return gst_rtc_ladder_plan_get_member (&plan, &keys[i])->rung;
}

static guint64
target_of (guint i)
{
  return gst_rtc_ladder_plan_get_rung (&plan, rung_of (i))->target;
}

GST_START_TEST (test_one_follows_its_share)
{
  set_up ();
  join (1, 2000000);
  run_for (SECOND);
  fail_unless_equals_uint64 (target_of (0), 2000000);
  share (0, 3000000, GST_RTC_SHARE_AT_LEAST);
  run_for (STEP);
  fail_unless_equals_uint64 (target_of (0), 3000000);
  share (0, 500000, GST_RTC_SHARE_MEASURED);
  run_for (STEP);
  fail_unless_equals_uint64 (target_of (0), 500000);
  share (0, 1000, GST_RTC_SHARE_MEASURED);
  run_for (STEP);
  fail_unless_equals_uint64 (target_of (0), 100000);
  share (0, 100000000, GST_RTC_SHARE_AT_LEAST);
  run_for (STEP);
  fail_unless_equals_uint64 (target_of (0), 8000000);
  fail_unless_equals_int (plan.rungs->len, 1);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_what_is_unknown_pulls_nobody_down)
{
  set_up ();
  join (4, 2000000);
  for (guint i = 0; i < 3; i++)
    share (i, 4000000, GST_RTC_SHARE_MEASURED);
  share (3, 300000, GST_RTC_SHARE_UNKNOWN);
  run_for (5 * SECOND);
  fail_unless_equals_uint64 (target_of (0), 2000000);
  share (3, 300000, GST_RTC_SHARE_AT_LEAST);
  run_for (5 * SECOND);
  fail_unless_equals_uint64 (target_of (0), 2000000);
  fail_unless_equals_int (plan.rungs->len, 1);
  tear_down ();
}

GST_END_TEST;

/* Ten viewers, one behind 400 kbit/s */
GST_START_TEST (test_one_of_ten_is_slow)
{
  set_up ();
  join (10, 2000000);
  for (guint i = 0; i < 9; i++)
    share (i, 2000000, GST_RTC_SHARE_AT_LEAST);
  run_for (SECOND);
  share (9, 400000, GST_RTC_SHARE_MEASURED);
  for (guint step = 0; step < 20; step++) {
    run_for (STEP);
    fail_unless_equals_uint64 (target_of (0), 2000000);
  }
  fail_unless_equals_uint64 (target_of (9), 400000);
  fail_unless_equals_int (plan.rungs->len, 2);
  tear_down ();
}

GST_END_TEST;

/* All behind the same 5 Mbit/s: they do not sink at the same moment */
GST_START_TEST (test_all_sink_together)
{
  set_up ();
  join (10, 2000000);
  for (guint i = 0; i < 10; i++)
    share (i, 2000000, GST_RTC_SHARE_AT_LEAST);
  run_for (SECOND);
  for (guint i = 0; i < 10; i++) {
    share (i, 480000 + 10000 * i, GST_RTC_SHARE_MEASURED);
    run_for (STEP / 2);
  }
  run_for (30 * SECOND);
  fail_unless_equals_int (plan.rungs->len, 1);
  fail_unless_equals_uint64 (target_of (0), 480000);
  tear_down ();
}

GST_END_TEST;

/* Ten behind one bottleneck, each with an estimator of its own: it halves now
 * and then, and probes tell some of them that there is room for one */
static void
share_a_bottleneck (GRand * random, guint n, guint64 link)
{
  const guint64 target = target_of (0);
  const gboolean over = n * target > link;

  for (guint i = 0; i < n; i++) {
    if (over)
      share (i, target * g_rand_double_range (random, 0.6, 0.95),
          GST_RTC_SHARE_MEASURED);
    else if (g_rand_int_range (random, 0, 30) == 0)
      share (i, 2 * target, GST_RTC_SHARE_AT_LEAST);
    else
      share (i, gst_rtc_ladder_plan_get_member (&plan, &keys[i])->share * 1.01,
          gst_rtc_ladder_plan_get_member (&plan, &keys[i])->worth);
  }
}

GST_START_TEST (test_sharing_a_bottleneck)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (__i__);
  guint64 sum = 0;

  set_up ();
  join (10, 2000000);
  for (guint step = 0; step < 1200; step++) {
    guint64 before = target_of (0);

    share_a_bottleneck (random, 10, 5000000);
    run_for (STEP);
    fail_unless_equals_int (plan.rungs->len, 1);
    /* what there is for each is half a megabit */
    fail_unless (step < 10 || (target_of (0) <= MAX (before * 1.05, 500000)
            && target_of (0) < 600000),
        "from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, before,
        target_of (0));
    sum += target_of (0);
  }
  fail_unless (sum / 1200 > 350000 && sum / 1200 < 510000,
      "%" G_GUINT64_FORMAT " bit/s", sum / 1200);

  /* somebody whose own link is slow is an outlier all the same */
  for (guint i = 0; i < 10; i++)
    share (i, i < 9 ? 500000 : 120000, i < 9 ? GST_RTC_SHARE_AT_LEAST :
        GST_RTC_SHARE_MEASURED);
  run_for (15 * SECOND);
  fail_unless_equals_int (plan.rungs->len, 2);
  fail_unless (target_of (9) <= 120000 && target_of (0) >= 450000);
  tear_down ();
}

GST_END_TEST;

static void
fall_together (guint n, guint64 from, guint64 to)
{
  set_up ();
  join (n, from);
  for (guint i = 0; i < n; i++)
    share (i, from, GST_RTC_SHARE_AT_LEAST);
  run_for (SECOND);
  for (guint i = 0; i < n; i++)
    share (i, to, GST_RTC_SHARE_MEASURED);
  run_for (STEP);
  fail_unless_equals_uint64 (target_of (0), to);
}

/* Probes told each of ten that his path carries three times as much, long after
 * they had fallen; the last who held them back let go, and the link got it all */
GST_START_TEST (test_no_jump_together)
{
  fall_together (10, 500000, 250000);
  for (guint i = 0; i < 9; i++)
    share (i, 3000000, GST_RTC_SHARE_AT_LEAST);
  for (guint64 held = 250000; held < 500000; held += 2000) {
    share (9, held, GST_RTC_SHARE_MEASURED);
    run_for (STEP);
  }
  share (9, 3000000, GST_RTC_SHARE_AT_LEAST);
  for (guint step = 0; step < 30; step++) {
    const guint64 before = target_of (0);

    run_for (STEP);
    fail_unless (target_of (0) < 1.1 * before);
  }
  /* and yet they come there if the link carries it */
  run_for (20 * SECOND);
  fail_unless_equals_uint64 (target_of (0), 3000000);
  tear_down ();
}

GST_END_TEST;

/* Of those who fell together one is slower to come back: they are one rung, but
 * not for ever */
GST_START_TEST (test_behind_for_a_while)
{
  fall_together (10, 500000, 250000);
  run_for (20 * SECOND);
  for (guint i = 0; i < 9; i++)
    share (i, 1000000, GST_RTC_SHARE_AT_LEAST);
  for (guint round = 0; round < 5; round++) {
    share (9, 280000, GST_RTC_SHARE_MEASURED);
    run_for (7 * SECOND);
    fail_unless_equals_int (plan.rungs->len, 1);
    fail_unless_equals_uint64 (target_of (0), 280000);
    share (9, 500000, GST_RTC_SHARE_AT_LEAST);
    run_for (SECOND);
  }
  share (9, 280000, GST_RTC_SHARE_MEASURED);
  run_for (16 * SECOND);
  fail_unless_equals_int (plan.rungs->len, 2);
  fail_unless (target_of (0) >= 500000);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_rise)
{
  GstRtcRise rise = { 0, };

  fail_unless_equals_uint64 (gst_rtc_rise_get_most (&rise, 0), G_MAXUINT64);
  gst_rtc_rise_take (&rise, 1000000, 0);
  gst_rtc_rise_take (&rise, 980000, SECOND);
  fail_unless_equals_uint64 (gst_rtc_rise_get_most (&rise, SECOND),
      G_MAXUINT64);

  /* what follows soon belongs to it */
  gst_rtc_rise_take (&rise, 600000, SECOND);
  gst_rtc_rise_take (&rise, 500000, 2 * SECOND);
  fail_unless_equals_uint64 (gst_rtc_rise_get_most (&rise, 2 * SECOND), 500000);
  fail_unless (gst_rtc_rise_get_most (&rise, 4 * SECOND) > 930000);
  fail_unless_equals_uint64 (gst_rtc_rise_get_most (&rise, 6 * SECOND),
      1000000);
  fail_unless (gst_rtc_rise_get_most (&rise, 8 * SECOND) < 1070000);
  fail_unless_equals_uint64 (gst_rtc_rise_get_most (&rise, 14 * SECOND),
      5000000);

  /* who was held back goes on from there, and is slow at the ceiling */
  gst_rtc_rise_take (&rise, 990000, 14 * SECOND);
  fail_unless (gst_rtc_rise_get_most (&rise, 15 * SECOND) < 1000000);
  fail_unless (gst_rtc_rise_get_most (&rise, 16 * SECOND) < 1010000);

  /* what comes later is another fall */
  gst_rtc_rise_take (&rise, 900000, 20 * SECOND);
  fail_unless_equals_uint64 (gst_rtc_rise_get_most (&rise, 24 * SECOND),
      990000);
  /* never flat */
  fail_unless (gst_rtc_rise_get_most (&rise, 32 * SECOND) > 2000000);

  /* to a tenth: there is less now than there was */
  gst_rtc_rise_take (&rise, 90000, 40 * SECOND);
  fail_unless_equals_uint64 (gst_rtc_rise_get_most (&rise, 44 * SECOND),
      180000);
  fail_unless_equals_uint64 (gst_rtc_rise_get_most (&rise, G_MAXINT64 / 2),
      G_MAXUINT64);
}

GST_END_TEST;

GST_START_TEST (test_floor)
{
  set_up ();
  gst_rtc_ladder_plan_set_limits (&plan, 1000, 8000000, 3);
  join (1, 2000000);
  share (0, 5000, GST_RTC_SHARE_MEASURED);
  run_for (SECOND);
  fail_unless_equals_uint64 (target_of (0), 30000);
  gst_rtc_ladder_plan_set_limits (&plan, 1000, 20000, 3);
  run_for (SECOND);
  fail_unless_equals_uint64 (target_of (0), 20000);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_newcomers_change_nothing)
{
  set_up ();
  join (5, 2000000);
  for (guint i = 0; i < 5; i++)
    share (i, 2000000, GST_RTC_SHARE_MEASURED);
  run_for (SECOND);
  for (guint round = 0; round < 100; round++) {
    gst_rtc_ladder_plan_join (&plan, &keys[10], 300000);
    run_for (SECOND);
    fail_unless_equals_uint64 (target_of (0), 2000000);
    gst_rtc_ladder_plan_leave (&plan, &keys[10]);
    run_for (SECOND);
    fail_unless_equals_uint64 (target_of (0), 2000000);
  }
  fail_unless_equals_int (plan.rungs->len, 1);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_newcomer_joins_the_nearest)
{
  set_up ();
  join (4, 3000000);
  for (guint i = 0; i < 3; i++)
    share (i, 3000000, GST_RTC_SHARE_MEASURED);
  share (3, 400000, GST_RTC_SHARE_MEASURED);
  run_for (3 * SECOND);
  fail_unless (rung_of (0) != rung_of (3));
  fail_unless_equals_int (gst_rtc_ladder_plan_join (&plan, &keys[10], 500000),
      rung_of (3));
  fail_unless_equals_int (gst_rtc_ladder_plan_join (&plan, &keys[11],
          2000000), rung_of (0));
  tear_down ();
}

GST_END_TEST;

static guint n_changes;

static void
count_changes (guint i, gint64 time)
{
  guint last = rung_of (i);

  for (gint64 end = now + time; now < end;) {
    run_for (STEP);
    n_changes += rung_of (i) != last;
    last = rung_of (i);
  }
}

GST_START_TEST (test_flapping_link)
{
  set_up ();
  n_changes = 0;
  join (4, 2000000);
  for (guint i = 0; i < 3; i++)
    share (i, 2000000, GST_RTC_SHARE_MEASURED);
  for (guint minute = 0; minute < 5; minute++) {
    n_changes = 0;
    for (guint i = 0; i < 6; i++) {
      share (3, 400000, GST_RTC_SHARE_MEASURED);
      count_changes (3, 4 * SECOND);
      share (3, 4000000, GST_RTC_SHARE_AT_LEAST);
      count_changes (3, 6 * SECOND);
    }
    fail_unless (n_changes <= 4, "%u moves in a minute", n_changes);
    fail_unless_equals_uint64 (target_of (0), 2000000);
  }
  tear_down ();
}

GST_END_TEST;

/* His rung comes near to that of the others each time, as nobody may have more:
 * he was put back with them at once, over and over */
GST_START_TEST (test_flapping_up_to_the_maximum)
{
  set_up ();
  gst_rtc_ladder_plan_set_limits (&plan, 1000, 600000, 3);
  join (10, 600000);
  for (guint i = 0; i < 9; i++)
    share (i, 600000, GST_RTC_SHARE_AT_LEAST);
  for (guint minute = 0; minute < 5; minute++) {
    n_changes = 0;
    for (guint i = 0; i < 6; i++) {
      share (9, 180000, GST_RTC_SHARE_MEASURED);
      count_changes (9, 4 * SECOND);
      share (9, 600000, GST_RTC_SHARE_AT_LEAST);
      count_changes (9, 6 * SECOND);
    }
    fail_unless (n_changes <= 4, "%u moves in a minute", n_changes);
    fail_unless_equals_uint64 (target_of (0), 600000);
  }
  /* and once it is quiet one rung is enough */
  run_for (70 * SECOND);
  fail_unless_equals_int (plan.rungs->len, 1);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_up_again_and_waits_that_double)
{
  gint64 begin;

  set_up ();
  join (5, 2000000);
  for (guint i = 0; i < 3; i++)
    share (i, 2000000, GST_RTC_SHARE_MEASURED);
  /* the second one keeps the lower rung where it is */
  share (3, 400000, GST_RTC_SHARE_MEASURED);
  share (4, 400000, GST_RTC_SHARE_MEASURED);
  run_for (3 * SECOND);
  fail_unless (rung_of (3) == rung_of (4) && rung_of (3) != rung_of (0));

  for (guint i = 0; i < 2; i++) {
    share (3, 3000000, GST_RTC_SHARE_AT_LEAST);
    begin = now;
    while (rung_of (3) != rung_of (0))
      run_for (STEP);
    fail_unless (now - begin >= (4 << i) * SECOND &&
        now - begin <= ((4 << i) + 1) * SECOND + (i > 0 ? 60 * SECOND : 0));
    share (3, 400000, GST_RTC_SHARE_MEASURED);
    run_for (2 * SECOND);
    fail_unless (rung_of (3) == rung_of (4));
  }
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_close_rungs_merge)
{
  set_up ();
  join (4, 2000000);
  for (guint i = 0; i < 2; i++)
    share (i, 2000000, GST_RTC_SHARE_MEASURED);
  for (guint i = 2; i < 4; i++)
    share (i, 2000000, GST_RTC_SHARE_MEASURED);
  share (3, 500000, GST_RTC_SHARE_MEASURED);
  run_for (3 * SECOND);
  fail_unless_equals_int (plan.rungs->len, 2);
  share (3, 1800000, GST_RTC_SHARE_MEASURED);
  run_for (5 * SECOND);
  fail_unless_equals_int (plan.rungs->len, 1);
  fail_unless_equals_uint64 (target_of (0), 1800000);
  tear_down ();
}

GST_END_TEST;

GST_START_TEST (test_one_rung_is_all)
{
  set_up ();
  gst_rtc_ladder_plan_set_limits (&plan, 100000, 8000000, 1);
  join (5, 2000000);
  for (guint i = 0; i < 4; i++)
    share (i, 2000000, GST_RTC_SHARE_MEASURED);
  share (4, 300000, GST_RTC_SHARE_MEASURED);
  run_for (30 * SECOND);
  fail_unless_equals_int (plan.rungs->len, 1);
  /* who cannot follow is not followed */
  fail_unless_equals_uint64 (target_of (0), 2000000);
  tear_down ();
}

GST_END_TEST;

static void
check_invariants (void)
{
  guint64 last = 0;

  fail_unless (plan.rungs->len <= plan.max_rungs);
  for (guint i = 0; i < plan.rungs->len; i++) {
    const GstRtcPlanRung *rung = &g_array_index (plan.rungs, GstRtcPlanRung,
        i);
    guint n = 0;

    fail_unless (rung->target >= plan.min && rung->target <= plan.max);
    fail_unless (rung->target >= last);
    last = rung->target;
    for (guint k = 0; k < plan.members->len; k++) {
      const GstRtcPlanMember *member = &g_array_index (plan.members,
          GstRtcPlanMember, k);

      if (member->rung != rung->id)
        continue;
      n++;
      fail_unless (member->worth != GST_RTC_SHARE_MEASURED || member->low ||
          rung->target <= MAX (plan.min, member->share));
    }
    fail_unless (n > 0);
  }
  for (guint k = 0; k < plan.members->len; k++)
    fail_unless (gst_rtc_ladder_plan_get_rung (&plan,
            g_array_index (plan.members, GstRtcPlanMember, k).rung) != NULL);
}

GST_START_TEST (test_random_shares)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (__i__);
  gboolean joined[MAX_MEMBERS] = { FALSE, };

  set_up ();
  gst_rtc_ladder_plan_set_limits (&plan, 100000, 8000000, 1 + __i__ % 4);
  for (guint step = 0; step < 5000; step++) {
    const guint i = g_rand_int_range (random, 0, MAX_MEMBERS);
    const guint64 bitrate = 1000 << g_rand_int_range (random, 0, 15);

    if (!joined[i])
      gst_rtc_ladder_plan_join (&plan, &keys[i], bitrate);
    else if (g_rand_int_range (random, 0, 20) == 0)
      gst_rtc_ladder_plan_leave (&plan, &keys[i]);
    else
      share (i, bitrate, g_rand_int_range (random, 0, 3));
    joined[i] = gst_rtc_ladder_plan_get_member (&plan, &keys[i]) != NULL;
    run_for (STEP);
    check_invariants ();
  }
  tear_down ();
}

GST_END_TEST;

/* Allocation */

static const struct
{
  GstRtcAllocation allocation;
  guint64 video;
} allocations[] = {
  {{1000000, 0, 0, 0, 1}, 1000000},
  {{1000000, 50000, 0, 0, 1}, 950000},
  {{1000000, 50000, 100000, 100, 1}, 834000},
  /* a burst of retransmissions does not stop the picture */
  {{1000000, 0, 900000, 0, 1}, 700000},
  {{100000, 90000, 0, 50, 1}, 25000},
  {{0, 90000, 0, 50, 1}, 0},
};

GST_START_TEST (test_allocation)
{
  fail_unless_equals_uint64 (gst_rtc_allocation_get_video (&allocations
          [__i__].allocation), allocations[__i__].video);
}

GST_END_TEST;

GST_START_TEST (test_allocation_limit)
{
  fail_unless_equals_uint64 (gst_rtc_allocation_get_limit (1000000, 2, 1),
      2260000);
  fail_unless_equals_uint64 (gst_rtc_allocation_get_limit (G_MAXUINT, 2, 1),
      G_MAXUINT);
}

GST_END_TEST;

/* What an application gave to one of three who share an encode was taken for
 * what his path carries at least, and nothing came of it */
GST_START_TEST (test_word_of_the_application)
{
  GstRtcShareWorth worth;

  set_up ();
  join (3, 2000000);
  for (guint i = 0; i < 3; i++) {
    const guint64 given = i == 2 ? 500000 : 3000000;

    worth = gst_rtc_allocation_get_worth (given, 3000000,
        GST_RTC_SHARE_AT_LEAST);
    share (i, given, worth);
  }
  run_for (3 * SECOND);
  fail_unless_equals_uint64 (target_of (2), 500000);
  fail_unless (target_of (0) >= 2000000);

  share (2, 3000000, gst_rtc_allocation_get_worth (3000000, 3000000,
          GST_RTC_SHARE_AT_LEAST));
  run_for (10 * SECOND);
  fail_unless (rung_of (2) == rung_of (0));
  tear_down ();
}

GST_END_TEST;

static Suite *
ladderplan_suite (void)
{
  Suite *suite = suite_create ("ladderplan");
  TCase *tcase = tcase_create ("plan");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_one_follows_its_share);
  tcase_add_test (tcase, test_what_is_unknown_pulls_nobody_down);
  tcase_add_test (tcase, test_one_of_ten_is_slow);
  tcase_add_test (tcase, test_all_sink_together);
  tcase_add_loop_test (tcase, test_sharing_a_bottleneck, 0, 3);
  tcase_add_test (tcase, test_no_jump_together);
  tcase_add_test (tcase, test_behind_for_a_while);
  tcase_add_test (tcase, test_rise);
  tcase_add_test (tcase, test_floor);
  tcase_add_test (tcase, test_newcomers_change_nothing);
  tcase_add_test (tcase, test_newcomer_joins_the_nearest);
  tcase_add_test (tcase, test_flapping_link);
  tcase_add_test (tcase, test_flapping_up_to_the_maximum);
  tcase_add_test (tcase, test_up_again_and_waits_that_double);
  tcase_add_test (tcase, test_close_rungs_merge);
  tcase_add_test (tcase, test_one_rung_is_all);
  tcase_add_loop_test (tcase, test_random_shares, 0, 8);
  tcase_add_loop_test (tcase, test_allocation, 0, G_N_ELEMENTS (allocations));
  tcase_add_test (tcase, test_allocation_limit);
  tcase_add_test (tcase, test_word_of_the_application);

  return suite;
}

GST_CHECK_MAIN (ladderplan);
