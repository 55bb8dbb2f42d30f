/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* JSON web tokens (RFC 7519) that are signed with one key and its one
 * algorithm. Which algorithm a token names is compared before anything is
 * believed: with another one, the same bytes could be a valid signature
 * (RFC 8725 2.1).
 *
 * Claims: exp is required; nbf; roles, an array of names or a text with spaces
 * or commas, all if it is not there; room.
 */

#include "config.h"

#include "jsonwebtoken.h"

#ifdef HAVE_LIBJWT

#include <errno.h>
#include <json-glib/json-glib.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "jsonscan.h"

/* RFC 7518 3.2: as long as the hash */
#define GOOD_KEY_BYTES 32
#define MAX_TOKEN_BYTES 8192

struct _GstRtcJwtKey
{
  jwt_alg_t algorithm;
  GBytes *key;
};

static gboolean
is_shared_secret (jwt_alg_t algorithm)
{
  return algorithm == JWT_ALG_HS256 || algorithm == JWT_ALG_HS384
      || algorithm == JWT_ALG_HS512;
}

static GstRtcJwtKey *
key_new (jwt_alg_t algorithm, gchar * text, gsize length)
{
  GstRtcJwtKey *self = g_new0 (GstRtcJwtKey, 1);

  /* an editor's line end is not meant */
  if (is_shared_secret (algorithm)) {
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
      length--;
    if (length < GOOD_KEY_BYTES)
      GST_WARNING ("the key of JSON web tokens has %" G_GSIZE_FORMAT
          " bytes, %d would be safe", length, GOOD_KEY_BYTES);
  }
  self->algorithm = algorithm;
  self->key = g_bytes_new_take (text, length);

  return self;
}

GstRtcJwtKey *
gst_rtc_jwt_key_new (const gchar * file, const gchar * algorithm,
    GError ** error)
{
  const jwt_alg_t id = jwt_str_alg (algorithm ? algorithm : "HS256");
  gchar *text;
  gsize length;

  if (id == JWT_ALG_INVAL || id == JWT_ALG_NONE) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "'%s' is no algorithm to sign with", algorithm);
    return NULL;
  }
  if (!g_file_get_contents (file, &text, &length, error))
    return NULL;
  if (length == 0) {
    g_free (text);
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "%s holds no key", file);
    return NULL;
  }

  return key_new (id, text, length);
}

void
gst_rtc_jwt_key_free (GstRtcJwtKey * self)
{
  g_bytes_unref (self->key);
  g_free (self);
}

static gboolean
refuse (GError ** error, const gchar * why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, why);

  return FALSE;
}

/* The parser of libjwt recurses, as others do */
static gboolean
is_harmless (const gchar * text)
{
  g_auto (GStrv) parts = NULL;

  if (strlen (text) > MAX_TOKEN_BYTES)
    return FALSE;

  parts = g_strsplit (text, ".", -1);
  if (g_strv_length (parts) != 3)
    return FALSE;
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *padded = g_strconcat (parts[i], "==", NULL);
    g_autofree guchar *json = NULL;
    gsize length;

    g_strdelimit (padded, "-", '+');
    g_strdelimit (padded, "_", '/');
    if (strlen (parts[i]) % 4 == 0)
      padded[strlen (parts[i])] = '\0';
    else if (strlen (parts[i]) % 4 == 3)
      padded[strlen (parts[i]) + 1] = '\0';
    json = g_base64_decode (padded, &length);
    if (!gst_rtc_json_scan ((const gchar *) json, length, NULL))
      return FALSE;
  }

  return TRUE;
}

static gboolean
read_roles (jwt_t * jwt, GstRtcGrant * grant)
{
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GString) names = g_string_new (NULL);
  gchar *json = jwt_get_grants_json (jwt, "roles");
  JsonArray *array;

  if (!json)
    return TRUE;
  node = json_from_string (json, NULL);
  free (json);
  if (!node)
    return FALSE;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return gst_rtc_grant_parse_roles (json_node_get_string (node), &grant->may);
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;

  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *name = json_array_get_element (array, i);

    if (json_node_get_value_type (name) != G_TYPE_STRING)
      return FALSE;
    g_string_append_printf (names, "%s ", json_node_get_string (name));
  }

  return gst_rtc_grant_parse_roles (names->str, &grant->may);
}

static gboolean
has_claim (jwt_t * jwt, const gchar * name)
{
  gchar *json = jwt_get_grants_json (jwt, name);
  const gboolean there = json != NULL;

  free (json);

  return there;
}

static gboolean
read_claims (jwt_t * jwt, gint64 now, GstRtcGrant * grant, GError ** error)
{
  const gchar *room = jwt_get_grant (jwt, "room");
  gint64 begins;

  errno = 0;
  grant->expires = jwt_get_grant_int (jwt, "exp");
  if (errno != 0 || grant->expires <= 0)
    return refuse (error, "token without exp");
  if (grant->expires <= now)
    return refuse (error, "expired token");

  errno = 0;
  begins = jwt_get_grant_int (jwt, "nbf");
  if (errno == 0 ? begins > now : has_claim (jwt, "nbf"))
    return refuse (error, "token that is not valid yet");

  if ((!room || !*room) && has_claim (jwt, "room"))
    return refuse (error, "token with a bad room");
  if (!read_roles (jwt, grant))
    return refuse (error, "token with bad roles");

  grant->room = g_strdup (room);
  grant->authenticated = TRUE;

  return TRUE;
}

/* What a token is good for, if it is one */
GstRtcGrant *
gst_rtc_jwt_key_check (GstRtcJwtKey * self, const gchar * text, gint64 now,
    GError ** error)
{
  g_autoptr (GstRtcGrant) grant = gst_rtc_grant_new ();
  gsize length;
  const guint8 *key = g_bytes_get_data (self->key, &length);
  jwt_t *jwt = NULL;
  gboolean is_good = FALSE;

  if (!is_harmless (text) || jwt_decode (&jwt, text, key, length) != 0)
    refuse (error, "token that is not valid");
  else if (jwt_get_alg (jwt) != self->algorithm)
    refuse (error, "token of another algorithm");
  else
    is_good = read_claims (jwt, now, grant, error);
  if (jwt)
    jwt_free (jwt);

  return is_good ? g_steal_pointer (&grant) : NULL;
}

#else

GstRtcJwtKey *
gst_rtc_jwt_key_new (const gchar * file, const gchar * algorithm,
    GError ** error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "This server was built without libjwt, for JSON web tokens");

  return NULL;
}

void
gst_rtc_jwt_key_free (GstRtcJwtKey * self)
{
}

GstRtcGrant *
gst_rtc_jwt_key_check (GstRtcJwtKey * self, const gchar * text, gint64 now,
    GError ** error)
{
  g_return_val_if_reached (NULL);
}

#endif
