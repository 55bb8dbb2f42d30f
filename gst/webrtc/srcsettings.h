/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

/**
 * GstRtcSrcSettings:
 *
 * What the properties of a source were when a session began; immutable once
 * it is shared.
 */
typedef struct
{
  gchar *stun_server;
  GStrv turn_servers;
  gboolean stun_server_set;     /* and not the default */
  gboolean turn_servers_set;
  GStrv video_codecs;
  GStrv audio_codecs;
  gboolean do_retransmission;
  GstWebRTCICETransportPolicy ice_transport_policy;
  guint latency;                /* milliseconds, at the beginning */
  gboolean do_av_sync;
  guint negotiation_timeout;    /* milliseconds, 0: none */
  gboolean reconnect;
} GstRtcSrcSettings;

GstRtcSrcSettings *gst_rtc_src_settings_new (void);
GstRtcSrcSettings *gst_rtc_src_settings_copy (const GstRtcSrcSettings * other);
void gst_rtc_src_settings_unref (GstRtcSrcSettings * self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcSrcSettings, gst_rtc_src_settings_unref)

G_END_DECLS
