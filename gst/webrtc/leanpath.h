/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

guint gst_rtc_lean_path_shorten (GstElement * webrtcbin);
void gst_rtc_lean_path_remove (GstElement * webrtcbin, GstPad * pad);

G_END_DECLS
