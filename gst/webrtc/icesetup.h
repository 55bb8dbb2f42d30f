/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtc/rtc.h>
#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

/* What an element was told about the network */
typedef struct
{
  const gchar *stun_server;
  const gchar *const *turn_servers;
  gboolean stun_server_set;     /* by the user, as opposed to the default */
  gboolean turn_servers_set;
  GstRtcSignaller *signaller;   /* whose ice-servers are used else */
  GstWebRTCICETransportPolicy ice_transport_policy;
} GstRtcIceConfig;

void gst_rtc_ice_set_up (GstElement * webrtcbin,
    const GstRtcIceConfig * config);

G_END_DECLS
