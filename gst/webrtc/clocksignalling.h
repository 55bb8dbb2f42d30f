/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_rtc_clock_describe (GstClock * clock, GstStructure * rtp);
gboolean gst_rtc_clock_get_rtp_offset (GstClock * clock,
    GstClockTime base_time, guint clock_rate, guint32 * ret_offset);

G_END_DECLS
