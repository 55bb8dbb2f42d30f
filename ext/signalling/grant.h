/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_MAY_PRODUCE = 1 << 0,
  GST_RTC_MAY_CONSUME = 1 << 1,
  GST_RTC_MAY_LIST = 1 << 2,
  GST_RTC_MAY_ALL = (1 << 3) - 1,
} GstRtcMay;

/* What a client was let in for */
typedef struct
{
  GstRtcMay may;
  gchar *room;                  /* nullable, which is a room as well */
  gint64 expires;               /* seconds since 1970; 0: never */
  gboolean authenticated;       /* it has shown something for it */
} GstRtcGrant;

GstRtcGrant *gst_rtc_grant_new (void);
GstRtcGrant *gst_rtc_grant_copy (const GstRtcGrant * self);
void gst_rtc_grant_free (GstRtcGrant * self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcGrant, gst_rtc_grant_free)

gboolean gst_rtc_grant_parse_roles (const gchar * text, GstRtcMay * ret_may);

G_END_DECLS
