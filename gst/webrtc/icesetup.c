/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "icesetup.h"

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

/* What a signaller was told by its server, if it has such a property */
static gchar **
get_servers_of_signaller (GstRtcSignaller * signaller)
{
  GParamSpec *pspec = signaller ?
      g_object_class_find_property (G_OBJECT_GET_CLASS (signaller),
      "ice-servers") : NULL;
  gchar **servers = NULL;

  if (pspec && pspec->value_type == G_TYPE_STRV)
    g_object_get (signaller, "ice-servers", &servers, NULL);

  return servers;
}

static void
add_turn_server (GstElement * webrtcbin, const gchar * uri)
{
  gboolean added = FALSE;

  g_signal_emit_by_name (webrtcbin, "add-turn-server", uri, &added);
  /* not the URI: it holds a password */
  if (!added)
    GST_WARNING_OBJECT (webrtcbin, "a TURN server was refused");
}

static void
set_stun_server (GstElement * webrtcbin, const gchar * uri)
{
  if (uri && *uri)
    g_object_set (webrtcbin, "stun-server", uri, NULL);
}

/* What the user named counts, each kind by itself; then what the signalling
 * server said, and the default only if it said nothing */
static void
add_servers (GstElement * webrtcbin, const GstRtcIceConfig * config)
{
  g_auto (GStrv) given = get_servers_of_signaller (config->signaller);
  const gboolean has_given = given && given[0];
  gboolean has_stun = FALSE;

  if (config->stun_server_set || !has_given)
    set_stun_server (webrtcbin, config->stun_server);
  for (guint i = 0; config->turn_servers && config->turn_servers[i]; i++)
    add_turn_server (webrtcbin, config->turn_servers[i]);

  for (guint i = 0; has_given && given[i]; i++) {
    if (!g_str_has_prefix (given[i], "stun")) {
      if (!config->turn_servers_set)
        add_turn_server (webrtcbin, given[i]);
    } else if (!config->stun_server_set && !has_stun) {
      set_stun_server (webrtcbin, given[i]);
      has_stun = TRUE;
    }
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
