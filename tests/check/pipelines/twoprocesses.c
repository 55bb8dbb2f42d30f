/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* webrtcsink and webrtcsrc in processes of their own, one of which is killed
 * without a word. */

#include "common.h"

#include <gst/rtp/rtp.h>

/* of a frame in the clock of RTP video: 90 kHz, 30 frames a second */
#define FRAME_TICKS 3000

/* What came over RTP to one consumer */
typedef struct
{
  GMutex lock;
  /* guarded by lock */
  guint n_packets;
  guint16 next_seqnum;
  guint32 last_timestamp;
  guint n_lost;                 /* packets */
  guint n_left_out;             /* frames that were never sent */
} Packets;

static Program *
launch (const gchar * format, ...)
G_GNUC_PRINTF (1, 2);

     static Program *launch (const gchar * format, ...)
{
  g_autofree gchar *description = NULL;
  g_autofree gchar *line = NULL;
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;
  va_list args;

  va_start (args, format);
  description = g_strdup_vprintf (format, args);
  va_end (args);
  line = g_strconcat ("gst-launch-1.0 -v ", description, NULL);
  words = g_strsplit (line, " ", -1);

  return program_new ((const gchar * const *) words);
}

static void
count_packet (Packets * packets, GstBuffer * buffer)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  guint16 seqnum;
  guint32 timestamp;

  fail_unless (gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp));
  seqnum = gst_rtp_buffer_get_seq (&rtp);
  timestamp = gst_rtp_buffer_get_timestamp (&rtp);
  gst_rtp_buffer_unmap (&rtp);

  if (packets->n_packets++ > 0) {
    packets->n_lost += (guint16) (seqnum - packets->next_seqnum);
    if (timestamp - packets->last_timestamp > FRAME_TICKS * 3 / 2)
      packets->n_left_out++;
  }
  packets->next_seqnum = seqnum + 1;
  packets->last_timestamp = timestamp;
}

static GstPadProbeReturn
on_packet (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Packets *packets = data;

  g_mutex_lock (&packets->lock);
  count_packet (packets, GST_PAD_PROBE_INFO_BUFFER (info));
  g_mutex_unlock (&packets->lock);

  return GST_PAD_PROBE_OK;
}

static void
on_consumer_removed (GstElement * sink, const gchar * peer_id,
    GstElement * webrtcbin, GAsyncQueue * removed)
{
  g_async_queue_push (removed, g_strdup (peer_id));
}

/* One of two consumers. The other one loses no packet on its way, and no frame
 * before that */
GST_START_TEST (test_killed_consumer)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER BALL "sink.", port);
  Line *src = line_new (FIRST_PRODUCER
      "! application/x-rtp ! fakesink name=packets", port);
  Meter *meter = meter_new (src, "packets");
  g_autoptr (GAsyncQueue) removed = g_async_queue_new_full (g_free);
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (sink->pipeline), "sink");
  Packets packets = { 0, };
  g_autofree gchar *id = NULL;
  Program *other;
  gulong probe;

  g_mutex_init (&packets.lock);
  g_signal_connect (element, "consumer-removed",
      G_CALLBACK (on_consumer_removed), removed);
  line_play (sink);
  line_play (src);
  meter_wait (meter, 30);
  probe = gst_pad_add_probe (meter->pad, GST_PAD_PROBE_TYPE_BUFFER, on_packet,
      &packets, NULL);

  other = launch (FIRST_PRODUCER "! videoconvert ! fakesink silent=false",
      port);
  program_expect (other, "chain");
  meter_wait (meter, 30);
  program_kill (other);
  id = g_async_queue_timeout_pop (removed, WATCHDOG);
  fail_unless (id != NULL, "the sink did not notice");
  meter_wait (meter, 60);

  gst_pad_remove_probe (meter->pad, probe);
  g_mutex_lock (&packets.lock);
  g_print ("%u packets, %u lost, %u frames left out\n", packets.n_packets,
      packets.n_lost, packets.n_left_out);
  fail_unless_equals_int (packets.n_lost, 0);
  fail_unless_equals_int (packets.n_left_out, 0);
  g_mutex_unlock (&packets.lock);
  g_signal_handlers_disconnect_by_data (element, removed);
  line_stop (src);
  meter_free (meter);
  line_free (src);
  g_clear_object (&element);
  line_free (sink);
  g_mutex_clear (&packets.lock);
}

GST_END_TEST;

/* The server tells the consumer */
GST_START_TEST (test_killed_producer)
{
  const guint port = find_free_port ();
  Program *server = program_new_server (port);
  Program *producer = launch (SINK "signaller::uri=ws://127.0.0.1:%u " BALL
      "sink.", port);
  Line *src = line_new (FIRST_PRODUCER "! videoconvert ! fakesink name=video",
      port);
  Meter *video = meter_new (src, "video");

  line_play (src);
  meter_wait (video, 30);
  program_kill (producer);
  gst_message_unref (line_wait (src, GST_MESSAGE_EOS));
  line_stop (src);
  meter_free (video);
  line_free (src);
  program_kill (server);
}

GST_END_TEST;

static Suite *
twoprocesses_suite (void)
{
  Suite *suite = suite_create ("twoprocesses");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_killed_consumer);
  tcase_add_test (tcase, test_killed_producer);

  return suite;
}

GST_CHECK_MAIN (twoprocesses);
