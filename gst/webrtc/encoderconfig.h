/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_rtc_encoder_configure (GstElement * encoder, guint bitrate);
gboolean gst_rtc_encoder_can_adapt (GstElementFactory * factory);
gboolean gst_rtc_encoder_set_bitrate (GstElement * encoder, guint bitrate);

G_END_DECLS
