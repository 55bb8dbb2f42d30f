/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstRtcAudioPath:
 * @loss: share of packets that get lost on the way to a listener
 * @estimate: bit/s that the path carries in all; 0 when that is not known
 */
typedef struct
{
  gdouble loss;
  guint64 estimate;
} GstRtcAudioPath;

/**
 * GstRtcAudioSettings:
 * @fec: whether packets carry a copy of what was in the one before
 * @loss_percentage: what the encoder is told to expect
 * @bitrate: bit/s
 */
typedef struct
{
  gboolean fec;
  guint loss_percentage;
  guint bitrate;
} GstRtcAudioSettings;

/* A step that is held, and since when a lower one would do */
typedef struct
{
  guint step;
  gint64 better_since;          /* us; 0: it is needed */
} GstRtcAudioStep;

/**
 * GstRtcAudioPolicy:
 * @protection: against loss
 * @thrift: for narrow paths
 *
 * All 0 to begin with.
 */
typedef struct
{
  GstRtcAudioStep protection;
  GstRtcAudioStep thrift;
} GstRtcAudioPolicy;

gboolean gst_rtc_audio_policy_take (GstRtcAudioPolicy * self, gint64 now,
    guint bitrate, const GstRtcAudioPath * paths, guint n_paths);
void gst_rtc_audio_policy_get (const GstRtcAudioPolicy * self, guint bitrate,
    GstRtcAudioSettings * ret_settings);

G_END_DECLS
