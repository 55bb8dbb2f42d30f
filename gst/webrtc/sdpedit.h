/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

GstSDPMedia *gst_rtc_sdp_edit_media (GstSDPMessage * sdp, guint mline);
void gst_rtc_sdp_media_remove (GstSDPMedia * media, const gchar * name);
void gst_rtc_sdp_media_replace (GstSDPMedia * media, const gchar * name,
    const gchar * value);
void gst_rtc_sdp_media_set_direction (GstSDPMedia * media,
    const gchar * direction);
const gchar *gst_rtc_sdp_media_get_direction (const GstSDPMedia * media);
void gst_rtc_sdp_media_set_formats (GstSDPMedia * media, GstCaps * formats);
gchar *gst_rtc_sdp_media_dup_parameter (const GstSDPMedia * media, gint pt,
    const gchar * name);
void gst_rtc_sdp_media_answer_reduced_size (GstSDPMedia * media,
    const GstSDPMedia * offered);
gint gst_rtc_sdp_media_get_extension (const GstSDPMedia * media,
    const gchar * uri);
gboolean gst_rtc_sdp_media_is_dead (const GstSDPMedia * media);

gint gst_rtc_sdp_get_bundle_mline (const GstSDPMessage * sdp);
gboolean gst_rtc_sdp_check_bundle (const GstSDPMessage * sdp,
    GError ** error);
void gst_rtc_sdp_unbundle_rejected (GstSDPMessage * sdp);
void gst_rtc_sdp_revive_rejected (GstSDPMessage * sdp);

G_END_DECLS
