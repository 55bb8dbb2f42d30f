/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Finding out what is there above what is sent.
 *
 * Some packets go out in a cluster at a rate of their own; how far they are
 * apart at the receiver tells what the link carries. Sequence numbers are
 * given out after us, so packets belong to a cluster by the time at which they
 * were sent.
 */

#include "prober.h"

#include <string.h>

/* libwebrtc: a cluster lasts 15 ms and has five packets at least */
#define DURATION (15 * GST_RTC_GCC_MS)
#define PACKETS 5
#define PACKET_SIZE 1200

/* libwebrtc: share of the packets that have to arrive */
#define ENOUGH 0.8

/* libwebrtc: a receiver that is that much faster than the sender is no proof;
 * one that is slower is asked a little less than it takes */
#define MAX_RATIO 2.0
#define MIN_RATIO 0.9
#define UTILISATION 0.95

/* A cluster that found nothing to send, or no answer, is given up */
#define TIME_LIMIT GST_RTC_GCC_SECOND

/* Clock readings of two threads */
#define SLACK (2 * GST_RTC_GCC_MS)

/**
 * gst_rtc_prober_init:
 *
 * Thread: any
 */
void
gst_rtc_prober_init (GstRtcProber * self)
{
  memset (self, 0, sizeof (*self));
}

/**
 * gst_rtc_prober_start:
 * @rate: bit/s
 *
 * Thread: any, one at a time
 */
void
gst_rtc_prober_start (GstRtcProber * self, gint64 now, guint64 rate)
{
  gst_rtc_prober_init (self);
  self->state = GST_RTC_PROBE_SENDING;
  self->rate = rate;
  self->asked = now;
  self->bytes = MAX (PACKETS * PACKET_SIZE,
      rate / 8 * DURATION / GST_RTC_GCC_SECOND);
}

/**
 * gst_rtc_prober_is_busy:
 *
 * Returns: whether a cluster is on its way; one that takes too long is
 *     forgotten
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_prober_is_busy (GstRtcProber * self, gint64 now)
{
  const gint64 since = self->state == GST_RTC_PROBE_AWAITED ?
      self->last_sent : self->asked;

  if (self->state != GST_RTC_PROBE_NONE && now - since > TIME_LIMIT)
    self->state = GST_RTC_PROBE_NONE;

  return self->state != GST_RTC_PROBE_NONE;
}

/**
 * gst_rtc_prober_get_missing:
 *
 * Returns: bytes that the cluster still needs
 *
 * Thread: any, one at a time
 */
guint
gst_rtc_prober_get_missing (const GstRtcProber * self)
{
  if (self->state != GST_RTC_PROBE_SENDING || self->sent_bytes >= self->bytes)
    return 0;

  return self->bytes - self->sent_bytes;
}

/**
 * gst_rtc_prober_sent:
 * @bytes: size of a packet that was sent while the cluster is going out
 *
 * Thread: any, one at a time
 */
void
gst_rtc_prober_sent (GstRtcProber * self, gint64 now, guint bytes)
{
  if (self->state != GST_RTC_PROBE_SENDING)
    return;

  if (self->n_sent == 0)
    self->first_sent = now;
  self->last_sent = now;
  self->n_sent++;
  self->sent_bytes += bytes;
  if (self->sent_bytes >= self->bytes && self->n_sent >= PACKETS)
    self->state = GST_RTC_PROBE_AWAITED;
}

/**
 * gst_rtc_prober_take:
 * @packet: a packet that arrived, unwrapped
 *
 * Thread: any, one at a time
 */
void
gst_rtc_prober_take (GstRtcProber * self, const GstRtcGccPacket * packet)
{
  if (self->state != GST_RTC_PROBE_AWAITED || packet->sent < self->first_sent)
    return;
  if (packet->sent > self->last_sent + SLACK || self->n_arrived == self->n_sent) {
    self->over = TRUE;
    return;
  }

  if (self->n_arrived == 0) {
    self->first_arrived = packet->received;
    self->first_arrived_sent = packet->sent;
    self->first_size = packet->size;
  }
  self->first_arrived = MIN (self->first_arrived, packet->received);
  self->last_arrived = MAX (self->last_arrived, packet->received);
  self->last_arrived_sent = packet->sent;
  self->last_size = packet->size;
  self->arrived_bytes += packet->size;
  self->n_arrived++;
  self->over = self->n_arrived == self->n_sent;
}

static gdouble
measure (const GstRtcProber * self)
{
  const gdouble sent_in = self->last_arrived_sent - self->first_arrived_sent;
  const gdouble arrived_in = self->last_arrived - self->first_arrived;
  gdouble sent;
  gdouble arrived;

  if (self->n_arrived < MAX (2, ENOUGH * self->n_sent) || sent_in <= 0 ||
      arrived_in <= 0)
    return 0;

  sent = (self->arrived_bytes - self->last_size) * 8.0 * GST_RTC_GCC_SECOND /
      sent_in;
  arrived = (self->arrived_bytes - self->first_size) * 8.0 *
      GST_RTC_GCC_SECOND / arrived_in;
  if (arrived > MAX_RATIO * sent)
    return 0;
  if (arrived < MIN_RATIO * sent)
    return UTILISATION * arrived;

  return MIN (sent, arrived);
}

/**
 * gst_rtc_prober_finish:
 *
 * Returns: bit/s that the cluster proved, or 0 while it is not over or when it
 *     proved nothing
 *
 * Thread: any, one at a time
 */
guint64
gst_rtc_prober_finish (GstRtcProber * self)
{
  if (self->state != GST_RTC_PROBE_AWAITED || !self->over)
    return 0;

  self->state = GST_RTC_PROBE_NONE;

  return measure (self);
}
