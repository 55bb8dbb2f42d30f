/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "flow.h"

#include <string.h>

#define FRAME (NETEM_SECOND / 30)
#define KEY_FRAME_FACTOR 5
#define N_SENT G_N_ELEMENTS (((Flow *) NULL)->sent_times)

/* IPv4, UDP and SRTP, which the estimator does not see */
#define OVERHEAD 38

Flow *
flow_new (World * world, NetemLink * forward, NetemLink * backward,
    GstRtcGccEstimatorType type, guint64 start)
{
  Flow *self = g_new0 (Flow, 1);

  self->world = world;
  self->forward = forward;
  self->backward = backward;
  self->feedback_interval = 100 * NETEM_MS;
  self->max_source = G_MAXUINT;
  self->has_rtx = TRUE;
  self->clock_offset = 5000 * NETEM_SECOND;
  self->clock_rate = 1;
  self->encoder_lag = 1;
  self->target = self->told = start;
  gst_rtc_gcc_init (&self->gcc, type, start);
  gst_rtc_gcc_set_limits (&self->gcc, 1000, 20000000);
  gst_rtc_pacer_init (&self->pacer);
  g_queue_init (&self->queue);
  self->arrived = g_array_new (FALSE, FALSE, sizeof (GstRtcGccPacket));
  self->samples = g_array_new (FALSE, FALSE, sizeof (FlowSample));
  self->delays = g_array_new (FALSE, FALSE, sizeof (FlowDelay));

  return self;
}

guint64
flow_get_estimate (const Flow * self)
{
  return self->sender ? self->told : self->gcc.estimate;
}

void
flow_free (Flow * self)
{
  g_queue_clear (&self->queue);
  g_array_unref (self->arrived);
  g_array_unref (self->samples);
  g_array_unref (self->delays);
  g_free (self);
}

/* Receiver */

static void
take_media (World * world, gpointer data, NetemPacket * packet)
{
  Flow *self = data;
  const gdouble queued = packet->queued / (gdouble) NETEM_MS;
  const FlowDelay delay = { world->now, queued };
  GstRtcGccPacket arrived = { packet->seqnum, GST_RTC_GCC_NO_TIME,
    /* in quarters of a millisecond, as the feedback tells it */
    (gint64) (world->now * self->clock_rate + self->clock_offset) /
        (NETEM_MS / 4) * (NETEM_MS / 4), 0
  };

  if (packet->lost) {
    self->current.n_lost++;
    return;
  }

  self->current.received += packet->size;
  self->current.queue = MAX (self->current.queue, queued);
  g_array_append_val (self->delays, delay);
  g_array_append_val (self->arrived, arrived);
}

typedef struct
{
  Flow *flow;
  guint n;
  GstRtcGccPacket packets[];
} Feedback;

static void
take_feedback (World * world, gpointer data, NetemPacket * packet)
{
  Flow *self = data;
  Feedback *feedback = packet->payload;

  if (!packet->lost && !self->stopped) {
    for (guint i = 0; i < feedback->n; i++) {
      GstRtcGccPacket *p = &feedback->packets[i];

      p->sent = self->sent_times[p->seqnum % N_SENT];
      p->size = self->sent_sizes[p->seqnum % N_SENT];
    }
    if (self->sender)
      self->sender->take_feedback (self, feedback->packets, feedback->n);
    else
      gst_rtc_gcc_take_feedback (&self->gcc, world->now, feedback->packets,
          feedback->n);
  }
  g_free (feedback);
}

static gint
by_seqnum (gconstpointer a, gconstpointer b)
{
  const GstRtcGccPacket *first = a;
  const GstRtcGccPacket *second = b;

  return (first->seqnum > second->seqnum) - (first->seqnum < second->seqnum);
}

/* What lies between two that arrived is lost, for all the receiver knows. */
static Feedback *
make_feedback (Flow * self)
{
  const guint n = self->arrived->len;
  GstRtcGccPacket *arrived = (GstRtcGccPacket *) self->arrived->data;
  gint64 last = arrived[n - 1].seqnum;
  gint64 first = MIN (self->expected, arrived[0].seqnum);
  Feedback *feedback = g_malloc0 (sizeof (Feedback) +
      (last - first + 1) * sizeof (GstRtcGccPacket));
  guint next = 0;

  for (gint64 i = first; i <= last; i++) {
    GstRtcGccPacket *p = &feedback->packets[feedback->n++];

    p->seqnum = i;
    p->received = GST_RTC_GCC_NO_TIME;
    if (next < n && arrived[next].seqnum == i)
      p->received = arrived[next++].received;
    else if (i < self->expected)
      feedback->n--;            /* was told before */
  }
  self->expected = last + 1;

  return feedback;
}

static void
send_feedback (World * world, gpointer data)
{
  Flow *self = data;
  NetemPacket packet = { 0, };
  Feedback *feedback;

  if (self->stopped)
    return;
  world_at (world, world->now + self->feedback_interval, send_feedback, self);
  if (self->arrived->len == 0)
    return;

  g_array_sort (self->arrived, by_seqnum);
  feedback = make_feedback (self);
  g_array_set_size (self->arrived, 0);
  packet.size = 60 + 2 * feedback->n;
  packet.receive = take_feedback;
  packet.receiver = self;
  packet.extra_delay = self->extra_delay;
  packet.payload = feedback;
  netem_link_send (self->backward, &packet);
}

/* Sender */

/* That now goes to the link. Its size is what the estimator knows of. */
void
flow_send_packet (Flow * self, guint size)
{
  NetemPacket packet = { 0, };
  const gint64 now = self->world->now;

  packet.size = size + OVERHEAD;
  packet.seqnum = self->next_seqnum++;
  packet.sent = now;
  packet.receive = take_media;
  packet.receiver = self;
  packet.extra_delay = self->extra_delay;
  self->sent_times[packet.seqnum % N_SENT] = now;
  self->sent_sizes[packet.seqnum % N_SENT] = size;
  self->current.sent += packet.size;
  netem_link_send (self->forward, &packet);
}

static void
send_next (Flow * self, guint size)
{
  gst_rtc_gcc_sent (&self->gcc, self->world->now, size);
  gst_rtc_pacer_sent (&self->pacer, size);
  flow_send_packet (self, size);
}

static guint64
pacing_rate (Flow * self)
{
  return gst_rtc_pacer_get_rate (&self->pacer, &self->gcc, self->queued_bytes);
}

static void pace (World * world, gpointer data);

static void
plan_wake_up (Flow * self)
{
  const gint64 delay = gst_rtc_pacer_get_delay (&self->pacer,
      pacing_rate (self));

  if (self->wake_up_planned)
    return;
  self->wake_up_planned = TRUE;
  /* a thread that sleeps is late */
  world_at (self->world, self->world->now + MAX (delay, NETEM_MS), pace, self);
}

static gboolean
can_fill (Flow * self)
{
  return self->has_rtx && !self->paused &&
      self->gcc.prober.n_sent > 0 &&
      gst_rtc_prober_get_missing (&self->gcc.prober) > 0;
}

static void
note_key_frame (Flow * self, guint sent)
{
  if (self->key_left > 0 && self->key_left <= sent)
    self->longest_key_frame = MAX (self->longest_key_frame,
        self->world->now - self->key_made);
  self->key_left -= MIN (sent, self->key_left);
}

static void
pace (World * world, gpointer data)
{
  Flow *self = data;

  self->wake_up_planned = FALSE;
  if (self->stopped)
    return;

  gst_rtc_gcc_tick (&self->gcc, world->now);
  while (gst_rtc_pacer_may_send (&self->pacer, world->now, &self->gcc,
          self->queued_bytes)) {
    guint size = GPOINTER_TO_UINT (g_queue_pop_head (&self->queue));

    if (size == 0 && !can_fill (self))
      return;
    self->queued_bytes -= size;
    note_key_frame (self, size);
    send_next (self, size > 0 ? size : FLOW_PACKET_SIZE);
  }
  plan_wake_up (self);
}

static guint
frame_size (Flow * self)
{
  const guint64 rate = MIN (flow_get_estimate (self), self->max_source);
  gint64 now = self->world->now;
  gdouble size;

  self->target += (rate - self->target) / self->encoder_lag;
  size = self->target / 8.0 * FRAME / NETEM_SECOND;

  /* headers of RTP are part of what the estimate is for */
  size *= g_rand_double_range (self->world->random, 0.8, 1.2);
  if (now >= self->next_key) {
    size *= KEY_FRAME_FACTOR;
    self->key_made = now;
    self->next_key = self->key_interval > 0 ? now + self->key_interval :
        G_MAXINT64;
  }

  return size;
}

static void
queue_frame (Flow * self, guint size)
{
  self->queued_bytes += size;
  if (self->key_made == self->world->now)
    self->key_left = self->queued_bytes;
  while (size > 0) {
    guint piece = MIN (size, FLOW_PACKET_SIZE);

    g_queue_push_tail (&self->queue, GUINT_TO_POINTER (piece));
    size -= piece;
  }
  if (!self->wake_up_planned)
    pace (self->world, self);
}

static void
make_frame (World * world, gpointer data)
{
  Flow *self = data;
  guint size;

  if (self->stopped)
    return;
  world_at (world, world->now + FRAME, make_frame, self);
  if (!self->sender)
    gst_rtc_gcc_tick (&self->gcc, world->now);
  if (self->paused)
    return;

  size = frame_size (self);
  size = MAX (100, size);
  if (self->sender)
    self->sender->take_frame (self, size);
  else
    queue_frame (self, size);
}

static void
take_sample (World * world, gpointer data)
{
  Flow *self = data;

  if (self->stopped)
    return;
  self->current.estimate = flow_get_estimate (self);
  g_array_append_val (self->samples, self->current);
  memset (&self->current, 0, sizeof (self->current));
  world_at (world, world->now + FLOW_SAMPLE, take_sample, self);
}

void
flow_start (Flow * self, gint64 time)
{
  world_at (self->world, time, make_frame, self);
  world_at (self->world, time + self->feedback_interval, send_feedback, self);
  world_at (self->world, self->world->now, take_sample, self);
}
