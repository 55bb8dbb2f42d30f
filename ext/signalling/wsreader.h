/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Codes of close frames, RFC 6455 7.4.1 */
#define GST_RTC_WS_NORMAL 1000
#define GST_RTC_WS_GOING_AWAY 1001
#define GST_RTC_WS_PROTOCOL_ERROR 1002
#define GST_RTC_WS_NO_STATUS 1005
#define GST_RTC_WS_BAD_DATA 1007
#define GST_RTC_WS_POLICY 1008
#define GST_RTC_WS_TOO_BIG 1009
#define GST_RTC_WS_TRY_LATER 1013

typedef enum
{
  GST_RTC_WS_TEXT = 1,
  GST_RTC_WS_BINARY = 2,
  GST_RTC_WS_CLOSE = 8,
  GST_RTC_WS_PING = 9,
  GST_RTC_WS_PONG = 10,
} GstRtcWsOpcode;

typedef struct _GstRtcWsReader GstRtcWsReader;

/* A whole message or a control frame. Of a close frame, @code is its code,
 * or NO_STATUS, and @data the reason. FALSE: read no further. */
typedef gboolean (*GstRtcWsReaderFunc) (GstRtcWsOpcode opcode,
    guint16 code, const guint8 * data, gsize length, gpointer user_data);

typedef enum
{
  GST_RTC_WS_READER_OK,
  GST_RTC_WS_READER_STOPPED,    /* the function said so */
  GST_RTC_WS_READER_BROKEN,     /* nothing after this can be read */
} GstRtcWsReaderResult;

GstRtcWsReader *gst_rtc_ws_reader_new (gsize max_message_bytes);
void gst_rtc_ws_reader_free (GstRtcWsReader * self);
GstRtcWsReaderResult gst_rtc_ws_reader_push (GstRtcWsReader * self,
    guint8 * data, gsize length, GstRtcWsReaderFunc func, gpointer user_data,
    gsize * ret_used, guint16 * ret_code, const gchar ** ret_why);

gsize gst_rtc_ws_write_header (guint8 header[10], GstRtcWsOpcode opcode,
    gsize length);

G_END_DECLS
