/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grant.h"
#include "protocol.h"

G_BEGIN_DECLS

typedef struct _GstRtcHub GstRtcHub;

/* One message for one peer */
typedef struct
{
  gchar *peer_id;
  GstRtcMessage *message;
} GstRtcHubOutput;

GstRtcHub *gst_rtc_hub_new (void);
void gst_rtc_hub_free (GstRtcHub * self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcHub, gst_rtc_hub_free)

/* Each returns what is to be sent, in this order: (element-type
 * GstRtcHubOutput), to be freed with g_ptr_array_unref() */
GPtrArray *gst_rtc_hub_connect (GstRtcHub * self, const gchar * peer_id,
    const GstRtcGrant * grant);
GPtrArray *gst_rtc_hub_disconnect (GstRtcHub * self, const gchar * peer_id);
GPtrArray *gst_rtc_hub_handle (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message);

gboolean gst_rtc_hub_can_resume (GstRtcHub * self, const gchar * peer_id,
    const gchar * old_id);
GPtrArray *gst_rtc_hub_resume (GstRtcHub * self, const gchar * peer_id,
    const gchar * old_id);

void gst_rtc_hub_set_max_sessions (GstRtcHub * self, guint max_sessions);
guint gst_rtc_hub_get_n_sessions (GstRtcHub * self);
guint gst_rtc_hub_count_role (GstRtcHub * self, GstRtcPeerRole role);

G_END_DECLS
