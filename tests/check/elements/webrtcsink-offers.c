/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an offer says besides codecs: header extensions, clocks. */

#include "gst/webrtc/extmap.h"
#include "tests/check/common/elements.h"
#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>
#include <gst/webrtc/webrtc.h>
#include <string.h>

#define OWN_URI "urn:example:own"

static gchar *
get_offer (SinkHarness * h)
{
  Consumer *consumer = sink_harness_consumer (h, "offered");
  gchar *offer;

  consumer_never_answer (consumer);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_offer (consumer);
  offer = consumer_get_offer (consumer);
  consumer_leave (consumer);
  g_object_unref (consumer);

  return offer;
}

static guint
count (const gchar * text, const gchar * part)
{
  guint n = 0;

  while ((text = strstr (text, part))) {
    n++;
    text += strlen (part);
  }

  return n;
}

static void
assert_count (const gchar * offer, guint n, const gchar * part)
{
  fail_unless (count (offer, part) == n, "'%s' %u times and not %u in\n%s",
      part, count (offer, part), n, offer);
}

/* Header extensions */

/* An application's own, which no registry knows */

typedef struct
{
  GstRTPHeaderExtension parent;
} OwnExtension;

typedef struct
{
  GstRTPHeaderExtensionClass parent_class;
} OwnExtensionClass;

static GType own_extension_get_type (void);

G_DEFINE_TYPE (OwnExtension, own_extension, GST_TYPE_RTP_HEADER_EXTENSION);

static GstRTPHeaderExtensionFlags
get_supported_flags (GstRTPHeaderExtension * extension)
{
  return GST_RTP_HEADER_EXTENSION_ONE_BYTE;
}

static gsize
get_max_size (GstRTPHeaderExtension * extension, const GstBuffer * input)
{
  return 1;
}

static gssize
write_extension (GstRTPHeaderExtension * extension, const GstBuffer * input,
    GstRTPHeaderExtensionFlags flags, GstBuffer * output, guint8 * data,
    gsize size)
{
  *data = 42;

  return 1;
}

static void
own_extension_class_init (OwnExtensionClass * klass)
{
  GstRTPHeaderExtensionClass *extension_class =
      GST_RTP_HEADER_EXTENSION_CLASS (klass);

  extension_class->get_supported_flags = get_supported_flags;
  extension_class->get_max_size = get_max_size;
  extension_class->write = write_extension;
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Own extension", GST_RTP_HDREXT_ELEMENT_CLASS, "Of a test", "gst-rtc");
  gst_rtp_header_extension_class_set_uri (extension_class, OWN_URI);
}

static void
own_extension_init (OwnExtension * self)
{
}

GST_START_TEST (extensions_of_an_offer)
{
  SinkHarness *h = sink_harness_new ();
  g_autofree gchar *offer = NULL;

  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_add (h, SINK_HARNESS_RAW_AUDIO);
  sink_harness_play (h);
  offer = get_offer (h);
  /* once in each media; colours are of video only */
  assert_count (offer, 2, "extmap:1 " GST_RTC_URI_TWCC "\r\n");
  assert_count (offer, 1, "extmap:2 " GST_RTC_URI_COLOR_SPACE "\r\n");
  assert_count (offer, 2, "extmap:1 ");
  assert_count (offer, 3, "extmap:");
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (no_twcc_without_congestion_control)
{
  SinkHarness *h = sink_harness_new ();
  g_autofree gchar *offer = NULL;

  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)),
      "congestion-control", "disabled");
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  offer = get_offer (h);
  assert_count (offer, 0, "transport-wide");
  sink_harness_free (h);
}

GST_END_TEST;

typedef struct
{
  SinkHarness *h;
  gint n_with;
  gint n_without;
} Extended;

/* The fan-out thread */
static GstPadProbeReturn
on_packets (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Extended *self = data;
  GstBuffer *buffer = info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST ?
      gst_buffer_list_get (GST_PAD_PROBE_INFO_BUFFER_LIST (info), 0) :
      GST_PAD_PROBE_INFO_BUFFER (info);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gpointer payload;
  guint size;

  fail_unless (gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp));
  if (gst_rtp_buffer_get_extension_onebyte_header (&rtp, 1, 0, &payload, &size))
    g_atomic_int_inc (&self->n_with);
  else
    g_atomic_int_inc (&self->n_without);
  gst_rtp_buffer_unmap (&rtp);

  return GST_PAD_PROBE_OK;
}

/* As applications do it: the same for each payloader that is shown */
static gboolean
add_extension (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * payloader, Extended * self)
{
  GstRTPHeaderExtension *extension =
      g_object_new (own_extension_get_type (), NULL);

  gst_object_ref_sink (extension);
  gst_rtp_header_extension_set_id (extension, 1);
  g_signal_emit_by_name (payloader, "add-extension", extension);
  gst_object_unref (extension);
  sink_harness_note (self->h, g_strdup_printf ("payloader %s", consumer_id));

  if (!g_str_equal (consumer_id, "discovery")) {
    GstPad *pad = gst_element_get_static_pad (payloader, "src");

    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
        GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets, self, NULL);
    gst_object_unref (pad);
  }

  return FALSE;
}

/* webrtcbin answers without what is in no registry */
static gchar *
accept_extension (gchar * text)
{
  const gchar *at = strstr (text, "a=rtpmap:96");
  gchar *edited;

  fail_unless (at != NULL);
  edited = g_strdup_printf ("%.*sa=extmap:1 " OWN_URI "\r\n%s",
      (gint) (at - text), text, at);
  g_free (text);

  return edited;
}

/* Each offered payloader is shown, what is added to it is offered, and sent if
 * the answer took it */
static void
run_extended (FakeSignallerEdit edit, Extended * self)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer = sink_harness_consumer (h, "one");
  g_autofree gchar *offer = NULL;

  self->h = h;
  g_signal_connect (sink_harness_get_sink (h), "payloader-setup",
      G_CALLBACK (add_extension), self);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer_edit_answer (consumer, edit);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 10);
  offer = consumer_get_offer (consumer);
  assert_count (offer, 1, "extmap:1 " OWN_URI);
  assert_count (offer, 1, "extmap:2 " GST_RTC_URI_TWCC);
  assert_count (offer, 1, "extmap:3 " GST_RTC_URI_COLOR_SPACE);
  sink_harness_wait (h, "payloader discovery", 4);
  sink_harness_wait (h, "payloader peer-one", 1);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

static gchar *
refuse_extension (gchar * text)
{
  return text;
}

GST_START_TEST (extension_of_the_application)
{
  Extended taken = { NULL, };
  Extended refused = { NULL, };

  run_extended (accept_extension, &taken);
  fail_unless (taken.n_with > 0);
  fail_unless_equals_int (taken.n_without, 0);

  run_extended (refuse_extension, &refused);
  fail_unless (refused.n_without > 0);
  fail_unless_equals_int (refused.n_with, 0);
}

GST_END_TEST;

/* Loss */

static void
use_fec (GstElement * webrtcbin, GstWebRTCRTPTransceiver * transceiver,
    gpointer data)
{
  g_object_set (transceiver, "fec-type", GST_WEBRTC_FEC_TYPE_ULP_RED, NULL);
}

/* One in thirteen is lost on the way */
static GstPadProbeReturn
lose_some (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  gint *n = data;

  const gboolean is_list = info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST;

  if ((is_list ||
          gst_buffer_get_size (GST_PAD_PROBE_INFO_BUFFER (info)) > 300) &&
      g_atomic_int_add (n, 1) % 13 == 12)
    return GST_PAD_PROBE_DROP;

  return GST_PAD_PROBE_OK;
}

static void
on_deep_element_added (GstBin * bin, GstBin * sub_bin, GstElement * element,
    gint * n)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  GstPad *pad;

  if (!factory || !g_str_equal (GST_OBJECT_NAME (factory), "nicesink"))
    return;
  pad = gst_element_get_static_pad (element, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, lose_some, n, NULL);
  gst_object_unref (pad);
}

static void
on_consumer_added (GstElement * sink, const gchar * consumer_id,
    GstElement * webrtcbin, gint * n)
{
  g_signal_connect (webrtcbin, "deep-element-added",
      G_CALLBACK (on_deep_element_added), n);
}

/* D21: what is added is told, and is not half of it */
static void
assert_fec_percentage (GstElement * sink, guint expected)
{
  g_autoptr (GstStructure) stats = NULL;
  g_autofree gchar *text = NULL;
  g_autofree gchar *plain = NULL;
  g_autofree gchar *part = g_strdup_printf ("fec-percentage=(uint)%u",
      expected);
  g_auto (GStrv) parts = NULL;

  g_object_get (sink, "stats", &stats, NULL);
  text = gst_structure_to_string (stats);
  /* structures in structures are escaped once for each level */
  parts = g_strsplit (text, "\\", -1);
  plain = g_strjoinv ("", parts);
  fail_unless (strstr (plain, part) != NULL, "%s", plain);
}

/* Retransmission is offered for every codec, and not for the first only */

static void
use_nack (GstElement * webrtcbin, GstWebRTCRTPTransceiver * transceiver,
    gpointer data)
{
  g_object_set (transceiver, "do-nack", TRUE, NULL);
}

static const gchar *const retransmitted[] = { "VP8", "H264", "VP9", "H265" };

GST_START_TEST (lost_packets_are_sent_again)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Consumer *consumer = sink_harness_consumer (h, "one");
  gint n_sent = 0;

  g_signal_connect (sink, "consumer-added", G_CALLBACK (on_consumer_added),
      &n_sent);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer_set_codec (consumer, retransmitted[__i__]);
  consumer_on_new_transceiver (consumer, use_nack);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 60);
  fail_unless (elements_sum_up (consumer_get_webrtcbin (consumer),
          "rtprtxreceive", "num-rtx-assoc-packets") > 0,
      "nothing was sent again of %d packets", n_sent);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (lost_packets_are_corrected)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Consumer *consumer = sink_harness_consumer (h, "one");
  gint n_sent = 0;
  g_autofree gchar *offer = NULL;

  gst_util_set_object_arg (G_OBJECT (sink), "congestion-control", "disabled");
  g_object_set (sink, "do-retransmission", FALSE, NULL);
  g_signal_connect (sink, "consumer-added", G_CALLBACK (on_consumer_added),
      &n_sent);
  /* several packets a frame, of which one may miss */
  sink_harness_add (h, "videotestsrc is-live=true pattern=snow ! capsfilter "
      "caps=video/x-raw,width=320,height=240,framerate=15/1");
  sink_harness_play (h);
  consumer_on_new_transceiver (consumer, use_fec);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 45);
  offer = consumer_get_offer (consumer);
  assert_count (offer, 1, " red/90000");
  assert_count (offer, 1, " ulpfec/90000");
  fail_unless (elements_sum_up (consumer_get_webrtcbin (consumer),
          "rtpulpfecdec", "recovered") > 0,
      "nothing was recovered of %d packets", n_sent);
  assert_fec_percentage (sink, 20);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* A stream that is added later gets payload types of its own */
GST_START_TEST (fec_survives_an_addition)
{
  SinkHarness *h = sink_harness_new ();
  GstElement *sink = sink_harness_get_sink (h);
  Consumer *consumer = sink_harness_consumer (h, "one");
  GstElement *bin;

  gst_util_set_object_arg (G_OBJECT (sink), "congestion-control", "disabled");
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer_on_new_transceiver (consumer, use_fec);
  consumer_join (consumer, sink_harness_get_signaller (h));
  consumer_wait_frames (consumer, 0, 10);
  bin = sink_harness_add (h, SINK_HARNESS_RAW);
  gst_element_sync_state_with_parent (bin);
  consumer_wait_frames (consumer, 1, 10);
  consumer_forget (consumer);
  consumer_wait_frames (consumer, 0, 10);
  consumer_wait_frames (consumer, 1, 10);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* With congestion control, too; a receiver that takes extensions out of RED
 * gets none (no packet in RED, that is) */
GST_START_TEST (fec_beside_congestion_control)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  g_autofree gchar *offer = get_offer (h);

  assert_count (offer, 1, " red/90000");
  assert_count (offer, 1, " ulpfec/90000");
  assert_count (offer, 1, "extmap:1 http://www.ietf.org/id/"
      "draft-holmer-rmcat-transport-wide-cc-extensions-01");
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (fec_can_be_left_out)
{
  SinkHarness *h = sink_harness_new ();
  g_autofree gchar *offer = NULL;

  gst_util_set_object_arg (G_OBJECT (sink_harness_get_sink (h)),
      "congestion-control", "disabled");
  g_object_set (sink_harness_get_sink (h), "do-fec", FALSE, NULL);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  offer = get_offer (h);
  assert_count (offer, 0, "red/");
  assert_count (offer, 1, "extmap:1 " GST_RTC_URI_COLOR_SPACE);
  sink_harness_free (h);
}

GST_END_TEST;

/* Clocks (RFC 7273) */

static void
assert_clock (GstClock * clock, const gchar * source, const gchar * media)
{
  SinkHarness *h = sink_harness_new ();
  g_autofree gchar *offer = NULL;

  g_object_set (sink_harness_get_sink (h), "do-clock-signalling", TRUE, NULL);
  if (clock)
    gst_pipeline_use_clock (GST_PIPELINE (sink_harness_get_pipeline (h)),
        clock);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  offer = get_offer (h);
  assert_count (offer, 1, source);
  assert_count (offer, 1, media);
  sink_harness_free (h);
}

GST_START_TEST (clock_of_the_machine)
{
  assert_clock (NULL, "a=ts-refclk:local\r\n", "a=mediaclk:sender\r\n");
}

GST_END_TEST;

/* A clock that calls itself one of the network's, and is not */

typedef struct
{
  GstSystemClock parent;
  gint port;
} NetworkClock;

typedef struct
{
  GstSystemClockClass parent_class;
} NetworkClockClass;

static void
get_clock_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  switch (id) {
    case 1:
      g_value_set_string (value, "192.0.2.7");
      break;
    case 2:
      g_value_set_int (value, ((NetworkClock *) object)->port);
      break;
    case 3:
      g_value_set_uint64 (value, G_GUINT64_CONSTANT (0x0102030405abcdef));
      break;
    case 4:
      g_value_set_uint (value, 3);
      break;
  }
}

static void
network_clock_class_init (gpointer klass, gpointer data)
{
  GObjectClass *object_class = klass;

  object_class->get_property = get_clock_property;
  g_object_class_install_property (object_class, 1,
      g_param_spec_string ("address", NULL, NULL, NULL, G_PARAM_READABLE));
  g_object_class_install_property (object_class, 2,
      g_param_spec_int ("port", NULL, NULL, 0, 65535, 0, G_PARAM_READABLE));
  g_object_class_install_property (object_class, 3,
      g_param_spec_uint64 ("grandmaster-clock-id", NULL, NULL, 0, G_MAXUINT64,
          0, G_PARAM_READABLE));
  g_object_class_install_property (object_class, 4,
      g_param_spec_uint ("domain", NULL, NULL, 0, 255, 0, G_PARAM_READABLE));
}

static GstClock *
make_clock (const gchar * type_name, gint port)
{
  GTypeInfo info = { 0, };
  NetworkClock *clock;

  info.class_size = sizeof (NetworkClockClass);
  info.instance_size = sizeof (NetworkClock);
  info.class_init = network_clock_class_init;
  clock = g_object_new (g_type_register_static (GST_TYPE_SYSTEM_CLOCK,
          type_name, &info, 0), NULL);
  gst_object_ref_sink (clock);
  clock->port = port;

  return GST_CLOCK (clock);
}

static const struct
{
  const gchar *type_name;
  gint port;
  const gchar *source;
} clocks[] = {
  {"GstNtpClock", 123, "a=ts-refclk:ntp=192.0.2.7\r\n"},
  {"GstNtpClock", 1234, "a=ts-refclk:ntp=192.0.2.7:1234\r\n"},
  {"GstPtpClock", 0,
      "a=ts-refclk:ptp=IEEE1588-2008:01-02-03-04-05-ab-cd-ef:3\r\n"},
};

GST_START_TEST (clock_of_the_network)
{
  GstClock *clock = make_clock (clocks[__i__].type_name, clocks[__i__].port);

  assert_clock (clock, clocks[__i__].source, "a=mediaclk:direct=0\r\n");
  gst_object_unref (clock);
}

GST_END_TEST;

GST_START_TEST (no_clock_unless_asked)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  g_autofree gchar *offer = get_offer (h);

  assert_count (offer, 0, "ts-refclk");
  assert_count (offer, 0, "mediaclk");
  sink_harness_free (h);
}

GST_END_TEST;

typedef struct
{
  GstElement *pipeline;
  gint n;
  gint worst;                   /* RTP ticks from the clock's time */
} Ticks;

/* "direct=0": RTP time is the clock's time. The fan-out thread */
static GstPadProbeReturn
compare_to_clock (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Ticks *self = data;
  GstBuffer *buffer = info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST ?
      gst_buffer_list_get (GST_PAD_PROBE_INFO_BUFFER_LIST (info), 0) :
      GST_PAD_PROBE_INFO_BUFFER (info);
  const guint64 time = gst_element_get_base_time (self->pipeline) +
      GST_BUFFER_PTS (buffer);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  gint difference;

  fail_unless (gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp));
  difference = gst_rtp_buffer_get_timestamp (&rtp) -
      (guint32) gst_util_uint64_scale (time, 90000, GST_SECOND);
  gst_rtp_buffer_unmap (&rtp);
  g_atomic_int_set (&self->worst, MAX (g_atomic_int_get (&self->worst),
          ABS (difference)));
  g_atomic_int_inc (&self->n);

  return GST_PAD_PROBE_OK;
}

static gboolean
watch_payloader (GstElement * sink, const gchar * consumer_id,
    const gchar * pad_name, GstElement * payloader, Ticks * self)
{
  GstPad *pad = gst_element_get_static_pad (payloader, "src");

  if (!g_str_equal (consumer_id, "discovery"))
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
        GST_PAD_PROBE_TYPE_BUFFER_LIST, compare_to_clock, self, NULL);
  gst_object_unref (pad);

  return FALSE;
}

GST_START_TEST (timestamps_follow_the_clock)
{
  SinkHarness *h = sink_harness_new ();
  GstClock *clock = make_clock ("GstNtpClock", 123);
  Ticks ticks = { sink_harness_get_pipeline (h), };
  Consumer *consumer;

  g_object_set (sink_harness_get_sink (h), "do-clock-signalling", TRUE, NULL);
  gst_pipeline_use_clock (GST_PIPELINE (ticks.pipeline), clock);
  g_signal_connect (sink_harness_get_sink (h), "payloader-setup",
      G_CALLBACK (watch_payloader), &ticks);
  sink_harness_add (h, SINK_HARNESS_RAW);
  sink_harness_play (h);
  consumer = sink_harness_join (h, "one");
  consumer_wait_frames (consumer, 0, 10);
  fail_unless (ticks.n > 0);
  /* both sides round */
  fail_unless (ticks.worst <= 2, "%d ticks from the clock", ticks.worst);

  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
  gst_object_unref (clock);
}

GST_END_TEST;

static Suite *
webrtcsink_offers_suite (void)
{
  Suite *s = suite_create ("webrtcsink-offers");
  TCase *tc = tcase_create ("extensions");
  TCase *loss = tcase_create ("loss");
  TCase *clock = tcase_create ("clock");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_test (tc, extensions_of_an_offer);
  tcase_add_test (tc, no_twcc_without_congestion_control);
  tcase_add_test (tc, extension_of_the_application);

  suite_add_tcase (s, loss);
  tcase_add_checked_fixture (loss, NULL, wait_for_threads);
  tcase_add_test (loss, fec_beside_congestion_control);
  tcase_add_test (loss, fec_can_be_left_out);
  tcase_add_test (loss, lost_packets_are_corrected);
  tcase_add_test (loss, fec_survives_an_addition);
  tcase_add_loop_test (loss, lost_packets_are_sent_again, 0,
      G_N_ELEMENTS (retransmitted));

  suite_add_tcase (s, clock);
  tcase_add_checked_fixture (clock, NULL, wait_for_threads);
  tcase_add_test (clock, no_clock_unless_asked);
  tcase_add_test (clock, clock_of_the_machine);
  tcase_add_loop_test (clock, clock_of_the_network, 0, G_N_ELEMENTS (clocks));
  tcase_add_test (clock, timestamps_follow_the_clock);

  return s;
}

GST_CHECK_MAIN (webrtcsink_offers);
