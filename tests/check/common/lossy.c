/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Drops packets at the pads of nicesink and nicesrc, that is, between two
 * sockets as far as everybody else can tell. */

#include "lossy.h"

struct _Lossy
{
  GMutex lock;
  /* guarded by lock */
  guint percent;
  guint32 random;
  guint n_dropped;
};

/* RFC 5761 section 4, RFC 7983 section 7 */
static gboolean
is_rtp (GstBuffer * buffer)
{
  guint8 header[12];
  guint pt;

  if (gst_buffer_extract (buffer, 0, header, 12) < 12)
    return FALSE;
  pt = header[1] & 0x7f;

  return header[0] >> 6 == 2 && (pt < 64 || pt > 95);
}

static gboolean
is_lost (Lossy * self, GstBuffer * buffer)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!is_rtp (buffer))
    return FALSE;
  self->random = self->random * 1664525 + 1013904223;
  if ((self->random >> 16) % 100 >= self->percent)
    return FALSE;
  self->n_dropped++;

  return TRUE;
}

static gboolean
lose_one (GstBuffer ** buffer, guint i, gpointer data)
{
  if (is_lost (data, *buffer))
    gst_clear_buffer (buffer);

  return TRUE;
}

/* Threads of the pipeline */
static GstPadProbeReturn
on_packets (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstBufferList *list;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    return is_lost (data, GST_PAD_PROBE_INFO_BUFFER (info)) ?
        GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;

  list = gst_buffer_list_make_writable (GST_PAD_PROBE_INFO_BUFFER_LIST (info));
  gst_buffer_list_foreach (list, lose_one, data);
  GST_PAD_PROBE_INFO_DATA (info) = list;
  if (gst_buffer_list_length (list) > 0)
    return GST_PAD_PROBE_OK;

  return GST_PAD_PROBE_DROP;
}

static void
watch_pad (Lossy * self, GstElement * element, const gchar * name)
{
  GstPad *pad = gst_element_get_static_pad (element, name);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets, self, NULL);
  gst_object_unref (pad);
}

static gboolean
is_a (GstElement * element, const gchar * factory)
{
  GstElementFactory *made_by = gst_element_get_factory (element);

  return made_by && g_str_equal (GST_OBJECT_NAME (made_by), factory);
}

static void
on_sending (GstBin * bin, GstBin * sub_bin, GstElement * element, Lossy * self)
{
  if (is_a (element, "nicesink"))
    watch_pad (self, element, "sink");
}

static void
on_receiving (GstBin * bin, GstBin * sub_bin, GstElement * element,
    Lossy * self)
{
  if (is_a (element, "nicesrc"))
    watch_pad (self, element, "src");
}

void
lossy_watch_sending (Lossy * self, GstBin * bin)
{
  g_signal_connect (bin, "deep-element-added", G_CALLBACK (on_sending), self);
}

void
lossy_watch_receiving (Lossy * self, GstBin * bin)
{
  g_signal_connect (bin, "deep-element-added", G_CALLBACK (on_receiving), self);
}

/* The sink's control thread; webrtcbin has no transport yet */
static void
on_consumer_pipeline (GstElement * sink, const gchar * consumer_id,
    GstBin * pipeline, Lossy * self)
{
  lossy_watch_sending (self, pipeline);
}

void
lossy_watch_sink (Lossy * self, GstElement * sink)
{
  g_signal_connect (sink, "consumer-pipeline-created",
      G_CALLBACK (on_consumer_pipeline), self);
}

void
lossy_set_percent (Lossy * self, guint percent)
{
  g_mutex_lock (&self->lock);
  self->percent = percent;
  g_mutex_unlock (&self->lock);
}

guint
lossy_get_dropped (Lossy * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_dropped;
}

Lossy *
lossy_new (void)
{
  Lossy *self = g_new0 (Lossy, 1);

  g_mutex_init (&self->lock);
  self->random = 1;

  return self;
}

/* When nothing watched is left */
void
lossy_free (Lossy * self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}
