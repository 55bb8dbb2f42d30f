/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a path carries, by what its receiver says of each packet.
 *
 *   feedback -> log -> arrivals -> trend -> overuse -> aimd ─┐
 *                 ├──> rate meter ─────────────────────┘     ├─> estimate
 *                 ├──> loss model ───────────────────────────┤
 *                 └──> prober ───────────────────────────────┘
 *
 * Pure: no thread, no lock, no clock; time is an argument. Nothing in it grows.
 * After draft-ietf-rmcat-gcc-02, with probing, a loss model that knows lossy
 * links, and a way out when feedback stays away.
 */

#include "gcc.h"

#include <math.h>

/* How long to look back for what arrives: long for what may be hoped for,
 * short for what is left when a queue grows */
#define ACKED_WINDOW (500 * GST_RTC_GCC_MS)
#define SHORT_WINDOW (200 * GST_RTC_GCC_MS)
#define FEW_PACKETS 480000      /* bit/s: ten in the short one */

/* libwebrtc: first clusters at three and six times the start, further ones at
 * twice the last as long as that got through to seven tenths */
#define FIRST_PROBE 3
#define SECOND_PROBE 6
#define FURTHER_PROBE 2
#define FURTHER_IF 0.7

/* A probe now and then, as bandwidth that came back does not tell, and when more
 * gets through than ever; more seldom if what they told was wrong. Others on the link are not seen by a short
 * cluster: what it proves is taken in steps, each with a cluster of its own. */
#define PROBE_INTERVAL (5 * GST_RTC_GCC_SECOND)
#define MAX_PROBE_INTERVAL (8 * GST_RTC_GCC_SECOND)
#define REGULAR_PROBE 2.0
#define FIRST_STEP 300000       /* bit/s */
#define STEP_GROWTH 1.5
#define STEP_INTERVAL (500 * GST_RTC_GCC_MS)
#define STEP_FEEDBACKS 3
#define WORTH 1.1
#define REGRET (2 * GST_RTC_GCC_SECOND)

/* Those who share a link meet its limit at the same moment, and what they would
 * prove at the same moment too is wrong: waits are from that much less to that
 * much more, and the golden ratio keeps those of many apart */
#define INTERVAL_SPREAD 0.25
#define OVERUSE_SPREAD 0.5
#define GOLDEN 0.6180339887

/* Not while the link is busy getting rid of a queue */
#define PROBE_AFTER_OVERUSE (2 * GST_RTC_GCC_SECOND)
#define PROBE_QUEUE 15.0        /* ms */

/* A loss with a queue of that share of the longest is one of ours */
#define OVERFLOW 0.5
#define LONG_QUEUE 50.0         /* ms */

/* How long the loss that a full queue made may show */
#define NO_TRIAL_AFTER (3 * GST_RTC_GCC_SECOND)

/* libwebrtc: a large drop is one to less than two thirds */
#define LARGE_DROP 0.66

/* Feedback comes at least every 250 ms (draft-holmer, section 2), but from some
 * receivers only when a packet arrives: the first one after that time has to
 * make them say something. When it does not, the link is stuck, and what is sent
 * piles up. */
#define FEEDBACK_INTERVAL (250 * GST_RTC_GCC_MS)
#define SILENCE (250 * GST_RTC_GCC_MS)
#define STALL_HALF_LIFE (450 * GST_RTC_GCC_MS)
#define STALL_STEP (100 * GST_RTC_GCC_MS)

/* The whole */

/**
 * gst_rtc_gcc_init:
 * @type: how the trend of the delay is found
 * @estimate: bit/s to begin with
 *
 * Thread: any
 */
void
gst_rtc_gcc_init (GstRtcGcc * self, GstRtcGccEstimatorType type,
    guint64 estimate)
{
  self->limit = GST_RTC_GCC_LIMIT_UNKNOWN;
  self->rtt = 100 * GST_RTC_GCC_MS;
  self->min = 1000;
  self->max = G_MAXUINT;
  self->wanted = G_MAXUINT64;

  gst_rtc_packet_log_init (&self->log);
  gst_rtc_rate_meter_init (&self->acked);
  gst_rtc_loss_model_init (&self->loss);
  gst_rtc_prober_init (&self->prober);
  gst_rtc_aimd_init (&self->aimd, estimate);
  gst_rtc_gcc_set_type (self, type);
  gst_rtc_queue_delay_init (&self->queue);
  gst_rtc_reports_init (&self->reports);

  self->initial_probes = 2;
  self->next_probe = 0;
  self->last_probe = GST_RTC_GCC_NO_TIME;
  self->last_raise = GST_RTC_GCC_NO_TIME;
  self->step = FIRST_STEP;
  self->probe_interval = PROBE_INTERVAL;
  self->phase = 0.5;
  self->last_over = GST_RTC_GCC_NO_TIME;
  self->before_drop = 0;
  self->last_feedback = GST_RTC_GCC_NO_TIME;
  self->feedback_interval = 0;
  self->waiting_since = GST_RTC_GCC_NO_TIME;
  self->expecting_since = GST_RTC_GCC_NO_TIME;
  self->stall = 1;
  self->start = self->estimate = estimate;
}

/**
 * gst_rtc_gcc_set_type:
 * @type: how the trend of the delay is found, from now on
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_set_type (GstRtcGcc * self, GstRtcGccEstimatorType type)
{
  gst_rtc_arrivals_init (&self->arrivals);
  gst_rtc_trend_init (&self->trend, type);
  gst_rtc_overuse_init (&self->overuse);
}

/**
 * gst_rtc_gcc_set_phase:
 * @nth: how many others there are that may share the link
 *
 * Probes of this one will not be at the same time as theirs.
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_set_phase (GstRtcGcc * self, guint nth)
{
  self->phase = fmod (0.5 + GOLDEN * nth, 1);
}

static void
update_estimate (GstRtcGcc * self)
{
  gdouble rate = self->aimd.rate;

  if (self->loss.bandwidth > 0)
    rate = MIN (rate, self->loss.bandwidth);
  /* a queue that overflowed needs no trial */
  if (self->last_over == GST_RTC_GCC_NO_TIME ||
      self->last_feedback - self->last_over > NO_TRIAL_AFTER)
    rate *= gst_rtc_loss_model_get_factor (&self->loss);
  rate *= self->stall;
  self->estimate = CLAMP (rate, self->min, self->max);
}

/**
 * gst_rtc_gcc_set_wanted:
 * @wanted: bit/s above which it does not matter what the path carries now
 *
 * Unlike the maximum it says nothing of what is there: what is known already
 * holds on, but nobody is disturbed to find out more.
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_set_wanted (GstRtcGcc * self, guint64 wanted)
{
  self->wanted = wanted;
}

/**
 * gst_rtc_gcc_set_limits:
 * @min: bit/s
 * @max: bit/s, which wins over @min
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_set_limits (GstRtcGcc * self, guint64 min, guint64 max)
{
  self->min = MIN (min, max);
  self->max = max;
  self->aimd.min = self->min;
  self->aimd.max = self->max;
  self->aimd.rate = CLAMP (self->aimd.rate, self->min, self->max);
  update_estimate (self);
}

/**
 * gst_rtc_gcc_set_estimate:
 * @estimate: bit/s that somebody knows better
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_set_estimate (GstRtcGcc * self, guint64 estimate)
{
  self->aimd.rate = CLAMP (estimate, self->min, self->max);
  self->aimd.capacity.mean = 0;
  self->loss.bandwidth = 0;
  if (self->last_feedback == GST_RTC_GCC_NO_TIME)
    self->start = estimate;
  update_estimate (self);
}

/* Probing */

static gint64
spread (const GstRtcGcc * self, gint64 wait, gdouble by)
{
  return wait * (1 - by + 2 * by * self->phase);
}

static void
probe (GstRtcGcc * self, gint64 now, guint64 rate)
{
  rate = MIN (rate, self->max);
  self->phase = fmod (self->phase + GOLDEN, 1);
  self->last_probe = now;
  self->next_probe = 0;
  if (rate > self->estimate)
    gst_rtc_prober_start (&self->prober, now, rate);
}

static gboolean
may_probe (const GstRtcGcc * self, gint64 now)
{
  return self->stall == 1 && self->overuse.usage == GST_RTC_USAGE_NORMAL &&
      self->queue.floor < PROBE_QUEUE && self->loss.bandwidth == 0 &&
      (self->last_over == GST_RTC_GCC_NO_TIME ||
      now - self->last_over > spread (self, PROBE_AFTER_OVERUSE,
          OVERUSE_SPREAD));
}

/* Until it is known what a step does to the link */
static gint64
time_of_step (const GstRtcGcc * self)
{
  return MAX (STEP_INTERVAL, STEP_FEEDBACKS * self->feedback_interval) +
      self->rtt;
}

static void
plan_probe (GstRtcGcc * self, gint64 now)
{
  if (gst_rtc_prober_is_busy (&self->prober, now) ||
      self->estimate >= self->wanted)
    return;

  if (self->initial_probes == 2) {
    self->initial_probes--;
    probe (self, now, FIRST_PROBE * self->start);
  } else if (self->last_feedback == GST_RTC_GCC_NO_TIME ||
      !may_probe (self, now)) {
    return;
  } else if (self->initial_probes == 1) {
    self->initial_probes--;
    probe (self, now, SECOND_PROBE * self->start);
  } else if (self->next_probe > 0) {
    if (self->aimd.met_limit && now - self->last_raise < time_of_step (self))
      return;
    probe (self, now, self->next_probe);
  } else if (self->before_drop > self->estimate) {
    guint64 rate = self->before_drop;

    self->before_drop = 0;
    probe (self, now, rate);
  } else if (self->aimd.outgrown ||
      now - self->last_probe > spread (self, self->probe_interval,
          INTERVAL_SPREAD)) {
    self->aimd.outgrown = FALSE;
    probe (self, now, REGULAR_PROBE * self->estimate);
  }
}

static void
go_up (GstRtcGcc * self, gint64 now, guint64 proved)
{
  const guint64 most = self->aimd.rate + self->step;

  if (self->aimd.met_limit && proved > most) {
    proved = most;
    self->step *= STEP_GROWTH;
    self->next_probe = FURTHER_PROBE * proved;
  }
  if (self->last_raise != GST_RTC_GCC_NO_TIME &&
      (self->last_over == GST_RTC_GCC_NO_TIME ||
          self->last_over < self->last_raise))
    self->probe_interval = PROBE_INTERVAL;
  if (proved > WORTH * self->aimd.rate)
    self->last_raise = now;
  gst_rtc_aimd_set_rate (&self->aimd, proved, now);
}

static void
look_at_probe (GstRtcGcc * self, gint64 now)
{
  const guint64 rate = self->prober.rate;
  const guint64 proved = gst_rtc_prober_finish (&self->prober);

  if (proved == 0)
    return;

  if (proved > FURTHER_IF * rate) {
    self->next_probe = FURTHER_PROBE * proved;
    self->limit = GST_RTC_GCC_LIMIT_APPLICATION;
  } else {
    self->next_probe = 0;
    self->initial_probes = 0;
    if (proved < 1.2 * self->estimate)
      self->limit = GST_RTC_GCC_LIMIT_NETWORK;
  }
  if (proved > self->aimd.rate)
    go_up (self, now, proved);
  else if (!self->aimd.met_limit && proved < FURTHER_IF * rate)
    gst_rtc_aimd_set_rate (&self->aimd, proved, now);
}

/* Feedback */

static void
take_delta (GstRtcGcc * self, const GstRtcArrivalDelta * delta)
{
  const gdouble trend = gst_rtc_trend_take (&self->trend, delta);

  gst_rtc_overuse_take (&self->overuse, trend,
      delta->sent / (gdouble) GST_RTC_GCC_MS, delta->arrival);
}

/* As when another machine goes on receiving: how packets arrived says nothing
 * of how they do now, but what gets through does not change by that */
static void
forget_arrivals (GstRtcGcc * self)
{
  self->log.new_clock = FALSE;
  gst_rtc_gcc_set_type (self, self->trend.type);
  gst_rtc_rate_meter_init (&self->acked);
  gst_rtc_queue_delay_init (&self->queue);
  gst_rtc_prober_init (&self->prober);
}

static void
take_arrived (GstRtcGcc * self, const GstRtcGccPacket * packet, gboolean * over)
{
  GstRtcArrivalDelta delta;

  gst_rtc_rate_meter_take (&self->acked, packet->received, packet->size);
  gst_rtc_prober_take (&self->prober, packet);
  gst_rtc_queue_delay_take (&self->queue, packet);
  if (!gst_rtc_arrivals_take (&self->arrivals, packet, &delta))
    return;

  take_delta (self, &delta);
  *over |= self->overuse.usage == GST_RTC_USAGE_OVER;
}

/* The first overuse is how the ramp ends, and nothing to regret */
static void
note_over (GstRtcGcc * self, gint64 now, guint64 before)
{
  if (self->last_raise != GST_RTC_GCC_NO_TIME &&
      self->last_over != GST_RTC_GCC_NO_TIME &&
      now - self->last_raise < REGRET && now - self->last_over > REGRET)
    self->probe_interval = MIN (2 * self->probe_interval, MAX_PROBE_INTERVAL);
  self->last_over = now;
  self->step = FIRST_STEP;
  self->next_probe = 0;
  self->initial_probes = 0;
  self->limit = GST_RTC_GCC_LIMIT_NETWORK;
  if (self->aimd.rate < LARGE_DROP * before)
    self->before_drop = before;
}

/* A few packets in a short time are no rate */
static guint64
get_acked_short (GstRtcGcc * self, guint64 acked)
{
  const guint64 acked_short = gst_rtc_rate_meter_get (&self->acked,
      SHORT_WINDOW);

  return acked_short < FEW_PACKETS ? MIN (acked, acked_short) : acked_short;
}

static void
apply (GstRtcGcc * self, gint64 now, gboolean over, gboolean lost)
{
  const guint64 before = self->aimd.rate;
  const guint64 acked = gst_rtc_rate_meter_get (&self->acked, ACKED_WINDOW);
  gboolean overflow;

  gst_rtc_queue_delay_end_feedback (&self->queue, now, acked, self->rtt);
  overflow = lost && self->queue.floor > LONG_QUEUE &&
      self->queue.floor > OVERFLOW * self->queue.highest;
  if (self->queue.competing) {
    gst_rtc_aimd_compete (&self->aimd, now, overflow, acked, self->rtt);
    self->limit = GST_RTC_GCC_LIMIT_NETWORK;
    return;
  }

  over |= overflow;
  gst_rtc_aimd_take (&self->aimd, now,
      over ? GST_RTC_USAGE_OVER : self->overuse.usage, acked,
      get_acked_short (self, acked), self->rtt, self->queue.floor);
  if (over)
    note_over (self, now, before);
  look_at_probe (self, now);
}

static void
take_loss (GstRtcGcc * self, const GstRtcGccPacket * packet,
    GstRtcPacketNews news)
{
  if (!gst_rtc_loss_model_take (&self->loss, packet, news) ||
      self->loss.bandwidth == 0)
    return;

  self->limit = GST_RTC_GCC_LIMIT_NETWORK;
  self->aimd.met_limit = TRUE;
  self->aimd.rate = MIN (self->aimd.rate, self->loss.bandwidth);
}

/**
 * gst_rtc_gcc_take_feedback:
 * @packets: what is said of packets, in the order of their numbers; changed
 * @n: how many
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_take_feedback (GstRtcGcc * self, gint64 now,
    GstRtcGccPacket * packets, guint n)
{
  gint64 newest = GST_RTC_GCC_NO_TIME;
  gboolean over = FALSE;
  gboolean lost = FALSE;

  for (guint i = 0; i < n; i++) {
    GstRtcPacketNews news = gst_rtc_packet_log_take (&self->log, now,
        &packets[i]);

    if (news == GST_RTC_PACKET_IGNORED)
      continue;
    take_loss (self, &packets[i], news);
    lost |= news == GST_RTC_PACKET_LOST;
    if (news == GST_RTC_PACKET_LOST)
      continue;
    newest = MAX (newest, packets[i].sent);
    if (self->log.new_clock)
      forget_arrivals (self);
    take_arrived (self, &packets[i], &over);
  }
  if (newest == GST_RTC_GCC_NO_TIME)
    return;

  self->rtt = (7 * self->rtt + (now - newest)) / 8;
  if (self->last_feedback != GST_RTC_GCC_NO_TIME)
    self->feedback_interval = (7 * self->feedback_interval + (now -
            self->last_feedback)) / 8;
  self->last_feedback = now;
  self->waiting_since = GST_RTC_GCC_NO_TIME;
  self->expecting_since = GST_RTC_GCC_NO_TIME;
  self->stall = 1;
  apply (self, now, over, lost);
  plan_probe (self, now);
  update_estimate (self);
}

/**
 * gst_rtc_gcc_take_report:
 * @report: what the receiver says in RTCP
 *
 * Counts as long as there is no feedback on each packet.
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_take_report (GstRtcGcc * self, gint64 now,
    const GstRtcPathReport * report)
{
  guint64 rate;

  if (self->last_feedback != GST_RTC_GCC_NO_TIME)
    return;

  rate = gst_rtc_reports_take (&self->reports, now, self->aimd.rate, report);
  self->aimd.rate = CLAMP (rate, self->min, self->max);
  self->limit = self->reports.limited ? GST_RTC_GCC_LIMIT_NETWORK :
      GST_RTC_GCC_LIMIT_APPLICATION;
  if (report->has_loss)
    self->loss.loss = report->loss;
  if (report->rtt > 0)
    self->rtt = report->rtt;
  update_estimate (self);
}

/* Sending */

/**
 * gst_rtc_gcc_sent:
 * @bytes: size of a packet
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_sent (GstRtcGcc * self, gint64 now, guint bytes)
{
  if (self->waiting_since == GST_RTC_GCC_NO_TIME)
    self->waiting_since = now;
  else if (self->expecting_since == GST_RTC_GCC_NO_TIME &&
      now - self->waiting_since >= FEEDBACK_INTERVAL)
    self->expecting_since = now;
  gst_rtc_prober_sent (&self->prober, now, bytes);
  gst_rtc_reports_sent (&self->reports, bytes);
}

/**
 * gst_rtc_gcc_tick:
 *
 * To be called now and then while something is sent.
 *
 * Thread: any, one at a time
 */
void
gst_rtc_gcc_tick (GstRtcGcc * self, gint64 now)
{
  const gint64 limit = SILENCE + self->rtt;

  plan_probe (self, now);
  if (self->last_feedback == GST_RTC_GCC_NO_TIME ||
      self->expecting_since == GST_RTC_GCC_NO_TIME)
    return;

  /* by steps, as whoever is told has work to do */
  if (now - self->expecting_since > limit)
    self->stall = exp2 (-((now - self->expecting_since - limit) / STALL_STEP) *
        (gdouble) STALL_STEP / STALL_HALF_LIFE);
  update_estimate (self);
}
