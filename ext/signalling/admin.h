/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admission.h"

G_BEGIN_DECLS

typedef struct _GstRtcAdmin GstRtcAdmin;

GstRtcAdmin *gst_rtc_admin_new (const gchar * address, GError ** error);
void gst_rtc_admin_free (GstRtcAdmin * self);
guint gst_rtc_admin_get_port (GstRtcAdmin * self);

/* Thread: the server's */
void gst_rtc_admin_begin (GstRtcAdmin * self, GstRtcAdmission * admission,
    gboolean (*is_ready) (gpointer user_data),
    gchar * (*describe) (gpointer user_data), gpointer user_data);
void gst_rtc_admin_end (GstRtcAdmin * self);

G_END_DECLS
