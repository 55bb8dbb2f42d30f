/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ladderrise.h"

G_BEGIN_DECLS

/**
 * GstRtcShareWorth:
 * @GST_RTC_SHARE_UNKNOWN: nothing was measured
 * @GST_RTC_SHARE_AT_LEAST: that much gets through
 * @GST_RTC_SHARE_MEASURED: that much gets through and no more
 */
typedef enum
{
  GST_RTC_SHARE_UNKNOWN,
  GST_RTC_SHARE_AT_LEAST,
  GST_RTC_SHARE_MEASURED,
} GstRtcShareWorth;

#define GST_RTC_PLAN_MOVES 3

typedef struct
{
  gconstpointer key;
  guint rung;                   /* id */
  guint64 share;                /* bit/s */
  GstRtcShareWorth worth;
  gboolean low;                 /* well under its rung's others */

  guint64 last_share;           /* when the plan was last run */
  gint64 fell_at;               /* us; 0: never */
  gint64 low_since;             /* us; 0: it is not */
  gint64 high_since;
  gint64 wait;                  /* until a move up */
  gint64 moved_up;
  gint64 moves[GST_RTC_PLAN_MOVES];     /* the last, a ring */
  guint n_moves;
} GstRtcPlanMember;

typedef struct
{
  guint id;
  guint64 target;               /* bit/s */
  GstRtcRise rise;
  gint64 fell_together_at;      /* us; 0: never */
  gint64 close_since;           /* us; 0: it is not near to the next */
} GstRtcPlanRung;

typedef struct
{
  GArray *members;              /* element-type GstRtcPlanMember */
  GArray *rungs;                /* element-type GstRtcPlanRung, lowest first */
  guint64 min;
  guint64 max;
  guint max_rungs;
  guint next_id;
} GstRtcLadderPlan;

void gst_rtc_ladder_plan_init (GstRtcLadderPlan * self);
void gst_rtc_ladder_plan_clear (GstRtcLadderPlan * self);
void gst_rtc_ladder_plan_set_limits (GstRtcLadderPlan * self, guint64 min,
    guint64 max, guint max_rungs);

guint gst_rtc_ladder_plan_join (GstRtcLadderPlan * self, gconstpointer key,
    guint64 start);
void gst_rtc_ladder_plan_leave (GstRtcLadderPlan * self, gconstpointer key);
void gst_rtc_ladder_plan_set_share (GstRtcLadderPlan * self,
    gconstpointer key, guint64 share, GstRtcShareWorth worth);
void gst_rtc_ladder_plan_limit (GstRtcLadderPlan * self, guint64 bitrate);
gboolean gst_rtc_ladder_plan_give_up_rung (GstRtcLadderPlan * self, guint id,
    gint64 now);
void gst_rtc_ladder_plan_run (GstRtcLadderPlan * self, gint64 now);

guint64 gst_rtc_ladder_plan_get_wanted (GstRtcLadderPlan * self,
    gconstpointer key);
const GstRtcPlanMember *gst_rtc_ladder_plan_get_member (GstRtcLadderPlan *
    self, gconstpointer key);
const GstRtcPlanRung *gst_rtc_ladder_plan_get_rung (GstRtcLadderPlan * self,
    guint id);

G_END_DECLS
