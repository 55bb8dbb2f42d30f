/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "settings.h"

G_DEFINE_ENUM_TYPE (GstRtcCongestionControl, gst_rtc_congestion_control,
    G_DEFINE_ENUM_VALUE (GST_RTC_CONGESTION_CONTROL_DISABLED, "disabled"),
    G_DEFINE_ENUM_VALUE (GST_RTC_CONGESTION_CONTROL_HOMEGROWN, "homegrown"),
    G_DEFINE_ENUM_VALUE (GST_RTC_CONGESTION_CONTROL_GCC, "gcc"));

G_DEFINE_FLAGS_TYPE (GstRtcMitigationMode, gst_rtc_mitigation_mode,
    G_DEFINE_ENUM_VALUE (GST_RTC_MITIGATION_MODE_NONE, "none"),
    G_DEFINE_ENUM_VALUE (GST_RTC_MITIGATION_MODE_DOWNSCALED, "downscaled"),
    G_DEFINE_ENUM_VALUE (GST_RTC_MITIGATION_MODE_DOWNSAMPLED, "downsampled"));

G_DEFINE_ENUM_TYPE (GstRtcEncoderSharing, gst_rtc_encoder_sharing,
    G_DEFINE_ENUM_VALUE (GST_RTC_ENCODER_SHARING_SHARED, "shared"),
    G_DEFINE_ENUM_VALUE (GST_RTC_ENCODER_SHARING_NONE, "none"));

GstRtcSettings *
gst_rtc_settings_new (void)
{
  GstRtcSettings *self = g_atomic_rc_box_new0 (GstRtcSettings);

  self->video_caps = gst_caps_from_string ("video/x-vp8; video/x-h264; "
      "video/x-vp9; video/x-h265; video/x-av1");
  self->audio_caps =
      gst_caps_from_string ("audio/x-opus, channel-mapping-family=(int)0; "
      "audio/x-opus, channel-mapping-family=(int)1");
  self->stun_server = g_strdup ("stun://stun.l.google.com:19302");
  self->congestion_control = GST_RTC_CONGESTION_CONTROL_GCC;
  self->min_bitrate = 1000;
  self->max_bitrate = 8192000;
  self->start_bitrate = 2048000;
  self->do_fec = TRUE;
  self->do_retransmission = TRUE;
  self->forward_metas = g_strdup ("");
  self->mitigation_modes = GST_RTC_MITIGATION_MODE_DOWNSCALED |
      GST_RTC_MITIGATION_MODE_DOWNSAMPLED;
  self->rtx_percentage = -1;
  self->negotiation_timeout = 10000;
  self->encoder_sharing = GST_RTC_ENCODER_SHARING_SHARED;
  self->max_renditions = 3;

  return self;
}

GstRtcSettings *
gst_rtc_settings_ref (GstRtcSettings * self)
{
  return g_atomic_rc_box_acquire (self);
}

GstRtcSettings *
gst_rtc_settings_copy (const GstRtcSettings * other)
{
  GstRtcSettings *self = g_atomic_rc_box_new0 (GstRtcSettings);

  *self = *other;
  gst_caps_ref (self->video_caps);
  gst_caps_ref (self->audio_caps);
  self->stun_server = g_strdup (other->stun_server);
  self->turn_servers = g_strdupv (other->turn_servers);
  self->meta = other->meta ? gst_structure_copy (other->meta) : NULL;
  self->forward_metas = g_strdup (other->forward_metas);

  return self;
}

static void
clear_settings (gpointer data)
{
  GstRtcSettings *self = data;

  gst_caps_unref (self->video_caps);
  gst_caps_unref (self->audio_caps);
  g_free (self->stun_server);
  g_strfreev (self->turn_servers);
  gst_clear_structure (&self->meta);
  g_free (self->forward_metas);
}

void
gst_rtc_settings_unref (GstRtcSettings * self)
{
  g_atomic_rc_box_release_full (self, clear_settings);
}

/**
 * gst_rtc_settings_get_fixed_bitrate:
 *
 * Returns: bit/s of a video encoder that no estimate steers: what the user
 *     said is the most, else what to begin with
 */
guint
gst_rtc_settings_get_fixed_bitrate (const GstRtcSettings * self)
{
  if (self->congestion_control == GST_RTC_CONGESTION_CONTROL_DISABLED &&
      self->max_bitrate_set)
    return self->max_bitrate;

  return CLAMP (self->start_bitrate, MIN (self->min_bitrate,
          self->max_bitrate), self->max_bitrate);
}

/**
 * gst_rtc_strv_from_value_array:
 * @value: a GstValueArray of strings
 *
 * Returns: (transfer full): its strings
 */
GStrv
gst_rtc_strv_from_value_array (const GValue * value)
{
  GPtrArray *strings = g_ptr_array_new ();

  for (guint i = 0; i < gst_value_array_get_size (value); i++) {
    const GValue *item = gst_value_array_get_value (value, i);

    if (G_VALUE_HOLDS_STRING (item) && g_value_get_string (item))
      g_ptr_array_add (strings, g_value_dup_string (item));
  }
  g_ptr_array_add (strings, NULL);

  return (GStrv) g_ptr_array_free (strings, FALSE);
}

/**
 * gst_rtc_strv_to_value_array:
 * @strv: (nullable): strings
 * @value: a GstValueArray, to which they are appended
 */
void
gst_rtc_strv_to_value_array (const gchar * const *strv, GValue * value)
{
  for (guint i = 0; strv && strv[i]; i++) {
    GValue item = G_VALUE_INIT;

    g_value_init (&item, G_TYPE_STRING);
    g_value_set_string (&item, strv[i]);
    gst_value_array_append_and_take_value (value, &item);
  }
}
