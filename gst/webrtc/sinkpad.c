/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sinkpad.h"

struct _GstRtcSinkPad
{
  GstGhostPad parent_instance;

  /* construct-only: any thread */
  GstRtcInputStream *stream;

  /* guarded by the object lock */
  gchar *msid;
};

enum
{
  PROP_0,
  PROP_MSID,
};

G_DEFINE_FINAL_TYPE (GstRtcSinkPad, gst_rtc_sink_pad, GST_TYPE_GHOST_PAD);

/**
 * gst_rtc_sink_pad_new:
 * @template: the template it was requested from
 * @name: its name
 * @stream: (transfer none): what it feeds
 *
 * Thread: any
 */
GstRtcSinkPad *
gst_rtc_sink_pad_new (GstPadTemplate * template, const gchar * name,
    GstRtcInputStream * stream)
{
  GstRtcSinkPad *self = g_object_new (GST_RTC_TYPE_SINK_PAD, "name", name,
      "direction", GST_PAD_SINK, "template", template, NULL);
  GstPad *target = gst_rtc_input_stream_get_target (stream);

  self->stream = g_object_ref (stream);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), target);
  gst_object_unref (target);
  GST_PAD_SET_PROXY_ALLOCATION (self);

  return self;
}

GstRtcInputStream *
gst_rtc_sink_pad_get_stream (GstRtcSinkPad * self)
{
  return self->stream;
}

/**
 * gst_rtc_sink_pad_dup_msid:
 *
 * Returns: (transfer full) (nullable): the id of the MediaStream that the pad
 *     belongs to (RFC 8830)
 *
 * Thread: any
 */
gchar *
gst_rtc_sink_pad_dup_msid (GstRtcSinkPad * self)
{
  gchar *msid;

  GST_OBJECT_LOCK (self);
  msid = g_strdup (self->msid);
  GST_OBJECT_UNLOCK (self);

  return msid;
}

static void
gst_rtc_sink_pad_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstRtcSinkPad *self = GST_RTC_SINK_PAD (object);

  switch (id) {
    case PROP_MSID:
      GST_OBJECT_LOCK (self);
      g_free (self->msid);
      self->msid = g_value_dup_string (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_sink_pad_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  switch (id) {
    case PROP_MSID:
      g_value_take_string (value,
          gst_rtc_sink_pad_dup_msid (GST_RTC_SINK_PAD (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_sink_pad_finalize (GObject * object)
{
  GstRtcSinkPad *self = GST_RTC_SINK_PAD (object);

  g_clear_object (&self->stream);
  g_free (self->msid);

  G_OBJECT_CLASS (gst_rtc_sink_pad_parent_class)->finalize (object);
}

static void
gst_rtc_sink_pad_class_init (GstRtcSinkPadClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = gst_rtc_sink_pad_set_property;
  object_class->get_property = gst_rtc_sink_pad_get_property;
  object_class->finalize = gst_rtc_sink_pad_finalize;

  /**
   * GstRtcSinkPad:msid:
   *
   * Id of the MediaStream that the pad's track belongs to (RFC 8830); %NULL
   * puts all tracks of the element into one.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MSID,
      g_param_spec_string ("msid", "MSID",
          "Id of the MediaStream that the track belongs to", NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
          GST_PARAM_MUTABLE_READY));
}

static void
gst_rtc_sink_pad_init (GstRtcSinkPad * self)
{
}
