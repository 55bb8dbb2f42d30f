/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the request that opens a WebSocket says about who asks.
 *
 * A page of any origin may open a WebSocket to any address, so a request with
 * an Origin header is only let in when that names the host the request was
 * sent to, or is in allow-origin. That is of no use when the page's own host
 * name was made to point to this machine (DNS rebinding): what comes in on
 * loopback must have been sent to a name of it, or to an address, or to a name
 * in allow-host.
 */

#include "admission.h"

#include <string.h>

#include "budget.h"

#define BEARER "Bearer "

static gchar **
split (const gchar * list)
{
  return list ? g_strsplit_set (list, ", ", -1) : NULL;
}

static gboolean
contains (gchar ** list, const gchar * text)
{
  return list && (g_strv_contains ((const gchar * const *) list, "*")
      || g_strv_contains ((const gchar * const *) list, text));
}

void
gst_rtc_admission_init (GstRtcAdmission * self,
    const GstRtcServerSettings * settings)
{
  self->server_host = g_strdup (settings->host);
  self->allowed_origins = split (settings->allow_origin);
  self->allowed_hosts = split (settings->allow_host);
}

void
gst_rtc_admission_clear (GstRtcAdmission * self)
{
  g_free (self->server_host);
  g_strfreev (self->allowed_origins);
  g_strfreev (self->allowed_hosts);
}

static gchar *
host_of (const gchar * uri_text)
{
  g_autoptr (GUri) uri = g_uri_parse (uri_text, SOUP_HTTP_URI_FLAGS, NULL);

  return uri ? g_strdup (g_uri_get_host (uri)) : NULL;
}

static gchar *
host_of_header (const gchar * host_header)
{
  g_autofree gchar *uri_text = g_strconcat ("http://", host_header, NULL);

  return host_of (uri_text);
}

/* Host names only: a page served on one port may use the server on another */
gboolean
gst_rtc_admission_is_same_host (const gchar * origin, const gchar * host_header)
{
  g_autofree gchar *host = host_of_header (host_header);
  g_autofree gchar *origin_host = host_of (origin);

  return host && origin_host && g_ascii_strcasecmp (host, origin_host) == 0;
}

/* Whether this can only mean this machine, or was chosen by whoever runs it */
gboolean
gst_rtc_admission_is_local_name (GstRtcAdmission * self,
    const gchar * host_header)
{
  g_autofree gchar *host = host_of_header (host_header);
  g_autofree gchar *lower = host ? g_ascii_strdown (host, -1) : NULL;

  return lower && (g_hostname_is_ip_address (lower)
      || g_str_equal (lower, "localhost")
      || g_str_has_suffix (lower, ".localhost")
      || (self->server_host
          && g_ascii_strcasecmp (lower, self->server_host) == 0)
      || contains (self->allowed_hosts, lower));
}

static gboolean
is_on_loopback (SoupServerMessage * message)
{
  GSocketAddress *local = soup_server_message_get_local_address (message);

  return local && G_IS_INET_SOCKET_ADDRESS (local)
      && g_inet_address_get_is_loopback (g_inet_socket_address_get_address
      (G_INET_SOCKET_ADDRESS (local)));
}

gboolean
gst_rtc_admission_check_host (GstRtcAdmission * self,
    SoupServerMessage * message)
{
  const gchar *host =
      soup_message_headers_get_one (soup_server_message_get_request_headers
      (message), "Host");

  return !host || !is_on_loopback (message)
      || gst_rtc_admission_is_local_name (self, host);
}

gboolean
gst_rtc_admission_check_origin (GstRtcAdmission * self,
    SoupServerMessage * message)
{
  SoupMessageHeaders *request =
      soup_server_message_get_request_headers (message);
  const gchar *origin = soup_message_headers_get_one (request, "Origin");
  const gchar *host = soup_message_headers_get_one (request, "Host");

  if (!origin || contains (self->allowed_origins, origin))
    return TRUE;

  return host && gst_rtc_admission_is_same_host (origin, host);
}

/* Authorization: Bearer, or access_token of the query (RFC 6750 2.1, 2.3) */
gchar *
gst_rtc_admission_get_credentials (SoupServerMessage * message)
{
  SoupMessageHeaders *request =
      soup_server_message_get_request_headers (message);
  const gchar *header = soup_message_headers_get_one (request, "Authorization");
  const gchar *query = g_uri_get_query (soup_server_message_get_uri (message));
  g_autoptr (GHashTable) fields = NULL;

  if (header && g_ascii_strncasecmp (header, BEARER, strlen (BEARER)) == 0)
    return g_strstrip (g_strdup (header + strlen (BEARER)));
  if (!query)
    return NULL;

  fields = soup_form_decode (query);

  return g_strdup (g_hash_table_lookup (fields, "access_token"));
}

/* The name under which its clients are counted */
gchar *
gst_rtc_admission_get_address (SoupServerMessage * message)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);

  return gst_rtc_addresses_name (remote && G_IS_INET_SOCKET_ADDRESS (remote) ?
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)) :
      NULL);
}
