/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "link.h"

/* A packet that overtakes comes that much earlier than its predecessors */
#define REORDER_BY (20 * NETEM_MS)

NetemLink *
netem_link_new (World * world, guint64 rate, gint64 delay, gint64 queue_limit)
{
  NetemLink *self = g_new0 (NetemLink, 1);

  self->world = world;
  self->rate = rate;
  self->delay = delay;
  self->queue_limit = queue_limit;
  g_queue_init (&self->queue);

  return self;
}

void
netem_link_free (NetemLink * self)
{
  g_queue_clear_full (&self->queue, g_free);
  g_free (self);
}

static void
arrive (World * world, gpointer data)
{
  NetemPacket *packet = data;

  packet->receive (world, packet->receiver, packet);
  g_free (packet);
}

static gboolean
gets_lost (NetemLink * self)
{
  GRand *random = self->world->random;

  if (self->in_burst)
    self->in_burst = g_rand_double (random) >= self->burst_end;
  else
    self->in_burst = g_rand_double (random) < self->burst_begin;

  return self->in_burst || g_rand_double (random) < self->loss;
}

static void
leave (NetemLink * self, NetemPacket * packet)
{
  gint64 arrival = self->world->now + self->delay + packet->extra_delay;

  packet->queued = self->world->now - packet->entered;
  if (gets_lost (self))
    packet->lost = TRUE;
  if (g_rand_double (self->world->random) < self->reorder)
    arrival = MAX (self->world->now, arrival - REORDER_BY);
  world_at (self->world, arrival, arrive, packet);
}

static void serve (NetemLink * self);

static void
served (World * world, gpointer data)
{
  NetemLink *self = data;
  NetemPacket *packet = g_queue_pop_head (&self->queue);

  self->queued_bytes -= packet->size;
  self->busy = FALSE;
  leave (self, packet);
  serve (self);
}

static void
serve (NetemLink * self)
{
  const NetemPacket *packet = g_queue_peek_head (&self->queue);

  if (self->busy || self->stuck || !packet)
    return;

  self->busy = TRUE;
  world_at (self->world, self->world->now +
      packet->size * 8 * NETEM_SECOND / self->rate, served, self);
}

void
netem_link_send (NetemLink * self, const NetemPacket * packet)
{
  NetemPacket *copy = g_new (NetemPacket, 1);

  *copy = *packet;
  copy->entered = self->world->now;
  self->n_packets++;
  if (self->rate == 0) {
    leave (self, copy);
  } else if ((self->queued_bytes + copy->size) * 8 * NETEM_SECOND / self->rate >
      (guint64) self->queue_limit) {
    self->n_dropped++;
    copy->lost = TRUE;
    /* nobody hears of it before its successors would have told */
    world_at (self->world, self->world->now + self->queue_limit +
        self->delay + copy->extra_delay, arrive, copy);
  } else {
    self->queued_bytes += copy->size;
    g_queue_push_tail (&self->queue, copy);
    serve (self);
  }
}

void
netem_link_set_rate (NetemLink * self, guint64 rate)
{
  self->rate = rate;
}

void
netem_link_set_stuck (NetemLink * self, gboolean stuck)
{
  self->stuck = stuck;
  serve (self);
}

static void
next_step (World * world, gpointer data)
{
  NetemLink *self = data;

  netem_link_set_rate (self, self->steps->rate);
  self->steps++;
  if (self->steps->rate > 0)
    world_at (world, self->steps->time, next_step, self);
}

/* Up to a step with rate 0 */
void
netem_link_follow (NetemLink * self, const NetemStep * steps)
{
  self->steps = steps;
  world_at (self->world, steps->time, next_step, self);
}
