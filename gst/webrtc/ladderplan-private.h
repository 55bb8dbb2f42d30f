/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ladderplan.h"

G_BEGIN_DECLS

#define SECOND G_TIME_SPAN_SECOND

static inline GstRtcPlanMember *
nth_member (GstRtcLadderPlan * self, guint i)
{
  return &g_array_index (self->members, GstRtcPlanMember, i);
}

static inline GstRtcPlanRung *
nth_rung (GstRtcLadderPlan * self, guint i)
{
  return &g_array_index (self->rungs, GstRtcPlanRung, i);
}

/* any thread, one at a time */
void gst_rtc_ladder_plan_sort (GstRtcLadderPlan * self);
guint gst_rtc_ladder_plan_count_on (GstRtcLadderPlan * self, guint rung);
void gst_rtc_ladder_plan_note_falls (GstRtcLadderPlan * self, gint64 now);
void gst_rtc_ladder_plan_set_targets (GstRtcLadderPlan * self, gint64 now);

G_END_DECLS
