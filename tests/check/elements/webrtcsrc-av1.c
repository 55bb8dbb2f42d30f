/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GStreamer 1.22 has a decoder of AV1, but nothing that takes it out of RTP.
 * Where there is something (gst-plugins-rs has rtpav1depay), AV1 is received.
 * The two here are as simple as can be: a temporal unit is a packet. */

#include "tests/check/common/srcharness.h"

#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>

#define STREAM "videotestsrc is-live=true ! " \
    "video/x-raw,width=64,height=48,framerate=15/1 ! av1enc cpu-used=8 " \
    "usage-profile=realtime lag-in-frames=0 keyframe-max-dist=15 threads=1 ! " \
    "av1parse ! video/x-av1,stream-format=obu-stream,alignment=tu ! " \
    "testav1pay pt=96 mtu=60000 ! webrtcbin. "
#define UNITS "video/x-av1,stream-format=(string)obu-stream," \
    "alignment=(string)tu"
#define PACKETS "application/x-rtp,media=(string)video," \
    "encoding-name=(string)AV1,clock-rate=(int)90000"

static GstStaticPadTemplate unit_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (UNITS));
static GstStaticPadTemplate unit_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (UNITS));
static GstStaticPadTemplate packet_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (PACKETS));
static GstStaticPadTemplate packet_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (PACKETS));

/* Payloader */

typedef struct
{
  GstRTPBasePayload parent_instance;
} TestAv1Pay;

typedef struct
{
  GstRTPBasePayloadClass parent_class;
} TestAv1PayClass;

GType test_av1_pay_get_type (void);

G_DEFINE_TYPE (TestAv1Pay, test_av1_pay, GST_TYPE_RTP_BASE_PAYLOAD);

static gboolean
test_av1_pay_set_caps (GstRTPBasePayload * pay, GstCaps * caps)
{
  gst_rtp_base_payload_set_options (pay, "video", TRUE, "AV1", 90000);

  return gst_rtp_base_payload_set_outcaps (pay, NULL);
}

static GstFlowReturn
test_av1_pay_handle_buffer (GstRTPBasePayload * pay, GstBuffer * unit)
{
  GstBuffer *packet = gst_rtp_base_payload_allocate_output_buffer (pay, 0, 0,
      0);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  GST_BUFFER_PTS (packet) = GST_BUFFER_PTS (unit);
  gst_rtp_buffer_map (packet, GST_MAP_WRITE, &rtp);
  gst_rtp_buffer_set_marker (&rtp, TRUE);
  gst_rtp_buffer_unmap (&rtp);

  return gst_rtp_base_payload_push (pay, gst_buffer_append (packet, unit));
}

static void
test_av1_pay_class_init (TestAv1PayClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  gst_element_class_add_static_pad_template (element_class, &unit_sink);
  gst_element_class_add_static_pad_template (element_class, &packet_src);
  gst_element_class_set_static_metadata (element_class, "AV1 to RTP",
      "Codec/Payloader/Network/RTP", "A unit is a packet", "gst-rtc");
  GST_RTP_BASE_PAYLOAD_CLASS (klass)->set_caps = test_av1_pay_set_caps;
  GST_RTP_BASE_PAYLOAD_CLASS (klass)->handle_buffer =
      test_av1_pay_handle_buffer;
}

static void
test_av1_pay_init (TestAv1Pay * self)
{
}

/* Depayloader */

typedef struct
{
  GstRTPBaseDepayload parent_instance;
} TestAv1Depay;

typedef struct
{
  GstRTPBaseDepayloadClass parent_class;
} TestAv1DepayClass;

GType test_av1_depay_get_type (void);

G_DEFINE_TYPE (TestAv1Depay, test_av1_depay, GST_TYPE_RTP_BASE_DEPAYLOAD);

static gboolean
test_av1_depay_set_caps (GstRTPBaseDepayload * depay, GstCaps * caps)
{
  g_autoptr (GstCaps) units = gst_caps_from_string (UNITS);

  return gst_pad_set_caps (GST_RTP_BASE_DEPAYLOAD_SRCPAD (depay), units);
}

static GstBuffer *
test_av1_depay_process (GstRTPBaseDepayload * depay, GstRTPBuffer * rtp)
{
  return gst_rtp_buffer_get_payload_buffer (rtp);
}

static void
test_av1_depay_class_init (TestAv1DepayClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  gst_element_class_add_static_pad_template (element_class, &packet_sink);
  gst_element_class_add_static_pad_template (element_class, &unit_src);
  gst_element_class_set_static_metadata (element_class, "RTP to AV1",
      "Codec/Depayloader/Network/RTP", "A packet is a unit", "gst-rtc");
  GST_RTP_BASE_DEPAYLOAD_CLASS (klass)->set_caps = test_av1_depay_set_caps;
  GST_RTP_BASE_DEPAYLOAD_CLASS (klass)->process_rtp_packet =
      test_av1_depay_process;
}

static void
test_av1_depay_init (TestAv1Depay * self)
{
}

/* Tests */

static const struct
{
  const gchar *sink;
  const gchar *caps;
} outputs[] = {
  {"videoconvert ! fakesink", "video/x-raw"},
  {"capsfilter caps=video/x-av1 ! fakesink", "video/x-av1"},
  {"fakesink", "application/x-rtp"},
};

GST_START_TEST (test_av1)
{
  SrcHarness *h;

  fail_unless (gst_element_register (NULL, "testav1pay", GST_RANK_NONE,
          test_av1_pay_get_type ()));
  fail_unless (gst_element_register (NULL, "testav1depay", GST_RANK_PRIMARY,
          test_av1_depay_get_type ()));
  h = src_harness_new (NULL, STREAM PRODUCER_OPUS);
  src_harness_add_sink (h, "video", outputs[__i__].sink);
  src_harness_add_sink (h, "audio", "audioconvert ! fakesink");
  src_harness_start (h);
  src_harness_wait_buffers (h, TRUE, 10);
  src_harness_wait_buffers (h, FALSE, 10);
  fail_unless_equals_string (src_harness_caps_name (h, TRUE),
      outputs[__i__].caps);
  src_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsrc_av1_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc-av1");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 90);
  tcase_add_loop_test (tcase, test_av1, 0, G_N_ELEMENTS (outputs));

  return suite;
}

GST_CHECK_MAIN (webrtcsrc_av1);
