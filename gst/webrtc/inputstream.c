/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes in through one sink pad:
 *
 *   ghost pad ▶ clocksync ! appsink ═▶ renditions
 *
 * clocksync makes a file play at its own speed; a live source passes it
 * without waiting.
 *
 * An offer names the profile of encoded video. Where the caps do not say it,
 * the stream itself does, in its first parameter sets: until then its caps
 * count as not known.
 */

#include "inputstream.h"

#include "profiles.h"

struct _GstRtcInputStream
{
  GObject parent_instance;

  /* construct-only: any thread */
  gchar *name;
  GstRtcMediaKind kind;
  GstElement *clocksync;
  GstElement *appsink;
  GstRtcStreamProducer *producer;

  /* thread-safe by itself: our owner */
  GWeakRef sink;

  /* control thread only */
  GstRtcLadder *ladder;

  GMutex lock;
  /* guarded by lock */
  GstCaps *caps;
  GstCaps *pending;             /* of a profile that is looked for */
  gulong probe;                 /* that looks for it */
  GstRtcInputStreamFunc caps_known;
};

G_DEFINE_FINAL_TYPE (GstRtcInputStream, gst_rtc_input_stream, G_TYPE_OBJECT);

static GstElement *
add_element (GstRtcInputStream * self, GstBin * bin, const gchar * factory,
    GError ** error)
{
  g_autofree gchar *name = g_strdup_printf ("%s-%s", self->name, factory);
  GstElement *element = gst_element_factory_make (factory, name);

  if (!element) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "There is no element %s", factory);
    return NULL;
  }
  gst_bin_add (bin, element);

  return gst_object_ref (element);
}

/**
 * gst_rtc_input_stream_new:
 * @bin: (transfer none): the sink; not referenced
 * @name: of the pad
 * @kind: audio or video
 *
 * Thread: any
 */
GstRtcInputStream *
gst_rtc_input_stream_new (GstBin * bin, const gchar * name,
    GstRtcMediaKind kind, GError ** error)
{
  g_autoptr (GstRtcInputStream) self =
      g_object_new (GST_RTC_TYPE_INPUT_STREAM, NULL);

  self->name = g_strdup (name);
  self->kind = kind;
  g_weak_ref_set (&self->sink, bin);
  self->clocksync = add_element (self, bin, "clocksync", error);
  if (self->clocksync)
    self->appsink = add_element (self, bin, "appsink", error);
  if (!self->appsink)
    return NULL;

  g_object_set (self->appsink, "sync", FALSE, "async", FALSE, "max-buffers",
      1, "enable-last-sample", FALSE, NULL);
  self->producer = gst_rtc_stream_producer_new (self->appsink,
      GST_RTC_PUSH_ON_CALLER);
  gst_element_link (self->clocksync, self->appsink);
  gst_element_sync_state_with_parent (self->appsink);
  gst_element_sync_state_with_parent (self->clocksync);

  return g_steal_pointer (&self);
}

/**
 * gst_rtc_input_stream_get_target:
 *
 * Returns: (transfer full): what the ghost pad stands for
 *
 * Thread: any
 */
GstPad *
gst_rtc_input_stream_get_target (GstRtcInputStream * self)
{
  return gst_element_get_static_pad (self->clocksync, "sink");
}

static void
remove_element (GstElement * element)
{
  GstObject *bin = element ? gst_object_get_parent (GST_OBJECT (element)) :
      NULL;

  if (!bin)
    return;

  gst_element_set_locked_state (element, TRUE);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (bin), element);
  gst_object_unref (bin);
}

/**
 * gst_rtc_input_stream_remove:
 *
 * Takes the elements out of the sink.
 *
 * Thread: any
 */
void
gst_rtc_input_stream_remove (GstRtcInputStream * self)
{
  if (self->producer)
    gst_rtc_stream_producer_stop (self->producer);
  remove_element (self->clocksync);
  remove_element (self->appsink);
}

const gchar *
gst_rtc_input_stream_get_name (GstRtcInputStream * self)
{
  return self->name;
}

GstRtcMediaKind
gst_rtc_input_stream_get_kind (GstRtcInputStream * self)
{
  return self->kind;
}

GstRtcStreamProducer *
gst_rtc_input_stream_get_producer (GstRtcInputStream * self)
{
  return self->producer;
}

/**
 * gst_rtc_input_stream_get_caps:
 *
 * Returns: (transfer full) (nullable): the caps of the input, or %NULL while
 *     they are not known
 *
 * Thread: any
 */
GstCaps *
gst_rtc_input_stream_get_caps (GstRtcInputStream * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->caps ? gst_caps_ref (self->caps) : NULL;
}

static void
tell_caps_known (GstRtcInputStream * self, GstCaps * before)
{
  GstElement *sink = gst_rtc_input_stream_ref_sink (self);
  GstRtcInputStreamFunc caps_known;

  g_mutex_lock (&self->lock);
  caps_known = self->caps_known;
  g_mutex_unlock (&self->lock);

  if (sink && caps_known)
    caps_known (sink, self, before);
  gst_clear_object (&sink);
}

/* Streaming thread */
static GstPadProbeReturn
look_for_profile (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstRtcInputStream *self = data;
  g_autoptr (GstCaps) pending = NULL;
  g_autoptr (GstCaps) known = NULL;
  g_autoptr (GstCaps) before = NULL;

  g_mutex_lock (&self->lock);
  pending = self->pending ? gst_caps_ref (self->pending) : NULL;
  g_mutex_unlock (&self->lock);

  if (pending)
    known = gst_rtc_profile_read (pending, GST_PAD_PROBE_INFO_BUFFER (info));
  if (pending && !known)
    return GST_PAD_PROBE_OK;

  g_mutex_lock (&self->lock);
  self->probe = 0;
  gst_clear_caps (&self->pending);
  before = self->caps ? gst_caps_ref (self->caps) : NULL;
  if (known)
    gst_caps_replace (&self->caps, known);
  g_mutex_unlock (&self->lock);
  if (known && !(before && gst_caps_is_equal (before, known))) {
    GST_INFO_OBJECT (pad, "%s is %" GST_PTR_FORMAT, self->name, known);
    tell_caps_known (self, before);
  }

  return GST_PAD_PROBE_REMOVE;
}

static void
start_looking (GstRtcInputStream * self, GstCaps * caps)
{
  GstPad *pad = gst_rtc_input_stream_get_target (self);
  gboolean looking;

  g_mutex_lock (&self->lock);
  looking = self->probe != 0;
  gst_caps_replace (&self->pending, caps);
  g_mutex_unlock (&self->lock);

  if (!looking) {
    const gulong probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER,
        look_for_profile, g_object_ref (self), g_object_unref);

    g_mutex_lock (&self->lock);
    self->probe = probe;
    g_mutex_unlock (&self->lock);
  }
  gst_object_unref (pad);
}

/**
 * gst_rtc_input_stream_set_caps:
 * @caps: (nullable): fixed caps
 *
 * They count at once or, if they lack the profile of an encoded stream, when
 * the stream has said it.
 *
 * Thread: streaming, or any when there is none
 */
void
gst_rtc_input_stream_set_caps (GstRtcInputStream * self, GstCaps * caps)
{
  g_autoptr (GstCaps) known = NULL;

  if (caps && !gst_rtc_profile_is_known (caps)) {
    known = gst_rtc_profile_read (caps, NULL);
    if (!known) {
      start_looking (self, caps);
      return;
    }
    caps = known;
  }

  g_mutex_lock (&self->lock);
  gst_caps_replace (&self->caps, caps);
  gst_clear_caps (&self->pending);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_rtc_input_stream_set_caps_known:
 * @caps_known: called with the sink when caps are known later than they came,
 *     on the streaming thread
 *
 * Thread: any
 */
void
gst_rtc_input_stream_set_caps_known (GstRtcInputStream * self,
    GstRtcInputStreamFunc caps_known)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->caps_known = caps_known;
}

/**
 * gst_rtc_input_stream_ref_sink:
 *
 * Returns: (transfer full) (nullable): the element, if it is still there
 *
 * Thread: any
 */
GstElement *
gst_rtc_input_stream_ref_sink (GstRtcInputStream * self)
{
  return g_weak_ref_get (&self->sink);
}

/**
 * gst_rtc_input_stream_get_ladder:
 *
 * Returns: (nullable): the stream's renditions, or %NULL if nobody ever
 *     watched
 *
 * Thread: control
 */
GstRtcLadder *
gst_rtc_input_stream_get_ladder (GstRtcInputStream * self)
{
  return self->ladder;
}

/**
 * gst_rtc_input_stream_take_ladder:
 * @ladder: (transfer full): the stream's renditions
 *
 * Thread: control
 */
void
gst_rtc_input_stream_take_ladder (GstRtcInputStream * self,
    GstRtcLadder * ladder)
{
  g_assert (!self->ladder);

  self->ladder = ladder;
}

static void
gst_rtc_input_stream_finalize (GObject * object)
{
  GstRtcInputStream *self = GST_RTC_INPUT_STREAM (object);

  g_clear_pointer (&self->ladder, gst_rtc_ladder_free);
  g_clear_object (&self->producer);
  gst_clear_object (&self->appsink);
  gst_clear_object (&self->clocksync);
  gst_clear_caps (&self->caps);
  gst_clear_caps (&self->pending);
  g_free (self->name);
  g_weak_ref_clear (&self->sink);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (gst_rtc_input_stream_parent_class)->finalize (object);
}

static void
gst_rtc_input_stream_class_init (GstRtcInputStreamClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_rtc_input_stream_finalize;
}

static void
gst_rtc_input_stream_init (GstRtcInputStream * self)
{
  g_mutex_init (&self->lock);
  g_weak_ref_init (&self->sink, NULL);
}
