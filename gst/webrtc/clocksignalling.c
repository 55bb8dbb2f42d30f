/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which clock RTP timestamps follow (RFC 7273), for receivers that want to be
 * in time with others. */

#include "clocksignalling.h"

#define NTP_PORT 123

/* By name, as only whoever made such a clock needs the library it is in */
static gboolean
is_clock (GstClock * clock, const gchar * type_name)
{
  const GType type = g_type_from_name (type_name);

  return clock && type != 0 && g_type_is_a (G_OBJECT_TYPE (clock), type);
}

static gchar *
describe_ntp (GstClock * clock)
{
  g_autofree gchar *address = NULL;
  gint port = 0;

  g_object_get (clock, "address", &address, "port", &port, NULL);

  return port == NTP_PORT ? g_strdup_printf ("ntp=%s", address) :
      g_strdup_printf ("ntp=%s:%d", address, port);
}

static gchar *
describe_ptp (GstClock * clock)
{
  guint64 id = 0;
  guint domain = 0;
  GString *text = g_string_new ("ptp=IEEE1588-2008:");

  g_object_get (clock, "grandmaster-clock-id", &id, "domain", &domain, NULL);
  for (gint shift = 56; shift >= 0; shift -= 8)
    g_string_append_printf (text, "%02x%s", (guint) (id >> shift & 0xff),
        shift > 0 ? "-" : "");
  if (domain != 0)
    g_string_append_printf (text, ":%u", domain);

  return g_string_free (text, FALSE);
}

/**
 * gst_rtc_clock_describe:
 * @clock: (nullable): the pipeline's
 * @rtp: RTP caps that get the attributes of the SDP
 */
void
gst_rtc_clock_describe (GstClock * clock, GstStructure * rtp)
{
  g_autofree gchar *source = NULL;
  const gchar *media = "direct=0";

  if (is_clock (clock, "GstNtpClock")) {
    source = describe_ntp (clock);
  } else if (is_clock (clock, "GstPtpClock")) {
    source = describe_ptp (clock);
  } else {
    source = g_strdup ("local");
    media = "sender";
  }
  gst_structure_set (rtp, "a-ts-refclk", G_TYPE_STRING, source, "a-mediaclk",
      G_TYPE_STRING, media, NULL);
}

/**
 * gst_rtc_clock_get_rtp_offset:
 * @clock: (nullable): the pipeline's
 * @base_time: the pipeline's, from which running time counts
 * @clock_rate: of the payloader, in Hz
 * @ret_offset: (out): RTP timestamp of running time 0
 *
 * Returns: whether the clock is one that "direct=0" is said of: timestamps
 *     then have to be the clock's time itself
 */
gboolean
gst_rtc_clock_get_rtp_offset (GstClock * clock, GstClockTime base_time,
    guint clock_rate, guint32 * ret_offset)
{
  if (!is_clock (clock, "GstNtpClock") && !is_clock (clock, "GstPtpClock"))
    return FALSE;

  *ret_offset = (guint32) gst_util_uint64_scale_ceil (base_time, clock_rate,
      GST_SECOND);

  return TRUE;
}
