/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define NETEM_MS G_GINT64_CONSTANT (1000000)
#define NETEM_SECOND G_GINT64_CONSTANT (1000000000)

/* Time that only passes when something happens. Nanoseconds. */
typedef struct
{
  gint64 now;
  GArray *events;               /* a heap */
  guint64 n_events;
  GRand *random;
} World;

typedef void (*WorldFunc) (World * world, gpointer data);

World *world_new (guint32 seed);
void world_free (World * self);
void world_at (World * self, gint64 time, WorldFunc func, gpointer data);
gint64 world_get_next (const World * self);
void world_run_until (World * self, gint64 time);

G_END_DECLS
