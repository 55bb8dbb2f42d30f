/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tcp.h"

#include <math.h>

#define SEGMENT 1500

/* RFC 9438, sections 4.2 and 4.6 */
#define CUBIC_C 0.4
#define CUBIC_BETA 0.7

TcpFlow *
tcp_flow_new (World * world, NetemLink * forward, gint64 back_delay)
{
  TcpFlow *self = g_new0 (TcpFlow, 1);

  self->world = world;
  self->forward = forward;
  self->back_delay = back_delay;
  self->to_send = G_MAXUINT64;
  self->window = 10;
  self->threshold = G_MAXDOUBLE;
  self->rtt = 100 * NETEM_MS;
  self->recovered_at = -1;
  self->samples = g_array_new (FALSE, FALSE, sizeof (guint64));

  return self;
}

void
tcp_flow_free (TcpFlow * self)
{
  g_array_unref (self->samples);
  g_free (self);
}

static void send_more (TcpFlow * self);

static void
grow (TcpFlow * self)
{
  const gdouble rtt = self->rtt / (gdouble) NETEM_SECOND;
  gdouble t;
  gdouble k;
  gdouble target;

  if (self->window < self->threshold) {
    self->window += 1;
    return;
  }
  if (self->epoch == 0)
    self->epoch = self->world->now;
  t = (self->world->now - self->epoch) / (gdouble) NETEM_SECOND + rtt;
  k = cbrt (MAX (0, self->w_max - self->w_max * CUBIC_BETA) / CUBIC_C);
  target = CUBIC_C * pow (t - k, 3) + self->w_max;
  /* what Reno would have: section 4.3 */
  target = MAX (target, self->w_max * CUBIC_BETA +
      3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA) * t / rtt);
  if (target > self->window)
    self->window += MIN (0.5, (target - self->window) / self->window);
}

static void
shrink (TcpFlow * self, gint64 seqnum)
{
  if (seqnum <= self->recovered_at)
    return;

  self->w_max = self->window;
  self->window = MAX (2, self->window * CUBIC_BETA);
  self->threshold = self->window;
  self->epoch = 0;
  self->recovered_at = self->next_seqnum;
}

typedef struct
{
  TcpFlow *flow;
  NetemPacket packet;
} Ack;

static void
take_ack (World * world, gpointer data)
{
  Ack *ack = data;
  TcpFlow *self = ack->flow;

  self->in_flight--;
  if (ack->packet.lost) {
    shrink (self, ack->packet.seqnum);
    if (self->to_send != G_MAXUINT64)
      self->to_send += SEGMENT;
  } else {
    self->rtt = world->now - ack->packet.sent;
    grow (self);
  }
  g_free (ack);
  send_more (self);
}

static void
take_data (World * world, gpointer data, NetemPacket * packet)
{
  TcpFlow *self = data;
  Ack *ack = g_new (Ack, 1);

  if (!packet->lost) {
    self->received += packet->size;
    self->received_now += packet->size;
  }
  ack->flow = self;
  ack->packet = *packet;
  world_at (world, world->now + self->back_delay, take_ack, ack);
}

static void
begin_transfer (World * world, gpointer data)
{
  TcpFlow *self = data;

  self->to_send = self->transfer;
  self->window = 10;
  self->threshold = G_MAXDOUBLE;
  send_more (self);
}

static void
send_more (TcpFlow * self)
{
  while (!self->stopped && self->to_send > 0 && self->in_flight < self->window) {
    NetemPacket packet = { 0, };

    packet.size = SEGMENT;
    packet.seqnum = self->next_seqnum++;
    packet.sent = self->world->now;
    packet.receive = take_data;
    packet.receiver = self;
    self->in_flight++;
    if (self->to_send != G_MAXUINT64)
      self->to_send -= MIN (self->to_send, SEGMENT);
    netem_link_send (self->forward, &packet);
  }
  if (self->to_send == 0 && self->in_flight == 0 && self->pause > 0)
    world_at (self->world, self->world->now +
        self->pause * g_rand_double_range (self->world->random, 0.5, 1.5),
        begin_transfer, self);
}

static void
take_sample (World * world, gpointer data)
{
  TcpFlow *self = data;

  if (self->stopped)
    return;
  g_array_append_val (self->samples, self->received_now);
  self->received_now = 0;
  world_at (world, world->now + 100 * NETEM_MS, take_sample, self);
}

static void
start (World * world, gpointer data)
{
  send_more (data);
}

void
tcp_flow_start (TcpFlow * self, gint64 time)
{
  if (self->pause > 0)
    self->to_send = self->transfer;
  world_at (self->world, time, start, self);
  world_at (self->world, self->world->now, take_sample, self);
}
