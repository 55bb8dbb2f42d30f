/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GstBuffer *gst_rtc_red_wrap (GstBuffer * packet, guint pt);
GstBuffer *gst_rtc_red_unwrap (GstBuffer * packet);

/* any thread */
void gst_rtc_red_watch_decoder (GstElement * reddec);

G_END_DECLS
