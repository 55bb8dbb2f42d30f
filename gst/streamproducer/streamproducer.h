/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/app/app.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_STREAM_PRODUCER (gst_rtc_stream_producer_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcStreamProducer, gst_rtc_stream_producer, GST_RTC,
    STREAM_PRODUCER, GObject)

typedef enum
{
  GST_RTC_PUSH_ON_CALLER,       /* on the appsink's streaming thread */
  GST_RTC_PUSH_ON_FANOUT,       /* on the consumer's fan-out thread */
} GstRtcPushMode;

/**
 * GstRtcConsumerFunc:
 * @consumer: who takes the sample
 * @sample: (transfer none): the sample
 * @lost: whether samples before this one were lost
 */
typedef void (*GstRtcConsumerFunc) (gpointer consumer, GstSample * sample,
    gboolean lost);

GstRtcStreamProducer *gst_rtc_stream_producer_new (GstElement * appsink,
    GstRtcPushMode mode);
GstElement *gst_rtc_stream_producer_get_appsink (GstRtcStreamProducer * self);
void gst_rtc_stream_producer_stop (GstRtcStreamProducer * self);
void gst_rtc_stream_producer_add_consumer (GstRtcStreamProducer * self,
    gpointer consumer, guint thread, GstRtcConsumerFunc func);
void gst_rtc_stream_producer_remove_consumer (GstRtcStreamProducer * self,
    gpointer consumer);
void gst_rtc_stream_producer_request_key_unit (GstRtcStreamProducer * self);
guint gst_rtc_stream_producer_get_n_consumers (GstRtcStreamProducer *
    self);
guint64 gst_rtc_stream_producer_get_n_samples (GstRtcStreamProducer * self);

G_END_DECLS
