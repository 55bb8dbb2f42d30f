/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast a rung with several members rises after it fell.
 *
 * Each of those who share a link may learn from a probe that it carries more,
 * but not that it carries more for all of them at once. So together they rise
 * as one flow does: fast to where they fell from, which may still be what there
 * is for all, slowly there, and faster and faster beyond (RFC 9438 section 4.2,
 * with the time to come back as a constant).
 *
 * Pure; time is an argument (microseconds).
 */

#include "ladderrise.h"

#include <math.h>

#define SECOND G_TIME_SPAN_SECOND

/* What is a fall, and for how long what follows belongs to it */
#define FELL 0.95
#define FALL_SPAN (2 * SECOND)

#define TIME_TO_CEILING (4 * SECOND)

/* Of the bottom: where it was when it fell further was too much by far */
#define MOST_ABOVE 2

/* Of the ceiling: a small fall is no reason to stay there for long */
#define LEAST_DEPTH 0.2

static gdouble
get_depth (const GstRtcRise * self, gdouble x)
{
  const gdouble depth = (gdouble) self->ceiling - self->bottom;

  return x > 0 ? MAX (depth, LEAST_DEPTH * self->ceiling) : depth;
}

static gdouble
get_x (const GstRtcRise * self, gint64 now)
{
  return self->x + (now - self->last) / (gdouble) TIME_TO_CEILING;
}

static void
fall (GstRtcRise * self, guint64 target, gint64 now)
{
  if (self->ceiling == 0 || now - self->fell_at > FALL_SPAN)
    self->ceiling = self->top;
  self->ceiling = MIN (self->ceiling, MOST_ABOVE * target);
  self->top = self->bottom = target;
  self->fell_at = now;
  self->x = -1;
}

/* On the curve, or under it when something else holds it back: then it goes on
 * from there. */
static void
follow (GstRtcRise * self, guint64 target, gint64 now)
{
  const gboolean held = target < gst_rtc_rise_get_most (self, now);
  const gdouble above = (gdouble) target - self->ceiling;

  self->top = MAX (self->top, target);
  self->x = held ? cbrt (above / get_depth (self, above)) : get_x (self, now);
}

/**
 * gst_rtc_rise_take:
 * @target: what a rung aims at, bit/s
 *
 * Thread: any, one at a time
 */
void
gst_rtc_rise_take (GstRtcRise * self, guint64 target, gint64 now)
{
  if (target < FELL * self->top)
    fall (self, target, now);
  else if (self->ceiling > 0)
    follow (self, target, now);
  else
    self->top = MAX (self->top, target);
  self->last = now;
}

/**
 * gst_rtc_rise_get_most:
 *
 * Returns: bit/s that the rung may aim at
 *
 * Thread: any, one at a time
 */
guint64
gst_rtc_rise_get_most (const GstRtcRise * self, gint64 now)
{
  const gdouble x = get_x (self, now);
  gdouble most;

  if (self->ceiling == 0)
    return G_MAXUINT64;
  most = self->ceiling + get_depth (self, x) * x * x * x;

  return most < (gdouble) G_MAXINT64 ? round (most) : G_MAXUINT64;
}
