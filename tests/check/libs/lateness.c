/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Packets in made-up time: when is one late? */

#include "gst/webrtc/lateness.h"

#include <gst/check/gstcheck.h>

#define MS G_GINT64_CONSTANT (1000000)
#define SECOND G_GINT64_CONSTANT (1000000000)

#define RATE 90000
#define FPS 30

/* Where frames come from */
typedef struct
{
  GstRtcLateness lateness;
  guint32 first_timestamp;
  guint n_frames;
  gint64 epoch;                 /* of the arrivals, ns */
  gdouble drift;                /* of our clock against theirs */
} Stream;

/* A frame whose packets come @delay to @delay + @duration after it was taken.
 * Returns: how many of them are late */
static guint
take_frame (Stream * stream, gint64 delay, gint64 duration, guint n_packets)
{
  const gint64 taken = stream->n_frames * SECOND / FPS;
  guint n_late = 0;

  for (guint i = 0; i < n_packets; i++)
    n_late += gst_rtc_lateness_take (&stream->lateness, RATE,
        stream->first_timestamp + stream->n_frames * RATE / FPS,
        stream->epoch + (gint64) (taken * (1 + stream->drift)) + delay +
        i * duration / n_packets);
  stream->n_frames++;

  return n_late;
}

static void
take_seconds (Stream * stream, guint seconds, gint64 jitter)
{
  for (guint i = 0; i < seconds * FPS; i++)
    fail_unless_equals_int (take_frame (stream, 20 * MS + i % 3 * jitter,
            5 * MS, 8), 0);
}

static const Stream streams[] = {
  {.epoch = 0},
  {.epoch = 1000 * SECOND,.first_timestamp = G_MAXUINT32 - RATE},
  {.drift = 1e-4},
  {.drift = -1e-4},
};

GST_START_TEST (test_steady_is_not_late)
{
  Stream stream = streams[__i__];

  take_seconds (&stream, 120, 4 * MS);
}

GST_END_TEST;

GST_START_TEST (test_queue_is_noticed_in_its_first_frames)
{
  Stream stream = streams[__i__];

  take_seconds (&stream, 10, 2 * MS);
  /* 2.5 Mbit/s on a path that carries 600 kbit/s from now on */
  fail_unless (take_frame (&stream, 20 * MS, 137 * MS, 8) > 0);
  fail_unless_equals_int (take_frame (&stream, 124 * MS, 137 * MS, 8), 8);
}

GST_END_TEST;

/* The packets of a frame take most of the time until the next */
GST_START_TEST (test_slow_path_becomes_usual)
{
  Stream stream = { {0,}, };
  guint n_late = 0;

  for (guint i = 0; i < 2 * FPS; i++)
    n_late = take_frame (&stream, 20 * MS, 30 * MS, 8);
  fail_unless_equals_int (n_late, 0);
  fail_unless_equals_int (take_frame (&stream, 20 * MS, 40 * MS, 8), 0);
  fail_unless (take_frame (&stream, 20 * MS, 80 * MS, 8) > 0);
}

GST_END_TEST;

/* A queue that stays is the path as it is, after a while */
GST_START_TEST (test_standing_queue_becomes_usual)
{
  Stream stream = { {0,}, };
  guint n_late = 0;

  take_seconds (&stream, 10, 0);
  for (guint i = 0; i < FPS / 2; i++)
    n_late += take_frame (&stream, 80 * MS, 5 * MS, 8);
  fail_unless (n_late > FPS);
  for (guint i = 0; i < 11 * FPS; i++)
    n_late = take_frame (&stream, 80 * MS, 5 * MS, 8);
  fail_unless_equals_int (n_late, 0);
  fail_unless (take_frame (&stream, 120 * MS, 5 * MS, 8) > 0);
}

GST_END_TEST;

GST_START_TEST (test_repeated_packet_is_late)
{
  Stream stream = { {0,}, };
  const gint64 usual = 20 * MS;

  take_seconds (&stream, 10, 2 * MS);
  fail_unless (gst_rtc_lateness_take (&stream.lateness, RATE,
          (stream.n_frames - 4) * RATE / FPS,
          stream.n_frames * SECOND / FPS + usual));
  /* which changes nothing for those that follow */
  take_seconds (&stream, 10, 2 * MS);
}

GST_END_TEST;

GST_START_TEST (test_new_timestamps_begin_anew)
{
  Stream stream = { {0,}, };

  take_seconds (&stream, 10, 2 * MS);
  stream.first_timestamp += 0x40000000;
  take_seconds (&stream, 10, 2 * MS);
  stream.first_timestamp -= 0x20000000;
  take_seconds (&stream, 10, 2 * MS);
  fail_unless (take_frame (&stream, 120 * MS, 5 * MS, 8) > 0);
}

GST_END_TEST;

static Suite *
lateness_suite (void)
{
  Suite *suite = suite_create ("lateness");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_steady_is_not_late, 0, G_N_ELEMENTS (streams));
  tcase_add_loop_test (tc, test_queue_is_noticed_in_its_first_frames, 0,
      G_N_ELEMENTS (streams));
  tcase_add_test (tc, test_slow_path_becomes_usual);
  tcase_add_test (tc, test_standing_queue_becomes_usual);
  tcase_add_test (tc, test_repeated_packet_is_late);
  tcase_add_test (tc, test_new_timestamps_begin_anew);

  return suite;
}

GST_CHECK_MAIN (lateness);
