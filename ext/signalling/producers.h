/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtc/rtc.h>

#include "message.h"

G_BEGIN_DECLS

typedef struct _GstRtcProducers GstRtcProducers;

GstRtcProducers *gst_rtc_producers_new (void);
void gst_rtc_producers_free (GstRtcProducers * self);

void gst_rtc_producers_set (GstRtcProducers * self,
    GstRtcSignaller * signaller, const gchar * id, JsonNode * meta,
    gboolean is_new);
void gst_rtc_producers_remove (GstRtcProducers * self,
    GstRtcSignaller * signaller, const gchar * id);
void gst_rtc_producers_keep_listed (GstRtcProducers * self,
    GstRtcSignaller * signaller, GstRtcMessage * list);

void gst_rtc_producers_refuse (GstRtcProducers * self, const gchar * id);
const gchar *gst_rtc_producers_find_willing (GstRtcProducers * self);

G_END_DECLS
