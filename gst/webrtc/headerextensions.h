/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "extmap.h"

G_BEGIN_DECLS

void gst_rtc_header_extensions_watch (GstElement * payloader);
void gst_rtc_header_extensions_offer (GstElement * payloader,
    GstRtcExtmap * extmap, GPtrArray * uris);
void gst_rtc_header_extensions_keep (GstElement * payloader,
    const GstStructure * rtp);
gboolean gst_rtc_header_extension_exists (const gchar * uri);

G_END_DECLS
