/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _GstRtcStaticFiles GstRtcStaticFiles;

GstRtcStaticFiles *gst_rtc_static_files_new (const gchar * directory,
    const gchar * path, GError ** error);
void gst_rtc_static_files_free (GstRtcStaticFiles * self);
void gst_rtc_static_files_answer (GstRtcStaticFiles * self,
    SoupServerMessage * message);

G_END_DECLS
