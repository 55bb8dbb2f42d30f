/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "server.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean version;
  gchar *log_level;
} GstRtcOptions;

gboolean gst_rtc_options_parse (GstRtcSignallingServer * server,
    GstRtcOptions * options, gint * argc, gchar *** argv, GError ** error);
void gst_rtc_options_clear (GstRtcOptions * options);

G_END_DECLS
