/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A source pad of the element: one stream of the producer.
 *
 * The pad is added to the element before anybody knows what is to come out of
 * it, because what it is linked to decides that. Until it has a target it
 * answers what it could deliver.
 *
 * Whoever feeds it sits behind one network source with all other streams of
 * the session: a pad that nothing is linked to, or whose branch is at its end
 * or being taken apart, must not stop the others. So these flow returns end
 * here; real errors go on.
 */

#include "srcpad.h"

enum
{
  PROP_0,
  PROP_MSID,
};

struct _GstRtcSrcPad
{
  GstGhostPad parent_instance;

  /* guarded by the object lock */
  gchar *stream_id;
  gchar *msid;
  guint group_id;
  GstCaps *possible;

  gint told_unlinked;           /* atomic */
};

G_DEFINE_FINAL_TYPE (GstRtcSrcPad, gst_rtc_src_pad, GST_TYPE_GHOST_PAD);

static GstFlowReturn
spare_others (GstRtcSrcPad * self, GstFlowReturn ret)
{
  switch (ret) {
    case GST_FLOW_NOT_LINKED:
      if (g_atomic_int_compare_and_exchange (&self->told_unlinked, 0, 1))
        GST_WARNING_OBJECT (self, "not linked, dropping the stream");
      return GST_FLOW_OK;
    case GST_FLOW_EOS:
    case GST_FLOW_FLUSHING:
      return GST_FLOW_OK;
    default:
      return ret;
  }
}

static GstFlowReturn
chain (GstPad * internal, GstObject * parent, GstBuffer * buffer)
{
  return spare_others (GST_RTC_SRC_PAD (parent),
      gst_proxy_pad_chain_default (internal, parent, buffer));
}

static GstFlowReturn
chain_list (GstPad * internal, GstObject * parent, GstBufferList * list)
{
  return spare_others (GST_RTC_SRC_PAD (parent),
      gst_proxy_pad_chain_list_default (internal, parent, list));
}

static GstEvent *
new_stream_start (GstRtcSrcPad * self)
{
  GstEvent *event;

  GST_OBJECT_LOCK (self);
  event = gst_event_new_stream_start (self->stream_id ? self->stream_id : "");
  gst_event_set_group_id (event, self->group_id);
  GST_OBJECT_UNLOCK (self);

  return event;
}

static gboolean
handle_event (GstPad * internal, GstObject * parent, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START) {
    GstEvent *ours = new_stream_start (GST_RTC_SRC_PAD (parent));

    gst_event_set_seqnum (ours, gst_event_get_seqnum (event));
    gst_event_unref (event);
    event = ours;
  }

  return gst_pad_event_default (internal, parent, event);
}

static gboolean
answer_caps (GstRtcSrcPad * self, GstQuery * query)
{
  g_autoptr (GstPad) target = gst_ghost_pad_get_target (GST_GHOST_PAD (self));
  g_autoptr (GstCaps) caps = NULL;
  GstCaps *filter;

  if (target)
    return FALSE;

  GST_OBJECT_LOCK (self);
  caps = self->possible ? gst_caps_ref (self->possible) : NULL;
  GST_OBJECT_UNLOCK (self);
  if (!caps)
    return FALSE;

  gst_query_parse_caps (query, &filter);
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, caps,
        GST_CAPS_INTERSECT_FIRST);

    gst_query_set_caps_result (query, both);
    gst_caps_unref (both);
  } else {
    gst_query_set_caps_result (query, caps);
  }

  return TRUE;
}

static gboolean
handle_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS &&
      answer_caps (GST_RTC_SRC_PAD (pad), query))
    return TRUE;

  return gst_pad_query_default (pad, parent, query);
}

static void
gst_rtc_src_pad_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstRtcSrcPad *self = GST_RTC_SRC_PAD (object);

  switch (id) {
    case PROP_MSID:
      GST_OBJECT_LOCK (self);
      g_value_set_string (value, self->msid);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_src_pad_constructed (GObject * object)
{
  GstPad *internal;

  G_OBJECT_CLASS (gst_rtc_src_pad_parent_class)->constructed (object);

  internal = GST_PAD (gst_proxy_pad_get_internal (GST_PROXY_PAD (object)));
  gst_pad_set_chain_function (internal, chain);
  gst_pad_set_chain_list_function (internal, chain_list);
  gst_pad_set_event_function (internal, handle_event);
  gst_object_unref (internal);
  gst_pad_set_query_function (GST_PAD (object), handle_query);
}

static void
gst_rtc_src_pad_finalize (GObject * object)
{
  GstRtcSrcPad *self = GST_RTC_SRC_PAD (object);

  g_free (self->stream_id);
  g_free (self->msid);
  gst_clear_caps (&self->possible);

  G_OBJECT_CLASS (gst_rtc_src_pad_parent_class)->finalize (object);
}

static void
gst_rtc_src_pad_class_init (GstRtcSrcPadClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = gst_rtc_src_pad_constructed;
  object_class->finalize = gst_rtc_src_pad_finalize;
  object_class->get_property = gst_rtc_src_pad_get_property;

  /**
   * GstRtcSrcPad:msid:
   *
   * The id of the MediaStream that this stream belongs to, %NULL while it is
   * unknown.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MSID,
      g_param_spec_string ("msid", "MSID",
          "Id of the MediaStream that the stream belongs to", NULL,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_rtc_src_pad_init (GstRtcSrcPad * self)
{
}

/**
 * gst_rtc_src_pad_new:
 * @templ: the template
 * @name: name of the pad
 *
 * Returns: (transfer floating): a pad without target
 */
GstRtcSrcPad *
gst_rtc_src_pad_new (GstPadTemplate * templ, const gchar * name)
{
  return g_object_new (GST_RTC_TYPE_SRC_PAD, "name", name, "direction",
      GST_PAD_TEMPLATE_DIRECTION (templ), "template", templ, NULL);
}

/**
 * gst_rtc_src_pad_set_stream:
 * @stream_id: for STREAM_START
 * @group_id: the same for all streams of a session
 * @msid: (nullable): id of the MediaStream
 * @possible: what the pad could deliver, in order of preference
 *
 * Thread: any, before the pad has a target
 */
void
gst_rtc_src_pad_set_stream (GstRtcSrcPad * self, const gchar * stream_id,
    guint group_id, const gchar * msid, GstCaps * possible)
{
  GST_OBJECT_LOCK (self);
  g_free (self->stream_id);
  self->stream_id = g_strdup (stream_id);
  self->group_id = group_id;
  g_free (self->msid);
  self->msid = g_strdup (msid);
  gst_caps_replace (&self->possible, possible);
  GST_OBJECT_UNLOCK (self);
}

/**
 * gst_rtc_src_pad_push_eos:
 *
 * Ends the stream. Waits for what is downstream of the pad.
 *
 * Thread: a worker, when nothing feeds the pad any more
 */
void
gst_rtc_src_pad_push_eos (GstRtcSrcPad * self)
{
  g_autoptr (GstEvent) start =
      gst_pad_get_sticky_event (GST_PAD (self), GST_EVENT_STREAM_START, 0);
  g_autoptr (GstEvent) eos =
      gst_pad_get_sticky_event (GST_PAD (self), GST_EVENT_EOS, 0);

  if (eos)
    return;

  /* its decoder may have ended before its first frame came */
  if (!start)
    gst_pad_push_event (GST_PAD (self), new_stream_start (self));
  gst_pad_push_event (GST_PAD (self), gst_event_new_eos ());
}
