/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/sdp/sdp.h>

G_BEGIN_DECLS

typedef struct _GstRtcPtMap GstRtcPtMap;

GstRtcPtMap *gst_rtc_pt_map_new (void);
void gst_rtc_pt_map_free (GstRtcPtMap * self);

void gst_rtc_pt_map_learn (GstRtcPtMap * self, const GstSDPMessage * sdp);
gint gst_rtc_pt_map_take (GstRtcPtMap * self, const GstStructure * rtp,
    gint wanted);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcPtMap, gst_rtc_pt_map_free)

G_END_DECLS
