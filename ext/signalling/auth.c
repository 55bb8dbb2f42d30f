/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who is let in: tokens of a file, and JSON web tokens signed with a key.
 *
 * A line of the file is a token and what it is good for:
 *
 *     TOKEN [roles=produce,consume,list] [room=NAME] [expires=WHEN]
 *     sha256:HEX ...
 *
 * WHEN is a date of ISO 8601 or seconds since 1970; without roles a token is
 * good for all. Tokens are kept and compared as their SHA-256, each time
 * against all of them and without a branch in between, so that how long it
 * takes says nothing. What goes wrong is told without what was shown.
 *
 * Nothing changes after creation: reading the file again makes a new object.
 */

#include "auth.h"

#include <string.h>

#include "jsonwebtoken.h"

#define DIGEST_BYTES 32
#define HASHED "sha256:"

typedef struct
{
  guint8 digest[DIGEST_BYTES];
  GstRtcGrant *grant;
} Token;

struct _GstRtcAuth
{
  gboolean is_open;             /* nobody needs anything */
  GPtrArray *tokens;            /* element-type Token */
  GstRtcJwtKey *jwt_key;        /* nullable */
};

static void
token_free (Token * token)
{
  g_clear_pointer (&token->grant, gst_rtc_grant_free);
  g_free (token);
}

static void
digest_text (const gchar * text, guint8 ret_digest[DIGEST_BYTES])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = DIGEST_BYTES;

  g_checksum_update (checksum, (const guchar *) text, -1);
  g_checksum_get_digest (checksum, ret_digest, &length);
}

static gboolean
parse_digest (const gchar * hex, guint8 ret_digest[DIGEST_BYTES])
{
  if (strlen (hex) != 2 * DIGEST_BYTES)
    return FALSE;

  for (guint i = 0; i < DIGEST_BYTES; i++) {
    const gint high = g_ascii_xdigit_value (hex[2 * i]);
    const gint low = g_ascii_xdigit_value (hex[2 * i + 1]);

    if (high < 0 || low < 0)
      return FALSE;
    ret_digest[i] = high << 4 | low;
  }

  return TRUE;
}

static gboolean
parse_expiry (const gchar * text, gint64 * ret_expires)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) date = NULL;

  if (g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64,
          (guint64 *) ret_expires, NULL))
    return TRUE;

  date = g_date_time_new_from_iso8601 (text, utc);
  if (date)
    *ret_expires = g_date_time_to_unix (date);

  return date != NULL;
}

static gboolean
parse_field (const gchar * field, GstRtcGrant * grant)
{
  if (g_str_has_prefix (field, "roles="))
    return gst_rtc_grant_parse_roles (field + strlen ("roles="), &grant->may);
  if (g_str_has_prefix (field, "expires="))
    return parse_expiry (field + strlen ("expires="), &grant->expires);
  if (!g_str_has_prefix (field, "room=") || !field[strlen ("room=")])
    return FALSE;

  g_free (grant->room);
  grant->room = g_strdup (field + strlen ("room="));

  return TRUE;
}

static void
add_token (GstRtcAuth * self, const guint8 * digest, GstRtcGrant * grant)
{
  Token *token = g_new0 (Token, 1);

  memcpy (token->digest, digest, DIGEST_BYTES);
  token->grant = grant;
  grant->authenticated = TRUE;
  g_ptr_array_add (self->tokens, token);
}

static gboolean
parse_line (GstRtcAuth * self, const gchar * line)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t\r", -1);
  g_autoptr (GstRtcGrant) grant = gst_rtc_grant_new ();
  guint8 digest[DIGEST_BYTES];
  const gchar *token = NULL;

  for (gchar ** word = words; *word && **word != '#'; word++) {
    if (!**word)
      continue;
    if (!token)
      token = *word;
    else if (!parse_field (*word, grant))
      return FALSE;
  }
  if (!token)
    return TRUE;

  if (!g_str_has_prefix (token, HASHED))
    digest_text (token, digest);
  else if (!parse_digest (token + strlen (HASHED), digest))
    return FALSE;
  add_token (self, digest, g_steal_pointer (&grant));

  return TRUE;
}

static gboolean
read_tokens (GstRtcAuth * self, const gchar * file, GError ** error)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (file, &text, NULL, error))
    return FALSE;

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    if (!parse_line (self, lines[i])) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          "%s, line %u: not a token with roles, room and expires", file, i + 1);
      return FALSE;
    }
  }

  return TRUE;
}

static void
add_own_token (GstRtcAuth * self, const gchar * text)
{
  guint8 digest[DIGEST_BYTES];

  digest_text (text, digest);
  add_token (self, digest, gst_rtc_grant_new ());
}

/* Fails when a file cannot be read or understood */
GstRtcAuth *
gst_rtc_auth_new (const GstRtcAuthSettings * settings, GError ** error)
{
  GstRtcAuth *self = g_new0 (GstRtcAuth, 1);

  self->is_open = !settings->tokens_file && !settings->jwt_key_file;
  self->tokens = g_ptr_array_new_with_free_func ((GDestroyNotify) token_free);
  if (settings->own_token)
    add_own_token (self, settings->own_token);

  if (settings->jwt_key_file) {
    self->jwt_key = gst_rtc_jwt_key_new (settings->jwt_key_file,
        settings->jwt_algorithm, error);
    if (!self->jwt_key) {
      gst_rtc_auth_free (self);
      return NULL;
    }
  }
  if (settings->tokens_file && !read_tokens (self, settings->tokens_file,
          error)) {
    gst_rtc_auth_free (self);
    return NULL;
  }

  return self;
}

void
gst_rtc_auth_free (GstRtcAuth * self)
{
  g_clear_pointer (&self->jwt_key, gst_rtc_jwt_key_free);
  g_ptr_array_unref (self->tokens);
  g_free (self);
}

static gboolean
same_digest (const guint8 * a, const guint8 * b)
{
  guint8 difference = 0;

  for (guint i = 0; i < DIGEST_BYTES; i++)
    difference |= a[i] ^ b[i];

  return difference == 0;
}

static GstRtcGrant *
find_token (GstRtcAuth * self, const gchar * text)
{
  guint8 digest[DIGEST_BYTES];
  GstRtcGrant *found = NULL;

  digest_text (text, digest);
  for (guint i = 0; i < self->tokens->len; i++) {
    Token *token = g_ptr_array_index (self->tokens, i);

    if (same_digest (token->digest, digest))
      found = token->grant;
  }

  return found;
}

/* What these credentials are good for at the time @now, in seconds since
 * 1970. NULL is nobody's. */
GstRtcGrant *
gst_rtc_auth_check (GstRtcAuth * self, const gchar * credentials, gint64 now,
    GError ** error)
{
  GstRtcGrant *found = credentials ? find_token (self, credentials) : NULL;

  if (found && (found->expires == 0 || found->expires > now))
    return gst_rtc_grant_copy (found);
  if (self->is_open)
    return gst_rtc_grant_new ();

  if (!credentials)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "no credentials");
  else if (found)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "expired token");
  else if (self->jwt_key)
    return gst_rtc_jwt_key_check (self->jwt_key, credentials, now, error);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
        "unknown token");

  return NULL;
}
