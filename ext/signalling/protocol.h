/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "message.h"

G_BEGIN_DECLS

/* Larger and deeper messages are refused before they are parsed */
#define GST_RTC_PROTOCOL_MAX_BYTES (1024 * 1024)
#define GST_RTC_PROTOCOL_MAX_DEPTH 32

#define GST_RTC_PROTOCOL_ERROR (gst_rtc_protocol_error_quark ())
GQuark gst_rtc_protocol_error_quark (void);

typedef enum
{
  GST_RTC_PROTOCOL_ERROR_TOO_LARGE,
  GST_RTC_PROTOCOL_ERROR_TOO_DEEP,
  GST_RTC_PROTOCOL_ERROR_NOT_JSON,
  GST_RTC_PROTOCOL_ERROR_UNKNOWN_TYPE,
  GST_RTC_PROTOCOL_ERROR_BAD_MEMBER,
} GstRtcProtocolError;

typedef enum
{
  GST_RTC_TO_SERVER,
  GST_RTC_TO_CLIENT,
} GstRtcDirection;

const gchar *gst_rtc_message_type_name (GstRtcMessageType type);
gboolean gst_rtc_message_type_is_for (GstRtcMessageType type,
    GstRtcDirection direction);
GstRtcMessage *gst_rtc_message_from_text (GstRtcDirection direction,
    const gchar * text, gsize length, GError ** error);
gchar *gst_rtc_message_to_text (GstRtcMessage * self,
    GstRtcDirection direction);

G_END_DECLS
