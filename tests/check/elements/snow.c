/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Encoders as we set them, and a picture that cannot be compressed: what they
 * make of a bitrate that falls and rises again. */

#include "gst/webrtc/encoderconfig.h"

#include <gst/check/gstcheck.h>

#define HIGH 2500000
#define LOW 550000
#define FALLS_AT 5              /* seconds */
#define RISES_AT 20
#define SECONDS 26

typedef struct
{
  GstElement *encoder;
  guint n_raw;
  guint64 bits[SECONDS + 1];    /* of each second */
  guint frames[SECONDS + 1];
} Snow;

static GstPadProbeReturn
on_raw_frame (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Snow *snow = data;

  if (snow->n_raw == FALLS_AT * 30)
    gst_rtc_encoder_set_bitrate (snow->encoder, LOW);
  if (snow->n_raw == RISES_AT * 30)
    gst_rtc_encoder_set_bitrate (snow->encoder, HIGH);
  snow->n_raw++;

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_encoded_frame (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Snow *snow = data;
  const guint second = (snow->n_raw - 1) / 30;

  snow->bits[second] += 8 *
      gst_buffer_get_size (GST_PAD_PROBE_INFO_BUFFER (info));
  snow->frames[second]++;

  return GST_PAD_PROBE_OK;
}

static void
add_probe (GstElement * element, const gchar * name,
    GstPadProbeCallback callback, gpointer data)
{
  GstPad *pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, data, NULL);
  gst_object_unref (pad);
}

static void
encode (Snow * snow, const gchar * factory)
{
  g_autofree gchar *text = g_strdup_printf ("videotestsrc pattern=snow "
      "num-buffers=%d ! video/x-raw,format=I420,width=256,height=144,"
      "framerate=30/1 ! %s name=encoder ! fakesink async=false", SECONDS * 30,
      factory);
  GstElement *pipeline = gst_parse_launch (text, NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  snow->encoder = gst_bin_get_by_name (GST_BIN (pipeline), "encoder");
  gst_rtc_encoder_configure (snow->encoder, HIGH);
  add_probe (snow->encoder, "sink", on_raw_frame, snow);
  add_probe (snow->encoder, "src", on_encoded_frame, snow);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 120 * GST_SECOND,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (snow->encoder);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

/* vp8enc cannot: a frame of snow is 32 kbit with its coarsest quantizer, and it
 * makes no more than that for as long as it owes what was too much. */
static const gchar *const factories[] = { "vp9enc", "x264enc" };

GST_START_TEST (test_bitrate_falls_and_rises)
{
  Snow snow = { NULL, };
  guint64 low = 0;

  encode (&snow, factories[__i__]);
  for (guint i = FALLS_AT + 2; i < RISES_AT; i++) {
    low += snow.bits[i];
    fail_unless (snow.frames[i] >= 8, "%u frames in second %u",
        snow.frames[i], i);
  }
  low /= RISES_AT - FALLS_AT - 2;
  fail_unless (low > 0.6 * LOW && low < 1.15 * LOW,
      "%" G_GUINT64_FORMAT " bit/s", low);
  fail_unless (snow.bits[RISES_AT + 2] > 0.8 * HIGH, "%" G_GUINT64_FORMAT
      " bit/s in the third second", snow.bits[RISES_AT + 2]);
}

GST_END_TEST;

static Suite *
snow_suite (void)
{
  Suite *suite = suite_create ("snow");
  TCase *tcase = tcase_create ("encoders");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_bitrate_falls_and_rises, 0,
      G_N_ELEMENTS (factories));

  return suite;
}

GST_CHECK_MAIN (snow);
