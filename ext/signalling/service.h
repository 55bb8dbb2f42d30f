/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "auth.h"
#include "iceservers.h"
#include "serversettings.h"
#include "soupthread.h"

G_BEGIN_DECLS

/* What the server serves while it runs */
typedef struct _GstRtcService GstRtcService;

GstRtcService *gst_rtc_service_new (const GstRtcServerSettings * settings,
    const gchar * own_token, GError ** error);
void gst_rtc_service_free (GstRtcService * self);
gboolean gst_rtc_service_reload (GstRtcService * self,
    GstRtcSoupThread * thread, const GstRtcSoupAddress * address,
    GError ** error);
guint gst_rtc_service_get_admin_port (GstRtcService * self);

extern const GstRtcSoupCallbacks gst_rtc_service_callbacks;

G_END_DECLS
