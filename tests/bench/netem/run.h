/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow.h"
#include "scenarios.h"
#include "tcp.h"

G_BEGIN_DECLS

typedef struct
{
  const Scenario *scenario;
  World *world;
  NetemLink *forward;
  NetemLink *backward;
  Flow *flows[MAX_FLOWS];
  guint n_flows;
  TcpFlow *tcp[16];
  guint n_tcp;
} Run;

/* Flows of our estimator, or of somebody else's */
typedef Flow *(*RunNewFlow) (Run * run, NetemLink * forward,
    NetemLink * backward, guint64 start, gpointer data);

void run_set_up (Run * self, const Scenario * scenario, guint32 seed,
    RunNewFlow new_flow, gpointer data);
void run_tear_down (Run * self);

G_END_DECLS
