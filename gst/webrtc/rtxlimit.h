/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_rtc_rtx_limit_session (GstElement * rtpsession, gint percentage);
void gst_rtc_rtx_limit_sender (GstElement * rtprtxsend, gint percentage);

G_END_DECLS
