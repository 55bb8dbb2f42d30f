/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtc/rtc.h>

#include "protocol.h"
#include "wslink.h"

G_BEGIN_DECLS

typedef struct _GstRtcDialog GstRtcDialog;

GstRtcDialog *gst_rtc_dialog_new (GstRtcSignallerRole role,
    const gchar * producer_peer_id, gboolean connect_to_first);
void gst_rtc_dialog_free (GstRtcDialog * self);

gboolean gst_rtc_dialog_is_welcomed_by (GstRtcDialog * self,
    GstRtcMessage * message);
void gst_rtc_dialog_forget_session (GstRtcDialog * self, const gchar * id);
void gst_rtc_dialog_open (GstRtcDialog * self, GstRtcWsLink * link);
void gst_rtc_dialog_count_message (GstRtcDialog * self);
void gst_rtc_dialog_handle (GstRtcDialog * self, GstRtcSignaller * signaller,
    GstRtcWsLink * link, GstRtcMessage * message);
void gst_rtc_dialog_update_meta (GstRtcDialog * self,
    GstRtcSignaller * signaller, GstRtcWsLink * link);
void gst_rtc_dialog_send (GstRtcWsLink * link, GstRtcMessage * message);

G_END_DECLS
