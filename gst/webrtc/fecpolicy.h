/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstRtcFecPolicy:
 * @percentage: packets of correction for a hundred others
 * @better_since: us since when less would do; 0: it is needed
 *
 * All 0 to begin with.
 */
typedef struct
{
  guint percentage;
  gint64 better_since;
} GstRtcFecPolicy;

gboolean gst_rtc_fec_policy_take (GstRtcFecPolicy * self, gint64 now,
    gdouble loss, gint64 rtt, gboolean retransmission);

G_END_DECLS
