/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A budget that fills up by itself. Times are in microseconds. */
typedef struct
{
  gint64 time;
  gdouble balance;
} GstRtcBudget;

void gst_rtc_budget_init (GstRtcBudget * self, gdouble per_second, gint64 now);
gboolean gst_rtc_budget_charge (GstRtcBudget * self, gdouble per_second,
    gdouble cost, gint64 now);
gboolean gst_rtc_budget_has_some (GstRtcBudget * self, gdouble per_second,
    gint64 now);

/* How many clients come from where */
typedef struct _GstRtcAddresses GstRtcAddresses;

GstRtcAddresses *gst_rtc_addresses_new (gint max_per_address);
void gst_rtc_addresses_free (GstRtcAddresses * self);
gboolean gst_rtc_addresses_add (GstRtcAddresses * self, const gchar * name);
void gst_rtc_addresses_remove (GstRtcAddresses * self, const gchar * name);
gchar *gst_rtc_addresses_name (GInetAddress * address);

G_END_DECLS
