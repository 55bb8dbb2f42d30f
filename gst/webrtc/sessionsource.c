/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The source of one track in a session's pipeline: an element with one pad and
 * no thread. Encoded frames are pushed through it by the fan-out thread that
 * the source is bound to.
 *
 * It is attached to a rendition's producer only after DTLS is up: webrtcbin
 * 1.22 blocks a push before that, and one viewer that never gets through ICE
 * would stop the others. From then on nothing downstream blocks: sockets drop.
 *
 * When more waits to be sent than the path takes in THIN_ABOVE, whole frames are
 * left out, up to a key frame once it is less than THIN_BELOW: late frames are
 * of no use to anybody, and a queue that grows makes all of them late.
 *
 * A source that is attached to another producer goes on with the old one until
 * the new one's first key frame. Both push on the source's own thread.
 *
 * Timestamps become running time in a plain segment, as the segments of
 * encoders differ (x264enc shifts by 1000 hours). A source begins with a key
 * frame, and begins anew with one when it missed something.
 */

#include "sessionsource.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (webrtcsessionsource_debug);
#define GST_CAT_DEFAULT webrtcsessionsource_debug

/* Key frames that a peer may ask for in a row, and in how many microseconds he
 * gets another one. A key frame is paid for by all who share the encode; without
 * a budget a peer that loses everything would make the others pay for it. */
#define KEY_BUDGET 3.0
#define KEY_INTERVAL (2 * G_TIME_SPAN_SECOND)

/* What is asked for again so soon is answered by one key frame, if that comes
 * after it, and else waits */
#define KEY_SAME (300 * G_TIME_SPAN_MILLISECOND)

/* Milliseconds */
#define THIN_ABOVE 400
#define THIN_BELOW 100

/* One producer that feeds a source: what the producer knows as a consumer */
#define TYPE_FEED (feed_get_type ())
G_DECLARE_FINAL_TYPE (Feed, feed, RTC_SESSION, FEED, GObject);
struct _Feed
{
  GObject parent_instance;

  /* construct-only: any thread */
  GstRtcSessionSource *source;
  GstRtcStreamProducer *producer;
};

G_DEFINE_FINAL_TYPE (Feed, feed, G_TYPE_OBJECT);

struct _GstRtcSessionSource
{
  GstElement parent_instance;

  /* construct-only: any thread */
  GstPad *src;
  guint thread;


  GstRtcGccBwe *bwe;            /* NULL: nobody paces */

  GMutex lock;
  /* guarded by lock */
  Feed *feed;                   /* wanted */
  Feed *old_feed;               /* until the wanted one has a key frame */
  gdouble key_budget;           /* key frames that the peer may ask for */
  gint64 key_budget_at;         /* us: when it was that */
  gint64 key_taken_at;          /* us */
  gboolean key_deferred;        /* asked for, beyond the budget */

  /* fan-out thread only */
  gboolean started;
  gboolean wait_for_key;
  gboolean thinning;
  gboolean failed;
  GstCaps *caps;
  GstClockTime last_pts;
};

G_DEFINE_FINAL_TYPE (GstRtcSessionSource, gst_rtc_session_source,
    GST_TYPE_ELEMENT);

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static Feed *
feed_new (GstRtcSessionSource * source, GstRtcStreamProducer * producer)
{
  Feed *feed = g_object_new (TYPE_FEED, NULL);

  feed->source = gst_object_ref (source);
  feed->producer = g_object_ref (producer);

  return feed;
}

static void
feed_finalize (GObject * object)
{
  Feed *feed = RTC_SESSION_FEED (object);

  gst_object_unref (feed->source);
  g_object_unref (feed->producer);

  G_OBJECT_CLASS (feed_parent_class)->finalize (object);
}

static void
feed_class_init (FeedClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = feed_finalize;
}

static void
feed_init (Feed * feed)
{
}

/* Takes the reference */
static void
end_feed (Feed * feed)
{
  if (!feed)
    return;

  gst_rtc_stream_producer_remove_consumer (feed->producer, feed);
  g_object_unref (feed);
}

/* Of what is sent now */
static GstRtcStreamProducer *
ref_producer (GstRtcSessionSource * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Feed *feed = self->old_feed ? self->old_feed : self->feed;

  return feed ? g_object_ref (feed->producer) : NULL;
}

static void
request_key_unit (GstRtcSessionSource * self)
{
  g_autoptr (GstRtcStreamProducer) producer = ref_producer (self);

  if (producer)
    gst_rtc_stream_producer_request_key_unit (producer);
}

/* Whether the peer may have a key frame now; who watches alone pays himself */
static gboolean
take_key_budget (GstRtcSessionSource * self, gint64 now, guint n_consumers)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (now - self->key_taken_at < KEY_SAME) {
    self->key_deferred = TRUE;
    return FALSE;
  }
  self->key_budget = MIN (KEY_BUDGET, self->key_budget +
      (now - self->key_budget_at) / (gdouble) KEY_INTERVAL);
  self->key_budget_at = now;
  self->key_deferred = n_consumers > 1 && self->key_budget < 1;
  if (self->key_deferred)
    return FALSE;
  self->key_budget = MAX (0, self->key_budget - 1);
  self->key_taken_at = now;

  return TRUE;
}

/* The peer misses something: RTCP thread of the session, or the fan-out thread
 * when it had to wait */
static void
request_for_peer (GstRtcSessionSource * self)
{
  g_autoptr (GstRtcStreamProducer) producer = ref_producer (self);

  if (producer && take_key_budget (self, g_get_monotonic_time (),
          gst_rtc_stream_producer_get_n_consumers (producer)))
    gst_rtc_stream_producer_request_key_unit (producer);
}

static gboolean
is_deferred (GstRtcSessionSource * self, gboolean key)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  /* somebody else's will do */
  if (key)
    self->key_deferred = FALSE;

  return self->key_deferred;
}

static void
push_start (GstRtcSessionSource * self)
{
  g_autofree gchar *id = gst_pad_create_stream_id (self->src,
      GST_ELEMENT (self), NULL);

  gst_pad_push_event (self->src, gst_event_new_stream_start (id));
}

static void
push_caps (GstRtcSessionSource * self, GstCaps * caps)
{
  if (!caps || (self->caps && gst_caps_is_equal (self->caps, caps)))
    return;

  gst_caps_replace (&self->caps, caps);
  gst_pad_push_event (self->src, gst_event_new_caps (caps));
}

static void
push_segment (GstRtcSessionSource * self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->src, gst_event_new_segment (&segment));
}

/* Metadata is copied, the memory is shared. */
static GstBuffer *
in_running_time (GstRtcSessionSource * self, GstSample * sample)
{
  GstBuffer *buffer = gst_buffer_copy (gst_sample_get_buffer (sample));
  GstClockTime pts = gst_segment_to_running_time (gst_sample_get_segment
      (sample), GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));

  /* a frame of another rendition may not be past the last one sent */
  if (GST_CLOCK_TIME_IS_VALID (self->last_pts) &&
      (!GST_CLOCK_TIME_IS_VALID (pts) || pts <= self->last_pts))
    pts = self->last_pts + GST_MSECOND;
  self->last_pts = pts;

  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;

  return buffer;
}

/* Whether a frame of this feed is to be sent. The first key frame of the wanted
 * one ends the old one. */
static gboolean
is_its_turn (GstRtcSessionSource * self, Feed * feed, gboolean key)
{
  Feed *old = NULL;
  gboolean turn;

  g_mutex_lock (&self->lock);
  if (feed == self->feed && self->old_feed && key)
    old = g_steal_pointer (&self->old_feed);
  turn = feed == (self->old_feed ? self->old_feed : self->feed);
  g_mutex_unlock (&self->lock);

  if (old)
    GST_DEBUG_OBJECT (self, "goes on with another rendition");
  end_feed (old);

  return turn;
}

static gboolean
is_too_much (GstRtcSessionSource * self, gboolean key)
{
  guint backlog = self->bwe ? gst_rtc_gcc_bwe_get_backlog (self->bwe) : 0;

  if (!self->thinning && backlog > THIN_ABOVE) {
    GST_DEBUG_OBJECT (self, "%u ms wait to be sent: leaving out frames",
        backlog);
    self->thinning = TRUE;
    self->wait_for_key = TRUE;
  }
  if (!self->thinning || backlog > THIN_BELOW)
    return self->thinning;

  self->thinning = FALSE;
  if (!key)
    request_key_unit (self);

  return FALSE;
}

/* The source's fan-out thread */
static void
push_sample (gpointer data, GstSample * sample, gboolean lost)
{
  GstRtcSessionSource *self = ((Feed *) data)->source;
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  const gboolean key = !GST_BUFFER_FLAG_IS_SET (buffer,
      GST_BUFFER_FLAG_DELTA_UNIT);
  GstFlowReturn flow;

  if (!is_its_turn (self, data, key)) {
    if (lost)
      gst_rtc_stream_producer_request_key_unit (((Feed *) data)->producer);
    return;
  }

  if (self->failed || is_too_much (self, key))
    return;

  if (is_deferred (self, key))
    request_for_peer (self);
  if (lost)
    self->wait_for_key = TRUE;
  if (self->wait_for_key) {
    if (!key) {
      if (lost)
        request_key_unit (self);
      return;
    }
    self->wait_for_key = FALSE;
  }

  if (!self->started)
    push_start (self);
  push_caps (self, gst_sample_get_caps (sample));
  if (!self->started)
    push_segment (self);
  self->started = TRUE;

  flow = gst_pad_push (self->src, in_running_time (self, sample));
  if (flow != GST_FLOW_OK) {
    GST_INFO_OBJECT (self, "no more frames: %s", gst_flow_get_name (flow));
    self->failed = TRUE;
  }
}

/**
 * gst_rtc_session_source_new:
 * @name: name of the element
 *
 * Returns: (transfer floating): a source that is bound to one of the fan-out
 *     threads
 */
GstRtcSessionSource *
gst_rtc_session_source_new (const gchar * name)
{
  return g_object_new (GST_RTC_TYPE_SESSION_SOURCE, "name", name, NULL);
}

/**
 * gst_rtc_session_source_thin_by:
 * @bwe: (transfer none): what paces the session's packets
 *
 * Thread: control, before the source is attached
 */
void
gst_rtc_session_source_thin_by (GstRtcSessionSource * self, GstRtcGccBwe * bwe)
{
  g_assert (!self->feed);

  gst_object_replace ((GstObject **) & self->bwe, GST_OBJECT (bwe));
}

/**
 * gst_rtc_session_source_attach:
 * @producer: (transfer none): where the frames come from
 *
 * Asks for a key frame and begins with it; until then another producer that the
 * source was attached to goes on.
 *
 * Thread: control
 */
void
gst_rtc_session_source_attach (GstRtcSessionSource * self,
    GstRtcStreamProducer * producer)
{
  Feed *feed = feed_new (self, producer);
  Feed *dropped;

  g_mutex_lock (&self->lock);
  /* one that has not begun yet is not needed any more */
  dropped = self->old_feed ? self->feed : NULL;
  if (!dropped)
    self->old_feed = self->feed;
  self->feed = g_object_ref (feed);
  g_mutex_unlock (&self->lock);

  end_feed (dropped);
  gst_rtc_stream_producer_add_consumer (producer, feed, self->thread,
      push_sample);
  gst_rtc_stream_producer_request_key_unit (producer);
  g_object_unref (feed);
}

/**
 * gst_rtc_session_source_detach:
 *
 * No frame comes any more, but for one that is on its way.
 *
 * Thread: control
 */
void
gst_rtc_session_source_detach (GstRtcSessionSource * self)
{
  Feed *feed;
  Feed *old_feed;

  g_mutex_lock (&self->lock);
  feed = g_steal_pointer (&self->feed);
  old_feed = g_steal_pointer (&self->old_feed);
  g_mutex_unlock (&self->lock);

  end_feed (feed);
  end_feed (old_feed);
}

/* RTCP thread of the session */
static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  if (gst_video_event_is_force_key_unit (event))
    request_for_peer (GST_RTC_SESSION_SOURCE (parent));
  gst_event_unref (event);

  return TRUE;
}

static gboolean
src_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);

  gst_query_set_latency (query, TRUE, 0, GST_CLOCK_TIME_NONE);

  return TRUE;
}

static GstStateChangeReturn
gst_rtc_session_source_change_state (GstElement * element,
    GstStateChange transition)
{
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_rtc_session_source_parent_class)->change_state
      (element, transition);

  if (ret == GST_STATE_CHANGE_SUCCESS &&
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
          transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED))
    return GST_STATE_CHANGE_NO_PREROLL;

  return ret;
}

static void
gst_rtc_session_source_finalize (GObject * object)
{
  GstRtcSessionSource *self = GST_RTC_SESSION_SOURCE (object);

  g_assert (!self->feed && !self->old_feed);
  gst_clear_caps (&self->caps);
  gst_clear_object (&self->bwe);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_rtc_session_source_parent_class)->finalize (object);
}

static void
gst_rtc_session_source_class_init (GstRtcSessionSourceClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_rtc_session_source_finalize;
  element_class->change_state = gst_rtc_session_source_change_state;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Session source", "Source", "Source of a track in a WebRTC session",
      "gst-rtc");

  GST_DEBUG_CATEGORY_INIT (webrtcsessionsource_debug, "webrtcsessionsource",
      0, "Sources of tracks in sessions");
}

static void
gst_rtc_session_source_init (GstRtcSessionSource * self)
{
  static gint next_thread = 0;  /* atomic */

  g_mutex_init (&self->lock);
  self->thread = g_atomic_int_add (&next_thread, 1);
  self->wait_for_key = TRUE;
  self->key_budget = KEY_BUDGET;
  self->key_budget_at = g_get_monotonic_time ();
  self->last_pts = GST_CLOCK_TIME_NONE;

  self->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->src, src_event);
  gst_pad_set_query_function (self->src, src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->src);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}
