/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the rungs of a plan aim at: the lowest share on each, but for that of a
 * member who is well under the others.
 *
 * Those who fell at the same moment share a bottleneck, of which they do not get
 * equal shares all the time: for a while only who is far under the others is an
 * outlier, or who stays under them. A rung of several that fell rises as one
 * flow would (ladderrise.c). */

#include "ladderplan-private.h"

/* Of the others' median share */
#define LOW 0.7

/* The same of those who fell together: most of a rung, by that much each, in
 * that time; and how long that holds */
#define LOW_TOGETHER 0.3
#define LOW_FOR_TOGETHER (10 * SECOND)
#define FELL 0.95
#define FELL_SPAN (2 * SECOND)
#define TOGETHER_FOR (60 * SECOND)

static gint
by_target (gconstpointer a, gconstpointer b)
{
  const GstRtcPlanRung *x = a;
  const GstRtcPlanRung *y = b;

  if (x->target != y->target)
    return x->target < y->target ? -1 : 1;

  return x->id < y->id ? -1 : x->id > y->id;
}

void
gst_rtc_ladder_plan_sort (GstRtcLadderPlan * self)
{
  g_array_sort (self->rungs, by_target);
}

/* What a rung may aim at for this member's sake */
static guint64
bound_of (const GstRtcPlanMember * member, const GstRtcPlanRung * rung)
{
  if (member->worth == GST_RTC_SHARE_MEASURED)
    return member->share;

  return MAX (member->share, rung->target);
}

static gint
by_size (gconstpointer a, gconstpointer b)
{
  const guint64 x = *(const guint64 *) a;
  const guint64 y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

static void
note_falls (GstRtcLadderPlan * self, gint64 now)
{
  for (guint i = 0; i < self->members->len; i++) {
    GstRtcPlanMember *member = nth_member (self, i);

    if (member->worth == GST_RTC_SHARE_MEASURED &&
        member->share < FELL * member->last_share)
      member->fell_at = now;
    member->last_share = member->share;
  }
}

static void
note_common_falls (GstRtcLadderPlan * self, gint64 now)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    GstRtcPlanRung *rung = nth_rung (self, i);
    guint n = 0;
    guint n_fell = 0;

    for (guint k = 0; k < self->members->len; k++) {
      const GstRtcPlanMember *member = nth_member (self, k);

      if (member->rung != rung->id)
        continue;
      n++;
      n_fell += member->fell_at > 0 && now - member->fell_at < FELL_SPAN;
    }
    if (n > 1 && 2 * n_fell > n)
      rung->fell_together_at = now;
  }
}

void
gst_rtc_ladder_plan_note_falls (GstRtcLadderPlan * self, gint64 now)
{
  note_falls (self, now);
  note_common_falls (self, now);
}

static gboolean
is_together (const GstRtcPlanRung * rung, gint64 now)
{
  return rung->fell_together_at > 0 &&
      now - rung->fell_together_at < TOGETHER_FOR;
}

/* Who waits to move up is no measure for others */
static gboolean
is_measure (const GstRtcPlanMember * member, const GstRtcPlanRung * rung)
{
  return member->rung == rung->id && member->high_since == 0;
}

/* Returns: (element-type guint64): the bounds of those who are a measure, the
 * lowest first */
static GArray *
list_bounds (GstRtcLadderPlan * self, const GstRtcPlanRung * rung)
{
  GArray *bounds = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = 0; i < self->members->len; i++) {
    const GstRtcPlanMember *member = nth_member (self, i);
    const guint64 bound = bound_of (member, rung);

    if (is_measure (member, rung))
      g_array_append_val (bounds, bound);
  }
  g_array_sort (bounds, by_size);

  return bounds;
}

/* The median of all bounds but that of @member; 0 if there is no other */
static guint64
median_of_others (const GArray * bounds, const GstRtcPlanMember * member,
    const GstRtcPlanRung * rung)
{
  const guint64 bound = bound_of (member, rung);
  const gboolean among = is_measure (member, rung);
  const guint n = bounds->len - among;
  guint64 median;

  if (n == 0)
    return 0;
  median = g_array_index (bounds, guint64, n / 2);

  return among && bound <= median ?
      g_array_index (bounds, guint64, n / 2 + 1) : median;
}

/* What exceeds the maximum does nobody good, nor does what those who fell
 * together could have if they did not have it together */
static guint64
most_useful (GstRtcLadderPlan * self, const GstRtcPlanRung * rung,
    gboolean together)
{
  return together && rung->rise.ceiling > 0 ?
      MIN (self->max, rung->rise.ceiling) : self->max;
}

static void
mark_member (GstRtcPlanMember * member, guint64 median, gboolean together,
    gint64 now)
{
  const gboolean under = member->worth == GST_RTC_SHARE_MEASURED &&
      member->share < LOW * median;

  if (!under)
    member->low_since = 0;
  else if (member->low_since == 0)
    member->low_since = now;
  member->low = under && (!together || member->share < LOW_TOGETHER * median ||
      now - member->low_since >= LOW_FOR_TOGETHER);
}

static void
mark_low (GstRtcLadderPlan * self, const GstRtcPlanRung * rung, gint64 now)
{
  const gboolean together = is_together (rung, now);
  const guint64 most = most_useful (self, rung, together);
  g_autoptr (GArray) bounds = list_bounds (self, rung);

  for (guint i = 0; i < self->members->len; i++) {
    GstRtcPlanMember *member = nth_member (self, i);

    if (member->rung == rung->id)
      mark_member (member, MIN (median_of_others (bounds, member, rung), most),
          together, now);
  }
}

guint
gst_rtc_ladder_plan_count_on (GstRtcLadderPlan * self, guint rung)
{
  guint n = 0;

  for (guint i = 0; i < self->members->len; i++)
    n += nth_member (self, i)->rung == rung;

  return n;
}

static void
set_target (GstRtcLadderPlan * self, GstRtcPlanRung * rung, gint64 now)
{
  const gboolean several = gst_rtc_ladder_plan_count_on (self, rung->id) > 1;
  guint64 target = G_MAXUINT64;

  for (guint i = 0; i < self->members->len; i++) {
    const GstRtcPlanMember *member = nth_member (self, i);

    if (member->rung == rung->id && !member->low)
      target = MIN (target, bound_of (member, rung));
  }
  if (target == G_MAXUINT64)
    return;

  if (several)
    target = MIN (target, gst_rtc_rise_get_most (&rung->rise, now));
  else
    rung->rise = (GstRtcRise) {
    };
  rung->target = CLAMP (target, self->min, self->max);
  gst_rtc_rise_take (&rung->rise, rung->target, now);
}

void
gst_rtc_ladder_plan_set_targets (GstRtcLadderPlan * self, gint64 now)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    mark_low (self, nth_rung (self, i), now);
    set_target (self, nth_rung (self, i), now);
  }
  gst_rtc_ladder_plan_sort (self);
}
