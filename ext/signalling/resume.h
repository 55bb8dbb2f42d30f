/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "replay.h"

G_BEGIN_DECLS

typedef struct _GstRtcResume GstRtcResume;

GstRtcResume *gst_rtc_resume_new (guint timeout_seconds);
void gst_rtc_resume_free (GstRtcResume * self);

const gchar *gst_rtc_resume_issue (GstRtcResume * self, const gchar * id);
const gchar *gst_rtc_resume_find (GstRtcResume * self, const gchar * token);
void gst_rtc_resume_forget (GstRtcResume * self, const gchar * id);

void gst_rtc_resume_park (GstRtcResume * self, const gchar * id, gint64 now,
    GstRtcReplay * replay, guint64 n_received);
gboolean gst_rtc_resume_is_parked (GstRtcResume * self, const gchar * id);
gboolean gst_rtc_resume_hold (GstRtcResume * self, const gchar * id,
    GBytes * frame);
GPtrArray *gst_rtc_resume_unpark (GstRtcResume * self, const gchar * id,
    gint64 n_arrived, guint64 * ret_n_received);
gchar *gst_rtc_resume_next_expired (GstRtcResume * self, gint64 now);
guint gst_rtc_resume_get_n_parked (GstRtcResume * self);

G_END_DECLS
