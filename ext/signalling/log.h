/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* One category for all of ext/signalling */
GST_DEBUG_CATEGORY_EXTERN (gst_rtc_signalling_debug);
#define GST_CAT_DEFAULT gst_rtc_signalling_debug

void gst_rtc_signalling_log_init (void);

G_END_DECLS
