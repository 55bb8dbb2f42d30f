/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtpgcc/twccnumber.h>
#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

#define GST_RTC_URI_COLOR_SPACE \
  "http://www.webrtc.org/experiments/rtp-hdrext/color-space"

typedef struct _GstRtcExtmap GstRtcExtmap;

GstRtcExtmap *gst_rtc_extmap_new (void);
void gst_rtc_extmap_free (GstRtcExtmap * self);

gboolean gst_rtc_extmap_reserve (GstRtcExtmap * self, guint id,
    const gchar * uri);
guint gst_rtc_extmap_get_id (GstRtcExtmap * self, const gchar * uri);
void gst_rtc_extmap_add_to_caps (GstRtcExtmap * self, const gchar * uri,
    GstStructure * rtp);
guint gst_rtc_extmap_find_in_caps (const GstStructure * rtp, const gchar * uri);
void gst_rtc_extmap_take_answer (GstRtcExtmap * self,
    const GstSDPMedia * media, GstStructure * rtp);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcExtmap, gst_rtc_extmap_free)

G_END_DECLS
