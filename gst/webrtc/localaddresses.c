/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "localaddresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

static gchar *
address_text (const struct sockaddr *address)
{
  gchar text[INET6_ADDRSTRLEN];
  const void *bytes;

  if (address->sa_family == AF_INET)
    bytes = &((const struct sockaddr_in *) address)->sin_addr;
  else if (address->sa_family == AF_INET6)
    bytes = &((const struct sockaddr_in6 *) address)->sin6_addr;
  else
    return NULL;

  if (!inet_ntop (address->sa_family, bytes, text, sizeof (text)))
    return NULL;

  return g_strdup (text);
}

/**
 * gst_rtc_get_loopback_if_alone:
 *
 * Returns: (transfer full) (nullable): the addresses of the loopback
 *     interface if it is the only one that is up and has an address, else
 *     %NULL
 *
 * Thread: any
 */
GStrv
gst_rtc_get_loopback_if_alone (void)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  struct ifaddrs *all = NULL;
  gboolean others = FALSE;

  if (getifaddrs (&all) != 0)
    return NULL;

  for (struct ifaddrs * one = all; one && !others; one = one->ifa_next) {
    gchar *text = NULL;

    if (!one->ifa_addr || !(one->ifa_flags & IFF_UP))
      continue;
    text = address_text (one->ifa_addr);
    if (!text)
      continue;
    if (one->ifa_flags & IFF_LOOPBACK) {
      g_ptr_array_add (found, text);
    } else {
      others = TRUE;
      g_free (text);
    }
  }
  freeifaddrs (all);

  if (others || found->len == 0)
    return NULL;

  g_ptr_array_add (found, NULL);
  g_ptr_array_set_free_func (found, NULL);

  return (GStrv) g_ptr_array_free (g_steal_pointer (&found), FALSE);
}
