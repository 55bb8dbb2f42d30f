/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstRtcDtlsGuard GstRtcDtlsGuard;

typedef void (*GstRtcDtlsRefused) (gpointer data);

GstRtcDtlsGuard *gst_rtc_dtls_guard_new (GstRtcDtlsRefused refused,
    gpointer data);
void gst_rtc_dtls_guard_stop (GstRtcDtlsGuard * self);
void gst_rtc_dtls_guard_free (GstRtcDtlsGuard * self);
void gst_rtc_dtls_guard_take_fingerprints (GstRtcDtlsGuard * self,
    GStrv fingerprints);
void gst_rtc_dtls_guard_watch_decoder (GstRtcDtlsGuard * self,
    GstElement * decoder);
void gst_rtc_dtls_guard_watch_pad (GstRtcDtlsGuard * self, GstPad * pad);
void gst_rtc_dtls_guard_cut (GstRtcDtlsGuard * self);
void gst_rtc_dtls_guard_cut_input (GstRtcDtlsGuard * self);
gboolean gst_rtc_dtls_guard_is_verified (GstRtcDtlsGuard * self);

G_END_DECLS
