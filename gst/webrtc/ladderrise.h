/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstRtcRise:
 *
 * How fast a rung may rise whose members fell. All zero: it never fell.
 */
typedef struct
{
  guint64 top;                  /* bit/s: the most since the last fall */
  guint64 ceiling;              /* where it fell from; 0: never */
  guint64 bottom;
  gint64 fell_at;               /* us */
  gint64 last;                  /* us */
  gdouble x;                    /* on the curve: -1 at the bottom, 0 at the
                                 * ceiling */
} GstRtcRise;

void gst_rtc_rise_take (GstRtcRise * self, guint64 target, gint64 now);
guint64 gst_rtc_rise_get_most (const GstRtcRise * self, gint64 now);

G_END_DECLS
