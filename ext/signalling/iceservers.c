/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ICE servers that a signalling server hands out. Pure, but for a secret that
 * is read from a file.
 *
 * Credentials are those of draft-uberti-behave-turn-rest: the user name says
 * until when it is good and whose it is, the password is its HMAC-SHA1 with a
 * secret that only the servers share.
 *
 * In JSON they are RTCIceServer dictionaries with URIs of RFC 7064 and 7065
 * (turn:host:port); webrtcbin has credentials in the URI, escaped, and two
 * slashes (turn://user:password@host:port).
 */

#include "iceservers.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_SERVERS 16

typedef struct
{
  gchar *uri;
  gboolean is_turn;
  gchar *user;                  /* NULL: made from the secret */
  gchar *password;
} Server;

struct _GstRtcIceServers
{
  GPtrArray *servers;           /* element-type Server */
  gchar *secret;                /* nullable */
  guint ttl;
};

static void
server_free (Server * server)
{
  g_free (server->uri);
  g_free (server->user);
  g_free (server->password);
  g_free (server);
}

static const gchar *
skip_slashes (const gchar * text)
{
  return g_str_has_prefix (text, "//") ? text + 2 : text;
}

/* [user:password@] in front of a host; the last @ counts */
static gboolean
take_user (Server * server, const gchar ** text)
{
  const gchar *at = strrchr (*text, '@');
  const gchar *colon = at ? memchr (*text, ':', at - *text) : NULL;

  if (!at)
    return TRUE;
  if (!colon)
    return FALSE;

  server->user = g_uri_unescape_segment (*text, colon, NULL);
  server->password = g_uri_unescape_segment (colon + 1, at, NULL);
  *text = at + 1;

  return server->user && server->password;
}

/* host, host:port or either with ?transport=... */
static gboolean
is_place (const gchar * text)
{
  return *text && *text != '?' && *text != ':' &&
      strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
      "0123456789.-_:[]?=%") == strlen (text);
}

static Server *
parse_server (const gchar * text, gboolean is_turn)
{
  static const gchar *const schemes[2][2] = {
    {"stun:", "stuns:"}, {"turn:", "turns:"}
  };
  Server *server = g_new0 (Server, 1);
  const gchar *scheme = schemes[is_turn][0];

  server->is_turn = is_turn;
  for (guint i = 0; i < 2; i++) {
    if (g_str_has_prefix (text, schemes[is_turn][i])) {
      scheme = schemes[is_turn][i];
      text += strlen (scheme);
      break;
    }
  }

  text = skip_slashes (text);
  if ((is_turn && !take_user (server, &text)) || !is_place (text)) {
    server_free (server);
    return NULL;
  }
  server->uri = g_strconcat (scheme, text, NULL);

  return server;
}

static gboolean
parse_list (GstRtcIceServers * self, const gchar * list, gboolean is_turn,
    GError ** error)
{
  g_auto (GStrv) words = g_strsplit_set (list ? list : "", ", ", -1);

  for (gchar ** word = words; *word; word++) {
    Server *server;

    if (!**word)
      continue;
    server = parse_server (*word, is_turn);
    if (!server) {
      /* a password may be in it */
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          "A %s server is not [%s:]HOST[:PORT][?transport=...]",
          is_turn ? "TURN" : "STUN", is_turn ? "turn" : "stun");
      return FALSE;
    }
    g_ptr_array_add (self->servers, server);
    if (is_turn && !server->user && !self->secret) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          "TURN server %s has neither a user nor a secret", server->uri);
      return FALSE;
    }
  }

  return TRUE;
}

static gboolean
read_secret (GstRtcIceServers * self, const gchar * secret, GError ** error)
{
  if (!secret)
    return TRUE;
  if (*secret != '@') {
    self->secret = g_strdup (secret);
    return TRUE;
  }
  if (!g_file_get_contents (secret + 1, &self->secret, NULL, error))
    return FALSE;
  g_strchomp (self->secret);

  return TRUE;
}

GstRtcIceServers *
gst_rtc_ice_servers_new (const gchar * stun, const gchar * turn,
    const gchar * turn_secret, guint turn_ttl, GError ** error)
{
  GstRtcIceServers *self = g_new0 (GstRtcIceServers, 1);

  self->servers = g_ptr_array_new_with_free_func ((GDestroyNotify) server_free);
  self->ttl = turn_ttl;
  if (read_secret (self, turn_secret, error)
      && parse_list (self, stun, FALSE, error)
      && parse_list (self, turn, TRUE, error))
    return self;

  gst_rtc_ice_servers_free (self);
  return NULL;
}

void
gst_rtc_ice_servers_free (GstRtcIceServers * self)
{
  g_ptr_array_unref (self->servers);
  g_free (self->secret);
  g_free (self);
}

static gchar *
make_password (GstRtcIceServers * self, const gchar * user)
{
  g_autoptr (GHmac) hmac = g_hmac_new (G_CHECKSUM_SHA1,
      (const guchar *) self->secret, strlen (self->secret));
  guint8 digest[20];
  gsize length = sizeof digest;

  g_hmac_update (hmac, (const guchar *) user, -1);
  g_hmac_get_digest (hmac, digest, &length);

  return g_base64_encode (digest, length);
}

static void
write_member (JsonBuilder * builder, const gchar * name, const gchar * text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
write_server (GstRtcIceServers * self, Server * server, const gchar * user,
    const gchar * password, JsonBuilder * builder)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "urls");
  json_builder_begin_array (builder);
  json_builder_add_string_value (builder, server->uri);
  json_builder_end_array (builder);
  if (server->is_turn) {
    write_member (builder, "username", server->user ? server->user : user);
    write_member (builder, "credential", server->user ? server->password :
        password);
  }
  json_builder_end_object (builder);
}

/* NULL if there are none. @now in seconds since 1970. */
JsonNode *
gst_rtc_ice_servers_to_json (GstRtcIceServers * self, const gchar * peer_id,
    gint64 now, gboolean with_turn)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  g_autofree gchar *user = g_strdup_printf ("%" G_GINT64_FORMAT ":%s",
      now + self->ttl, peer_id);
  g_autofree gchar *password = self->secret ? make_password (self, user) : NULL;
  guint n = 0;

  json_builder_begin_array (builder);
  for (guint i = 0; i < self->servers->len; i++) {
    Server *server = g_ptr_array_index (self->servers, i);

    if (server->is_turn && !with_turn)
      continue;
    write_server (self, server, user, password, builder);
    n++;
  }
  json_builder_end_array (builder);

  return n > 0 ? json_builder_get_root (builder) : NULL;
}

static const gchar *
get_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

/* webrtcbin wants a port; 5349 is that of TLS (RFC 7065) */
static gchar *
add_port (const gchar * place, const gchar * port)
{
  const gchar *query = strchr (place, '?');
  g_autofree gchar *host = g_strndup (place, query ? query - place :
      (gssize) strlen (place));
  const gchar *colon = strrchr (host, ':');

  if (colon && !strchr (colon, ']'))
    return g_strdup (place);

  return g_strconcat (host, ":", port, query, NULL);
}

static gchar *
make_uri (const gchar * uri, const gchar * user, const gchar * password)
{
  g_autofree gchar *place = NULL;
  g_autofree gchar *escaped_user = NULL;
  g_autofree gchar *escaped_password = NULL;
  const gchar *colon = strchr (uri, ':');

  if (!colon || !is_place (colon + 1))
    return NULL;
  if (g_str_has_prefix (uri, "stun:")) {
    place = add_port (colon + 1, "3478");
    return g_strconcat ("stun://", place, NULL);
  }
  if ((!g_str_has_prefix (uri, "turn:") && !g_str_has_prefix (uri, "turns:"))
      || !user || !password)
    return NULL;

  place = add_port (colon + 1, uri[4] == 's' ? "5349" : "3478");
  escaped_user = g_uri_escape_string (user, NULL, FALSE);
  escaped_password = g_uri_escape_string (password, NULL, FALSE);

  return g_strdup_printf ("%.*s://%s:%s@%s", (gint) (colon - uri), uri,
      escaped_user, escaped_password, place);
}

static void
add_server (GStrvBuilder * builder, JsonObject * server)
{
  JsonNode *node = json_object_get_member (server, "urls");
  JsonArray *urls = node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;

  for (guint i = 0; urls && i < MIN (json_array_get_length (urls),
          MAX_SERVERS); i++) {
    JsonNode *url = json_array_get_element (urls, i);
    g_autofree gchar *uri = NULL;

    if (json_node_get_value_type (url) == G_TYPE_STRING)
      uri = make_uri (json_node_get_string (url), get_text (server,
              "username"), get_text (server, "credential"));
    if (uri)
      g_strv_builder_add (builder, uri);
  }
}

/* What cannot be used is left out */
gchar **
gst_rtc_ice_uris_from_json (JsonNode * servers)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonArray *array = json_node_get_array (servers);

  for (guint i = 0; i < MIN (json_array_get_length (array), MAX_SERVERS); i++) {
    JsonNode *server = json_array_get_element (array, i);

    if (JSON_NODE_HOLDS_OBJECT (server))
      add_server (builder, json_node_get_object (server));
  }

  return g_strv_builder_end (builder);
}
