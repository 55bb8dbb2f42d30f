/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Forward error correction together with congestion control: what a loss costs
 * with and without. Nothing is sent again. */

#include "common.h"
#include "tests/check/common/elements.h"
#include "tests/check/common/lossy.h"

#define PERCENT 8

/* Frames until the sink knows of the loss, and that are looked at */
#define N_WARM 120
#define N_FRAMES 300

typedef struct
{
  guint n_frames;               /* that were decoded, of N_FRAMES */
  gint64 recovered;
  guint percentage;             /* that the sink says it uses */
} Outcome;

static gint64
get_recovered (Line * line)
{
  g_autoptr (GstElement) src =
      gst_bin_get_by_name (GST_BIN (line->pipeline), "src");
  g_autoptr (GstStructure) stats = NULL;
  g_autoptr (GstStructure) one = NULL;
  guint64 recovered = 0;

  g_object_get (src, "stats", &stats, NULL);
  gst_structure_get (stats, "video_0", GST_TYPE_STRUCTURE, &one, NULL);
  fail_unless (gst_structure_get_uint64 (one, "packets-recovered", &recovered));

  return recovered;
}

static guint
get_percentage (Line * sink)
{
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (sink->pipeline), "sink");
  g_autoptr (GstStructure) stats = NULL;
  g_autoptr (GstStructure) one = NULL;
  g_autoptr (GstStructure) consumer = NULL;
  const GValue *encoders;
  guint percentage = 0;

  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_n_fields (stats) == 1);
  gst_structure_get (stats, gst_structure_nth_field_name (stats, 0),
      GST_TYPE_STRUCTURE, &one, NULL);
  gst_structure_get (one, "consumer-stats", GST_TYPE_STRUCTURE, &consumer,
      NULL);
  encoders = gst_structure_get_value (consumer, "video-encoders");
  gst_structure_get_uint (gst_value_get_structure (gst_value_array_get_value
          (encoders, 0)), "fec-percentage", &percentage);

  return percentage;
}

static void
lose_and_count (gboolean fec, const gchar * codec, Outcome * outcome)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "do-fec=%d do-retransmission=false "
      "video-caps=%s max-bitrate=1000000 start-bitrate=700000 "
      "videotestsrc is-live=true pattern=smpte horizontal-speed=4 ! "
      "video/x-raw,width=640,height=360,framerate=30/1 ! identity name=sent ! "
      "sink.", port, fec, codec);
  Line *line = line_new (FIRST_PRODUCER "do-retransmission=false src. ! "
      "videoconvert ! fakesink name=video", port);
  Lossy *lossy = lossy_new ();
  Meter *sent = meter_new (sink, "sent");
  Meter *video = meter_new (line, "video");
  guint before;

  lossy_watch_receiving (lossy, GST_BIN (line->pipeline));
  line_play (sink);
  line_play (line);
  meter_wait (video, 30);
  lossy_set_percent (lossy, PERCENT);
  meter_wait (sent, N_WARM);
  before = meter_count (video);
  meter_wait (sent, N_FRAMES);
  outcome->n_frames = meter_count (video) - before;
  outcome->recovered = get_recovered (line);
  outcome->percentage = get_percentage (sink);
  GST_INFO ("%u of %u frames, %" G_GINT64_FORMAT " recovered of %u, %u %%",
      outcome->n_frames, N_FRAMES, outcome->recovered,
      lossy_get_dropped (lossy), outcome->percentage);
  line_stop (line);
  line_stop (sink);
  meter_free (sent);
  meter_free (video);
  line_free (line);
  line_free (sink);
  lossy_free (lossy);
}

/* RED of GStreamer 1.22 has no room for the header extension that congestion
 * control lives on, and takes from packets what correction needs to be there */
GST_START_TEST (correction_repairs_pictures)
{
  Outcome with = { 0, };
  Outcome without = { 0, };

  lose_and_count (FALSE, "video/x-vp8", &without);
  lose_and_count (TRUE, "video/x-vp8", &with);
  fail_unless_equals_int (without.percentage, 0);
  fail_unless_equals_int64 (without.recovered, 0);
  fail_unless (with.percentage >= 20, "%u %%", with.percentage);
  fail_unless (with.recovered > 10, "%" G_GINT64_FORMAT " were recovered",
      with.recovered);
  fail_unless (with.n_frames * 10 > without.n_frames * 11,
      "%u of %u frames with correction, %u without", with.n_frames, N_FRAMES,
      without.n_frames);
}

GST_END_TEST;

static void
on_log (GstDebugCategory * category, GstDebugLevel level, const gchar * file,
    const gchar * function, gint line, GObject * object,
    GstDebugMessage * message, gpointer n_warnings)
{
  if (level == GST_LEVEL_WARNING &&
      g_str_equal (gst_debug_category_get_name (category), "webrtcbin"))
    g_atomic_int_inc ((gint *) n_warnings);
}

/* webrtcbin of GStreamer 1.22 makes a decoder for audio, too, and warns that it
 * belongs to no video, and that the one for video belongs to no audio */
GST_START_TEST (correction_is_for_video)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "video-caps=video/x-vp8 " BALL "sink. "
      TONE (440) "sink.", port);
  Line *line = line_new (FIRST_PRODUCER "src.video_0 ! videoconvert ! "
      "fakesink name=video src.audio_0 ! audioconvert ! fakesink name=audio",
      port);
  Meter *video = meter_new (line, "video");
  Meter *audio = meter_new (line, "audio");
  gint n_warnings = 0;

  gst_debug_set_threshold_for_name ("webrtcbin", GST_LEVEL_WARNING);
  gst_debug_add_log_function (on_log, &n_warnings, NULL);
  line_play (sink);
  line_play (line);
  meter_wait (video, 30);
  meter_wait (audio, 30);
  fail_unless_equals_int (elements_count (line->pipeline, "rtpulpfecdec"), 1);
  line_stop (line);
  line_stop (sink);
  gst_debug_remove_log_function_by_data (&n_warnings);
  fail_unless_equals_int (n_warnings, 0);
  meter_free (video);
  meter_free (audio);
  line_free (line);
  line_free (sink);
}

GST_END_TEST;

static Suite *
fec_suite (void)
{
  Suite *suite = suite_create ("fec");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, correction_repairs_pictures);
  tcase_add_test (tcase, correction_is_for_video);

  return suite;
}

GST_CHECK_MAIN (fec);
