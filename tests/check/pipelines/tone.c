/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A tone goes through Opus and arrives as the tone it was. */

#include "common.h"

#include <gst/app/gstappsink.h>
#include <math.h>

#define RATE 48000
/* what the jitter buffer and the decoder begin with is left out */
#define N_SKIPPED (RATE / 2)
#define N_SAMPLES RATE

/* Waits for N_SAMPLES behind the N_SKIPPED first */
static GArray *
pull_samples (Line * src)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (src->pipeline),
      "samples");
  GArray *samples = g_array_new (FALSE, FALSE, sizeof (gint16));

  while (samples->len < N_SKIPPED + N_SAMPLES) {
    g_autoptr (GstSample) sample = gst_app_sink_try_pull_sample (GST_APP_SINK
        (sink), WATCHDOG * GST_USECOND);
    GstMapInfo map;

    fail_unless (sample != NULL, "%u samples arrived", samples->len);
    gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
    g_array_append_vals (samples, map.data, map.size / sizeof (gint16));
    gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  }
  g_array_remove_range (samples, 0, N_SKIPPED);

  return samples;
}

/* Time between upward zero crossings, placed between samples */
static gdouble
measure_frequency (const gint16 * samples, guint n)
{
  gdouble first = -1;
  gdouble last = -1;
  guint n_periods = 0;

  for (guint i = 1; i < n; i++) {
    const gdouble a = samples[i - 1];
    const gdouble b = samples[i];

    if (a >= 0 || b < 0)
      continue;
    last = i - b / (b - a);
    if (first < 0)
      first = last;
    else
      n_periods++;
  }

  return n_periods > 0 ? n_periods * RATE / (last - first) : 0;
}

/* 1 is full scale */
static gdouble
measure_level (const gint16 * samples, guint n)
{
  gdouble sum = 0;

  for (guint i = 0; i < n; i++)
    sum += (gdouble) samples[i] * samples[i];

  return sqrt (sum / n) / G_MAXINT16;
}

static void
check_tone (guint wanted)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "audiotestsrc is-live=true volume=0.8 "
      "freq=%u ! audio/x-raw,rate=48000,channels=2 ! sink.", port, wanted);
  Line *src = line_new (FIRST_PRODUCER "! audioconvert ! audioresample ! "
      "audio/x-raw,format=S16LE,rate=48000,channels=1 ! "
      "appsink name=samples sync=false", port);
  g_autoptr (GArray) samples = NULL;
  gdouble frequency, level;

  line_play (sink);
  line_play (src);
  samples = pull_samples (src);
  frequency = measure_frequency ((gint16 *) samples->data, samples->len);
  level = measure_level ((gint16 *) samples->data, samples->len);
  g_print ("sent %u Hz, received %.2f Hz, level %.3f\n", wanted, frequency,
      level);
  fail_unless (fabs (frequency - wanted) < wanted * 0.01,
      "%.2f Hz came instead of %u", frequency, wanted);
  /* a sine of 0.8 has 0.566 */
  fail_unless (fabs (level - 0.566) < 0.1, "level %.3f", level);
  line_stop (src);
  line_free (src);
  line_free (sink);
}

GST_START_TEST (test_tone)
{
  const guint frequencies[] = { 440, 1000 };

  check_tone (frequencies[__i__]);
}

GST_END_TEST;

static Suite *
tone_suite (void)
{
  Suite *suite = suite_create ("tone");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_tone, 0, 2);

  return suite;
}

GST_CHECK_MAIN (tone);
