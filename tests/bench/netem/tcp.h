/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link.h"

G_BEGIN_DECLS

/* CUBIC (RFC 9438) with selective acknowledgements, after its equations */
typedef struct
{
  World *world;
  NetemLink *forward;
  gint64 back_delay;            /* ns of the way back */
  guint64 to_send;              /* bytes; G_MAXUINT64: without end */
  gint64 pause;                 /* ns between transfers; 0: one is all */
  guint64 transfer;             /* bytes of each */

  gdouble window;               /* packets */
  gdouble threshold;
  gdouble w_max;
  gint64 epoch;
  gint64 rtt;
  guint in_flight;
  gint64 next_seqnum;
  gint64 recovered_at;          /* losses before it count once */
  gboolean stopped;

  guint64 received;             /* bytes */
  guint64 received_now;         /* since the last sample */
  GArray *samples;              /* element-type guint64: bytes in 100 ms */
} TcpFlow;

TcpFlow *tcp_flow_new (World * world, NetemLink * forward, gint64 back_delay);
void tcp_flow_start (TcpFlow * self, gint64 time);
void tcp_flow_free (TcpFlow * self);

G_END_DECLS
