/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/rtxlimit.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/rtp/rtp.h>

#define SSRC 1000
#define RTX_PT 97
#define PAYLOAD 1000
#define N_PACKETS 200

static GstBuffer *
make_packet (guint16 seq)
{
  GstBuffer *buffer = gst_rtp_buffer_new_allocate (PAYLOAD, 0, 0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  fail_unless (gst_rtp_buffer_map (buffer, GST_MAP_WRITE, &rtp));
  gst_rtp_buffer_set_payload_type (&rtp, 96);
  gst_rtp_buffer_set_seq (&rtp, seq);
  gst_rtp_buffer_set_timestamp (&rtp, seq * 3000);
  gst_rtp_buffer_set_ssrc (&rtp, SSRC);
  gst_rtp_buffer_unmap (&rtp);

  return buffer;
}

static void
request_packet (GstHarness * harness, guint seq)
{
  gst_harness_push_upstream_event (harness,
      gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
          gst_structure_new ("GstRTPRetransmissionRequest", "seqnum",
              G_TYPE_UINT, seq, "ssrc", G_TYPE_UINT, SSRC, NULL)));
}

static gboolean
is_retransmission (GstBuffer * buffer)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gboolean is_rtx;

  fail_unless (gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp));
  is_rtx = gst_rtp_buffer_get_payload_type (&rtp) == RTX_PT;
  gst_rtp_buffer_unmap (&rtp);

  return is_rtx;
}

static GstHarness *
make_sender (gint percentage)
{
  GstHarness *harness = gst_harness_new ("rtprtxsend");
  g_autoptr (GstStructure) map = gst_structure_new ("application/x-rtp-pt-map",
      "96", G_TYPE_UINT, RTX_PT, NULL);

  g_object_set (harness->element, "payload-type-map", map,
      "max-size-packets", 0, NULL);
  gst_rtc_rtx_limit_sender (harness->element, percentage);
  gst_harness_set_src_caps_str (harness, "application/x-rtp, media=video, "
      "clock-rate=90000, payload=96, ssrc=(uint)1000, encoding-name=VP8");

  return harness;
}

static void
wait_for_eos (GstHarness * harness)
{
  gboolean is_eos = FALSE;

  while (!is_eos) {
    GstEvent *event = gst_harness_pull_event (harness);

    fail_unless (event != NULL);
    is_eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
}

/* How many of the requests for every packet are fulfilled. What is sent again
 * goes out on the element's own thread: the EOS behind it is what is awaited */
static guint
count_retransmissions (gint percentage)
{
  GstHarness *harness = make_sender (percentage);
  guint n = 0;
  GstBuffer *buffer;

  for (guint i = 0; i < N_PACKETS; i++)
    gst_harness_push (harness, make_packet (i));
  for (guint i = 0; i < N_PACKETS; i++)
    request_packet (harness, i);
  gst_harness_push_event (harness, gst_event_new_eos ());
  wait_for_eos (harness);

  while ((buffer = gst_harness_try_pull (harness))) {
    n += is_retransmission (buffer);
    gst_buffer_unref (buffer);
  }
  gst_harness_teardown (harness);

  return n;
}

static const struct
{
  gint percentage;
  guint least;
  guint most;
} limits[] = {
  {-1, N_PACKETS, N_PACKETS},
  {100, 39, 40},                /* what may be sent at once */
  {10, 19, 20},
  {1, 1, 2},
  {0, 0, 0},
};

GST_START_TEST (requests_are_limited)
{
  const guint n = count_retransmissions (limits[__i__].percentage);

  fail_unless (n >= limits[__i__].least && n <= limits[__i__].most,
      "%u retransmissions at %d %%", n, limits[__i__].percentage);
}

GST_END_TEST;

/* GStreamer 1.30 has the property; 1.22 is not bothered with it */

typedef struct
{
  GstElement parent;
  gint percentage;
} NewSession;

typedef struct
{
  GstElementClass parent_class;
} NewSessionClass;

static GType new_session_get_type (void);

G_DEFINE_TYPE (NewSession, new_session, GST_TYPE_ELEMENT);

static void
new_session_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  ((NewSession *) object)->percentage = g_value_get_int (value);
}

static void
new_session_class_init (NewSessionClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = new_session_set_property;
  g_object_class_install_property (object_class, 1,
      g_param_spec_int ("rtx-percentage", NULL, NULL, -1, G_MAXINT, -1,
          G_PARAM_WRITABLE));
}

static void
new_session_init (NewSession * self)
{
  self->percentage = -1;
}

GST_START_TEST (session_limits_by_itself)
{
  NewSession *session = g_object_new (new_session_get_type (), NULL);
  GstElement *old = gst_element_factory_make ("rtpsession", NULL);

  gst_object_ref_sink (session);
  gst_object_ref_sink (old);
  gst_rtc_rtx_limit_session (GST_ELEMENT (session), -1);
  fail_unless_equals_int (session->percentage, -1);
  gst_rtc_rtx_limit_session (GST_ELEMENT (session), 25);
  fail_unless_equals_int (session->percentage, 25);
  gst_rtc_rtx_limit_session (old, 25);
  gst_object_unref (session);
  gst_object_unref (old);
}

GST_END_TEST;

static Suite *
rtxlimit_suite (void)
{
  Suite *s = suite_create ("rtxlimit");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, requests_are_limited, 0, G_N_ELEMENTS (limits));
  tcase_add_test (tc, session_limits_by_itself);

  return s;
}

GST_CHECK_MAIN (rtxlimit);
