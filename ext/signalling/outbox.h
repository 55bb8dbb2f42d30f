/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "replay.h"

G_BEGIN_DECLS

/* What is to be sent, from any thread */
typedef struct
{
  GMutex lock;
  /* guarded by lock */
  GQueue urgent;                /* element-type utf8 */
  GQueue normal;                /* element-type utf8 */
  gboolean held;                /* nothing but what is urgent goes out */
  GstRtcReplay sent;            /* on this connection */
  guint64 n_at_pong;            /* of these when the last pong came */
  GstRtcReplay unsure;          /* on the one that was lost */
} GstRtcOutbox;

void gst_rtc_outbox_init (GstRtcOutbox * self);
void gst_rtc_outbox_clear (GstRtcOutbox * self);
gboolean gst_rtc_outbox_push (GstRtcOutbox * self, gchar * text,
    gboolean urgent);
gchar *gst_rtc_outbox_pop (GstRtcOutbox * self);
void gst_rtc_outbox_take_pong (GstRtcOutbox * self);
guint gst_rtc_outbox_count_kept (GstRtcOutbox * self);
void gst_rtc_outbox_hold (GstRtcOutbox * self);
void gst_rtc_outbox_resume (GstRtcOutbox * self, gint64 n_received);
void gst_rtc_outbox_restart (GstRtcOutbox * self);
void gst_rtc_outbox_drop_all (GstRtcOutbox * self);

G_END_DECLS
