/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "auth.h"
#include "serversettings.h"

G_BEGIN_DECLS

typedef struct
{
  gchar *server_host;           /* what we listen on */
  gchar **allowed_origins;      /* nullable */
  gchar **allowed_hosts;        /* nullable */
} GstRtcAdmission;

void gst_rtc_admission_init (GstRtcAdmission * self,
    const GstRtcServerSettings * settings);
void gst_rtc_admission_clear (GstRtcAdmission * self);

gboolean gst_rtc_admission_check_host (GstRtcAdmission * self,
    SoupServerMessage * message);
gboolean gst_rtc_admission_check_origin (GstRtcAdmission * self,
    SoupServerMessage * message);

gchar *gst_rtc_admission_get_credentials (SoupServerMessage * message);
gchar *gst_rtc_admission_get_address (SoupServerMessage * message);

/* With plain values, for tests */
gboolean gst_rtc_admission_is_same_host (const gchar * origin,
    const gchar * host_header);
gboolean gst_rtc_admission_is_local_name (GstRtcAdmission * self,
    const gchar * host_header);

G_END_DECLS
