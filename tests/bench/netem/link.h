/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "world.h"

G_BEGIN_DECLS

typedef struct _NetemPacket NetemPacket;

typedef void (*NetemReceive) (World * world, gpointer receiver,
    NetemPacket * packet);

struct _NetemPacket
{
  guint size;                   /* bytes on the wire */
  gint64 seqnum;
  gint64 sent;
  gint64 entered;               /* the link */
  gint64 queued;                /* ns in the queue */
  gboolean lost;                /* told to TCP, which would find out itself */
  NetemReceive receive;
  gpointer receiver;
  gint64 extra_delay;           /* behind the link */
  gpointer payload;
};

typedef struct
{
  gint64 time;
  guint64 rate;                 /* bit/s */
} NetemStep;

/* A bottleneck with a drop-tail queue, and the way behind it */
typedef struct
{
  World *world;
  guint64 rate;                 /* bit/s; 0: no limit */
  gint64 delay;                 /* one way, ns */
  gint64 queue_limit;           /* ns at the present rate */
  gdouble loss;                 /* share, at random */
  gdouble burst_begin;          /* chance per packet that a bad time begins */
  gdouble burst_end;            /* and that it ends; all is lost meanwhile */
  gdouble reorder;              /* share that overtakes */
  gboolean stuck;               /* nothing leaves the queue */

  gboolean in_burst;
  gboolean busy;
  GQueue queue;
  guint64 queued_bytes;
  gint64 last_arrival;

  guint64 n_packets;
  guint64 n_dropped;
  const NetemStep *steps;
} NetemLink;

NetemLink *netem_link_new (World * world, guint64 rate, gint64 delay,
    gint64 queue_limit);
void netem_link_free (NetemLink * self);
void netem_link_send (NetemLink * self, const NetemPacket * packet);
void netem_link_set_rate (NetemLink * self, guint64 rate);
void netem_link_set_stuck (NetemLink * self, gboolean stuck);
void netem_link_follow (NetemLink * self, const NetemStep * steps);

G_END_DECLS
