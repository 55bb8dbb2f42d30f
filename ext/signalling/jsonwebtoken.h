/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "grant.h"

G_BEGIN_DECLS

typedef struct _GstRtcJwtKey GstRtcJwtKey;

GstRtcJwtKey *gst_rtc_jwt_key_new (const gchar * file,
    const gchar * algorithm, GError ** error);
void gst_rtc_jwt_key_free (GstRtcJwtKey * self);
GstRtcGrant *gst_rtc_jwt_key_check (GstRtcJwtKey * self, const gchar * text,
    gint64 now, GError ** error);

G_END_DECLS
