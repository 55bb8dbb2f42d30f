/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_SRC_PAD (gst_rtc_src_pad_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcSrcPad, gst_rtc_src_pad, GST_RTC, SRC_PAD,
    GstGhostPad)

GstRtcSrcPad *gst_rtc_src_pad_new (GstPadTemplate * templ,
    const gchar * name);
void gst_rtc_src_pad_set_stream (GstRtcSrcPad * self, const gchar * stream_id,
    guint group_id, const gchar * msid, GstCaps * possible);
void gst_rtc_src_pad_push_eos (GstRtcSrcPad * self);

G_END_DECLS
