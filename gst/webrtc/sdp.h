/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

#define GST_RTC_SDP_ERROR (gst_rtc_sdp_error_quark ())
GQuark gst_rtc_sdp_error_quark (void);

typedef enum
{
  GST_RTC_SDP_ERROR_INVALID,
  GST_RTC_SDP_ERROR_NO_FINGERPRINT,
} GstRtcSdpError;

typedef enum
{
  GST_RTC_SDP_CANDIDATE_OK,
  GST_RTC_SDP_CANDIDATE_END,
  GST_RTC_SDP_CANDIDATE_LOCAL_NAME,
  GST_RTC_SDP_CANDIDATE_BAD,
} GstRtcSdpCandidate;

gboolean gst_rtc_sdp_check (const GstSDPMessage * sdp, GError ** error);
GStrv gst_rtc_sdp_get_fingerprints (const GstSDPMessage * sdp);
gboolean gst_rtc_sdp_certificate_matches (const gchar * pem,
    const gchar * const *fingerprints);
void gst_rtc_sdp_normalise (GstSDPMessage * sdp);
gboolean gst_rtc_sdp_media_has (const GstSDPMedia * media,
    const gchar * name);
gboolean gst_rtc_sdp_media_is_rejected (const GstSDPMedia * media);
gint gst_rtc_sdp_media_get_chosen_pt (const GstSDPMedia * media,
    gchar ** encoding_name);
gboolean gst_rtc_sdp_media_format_name (const GstSDPMedia * media, gint pt,
    gchar ** ret_name);
gint gst_rtc_sdp_media_find_pt (const GstSDPMedia * media,
    const gchar * name);
void gst_rtc_sdp_mark_red (GstSDPMessage * sdp);
gboolean gst_rtc_sdp_can_use_red (const GstSDPMessage * sdp,
    const GstSDPMedia * media);
void gst_rtc_sdp_add_rtx (GstSDPMessage * sdp);
void gst_rtc_sdp_renew_rtx (GstSDPMessage * sdp, const gboolean * renewed);
GstRtcSdpCandidate gst_rtc_sdp_classify_candidate (const gchar * candidate);

G_END_DECLS
