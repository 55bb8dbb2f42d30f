/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The URI of a signalling server, whose query can also say whom to connect
 * to: `peer-id=<id>` and `connect-to-first-producer=true`. The rest of the
 * query is the server's, a token for instance. Pure. */

#include "wsuri.h"

#include <libsoup/soup.h>

#define PEER_ID "peer-id="
#define CONNECT_TO_FIRST "connect-to-first-producer="

static GUri *
with_query (GUri * uri, const gchar * query)
{
  return g_uri_build_with_user (g_uri_get_flags (uri), g_uri_get_scheme (uri),
      g_uri_get_user (uri), g_uri_get_password (uri),
      g_uri_get_auth_params (uri), g_uri_get_host (uri), g_uri_get_port (uri),
      g_uri_get_path (uri), query, NULL);
}

static gchar *
join (GPtrArray * params)
{
  if (params->len == 0)
    return NULL;

  g_ptr_array_add (params, NULL);

  return g_strjoinv ("&", (gchar **) params->pdata);
}

/* Takes what is ours out of the query: the URI that is returned is the one to
 * connect to. What is not there leaves its out parameter alone. */
GUri *
gst_rtc_ws_uri_parse (const gchar * text, gchar ** ret_peer_id,
    gboolean * ret_connect_to_first, GError ** error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS, error);
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  g_auto (GStrv) params = NULL;
  g_autofree gchar *query = NULL;

  if (!uri)
    return NULL;
  if ((g_strcmp0 (g_uri_get_scheme (uri), "ws") != 0
          && g_strcmp0 (g_uri_get_scheme (uri), "wss") != 0)
      || !g_uri_get_host (uri) || !*g_uri_get_host (uri)) {
    g_set_error_literal (error, G_URI_ERROR, G_URI_ERROR_BAD_SCHEME,
        "Not a ws:// or wss:// URI");
    return NULL;
  }

  params = g_strsplit (g_uri_get_query (uri) ? g_uri_get_query (uri) : "",
      "&", -1);
  for (gchar ** param = params; *param; param++) {
    if (g_str_has_prefix (*param, PEER_ID)) {
      g_free (*ret_peer_id);
      *ret_peer_id = g_uri_unescape_string (*param + strlen (PEER_ID), NULL);
    } else if (g_str_has_prefix (*param, CONNECT_TO_FIRST)) {
      *ret_connect_to_first =
          g_str_equal (*param + strlen (CONNECT_TO_FIRST), "true");
    } else if (**param) {
      g_ptr_array_add (others, *param);
    }
  }
  query = join (others);

  return with_query (uri, query);
}

/* The other way round, for the property */
gchar *
gst_rtc_ws_uri_show (GUri * uri, const gchar * peer_id,
    gboolean connect_to_first)
{
  g_autoptr (GPtrArray) params = g_ptr_array_new ();
  g_autofree gchar *ours = NULL;
  g_autofree gchar *query = NULL;
  g_autoptr (GUri) shown = NULL;

  if (connect_to_first) {
    ours = g_strdup (CONNECT_TO_FIRST "true");
  } else if (peer_id) {
    g_autofree gchar *escaped = g_uri_escape_string (peer_id, NULL, TRUE);

    ours = g_strconcat (PEER_ID, escaped, NULL);
  }

  if (g_uri_get_query (uri))
    g_ptr_array_add (params, (gpointer) g_uri_get_query (uri));
  if (ours)
    g_ptr_array_add (params, ours);
  query = join (params);
  shown = with_query (uri, query);

  return g_uri_to_string (shown);
}
