/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtpgccbwe: sends packets as fast as the path carries them, and says how fast
 * that is. To be given to webrtcbin for its signal request-aux-sender.
 *
 *   rtprtxsend ! queue, pacer, estimator ! rtpsession
 *
 * What comes in waits in a queue; the task of the src pad sends it. Feedback
 * comes as an event from rtpsession, on the thread that receives, and only
 * moves the estimator. While webrtcbin 1.22 blocks its pads (until DTLS is up)
 * it is that task that waits, and nobody else.
 *
 * Probes need packets when there are none: then rtprtxsend, which is upstream,
 * is asked to repeat what was sent last, as if a receiver had missed it.
 * Receivers drop what they have already.
 *
 * The lock is a leaf: nothing is pushed, waited for or notified under it, but
 * for the condition that the task waits on.
 */

#include "rtpgccbwe.h"

#include "pacequeue.h"
#include "pacer.h"
#include "ratemeter.h"
#include "twccevent.h"

GST_DEBUG_CATEGORY_STATIC (rtpgccbwe_debug);
#define GST_CAT_DEFAULT rtpgccbwe_debug

#define DEFAULT_ESTIMATE 2048000
#define DEFAULT_MIN 1000
#define DEFAULT_MAX 8192000
#define DEFAULT_ESTIMATOR GST_RTC_GCC_ESTIMATOR_KALMAN

/* The task sleeps that long at least, and then sends what became due: threads
 * that wake up for each packet cost more than sending it */
#define NAP (5 * GST_MSECOND)

/* Packets that go at once */
#define MAX_BATCH 16

/* Packets of which one may be repeated */
#define N_RECENT 64

/* How long to wait for a packet that rtprtxsend was asked for */
#define FILL_WAIT (5 * GST_MSECOND)

/* A stream without retransmission never answers */
#define MAX_UNANSWERED 3

#define RATE_WINDOW GST_SECOND

/* Above which backlog, and which share of the estimate, nothing is sent again */
#define RTX_BACKLOG (250 * GST_MSECOND)
#define RTX_SHARE 0.25
#define RTX_WINDOW (500 * GST_MSECOND)

typedef struct
{
  guint32 ssrc;
  guint16 seqnum;
} Sent;

struct _GstRtcGccBwe
{
  GstElement parent_instance;

  /* construct-only: any thread */
  GstPad *sink;
  GstPad *src;
  GstClock *clock;              /* rtpsession's: times are compared */

  GMutex lock;
  GCond cond;                   /* something to send, or flushing */
  /* guarded by lock */
  GstRtcGcc gcc;
  GstRtcPacer pacer;
  GstRtcPaceQueue queue;
  GstFlowReturn flow;
  guint64 min;
  guint64 max;
  guint64 notified;             /* the estimate that was told last */
  guint64 audio_pts[2];         /* bits */
  guint64 rtx_pts[2];
  GstRtcRateMeter audio_meter;
  GstRtcRateMeter rtx_meter;
  GstRtcRateMeter packet_meter; /* packets, not bytes */
  Sent recent[N_RECENT];        /* a ring */
  guint n_recent;
  guint next_recent;
  guint n_fills;                /* asked for this cluster */
  guint n_unanswered;           /* of them, in a row */
  gint64 fill_until;            /* ns: how long to wait for the last */
};

G_DEFINE_FINAL_TYPE (GstRtcGccBwe, gst_rtc_gcc_bwe, GST_TYPE_ELEMENT);

enum
{
  PROP_0,
  PROP_ESTIMATED_BITRATE,
  PROP_MIN_BITRATE,
  PROP_MAX_BITRATE,
  PROP_ESTIMATOR,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-rtp"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-rtp"));

GType
gst_rtc_gcc_estimator_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_RTC_GCC_ESTIMATOR_KALMAN, "Use Kalman filter", "kalman"},
    {GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, "Use linear regression slope",
        "linear-regression"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstRtcGccEstimator",
            values));

  return type;
}

static gint64
get_now (GstRtcGccBwe * self)
{
  return gst_clock_get_time (self->clock);
}

static gboolean
has_pt (const guint64 * set, guint8 pt)
{
  return (set[pt / 64] >> (pt % 64)) & 1;
}

/* Whether the estimate has changed since it was told; with the lock */
static gboolean
take_news_locked (GstRtcGccBwe * self)
{
  gboolean changed = self->gcc.estimate != self->notified;

  self->notified = self->gcc.estimate;

  return changed;
}

static void
notify_estimate (GstRtcGccBwe * self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ESTIMATED_BITRATE]);
}

/* Taking packets */

static guint64
pacing_rate_locked (GstRtcGccBwe * self)
{
  return gst_rtc_pacer_get_rate (&self->pacer, &self->gcc, self->queue.bytes);
}

/* How long what waits takes at the estimate, in ns */
static gint64
backlog_locked (GstRtcGccBwe * self)
{
  return self->queue.bytes * 8 * GST_SECOND / MAX (1, self->gcc.estimate);
}

static gboolean
parse_packet (GstBuffer * buffer, guint8 * ret_pt, Sent * ret_sent)
{
  guint8 header[12];

  if (gst_buffer_extract (buffer, 0, header, sizeof (header)) !=
      sizeof (header))
    return FALSE;

  *ret_pt = header[1] & 0x7f;
  ret_sent->seqnum = GST_READ_UINT16_BE (header + 2);
  ret_sent->ssrc = GST_READ_UINT32_BE (header + 8);

  return TRUE;
}

/* Who misses packets because the path is full does not get more of them by
 * having them sent again, and what is late anyway helps nobody */
static gboolean
is_useless_locked (GstRtcGccBwe * self, guint8 pt, gint64 now)
{
  if (!has_pt (self->rtx_pts, pt) || self->n_unanswered > 0)
    return FALSE;
  gst_rtc_rate_meter_take (&self->rtx_meter, now, 0);

  return (backlog_locked (self) > RTX_BACKLOG ||
      gst_rtc_rate_meter_get (&self->rtx_meter, RTX_WINDOW) >
      RTX_SHARE * self->gcc.estimate);
}

/* The task has to be woken for the first only: it looks by itself whether
 * there is more. */
static void
enqueue_locked (GstRtcGccBwe * self, GstBuffer * buffer, gint64 now)
{
  GstRtcPaceItem item = { GST_MINI_OBJECT_CAST (buffer), now,
    MAX (1, gst_buffer_get_size (buffer)), 0
  };
  gboolean audio = FALSE;
  Sent sent;

  if (parse_packet (buffer, &item.pt, &sent)) {
    if (is_useless_locked (self, item.pt, now)) {
      gst_buffer_unref (buffer);
      return;
    }
    audio = has_pt (self->audio_pts, item.pt);
    if (!audio && !has_pt (self->rtx_pts, item.pt)) {
      self->recent[self->next_recent] = sent;
      self->next_recent = (self->next_recent + 1) % N_RECENT;
      self->n_recent = MIN (self->n_recent + 1, N_RECENT);
    }
  }
  if (!gst_rtc_pace_queue_peek (&self->queue))
    g_cond_signal (&self->cond);
  self->n_unanswered = 0;
  self->fill_until = now;
  gst_rtc_pace_queue_push (&self->queue, &item, audio ||
      has_pt (self->rtx_pts, item.pt));
}

static GstFlowReturn
sink_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (parent);
  GstFlowReturn flow;

  g_mutex_lock (&self->lock);
  flow = self->flow;
  if (flow == GST_FLOW_OK)
    enqueue_locked (self, g_steal_pointer (&buffer), get_now (self));
  g_mutex_unlock (&self->lock);
  gst_clear_buffer (&buffer);

  return flow;
}

static GstFlowReturn
sink_chain_list (GstPad * pad, GstObject * parent, GstBufferList * list)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (parent);
  GstFlowReturn flow;

  g_mutex_lock (&self->lock);
  flow = self->flow;
  for (guint i = 0; flow == GST_FLOW_OK &&
      i < gst_buffer_list_length (list); i++)
    enqueue_locked (self, gst_buffer_ref (gst_buffer_list_get (list, i)),
        get_now (self));
  g_mutex_unlock (&self->lock);
  gst_buffer_list_unref (list);

  return flow;
}

/* Sending */

typedef struct
{
  GstBufferList *packets;
  GstEvent *event;
  GstEvent *request;            /* upstream */
  gboolean news;
  gboolean over;
} Step;

static gboolean
may_send_locked (GstRtcGccBwe * self, gint64 now)
{
  return gst_rtc_pacer_may_send (&self->pacer, now, pacing_rate_locked (self),
      self->gcc.estimate);
}

static void
sleep_locked (GstRtcGccBwe * self, gint64 nanoseconds)
{
  g_cond_wait_until (&self->cond, &self->lock, g_get_monotonic_time () +
      MAX (1, nanoseconds / 1000));
}

/* The next event, when no packet is before it */
static GstEvent *
pop_event_locked (GstRtcGccBwe * self)
{
  const GstRtcPaceItem *item = gst_rtc_pace_queue_peek (&self->queue);

  if (!item || item->size > 0)
    return NULL;

  return GST_EVENT_CAST (gst_rtc_pace_queue_pop (&self->queue).object);
}

static void
account_locked (GstRtcGccBwe * self, const GstRtcPaceItem * item, gint64 now)
{
  const gboolean probing = self->gcc.prober.state == GST_RTC_PROBE_SENDING;

  gst_rtc_pacer_sent (&self->pacer, item->size);
  gst_rtc_gcc_sent (&self->gcc, now, item->size);
  gst_rtc_rate_meter_take (&self->packet_meter, now, 1);
  if (has_pt (self->audio_pts, item->pt))
    gst_rtc_rate_meter_take (&self->audio_meter, now, item->size);
  else if (has_pt (self->rtx_pts, item->pt) && !probing)
    gst_rtc_rate_meter_take (&self->rtx_meter, now, item->size);
}

/* What is due. The packets of a cluster go one by one, as it is their distance
 * that is measured, and rtpsession gives a list one time. */
static GstBufferList *
pop_packets_locked (GstRtcGccBwe * self, gint64 now)
{
  GstBufferList *list = NULL;
  guint n = 0;

  while (n < MAX_BATCH && self->queue.bytes > 0 &&
      gst_rtc_pace_queue_peek (&self->queue)->size > 0 &&
      may_send_locked (self, now)) {
    GstRtcPaceItem item;

    if (n > 0 && self->gcc.prober.state == GST_RTC_PROBE_SENDING)
      break;
    item = gst_rtc_pace_queue_pop (&self->queue);
    if (!list)
      list = gst_buffer_list_new ();
    gst_buffer_list_add (list, GST_BUFFER_CAST (item.object));
    account_locked (self, &item, now);
    n++;
  }

  return list;
}

static gboolean
can_fill_locked (GstRtcGccBwe * self)
{
  const GstRtcProber *prober = &self->gcc.prober;

  if (prober->state != GST_RTC_PROBE_SENDING) {
    self->n_fills = 0;
    self->n_unanswered = 0;
  }

  return prober->state == GST_RTC_PROBE_SENDING && prober->n_sent > 0 &&
      self->n_fills < self->n_recent && self->n_unanswered < MAX_UNANSWERED;
}

/* A cluster that began has nothing left to send: have something repeated */
static GstEvent *
make_request_locked (GstRtcGccBwe * self, gint64 now)
{
  const Sent *sent;

  if (!can_fill_locked (self) || now < self->fill_until ||
      !may_send_locked (self, now))
    return NULL;

  self->n_fills++;
  self->n_unanswered++;
  self->fill_until = now + FILL_WAIT;
  sent = &self->recent[(self->next_recent + N_RECENT - self->n_fills) %
      N_RECENT];

  return gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
      gst_structure_new ("GstRTPRetransmissionRequest", "seqnum", G_TYPE_UINT,
          (guint) sent->seqnum, "ssrc", G_TYPE_UINT, (guint) sent->ssrc, NULL));
}

static void
wait_locked (GstRtcGccBwe * self, gint64 now)
{
  const gint64 delay = gst_rtc_pacer_get_delay (&self->pacer,
      pacing_rate_locked (self));
  const gboolean probing = self->gcc.prober.state == GST_RTC_PROBE_SENDING;

  if (self->queue.bytes > 0)
    sleep_locked (self, MAX (delay, probing ? 0 : (gint64) NAP));
  else if (can_fill_locked (self))
    sleep_locked (self, MAX (delay, self->fill_until - now));
  else
    g_cond_wait (&self->cond, &self->lock);
}

/* Waits until there is something to do. */
static Step
next_step (GstRtcGccBwe * self)
{
  Step step = { NULL, };

  g_mutex_lock (&self->lock);
  for (;;) {
    const gint64 now = get_now (self);

    step.over = self->flow != GST_FLOW_OK;
    if (step.over)
      break;
    gst_rtc_gcc_tick (&self->gcc, now);
    step.news |= take_news_locked (self);
    step.event = pop_event_locked (self);
    if (step.event)
      break;
    step.packets = pop_packets_locked (self, now);
    if (step.packets)
      break;
    if (self->queue.bytes == 0)
      step.request = make_request_locked (self, now);
    if (step.request || step.news)
      break;
    wait_locked (self, now);
  }
  g_mutex_unlock (&self->lock);

  return step;
}

static void
stop_with (GstRtcGccBwe * self, GstFlowReturn flow)
{
  GST_DEBUG_OBJECT (self, "stopping: %s", gst_flow_get_name (flow));
  g_mutex_lock (&self->lock);
  if (self->flow == GST_FLOW_OK)
    self->flow = flow;
  gst_rtc_pace_queue_clear (&self->queue);
  g_mutex_unlock (&self->lock);
  gst_pad_pause_task (self->src);
}

static GstFlowReturn
push_packets (GstRtcGccBwe * self, GstBufferList * list)
{
  GstBuffer *buffer;

  if (gst_buffer_list_length (list) > 1)
    return gst_pad_push_list (self->src, list);

  buffer = gst_buffer_ref (gst_buffer_list_get (list, 0));
  gst_buffer_list_unref (list);

  return gst_pad_push (self->src, buffer);
}

/* Task of the src pad */
static void
send_next (gpointer data)
{
  GstRtcGccBwe *self = data;
  Step step = next_step (self);
  GstFlowReturn flow = GST_FLOW_OK;

  if (step.news)
    notify_estimate (self);
  if (step.request)
    gst_pad_push_event (self->sink, step.request);
  if (step.event) {
    if (GST_EVENT_TYPE (step.event) == GST_EVENT_EOS)
      flow = GST_FLOW_EOS;
    gst_pad_push_event (self->src, step.event);
  }
  if (step.packets)
    flow = push_packets (self, step.packets);
  if (step.over)
    gst_pad_pause_task (self->src);
  else if (flow != GST_FLOW_OK)
    stop_with (self, flow);
}

/* Events */

/* What waited is gone, but the events that say what follows hold on */
static void
drop_item (GstRtcGccBwe * self, const GstRtcPaceItem * item)
{
  if (item->size == 0) {
    GstEvent *event = GST_EVENT_CAST (item->object);

    if (GST_EVENT_IS_STICKY (event) &&
        GST_EVENT_TYPE (event) != GST_EVENT_SEGMENT &&
        GST_EVENT_TYPE (event) != GST_EVENT_EOS)
      gst_pad_store_sticky_event (self->src, event);
  }
  gst_mini_object_unref (item->object);
}

static void
set_flow (GstRtcGccBwe * self, GstFlowReturn flow)
{
  GstRtcPaceQueue dropped;

  gst_rtc_pace_queue_init (&dropped);
  g_mutex_lock (&self->lock);
  self->flow = flow;
  while (gst_rtc_pace_queue_peek (&self->queue)) {
    GstRtcPaceItem item = gst_rtc_pace_queue_pop (&self->queue);

    gst_rtc_pace_queue_push (&dropped, &item, FALSE);
  }
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);

  while (gst_rtc_pace_queue_peek (&dropped)) {
    GstRtcPaceItem item = gst_rtc_pace_queue_pop (&dropped);

    drop_item (self, &item);
  }
  gst_rtc_pace_queue_free (&dropped);
}

static void
start_task (GstRtcGccBwe * self)
{
  set_flow (self, GST_FLOW_OK);
  gst_pad_start_task (self->src, send_next, self, NULL);
}

static void
enqueue_event (GstRtcGccBwe * self, GstEvent * event)
{
  const GstRtcPaceItem item = { GST_MINI_OBJECT_CAST (event), 0, 0, 0 };

  g_mutex_lock (&self->lock);
  if (self->flow == GST_FLOW_OK) {
    gst_rtc_pace_queue_push (&self->queue, &item, FALSE);
    g_cond_signal (&self->cond);
    event = NULL;
  }
  g_mutex_unlock (&self->lock);
  if (event)
    gst_event_unref (event);
}

static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
      gst_pad_push_event (self->src, event);
      set_flow (self, GST_FLOW_FLUSHING);
      gst_pad_pause_task (self->src);
      return TRUE;
    case GST_EVENT_FLUSH_STOP:
      gst_pad_push_event (self->src, event);
      start_task (self);
      return TRUE;
    default:
      break;
  }
  if (!GST_EVENT_IS_SERIALIZED (event))
    return gst_pad_event_default (pad, parent, event);

  enqueue_event (self, event);

  return TRUE;
}

/* The thread that receives */
static void
take_feedback (GstRtcGccBwe * self, GArray * packets)
{
  gboolean news;

  g_mutex_lock (&self->lock);
  gst_rtc_gcc_take_feedback (&self->gcc, get_now (self),
      (GstRtcGccPacket *) packets->data, packets->len);
  news = take_news_locked (self);
  GST_LOG_OBJECT (self, "%u packets: estimate %" G_GUINT64_FORMAT ", queue "
      "%.1f ms, loss %.3f, probe %d at %" G_GUINT64_FORMAT ": %u of %u",
      packets->len, self->gcc.estimate, self->gcc.queue.floor,
      self->gcc.loss.loss, self->gcc.prober.state, self->gcc.prober.rate,
      self->gcc.prober.n_arrived, self->gcc.prober.n_sent);
  g_mutex_unlock (&self->lock);

  if (news)
    notify_estimate (self);
}

static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  g_autoptr (GArray) packets = gst_rtc_twcc_event_parse (event);

  if (packets)
    take_feedback (GST_RTC_GCC_BWE (parent), packets);

  return gst_pad_event_default (pad, parent, event);
}

static gboolean
src_activate_mode (GstPad * pad, GstObject * parent, GstPadMode mode,
    gboolean active)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  if (active) {
    start_task (self);
    return TRUE;
  }
  set_flow (self, GST_FLOW_FLUSHING);

  return gst_pad_stop_task (pad);
}

/* What webrtcsink asks and tells */

static void
add_pt (GstRtcGccBwe * self, guint64 * set, guint pt)
{
  g_return_if_fail (pt < 128);

  g_mutex_lock (&self->lock);
  set[pt / 64] |= G_GUINT64_CONSTANT (1) << (pt % 64);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_rtc_gcc_bwe_set_audio:
 * @pt: payload type of audio, which is sent first
 *
 * Thread: any
 */
void
gst_rtc_gcc_bwe_set_audio (GstRtcGccBwe * self, guint pt)
{
  add_pt (self, self->audio_pts, pt);
}

/**
 * gst_rtc_gcc_bwe_set_retransmission:
 * @pt: payload type of repeated packets
 *
 * Thread: any
 */
void
gst_rtc_gcc_bwe_set_retransmission (GstRtcGccBwe * self, guint pt)
{
  add_pt (self, self->rtx_pts, pt);
}

/**
 * gst_rtc_gcc_bwe_get_backlog:
 *
 * Returns: milliseconds that what waits here takes
 *
 * Thread: any
 */
guint
gst_rtc_gcc_bwe_get_backlog (GstRtcGccBwe * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return backlog_locked (self) / GST_MSECOND;
}

/**
 * gst_rtc_gcc_bwe_get_report:
 * @report: (out): what is known of the path
 *
 * Thread: any
 */
void
gst_rtc_gcc_bwe_get_report (GstRtcGccBwe * self, GstRtcGccReport * report)
{
  const gint64 now = get_now (self);

  g_mutex_lock (&self->lock);
  /* what is long ago is no rate */
  gst_rtc_rate_meter_take (&self->audio_meter, now, 0);
  gst_rtc_rate_meter_take (&self->rtx_meter, now, 0);
  gst_rtc_rate_meter_take (&self->packet_meter, now, 0);
  report->estimate = self->gcc.estimate;
  report->limit = self->gcc.limit;
  report->audio = gst_rtc_rate_meter_get (&self->audio_meter, RATE_WINDOW);
  report->retransmission =
      gst_rtc_rate_meter_get (&self->rtx_meter, RATE_WINDOW);
  report->packets =
      gst_rtc_rate_meter_get (&self->packet_meter, RATE_WINDOW) / 8;
  report->loss = self->gcc.loss.loss;
  report->rtt = self->gcc.rtt;
  report->queued = backlog_locked (self);
  g_mutex_unlock (&self->lock);
}

/* GObject */

static void
set_bitrate_locked (GstRtcGccBwe * self, guint id, guint64 bitrate)
{
  if (id == PROP_ESTIMATED_BITRATE) {
    gst_rtc_gcc_set_estimate (&self->gcc, bitrate);
    return;
  }
  if (id == PROP_MIN_BITRATE)
    self->min = bitrate;
  else
    self->max = bitrate;
  gst_rtc_gcc_set_limits (&self->gcc, self->min, self->max);
}

static void
gst_rtc_gcc_bwe_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (object);

  g_mutex_lock (&self->lock);
  switch (id) {
    case PROP_ESTIMATED_BITRATE:
    case PROP_MIN_BITRATE:
    case PROP_MAX_BITRATE:
      set_bitrate_locked (self, id, g_value_get_uint (value));
      break;
    case PROP_ESTIMATOR:
      gst_rtc_gcc_set_type (&self->gcc, g_value_get_enum (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  if (id == PROP_ESTIMATED_BITRATE)
    self->notified = self->gcc.estimate;
  g_mutex_unlock (&self->lock);
}

static void
gst_rtc_gcc_bwe_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (object);

  g_mutex_lock (&self->lock);
  switch (id) {
    case PROP_ESTIMATED_BITRATE:
      g_value_set_uint (value, self->gcc.estimate);
      break;
    case PROP_MIN_BITRATE:
      g_value_set_uint (value, self->min);
      break;
    case PROP_MAX_BITRATE:
      g_value_set_uint (value, self->max);
      break;
    case PROP_ESTIMATOR:
      g_value_set_enum (value, self->gcc.trend.type);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  g_mutex_unlock (&self->lock);
}

static void
gst_rtc_gcc_bwe_finalize (GObject * object)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (object);

  gst_rtc_pace_queue_free (&self->queue);
  gst_object_unref (self->clock);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_rtc_gcc_bwe_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  props[PROP_ESTIMATED_BITRATE] = g_param_spec_uint ("estimated-bitrate",
      "Estimated bitrate", "What the path carries, in bit/s; notified when it "
      "changes, and can be set when somebody knows better", 1, G_MAXUINT,
      DEFAULT_MIN, flags);
  props[PROP_MIN_BITRATE] = g_param_spec_uint ("min-bitrate",
      "Minimum bitrate", "The least to estimate, in bit/s", 1, G_MAXUINT,
      DEFAULT_MIN, flags);
  props[PROP_MAX_BITRATE] = g_param_spec_uint ("max-bitrate",
      "Maximum bitrate", "The most to estimate, in bit/s", 1, G_MAXUINT,
      DEFAULT_MAX, flags);
  props[PROP_ESTIMATOR] = g_param_spec_enum ("estimator", "Estimator",
      "How the trend of the delay is found", GST_RTC_TYPE_GCC_ESTIMATOR,
      DEFAULT_ESTIMATOR, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gst_rtc_gcc_bwe_class_init (GstRtcGccBweClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (rtpgccbwe_debug, "rtpgccbwe", 0,
      "Congestion control");

  object_class->set_property = gst_rtc_gcc_bwe_set_property;
  object_class->get_property = gst_rtc_gcc_bwe_get_property;
  object_class->finalize = gst_rtc_gcc_bwe_finalize;
  install_properties (object_class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Google congestion control", "Network/WebRTC/RTP/Filter",
      "Estimates what the path to a WebRTC peer carries, and paces packets",
      "gst-rtc");
  gst_type_mark_as_plugin_api (GST_RTC_TYPE_GCC_ESTIMATOR, 0);
}

static void
gst_rtc_gcc_bwe_init (GstRtcGccBwe * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->clock = gst_system_clock_obtain ();
  self->flow = GST_FLOW_FLUSHING;
  self->min = DEFAULT_MIN;
  self->max = DEFAULT_MAX;
  gst_rtc_gcc_init (&self->gcc, DEFAULT_ESTIMATOR, DEFAULT_ESTIMATE);
  gst_rtc_gcc_set_limits (&self->gcc, self->min, self->max);
  self->notified = DEFAULT_ESTIMATE;
  gst_rtc_pacer_init (&self->pacer);
  gst_rtc_pace_queue_init (&self->queue);
  gst_rtc_rate_meter_init (&self->audio_meter);
  gst_rtc_rate_meter_init (&self->rtx_meter);
  gst_rtc_rate_meter_init (&self->packet_meter);

  self->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sink, sink_chain);
  gst_pad_set_chain_list_function (self->sink, sink_chain_list);
  gst_pad_set_event_function (self->sink, sink_event);
  GST_PAD_SET_PROXY_CAPS (self->sink);
  GST_PAD_SET_PROXY_ALLOCATION (self->sink);
  gst_element_add_pad (GST_ELEMENT (self), self->sink);

  self->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->src, src_event);
  gst_pad_set_activatemode_function (self->src, src_activate_mode);
  GST_PAD_SET_PROXY_CAPS (self->src);
  GST_PAD_SET_PROXY_ALLOCATION (self->src);
  gst_element_add_pad (GST_ELEMENT (self), self->src);
}

/**
 * gst_rtc_gcc_bwe_register:
 *
 * Makes the element rtpgccbwe.
 */
gboolean
gst_rtc_gcc_bwe_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "rtpgccbwe", GST_RANK_NONE,
      GST_RTC_TYPE_GCC_BWE);
}
