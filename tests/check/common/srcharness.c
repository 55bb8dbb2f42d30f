/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "srcharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

static GstPadProbeReturn
count_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  SrcHarness *h = data;
  const gboolean is_video = strstr (GST_PAD_NAME (pad), "video") != NULL;

  g_mutex_lock (&h->lock);
  if (h->n_buffers[is_video]++ == 0) {
    h->caps[is_video] = gst_pad_get_current_caps (pad);
    h->stream_ids[is_video] = gst_pad_get_stream_id (pad);
  }
  g_cond_broadcast (&h->cond);
  g_mutex_unlock (&h->lock);

  return GST_PAD_PROBE_OK;
}

static void
watch_pad (GstElement * src, GstPad * pad, SrcHarness * h)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, count_data, h, NULL);
  g_mutex_lock (&h->lock);
  h->n_pads++;
  g_mutex_unlock (&h->lock);
}

/* @signaller: (transfer full); @rest: what comes after a source that is named
 * src */
SrcHarness *
src_harness_new_with (FakeSignaller * signaller, const gchar * rest,
    const gchar * streams)
{
  SrcHarness *h = g_new0 (SrcHarness, 1);

  g_mutex_init (&h->lock);
  g_cond_init (&h->cond);
  h->signaller = signaller;
  h->src = gst_element_factory_make_full ("webrtcsrc", "name", "src",
      "signaller", h->signaller, "stun-server", NULL, NULL);
  fail_unless (h->src != NULL, "there is no webrtcsrc");
  g_signal_connect (h->src, "pad-added", G_CALLBACK (watch_pad), h);

  h->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  h->bus = gst_element_get_bus (h->pipeline);
  gst_bin_add (GST_BIN (h->pipeline), h->src);
  if (rest) {
    g_autoptr (GError) error = NULL;
    GstElement *bin = gst_parse_bin_from_description (rest, TRUE, &error);

    g_assert_no_error (error);
    gst_bin_add (GST_BIN (h->pipeline), bin);
  }
  if (streams)
    h->producer = producer_new (streams, h->signaller);

  return h;
}

SrcHarness *
src_harness_new (const gchar * rest, const gchar * streams)
{
  return src_harness_new_with (fake_signaller_new (), rest, streams);
}

static void
link_by_kind (GstElement * src, GstPad * pad, GstElement * sink)
{
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");

  if (g_str_has_prefix (GST_PAD_NAME (pad), GST_OBJECT_NAME (sink)))
    fail_unless_equals_int (gst_pad_link (pad, sink_pad), GST_PAD_LINK_OK);
}

/* A bin that takes what is on the pads of a kind, "audio" or "video" */
void
src_harness_add_sink (SrcHarness * h, const gchar * kind,
    const gchar * description)
{
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (description, TRUE,
      &error);

  g_assert_no_error (error);
  gst_object_set_name (GST_OBJECT (bin), kind);
  gst_bin_add (GST_BIN (h->pipeline), bin);
  g_signal_connect (h->src, "pad-added", G_CALLBACK (link_by_kind), bin);
}

void
src_harness_start (SrcHarness * h)
{
  fail_unless (gst_element_set_state (h->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
  g_free (fake_signaller_wait (h->signaller, "start"));
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (h->signaller),
      SRC_HARNESS_SESSION, "producer-1");
  producer_offer (h->producer, SRC_HARNESS_SESSION);
}

/* Another producer, which is asked at once */
void
src_harness_begin_session (SrcHarness * h, const gchar * streams,
    const gchar * id)
{
  g_clear_pointer (&h->producer, producer_free);
  h->producer = producer_new (streams, h->signaller);
  gst_rtc_signaller_emit_session_started (GST_RTC_SIGNALLER (h->signaller), id,
      "producer-1");
  producer_offer (h->producer, id);
}

void
src_harness_forget_buffers (SrcHarness * h)
{
  g_mutex_lock (&h->lock);
  for (guint i = 0; i < 2; i++) {
    h->n_buffers[i] = 0;
    gst_clear_caps (&h->caps[i]);
    g_clear_pointer (&h->stream_ids[i], g_free);
  }
  g_mutex_unlock (&h->lock);
}

void
src_harness_wait_buffers (SrcHarness * h, gboolean is_video, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&h->lock);
  while (h->n_buffers[is_video] < n) {
    if (!g_cond_wait_until (&h->cond, &h->lock, end))
      fail ("%u of %u %s buffers arrived", h->n_buffers[is_video], n,
          is_video ? "video" : "audio");
  }
  g_mutex_unlock (&h->lock);
}

GstMessage *
src_harness_wait_message (SrcHarness * h, GstMessageType types)
{
  GstMessage *message = gst_bus_timed_pop_filtered (h->bus,
      WATCHDOG * GST_USECOND, types | GST_MESSAGE_ERROR);

  fail_unless (message != NULL, "no message came");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR &&
      !(types & GST_MESSAGE_ERROR)) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail ("error: %s", error->message);
  }

  return message;
}

void
src_harness_free (SrcHarness * h)
{
  fail_unless_equals_int (gst_element_set_state (h->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  g_clear_pointer (&h->producer, producer_free);
  gst_object_unref (h->bus);
  gst_object_unref (h->pipeline);
  g_object_unref (h->signaller);
  for (guint i = 0; i < 2; i++) {
    gst_clear_caps (&h->caps[i]);
    g_free (h->stream_ids[i]);
  }
  g_mutex_clear (&h->lock);
  g_cond_clear (&h->cond);
  g_free (h);
}

const gchar *
src_harness_caps_name (SrcHarness * h, gboolean is_video)
{
  return gst_structure_get_name (gst_caps_get_structure (h->caps[is_video], 0));
}

void
src_harness_wait_error (SrcHarness * h, const gchar * part)
{
  g_autoptr (GstMessage) message =
      src_harness_wait_message (h, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, NULL);
  fail_unless (g_error_matches (error, GST_STREAM_ERROR,
          GST_STREAM_ERROR_FAILED));
  fail_unless (strstr (error->message, part) != NULL, "'%s' is not in '%s'",
      part, error->message);
}
