/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sockets that listen: an address and a port, or the path of a Unix socket */

#include "listen.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define BACKLOG 512

static GInetAddress *
resolve (const gchar * host, GError ** error)
{
  g_autofree gchar *bare = g_strdup (host);
  g_autoptr (GResolver) resolver = NULL;
  GInetAddress *address;
  GList *found;

  if (bare[0] == '[' && g_str_has_suffix (bare, "]")) {
    bare[strlen (bare) - 1] = '\0';
    memmove (bare, bare + 1, strlen (bare));
  }
  address = g_inet_address_new_from_string (bare);
  if (address)
    return address;

  resolver = g_resolver_get_default ();
  found = g_resolver_lookup_by_name (resolver, bare, NULL, error);
  if (!found)
    return NULL;
  address = g_object_ref (found->data);
  g_resolver_free_addresses (found);

  return address;
}

static gboolean
is_socket (const gchar * path)
{
  GStatBuf status;

  return g_lstat (path, &status) == 0 && S_ISSOCK (status.st_mode);
}

static gboolean
is_listened_to (GSocketAddress * address)
{
  g_autoptr (GSocket) probe = g_socket_new (G_SOCKET_FAMILY_UNIX,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);

  return probe && g_socket_connect (probe, address, NULL, NULL);
}

/* What a server that was killed left behind is in the way */
static GSocketAddress *
make_unix_address (const gchar * path)
{
  GSocketAddress *address = g_unix_socket_address_new (path);

  if (is_socket (path) && !is_listened_to (address))
    g_unlink (path);

  return address;
}

static GSocketAddress *
make_address (const gchar * host, guint port, const gchar * unix_socket,
    GError ** error)
{
  g_autoptr (GInetAddress) inet = NULL;

  if (unix_socket)
    return make_unix_address (unix_socket);

  inet = resolve (host, error);

  return inet ? g_inet_socket_address_new (inet, port) : NULL;
}

/* With @unix_socket host and port are not looked at, and the port is 0 */
GSocket *
gst_rtc_listen (const gchar * host, guint port, const gchar * unix_socket,
    guint * ret_port, GError ** error)
{
  g_autoptr (GSocketAddress) wanted = make_address (host, port, unix_socket,
      error);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) bind_error = NULL;

  if (!wanted)
    return NULL;
  socket = g_socket_new (g_socket_address_get_family (wanted),
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (!socket)
    return NULL;

  g_socket_set_blocking (socket, FALSE);
  g_socket_set_listen_backlog (socket, BACKLOG);
  if (!g_socket_bind (socket, wanted, TRUE, &bind_error)
      || !g_socket_listen (socket, &bind_error)) {
    g_autofree gchar *name = unix_socket ? g_strdup (unix_socket) :
        g_strdup_printf ("%s port %u", host, port);

    g_set_error (error, bind_error->domain, bind_error->code,
        "Cannot listen on %s: %s", name, bind_error->message);
    return NULL;
  }

  bound = g_socket_get_local_address (socket, error);
  if (!bound)
    return NULL;
  *ret_port = unix_socket ? 0 :
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));

  return g_steal_pointer (&socket);
}

/* HOST:PORT, the host of IPv6 in brackets */
gboolean
gst_rtc_split_address (const gchar * text, gchar ** ret_host, guint * ret_port,
    GError ** error)
{
  const gchar *colon = strrchr (text, ':');
  guint64 port;

  if (!colon || colon == text || !g_ascii_string_to_unsigned (colon + 1, 10, 0,
          G_MAXUINT16, &port, NULL)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "'%s' is not ADDRESS:PORT", text);
    return FALSE;
  }

  *ret_host = g_strndup (text, colon - text);
  *ret_port = port;

  return TRUE;
}
