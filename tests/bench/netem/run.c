/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "run.h"

#include <string.h>

static void
pause_last (World * world, gpointer data)
{
  Run *run = data;

  run->flows[run->n_flows - 1]->paused = TRUE;
}

static void
resume_last (World * world, gpointer data)
{
  Run *run = data;

  run->flows[run->n_flows - 1]->paused = FALSE;
}

static void
get_stuck (World * world, gpointer data)
{
  netem_link_set_stuck (((Run *) data)->forward, TRUE);
}

static void
get_free (World * world, gpointer data)
{
  netem_link_set_stuck (((Run *) data)->forward, FALSE);
}

static void
add_flow (Run * run, guint i, RunNewFlow new_flow, gpointer data)
{
  const Scenario *scenario = run->scenario;
  const gboolean back = i > 0 && scenario->back_steps[0].rate > 0;
  const guint64 start = scenario->start > 0 ? scenario->start : 300000;
  Flow *flow = new_flow (run, back ? run->backward : run->forward,
      back ? run->forward : run->backward, start, data);

  gst_rtc_gcc_set_phase (&flow->gcc, i);
  flow->extra_delay = scenario->extra_ms[i] * NETEM_MS;
  flow->has_rtx = !scenario->no_rtx;
  flow->key_interval = S (scenario->key_interval);
  if (scenario->max_source > 0)
    flow->max_source = scenario->max_source;
  if (scenario->feedback_ms > 0)
    flow->feedback_interval = scenario->feedback_ms * NETEM_MS;
  /* cameras do not click together */
  flow_start (flow, S (scenario->begin[i]) + i * 7 * NETEM_MS);
  run->flows[run->n_flows++] = flow;
}

static void
add_tcp (Run * run)
{
  const Scenario *scenario = run->scenario;

  for (guint i = 0; i < scenario->tcp + scenario->short_tcp; i++) {
    TcpFlow *tcp = tcp_flow_new (run->world, run->forward,
        scenario->delay_ms * NETEM_MS);

    if (scenario->short_tcp > 0) {
      tcp->pause = 10 * NETEM_SECOND;
      tcp->transfer = g_rand_int_range (run->world->random, 100000, 1000000);
    }
    run->tcp[run->n_tcp++] = tcp;
    tcp_flow_start (tcp, scenario->tcp ? 0 : S (i * 1.3));
  }
}

void
run_set_up (Run * self, const Scenario * scenario, guint32 seed,
    RunNewFlow new_flow, gpointer data)
{
  const gint64 delay = scenario->delay_ms * NETEM_MS;

  memset (self, 0, sizeof (*self));
  self->scenario = scenario;
  self->world = world_new (seed);
  self->forward = netem_link_new (self->world, scenario->steps[0].rate, delay,
      scenario->queue_ms * NETEM_MS);
  self->forward->loss = scenario->loss;
  self->forward->burst_begin = scenario->burst_begin;
  self->forward->burst_end = scenario->burst_end;
  self->forward->reorder = scenario->reorder;
  netem_link_follow (self->forward, scenario->steps);
  self->backward = netem_link_new (self->world, scenario->back_steps[0].rate,
      delay, scenario->queue_ms * NETEM_MS);
  if (scenario->back_steps[0].rate > 0)
    netem_link_follow (self->backward, scenario->back_steps);
  for (guint i = 0; i < scenario->n_flows; i++)
    add_flow (self, i, new_flow, data);
  add_tcp (self);
  if (scenario->pause[1] > 0) {
    world_at (self->world, S (scenario->pause[0]), pause_last, self);
    world_at (self->world, S (scenario->pause[1]), resume_last, self);
  }
  if (scenario->stuck[1] > 0) {
    world_at (self->world, S (scenario->stuck[0]), get_stuck, self);
    world_at (self->world, S (scenario->stuck[1]), get_free, self);
  }
}

/* What is on its way frees itself when it arrives */
void
run_tear_down (Run * self)
{
  for (guint i = 0; i < self->n_flows; i++)
    self->flows[i]->stopped = TRUE;
  for (guint i = 0; i < self->n_tcp; i++) {
    self->tcp[i]->stopped = TRUE;
    self->tcp[i]->pause = 0;
  }
  world_run_until (self->world, self->world->now + 120 * NETEM_SECOND);
  for (guint i = 0; i < self->n_flows; i++)
    flow_free (self->flows[i]);
  for (guint i = 0; i < self->n_tcp; i++)
    tcp_flow_free (self->tcp[i]);
  netem_link_free (self->forward);
  netem_link_free (self->backward);
  world_free (self->world);
}
