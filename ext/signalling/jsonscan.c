/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A look at JSON text that nobody has parsed yet: whether a parser may have it.
 * Pure. */

#include "jsonscan.h"

#include <string.h>

#include "protocol.h"

/* How long the escape that begins here is (RFC 8259 section 7); 0: it is none */
static gsize
escape_length (const gchar * text, gsize length)
{
  if (length < 2)
    return 0;
  if (text[1] != 'u')
    return memchr ("\"\\/bfnrt", text[1], 8) ? 2 : 0;

  for (gsize i = 2; i < 6; i++) {
    if (i >= length || !g_ascii_isxdigit (text[i]))
      return 0;
  }

  return 6;
}

/* How long the string that begins here is, with its quotes; 0: it is none */
static gsize
string_length (const gchar * text, gsize length)
{
  gsize i = 1;

  while (i < length && text[i] != '"') {
    const gsize step =
        text[i] == '\\' ? escape_length (text + i, length - i) : 1;

    if (step == 0 || (guchar) text[i] < ' ')
      return 0;
    i += step;
  }

  return i < length ? i + 1 : 0;
}

static gsize
token_length (const gchar * text, gsize length)
{
  /* brackets, numbers, and the letters of true, false and null */
  static const gchar bare[] = " \t\r\n[]{}:,+-.0123456789Eaeflnrstu";

  if (*text == '"')
    return string_length (text, length);

  return memchr (bare, *text, sizeof bare - 1) ? 1 : 0;
}

static gboolean
check_tokens (const gchar * text, gsize length, GError ** error)
{
  gboolean is_over = FALSE;
  guint depth = 0;
  gsize step;

  for (gsize i = 0; i < length; i += step) {
    step = token_length (text + i, length - i);
    if (step == 0 || (is_over && !g_ascii_isspace (text[i]))) {
      g_set_error (error, GST_RTC_PROTOCOL_ERROR,
          GST_RTC_PROTOCOL_ERROR_NOT_JSON, "not JSON at byte %" G_GSIZE_FORMAT,
          i);
      return FALSE;
    }

    if (text[i] == '[' || text[i] == '{')
      depth++;
    else if ((text[i] == ']' || text[i] == '}') && depth > 0)
      is_over = --depth == 0;
    if (depth > GST_RTC_PROTOCOL_MAX_DEPTH) {
      g_set_error_literal (error, GST_RTC_PROTOCOL_ERROR,
          GST_RTC_PROTOCOL_ERROR_TOO_DEEP, "nested too deeply");
      return FALSE;
    }
  }

  return TRUE;
}

/* Size, encoding, tokens and depth of a text that nobody has parsed yet.
 * json-glib also takes comments, strings in single quotes, other escapes and
 * other numbers: what it sees and we do not could hide brackets from us, and
 * octal escapes would make text that is not UTF-8. What comes after an object
 * it reads as another one, and loses the first. Whether the tokens are in
 * order is the parser's matter. */
gboolean
gst_rtc_json_scan (const gchar * text, gsize length, GError ** error)
{
  if (length > GST_RTC_PROTOCOL_MAX_BYTES) {
    g_set_error (error, GST_RTC_PROTOCOL_ERROR,
        GST_RTC_PROTOCOL_ERROR_TOO_LARGE, "%" G_GSIZE_FORMAT
        " bytes are too many", length);
    return FALSE;
  }
  if (!g_utf8_validate (text, length, NULL)) {
    g_set_error_literal (error, GST_RTC_PROTOCOL_ERROR,
        GST_RTC_PROTOCOL_ERROR_NOT_JSON, "not UTF-8");
    return FALSE;
  }

  return check_tokens (text, length, error);
}
