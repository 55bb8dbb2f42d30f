/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ladder.h"

G_BEGIN_DECLS

/* Who may share */
typedef struct
{
  const GstRtcCodec *codec;
  gpointer alone;               /* key of the only one, or NULL */
  gboolean adaptive;
  GstRtcLadderPlan plan;
} GstRtcLadderGroup;

typedef struct
{
  GstRtcLadderUser user;        /* with caps and text of our own */
  GstRtcLadderGroup *group;
  GstRtcRendition *rendition;
  guint64 wanted;               /* bit/s, as it was told last */
} GstRtcLadderMember;

typedef struct
{
  GstRtcLadder *ladder;
  GstRtcRendition *rendition;
  gchar *consumer_id;
  GSource *linger;
  GstRtcLadderGroup *group;     /* NULL: lingers */
  guint id;                     /* in the group's plan */
} GstRtcLadderRung;

struct _GstRtcLadder
{
  gint refs;                    /* control thread, like everything here */
  gchar *name;
  GstRtcControl *control;
  GstRtcStreamProducer *source;
  const GstRtcLadderOwner *functions;
  gpointer owner;
  GstClock *clock;
  GstClockTime base_time;
  GstRtcLadderRates rates;
  GPtrArray *groups;            /* element-type GstRtcLadderGroup */
  GPtrArray *members;           /* element-type GstRtcLadderMember */
  GPtrArray *rungs;             /* element-type GstRtcLadderRung */
  guint n_stopping;
  guint n_made;                 /* for names */
  GSource *timer;
  gint64 last_run;
};

/* control thread */
void gst_rtc_ladder_unref (GstRtcLadder * self);
void gst_rtc_ladder_apply_plan (GstRtcLadder * self, GstRtcLadderGroup * group);

void gst_rtc_ladder_free_rung (gpointer rung);
void gst_rtc_ladder_remove_rung (GstRtcLadder * self, GstRtcLadderRung * rung);
GstRtcLadderRung *gst_rtc_ladder_find_rung (GstRtcLadder * self,
    const GstRtcLadderGroup * group, guint id);
GstRtcRendition *gst_rtc_ladder_use_rung (GstRtcLadder * self,
    const GstRtcLadderMember * member, guint id);
void gst_rtc_ladder_let_go (GstRtcLadder * self, GstRtcRendition * rendition);

G_END_DECLS
