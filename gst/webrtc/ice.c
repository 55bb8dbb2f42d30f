/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ice.h"

#include "localaddresses.h"

/* libnice leaves the loopback interface out, also when it is the only one. */
static void
add_loopback_if_alone (GObject * ice)
{
  g_auto (GStrv) addresses = gst_rtc_get_loopback_if_alone ();

  for (guint i = 0; addresses && addresses[i]; i++) {
    gboolean added = FALSE;

    g_signal_emit_by_name (ice, "add-local-ip-address", addresses[i], &added);
  }
}

/* UPnP delays gathering; the checks notice a peer that is gone. */
static void
set_up_agent (GObject * ice)
{
  g_autoptr (GObject) agent = NULL;

  if (!g_object_class_find_property (G_OBJECT_GET_CLASS (ice), "agent"))
    return;
  g_object_get (ice, "agent", &agent, NULL);
  if (agent)
    g_object_set (agent, "upnp", FALSE, "keepalive-conncheck", TRUE, NULL);
}

static void
add_servers (GstElement * webrtcbin, const GstRtcIceConfig * config)
{
  if (config->stun_server && *config->stun_server)
    g_object_set (webrtcbin, "stun-server", config->stun_server, NULL);

  for (guint i = 0; config->turn_servers && config->turn_servers[i]; i++) {
    gboolean added = FALSE;

    g_signal_emit_by_name (webrtcbin, "add-turn-server",
        config->turn_servers[i], &added);
    /* not the URI: it holds a password */
    if (!added)
      GST_WARNING_OBJECT (webrtcbin, "TURN server %u was refused", i);
  }
}

/**
 * gst_rtc_ice_set_up:
 * @webrtcbin: a new webrtcbin
 * @config: what the element was told about the network
 *
 * Thread: control
 */
void
gst_rtc_ice_set_up (GstElement * webrtcbin, const GstRtcIceConfig * config)
{
  g_autoptr (GObject) ice = NULL;

  g_object_set (webrtcbin, "ice-transport-policy",
      config->ice_transport_policy, NULL);
  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  if (ice) {
    add_loopback_if_alone (ice);
    set_up_agent (ice);
  }
  add_servers (webrtcbin, config);
}
