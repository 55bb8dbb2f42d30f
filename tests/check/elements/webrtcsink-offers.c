/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an offer says besides codecs: header extensions, clocks. */

#include "gst/webrtc/extmap.h"
#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>
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

static Suite *
webrtcsink_offers_suite (void)
{
  Suite *s = suite_create ("webrtcsink-offers");
  TCase *tc = tcase_create ("extensions");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_test (tc, extensions_of_an_offer);
  tcase_add_test (tc, no_twcc_without_congestion_control);
  tcase_add_test (tc, extension_of_the_application);

  return s;
}

GST_CHECK_MAIN (webrtcsink_offers);
