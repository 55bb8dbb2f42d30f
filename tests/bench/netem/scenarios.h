/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link.h"

G_BEGIN_DECLS

#define MAX_FLOWS 5

#define S(seconds) ((gint64) ((seconds) * 1e9))

/* A link and who is on it */
typedef struct
{
  const gchar *name;
  gdouble seconds;
  gdouble delay_ms;             /* one way */
  gdouble queue_ms;
  NetemStep steps[8];
  NetemStep back_steps[8];      /* 5.3: a flow the other way */
  guint n_flows;
  gdouble begin[MAX_FLOWS];     /* seconds */
  gdouble extra_ms[MAX_FLOWS];  /* one way, on top */
  guint64 start;                /* bit/s */
  gdouble loss;
  gdouble burst_begin;
  gdouble burst_end;
  gdouble reorder;
  gboolean tcp;
  guint short_tcp;
  gdouble pause[2];             /* seconds at which the second flow does */
  gdouble stuck[2];             /* seconds at which the link is */
  guint64 max_source;
  gboolean no_rtx;
  gdouble key_interval;         /* seconds */
  gint feedback_ms;
  gdouble jain_from;            /* seconds */
} Scenario;

/* Up to one without a name */
extern const Scenario scenarios[];

G_END_DECLS
