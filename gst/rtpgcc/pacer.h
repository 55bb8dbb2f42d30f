/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gcc.h"

G_BEGIN_DECLS

/* When the next packet may go */
typedef struct
{
  gint64 last;
  gdouble budget;               /* bytes; negative: in debt */
  gdouble bucket;               /* bytes that may go faster than the estimate */
} GstRtcPacer;

void gst_rtc_pacer_init (GstRtcPacer * self);
guint64 gst_rtc_pacer_get_rate (const GstRtcPacer * self,
    const GstRtcGcc * gcc, guint64 queued);
gboolean gst_rtc_pacer_may_send (GstRtcPacer * self, gint64 now,
    const GstRtcGcc * gcc, guint64 queued);
gboolean gst_rtc_pacer_has_room (const GstRtcPacer * self, gsize bytes);
void gst_rtc_pacer_sent (GstRtcPacer * self, guint bytes);
gint64 gst_rtc_pacer_get_delay (const GstRtcPacer * self, guint64 rate);

G_END_DECLS
