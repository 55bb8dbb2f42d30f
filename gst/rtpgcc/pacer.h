/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "packetlog.h"

G_BEGIN_DECLS

/* When the next packet may go */
typedef struct
{
  gint64 last;
  gdouble budget;               /* bytes; negative: in debt */
} GstRtcPacer;

void gst_rtc_pacer_init (GstRtcPacer * self);
guint64 gst_rtc_pacer_get_rate (guint64 estimate, gdouble loss,
    guint64 probe, guint64 queued);
gboolean gst_rtc_pacer_may_send (GstRtcPacer * self, gint64 now,
    guint64 rate);
void gst_rtc_pacer_sent (GstRtcPacer * self, guint bytes);
gint64 gst_rtc_pacer_get_delay (const GstRtcPacer * self, guint64 rate);

G_END_DECLS
