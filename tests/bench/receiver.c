/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The receiving side of the benchmarks: any number of webrtcsrc, only by
 * element names and public properties, so that it measures other
 * implementations as well.
 *
 *   bench-receiver URI first-frame COUNT LATENCY_MS
 *       COUNT times a new source, from PLAYING to its first decoded frame;
 *       prints a JSON array of milliseconds. LATENCY_MS < 0 keeps the default
 *   bench-receiver URI viewers
 *       reads commands, a line each: "add N" more viewers without decoding
 *       (answers when each has got a frame), "remove" the last one, "reset"
 *       forgets what came, "pli N" has the N-th ask for a key frame ten times a
 *       second from now on, "report" prints one JSON object, "quit"
 */

#include <gst/gst.h>
#include <gst/video/video.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_LIMIT (30 * G_TIME_SPAN_SECOND)

/* Microseconds between two joins: key frames on request have a least distance,
 * and what is measured is a join, not a storm of them */
#define PAUSE (700 * G_TIME_SPAN_MILLISECOND)

#define PLI_INTERVAL (100 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  gint64 arrival;               /* microseconds, monotonic */
  guint32 timestamp;            /* RTP */
} Frame;

typedef struct
{
  GMutex lock;
  GCond cond;
  GstElement *pipeline;
  const gchar *uri;
  gint latency;
  gboolean decode;
  GThread *asking;              /* NULL: it does not */
  gint stopping;                /* atomic */
  GstPad *pad;                  /* where its frames arrive: once there was one */
  /* guarded by lock */
  GArray *frames;               /* element-type Frame */
  guint64 bytes;
  gboolean got_frame;
} Viewer;

static void
on_webrtcbin_ready (GObject * signaller, const gchar * id,
    GstElement * webrtcbin, Viewer * viewer)
{
  g_object_set (webrtcbin, "latency", viewer->latency, NULL);
}

static gboolean
count_packet (GstBuffer ** buffer, guint index, gpointer data)
{
  Viewer *viewer = data;
  guint8 header[8];
  Frame frame;

  viewer->bytes += gst_buffer_get_size (*buffer);
  if (gst_buffer_extract (*buffer, 0, header, 8) != 8 || !(header[1] & 0x80))
    return TRUE;

  frame.arrival = g_get_monotonic_time ();
  frame.timestamp = GST_READ_UINT32_BE (header + 4);
  g_array_append_val (viewer->frames, frame);
  viewer->got_frame = TRUE;
  g_cond_signal (&viewer->cond);

  return TRUE;
}

/* Streaming thread */
static GstPadProbeReturn
on_data (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Viewer *viewer = data;

  g_mutex_lock (&viewer->lock);
  if (viewer->decode) {
    viewer->got_frame = TRUE;
    g_cond_signal (&viewer->cond);
  } else if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    gst_buffer_list_foreach (GST_PAD_PROBE_INFO_BUFFER_LIST (info),
        count_packet, viewer);
  } else {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

    count_packet (&buffer, 0, viewer);
  }
  g_mutex_unlock (&viewer->lock);

  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement * source, GstPad * pad, Viewer * viewer)
{
  g_autofree gchar *description = g_strdup_printf
      ("capsfilter caps=\"%s\" ! fakesink sync=false async=false",
      viewer->decode ? "video/x-raw" : "application/x-rtp");
  GstElement *sink = gst_parse_bin_from_description (description, TRUE, NULL);
  GstPad *sink_pad = gst_element_get_static_pad (sink, "sink");

  gst_bin_add (GST_BIN (viewer->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  gst_pad_link (pad, sink_pad);
  gst_pad_add_probe (sink_pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data, viewer, NULL);
  gst_clear_object (&viewer->pad);
  viewer->pad = sink_pad;
}

/* Thread of its own: one that behaves badly */
static gpointer
ask_for_key_frames (gpointer data)
{
  Viewer *viewer = data;

  while (!g_atomic_int_get (&viewer->stopping)) {
    gst_pad_push_event (viewer->pad,
        gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE,
            TRUE, 0));
    g_usleep (PLI_INTERVAL);
  }

  return NULL;
}

static void
start_asking (GPtrArray * viewers, guint i)
{
  Viewer *viewer = i < viewers->len ? g_ptr_array_index (viewers, i) : NULL;

  if (!viewer || viewer->asking) {
    printf ("no\n");
    return;
  }
  viewer->asking = g_thread_new ("asking", ask_for_key_frames, viewer);
  printf ("ok\n");
}

static Viewer *
start_viewer (const gchar * uri, gboolean decode, gint latency)
{
  Viewer *viewer = g_new0 (Viewer, 1);
  GstElement *source = gst_element_factory_make ("webrtcsrc", NULL);
  g_autoptr (GObject) signaller = NULL;

  g_mutex_init (&viewer->lock);
  g_cond_init (&viewer->cond);
  viewer->frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  viewer->decode = decode;
  viewer->latency = latency;
  viewer->pipeline = gst_pipeline_new (NULL);

  g_object_set (source, "stun-server", NULL, "connect-to-first-producer", TRUE,
      NULL);
  g_object_get (source, "signaller", &signaller, NULL);
  g_object_set (signaller, "uri", uri, NULL);
  if (latency >= 0)
    g_signal_connect (signaller, "webrtcbin-ready",
        G_CALLBACK (on_webrtcbin_ready), viewer);
  g_signal_connect (source, "pad-added", G_CALLBACK (on_pad_added), viewer);
  gst_bin_add (GST_BIN (viewer->pipeline), source);
  gst_element_set_state (viewer->pipeline, GST_STATE_PLAYING);

  return viewer;
}

static void
wait_for_frame (Viewer * viewer)
{
  gint64 end = g_get_monotonic_time () + TIME_LIMIT;

  g_mutex_lock (&viewer->lock);
  while (!viewer->got_frame) {
    if (!g_cond_wait_until (&viewer->cond, &viewer->lock, end)) {
      fprintf (stderr, "bench-receiver: no frame in time\n");
      exit (1);
    }
  }
  g_mutex_unlock (&viewer->lock);
}

static void
stop_viewer (Viewer * viewer)
{
  g_atomic_int_set (&viewer->stopping, TRUE);
  g_clear_pointer (&viewer->asking, g_thread_join);
  gst_element_set_state (viewer->pipeline, GST_STATE_NULL);
  gst_clear_object (&viewer->pad);
  gst_object_unref (viewer->pipeline);
  g_array_unref (viewer->frames);
  g_mutex_clear (&viewer->lock);
  g_cond_clear (&viewer->cond);
  g_free (viewer);
}

static void
measure_first_frames (const gchar * uri, guint count, gint latency)
{
  printf ("[");
  for (guint i = 0; i < count; i++) {
    gint64 start = g_get_monotonic_time ();
    Viewer *viewer = start_viewer (uri, TRUE, latency);

    wait_for_frame (viewer);
    printf ("%s%.1f", i ? ", " : "", (g_get_monotonic_time () - start) / 1000.);
    stop_viewer (viewer);
    g_usleep (PAUSE);
  }
  printf ("]\n");
}

static void
add_viewers (GPtrArray * viewers, const gchar * uri, guint count)
{
  const guint before = viewers->len;

  for (guint i = 0; i < count; i++)
    g_ptr_array_add (viewers, start_viewer (uri, FALSE, -1));
  for (guint i = before; i < viewers->len; i++)
    wait_for_frame (g_ptr_array_index (viewers, i));
  printf ("%u\n", viewers->len);
}

static void
reset_viewer (gpointer data, gpointer unused)
{
  Viewer *viewer = data;

  g_mutex_lock (&viewer->lock);
  g_array_set_size (viewer->frames, 0);
  viewer->bytes = 0;
  g_mutex_unlock (&viewer->lock);
}

static void
report_viewer (Viewer * viewer, gboolean first)
{
  g_mutex_lock (&viewer->lock);
  printf ("%s{\"bytes\": %" G_GUINT64_FORMAT ", \"frames\": [",
      first ? "" : ", ", viewer->bytes);
  for (guint i = 0; i < viewer->frames->len; i++) {
    const Frame *frame = &g_array_index (viewer->frames, Frame, i);

    printf ("%s[%" G_GINT64_FORMAT ", %u]", i ? ", " : "", frame->arrival,
        frame->timestamp);
  }
  printf ("]}");
  g_mutex_unlock (&viewer->lock);
}

static void
serve_viewers (const gchar * uri)
{
  g_autoptr (GPtrArray) viewers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) stop_viewer);
  gchar line[64];

  while (fgets (line, sizeof (line), stdin) && !g_str_has_prefix (line, "quit")) {
    if (g_str_has_prefix (line, "add ")) {
      add_viewers (viewers, uri, atoi (line + strlen ("add ")));
    } else if (g_str_has_prefix (line, "remove")) {
      if (viewers->len > 0)
        g_ptr_array_set_size (viewers, viewers->len - 1);
      printf ("%u\n", viewers->len);
    } else if (g_str_has_prefix (line, "pli ")) {
      start_asking (viewers, atoi (line + strlen ("pli ")));
    } else if (g_str_has_prefix (line, "reset")) {
      g_ptr_array_foreach (viewers, reset_viewer, NULL);
      printf ("ok\n");
    } else if (g_str_has_prefix (line, "report")) {
      printf ("[");
      for (guint i = 0; i < viewers->len; i++)
        report_viewer (g_ptr_array_index (viewers, i), i == 0);
      printf ("]\n");
    }
    fflush (stdout);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);

  if (argc == 5 && g_str_equal (argv[2], "first-frame")) {
    measure_first_frames (argv[1], atoi (argv[3]), atoi (argv[4]));
  } else if (argc == 3 && g_str_equal (argv[2], "viewers")) {
    serve_viewers (argv[1]);
  } else {
    fprintf (stderr, "usage: %s URI first-frame COUNT LATENCY_MS\n"
        "       %s URI viewers\n", argv[0], argv[0]);
    return 2;
  }

  return 0;
}
