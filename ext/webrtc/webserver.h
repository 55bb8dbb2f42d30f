/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _GstRtcWebServer GstRtcWebServer;

typedef struct
{
  const gchar *directory;
  const gchar *host_addr;       /* URL; NULL: http://127.0.0.1:8080 */
  const gchar *path;            /* one segment below which to serve, or NULL */
  const gchar *cert;            /* PEM files: both or neither */
  const gchar *key;
} GstRtcWebServerSettings;

GstRtcWebServer *gst_rtc_web_server_start (const GstRtcWebServerSettings *
    settings, GError ** error);
void gst_rtc_web_server_stop (GstRtcWebServer * self);
guint gst_rtc_web_server_get_port (GstRtcWebServer * self);

G_END_DECLS
