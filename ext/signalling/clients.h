/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grant.h"
#include "iceservers.h"
#include "metrics.h"
#include "serversettings.h"

G_BEGIN_DECLS

/* Those who are connected, and the hub between them */
typedef struct _GstRtcClients GstRtcClients;

GstRtcClients *gst_rtc_clients_new (const GstRtcServerSettings * settings,
    GstRtcIceServers * ice_servers);
void gst_rtc_clients_free (GstRtcClients * self);

/* Thread: the server's, all of these */
gboolean gst_rtc_clients_begin (GstRtcClients * self, GError ** error);
void gst_rtc_clients_add (GstRtcClients * self, GIOStream * stream, gint fd,
    gboolean is_tls, GstRtcGrant * grant, GDestroyNotify on_gone,
    gpointer user_data, const gchar * from);
void gst_rtc_clients_say_goodbye (GstRtcClients * self);
void gst_rtc_clients_abandon (GstRtcClients * self);
gboolean gst_rtc_clients_are_gone (GstRtcClients * self);
guint gst_rtc_clients_get_n (GstRtcClients * self);
GstRtcMetrics *gst_rtc_clients_get_metrics (GstRtcClients * self);
void gst_rtc_clients_get_gauges (GstRtcClients * self,
    GstRtcGauges * ret_gauges);

G_END_DECLS
