/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which part of the loss is ours.
 *
 * A radio loses packets at any rate, a full link those that are too many. Two
 * explanations of the last seconds compete: "a share p is lost, whatever we
 * send" and "a share p is lost, and whatever exceeds B". Both are fitted by
 * likelihood over a small grid; the second, with its further parameter, has to
 * be clearly better to be believed. While the rate is steady they are alike.
 * They are not when the rate was varied by the delay-based controller, or when
 * loss is heavier than any radio's; and if neither happens, a little less is
 * sent for a second, to see.
 *
 * The idea of separating inherent loss by likelihood is that of libwebrtc's
 * second loss-based estimator; the grid is ours.
 */

#include "lossmodel.h"

#include <math.h>
#include <string.h>

/* An observation is at least that long and has at least so many packets, or
 * is that much longer */
#define SHORTEST (250 * GST_RTC_GCC_MS)
#define LONGEST (1000 * GST_RTC_GCC_MS)
#define FEWEST 20

/* How much an observation counts less than the one after it */
#define FORGET 0.9

/* Logarithm of how much likelier a limit has to be than none */
#define EVIDENCE 6.0

/* A trial is for a loss of that share at least; how much less is sent and for
 * how many observations; and how many are between two trials */
#define TRIAL_LOSS 0.03
#define TRIAL_FACTOR 0.8
#define TRIAL_LENGTH 4
#define TRIAL_INTERVAL 12
#define MAX_TRIAL_INTERVAL 200

/* Nothing above this is taken for a property of the link */
static const gdouble inherent_grid[] = {
  0.0005, 0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.11, 0.14, 0.18, 0.22, 0.26,
  0.3
};

#define BANDWIDTH_STEPS 24
#define LOWEST_BANDWIDTH 0.8    /* of the least that got through */

/**
 * gst_rtc_loss_model_init:
 *
 * Thread: any
 */
void
gst_rtc_loss_model_init (GstRtcLossModel * self)
{
  memset (self, 0, sizeof (*self));
  self->first_sent = GST_RTC_GCC_NO_TIME;
  self->trial_interval = TRIAL_INTERVAL;
}

static const GstRtcLossObservation *
nth_past (const GstRtcLossModel * self, guint age)
{
  guint i = (self->next + GST_RTC_LOSS_OBSERVATIONS - 1 - age) %
      GST_RTC_LOSS_OBSERVATIONS;

  return &self->past[i];
}

/* bandwidth 0: no limit */
static gdouble
likelihood (const GstRtcLossModel * self, gdouble inherent, gdouble bandwidth)
{
  gdouble sum = 0;
  gdouble weight = 1;

  for (guint age = 0; age < self->n_past; age++) {
    const GstRtcLossObservation *seen = nth_past (self, age);
    gdouble p = inherent;

    if (bandwidth > 0 && seen->rate > bandwidth)
      p += (1 - inherent) * (1 - bandwidth / seen->rate);
    sum += weight * (seen->n_lost * log (p) +
        (seen->n_packets - seen->n_lost) * log (1 - p));
    weight *= FORGET;
  }

  return sum;
}

static gdouble
fit_inherent (const GstRtcLossModel * self, gdouble bandwidth,
    gdouble * ret_inherent)
{
  gdouble best = -G_MAXDOUBLE;

  for (guint i = 0; i < G_N_ELEMENTS (inherent_grid); i++) {
    gdouble l = likelihood (self, inherent_grid[i], bandwidth);

    if (l > best) {
      best = l;
      *ret_inherent = inherent_grid[i];
    }
  }

  return best;
}

static void
sum_up (GstRtcLossModel * self, gdouble * ret_lowest, gdouble * ret_highest)
{
  gdouble n_packets = 0;
  gdouble n_lost = 0;

  *ret_lowest = G_MAXDOUBLE;
  *ret_highest = 0;
  for (guint age = 0; age < self->n_past; age++) {
    const GstRtcLossObservation *seen = nth_past (self, age);

    if (age < 4) {
      n_packets += seen->n_packets;
      n_lost += seen->n_lost;
    }
    *ret_highest = MAX (*ret_highest, seen->rate);
    *ret_lowest = MIN (*ret_lowest, LOWEST_BANDWIDTH * seen->rate *
        (seen->n_packets - seen->n_lost) / seen->n_packets);
  }
  self->loss = n_packets > 0 ? n_lost / n_packets : 0;
}

static void
fit (GstRtcLossModel * self)
{
  gdouble lowest;
  gdouble highest;
  gdouble without_limit;
  gdouble best;

  sum_up (self, &lowest, &highest);
  without_limit = fit_inherent (self, 0, &self->inherent);
  self->bandwidth = 0;
  if (self->loss == 0)
    return;

  best = without_limit + EVIDENCE;
  for (guint i = 0; i < BANDWIDTH_STEPS; i++) {
    const gdouble bandwidth = MAX (1000, highest *
        pow (lowest / highest, (i + 1.0) / BANDWIDTH_STEPS));
    gdouble inherent = 0;
    gdouble l = fit_inherent (self, bandwidth, &inherent);

    if (l > best) {
      best = l;
      self->inherent = inherent;
      self->bandwidth = bandwidth;
    }
  }
}

static void
plan_trial (GstRtcLossModel * self)
{
  if (self->bandwidth > 0) {
    self->trial = 0;
    self->trial_interval = TRIAL_INTERVAL;
  } else if (self->trial > 0) {
    self->trial--;
  } else if (self->until_trial > 0) {
    self->until_trial--;
  } else if (self->loss > TRIAL_LOSS) {
    self->trial = TRIAL_LENGTH;
    self->until_trial = self->trial_interval;
    self->trial_interval = MIN (2 * self->trial_interval, MAX_TRIAL_INTERVAL);
  }
}

static gboolean
complete_observation (GstRtcLossModel * self)
{
  const gint64 lasted = self->last_sent - self->first_sent;

  if (lasted < SHORTEST ||
      (self->current.n_packets < FEWEST && lasted < LONGEST))
    return FALSE;

  self->current.rate = self->current.bytes * 8.0 * GST_RTC_GCC_SECOND / lasted;
  self->past[self->next] = self->current;
  self->next = (self->next + 1) % GST_RTC_LOSS_OBSERVATIONS;
  self->n_past = MIN (self->n_past + 1, GST_RTC_LOSS_OBSERVATIONS);

  memset (&self->current, 0, sizeof (self->current));
  self->first_sent = self->last_sent;

  return TRUE;
}

/* It was counted as lost: here, or in an observation that is complete */
static void
take_found (GstRtcLossModel * self)
{
  GstRtcLossObservation *last = self->n_past == 0 ? NULL :
      (GstRtcLossObservation *) nth_past (self, 0);

  if (self->current.n_lost > 0)
    self->current.n_lost--;
  else if (last && last->n_lost > 0)
    last->n_lost--;
}

/**
 * gst_rtc_loss_model_take:
 * @packet: what feedback says of a packet
 * @news: what is new about it
 *
 * Returns: whether the model has changed
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_loss_model_take (GstRtcLossModel * self,
    const GstRtcGccPacket * packet, GstRtcPacketNews news)
{
  if (news == GST_RTC_PACKET_IGNORED)
    return FALSE;
  if (news == GST_RTC_PACKET_FOUND) {
    take_found (self);
    return FALSE;
  }

  if (self->first_sent == GST_RTC_GCC_NO_TIME)
    self->first_sent = self->last_sent = packet->sent;
  self->last_sent = MAX (self->last_sent, packet->sent);
  self->current.n_packets++;
  self->current.n_lost += news == GST_RTC_PACKET_LOST;
  self->current.bytes += packet->size;
  if (!complete_observation (self))
    return FALSE;
  fit (self);
  plan_trial (self);

  return TRUE;
}

/**
 * gst_rtc_loss_model_get_factor:
 *
 * Returns: what share of the rate to send
 *
 * Thread: any, one at a time
 */
gdouble
gst_rtc_loss_model_get_factor (const GstRtcLossModel * self)
{
  return self->trial > 0 ? TRIAL_FACTOR : 1;
}
