/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast a producer learns that the path has changed.
 *
 * Packets are missing. After a report that was sent early, because something
 * was missing, rtpsession sends no other before a whole interval has passed
 * (RFC 4585 section 3.5.2). With the interval of a quiet session, a second,
 * every loss after the first is asked for too late for the jitter buffer, and
 * so is the key frame that would make up for it. So while packets are missing
 * the interval is short, and producers are not bothered while none is.
 *
 * Packets are late, or missing: transport-wide feedback comes with each frame,
 * as it is now that the producer's estimate has to follow. It costs a producer
 * more than all else of congestion control, and while nothing happens it tells
 * nothing new: then it comes seldom.
 */

#include "srcsession-private.h"

#include <stdlib.h>

#include "lateness.h"

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

/* Time between two reports: of a session in which packets are missing */
#define FAST (20 * GST_MSECOND)

/* Of which reports may take 5 % (RFC 3550 section 6.2), bit/s */
#define BANDWIDTH 2000000.0

/* Between two transport-wide feedbacks, nanoseconds: what libwebrtc takes for
 * slow paths, and none, which means with each frame */
#define CALM ((guint64) (250 * GST_MSECOND))
#define PROMPT GST_CLOCK_TIME_NONE

/* Milliseconds between two looks, until a session is quiet again, and until it
 * is calm */
#define LOOK 500
#define QUIET 5000
#define CALM_AFTER 2000

/* Nanoseconds between two packets: when they come as seldom as that, feedback
 * on some would wait for those that follow */
#define SELDOM ((gint64) (150 * GST_MSECOND))

/* Of video, in Hz (RFC 7741 and all others) */
#define CLOCK_RATE 90000

static GPtrArray *
list_rtp_sessions (GstRtcSrcSession * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_ptr_array_copy (self->rtp_sessions, (GCopyFunc) g_object_ref, NULL);
}

static void
use_interval (GstRtcSrcSession * self, const gchar * name, guint64 interval)
{
  g_autoptr (GPtrArray) sessions = list_rtp_sessions (self);

  for (guint i = 0; i < sessions->len; i++) {
    GObject *session = g_ptr_array_index (sessions, i);

    if (g_object_class_find_property (G_OBJECT_GET_CLASS (session), name))
      g_object_set (session, name, interval, NULL);
  }
}

static void
use_report_interval (GstRtcSrcSession * self, guint64 interval)
{
  use_interval (self, "rtcp-min-interval", interval);
}

static void
use_feedback_interval (GstRtcSrcSession * self, guint64 interval)
{
  use_interval (self, "twcc-feedback-interval", interval);
}

static gint
get_age (GstRtcSrcSession * self)
{
  return (g_get_monotonic_time () - self->born) / G_TIME_SPAN_MILLISECOND;
}

static gint
get_time_since (GstRtcSrcSession * self, gint * event)
{
  return get_age (self) - g_atomic_int_get (event);
}

static void
get_slower (GstRtcSrcSession * self)
{
  if (get_time_since (self, &self->last_missing) >= QUIET &&
      g_atomic_int_compare_and_exchange (&self->is_fast, TRUE, FALSE))
    use_report_interval (self, self->quiet_interval);
  if (get_time_since (self, &self->last_late) >= CALM_AFTER &&
      g_atomic_int_compare_and_exchange (&self->is_prompt, TRUE, FALSE)) {
    use_feedback_interval (self, CALM);
    /* it has got late just now */
    if (g_atomic_int_get (&self->is_prompt))
      use_feedback_interval (self, PROMPT);
  }
}

static gboolean
look_whether_quiet (gpointer data)
{
  GstRtcSrcSession *self = data;

  get_slower (self);
  if (g_atomic_int_get (&self->is_fast) || g_atomic_int_get (&self->is_prompt))
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&self->quiet_check, g_source_unref);

  return G_SOURCE_REMOVE;
}

static void
look_from_now_on (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);

  if (!gst_rtc_session_is_alive (session))
    return;

  if (g_atomic_int_get (&self->is_fast))
    use_report_interval (self, FAST);
  if (!self->quiet_check)
    self->quiet_check = gst_rtc_control_add_timer (gst_rtc_session_get_control
        (session), LOOK, look_whether_quiet, self, NULL);
}

/* The thread that receives: the next frame is told of already */
static void
get_prompt (GstRtcSrcSession * self)
{
  g_atomic_int_set (&self->last_late, get_age (self));
  if (!g_atomic_int_compare_and_exchange (&self->is_prompt, FALSE, TRUE))
    return;

  GST_DEBUG_OBJECT (self->bin, "packets are late or missing");
  use_feedback_interval (self, PROMPT);
  gst_rtc_session_post (GST_RTC_SESSION (self), look_from_now_on);
}

/* A thread of the jitter buffer's */
static GstPadProbeReturn
on_upstream_event (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstRtcSrcSession *self = data;

  if (!gst_event_has_name (GST_PAD_PROBE_INFO_EVENT (info),
          "GstRTPRetransmissionRequest"))
    return GST_PAD_PROBE_OK;

  g_atomic_int_set (&self->last_missing, get_age (self));
  get_prompt (self);
  if (g_atomic_int_compare_and_exchange (&self->is_fast, FALSE, TRUE)) {
    GST_INFO_OBJECT (self->bin, "packets are missing, reporting fast");
    gst_rtc_session_post (GST_RTC_SESSION (self), look_from_now_on);
  }

  return GST_PAD_PROBE_OK;
}

typedef struct
{
  GstRtcSrcSession *session;
  GstRtcLateness lateness;
  gint64 last_arrival;
} Watch;

static gboolean
look_at (GstBuffer ** packet, guint i, gpointer data)
{
  const gint64 arrival = GST_BUFFER_DTS_OR_PTS (*packet);
  Watch *watch = data;
  guint8 header[8];

  if (gst_buffer_extract (*packet, 0, header, sizeof (header)) !=
      sizeof (header) ||
      !GST_CLOCK_TIME_IS_VALID (arrival) ||
      !gst_rtc_pt_set_has (&watch->session->video_pts, header[1] & 0x7f))
    return TRUE;

  if (gst_rtc_lateness_take (&watch->lateness, CLOCK_RATE,
          GST_READ_UINT32_BE (header + 4), arrival) ||
      arrival - watch->last_arrival > SELDOM)
    get_prompt (watch->session);
  watch->last_arrival = arrival;

  return TRUE;
}

/* The thread that receives */
static GstPadProbeReturn
on_packets (GstPad * pad, GstPadProbeInfo * info, gpointer watch)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *packet = GST_PAD_PROBE_INFO_BUFFER (info);

    look_at (&packet, 0, watch);
  } else {
    gst_buffer_list_foreach (GST_PAD_PROBE_INFO_BUFFER_LIST (info), look_at,
        watch);
  }

  return GST_PAD_PROBE_OK;
}

/**
 * gst_rtc_src_session_watch_jitterbuffer:
 *
 * Thread: any
 */
void
gst_rtc_src_session_watch_jitterbuffer (GstRtcSrcSession * self,
    GstElement * jitterbuffer)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (jitterbuffer, "sink");
  Watch *watch = g_new0 (Watch, 1);

  watch->session = self;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      on_upstream_event, self, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets, watch, g_free);
}

/**
 * gst_rtc_src_session_note_video:
 * @sdp: what was negotiated
 *
 * Learns which packets are video.
 *
 * Thread: control
 */
void
gst_rtc_src_session_note_video (GstRtcSrcSession * self,
    const GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (g_strcmp0 (gst_sdp_media_get_media (media), "video") != 0)
      continue;
    for (guint f = 0; f < gst_sdp_media_formats_len (media); f++) {
      const gint pt = atoi (gst_sdp_media_get_format (media, f));

      if (pt >= 0 && pt < GST_RTC_N_PTS)
        gst_rtc_pt_set_add (&self->video_pts, pt);
    }
  }
}

/**
 * gst_rtc_src_session_watch_rtp_session:
 * @element: an rtpsession
 *
 * Thread: any
 */
void
gst_rtc_src_session_watch_rtp_session (GstRtcSrcSession * self,
    GstElement * element)
{
  GObject *rtp_session = NULL;

  g_object_get (element, "internal-session", &rtp_session, NULL);
  if (!rtp_session)
    return;

  g_object_get (rtp_session, "rtcp-min-interval", &self->quiet_interval, NULL);
  /* found out by itself it is next to nothing for the first seconds */
  g_object_set (rtp_session, "bandwidth", BANDWIDTH, NULL);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->rtp_sessions, rtp_session);
  g_mutex_unlock (&self->lock);
  /* while a producer finds out what the path carries */
  get_prompt (self);
}

/**
 * gst_rtc_src_session_stop_feedback:
 *
 * Thread: control
 */
void
gst_rtc_src_session_stop_feedback (GstRtcSrcSession * self)
{
  if (!self->quiet_check)
    return;

  g_source_destroy (self->quiet_check);
  g_clear_pointer (&self->quiet_check, g_source_unref);
}

/**
 * gst_rtc_src_session_prepare_for_no_clock:
 *
 * The bin of the session is about to leave the element, and loses its clock.
 * With an interval for transport-wide feedback, rtpsession of 1.22 counts for
 * ever when the next packet comes without a running time.
 *
 * Thread: any
 */
void
gst_rtc_src_session_prepare_for_no_clock (GstRtcSrcSession * self)
{
  use_feedback_interval (self, PROMPT);
}
