/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

typedef enum
{
  GST_RTC_CONGESTION_CONTROL_DISABLED,
  GST_RTC_CONGESTION_CONTROL_HOMEGROWN,
  GST_RTC_CONGESTION_CONTROL_GCC,
} GstRtcCongestionControl;

#define GST_RTC_TYPE_CONGESTION_CONTROL (gst_rtc_congestion_control_get_type ())
GType gst_rtc_congestion_control_get_type (void);

typedef enum
{
  GST_RTC_MITIGATION_MODE_NONE = 0,
  GST_RTC_MITIGATION_MODE_DOWNSCALED = 1 << 0,
  GST_RTC_MITIGATION_MODE_DOWNSAMPLED = 1 << 1,
} GstRtcMitigationMode;

#define GST_RTC_TYPE_MITIGATION_MODE (gst_rtc_mitigation_mode_get_type ())
GType gst_rtc_mitigation_mode_get_type (void);

typedef enum
{
  GST_RTC_ENCODER_SHARING_SHARED,
  GST_RTC_ENCODER_SHARING_NONE,
} GstRtcEncoderSharing;

#define GST_RTC_TYPE_ENCODER_SHARING (gst_rtc_encoder_sharing_get_type ())
GType gst_rtc_encoder_sharing_get_type (void);

/**
 * GstRtcSettings:
 *
 * What the properties of a sink were at one moment. Immutable once it is
 * shared: a change is made to a copy, which then replaces it. A session keeps
 * the one it began with.
 */
typedef struct
{
  GstCaps *video_caps;
  GstCaps *audio_caps;
  gchar *stun_server;
  GStrv turn_servers;
  gboolean stun_server_set;
  gboolean turn_servers_set;
  GstRtcCongestionControl congestion_control;
  guint min_bitrate;
  guint max_bitrate;
  gboolean max_bitrate_set;
  guint start_bitrate;
  gboolean do_fec;
  gboolean do_retransmission;
  gboolean do_clock_signalling;
  gboolean enable_data_channel_navigation;
  gboolean enable_control_data_channel;
  GstStructure *meta;
  GstWebRTCICETransportPolicy ice_transport_policy;
  gchar *forward_metas;
  GstRtcMitigationMode mitigation_modes;
  gint rtx_percentage;
  guint negotiation_timeout;    /* milliseconds, 0: none */
  GstRtcEncoderSharing encoder_sharing;
  guint max_renditions;
} GstRtcSettings;

GstRtcSettings *gst_rtc_settings_new (void);
GstRtcSettings *gst_rtc_settings_ref (GstRtcSettings * self);
GstRtcSettings *gst_rtc_settings_copy (const GstRtcSettings * self);
void gst_rtc_settings_unref (GstRtcSettings * self);
guint gst_rtc_settings_get_fixed_bitrate (const GstRtcSettings * self);

GStrv gst_rtc_strv_from_value_array (const GValue * value);
void gst_rtc_strv_to_value_array (const gchar * const *strv, GValue * value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcSettings, gst_rtc_settings_unref)

G_END_DECLS
