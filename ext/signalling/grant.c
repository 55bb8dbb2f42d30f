/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "grant.h"

static const struct
{
  const gchar *name;
  GstRtcMay may;
} roles[] = {
  {"produce", GST_RTC_MAY_PRODUCE},
  {"consume", GST_RTC_MAY_CONSUME},
  {"list", GST_RTC_MAY_LIST},
};

/* Everything, for ever */
GstRtcGrant *
gst_rtc_grant_new (void)
{
  GstRtcGrant *self = g_new0 (GstRtcGrant, 1);

  self->may = GST_RTC_MAY_ALL;

  return self;
}

GstRtcGrant *
gst_rtc_grant_copy (const GstRtcGrant * self)
{
  GstRtcGrant *copy = g_memdup2 (self, sizeof *self);

  copy->room = g_strdup (self->room);

  return copy;
}

void
gst_rtc_grant_free (GstRtcGrant * self)
{
  g_free (self->room);
  g_free (self);
}

static GstRtcMay
may_from_name (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++) {
    if (g_str_equal (roles[i].name, name))
      return roles[i].may;
  }

  return 0;
}

/* Names with commas or spaces between them, all of which must be known */
gboolean
gst_rtc_grant_parse_roles (const gchar * text, GstRtcMay * ret_may)
{
  g_auto (GStrv) names = g_strsplit_set (text, ", ", -1);
  GstRtcMay may = 0;

  for (gchar ** name = names; *name; name++) {
    if (**name && may_from_name (*name) == 0)
      return FALSE;
    if (**name)
      may |= may_from_name (*name);
  }

  *ret_may = may;
  return TRUE;
}
