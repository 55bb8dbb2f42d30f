/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_rtc_encoder_configure (GstElement * encoder, guint bitrate);
gboolean gst_rtc_encoder_can_adapt (GstElementFactory * factory);
gboolean gst_rtc_encoder_set_bitrate (GstElement * encoder, guint bitrate);
guint gst_rtc_encoder_get_bitrate (GstElement * encoder);

const gchar *gst_rtc_encoder_get_raw_formats (GstElementFactory * encoder);
void gst_rtc_encoder_apply_quirks (GstElement * encoder);

/* what the encoder was made for, before anybody configures it */
void gst_rtc_encoder_set_start_bitrate (GstElement * encoder, guint bitrate);
guint gst_rtc_encoder_get_start_bitrate (GstElement * encoder);

G_END_DECLS
