/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "poller.h"
#include "wsreader.h"

G_BEGIN_DECLS

typedef struct _GstRtcWsConn GstRtcWsConn;

typedef enum
{
  GST_RTC_WS_END_LEFT,          /* the peer said so */
  GST_RTC_WS_END_CLOSED,        /* we said so */
  GST_RTC_WS_END_LOST,
} GstRtcWsEnd;

typedef struct
{
  /* FALSE: enough for now, gst_rtc_ws_conn_read_on() is called later */
  gboolean (*text) (gpointer user_data, const gchar * text, gsize length);
  /* anything came in */
  void (*heard) (gpointer user_data);
  /* a pong, to the ping with that number */
  void (*answered) (gpointer user_data, guint64 number);
  /* what comes in cannot be read any more: to be closed with @code */
  void (*broken) (gpointer user_data, guint16 code, const gchar * why);
  /* nothing can be sent any more, and nothing comes */
  void (*ended) (gpointer user_data, GstRtcWsEnd end, const gchar * why);
  /* the stream is closed; from the owner of all, which outlives them */
  void (*stream_closed) (gpointer owner);
} GstRtcWsConnCallbacks;

GstRtcWsConn *gst_rtc_ws_conn_new (GstRtcPoller * poller, GIOStream * stream,
    gint fd, gboolean is_tls, gsize max_message_bytes,
    const GstRtcWsConnCallbacks * callbacks, gpointer user_data,
    gpointer owner, GError ** error);
void gst_rtc_ws_conn_free (GstRtcWsConn * self);

void gst_rtc_ws_conn_send (GstRtcWsConn * self, GBytes * frame);
void gst_rtc_ws_conn_ping (GstRtcWsConn * self, guint64 number);
void gst_rtc_ws_conn_close (GstRtcWsConn * self, guint16 code,
    const gchar * reason);
void gst_rtc_ws_conn_read_on (GstRtcWsConn * self);
gsize gst_rtc_ws_conn_get_queued (GstRtcWsConn * self);

GBytes *gst_rtc_ws_frame_new (GstRtcWsOpcode opcode, gconstpointer data,
    gsize length);

G_END_DECLS
