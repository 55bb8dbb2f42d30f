/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "hub.h"

G_BEGIN_DECLS

typedef struct
{
  gchar *id;
  /* The stored status: what setPeerStatus said, with the peer's id once there
   * was one */
  GstRtcMessage *status;
  GstRtcMay may;
  gchar *room;                  /* nullable, which is a room as well */
  GstRtcProtocolVersion version;
  gboolean has_spoken;
  gboolean has_acted;           /* said more than its version */
  gboolean is_gone;
  GPtrArray *sessions;          /* element-type GstRtcHubSession, unowned */
} GstRtcHubPeer;

typedef struct
{
  gchar *id;
  gchar *producer_id;
  gchar *consumer_id;
} GstRtcHubSession;

struct _GstRtcHub
{
  guint max_sessions;           /* that a peer can ask for */

  GHashTable *peers;            /* id -> Peer */
  GHashTable *sessions;         /* id -> Session */
  GHashTable *listeners;        /* set of Peer, unowned */
  GHashTable *offering;         /* set of producers and passive consumers */

  /* what the call that runs now returns */
  GPtrArray *outputs;
};

void gst_rtc_hub_send (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message);
void gst_rtc_hub_refuse (GstRtcHub * self, const gchar * peer_id,
    const gchar * format, ...) G_GNUC_PRINTF (3, 4);
GstRtcHubPeer *gst_rtc_hub_get_peer (GstRtcHub * self, const gchar * id);
gboolean gst_rtc_hub_peer_has_role (GstRtcHubPeer * peer, GstRtcPeerRole role);
gboolean gst_rtc_hub_same_room (GstRtcHubPeer * a, GstRtcHubPeer * b);
gboolean gst_rtc_hub_check_may (GstRtcHub * self, GstRtcHubPeer * peer,
    GstRtcMay may, const gchar * what);

/* hubsessions.c */
void gst_rtc_hub_end_sessions_as (GstRtcHub * self, GstRtcHubPeer * peer,
    GstRtcPeerRole part);
void gst_rtc_hub_handle_start_session (GstRtcHub * self,
    const gchar * peer_id, GstRtcMessage * message);
void gst_rtc_hub_handle_peer (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message);
void gst_rtc_hub_handle_end_session (GstRtcHub * self, const gchar * peer_id,
    GstRtcMessage * message);

G_END_DECLS
