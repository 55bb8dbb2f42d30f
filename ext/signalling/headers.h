/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <libsoup/soup.h>

G_BEGIN_DECLS

void gst_rtc_headers_add (SoupMessageHeaders * headers,
    const GstStructure * structure);

G_END_DECLS
