/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Between a signaller and its element: the only file that knows the names of
 * the signals an element listens to.
 *
 * A signaller emits on whatever thread it likes. Each handler copies its
 * arguments, posts them to the element's control thread and returns, so a
 * signaller may emit while it holds a lock of its own, and from within `start`.
 * The link holds no reference to the element: what arrives after the element
 * is gone, or after the link was freed because the signaller was replaced, is
 * dropped.
 */

#include "signallerlink.h"

typedef struct
{
  gint refs;                    /* atomic */

  /* construct-only */
  GstRtcControl *control;
  const GstRtcSignallerEvents *events;

  /* thread-safe by itself */
  GWeakRef element;
  gint linked;                  /* atomic */
} LinkState;

struct _GstRtcSignallerLink
{
  LinkState *state;
  GstRtcSignaller *signaller;
  GArray *handlers;             /* element-type gulong */
};

typedef struct _Event Event;

struct _Event
{
  LinkState *state;
  void (*deliver) (GstElement * element, const Event * event);
  gchar *session_id;
  gchar *text;                  /* peer id, error or candidate */
  guint mline;
  GstWebRTCSessionDescription *description;
  GstStructure *meta;
};

static LinkState *
ref_state (gpointer data)
{
  LinkState *state = data;

  g_atomic_int_inc (&state->refs);

  return state;
}

static void
unref_state (gpointer data)
{
  LinkState *state = data;

  if (!g_atomic_int_dec_and_test (&state->refs))
    return;

  g_weak_ref_clear (&state->element);
  gst_rtc_control_unref (state->control);
  g_free (state);
}

static void
free_event (gpointer data)
{
  Event *event = data;

  g_clear_pointer (&event->description, gst_webrtc_session_description_free);
  gst_clear_structure (&event->meta);
  g_free (event->session_id);
  g_free (event->text);
  unref_state (event->state);
  g_free (event);
}

static void
run_event (gpointer data)
{
  Event *event = data;
  GstElement *element;

  if (!g_atomic_int_get (&event->state->linked))
    return;

  element = g_weak_ref_get (&event->state->element);
  if (!element)
    return;
  event->deliver (element, event);
  gst_object_unref (element);
}

static void
post_full_event (LinkState * state,
    void (*deliver) (GstElement *, const Event *), const gchar * session_id,
    const gchar * text, guint mline, GstWebRTCSessionDescription * description,
    const GstStructure * meta)
{
  Event *event = g_new0 (Event, 1);

  event->state = ref_state (state);
  event->deliver = deliver;
  event->session_id = g_strdup (session_id);
  event->text = g_strdup (text);
  event->mline = mline;
  if (description)
    event->description = gst_webrtc_session_description_copy (description);
  event->meta = meta ? gst_structure_copy (meta) : NULL;

  gst_rtc_control_post (state->control, run_event, event, free_event);
}

static void
post_event (LinkState * state,
    void (*deliver) (GstElement *, const Event *), const gchar * session_id,
    const gchar * text, guint mline, GstWebRTCSessionDescription * description)
{
  post_full_event (state, deliver, session_id, text, mline, description, NULL);
}

static void
deliver_error (GstElement * element, const Event * event)
{
  event->state->events->error (element, event->text);
}

static void
deliver_started (GstElement * element, const Event * event)
{
  event->state->events->session_started (element, event->session_id,
      event->text);
}

static void
deliver_requested (GstElement * element, const Event * event)
{
  event->state->events->session_requested (element, event->session_id,
      event->text, event->description);
}

static void
deliver_description (GstElement * element, const Event * event)
{
  event->state->events->session_description (element, event->session_id,
      event->description);
}

static void
deliver_ice (GstElement * element, const Event * event)
{
  event->state->events->handle_ice (element, event->session_id, event->mline,
      event->text);
}

static void
deliver_ended (GstElement * element, const Event * event)
{
  event->state->events->session_ended (element, event->session_id, event->text);
}

static void
deliver_shutdown (GstElement * element, const Event * event)
{
  event->state->events->shutdown (element);
}

static void
deliver_producer (GstElement * element, const Event * event)
{
  event->state->events->producer_added (element, event->text, event->meta);
}

static void
deliver_producer_gone (GstElement * element, const Event * event)
{
  event->state->events->producer_removed (element, event->text);
}

/* The signaller's threads: post and return */

static void
on_error (GstRtcSignaller * signaller, const gchar * message, LinkState * state)
{
  if (state->events->error)
    post_event (state, deliver_error, NULL, message, 0, NULL);
}

static void
on_session_started (GstRtcSignaller * signaller, const gchar * session_id,
    const gchar * peer_id, LinkState * state)
{
  if (state->events->session_started)
    post_event (state, deliver_started, session_id, peer_id, 0, NULL);
}

static void
on_session_requested (GstRtcSignaller * signaller, const gchar * session_id,
    const gchar * peer_id, GstWebRTCSessionDescription * offer,
    LinkState * state)
{
  if (state->events->session_requested)
    post_event (state, deliver_requested, session_id, peer_id, 0, offer);
}

static void
on_session_description (GstRtcSignaller * signaller, const gchar * session_id,
    GstWebRTCSessionDescription * description, LinkState * state)
{
  if (state->events->session_description)
    post_event (state, deliver_description, session_id, NULL, 0, description);
}

static void
on_handle_ice (GstRtcSignaller * signaller, const gchar * session_id,
    guint mline, const gchar * mid, const gchar * candidate, LinkState * state)
{
  if (state->events->handle_ice && candidate)
    post_event (state, deliver_ice, session_id, candidate, mline, NULL);
}

static gboolean
on_session_ended (GstRtcSignaller * signaller, const gchar * session_id,
    LinkState * state)
{
  if (!state->events->session_ended)
    return FALSE;
  post_event (state, deliver_ended, session_id, NULL, 0, NULL);

  return TRUE;
}

static gboolean
on_session_ended_with_error (GstRtcSignaller * signaller,
    const gchar * session_id, const gchar * error, LinkState * state)
{
  if (!state->events->session_ended)
    return FALSE;
  post_event (state, deliver_ended, session_id, error, 0, NULL);

  return TRUE;
}

static void
on_shutdown (GstRtcSignaller * signaller, LinkState * state)
{
  if (state->events->shutdown)
    post_event (state, deliver_shutdown, NULL, NULL, 0, NULL);
}

static void
on_producer_added (GstRtcSignaller * signaller, const gchar * id,
    const GstStructure * meta, gboolean is_new, LinkState * state)
{
  if (state->events->producer_added)
    post_full_event (state, deliver_producer, NULL, id, 0, NULL, meta);
}

static void
on_producer_removed (GstRtcSignaller * signaller, const gchar * id,
    const GstStructure * meta, LinkState * state)
{
  if (state->events->producer_removed)
    post_event (state, deliver_producer_gone, NULL, id, 0, NULL);
}

static GstStructure *
on_request_meta (GstRtcSignaller * signaller, LinkState * state)
{
  GstElement *element = g_weak_ref_get (&state->element);
  GstStructure *meta = NULL;

  if (element && state->events->request_meta)
    meta = state->events->request_meta (element);
  gst_clear_object (&element);

  return meta;
}

static void
drop_state (gpointer state, GClosure * closure)
{
  unref_state (state);
}

static void
connect (GstRtcSignallerLink * self, const gchar * signal, GCallback handler)
{
  gulong id = g_signal_connect_data (self->signaller, signal, handler,
      ref_state (self->state), drop_state, 0);

  g_array_append_val (self->handlers, id);
}

/**
 * gst_rtc_signaller_link_new:
 * @signaller: whom to listen to
 * @element: (transfer none): its element; not referenced
 * @control: the element's control thread
 * @events: what to do, static
 *
 * Thread: any
 */
GstRtcSignallerLink *
gst_rtc_signaller_link_new (GstRtcSignaller * signaller, GstElement * element,
    GstRtcControl * control, const GstRtcSignallerEvents * events)
{
  GstRtcSignallerLink *self = g_new0 (GstRtcSignallerLink, 1);

  self->state = g_new0 (LinkState, 1);
  self->state->refs = 1;
  self->state->control = gst_rtc_control_ref (control);
  self->state->events = events;
  self->state->linked = TRUE;
  g_weak_ref_init (&self->state->element, element);

  self->signaller = g_object_ref (signaller);
  self->handlers = g_array_new (FALSE, FALSE, sizeof (gulong));
  connect (self, "error", G_CALLBACK (on_error));
  connect (self, "request-meta", G_CALLBACK (on_request_meta));
  connect (self, "session-started", G_CALLBACK (on_session_started));
  connect (self, "session-requested", G_CALLBACK (on_session_requested));
  connect (self, "session-description", G_CALLBACK (on_session_description));
  connect (self, "handle-ice", G_CALLBACK (on_handle_ice));
  connect (self, "session-ended", G_CALLBACK (on_session_ended));
  connect (self, "session-ended-with-error",
      G_CALLBACK (on_session_ended_with_error));
  connect (self, "shutdown", G_CALLBACK (on_shutdown));
  connect (self, "producer-added", G_CALLBACK (on_producer_added));
  connect (self, "producer-removed", G_CALLBACK (on_producer_removed));

  return self;
}

/**
 * gst_rtc_signaller_link_free:
 *
 * Nothing that the signaller said is delivered any more.
 *
 * Thread: any
 */
void
gst_rtc_signaller_link_free (GstRtcSignallerLink * self)
{
  g_atomic_int_set (&self->state->linked, FALSE);
  for (guint i = self->handlers->len; i > 0; i--)
    g_signal_handler_disconnect (self->signaller,
        g_array_index (self->handlers, gulong, i - 1));

  g_array_unref (self->handlers);
  g_object_unref (self->signaller);
  unref_state (self->state);
  g_free (self);
}
