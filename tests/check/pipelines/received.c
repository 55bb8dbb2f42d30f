/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What arrives at webrtcsrc when packets are lost, and what it says of it. */

#include "common.h"
#include "tests/check/common/elements.h"

#include <stdlib.h>

#define VIDEO_OUT "src. ! videoconvert ! fakesink name=video "

/* How long the picture may stand still */
#define LONGEST_FREEZE (G_USEC_PER_SEC / 2)

/* Packets that are dropped before webrtcsrc gets to see them */
typedef struct
{
  guint percent;

  GMutex lock;
  /* guarded by lock */
  guint32 random;
  GHashTable *dropped;          /* SSRC -> number */
} Loss;

/* Always the same, so that a failure is one that stays */
static guint
next_random_locked (Loss * loss)
{
  loss->random = loss->random * 1664525 + 1013904223;

  return loss->random >> 16;
}

/* (RFC 5761 section 4) */
static gboolean
is_rtp (const guint8 * header)
{
  const guint pt = header[1] & 0x7f;

  return header[0] >> 6 == 2 && (pt < 64 || pt > 95);
}

/* nicesrc's thread */
static GstPadProbeReturn
on_packet (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Loss *loss = data;
  guint8 header[12];
  gpointer ssrc;
  gboolean drop;

  if (gst_buffer_extract (GST_PAD_PROBE_INFO_BUFFER (info), 0, header,
          12) < 12 || !is_rtp (header))
    return GST_PAD_PROBE_OK;

  ssrc = GUINT_TO_POINTER (GST_READ_UINT32_BE (header + 8));
  g_mutex_lock (&loss->lock);
  drop = next_random_locked (loss) % 100 < loss->percent;
  if (drop)
    g_hash_table_replace (loss->dropped, ssrc, GUINT_TO_POINTER
        (GPOINTER_TO_UINT (g_hash_table_lookup (loss->dropped, ssrc)) + 1));
  g_mutex_unlock (&loss->lock);

  return drop ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

static void
on_deep_element_added (GstBin * bin, GstBin * sub_bin, GstElement * element,
    Loss * loss)
{
  if (g_str_has_prefix (GST_OBJECT_NAME (element), "nicesrc")) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");

    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_packet, loss, NULL);
  }
}

static void
set_percent (Loss * loss, guint percent)
{
  g_mutex_lock (&loss->lock);
  loss->percent = percent;
  g_mutex_unlock (&loss->lock);
}

static guint
get_dropped (Loss * loss, guint32 ssrc)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&loss->lock);

  return GPOINTER_TO_UINT (g_hash_table_lookup (loss->dropped,
          GUINT_TO_POINTER (ssrc)));
}

static GstStructure *
get_stats_of (Line * line, const gchar * pad)
{
  g_autoptr (GstElement) src =
      gst_bin_get_by_name (GST_BIN (line->pipeline), "src");
  g_autoptr (GstStructure) stats = NULL;
  GstStructure *one = NULL;

  g_object_get (src, "stats", &stats, NULL);
  gst_structure_get (stats, pad, GST_TYPE_STRUCTURE, &one, NULL);
  fail_unless (one != NULL, "no statistics of %s", pad);

  return one;
}

static gint64
get_number (const GstStructure * stats, const gchar * name)
{
  const GValue *value = gst_structure_get_value (stats, name);

  fail_unless (value != NULL, "%s is not there", name);

  return G_VALUE_HOLDS_INT64 (value) ? g_value_get_int64 (value) :
      (gint64) g_value_get_uint64 (value);
}

static void
check_stats (Line * line, Loss * loss)
{
  g_autoptr (GstStructure) stats = get_stats_of (line, "video_0");
  gint64 lost = get_number (stats, "packets-lost");
  guint dropped;
  guint ssrc = 0;

  gst_structure_get_uint (stats, "ssrc", &ssrc);
  dropped = get_dropped (loss, ssrc);
  fail_unless (dropped > 0);
  /* a packet that came again may count as received; nothing else differs */
  fail_unless (lost <= dropped + 1 && lost >= (gint64) dropped * 9 / 10,
      "%u packets were dropped and %" G_GINT64_FORMAT " are said to be lost",
      dropped, lost);
  fail_unless (get_number (stats, "retransmissions-requested") > 0);
  fail_unless (get_number (stats, "retransmissions-received") > 0);
  fail_unless (get_number (stats, "packets-received") > 100);
  fail_unless (get_number (stats, "frames") > 100);
  fail_unless (get_number (stats, "round-trip-time") > 0);
  fail_unless (get_number (stats, "packets-missing") < (gint64) dropped / 4);
  fail_unless_equals_string (gst_structure_get_string (stats, "codec"), "VP8");
}

static void
loss_init (Loss * loss, Line * line)
{
  g_mutex_init (&loss->lock);
  loss->random = 1;
  loss->dropped = g_hash_table_new (NULL, NULL);
  g_signal_connect (line->pipeline, "deep-element-added",
      G_CALLBACK (on_deep_element_added), loss);
}

static void
loss_clear (Loss * loss)
{
  g_hash_table_unref (loss->dropped);
  g_mutex_clear (&loss->lock);
}

static const guint losses[] = { 2, 10 };

GST_START_TEST (test_loss)
{
  const guint port = find_free_port ();
  Line *sink = line_new (SINK "run-signalling-server=true "
      "signalling-server-host=127.0.0.1 signalling-server-port=%u "
      "congestion-control=disabled max-bitrate=1500000 videotestsrc "
      "is-live=true pattern=smpte horizontal-speed=4 ! "
      "video/x-raw,width=640,height=360,framerate=30/1 ! sink.", port);
  Line *line = line_new (FIRST_PRODUCER VIDEO_OUT, port);
  Loss loss = { 0, };
  Meter *video = meter_new (line, "video");
  gint64 freeze;

  loss_init (&loss, line);
  line_play (sink);
  line_play (line);
  meter_wait (video, 30);
  meter_take_gap (video);
  set_percent (&loss, losses[__i__]);
  meter_wait (video, 300);
  freeze = meter_take_gap (video);
  fail_unless (freeze < LONGEST_FREEZE, "frozen for %" G_GINT64_FORMAT " us",
      freeze);
  /* what is lost at the very end is not known yet */
  set_percent (&loss, 0);
  meter_wait (video, 30);
  check_stats (line, &loss);
  line_stop (line);
  line_stop (sink);
  meter_free (video);
  line_free (line);
  line_free (sink);
  loss_clear (&loss);
}

GST_END_TEST;

/* Forward error correction */

/* Nothing is sent again: what comes back was recovered. It was not accepted,
 * so that every lost packet was a damaged picture. */
GST_START_TEST (test_fec)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "congestion-control=disabled do-fec=true "
      "do-retransmission=false videotestsrc is-live=true pattern=snow ! "
      "video/x-raw,width=320,height=240,framerate=15/1 ! sink.", port);
  Line *line = line_new (FIRST_PRODUCER "do-retransmission=false " VIDEO_OUT,
      port);
  Loss loss = { 0, };
  Meter *video = meter_new (line, "video");
  g_autoptr (GstStructure) stats = NULL;
  guint recovered, dropped;
  guint ssrc = 0;

  loss_init (&loss, line);
  line_play (sink);
  line_play (line);
  meter_wait (video, 15);
  set_percent (&loss, 2);
  meter_wait (video, 100);
  set_percent (&loss, 0);
  meter_wait (video, 10);
  stats = get_stats_of (line, "video_0");
  gst_structure_get_uint (stats, "ssrc", &ssrc);
  dropped = get_dropped (&loss, ssrc);
  recovered = elements_sum_up (line->pipeline, "rtpulpfecdec", "recovered");
  GST_INFO ("%u of %u packets recovered", recovered, dropped);
  fail_unless (dropped > 5, "%u packets were dropped", dropped);
  /* one of six is a packet of the correction itself, and of two that follow
   * each other none comes back */
  fail_unless (recovered * 3 > dropped, "%u of %u packets were recovered",
      recovered, dropped);
  fail_unless_equals_int64 (get_number (stats, "retransmissions-requested"), 0);
  line_stop (line);
  line_stop (sink);
  meter_free (video);
  line_free (line);
  line_free (sink);
  loss_clear (&loss);
}

GST_END_TEST;

/* The jitter buffer while it plays */

static GstClockTime
query_latency (Line * line)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime latency;

  fail_unless (gst_element_query (line->pipeline, query));
  gst_query_parse_latency (query, NULL, &latency, NULL);

  return latency;
}

static void
wait_for_latency (Line * line, GstClockTime from, GstClockTime to)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  GstClockTime latency;

  while ((latency = query_latency (line)) < from || latency > to) {
    fail_if (g_get_monotonic_time () > end, "the latency is %" GST_TIME_FORMAT,
        GST_TIME_ARGS (latency));
    g_usleep (10 * G_TIME_SPAN_MILLISECOND);
  }
}

GST_START_TEST (test_latency)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER BALL "sink.", port);
  Line *line = line_new (FIRST_PRODUCER "latency=40 "
      "src. ! videoconvert ! fakesink name=video sync=true", port);
  g_autoptr (GstElement) src =
      gst_bin_get_by_name (GST_BIN (line->pipeline), "src");
  Meter *video = meter_new (line, "video");

  line_play (sink);
  line_play (line);
  meter_wait (video, 30);
  wait_for_latency (line, 40 * GST_MSECOND, 120 * GST_MSECOND);
  g_object_set (src, "latency", 500, NULL);
  wait_for_latency (line, 500 * GST_MSECOND, 600 * GST_MSECOND);
  meter_wait (video, 30);
  g_object_set (src, "latency", 0, NULL);
  wait_for_latency (line, 0, 100 * GST_MSECOND);
  meter_wait (video, 30);
  line_stop (line);
  line_stop (sink);
  g_clear_object (&src);
  meter_free (video);
  line_free (line);
  line_free (sink);
}

GST_END_TEST;

/* A producer that flashes and ticks once a second */

#define N_FLASHES 10

/* How far a tick may be from its flash */

typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GArray *flashes;              /* element-type GstClockTime */
  GArray *ticks;                /* element-type GstClockTime */
  gboolean is_bright;
} Events;

/* videotestsrc's thread: the frame at each whole second is white */
static GstPadProbeReturn
flash (GstPad * pad, GstPadProbeInfo * info, gpointer unused)
{
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER
      (info));

  if (GST_BUFFER_PTS (buffer) % GST_SECOND < 30 * GST_MSECOND)
    gst_buffer_memset (buffer, 0, 235, 320 * 240);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;

  return GST_PAD_PROBE_OK;
}

static void
note_event (Events * events, GArray * array, GstClockTime time)
{
  g_mutex_lock (&events->lock);
  g_array_append_val (array, time);
  g_cond_broadcast (&events->cond);
  g_mutex_unlock (&events->lock);
}

static GstPadProbeReturn
on_picture (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Events *events = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  guint8 luma = 0;
  gboolean is_bright;

  gst_buffer_extract (buffer, 320 * 120 + 160, &luma, 1);
  is_bright = luma > 128;
  if (is_bright && !events->is_bright)
    note_event (events, events->flashes, GST_BUFFER_PTS (buffer));
  events->is_bright = is_bright;

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_sound (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Events *events = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  const guint n = events->ticks->len;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (gsize i = 0; i + 1 < map.size; i += 4) {
    const GstClockTime time = GST_BUFFER_PTS (buffer) +
        gst_util_uint64_scale (i / 4, GST_SECOND, 48000);

    if (ABS ((gint16) GST_READ_UINT16_LE (map.data + i)) < 4000)
      continue;
    if (n == 0 || time > g_array_index (events->ticks, GstClockTime, n - 1) +
        GST_SECOND / 2) {
      note_event (events, events->ticks, time);
      break;
    }
  }
  gst_buffer_unmap (buffer, &map);

  return GST_PAD_PROBE_OK;
}

static void
watch (Line * line, const gchar * element, const gchar * pad_name,
    GstPadProbeCallback callback, gpointer data)
{
  g_autoptr (GstElement) found = gst_bin_get_by_name (GST_BIN (line->pipeline),
      element);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (found, pad_name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, data, NULL);
}

static void
wait_for_flashes (Events * events)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&events->lock);
  while (events->flashes->len < N_FLASHES || events->ticks->len < N_FLASHES)
    fail_unless (g_cond_wait_until (&events->cond, &events->lock, end),
        "%u flashes and %u ticks", events->flashes->len, events->ticks->len);
  g_mutex_unlock (&events->lock);
}

static GstClockTime
get_distance (const GArray * ticks, GstClockTime flash)
{
  GstClockTime nearest = GST_CLOCK_TIME_NONE;

  for (guint i = 0; i < ticks->len; i++)
    nearest = MIN (nearest, (GstClockTime) ABS (GST_CLOCK_DIFF (flash,
                g_array_index (ticks, GstClockTime, i))));

  return nearest;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  const GstClockTime *x = a, *y = b;

  return *x < *y ? -1 : *x > *y;
}

/* Of the later ones, as the producer has to report its clock first; a busy
 * machine delays one or the other */
static GstClockTime
get_median_distance (Events * events)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&events->lock);
  g_autoptr (GArray) distances = g_array_new (FALSE, FALSE,
      sizeof (GstClockTime));

  for (guint i = 2; i < N_FLASHES - 1; i++) {
    GstClockTime distance = get_distance (events->ticks,
        g_array_index (events->flashes, GstClockTime, i));

    g_array_append_val (distances, distance);
  }
  g_array_sort (distances, compare_times);

  return g_array_index (distances, GstClockTime, distances->len / 2);
}

/* @delay: what holds up the pictures on their way to the producer */
static GstClockTime
measure_distance (const gchar * delay, const gchar * properties)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "videotestsrc is-live=true pattern=black "
      "name=film ! video/x-raw,format=I420,width=320,height=240,"
      "framerate=30/1 ! %s sink. audiotestsrc is-live=true wave=ticks "
      "sine-periods-per-tick=20 tick-interval=1000000000 freq=1000 ! "
      "audio/x-raw,rate=48000,channels=2 ! sink.", port,
      delay);
  Line *line = line_new (FIRST_PRODUCER "%s src. ! videoconvert ! "
      "video/x-raw,format=I420 ! fakesink name=video sync=true "
      "src. ! audioconvert ! audioresample ! "
      "audio/x-raw,format=S16LE,rate=48000,channels=2 ! "
      "fakesink name=audio sync=true", port, properties);
  Events events = { 0, };
  GstClockTime distance;

  g_mutex_init (&events.lock);
  g_cond_init (&events.cond);
  events.flashes = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  events.ticks = g_array_new (FALSE, FALSE, sizeof (GstClockTime));
  watch (sink, "film", "src", flash, NULL);
  watch (line, "video", "sink", on_picture, &events);
  watch (line, "audio", "sink", on_sound, &events);
  line_play (sink);
  line_play (line);
  wait_for_flashes (&events);
  distance = get_median_distance (&events);
  line_free (line);
  line_free (sink);
  g_array_unref (events.flashes);
  g_array_unref (events.ticks);
  g_cond_clear (&events.cond);
  g_mutex_clear (&events.lock);

  return distance;
}

/* A sanitizer, which runs with a multiplier, is late in either */
static GstClockTime
get_furthest (void)
{
  const gchar *slower = g_getenv ("CK_TIMEOUT_MULTIPLIER");

  return 40 * GST_MSECOND * MAX (1, slower ? atoi (slower) : 1);
}

GST_START_TEST (test_flash_and_tick)
{
  const GstClockTime distance = measure_distance ("", "");

  fail_unless (distance < get_furthest (), "flashes and their ticks are %"
      GST_TIME_FORMAT " apart", GST_TIME_ARGS (distance));
}

GST_END_TEST;

/* Pictures that come later than their sound */
#define LATE_PICTURES "queue max-size-buffers=0 max-size-bytes=0 " \
    "max-size-time=0 min-threshold-time=300000000 !"

GST_START_TEST (test_av_sync)
{
  GstClockTime distance = measure_distance (LATE_PICTURES, "latency=400");

  fail_unless (distance < get_furthest (), "flashes and their ticks are %"
      GST_TIME_FORMAT " apart", GST_TIME_ARGS (distance));
  distance = measure_distance (LATE_PICTURES, "latency=400 do-av-sync=false");
  fail_unless (distance > 200 * GST_MSECOND, "flashes and their ticks are only "
      "%" GST_TIME_FORMAT " apart", GST_TIME_ARGS (distance));
}

GST_END_TEST;

/* What the producer tells of itself */

GST_START_TEST (test_producer_meta)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "meta=\"meta,name=(string)ball\" "
      BALL "sink.", port);
  g_autofree gchar *id = NULL;
  Line *line;
  g_autoptr (GstElement) src = NULL;
  g_autoptr (GstStructure) meta = NULL;
  Meter *video;

  line_play (sink);
  id = line_wait_client_id (sink, "sink");
  line = line_new (SOURCE "signaller::producer-peer-id=%s " VIDEO_OUT, port,
      id);
  src = gst_bin_get_by_name (GST_BIN (line->pipeline), "src");
  video = meter_new (line, "video");
  line_play (line);
  meter_wait (video, 1);
  g_object_get (src, "producer-meta", &meta, NULL);
  fail_unless (meta != NULL, "nothing is known of the producer");
  fail_unless_equals_string (gst_structure_get_string (meta, "name"), "ball");
  line_stop (line);
  line_stop (sink);
  g_clear_object (&src);
  meter_free (video);
  line_free (line);
  line_free (sink);
}

GST_END_TEST;

static Suite *
received_suite (void)
{
  Suite *suite = suite_create ("received");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_loss, 0, G_N_ELEMENTS (losses));
  tcase_add_test (tcase, test_fec);
  tcase_add_test (tcase, test_latency);
  tcase_add_test (tcase, test_flash_and_tick);
  tcase_add_test (tcase, test_av_sync);
  tcase_add_test (tcase, test_producer_meta);

  return suite;
}

GST_CHECK_MAIN (received);
