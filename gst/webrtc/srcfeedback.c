/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How fast a producer learns that a packet is missing.
 *
 * After a report that was sent early, because something was missing,
 * rtpsession sends no other before a whole interval has passed (RFC 4585
 * section 3.5.2). With the interval of a quiet session, a second, every loss
 * after the first is asked for too late for the jitter buffer, and so is the
 * key frame that would make up for it. So while packets are missing the
 * interval is short, and producers are not bothered while none is.
 */

#include "srcsession-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug


/* Time between two reports: of a session in which packets are missing */
#define FAST (20 * GST_MSECOND)

/* Of which reports may take 5 % (RFC 3550 section 6.2), bit/s */
#define BANDWIDTH 2000000.0

/* Milliseconds between two looks, and until a session is quiet again */
#define LOOK 500
#define QUIET 5000

static void
set_interval (gpointer rtp_session, gpointer interval)
{
  g_object_set (rtp_session, "rtcp-min-interval", *(guint64 *) interval, NULL);
}

static GPtrArray *
list_rtp_sessions (GstRtcSrcSession * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_ptr_array_copy (self->rtp_sessions, (GCopyFunc) g_object_ref, NULL);
}

static void
use_interval (GstRtcSrcSession * self, guint64 interval)
{
  g_autoptr (GPtrArray) sessions = list_rtp_sessions (self);

  g_ptr_array_foreach (sessions, set_interval, &interval);
}

static gint
get_age (GstRtcSrcSession * self)
{
  return (g_get_monotonic_time () - self->born) / G_TIME_SPAN_MILLISECOND;
}

static gboolean
look_whether_quiet (gpointer data)
{
  GstRtcSrcSession *self = data;

  if (get_age (self) - g_atomic_int_get (&self->last_missing) < QUIET)
    return G_SOURCE_CONTINUE;

  use_interval (self, self->quiet_interval);
  g_atomic_int_set (&self->is_fast, FALSE);
  g_clear_pointer (&self->quiet_check, g_source_unref);

  return G_SOURCE_REMOVE;
}

static void
get_fast (GstRtcSession * session)
{
  GstRtcSrcSession *self = GST_RTC_SRC_SESSION (session);

  if (!gst_rtc_session_is_alive (session) || self->quiet_check)
    return;

  GST_INFO_OBJECT (self->bin, "packets are missing, reporting fast");
  use_interval (self, FAST);
  self->quiet_check = gst_rtc_control_add_timer (gst_rtc_session_get_control
      (session), LOOK, look_whether_quiet, self, NULL);
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
  if (g_atomic_int_compare_and_exchange (&self->is_fast, FALSE, TRUE))
    gst_rtc_session_post (GST_RTC_SESSION (self), get_fast);

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

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      on_upstream_event, self, NULL);
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

static void
stop_interval (gpointer rtp_session, gpointer unused)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (rtp_session),
          "twcc-feedback-interval"))
    g_object_set (rtp_session, "twcc-feedback-interval",
        (guint64) GST_CLOCK_TIME_NONE, NULL);
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
  g_autoptr (GPtrArray) sessions = list_rtp_sessions (self);

  g_ptr_array_foreach (sessions, stop_interval, NULL);
}
