/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* In which order pads come, whatever comes first over the network. The video
 * of this producer goes through a gate. */

#include "tests/check/common/srcharness.h"

#include <gst/check/gstcheck.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

#define STREAMS PRODUCER_OPUS \
    "videotestsrc is-live=true ! video/x-raw,width=160,height=120 ! " \
    "vp8enc deadline=1 keyframe-max-dist=1 ! rtpvp8pay pt=96 ! " \
    "valve name=gate drop=true drop-mode=forward-sticky-events ! webrtcbin. "

typedef struct
{
  SrcHarness *h;
  GstElement *gate;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  gboolean has_audio;           /* webrtcbin has */
  GString *order;               /* of the element's pads */
} Gated;

static void
on_inner_pad (GstElement * webrtcbin, GstPad * pad, Gated * gated)
{
  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC)
    return;

  g_mutex_lock (&gated->lock);
  gated->has_audio = TRUE;
  g_cond_broadcast (&gated->cond);
  g_mutex_unlock (&gated->lock);
}

static void
on_element (GstBin * pipeline, GstBin * bin, GstElement * element,
    Gated * gated)
{
  if (g_str_has_prefix (GST_OBJECT_NAME (element), "webrtcbin"))
    g_signal_connect_after (element, "pad-added", G_CALLBACK (on_inner_pad),
        gated);
}

static void
on_pad (GstElement * src, GstPad * pad, Gated * gated)
{
  g_mutex_lock (&gated->lock);
  g_string_append_printf (gated->order, "%s ", GST_PAD_NAME (pad));
  g_cond_broadcast (&gated->cond);
  g_mutex_unlock (&gated->lock);
}

static void
on_no_more_pads (GstElement * src, Gated * gated)
{
  g_mutex_lock (&gated->lock);
  g_string_append (gated->order, "no-more ");
  g_cond_broadcast (&gated->cond);
  g_mutex_unlock (&gated->lock);
}

static Gated *
gated_new (void)
{
  Gated *gated = g_new0 (Gated, 1);
  g_autoptr (GstObject) producer = NULL;

  g_mutex_init (&gated->lock);
  g_cond_init (&gated->cond);
  gated->order = g_string_new (NULL);
  gated->h = src_harness_new (NULL, STREAMS);
  producer = gst_object_get_parent (GST_OBJECT (producer_get_webrtcbin
          (gated->h->producer)));
  gated->gate = gst_bin_get_by_name (GST_BIN (producer), "gate");
  g_signal_connect (gated->h->pipeline, "deep-element-added",
      G_CALLBACK (on_element), gated);
  g_signal_connect (gated->h->src, "pad-added", G_CALLBACK (on_pad), gated);
  g_signal_connect (gated->h->src, "no-more-pads",
      G_CALLBACK (on_no_more_pads), gated);
  src_harness_add_sink (gated->h, "audio",
      "audioconvert ! fakesink async=false");
  src_harness_add_sink (gated->h, "video",
      "videoconvert ! fakesink async=false");
  src_harness_start (gated->h);

  return gated;
}

static void
gated_wait_audio (Gated * gated)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&gated->lock);
  while (!gated->has_audio)
    fail_unless (g_cond_wait_until (&gated->cond, &gated->lock, end),
        "no audio arrived");
  g_mutex_unlock (&gated->lock);
}

static void
gated_expect (Gated * gated, const gchar * order)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&gated->lock);
  while (!g_str_equal (gated->order->str, order))
    fail_unless (g_cond_wait_until (&gated->cond, &gated->lock, end),
        "'%s' is not '%s'", gated->order->str, order);
  g_mutex_unlock (&gated->lock);
}

static void
gated_free (Gated * gated)
{
  gst_object_unref (gated->gate);
  src_harness_free (gated->h);
  g_string_free (gated->order, TRUE);
  g_cond_clear (&gated->cond);
  g_mutex_clear (&gated->lock);
  g_free (gated);
}

/* "urisourcebin ! decodebin3 ! videoconvert ! autovideosink" showed nothing
 * every other time: that links the first pad there is. */
GST_START_TEST (test_video_first)
{
  Gated *gated = gated_new ();

  gated_wait_audio (gated);
  g_object_set (gated->gate, "drop", FALSE, NULL);
  gated_expect (gated, "video_0 audio_0 no-more ");
  src_harness_wait_buffers (gated->h, TRUE, 5);
  src_harness_wait_buffers (gated->h, FALSE, 5);
  gated_free (gated);
}

GST_END_TEST;

/* A camera that is switched off */
GST_START_TEST (test_without_video)
{
  Gated *gated = gated_new ();

  src_harness_wait_buffers (gated->h, FALSE, 20);
  gated_expect (gated, "audio_0 ");
  /* and on again */
  g_object_set (gated->gate, "drop", FALSE, NULL);
  src_harness_wait_buffers (gated->h, TRUE, 5);
  gated_expect (gated, "audio_0 video_0 no-more ");
  gated_free (gated);
}

GST_END_TEST;

GST_START_TEST (test_stop_while_waiting)
{
  Gated *gated = gated_new ();

  gated_wait_audio (gated);
  gated_free (gated);
}

GST_END_TEST;

static Suite *
webrtcsrc_pads_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc-pads");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, test_video_first);
  tcase_add_test (tcase, test_without_video);
  tcase_add_test (tcase, test_stop_while_waiting);

  return suite;
}

GST_CHECK_MAIN (webrtcsrc_pads);
