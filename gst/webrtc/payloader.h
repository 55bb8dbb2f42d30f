/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_rtc_payloader_configure (GstElement * payloader);
void gst_rtc_payloader_set_identity (GstElement * payloader, gint pt,
    guint ssrc);
GstCaps *gst_rtc_payloader_describe (GstElement * payloader,
    GstCaps * stream);
void gst_rtc_payloader_set_timestamp_offset (GstElement * payloader,
    guint32 offset);
void gst_rtc_payloader_leave_room (GstElement * payloader, guint n_bytes);
gulong gst_rtc_payloader_pin_caps (GstPad * webrtcbin_pad, GstCaps * caps,
    const gchar * hidden);

G_END_DECLS
