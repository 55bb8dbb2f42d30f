/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What a server gives to its clients */
typedef struct _GstRtcIceServers GstRtcIceServers;

GstRtcIceServers *gst_rtc_ice_servers_new (const gchar * stun,
    const gchar * turn, const gchar * turn_secret, guint turn_ttl,
    GError ** error);
void gst_rtc_ice_servers_free (GstRtcIceServers * self);
JsonNode *gst_rtc_ice_servers_to_json (GstRtcIceServers * self,
    const gchar * peer_id, gint64 now, gboolean with_turn);

/* What a client makes of it: URIs as webrtcbin has them */
gchar **gst_rtc_ice_uris_from_json (JsonNode * servers);

G_END_DECLS
