/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the signalling server can be told. Each is a property of the server, of
 * webrtcsink (signalling-server-NAME) and an option of the program (--NAME). */
typedef struct
{
  gchar *host;
  guint port;
  gchar *unix_socket;
  gchar *cert;
  gchar *key;
  GstStructure *headers;
  gchar *web_root;
  gchar *admin;

  gchar *allow_origin;
  gchar *allow_host;
  gchar *auth_tokens;
  gchar *auth_jwt_key;
  gchar *auth_jwt_algorithm;

  guint max_clients;
  gint max_clients_per_address;
  guint max_message_bytes;
  guint max_messages_per_second;
  guint max_sessions_per_peer;
  guint handshake_timeout;
  guint ping_interval;
  guint pong_timeout;
  guint resume_timeout;

  gchar *stun;
  gchar *turn;
  gchar *turn_secret;
  guint turn_ttl;
  gboolean turn_for_all;
} GstRtcServerSettings;

typedef struct
{
  const gchar *name;
  const gchar *blurb;
  GType type;
  gsize offset;
  const gchar *text;            /* default of a string */
  gint64 number;                /* default of all others */
  gint64 least;
  gint64 most;
} GstRtcServerSetting;

const GstRtcServerSetting *gst_rtc_server_settings_list (guint * ret_n);

GstRtcServerSettings *gst_rtc_server_settings_new (void);
GstRtcServerSettings *gst_rtc_server_settings_copy (const GstRtcServerSettings *
    self);
void gst_rtc_server_settings_free (GstRtcServerSettings * self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcServerSettings,
    gst_rtc_server_settings_free)

GParamSpec *gst_rtc_server_setting_to_pspec (const GstRtcServerSetting *
    setting, const gchar * name);
void gst_rtc_server_settings_set (GstRtcServerSettings * self, guint index,
    const GValue * value);
void gst_rtc_server_settings_get (const GstRtcServerSettings * self,
    guint index, GValue * value);

G_END_DECLS
