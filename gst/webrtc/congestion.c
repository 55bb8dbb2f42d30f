/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The estimator of one session: an rtpgccbwe that webrtcbin asks for, and the
 * way of its estimates to the control thread. Estimates come on the thread
 * that receives and on the one that paces, many times a second; one job at a
 * time is posted for them, which reads the newest.
 *
 * The element is made by its type: with another plugin's rtpgccbwe in the
 * registry a factory's name would be anybody's.
 */

#include "congestion.h"

#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "rtcpreport.h"

GST_DEBUG_CATEGORY_STATIC (webrtccongestion_debug);
#define GST_CAT_DEFAULT webrtccongestion_debug

struct _GstRtcCongestion
{
  /* construct-only: any thread */
  GstRtcSession *session;       /* not referenced: it owns us */
  GstRtcGccBwe *bwe;
  void (*estimated) (GstRtcSession * session);
  guint min_bitrate;
  guint max_bitrate;

  gint posted;                  /* atomic: a job is on its way */

  /* control thread only */
  GstElement *webrtcbin;        /* while it is watched; not referenced */
};

/**
 * gst_rtc_congestion_new:
 * @session: (transfer none): whose path it is
 * @settings: what the element was set to
 * @estimated: called on the control thread when there is a new estimate, to
 *     be read with gst_rtc_congestion_get_report()
 *
 * Thread: control
 */
GstRtcCongestion *
gst_rtc_congestion_new (GstRtcSession * session,
    const GstRtcSettings * settings, void (*estimated) (GstRtcSession *))
{
  GstRtcCongestion *self = g_new0 (GstRtcCongestion, 1);

  GST_DEBUG_CATEGORY_INIT (webrtccongestion_debug, "webrtccongestion", 0,
      "Estimates of sessions");

  self->session = session;
  self->estimated = estimated;
  self->min_bitrate = settings->min_bitrate;
  self->max_bitrate = settings->max_bitrate;
  /* floating: webrtcbin 1.22 leaks what is not */
  self->bwe = g_object_new (GST_RTC_TYPE_GCC_BWE, "estimator",
      GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, NULL);
  gst_rtc_congestion_set_media (self, 1, 0);
  g_object_set (self->bwe, "estimated-bitrate",
      MAX (1, gst_rtc_settings_get_fixed_bitrate (settings)), NULL);

  return self;
}

void
gst_rtc_congestion_free (GstRtcCongestion * self)
{
  if (!self)
    return;

  g_assert (!self->webrtcbin);
  gst_object_unref (self->bwe);
  g_free (self);
}

/* Threads that receive and that pace */
static void
on_estimate (GstRtcGccBwe * bwe, GParamSpec * pspec, GstRtcCongestion * self)
{
  if (g_atomic_int_compare_and_exchange (&self->posted, FALSE, TRUE))
    gst_rtc_session_post (self->session, self->estimated);
}

/* Whatever thread makes webrtcbin's first stream */
static GstElement *
on_request_aux_sender (GstElement * webrtcbin, GObject * transport,
    GstRtcCongestion * self)
{
  if (GST_OBJECT_PARENT (self->bwe))
    return NULL;

  return gst_object_ref (GST_ELEMENT (self->bwe));
}

/**
 * gst_rtc_congestion_watch:
 * @webrtcbin: the session's, which has no stream yet
 *
 * Thread: control
 */
void
gst_rtc_congestion_watch (GstRtcCongestion * self, GstElement * webrtcbin)
{
  self->webrtcbin = webrtcbin;
  g_signal_connect (webrtcbin, "request-aux-sender",
      G_CALLBACK (on_request_aux_sender), self);
  g_signal_connect (self->bwe, "notify::estimated-bitrate",
      G_CALLBACK (on_estimate), self);
}

/* RTCP */

/* The thread that receives */
static GstPadProbeReturn
on_rtcp (GstPad * pad, GstPadProbeInfo * info, gpointer bwe)
{
  GstBuffer *rest = gst_rtc_gcc_bwe_take_rtcp (bwe,
      GST_PAD_PROBE_INFO_BUFFER (info));

  GST_PAD_PROBE_INFO_DATA (info) = rest;

  return rest ? GST_PAD_PROBE_OK : GST_PAD_PROBE_HANDLED;
}

/* Whatever thread makes the transport */
static void
on_pad_added (GstElement * rtpsession, GstPad * pad, GstRtcGccBwe * bwe)
{
  if (g_str_has_prefix (GST_OBJECT_NAME (pad), "recv_rtcp_sink"))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_rtcp,
        gst_object_ref (bwe), gst_object_unref);
}

/* RTCP of peers that do not know transport-wide feedback */

typedef struct
{
  GstRtcGccBwe *bwe;
  GstRtcRtcpReader reader;
} RtcpWatch;

static void
free_rtcp_watch (gpointer data, GClosure * closure)
{
  RtcpWatch *watch = data;

  gst_object_unref (watch->bwe);
  g_free (watch);
}

/* Seconds from 1900 to 1970 */
#define NTP_EPOCH G_GUINT64_CONSTANT (2208988800)

/* As rtpsession has it in its reports */
static guint64
get_ntp_time (void)
{
  const guint64 us = g_get_real_time ();

  return gst_util_uint64_scale (us + NTP_EPOCH * G_USEC_PER_SEC,
      G_GUINT64_CONSTANT (1) << 32, G_USEC_PER_SEC);
}

/* The thread that receives */
static void
on_receiving_rtcp (GObject * rtp_session, GstBuffer * packet, gpointer data)
{
  RtcpWatch *watch = data;
  GstRtcPathReport report;

  if (gst_rtc_rtcp_reader_take (&watch->reader, packet, get_ntp_time (),
          &report))
    gst_rtc_gcc_bwe_take_report (watch->bwe, &report);
}

/**
 * gst_rtc_congestion_watch_rtp_session:
 * @element: an rtpsession of the session
 *
 * Thread: any
 */
void
gst_rtc_congestion_watch_rtp_session (GstRtcCongestion * self,
    GstElement * element)
{
  g_autoptr (GObject) internal = NULL;
  RtcpWatch *watch;

  g_signal_connect_object (element, "pad-added", G_CALLBACK (on_pad_added),
      self->bwe, 0);
  g_object_get (element, "internal-session", &internal, NULL);
  if (!internal)
    return;

  watch = g_new0 (RtcpWatch, 1);
  watch->bwe = gst_object_ref (self->bwe);
  g_signal_connect_data (internal, "on-receiving-rtcp",
      G_CALLBACK (on_receiving_rtcp), watch, free_rtcp_watch, 0);
}

/**
 * gst_rtc_congestion_stop:
 *
 * No more estimates. A handler may still run on a thread of the pipeline, which
 * is why this is done before that is taken down, and we are freed after.
 *
 * Thread: control
 */
void
gst_rtc_congestion_stop (GstRtcCongestion * self)
{
  if (!self->webrtcbin)
    return;

  g_signal_handlers_disconnect_by_data (self->webrtcbin, self);
  g_signal_handlers_disconnect_by_data (self->bwe, self);
  self->webrtcbin = NULL;
}

/**
 * gst_rtc_congestion_set_media:
 * @n_video: video encoders of the session
 * @n_audio: its audio streams
 *
 * Thread: control
 */
void
gst_rtc_congestion_set_media (GstRtcCongestion * self, guint n_video,
    guint n_audio)
{
  const guint64 min = (guint64) self->min_bitrate * MAX (1, n_video);

  g_object_set (self->bwe, "min-bitrate", (guint) CLAMP (min, 1, G_MAXUINT),
      "max-bitrate", (guint) MAX (1,
          gst_rtc_allocation_get_limit (self->max_bitrate, n_video, n_audio)),
      NULL);
}

/* "96 VP8/90000", "97 rtx/90000" */
static void
add_retransmission (GstRtcCongestion * self, const gchar * rtpmap)
{
  const gchar *name = strchr (rtpmap, ' ');
  const gint pt = atoi (rtpmap);

  if (name && g_ascii_strncasecmp (name + 1, "rtx/", 4) == 0 && pt >= 0 &&
      pt < 128)
    gst_rtc_gcc_bwe_set_retransmission (self->bwe, pt);
}

/**
 * gst_rtc_congestion_add_payload:
 * @media: an m-line of ours
 * @pt: what the peer chose
 * @number_id: of the extension for transport-wide sequence numbers; 0 if the
 *     peer does not take it
 *
 * Thread: control
 */
void
gst_rtc_congestion_add_payload (GstRtcCongestion * self,
    const GstSDPMedia * media, gint pt, guint number_id)
{
  const gchar *rtpmap;

  if (pt >= 0 && pt < 128 && g_strcmp0 (gst_sdp_media_get_media (media),
          "audio") == 0)
    gst_rtc_gcc_bwe_set_audio (self->bwe, pt);
  for (guint i = 0; (rtpmap =
          gst_sdp_media_get_attribute_val_n (media, "rtpmap", i)); i++) {
    add_retransmission (self, rtpmap);
    if (number_id > 0 && atoi (rtpmap) >= 0 && atoi (rtpmap) < 128)
      gst_rtc_gcc_bwe_set_numbered (self->bwe, atoi (rtpmap), number_id);
  }
}

/**
 * gst_rtc_congestion_get_bwe:
 *
 * Returns: (transfer none): the element
 *
 * Thread: control
 */
GstRtcGccBwe *
gst_rtc_congestion_get_bwe (GstRtcCongestion * self)
{
  return self->bwe;
}

/**
 * gst_rtc_congestion_get_report:
 * @report: (out): the newest
 *
 * Thread: control
 */
void
gst_rtc_congestion_get_report (GstRtcCongestion * self,
    GstRtcGccReport * report)
{
  g_atomic_int_set (&self->posted, FALSE);
  gst_rtc_gcc_bwe_get_report (self->bwe, report);
}
