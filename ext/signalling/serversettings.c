/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options of the signalling server, as one table: the properties of the
 * server and of webrtcsink and the options of the program are made from it.
 * Pure. */

#include "serversettings.h"

#include "protocol.h"

#define FIELD(field) G_STRUCT_OFFSET (GstRtcServerSettings, field)
#define TEXT(name, field, text, blurb) \
    {name, blurb, G_TYPE_STRING, FIELD (field), text, 0, 0, 0}
#define NUMBER(name, field, number, least, most, blurb) \
    {name, blurb, G_TYPE_UINT, FIELD (field), NULL, number, least, most}

static GstRtcServerSetting settings[] = {
  TEXT ("host", host, "0.0.0.0", "Name or address to listen on"),
  NUMBER ("port", port, 8443, 0, G_MAXUINT16, "Port to listen on, 0 for any"),
  TEXT ("unix-socket", unix_socket, NULL,
      "Listen on this Unix socket, and on no port"),
  TEXT ("cert", cert, NULL, "TLS certificate chain, a PEM file"),
  TEXT ("key", key, NULL, "Private key of the certificate, a PEM file"),
  {"headers", "Further headers of the upgrade response", G_TYPE_NONE,
      FIELD (headers), NULL, 0, 0, 0},
  TEXT ("web-root", web_root, NULL, "Folder to serve to browsers"),
  TEXT ("admin", admin, NULL,
      "ADDRESS:PORT for /healthz, /readyz and /metrics"),

  TEXT ("allow-origin", allow_origin, NULL, "Origins that are let in besides "
      "the server's own host, with commas between them, or *"),
  TEXT ("allow-host", allow_host, NULL, "Names that the server may be asked "
      "by on loopback, with commas between them, or *"),
  TEXT ("auth-tokens", auth_tokens, NULL,
      "File of tokens, one of which a client must have"),
  TEXT ("auth-jwt-key", auth_jwt_key, NULL,
      "File with the key of the JSON web tokens that are let in"),
  TEXT ("auth-jwt-algorithm", auth_jwt_algorithm, "HS256",
      "The algorithm of that key, and the only one"),

  NUMBER ("max-clients", max_clients, 16384, 1, G_MAXINT,
      "How many clients there can be"),
  {"max-clients-per-address", "How many of them may have one address, 0 for "
        "any number; -1: 1024, any number on loopback", G_TYPE_INT,
      FIELD (max_clients_per_address), NULL, -1, -1, G_MAXINT},
  NUMBER ("max-message-bytes", max_message_bytes, GST_RTC_PROTOCOL_MAX_BYTES,
      1024, GST_RTC_PROTOCOL_MAX_BYTES,
      "How long a message may be, all fragments together"),
  NUMBER ("max-messages-per-second", max_messages_per_second, 1000, 1,
      1000000, "How many messages of a client are handled in a second; large "
      "ones count more"),
  NUMBER ("max-sessions-per-peer", max_sessions_per_peer, 1000, 1, G_MAXINT,
      "How many sessions a peer can ask for at a time"),
  NUMBER ("handshake-timeout", handshake_timeout, 10, 1, 3600,
      "Seconds until a connection must be a WebSocket"),
  NUMBER ("ping-interval", ping_interval, 30, 1, 3600,
      "Seconds of silence after which a client is pinged"),
  NUMBER ("pong-timeout", pong_timeout, 15, 1, 3600,
      "Seconds it has to answer to that"),
  NUMBER ("resume-timeout", resume_timeout, 8, 0, 3600,
      "Seconds in which a lost client can come back, 0: it cannot"),

  TEXT ("stun", stun, NULL,
      "STUN servers for clients, with commas between them"),
  TEXT ("turn", turn, NULL,
      "TURN servers for clients, with commas between them"),
  TEXT ("turn-secret", turn_secret, NULL,
      "What the TURN servers call static-auth-secret, or @FILE that has it"),
  NUMBER ("turn-ttl", turn_ttl, 86400, 60, G_MAXINT,
      "Seconds for which TURN credentials are good"),
  {"turn-for-all", "TURN servers also for clients without credentials",
      G_TYPE_BOOLEAN, FIELD (turn_for_all), NULL, FALSE, FALSE, TRUE},
};

const GstRtcServerSetting *
gst_rtc_server_settings_list (guint * ret_n)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    /* no constant */
    for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
      if (settings[i].type == G_TYPE_NONE)
        settings[i].type = GST_TYPE_STRUCTURE;
    }
    g_once_init_leave (&done, 1);
  }
  *ret_n = G_N_ELEMENTS (settings);

  return settings;
}

static gpointer
get_field (const GstRtcServerSettings * self, const GstRtcServerSetting * entry)
{
  return G_STRUCT_MEMBER_P (self, entry->offset);
}

static void
set_text (gchar ** field, const gchar * text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
set_structure (GstStructure ** field, const GstStructure * value)
{
  g_clear_pointer (field, gst_structure_free);
  if (value)
    *field = gst_structure_copy (value);
}

GstRtcServerSettings *
gst_rtc_server_settings_new (void)
{
  GstRtcServerSettings *self = g_new0 (GstRtcServerSettings, 1);
  guint n;
  const GstRtcServerSetting *list = gst_rtc_server_settings_list (&n);

  for (guint i = 0; i < n; i++) {
    gpointer field = get_field (self, &list[i]);

    if (list[i].type == G_TYPE_STRING)
      set_text (field, list[i].text);
    else if (list[i].type != GST_TYPE_STRUCTURE)
      *(gint *) field = list[i].number;
  }

  return self;
}

GstRtcServerSettings *
gst_rtc_server_settings_copy (const GstRtcServerSettings * self)
{
  GstRtcServerSettings *copy = gst_rtc_server_settings_new ();
  guint n;
  const GstRtcServerSetting *list = gst_rtc_server_settings_list (&n);

  for (guint i = 0; i < n; i++) {
    gpointer from = get_field (self, &list[i]);
    gpointer to = get_field (copy, &list[i]);

    if (list[i].type == G_TYPE_STRING)
      set_text (to, *(gchar **) from);
    else if (list[i].type == GST_TYPE_STRUCTURE)
      set_structure (to, *(GstStructure **) from);
    else
      *(gint *) to = *(gint *) from;
  }

  return copy;
}

void
gst_rtc_server_settings_free (GstRtcServerSettings * self)
{
  guint n;
  const GstRtcServerSetting *list = gst_rtc_server_settings_list (&n);

  for (guint i = 0; i < n; i++) {
    gpointer field = get_field (self, &list[i]);

    if (list[i].type == G_TYPE_STRING)
      g_free (*(gchar **) field);
    else if (list[i].type == GST_TYPE_STRUCTURE)
      set_structure (field, NULL);
  }
  g_free (self);
}

GParamSpec *
gst_rtc_server_setting_to_pspec (const GstRtcServerSetting * setting,
    const gchar * name)
{
  const GParamFlags flags = G_PARAM_READWRITE;

  if (setting->type == G_TYPE_STRING)
    return g_param_spec_string (name, NULL, setting->blurb, setting->text,
        flags);
  if (setting->type == G_TYPE_BOOLEAN)
    return g_param_spec_boolean (name, NULL, setting->blurb, setting->number,
        flags);
  if (setting->type == G_TYPE_INT)
    return g_param_spec_int (name, NULL, setting->blurb, setting->least,
        setting->most, setting->number, flags);
  if (setting->type == G_TYPE_UINT)
    return g_param_spec_uint (name, NULL, setting->blurb, setting->least,
        setting->most, setting->number, flags);

  return g_param_spec_boxed (name, NULL, setting->blurb, setting->type, flags);
}

void
gst_rtc_server_settings_set (GstRtcServerSettings * self, guint index,
    const GValue * value)
{
  gpointer field = get_field (self, &settings[index]);
  const GType type = settings[index].type;

  if (type == G_TYPE_STRING)
    set_text (field, g_value_get_string (value));
  else if (type == G_TYPE_BOOLEAN)
    *(gboolean *) field = g_value_get_boolean (value);
  else if (type == G_TYPE_INT)
    *(gint *) field = g_value_get_int (value);
  else if (type == G_TYPE_UINT)
    *(guint *) field = g_value_get_uint (value);
  else
    set_structure (field, g_value_get_boxed (value));
}

void
gst_rtc_server_settings_get (const GstRtcServerSettings * self, guint index,
    GValue * value)
{
  gpointer field = get_field (self, &settings[index]);
  const GType type = settings[index].type;

  if (type == G_TYPE_STRING)
    g_value_set_string (value, *(gchar **) field);
  else if (type == G_TYPE_BOOLEAN)
    g_value_set_boolean (value, *(gboolean *) field);
  else if (type == G_TYPE_INT)
    g_value_set_int (value, *(gint *) field);
  else if (type == G_TYPE_UINT)
    g_value_set_uint (value, *(guint *) field);
  else
    g_value_set_boxed (value, *(GstStructure **) field);
}
