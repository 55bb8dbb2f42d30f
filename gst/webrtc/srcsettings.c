/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "srcsettings.h"

static const gchar *const default_video_codecs[] = {
  "VP8", "H264", "VP9", "H265", "AV1", NULL
};

static const gchar *const default_audio_codecs[] = {
  "OPUS", "MULTIOPUS", NULL
};

static void
clear_settings (gpointer data)
{
  GstRtcSrcSettings *self = data;

  g_free (self->stun_server);
  g_strfreev (self->turn_servers);
  g_strfreev (self->video_codecs);
  g_strfreev (self->audio_codecs);
}

/**
 * gst_rtc_src_settings_new:
 *
 * Returns: (transfer full): the defaults
 */
GstRtcSrcSettings *
gst_rtc_src_settings_new (void)
{
  GstRtcSrcSettings *self = g_atomic_rc_box_new0 (GstRtcSrcSettings);

  self->stun_server = g_strdup ("stun://stun.l.google.com:19302");
  self->turn_servers = g_new0 (gchar *, 1);
  self->video_codecs = g_strdupv ((GStrv) default_video_codecs);
  self->audio_codecs = g_strdupv ((GStrv) default_audio_codecs);
  self->do_retransmission = TRUE;
  self->ice_transport_policy = GST_WEBRTC_ICE_TRANSPORT_POLICY_ALL;
  self->latency = 200;
  self->do_av_sync = TRUE;
  self->negotiation_timeout = 20000;

  return self;
}

/**
 * gst_rtc_src_settings_copy:
 *
 * Returns: (transfer full): settings of the same values
 */
GstRtcSrcSettings *
gst_rtc_src_settings_copy (const GstRtcSrcSettings * other)
{
  GstRtcSrcSettings *self = g_atomic_rc_box_new0 (GstRtcSrcSettings);

  *self = *other;
  self->stun_server = g_strdup (other->stun_server);
  self->turn_servers = g_strdupv (other->turn_servers);
  self->video_codecs = g_strdupv (other->video_codecs);
  self->audio_codecs = g_strdupv (other->audio_codecs);

  return self;
}

void
gst_rtc_src_settings_unref (GstRtcSrcSettings * self)
{
  g_atomic_rc_box_release_full (self, clear_settings);
}
