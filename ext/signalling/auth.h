/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "grant.h"

G_BEGIN_DECLS

typedef struct _GstRtcAuth GstRtcAuth;

typedef struct
{
  const gchar *tokens_file;     /* nullable */
  const gchar *jwt_key_file;    /* nullable */
  const gchar *jwt_algorithm;
  const gchar *own_token;       /* one that may do everything; nullable */
} GstRtcAuthSettings;

GstRtcAuth *gst_rtc_auth_new (const GstRtcAuthSettings * settings,
    GError ** error);
void gst_rtc_auth_free (GstRtcAuth * self);
GstRtcGrant *gst_rtc_auth_check (GstRtcAuth * self, const gchar * credentials,
    gint64 now, GError ** error);

G_END_DECLS
