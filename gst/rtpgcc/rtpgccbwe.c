/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtpgccbwe: sends packets as fast as the path carries them, and says how fast
 * that is. To be given to webrtcbin for its signal request-aux-sender.
 *
 *   rtprtxsend ! queue, pacer, estimator ! rtpsession
 *
 * What may go at once is pushed by whoever brings it. The rest waits in a
 * queue, from which the task of the src pad sends it. One of them pushes at a
 * time. Feedback comes on the thread that receives, and only moves the
 * estimator.
 *
 * In anybody's webrtcbin rtpsession numbers the packets, and makes events of
 * the feedback. webrtcsink has both done here (twccnumber.c, twccfeedback.c),
 * and rtpsession is not told that there are numbers.
 *
 * webrtcbin 1.22 blocks its pads until DTLS is up. Then it is the task that
 * waits, and nobody else: before something got through, all goes that way.
 *
 * The lock is a leaf: nothing is pushed, waited for or notified under it, but
 * for the condition that the task waits on.
 */

#include "rtpgccbwe-private.h"

#include "twccevent.h"

GST_DEBUG_CATEGORY (rtpgccbwe_debug);
#define GST_CAT_DEFAULT rtpgccbwe_debug

#define DEFAULT_ESTIMATE 2048000
#define DEFAULT_MIN 1000
#define DEFAULT_MAX 8192000
#define DEFAULT_ESTIMATOR GST_RTC_GCC_ESTIMATOR_KALMAN

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

/* Atomic; of those of other processes who share a link nothing is known */
static gint n_made;

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

/* Taking packets */

/* What a thread with packets finds */
typedef enum
{
  PUSH,                         /* it pushes */
  TAKEN,                        /* the task does */
  REFUSED,
} Way;

static Way
find_way_locked (GstRtcGccBwe * self, gboolean pass)
{
  if (self->flow != GST_FLOW_OK)
    return REFUSED;
  if (!pass)
    return TAKEN;

  self->pushing = TRUE;

  return PUSH;
}

static gboolean
may_pass_locked (GstRtcGccBwe * self)
{
  return self->flow == GST_FLOW_OK && self->open && !self->pushing;
}

/* The task has to be woken for the first only: it looks by itself whether
 * there is more. */
static void
take_locked (GstRtcGccBwe * self, GstBuffer * buffer, gint64 now)
{
  if (gst_rtc_sender_is_idle (&self->sender))
    g_cond_signal (&self->cond);
  gst_rtc_sender_take (&self->sender, buffer, now);
}

static void
have_pushed (GstRtcGccBwe * self)
{
  g_mutex_lock (&self->lock);
  self->pushing = FALSE;
  if (!gst_rtc_sender_is_idle (&self->sender))
    g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

static gboolean
tick_locked (GstRtcGccBwe * self, gint64 now)
{
  gst_rtc_gcc_tick (&self->sender.gcc, now);

  return gst_rtc_gcc_bwe_take_news_locked (self);
}

static GstFlowReturn
sink_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (parent);
  const gint64 now = gst_rtc_gcc_bwe_get_now (self);
  GstFlowReturn flow;
  gboolean news;
  Way way;

  g_mutex_lock (&self->lock);
  news = tick_locked (self, now);
  way = find_way_locked (self, may_pass_locked (self) &&
      gst_rtc_sender_pass (&self->sender, &buffer, now));
  if (way == TAKEN)
    take_locked (self, g_steal_pointer (&buffer), now);
  flow = self->flow;
  g_mutex_unlock (&self->lock);

  if (news)
    gst_rtc_gcc_bwe_notify_estimate (self);
  if (way == PUSH) {
    flow = gst_pad_push (self->src, g_steal_pointer (&buffer));
    have_pushed (self);
  }
  gst_clear_buffer (&buffer);

  return flow;
}

static GstFlowReturn
sink_chain_list (GstPad * pad, GstObject * parent, GstBufferList * list)
{
  GstRtcGccBwe *self = GST_RTC_GCC_BWE (parent);
  const gint64 now = gst_rtc_gcc_bwe_get_now (self);
  GstFlowReturn flow;
  gboolean news;
  Way way;

  g_mutex_lock (&self->lock);
  news = tick_locked (self, now);
  way = find_way_locked (self, may_pass_locked (self) &&
      gst_rtc_sender_pass_list (&self->sender, &list, now));
  for (guint i = 0; way == TAKEN && i < gst_buffer_list_length (list); i++)
    take_locked (self, gst_buffer_ref (gst_buffer_list_get (list, i)), now);
  flow = self->flow;
  g_mutex_unlock (&self->lock);

  if (news)
    gst_rtc_gcc_bwe_notify_estimate (self);
  if (way == PUSH) {
    flow = gst_pad_push_list (self->src, g_steal_pointer (&list));
    have_pushed (self);
  }
  gst_clear_buffer_list (&list);

  return flow;
}

/* Sending */

static void
wait_locked (GstRtcGccBwe * self, gint64 nanoseconds)
{
  if (nanoseconds == GST_RTC_GCC_NO_TIME)
    g_cond_wait (&self->cond, &self->lock);
  else
    g_cond_wait_until (&self->cond, &self->lock, g_get_monotonic_time () +
        MAX (1, nanoseconds / 1000));
}

/* Waits until there is something to do, and whether there are news. */
static GstRtcSenderStep
next_step (GstRtcGccBwe * self, gboolean * news)
{
  GstRtcSenderStep step = { NULL, };

  *news = FALSE;
  g_mutex_lock (&self->lock);
  while (self->flow == GST_FLOW_OK) {
    const gint64 now = gst_rtc_gcc_bwe_get_now (self);

    *news |= tick_locked (self, now);
    if (self->pushing) {
      wait_locked (self, GST_RTC_GCC_NO_TIME);
      continue;
    }
    step = gst_rtc_sender_next (&self->sender, now);
    self->pushing = step.packets || step.event;
    if (self->pushing || step.request || *news)
      break;
    wait_locked (self, step.wait);
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
  gst_rtc_pace_queue_clear (&self->sender.queue);
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

static GstFlowReturn
push_step (GstRtcGccBwe * self, const GstRtcSenderStep * step)
{
  GstFlowReturn flow = GST_FLOW_OK;

  if (step->event) {
    if (GST_EVENT_TYPE (step->event) == GST_EVENT_EOS)
      flow = GST_FLOW_EOS;
    gst_pad_push_event (self->src, step->event);
  }
  if (step->packets)
    flow = push_packets (self, step->packets);

  g_mutex_lock (&self->lock);
  self->pushing = FALSE;
  self->open |= step->packets && flow == GST_FLOW_OK;
  g_mutex_unlock (&self->lock);

  return flow;
}

/* Task of the src pad */
static void
send_next (gpointer data)
{
  GstRtcGccBwe *self = data;
  gboolean news;
  GstRtcSenderStep step = next_step (self, &news);
  GstFlowReturn flow = GST_FLOW_OK;

  if (news)
    gst_rtc_gcc_bwe_notify_estimate (self);
  if (step.request)
    gst_pad_push_event (self->sink, step.request);
  else if (step.event || step.packets)
    flow = push_step (self, &step);
  else if (!news)
    gst_pad_pause_task (self->src);
  if (flow != GST_FLOW_OK)
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
  self->open = FALSE;
  while (gst_rtc_pace_queue_peek (&self->sender.queue)) {
    GstRtcPaceItem item = gst_rtc_pace_queue_pop (&self->sender.queue);

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
take_event (GstRtcGccBwe * self, GstEvent * event)
{
  g_mutex_lock (&self->lock);
  if (self->flow == GST_FLOW_OK) {
    gst_rtc_sender_take_event (&self->sender, g_steal_pointer (&event));
    g_cond_signal (&self->cond);
  }
  g_mutex_unlock (&self->lock);
  gst_clear_event (&event);
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

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    event = gst_rtc_gcc_bwe_hide_numbers (self, event);
  take_event (self, event);

  return TRUE;
}

static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  g_autoptr (GArray) packets = gst_rtc_twcc_event_parse (event);

  if (packets)
    gst_rtc_gcc_bwe_take_feedback (GST_RTC_GCC_BWE (parent), packets);

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

/* GObject */

static void
set_bitrate_locked (GstRtcGccBwe * self, guint id, guint64 bitrate)
{
  if (id == PROP_ESTIMATED_BITRATE) {
    gst_rtc_gcc_set_estimate (&self->sender.gcc, bitrate);
    return;
  }
  if (id == PROP_MIN_BITRATE)
    self->min = bitrate;
  else
    self->max = bitrate;
  gst_rtc_gcc_set_limits (&self->sender.gcc, self->min, self->max);
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
      gst_rtc_gcc_set_type (&self->sender.gcc, g_value_get_enum (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  if (id == PROP_ESTIMATED_BITRATE)
    self->notified = self->sender.gcc.estimate;
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
      g_value_set_uint (value, self->sender.gcc.estimate);
      break;
    case PROP_MIN_BITRATE:
      g_value_set_uint (value, self->min);
      break;
    case PROP_MAX_BITRATE:
      g_value_set_uint (value, self->max);
      break;
    case PROP_ESTIMATOR:
      g_value_set_enum (value, self->sender.gcc.trend.type);
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

  gst_rtc_sender_clear (&self->sender);
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

  n_made = g_random_int_range (0, 1000);

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
  gst_rtc_sender_init (&self->sender, DEFAULT_ESTIMATOR, DEFAULT_ESTIMATE);
  gst_rtc_gcc_set_phase (&self->sender.gcc, g_atomic_int_add (&n_made, 1));
  gst_rtc_gcc_set_limits (&self->sender.gcc, self->min, self->max);
  self->notified = DEFAULT_ESTIMATE;

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
