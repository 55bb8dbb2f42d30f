/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstRtcCapsChange:
 * @GST_RTC_CAPS_SAME: nothing that a consumer could notice
 * @GST_RTC_CAPS_CONTINUE: encoders, payloaders and decoders take it as it comes
 * @GST_RTC_CAPS_NEGOTIATE: consumers have to be asked
 */
typedef enum
{
  GST_RTC_CAPS_SAME,
  GST_RTC_CAPS_CONTINUE,
  GST_RTC_CAPS_NEGOTIATE,
} GstRtcCapsChange;

GstRtcCapsChange gst_rtc_caps_policy_compare (GstCaps * before,
    GstCaps * after);

G_END_DECLS
