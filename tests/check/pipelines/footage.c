/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Real footage arrives in its size and looks as it did.
 *
 * Every frame gets its number burnt into the top left corner, in black and
 * white blocks, before it is sent. So each frame that arrives is held against
 * the very frame it was, whatever became of timestamps and of frames that
 * were dropped. */

#include "common.h"

#include <glib/gstdio.h>
#include <gst/video/video.h>
#include <math.h>
#include <string.h>

#define FOLDER "/usr/share/doc/opencv-doc/examples/data/"
#define WIDTH 768
#define HEIGHT 576

/* of the number: 8 blocks in a row, the highest bit first */
#define N_BITS 8
#define BLOCK 16

/* how many sent frames are kept; 10 frames are a second */
#define N_KEPT 64
#define N_COMPARED 40

typedef struct
{
  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GstBuffer *sent[N_KEPT];
  guint n_sent;
  GArray *psnr;                 /* element-type double, in dB */
  guint n_unknown;
} Footage;

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  const gdouble x = *(const gdouble *) a;
  const gdouble y = *(const gdouble *) b;

  return x < y ? -1 : x > y;
}

static gboolean
map_frame (GstPad * pad, GstBuffer * buffer, GstMapFlags flags,
    GstVideoFrame * frame)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, caps));
  fail_unless_equals_int (GST_VIDEO_INFO_WIDTH (&info), WIDTH);
  fail_unless_equals_int (GST_VIDEO_INFO_HEIGHT (&info), HEIGHT);

  return gst_video_frame_map (frame, &info, buffer, flags);
}

static void
write_number (GstVideoFrame * frame, guint number)
{
  const gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  guint8 *luma = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);

  for (guint bit = 0; bit < N_BITS; bit++) {
    const gboolean is_set = number >> (N_BITS - 1 - bit) & 1;

    for (guint y = 0; y < BLOCK; y++)
      memset (luma + y * stride + bit * BLOCK, is_set ? 235 : 16, BLOCK);
  }
}

static guint
read_number (GstVideoFrame * frame)
{
  const gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);
  const guint8 *luma = GST_VIDEO_FRAME_PLANE_DATA (frame, 0);
  guint number = 0;

  for (guint bit = 0; bit < N_BITS; bit++)
    number = number << 1 |
        (luma[BLOCK / 2 * stride + bit * BLOCK + BLOCK / 2] > 128);

  return number;
}

/* Of the luma */
static gdouble
compute_psnr (GstVideoFrame * a, GstVideoFrame * b)
{
  guint64 sum = 0;

  for (guint y = 0; y < HEIGHT; y++) {
    const guint8 *p = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (a, 0) +
        y * GST_VIDEO_FRAME_PLANE_STRIDE (a, 0);
    const guint8 *q = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (b, 0) +
        y * GST_VIDEO_FRAME_PLANE_STRIDE (b, 0);

    for (guint x = 0; x < WIDTH; x++)
      sum += (p[x] - q[x]) * (p[x] - q[x]);
  }

  return sum == 0 ? 99 : 10 * log10 (255. * 255 * WIDTH * HEIGHT / sum);
}

static GstPadProbeReturn
on_sent (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Footage *footage = data;
  GstBuffer *buffer =
      gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  GstBuffer **kept;
  GstVideoFrame frame;

  g_mutex_lock (&footage->lock);
  fail_unless (map_frame (pad, buffer, GST_MAP_READWRITE, &frame));
  write_number (&frame, footage->n_sent & 0xff);
  gst_video_frame_unmap (&frame);
  kept = &footage->sent[footage->n_sent % N_KEPT];
  gst_clear_buffer (kept);
  *kept = gst_buffer_ref (buffer);
  footage->n_sent++;
  g_mutex_unlock (&footage->lock);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;

  return GST_PAD_PROBE_OK;
}

/* The frame of that number, unless it was sent too long ago. With the lock
 * held */
static GstBuffer *
find_sent_locked (Footage * footage, guint number)
{
  const guint age = (footage->n_sent - 1 - number) & 0xff;

  return age < N_KEPT && age < footage->n_sent ?
      footage->sent[(footage->n_sent - 1 - age) % N_KEPT] : NULL;
}

static GstPadProbeReturn
on_received (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Footage *footage = data;
  GstVideoFrame received, sent;
  GstBuffer *buffer;

  g_mutex_lock (&footage->lock);
  fail_unless (map_frame (pad, GST_PAD_PROBE_INFO_BUFFER (info), GST_MAP_READ,
          &received));
  buffer = find_sent_locked (footage, read_number (&received));
  if (buffer) {
    gdouble psnr;

    fail_unless (map_frame (pad, buffer, GST_MAP_READ, &sent));
    psnr = compute_psnr (&received, &sent);
    g_array_append_val (footage->psnr, psnr);
    gst_video_frame_unmap (&sent);
  } else {
    footage->n_unknown++;
  }
  gst_video_frame_unmap (&received);
  g_cond_signal (&footage->cond);
  g_mutex_unlock (&footage->lock);

  return GST_PAD_PROBE_OK;
}

static void
wait_for_frames (Footage * footage)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;

  g_mutex_lock (&footage->lock);
  while (footage->psnr->len < N_COMPARED) {
    if (!g_cond_wait_until (&footage->cond, &footage->lock, end))
      fail ("%u frames arrived", footage->psnr->len);
  }
  g_mutex_unlock (&footage->lock);
}

static void
add_probe (Line * line, const gchar * element, GstPadProbeCallback callback,
    Footage * footage)
{
  g_autoptr (GstElement) end = gst_bin_get_by_name (GST_BIN (line->pipeline),
      element);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (end, "sink");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, callback, footage, NULL);
}

static void
check_picture (Footage * footage, const gchar * codec)
{
  gdouble lowest, median;

  g_array_sort (footage->psnr, compare_doubles);
  lowest = g_array_index (footage->psnr, gdouble, 0);
  median = g_array_index (footage->psnr, gdouble, footage->psnr->len / 2);
  g_print ("%s at 4 Mbit/s: %u frames, PSNR median %.1f dB, lowest %.1f dB\n",
      codec, footage->psnr->len, median, lowest);
  fail_unless (median >= 30, "PSNR of %.1f dB", median);
  fail_unless (lowest >= 20, "a frame with a PSNR of %.1f dB", lowest);
  fail_unless_equals_int (footage->n_unknown, 0);
}

static void
footage_clear (Footage * footage)
{
  for (guint i = 0; i < N_KEPT; i++)
    gst_clear_buffer (&footage->sent[i]);
  g_array_unref (footage->psnr);
  g_mutex_clear (&footage->lock);
  g_cond_clear (&footage->cond);
}

/* Debian compresses what it takes for documentation. avidemux wants to seek,
 * so it is unpacked into a file, which the caller removes */
static gchar *
unpack (const gchar * path)
{
  g_autoptr (GFile) packed = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) input = g_file_read (packed, NULL, NULL);
  g_autoptr (GConverter) converter =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) unpacked =
      g_converter_input_stream_new (G_INPUT_STREAM (input), converter);
  g_autoptr (GFileIOStream) stream = NULL;
  g_autoptr (GFile) file = g_file_new_tmp ("vtest-XXXXXX.avi", &stream, NULL);

  fail_unless (g_output_stream_splice (g_io_stream_get_output_stream
          (G_IO_STREAM (stream)), unpacked, G_OUTPUT_STREAM_SPLICE_NONE, NULL,
          NULL) > 0);

  return g_file_get_path (file);
}

static void
send_footage (const gchar * path, const gchar * codec)
{
  const guint port = find_free_port ();
  Line *sink = line_new (OWN_SERVER "congestion-control=disabled "
      "max-bitrate=4000000 video-caps=%s filesrc location=%s ! decodebin ! "
      "videoconvert ! video/x-raw,format=I420 ! identity name=sent ! sink.",
      port, codec, path);
  Line *src = line_new (FIRST_PRODUCER "! videoconvert ! "
      "video/x-raw,format=I420 ! fakesink name=received", port);
  Footage footage = { 0, };

  g_mutex_init (&footage.lock);
  g_cond_init (&footage.cond);
  footage.psnr = g_array_new (FALSE, FALSE, sizeof (gdouble));
  add_probe (sink, "sent", on_sent, &footage);
  add_probe (src, "received", on_received, &footage);
  line_play (sink);
  line_play (src);
  wait_for_frames (&footage);
  line_stop (src);
  line_stop (sink);
  check_picture (&footage, codec);
  line_free (src);
  line_free (sink);
  footage_clear (&footage);
}

GST_START_TEST (test_footage)
{
  const gchar *const codecs[] = { "video/x-vp8", "video/x-h264" };

  if (g_file_test (FOLDER "vtest.avi.gz", G_FILE_TEST_IS_REGULAR)) {
    g_autofree gchar *path = unpack (FOLDER "vtest.avi.gz");

    send_footage (path, codecs[__i__]);
    g_unlink (path);
  } else if (have_file (FOLDER "vtest.avi")) {
    send_footage (FOLDER "vtest.avi", codecs[__i__]);
  }
}

GST_END_TEST;

static Suite *
footage_suite (void)
{
  Suite *suite = suite_create ("footage");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_footage, 0, 2);

  return suite;
}

GST_CHECK_MAIN (footage);
