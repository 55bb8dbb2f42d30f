/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who goes on which rung, and what the rungs aim at. Pure: shares in, rungs and
 * targets out, time is an argument (microseconds).
 *
 * A rung aims at the lowest share on it. Only what was measured pulls down: a
 * newcomer, and one who gets less than his path carries, are not known to have
 * less than their rung has.
 *
 *   low    a member well under the rung's others does not pull it down; after
 *          LOW_FOR it moves to a lower rung, which is made if there may be one
 *   high   a member whose share held above the next rung for its wait moves up;
 *          if that goes wrong, its wait doubles
 *   close  two rungs that came near to each other become one
 *
 * When all sink together nobody is under the others, and their rung sinks
 * (ladderplan-targets.c).
 *
 * No rung aims at less than FLOOR: who cannot follow that is thinned.
 */

#include "ladderplan-private.h"

#include <math.h>
#include <string.h>

/* How long who is low stays */
#define LOW_FOR (3 * SECOND / 2)

/* libwebrtc: no video below 30 kbit/s */
#define FLOOR 30000

/* A rung fits who has that much of its target at least */
#define FITS 0.9

/* A lower rung that is further below than that is no place to go to as long as
 * there may be another */
#define TOO_LOW 0.5

/* Of the target of the rung above */
#define HIGH 1.15
#define FIRST_WAIT (4 * SECOND)
#define LONGEST_WAIT (120 * SECOND)

/* A move up went wrong if it is taken back within that time, and well if not */
#define FAILED_WITHIN (15 * SECOND)

/* Nobody is moved up who has moved that often in a minute */
#define MOVES_SPAN (60 * SECOND)

/* What is worth knowing of a member's path: whether its rung may rise, and a
 * little more than moving up takes. Who finds out more than that disturbs those
 * who share his link, and is told what is not there for all. */
#define ROOM 2
#define ABOVE_HIGH 1.1

#define CLOSE 0.8
#define CLOSE_FOR (3 * SECOND)

/**
 * gst_rtc_ladder_plan_init:
 *
 * Thread: any
 */
void
gst_rtc_ladder_plan_init (GstRtcLadderPlan * self)
{
  memset (self, 0, sizeof (*self));
  self->members = g_array_new (FALSE, FALSE, sizeof (GstRtcPlanMember));
  self->rungs = g_array_new (FALSE, FALSE, sizeof (GstRtcPlanRung));
  self->max = G_MAXUINT;
  self->max_rungs = 1;
}

void
gst_rtc_ladder_plan_clear (GstRtcLadderPlan * self)
{
  g_array_unref (self->members);
  g_array_unref (self->rungs);
}

/**
 * gst_rtc_ladder_plan_set_limits:
 * @min: bit/s
 * @max: bit/s, which wins over @min
 * @max_rungs: at least one
 *
 * Thread: any, one at a time
 */
void
gst_rtc_ladder_plan_set_limits (GstRtcLadderPlan * self, guint64 min,
    guint64 max, guint max_rungs)
{
  self->min = MIN (MAX (min, FLOOR), max);
  self->max = max;
  self->max_rungs = MAX (1, max_rungs);
}

static GstRtcPlanMember *
find_member (GstRtcLadderPlan * self, gconstpointer key)
{
  for (guint i = 0; i < self->members->len; i++) {
    if (nth_member (self, i)->key == key)
      return nth_member (self, i);
  }

  return NULL;
}

static GstRtcPlanRung *
find_rung (GstRtcLadderPlan * self, guint id)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    if (nth_rung (self, i)->id == id)
      return nth_rung (self, i);
  }

  return NULL;
}

const GstRtcPlanMember *
gst_rtc_ladder_plan_get_member (GstRtcLadderPlan * self, gconstpointer key)
{
  return find_member (self, key);
}

const GstRtcPlanRung *
gst_rtc_ladder_plan_get_rung (GstRtcLadderPlan * self, guint id)
{
  return find_rung (self, id);
}

static guint
add_rung (GstRtcLadderPlan * self, guint64 target)
{
  const GstRtcPlanRung rung = {
    .id = self->next_id++,.target = CLAMP (target, self->min, self->max)
  };

  g_array_append_val (self->rungs, rung);
  gst_rtc_ladder_plan_sort (self);

  return rung.id;
}

/* Joining and leaving */

/**
 * gst_rtc_ladder_plan_join:
 * @key: who
 * @start: bit/s to begin with
 *
 * Returns: the rung to begin on: the nearest, as nothing is known
 *
 * Thread: any, one at a time
 */
guint
gst_rtc_ladder_plan_join (GstRtcLadderPlan * self, gconstpointer key,
    guint64 start)
{
  GstRtcPlanMember member = { 0, };
  gdouble nearest = G_MAXDOUBLE;

  for (guint i = 0; i < self->rungs->len; i++) {
    const GstRtcPlanRung *rung = nth_rung (self, i);
    const gdouble distance = fabs (log ((gdouble) MAX (1, rung->target) /
            MAX (1, start)));

    if (distance < nearest) {
      nearest = distance;
      member.rung = rung->id;
    }
  }
  if (self->rungs->len == 0)
    member.rung = add_rung (self, start);

  member.key = key;
  member.share = start;
  member.worth = GST_RTC_SHARE_UNKNOWN;
  member.wait = FIRST_WAIT;
  g_array_append_val (self->members, member);

  return member.rung;
}

static gboolean
is_empty (GstRtcLadderPlan * self, guint id)
{
  for (guint i = 0; i < self->members->len; i++) {
    if (nth_member (self, i)->rung == id)
      return FALSE;
  }

  return TRUE;
}

static void
remove_empty_rungs (GstRtcLadderPlan * self)
{
  for (guint i = self->rungs->len; i > 0; i--) {
    if (is_empty (self, nth_rung (self, i - 1)->id))
      g_array_remove_index (self->rungs, i - 1);
  }
}

/**
 * gst_rtc_ladder_plan_leave:
 * @key: who leaves
 *
 * Thread: any, one at a time
 */
void
gst_rtc_ladder_plan_leave (GstRtcLadderPlan * self, gconstpointer key)
{
  for (guint i = self->members->len; i > 0; i--) {
    if (nth_member (self, i - 1)->key == key)
      g_array_remove_index_fast (self->members, i - 1);
  }
  remove_empty_rungs (self);
}

/**
 * gst_rtc_ladder_plan_set_share:
 * @key: whose
 * @share: bit/s
 *
 * Thread: any, one at a time
 */
void
gst_rtc_ladder_plan_set_share (GstRtcLadderPlan * self, gconstpointer key,
    guint64 share, GstRtcShareWorth worth)
{
  GstRtcPlanMember *member = find_member (self, key);

  if (!member)
    return;
  member->share = share;
  member->worth = worth;
}

/* Moves */

static const GstRtcPlanRung *
next_rung (GstRtcLadderPlan * self, guint id)
{
  const guint64 target = find_rung (self, id)->target;

  for (guint i = 0; i < self->rungs->len; i++) {
    if (nth_rung (self, i)->target > target)
      return nth_rung (self, i);
  }

  return NULL;
}

static void
mark_high (GstRtcLadderPlan * self, gint64 now)
{
  for (guint i = 0; i < self->members->len; i++) {
    GstRtcPlanMember *member = nth_member (self, i);
    const GstRtcPlanRung *next = next_rung (self, member->rung);

    if (!next || member->worth == GST_RTC_SHARE_UNKNOWN ||
        member->share < HIGH * next->target)
      member->high_since = 0;
    else if (member->high_since == 0)
      member->high_since = now;
  }
}

static void
move (GstRtcPlanMember * member, guint rung, gint64 now)
{
  member->rung = rung;
  member->low = FALSE;
  member->low_since = 0;
  member->high_since = 0;
  member->moves[member->n_moves++ % GST_RTC_PLAN_MOVES] = now;
}

static void
learn_from_moving_down (GstRtcPlanMember * member, gint64 now)
{
  if (member->moved_up == 0)
    return;

  if (now - member->moved_up < FAILED_WITHIN)
    member->wait = MIN (2 * member->wait, LONGEST_WAIT);
  else
    member->wait = FIRST_WAIT;
  member->moved_up = 0;
}

static void
move_down (GstRtcLadderPlan * self, GstRtcPlanMember * member, gint64 now)
{
  const guint64 share = MAX (member->share, self->min);
  const guint old = member->rung;
  const guint64 target = find_rung (self, old)->target;
  const gboolean may_add = self->rungs->len < self->max_rungs;
  guint best = old;

  for (guint i = 0; i < self->rungs->len; i++) {
    const GstRtcPlanRung *rung = nth_rung (self, i);

    if (rung->id == old || rung->target >= target)
      continue;
    if (i == 0 || rung->target * FITS <= share)
      best = rung->id;
  }
  if (may_add && (best == old ||
          find_rung (self, best)->target * FITS > share ||
          find_rung (self, best)->target < TOO_LOW * share))
    best = add_rung (self, share);
  if (best == old)
    return;

  move (member, best, now);
  learn_from_moving_down (member, now);
}

static gboolean
has_moved_enough (const GstRtcPlanMember * member, gint64 now)
{
  return member->n_moves >= GST_RTC_PLAN_MOVES &&
      now - member->moves[member->n_moves % GST_RTC_PLAN_MOVES] < MOVES_SPAN;
}

static gboolean
move_up (GstRtcLadderPlan * self, GstRtcPlanMember * member, gint64 now)
{
  const GstRtcPlanRung *next = next_rung (self, member->rung);

  if (member->high_since == 0 || now - member->high_since < member->wait ||
      has_moved_enough (member, now) || !next)
    return FALSE;

  move (member, next->id, now);
  member->moved_up = now;

  return TRUE;
}

static gboolean
may_merge (GstRtcLadderPlan * self, guint gone, gint64 now)
{
  for (guint i = 0; i < self->members->len; i++) {
    const GstRtcPlanMember *member = nth_member (self, i);

    if (member->rung == gone && has_moved_enough (member, now))
      return FALSE;
  }

  return TRUE;
}

static gboolean
merge (GstRtcLadderPlan * self, guint a, guint b, gint64 now)
{
  const gboolean keep_a = gst_rtc_ladder_plan_count_on (self, a) >
      gst_rtc_ladder_plan_count_on (self, b);
  const guint kept = keep_a ? a : b;
  const guint gone = keep_a ? b : a;

  if (!may_merge (self, gone, now))
    return FALSE;

  for (guint i = 0; i < self->members->len; i++) {
    if (nth_member (self, i)->rung == gone)
      move (nth_member (self, i), kept, now);
  }

  return TRUE;
}

static void
look_for_close_rungs (GstRtcLadderPlan * self, gint64 now)
{
  for (guint i = 0; i + 1 < self->rungs->len; i++) {
    GstRtcPlanRung *rung = nth_rung (self, i);
    const GstRtcPlanRung *next = nth_rung (self, i + 1);

    if (rung->target < CLOSE * next->target) {
      rung->close_since = 0;
    } else if (rung->close_since == 0) {
      rung->close_since = now;
    } else if (now - rung->close_since >= CLOSE_FOR &&
        merge (self, rung->id, next->id, now)) {
      rung->close_since = 0;
      return;
    }
  }
}

/**
 * gst_rtc_ladder_plan_get_wanted:
 * @key: of a member
 *
 * Returns: bit/s of a share, above which it does not matter how large it is
 *
 * Thread: any, one at a time
 */
guint64
gst_rtc_ladder_plan_get_wanted (GstRtcLadderPlan * self, gconstpointer key)
{
  const GstRtcPlanMember *member = find_member (self, key);
  const GstRtcPlanRung *next = next_rung (self, member->rung);
  const guint64 wanted = ROOM * find_rung (self, member->rung)->target;

  return next ? MAX (wanted, ABOVE_HIGH * HIGH * next->target) : wanted;
}

/**
 * gst_rtc_ladder_plan_limit:
 * @bitrate: bit/s that no rung is to exceed, where nothing is measured
 *
 * Thread: any, one at a time
 */
void
gst_rtc_ladder_plan_limit (GstRtcLadderPlan * self, guint64 bitrate)
{
  for (guint i = 0; i < self->rungs->len; i++)
    nth_rung (self, i)->target = MIN (nth_rung (self, i)->target, bitrate);
}

/**
 * gst_rtc_ladder_plan_give_up_rung:
 * @id: a rung that cannot be had
 *
 * Moves all that are on it to another one. There will not be more rungs than
 * are left.
 *
 * Returns: whether there is another one
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_ladder_plan_give_up_rung (GstRtcLadderPlan * self, guint id, gint64 now)
{
  guint other = id;

  for (guint i = 0; i < self->rungs->len && other == id; i++)
    other = nth_rung (self, i)->id;
  if (other == id)
    return FALSE;

  self->max_rungs = self->rungs->len - 1;
  for (guint i = 0; i < self->members->len; i++) {
    if (nth_member (self, i)->rung == id)
      move (nth_member (self, i), other, now);
  }
  remove_empty_rungs (self);

  return TRUE;
}

/**
 * gst_rtc_ladder_plan_run:
 * @now: microseconds
 *
 * To be called when shares have changed, and several times a second.
 *
 * Thread: any, one at a time
 */
void
gst_rtc_ladder_plan_run (GstRtcLadderPlan * self, gint64 now)
{
  gboolean moved_up = FALSE;

  gst_rtc_ladder_plan_note_falls (self, now);
  mark_high (self, now);
  gst_rtc_ladder_plan_set_targets (self, now);
  for (guint i = 0; i < self->members->len; i++) {
    GstRtcPlanMember *member = nth_member (self, i);

    if (member->low && now - member->low_since >= LOW_FOR)
      move_down (self, member, now);
    else if (!moved_up)
      /* one at a time: each asks for a key frame */
      moved_up = move_up (self, member, now);
  }
  remove_empty_rungs (self);
  look_for_close_rungs (self, now);
  remove_empty_rungs (self);
  gst_rtc_ladder_plan_set_targets (self, now);
}
