/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "budget.h"
#include "clients.h"
#include "hub.h"
#include "poller.h"
#include "resume.h"
#include "wsconn.h"

G_BEGIN_DECLS

typedef struct
{
  GstRtcClients *clients;
  gchar *id;
  GstRtcWsConn *conn;
  GstRtcGrant *grant;
  GDestroyNotify on_gone;
  gpointer gone_data;

  GstRtcBudget budget;
  guint64 n_received;           /* messages */
  GstRtcReplay replay;          /* of those that were sent, if resumable */
  guint64 n_asked;              /* how many were sent at the last ping */
  gint64 n_taken_over;          /* messages that the lost connection received */
  gboolean resumable;
  gboolean has_status;
  gboolean is_closing;
  gboolean is_paused;
  guint16 doom;                 /* code to close it with; 0: none */
  const gchar *doom_reason;
  GQueue *queue;                /* heard, pinged or closing */
  GList link;                   /* in there */
  gint64 since;                 /* when it got there */
} GstRtcClient;

struct _GstRtcClients
{
  GstRtcServerSettings *settings;
  GstRtcIceServers *ice_servers;        /* unowned */
  GstRtcHub *hub;
  GstRtcResume *resume;
  GstRtcMetrics metrics;
  GHashTable *by_id;            /* id -> GstRtcClient, the live ones */
  GQueue heard;                 /* element-type GstRtcClient, as the next three */
  GQueue pinged;
  GQueue closing;
  GQueue paused;
  GQueue doomed;                /* element-type utf8: ids */

  GMainContext *context;
  GstRtcPoller *poller;
  GSource *tick;
  GSource *thaw;                /* NULL while nobody is paused */
  guint n_streams;              /* not closed yet */
};

void gst_rtc_client_free (GstRtcClient * client);
void gst_rtc_client_ping (GstRtcClient * client);
void gst_rtc_client_move_to (GstRtcClient * client, GQueue * queue);
void gst_rtc_client_send_frame (GstRtcClient * client, GBytes * frame);
void gst_rtc_client_doom (GstRtcClient * client, guint16 code,
    const gchar * reason, GstRtcCount count);
void gst_rtc_client_begin_closing (GstRtcClient * client, guint16 code,
    const gchar * reason);
void gst_rtc_client_lose (GstRtcClient * client, GstRtcWsEnd end);

gsize gst_rtc_clients_deliver (GstRtcClients * self, GPtrArray * outputs);
void gst_rtc_clients_remove_peer (GstRtcClients * self, const gchar * id);
void gst_rtc_clients_settle (GstRtcClients * self);

/* clients-return.c */
void gst_rtc_client_look_at_status (GstRtcClient * client,
    GstRtcMessage * status);

/* clients-time.c */
void gst_rtc_clients_start_time (GstRtcClients * self);
void gst_rtc_clients_stop_time (GstRtcClients * self);
gboolean gst_rtc_client_is_expired (GstRtcClient * client);
void gst_rtc_client_pause (GstRtcClient * client);

G_END_DECLS
