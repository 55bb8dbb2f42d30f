/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A peer that is gone without a word.
 *
 * ICE notices it after 50 s, if at all, as webrtcbin 1.22 has no consent
 * freshness (RFC 7675). What a living peer sends without being asked is RTCP:
 * with transport-wide feedback ten packets a second and more, without it or
 * without RTP one in 1.5 s (Chromium, our elements) or in 7.5 s (a webrtcbin by
 * itself). So 8 s of silence mean something, unless packets are lost: the limit
 * grows with the longest pause there was, and is at its most for a peer that is
 * hardly known yet, as the first packets come in a burst. Any packet ends the
 * silence, but only RTCP is counted on: RTP stops when a producer pauses.
 */

#include "silence.h"

/* Milliseconds */
#define LIMIT_MIN 8000
#define LIMIT_MAX 30000

/* A peer is known after so many packets, or so many milliseconds: two intervals
 * of the slowest */
#define KNOWN_PACKETS 20
#define KNOWN_TIME 20000

/* Pauses of the longest length that may follow each other */
#define LIMIT_GAPS 3

/**
 * gst_rtc_silence_init:
 * @now: monotonic time in microseconds
 */
void
gst_rtc_silence_init (GstRtcSilence * self, gint64 now)
{
  /* 0 stands for never */
  self->born = now - G_TIME_SPAN_MILLISECOND;
  self->last_heard = 0;
  self->first_rtcp = 0;
  self->last_rtcp = 0;
  self->longest_gap = 0;
  self->n_rtcp = 0;
}

static gint
get_age (GstRtcSilence * self, gint64 now)
{
  return (now - self->born) / G_TIME_SPAN_MILLISECOND;
}

/**
 * gst_rtc_silence_heard:
 * @now: monotonic time in microseconds
 * @rtcp: whether it was RTCP
 *
 * Thread: the one that receives
 */
void
gst_rtc_silence_heard (GstRtcSilence * self, gint64 now, gboolean rtcp)
{
  const gint age = get_age (self, now);
  const gint last_rtcp = g_atomic_int_get (&self->last_rtcp);

  g_atomic_int_set (&self->last_heard, age);
  if (!rtcp)
    return;

  if (last_rtcp == 0)
    g_atomic_int_set (&self->first_rtcp, age);
  else if (age - last_rtcp > g_atomic_int_get (&self->longest_gap))
    g_atomic_int_set (&self->longest_gap, age - last_rtcp);
  g_atomic_int_set (&self->last_rtcp, age);
  g_atomic_int_inc (&self->n_rtcp);
}

/**
 * gst_rtc_silence_check:
 * @now: monotonic time in microseconds
 *
 * Returns: for how many milliseconds the peer has been silent if that is too
 *     long, else 0. A peer from which no RTCP ever came may have none to send
 *
 * Thread: any
 */
guint
gst_rtc_silence_check (GstRtcSilence * self, gint64 now)
{
  const gint age = get_age (self, now);
  const gint silence = age - g_atomic_int_get (&self->last_heard);
  const gint gap = g_atomic_int_get (&self->longest_gap);
  const gboolean known =
      g_atomic_int_get (&self->n_rtcp) >= KNOWN_PACKETS ||
      age - g_atomic_int_get (&self->first_rtcp) >= KNOWN_TIME;
  const gint limit = known ? CLAMP (LIMIT_GAPS * gap, LIMIT_MIN, LIMIT_MAX) :
      LIMIT_MAX;

  if (g_atomic_int_get (&self->last_rtcp) == 0 || silence < limit)
    return 0;

  return silence;
}

/* (RFC 5761 section 4) */
static gboolean
is_rtcp (GstBuffer * buffer)
{
  guint8 header[2];

  return gst_buffer_extract (buffer, 0, header, 2) == 2 &&
      header[0] >> 6 == 2 && header[1] >= 192 && header[1] <= 223;
}

/* The thread that receives */
static GstPadProbeReturn
on_packet (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  gst_rtc_silence_heard (data, g_get_monotonic_time (),
      info->type & GST_PAD_PROBE_TYPE_BUFFER &&
      is_rtcp (GST_PAD_PROBE_INFO_BUFFER (info)));

  return GST_PAD_PROBE_OK;
}

/**
 * gst_rtc_silence_watch_pad:
 * @pad: where encrypted packets come in; it stops before @self is freed
 *
 * Thread: any
 */
void
gst_rtc_silence_watch_pad (GstRtcSilence * self, GstPad * pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet, self, NULL);
}
