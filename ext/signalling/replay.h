/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The last messages of one connection, all zero at first */
typedef struct
{
  GQueue messages;              /* element-type GBytes: the last of them */
  gsize n_bytes;
  guint64 n_sent;
} GstRtcReplay;

void gst_rtc_replay_clear (GstRtcReplay * self);
void gst_rtc_replay_add (GstRtcReplay * self, GBytes * message);
void gst_rtc_replay_confirm (GstRtcReplay * self, guint64 n_received);
GPtrArray *gst_rtc_replay_take_missing (GstRtcReplay * self, gint64 n_received);

G_END_DECLS
