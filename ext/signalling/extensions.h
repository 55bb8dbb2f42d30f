/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "protocol.h"

G_BEGIN_DECLS

void gst_rtc_extensions_read (GstRtcMessage * self, JsonObject * object);
void gst_rtc_extensions_write (GstRtcMessage * self, JsonBuilder * builder);

G_END_DECLS
