/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A source pad of the element: one stream of the producer.
 *
 * The pad is added to the element before anybody knows what is to come out of
 * it, because what it is linked to decides that. Until it has a target it
 * answers what it could deliver. A session claims the pad for a stream and
 * lets it go when the stream is over; a pad that was requested, or that is kept
 * for the next session, stays on the element meanwhile.
 *
 * Whoever feeds it sits behind one network source with all other streams of
 * the session: a pad that nothing is linked to, or whose branch is at its end
 * or being taken apart, must not stop the others. So what comes back from
 * downstream is for the session to judge, unless it is a real error. A branch
 * that wants no more gets EOS, as it does from any source.
 */

#include "srcpad.h"

#include <string.h>

enum
{
  PROP_0,
  PROP_MSID,
};

struct _GstRtcSrcPad
{
  GstGhostPad parent_instance;

  /* guarded by the object lock */
  GObject *owner;               /* the session, while it is claimed */
  GstRtcSrcPadSettle settle;
  GstRtcSrcPadBegun begun;
  GstStream *stream;
  GstStreamCollection *collection;
  gchar *msid;
  guint group_id;
  GstCaps *possible;
  gboolean keep;

  gint new_collection;          /* atomic: it is to be pushed */
  gint is_settled;              /* atomic: downstream wants no more */
  gint is_doomed;               /* atomic: nothing will be fed into it */
  gint is_removed;              /* atomic: somebody does */

  /* streaming thread; the count is read elsewhere */
  gboolean carries_rtp;
  gboolean was_spared;
  guint64 n_frames;
};

G_DEFINE_FINAL_TYPE (GstRtcSrcPad, gst_rtc_src_pad, GST_TYPE_GHOST_PAD);

/* Streaming thread */

static void
end_branch (GstRtcSrcPad * self)
{
  if (g_atomic_int_compare_and_exchange (&self->is_settled, 0, 1))
    gst_pad_push_event (GST_PAD (self), gst_event_new_eos ());
}

static GstFlowReturn
spare_others (GstRtcSrcPad * self, GstFlowReturn ret)
{
  GstRtcSrcPadSettle settle;
  GObject *owner;

  if (ret == GST_FLOW_EOS)
    end_branch (self);

  GST_OBJECT_LOCK (self);
  settle = self->settle;
  GST_OBJECT_UNLOCK (self);
  owner = gst_rtc_src_pad_ref_owner (self);
  if (!owner)
    return GST_FLOW_OK;

  ret = settle (self, ret, owner);
  g_object_unref (owner);

  return ret;
}

static GstFlowReturn
settle (GstRtcSrcPad * self, GstFlowReturn ret)
{
  if (ret == GST_FLOW_OK && !self->was_spared)
    return ret;

  /* the session is told, too, when something was linked at last */
  self->was_spared = ret != GST_FLOW_OK;

  return spare_others (self, ret);
}

static void
push_new_collection (GstRtcSrcPad * self)
{
  GstEvent *event = NULL;

  if (!g_atomic_int_compare_and_exchange (&self->new_collection, 1, 0))
    return;

  GST_OBJECT_LOCK (self);
  if (self->collection)
    event = gst_event_new_stream_collection (self->collection);
  GST_OBJECT_UNLOCK (self);
  if (event)
    gst_pad_push_event (GST_PAD (self), event);
}

/* An RTP packet is no frame, unless it is the last of one (RFC 3550 section
 * 5.1); with audio each is one. */
static gboolean
ends_frame (GstRtcSrcPad * self, GstBuffer * buffer)
{
  guint8 header[2];

  if (!self->carries_rtp || !gst_rtc_src_pad_is_video (self))
    return TRUE;

  return gst_buffer_extract (buffer, 0, header, 2) == 2 && header[1] & 0x80;
}

static GstFlowReturn
chain (GstPad * internal, GstObject * parent, GstBuffer * buffer)
{
  GstRtcSrcPad *self = GST_RTC_SRC_PAD (parent);
  GstFlowReturn ret;

  push_new_collection (self);
  if (ends_frame (self, buffer))
    self->n_frames++;
  ret = gst_proxy_pad_chain_default (internal, parent, buffer);

  return settle (self, ret);
}

static GstFlowReturn
chain_list (GstPad * internal, GstObject * parent, GstBufferList * list)
{
  GstRtcSrcPad *self = GST_RTC_SRC_PAD (parent);
  GstFlowReturn ret;

  push_new_collection (self);
  for (guint i = 0; i < gst_buffer_list_length (list); i++)
    self->n_frames += ends_frame (self, gst_buffer_list_get (list, i));
  ret = gst_proxy_pad_chain_list_default (internal, parent, list);

  return settle (self, ret);
}

static GstEvent *
new_stream_start (GstRtcSrcPad * self)
{
  GstEvent *event;

  GST_OBJECT_LOCK (self);
  event = gst_event_new_stream_start (self->stream ?
      gst_stream_get_stream_id (self->stream) : GST_PAD_NAME (self));
  if (self->group_id != GST_GROUP_ID_INVALID)
    gst_event_set_group_id (event, self->group_id);
  if (self->stream) {
    gst_event_set_stream (event, self->stream);
    gst_event_set_stream_flags (event, gst_stream_get_stream_flags
        (self->stream));
  }
  GST_OBJECT_UNLOCK (self);
  g_atomic_int_set (&self->new_collection, 1);

  return event;
}

static gboolean
is_kept (GstRtcSrcPad * self)
{
  gboolean keep;

  GST_OBJECT_LOCK (self);
  keep = self->keep;
  GST_OBJECT_UNLOCK (self);

  return keep;
}

static void
look_at_caps (GstRtcSrcPad * self, GstEvent * event)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  self->carries_rtp = gst_caps_get_size (caps) > 0 &&
      gst_structure_has_name (gst_caps_get_structure (caps, 0),
      "application/x-rtp");
}

static void
tell_begun (GstRtcSrcPad * self)
{
  g_autoptr (GObject) owner = gst_rtc_src_pad_ref_owner (self);
  GstRtcSrcPadBegun begun;

  GST_OBJECT_LOCK (self);
  begun = self->begun;
  GST_OBJECT_UNLOCK (self);
  if (owner && begun)
    begun (self, owner);
}

static gboolean
handle_caps (GstRtcSrcPad * self, GstPad * internal, GstEvent * event)
{
  gboolean ret;

  look_at_caps (self, event);
  ret = gst_pad_event_default (internal, GST_OBJECT (self), event);
  tell_begun (self);

  return ret;
}

static gboolean
handle_event (GstPad * internal, GstObject * parent, GstEvent * event)
{
  GstRtcSrcPad *self = GST_RTC_SRC_PAD (parent);
  GstEvent *ours;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      ours = new_stream_start (self);
      gst_event_set_seqnum (ours, gst_event_get_seqnum (event));
      gst_event_unref (event);
      event = ours;
      break;
    case GST_EVENT_CAPS:
      return handle_caps (self, internal, event);
    case GST_EVENT_EOS:
      if (is_kept (self)) {
        gst_event_unref (event);
        return TRUE;
      }
      break;
    default:
      break;
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

  g_clear_object (&self->owner);
  gst_clear_object (&self->stream);
  gst_clear_object (&self->collection);
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
 * gst_rtc_src_pad_claim:
 * @owner: the session that is to feed the pad
 * @settle: judges what comes back from downstream
 *
 * Returns: whether it is @owner's now: nobody else had it
 */
gboolean
gst_rtc_src_pad_claim (GstRtcSrcPad * self, GObject * owner,
    GstRtcSrcPadSettle settle)
{
  gboolean is_free;

  GST_OBJECT_LOCK (self);
  is_free = self->owner == NULL && !gst_rtc_src_pad_is_doomed (self);
  if (is_free) {
    self->owner = g_object_ref (owner);
    self->settle = settle;
  }
  GST_OBJECT_UNLOCK (self);
  if (is_free)
    g_atomic_int_set (&self->is_settled, 0);

  return is_free;
}

gboolean
gst_rtc_src_pad_is_claimed (GstRtcSrcPad * self)
{
  gboolean claimed;

  GST_OBJECT_LOCK (self);
  claimed = self->owner != NULL;
  GST_OBJECT_UNLOCK (self);

  return claimed;
}

/**
 * gst_rtc_src_pad_ref_owner:
 *
 * Returns: (transfer full) (nullable): who claimed it
 */
GObject *
gst_rtc_src_pad_ref_owner (GstRtcSrcPad * self)
{
  GObject *owner;

  GST_OBJECT_LOCK (self);
  owner = self->owner ? g_object_ref (self->owner) : NULL;
  GST_OBJECT_UNLOCK (self);

  return owner;
}

gboolean
gst_rtc_src_pad_is_video (GstRtcSrcPad * self)
{
  return strstr (GST_PAD_TEMPLATE_NAME_TEMPLATE (GST_PAD_PAD_TEMPLATE (self)),
      "video") != NULL;
}

gboolean
gst_rtc_src_pad_is_requested (GstRtcSrcPad * self)
{
  return GST_PAD_TEMPLATE_PRESENCE (GST_PAD_PAD_TEMPLATE (self)) ==
      GST_PAD_REQUEST;
}

/**
 * gst_rtc_src_pad_set_stream:
 * @stream: what the pad is to deliver
 *
 * Thread: any, before the pad has a target
 */
void
gst_rtc_src_pad_set_stream (GstRtcSrcPad * self,
    const GstRtcSrcPadStream * stream)
{
  GST_OBJECT_LOCK (self);
  gst_object_replace ((GstObject **) & self->stream,
      GST_OBJECT (stream->stream));
  self->group_id = stream->group_id;
  g_free (self->msid);
  self->msid = g_strdup (stream->msid);
  gst_caps_replace (&self->possible, stream->possible);
  self->keep = stream->keep;
  self->begun = stream->begun;
  GST_OBJECT_UNLOCK (self);
}

/**
 * gst_rtc_src_pad_set_collection:
 * @collection: all streams of the producer; goes downstream with the next
 *     buffer
 */
void
gst_rtc_src_pad_set_collection (GstRtcSrcPad * self,
    GstStreamCollection * collection)
{
  GST_OBJECT_LOCK (self);
  gst_object_replace ((GstObject **) & self->collection,
      GST_OBJECT (collection));
  GST_OBJECT_UNLOCK (self);
  g_atomic_int_set (&self->new_collection, 1);
}

/**
 * gst_rtc_src_pad_get_frames:
 *
 * Returns: how many frames went out; a little behind, when asked elsewhere
 *     than on the streaming thread
 */
guint64
gst_rtc_src_pad_get_frames (GstRtcSrcPad * self)
{
  return self->n_frames;
}

/**
 * gst_rtc_src_pad_push_eos:
 *
 * Ends the stream. Waits for what is downstream of the pad.
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

/**
 * gst_rtc_src_pad_let_go:
 *
 * The session is done with the pad.
 */
void
gst_rtc_src_pad_let_go (GstRtcSrcPad * self)
{
  GObject *owner;

  gst_ghost_pad_set_target (GST_GHOST_PAD (self), NULL);

  GST_OBJECT_LOCK (self);
  owner = g_steal_pointer (&self->owner);
  g_clear_pointer (&self->msid, g_free);
  GST_OBJECT_UNLOCK (self);
  g_clear_object (&owner);
}

/**
 * gst_rtc_src_pad_doom:
 *
 * The pad is to be removed: no session may claim it.
 */
void
gst_rtc_src_pad_doom (GstRtcSrcPad * self)
{
  g_atomic_int_set (&self->is_doomed, TRUE);
}

gboolean
gst_rtc_src_pad_is_doomed (GstRtcSrcPad * self)
{
  return g_atomic_int_get (&self->is_doomed);
}

/**
 * gst_rtc_src_pad_remove:
 *
 * The application may do in its handler what it likes, also stop the element:
 * whoever waits for something must not wait for this.
 *
 * Returns: %FALSE if somebody else does it
 *
 * Thread: any but a streaming one
 */
gboolean
gst_rtc_src_pad_remove (GstRtcSrcPad * self, GstElement * element)
{
  if (!g_atomic_int_compare_and_exchange (&self->is_removed, FALSE, TRUE))
    return FALSE;

  gst_pad_set_active (GST_PAD (self), FALSE);
  if (GST_OBJECT_PARENT (self) == GST_OBJECT (element))
    gst_element_remove_pad (element, GST_PAD (self));

  return TRUE;
}
