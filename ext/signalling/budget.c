/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How much a client may do, and how many clients an address may have. Pure.
 *
 * A budget is a token bucket that may go into debt: what was done is charged
 * afterwards, when it is known what it came to, and who is in debt waits. */

#include "budget.h"

#include <string.h>

/* What can be saved up */
#define BURST_SECONDS 1
#define AUTOMATIC_PER_ADDRESS 1024
/* What an IPv6 client has is a network of 64 bits */
#define IPV6_NETWORK_BYTES 8

struct _GstRtcAddresses
{
  gint max;                     /* 0: any number; -1: by the address */
  GHashTable *counts;           /* name -> guint */
};

static void
fill (GstRtcBudget * self, gdouble per_second, gint64 now)
{
  const gdouble seconds = (gdouble) (now - self->time) / G_TIME_SPAN_SECOND;

  self->balance = MIN (self->balance + seconds * per_second,
      BURST_SECONDS * per_second);
  self->time = now;
}

void
gst_rtc_budget_init (GstRtcBudget * self, gdouble per_second, gint64 now)
{
  self->time = now;
  self->balance = BURST_SECONDS * per_second;
}

/* FALSE if that was more than there was */
gboolean
gst_rtc_budget_charge (GstRtcBudget * self, gdouble per_second, gdouble cost,
    gint64 now)
{
  fill (self, per_second, now);
  self->balance -= cost;

  return self->balance > 0;
}

/* After debts: some more than nothing, or one would pay for each single step */
gboolean
gst_rtc_budget_has_some (GstRtcBudget * self, gdouble per_second, gint64 now)
{
  fill (self, per_second, now);

  return self->balance >= 0.05 * per_second;
}

/* By its name: those of this machine are one host, of which a proxy in front
 * of us is a part */
static gint
get_max (GstRtcAddresses * self, const gchar * name)
{
  if (self->max >= 0)
    return self->max;

  return g_str_equal (name, "loopback") ? 0 : AUTOMATIC_PER_ADDRESS;
}

GstRtcAddresses *
gst_rtc_addresses_new (gint max_per_address)
{
  GstRtcAddresses *self = g_new0 (GstRtcAddresses, 1);

  self->max = max_per_address;
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return self;
}

void
gst_rtc_addresses_free (GstRtcAddresses * self)
{
  g_hash_table_unref (self->counts);
  g_free (self);
}

/* FALSE if there are too many already */
gboolean
gst_rtc_addresses_add (GstRtcAddresses * self, const gchar * name)
{
  const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, name));
  const gint max = get_max (self, name);

  if (max > 0 && n >= (guint) max)
    return FALSE;

  g_hash_table_insert (self->counts, g_strdup (name), GUINT_TO_POINTER (n + 1));
  return TRUE;
}

void
gst_rtc_addresses_remove (GstRtcAddresses * self, const gchar * name)
{
  const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, name));

  if (n > 1)
    g_hash_table_insert (self->counts, g_strdup (name),
        GUINT_TO_POINTER (n - 1));
  else
    g_hash_table_remove (self->counts, name);
}

static gboolean
is_mapped_ipv4 (const guint8 * bytes)
{
  static const guint8 prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

  return memcmp (bytes, prefix, sizeof prefix) == 0;
}

/* What counts as one address; NULL, for a Unix socket, is this machine */
gchar *
gst_rtc_addresses_name (GInetAddress * address)
{
  const guint8 *bytes = address ? g_inet_address_to_bytes (address) : NULL;
  guint8 network[16] = { 0, };
  g_autoptr (GInetAddress) reduced = NULL;

  if (!address || g_inet_address_get_is_loopback (address))
    return g_strdup ("loopback");
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4)
    return g_inet_address_to_string (address);

  if (is_mapped_ipv4 (bytes)) {
    reduced = g_inet_address_new_from_bytes (bytes + 12, G_SOCKET_FAMILY_IPV4);
    return gst_rtc_addresses_name (reduced);
  }
  memcpy (network, bytes, IPV6_NETWORK_BYTES);
  reduced = g_inet_address_new_from_bytes (network, G_SOCKET_FAMILY_IPV6);

  return g_inet_address_to_string (reduced);
}
