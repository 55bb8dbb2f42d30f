/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* rtpgccbwe: what is known of the path. What comes from the receiver, and what
 * webrtcsink tells and asks. */

#include "rtpgccbwe-private.h"

#include "twccnumber.h"

GST_DEBUG_CATEGORY_EXTERN (rtpgccbwe_debug);
#define GST_CAT_DEFAULT rtpgccbwe_debug

gint64
gst_rtc_gcc_bwe_get_now (GstRtcGccBwe * self)
{
  return gst_clock_get_time (self->clock);
}

/* Whether the estimate has changed since it was told; with the lock */
gboolean
gst_rtc_gcc_bwe_take_news_locked (GstRtcGccBwe * self)
{
  gboolean changed = self->sender.gcc.estimate != self->notified;

  self->notified = self->sender.gcc.estimate;

  return changed;
}

void
gst_rtc_gcc_bwe_notify_estimate (GstRtcGccBwe * self)
{
  g_object_notify (G_OBJECT (self), "estimated-bitrate");
}

/* Feedback */

static gboolean
take_feedback_news_locked (GstRtcGccBwe * self)
{
  GST_LOG_OBJECT (self, "feedback: estimate %" G_GUINT64_FORMAT ", queue "
      "%.1f ms, loss %.3f, probe %d at %" G_GUINT64_FORMAT ": %u of %u",
      self->sender.gcc.estimate, self->sender.gcc.queue.floor,
      self->sender.gcc.loss.loss, self->sender.gcc.prober.state,
      self->sender.gcc.prober.rate, self->sender.gcc.prober.n_arrived,
      self->sender.gcc.prober.n_sent);

  return gst_rtc_gcc_bwe_take_news_locked (self);
}

/* The thread that receives */
void
gst_rtc_gcc_bwe_take_feedback (GstRtcGccBwe * self, GArray * packets)
{
  gboolean news;

  g_mutex_lock (&self->lock);
  gst_rtc_gcc_take_feedback (&self->sender.gcc, gst_rtc_gcc_bwe_get_now (self),
      (GstRtcGccPacket *) packets->data, packets->len);
  news = take_feedback_news_locked (self);
  g_mutex_unlock (&self->lock);

  if (news)
    gst_rtc_gcc_bwe_notify_estimate (self);
}

/* The thread that receives */
static void
take_fci (gpointer data, const guint8 * fci, gsize size)
{
  GstRtcGccBwe *self = data;
  gboolean news;

  g_mutex_lock (&self->lock);
  gst_rtc_sender_take_feedback (&self->sender, fci, size,
      gst_rtc_gcc_bwe_get_now (self));
  news = take_feedback_news_locked (self);
  g_mutex_unlock (&self->lock);

  if (news)
    gst_rtc_gcc_bwe_notify_estimate (self);
}

/* Numbers */

static gboolean
numbers (GstRtcGccBwe * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->sender.number_id > 0;
}

static gboolean
is_not_twcc (GQuark field, const GValue * value, gpointer data)
{
  return !G_VALUE_HOLDS_STRING (value) ||
      g_strcmp0 (g_value_get_string (value), GST_RTC_URI_TWCC) != 0;
}

static gboolean
keep_others (GQuark field, GValue * value, gpointer data)
{
  return is_not_twcc (field, value, data);
}

/* From rtpsession, which would number what is numbered */
GstEvent *
gst_rtc_gcc_bwe_hide_numbers (GstRtcGccBwe * self, GstEvent * event)
{
  g_autoptr (GstCaps) shown = NULL;
  GstEvent *hiding;
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (!numbers (self) || gst_structure_foreach (gst_caps_get_structure (caps,
              0), is_not_twcc, NULL))
    return event;

  shown = gst_caps_copy (caps);
  gst_structure_filter_and_map_in_place (gst_caps_get_structure (shown, 0),
      keep_others, NULL);
  hiding = gst_event_new_caps (shown);
  gst_event_set_seqnum (hiding, gst_event_get_seqnum (event));
  gst_event_unref (event);

  return hiding;
}

/* What webrtcsink asks and tells */

/**
 * gst_rtc_gcc_bwe_set_wanted:
 * @factor: of the estimate: above that it does not matter what the path carries
 *
 * Thread: any
 */
void
gst_rtc_gcc_bwe_set_wanted (GstRtcGccBwe * self, gdouble factor)
{
  g_mutex_lock (&self->lock);
  gst_rtc_gcc_set_wanted (&self->sender.gcc, MIN (factor *
          self->sender.gcc.estimate, (gdouble) G_MAXINT64));
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
  g_mutex_lock (&self->lock);
  gst_rtc_sender_set_audio (&self->sender, pt);
  g_mutex_unlock (&self->lock);
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
  g_mutex_lock (&self->lock);
  gst_rtc_sender_set_retransmission (&self->sender, pt);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_rtc_gcc_bwe_set_numbered:
 * @pt: payload type of packets that get a transport-wide sequence number here
 * @id: of its header extension, which is the same for all
 *
 * The extension is taken from caps, so that rtpsession does not number again.
 *
 * Thread: any
 */
void
gst_rtc_gcc_bwe_set_numbered (GstRtcGccBwe * self, guint pt, guint id)
{
  g_mutex_lock (&self->lock);
  gst_rtc_sender_set_numbered (&self->sender, pt, id);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_rtc_gcc_bwe_take_rtcp:
 * @rtcp: (transfer full): what came from the receiver
 *
 * Takes feedback on what was numbered here.
 *
 * Returns: (transfer full) (nullable): what is not ours
 *
 * Thread: the one that receives
 */
GstBuffer *
gst_rtc_gcc_bwe_take_rtcp (GstRtcGccBwe * self, GstBuffer * rtcp)
{
  return numbers (self) ? gst_rtc_twcc_take_out (rtcp, take_fci, self) : rtcp;
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

  return gst_rtc_sender_get_backlog (&self->sender) / GST_MSECOND;
}

/**
 * gst_rtc_gcc_bwe_take_report:
 * @report: what the receiver says in RTCP
 *
 * For receivers that do not tell of each packet.
 *
 * Thread: any
 */
void
gst_rtc_gcc_bwe_take_report (GstRtcGccBwe * self,
    const GstRtcPathReport * report)
{
  gboolean news;

  g_mutex_lock (&self->lock);
  gst_rtc_gcc_take_report (&self->sender.gcc, gst_rtc_gcc_bwe_get_now (self),
      report);
  news = gst_rtc_gcc_bwe_take_news_locked (self);
  GST_LOG_OBJECT (self, "report: loss %.3f, round trip %" G_GINT64_FORMAT
      " ms, REMB %" G_GUINT64_FORMAT ": estimate %" G_GUINT64_FORMAT,
      report->loss, report->rtt / GST_RTC_GCC_MS, report->remb,
      self->sender.gcc.estimate);
  g_mutex_unlock (&self->lock);

  if (news)
    gst_rtc_gcc_bwe_notify_estimate (self);
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
  g_mutex_lock (&self->lock);
  gst_rtc_sender_get_report (&self->sender, gst_rtc_gcc_bwe_get_now (self),
      report);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_rtc_gcc_bwe_get_twcc_stats:
 *
 * Returns: (transfer full) (nullable): what feedback said of what was numbered
 *     here, see gst_rtc_twcc_stats_get(), if there was any
 *
 * Thread: any
 */
GstStructure *
gst_rtc_gcc_bwe_get_twcc_stats (GstRtcGccBwe * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->sender.stats.n_feedbacks > 0 ?
      gst_rtc_twcc_stats_get (&self->sender.stats) : NULL;
}
