/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "world.h"

typedef struct
{
  gint64 time;
  guint64 order;                /* what was asked for first comes first */
  WorldFunc func;
  gpointer data;
} Event;

World *
world_new (guint32 seed)
{
  World *self = g_new0 (World, 1);

  self->events = g_array_new (FALSE, FALSE, sizeof (Event));
  self->random = g_rand_new_with_seed (seed);

  return self;
}

void
world_free (World * self)
{
  g_array_unref (self->events);
  g_rand_free (self->random);
  g_free (self);
}

static gboolean
is_before (const Event * a, const Event * b)
{
  return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static Event *
nth (World * self, guint i)
{
  return &g_array_index (self->events, Event, i);
}

static void
swap (World * self, guint a, guint b)
{
  Event kept = *nth (self, a);

  *nth (self, a) = *nth (self, b);
  *nth (self, b) = kept;
}

void
world_at (World * self, gint64 time, WorldFunc func, gpointer data)
{
  const Event event = { MAX (time, self->now), self->n_events++, func, data };
  guint i = self->events->len;

  g_array_append_val (self->events, event);
  while (i > 0 && is_before (nth (self, i), nth (self, (i - 1) / 2))) {
    swap (self, i, (i - 1) / 2);
    i = (i - 1) / 2;
  }
}

static Event
pop (World * self)
{
  Event first = *nth (self, 0);
  guint i = 0;
  guint n;

  swap (self, 0, self->events->len - 1);
  g_array_set_size (self->events, self->events->len - 1);
  n = self->events->len;
  for (;;) {
    guint least = i;

    for (guint child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
      if (is_before (nth (self, child), nth (self, least)))
        least = child;
    if (least == i)
      return first;
    swap (self, i, least);
    i = least;
  }
}

/* When something happens next, or G_MAXINT64 */
gint64
world_get_next (const World * self)
{
  return self->events->len > 0 ?
      g_array_index (self->events, Event, 0).time : G_MAXINT64;
}

void
world_run_until (World * self, gint64 time)
{
  while (self->events->len > 0 && nth (self, 0)->time <= time) {
    Event event = pop (self);

    self->now = event.time;
    event.func (self, event.data);
  }
  self->now = time;
}
