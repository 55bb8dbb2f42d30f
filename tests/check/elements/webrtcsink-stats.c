/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The property `stats`. */

#include "tests/check/common/sinkharness.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

static GstStructure *
get_stats (SinkHarness * h)
{
  GstStructure *stats = NULL;

  g_object_get (sink_harness_get_sink (h), "stats", &stats, NULL);
  fail_unless (stats != NULL);
  fail_unless_equals_string (gst_structure_get_name (stats),
      "application/x-webrtcsink-stats");

  return stats;
}

typedef gboolean (*Condition) (const GstStructure * stats);

/* The property has no notify: it is read until it says so, without hurry. */
static GstStructure *
wait_stats (SinkHarness * h, Condition condition)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  GstStructure *stats;
  g_autofree gchar *text = NULL;

  while (TRUE) {
    stats = get_stats (h);
    if (condition (stats))
      return stats;
    text = gst_structure_to_string (stats);
    fail_unless (g_get_monotonic_time () < end, "%s", text);
    g_clear_pointer (&text, g_free);
    gst_structure_free (stats);
    g_usleep (20000);
  }
}

static gboolean
has_one (const GstStructure * stats)
{
  return gst_structure_n_fields (stats) == 1;
}

static gboolean
has_two (const GstStructure * stats)
{
  return gst_structure_n_fields (stats) == 2;
}

static gboolean
has_none (const GstStructure * stats)
{
  return gst_structure_n_fields (stats) == 0;
}

static GstStructure *
get_structure (const GstStructure * from, const gchar * name)
{
  GstStructure *structure = NULL;

  fail_unless (gst_structure_get (from, name, GST_TYPE_STRUCTURE, &structure,
          NULL), "there is no %s", name);

  return structure;
}

/* One entry of the array, which has no more */
static GstStructure *
get_encoder (const GstStructure * stats, const gchar * session_id)
{
  GstStructure *session = get_structure (stats, session_id);
  GstStructure *consumer = get_structure (session, "consumer-stats");
  const GValue *all = gst_structure_get_value (consumer, "video-encoders");
  GstStructure *encoder;

  fail_unless_equals_string (gst_structure_get_name (session),
      "application/x-webrtc-stats");
  fail_unless_equals_string (gst_structure_get_name (consumer),
      "application/x-webrtcsink-consumer-stats");
  fail_unless (all && GST_VALUE_HOLDS_ARRAY (all));
  encoder = gst_value_array_get_size (all) == 0 ? NULL :
      gst_structure_copy (gst_value_get_structure (gst_value_array_get_value
          (all, 0)));
  fail_unless (gst_value_array_get_size (all) < 2);
  gst_structure_free (consumer);
  gst_structure_free (session);

  return encoder;
}

static gint
get_int (const GstStructure * structure, const gchar * name)
{
  gint number;

  fail_unless (gst_structure_get_int (structure, name, &number), "%s", name);

  return number;
}

static guint
get_uint (const GstStructure * structure, const gchar * name)
{
  guint number;

  fail_unless (gst_structure_get_uint (structure, name, &number), "%s", name);

  return number;
}

static guint
get_flags (const GstStructure * structure, const gchar * name)
{
  const GValue *value = gst_structure_get_value (structure, name);

  fail_unless (value && G_VALUE_HOLDS_FLAGS (value));

  return g_value_get_flags (value);
}

/* webrtcbin names its structures as it likes: the outbound stream is found by
 * what it says */
static gboolean
has_sent (const GstStructure * session)
{
  for (gint i = 0; i < gst_structure_n_fields (session); i++) {
    const GValue *value = gst_structure_get_value (session,
        gst_structure_nth_field_name (session, i));
    guint64 n;

    if (GST_VALUE_HOLDS_STRUCTURE (value) &&
        gst_structure_get_uint64 (gst_value_get_structure (value),
            "packets-sent", &n) && n > 0)
      return TRUE;
  }

  return FALSE;
}

static gboolean
has_sent_one (const GstStructure * stats)
{
  GstStructure *session;
  gboolean sent;

  if (!gst_structure_has_field (stats, "one"))
    return FALSE;
  session = get_structure (stats, "one");
  sent = has_sent (session);
  gst_structure_free (session);

  return sent;
}

GST_START_TEST (stats_of_consumers)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  GstStructure *stats = get_stats (h);
  GstStructure *encoder;
  Consumer *one;
  Consumer *two;

  fail_unless (has_none (stats));
  gst_structure_free (stats);

  one = sink_harness_join_and_wait (h, "one");
  gst_structure_free (wait_stats (h, has_sent_one));
  two = sink_harness_join_and_wait (h, "two");
  gst_structure_free (wait_stats (h, has_two));
  stats = wait_stats (h, has_sent_one);
  encoder = get_encoder (stats, "one");
  fail_unless_equals_int (get_int (encoder, "bitrate"), 2048000);
  fail_unless_equals_string (gst_structure_get_string (encoder,
          "codec-name"), "video/x-vp8");
  fail_unless_equals_int (get_uint (encoder, "fec-percentage"), 0);
  /* the input's own height is no mitigation (D16) */
  fail_unless_equals_int (get_flags (encoder, "mitigation-mode"), 0);
  fail_unless_equals_string (gst_structure_get_string (encoder, "pad"),
      "video_0");
  gst_structure_free (encoder);
  /* who shares an encoder knows of it */
  encoder = get_encoder (stats, "two");
  fail_unless_equals_int (get_uint (encoder, "consumers"), 2);
  gst_structure_free (encoder);
  gst_structure_free (stats);

  /* what is gone is not told of (D11) */
  consumer_leave (two);
  gst_structure_free (wait_stats (h, has_one));
  consumer_leave (one);
  gst_structure_free (wait_stats (h, has_none));
  g_object_unref (one);
  g_object_unref (two);
  sink_harness_free (h);
}

GST_END_TEST;

GST_START_TEST (mitigation_is_told)
{
  SinkHarness *h = sink_harness_new ();
  Consumer *consumer;
  GstStructure *stats;
  GstStructure *encoder;

  g_object_set (sink_harness_get_sink (h), "start-bitrate", 400000, NULL);
  sink_harness_add (h, "videotestsrc is-live=true ! capsfilter "
      "caps=video/x-raw,width=640,height=480,framerate=30/1");
  sink_harness_play (h);
  consumer = sink_harness_join_and_wait (h, "one");
  stats = wait_stats (h, has_one);
  encoder = get_encoder (stats, "one");
  fail_unless_equals_int (get_int (encoder, "bitrate"), 400000);
  fail_unless_equals_int (get_flags (encoder, "mitigation-mode"), 3);
  gst_structure_free (encoder);
  gst_structure_free (stats);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* Where nothing is encoded there is no entry */
GST_START_TEST (encoded_input_has_no_encoder)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_VP8);
  Consumer *consumer = sink_harness_join_and_wait (h, "one");
  GstStructure *stats = wait_stats (h, has_one);

  fail_unless (get_encoder (stats, "one") == NULL);
  gst_structure_free (stats);
  consumer_leave (consumer);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

/* GLib never frees the name of a field. A sink that runs for months must not
 * keep the id of every session that there was. */
GST_START_TEST (forgets_sessions)
{
  SinkHarness *h = sink_harness_new_playing (SINK_HARNESS_RAW);
  Consumer *consumer = sink_harness_join_and_wait (h, "of-this-test-alone");

  /* webrtcbins are asked each second */
  consumer_wait_frames (consumer, 0, 60);
  consumer_leave (consumer);
  sink_harness_wait (h, "consumer-removed", 1);
  fail_unless_equals_int (g_quark_try_string ("of-this-test-alone"), 0);
  g_object_unref (consumer);
  sink_harness_free (h);
}

GST_END_TEST;

static Suite *
webrtcsink_stats_suite (void)
{
  Suite *s = suite_create ("webrtcsink-stats");
  TCase *tc = tcase_create ("stats");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_test (tc, stats_of_consumers);
  tcase_add_test (tc, mitigation_is_told);
  tcase_add_test (tc, encoded_input_has_no_encoder);
  tcase_add_test (tc, forgets_sessions);

  return s;
}

GST_CHECK_MAIN (webrtcsink_stats);
