/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rendition.h"

G_BEGIN_DECLS

GstStructure *gst_rtc_stats_new_consumer (void);
void gst_rtc_stats_add_rendition (GstStructure * consumer,
    GstRtcRendition * rendition, const gchar * pad_name,
    guint fec_percentage);

G_END_DECLS
