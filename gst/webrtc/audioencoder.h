/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "audiopolicy.h"

G_BEGIN_DECLS

/* control thread */
void gst_rtc_audio_encoder_watch (GstElement * encoder);
void gst_rtc_audio_encoder_take_paths (GstElement * encoder, gint64 now,
    const GstRtcAudioPath * paths, guint n_paths);

G_END_DECLS
