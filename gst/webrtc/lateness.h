/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstRtcLateness:
 *
 * Of the packets of one stream; all 0 to begin with.
 */
typedef struct
{
  gboolean begun;
  guint32 timestamp;            /* RTP, of the last frame */
  gint64 sent;                  /* that in nanoseconds, from some point on */
  gint64 window_end;            /* nanoseconds, as the next */
  gint64 least_before;          /* in the window before this one */
  gint64 least;
  gint64 peak;                  /* of this frame */
  gint64 usual;                 /* peak of a frame */
} GstRtcLateness;

gboolean gst_rtc_lateness_take (GstRtcLateness * self, guint clock_rate,
    guint32 timestamp, gint64 arrival);

G_END_DECLS
