/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GST_RTC_N_PTS 128

/**
 * GstRtcPtSet:
 *
 * Payload types; all 0 is none. Read by threads that see packets while
 * another one negotiates.
 */
typedef struct
{
  guint bits[GST_RTC_N_PTS / 32];       /* atomic */
} GstRtcPtSet;

/* @pt: below GST_RTC_N_PTS */
static inline gboolean
gst_rtc_pt_set_has (const GstRtcPtSet * self, guint pt)
{
  return (g_atomic_int_get (&self->bits[pt / 32]) >> (pt % 32)) & 1;
}

static inline void
gst_rtc_pt_set_add (GstRtcPtSet * self, guint pt)
{
  g_return_if_fail (pt < GST_RTC_N_PTS);

  g_atomic_int_or (&self->bits[pt / 32], 1u << (pt % 32));
}

/* Each bit is what it was or what it is in @other, never in between */
static inline void
gst_rtc_pt_set_copy (GstRtcPtSet * self, const GstRtcPtSet * other)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->bits); i++)
    g_atomic_int_set (&self->bits[i], other->bits[i]);
}

G_END_DECLS
