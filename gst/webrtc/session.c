/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One webrtcbin and its peer: what sinks and sources have in common.
 *
 *   new -> preparing -> negotiating -> streaming -> closing -> closed
 *
 * A session belongs to the control thread. Its webrtcbin calls from threads of
 * its own (promises, candidates, DTLS): each such handler copies, posts, and
 * returns, and a job that arrives when the session is closing does nothing.
 * The one exception is the check of the peer's DTLS certificate: it runs on
 * the thread that does the handshake and cuts both directions there and then,
 * so that no packet slips through while the control thread is busy.
 *
 * webrtcbin waits for its own thread when it stops, and may take long to do
 * it, so its state is only ever changed on a worker.
 *
 * Candidates of ours wait until our description was sent, candidates of the
 * peer until its description was taken.
 */

#include "session-private.h"

#include "dtlsguard.h"
#include "sdp.h"
#include "sdpedit.h"
#include "silence.h"

GST_DEBUG_CATEGORY (webrtcsession_debug);
#define GST_CAT_DEFAULT webrtcsession_debug

/* rtpsession's default of 5 s would make silence mean nothing */
#define RTCP_MIN_INTERVAL GST_SECOND

enum
{
  PROP_0,
  PROP_ID,
  PROP_PEER_ID,
  PROP_CONTROL,
  PROP_SIGNALLER,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstRtcSession, gst_rtc_session,
    G_TYPE_OBJECT);

GstRtcSessionPrivate *
gst_rtc_session_get_private (GstRtcSession * self)
{
  return gst_rtc_session_get_instance_private (self);
}

#define PRIV(self) (gst_rtc_session_get_private (self))

#define TO(state) (1u << GST_RTC_SESSION_ ## state)

static const struct
{
  const gchar *name;
  guint next;
} states[] = {
  [GST_RTC_SESSION_NEW] = {"new", TO (PREPARING) | TO (CLOSING)},
  [GST_RTC_SESSION_PREPARING] = {"preparing", TO (NEGOTIATING) | TO (CLOSING)},
  [GST_RTC_SESSION_NEGOTIATING] = {"negotiating",
      TO (STREAMING) | TO (PREPARING) | TO (CLOSING)},
  [GST_RTC_SESSION_STREAMING] = {"streaming", TO (PREPARING) | TO (CLOSING)},
  [GST_RTC_SESSION_CLOSING] = {"closing", TO (CLOSED)},
  [GST_RTC_SESSION_CLOSED] = {"closed", 0},
};

/**
 * gst_rtc_session_enter:
 * @next: the state to go to; the table has to allow it
 *
 * Thread: control
 */
void
gst_rtc_session_enter (GstRtcSession * self, GstRtcSessionState next)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  gst_rtc_control_assert (priv->control);
  g_assert (states[priv->state].next & (1u << next));

  GST_INFO_OBJECT (self, "session %s: %s -> %s", priv->id,
      states[priv->state].name, states[next].name);
  priv->state = next;
}

GstRtcSessionState
gst_rtc_session_get_state (GstRtcSession * self)
{
  gst_rtc_control_assert (PRIV (self)->control);

  return PRIV (self)->state;
}

gboolean
gst_rtc_session_is_alive (GstRtcSession * self)
{
  return gst_rtc_session_get_state (self) < GST_RTC_SESSION_CLOSING;
}

const gchar *
gst_rtc_session_get_id (GstRtcSession * self)
{
  return PRIV (self)->id;
}

const gchar *
gst_rtc_session_get_peer_id (GstRtcSession * self)
{
  return PRIV (self)->peer_id;
}

GstRtcControl *
gst_rtc_session_get_control (GstRtcSession * self)
{
  return PRIV (self)->control;
}

GstBin *
gst_rtc_session_get_container (GstRtcSession * self)
{
  gst_rtc_control_assert (PRIV (self)->control);

  return PRIV (self)->container;
}

GstElement *
gst_rtc_session_get_webrtcbin (GstRtcSession * self)
{
  gst_rtc_control_assert (PRIV (self)->control);

  return PRIV (self)->webrtcbin;
}

/**
 * gst_rtc_session_get_error:
 *
 * Returns: (nullable): why the session was closed, or %NULL if it was not an
 *     error
 *
 * Thread: control
 */
const gchar *
gst_rtc_session_get_error (GstRtcSession * self)
{
  gst_rtc_control_assert (PRIV (self)->control);

  return PRIV (self)->error;
}

/* The peer's certificate: the thread that does the handshake */
static void
on_refused (gpointer data)
{
  gst_rtc_session_post_close (data,
      "DTLS fingerprint mismatch: the certificate of the peer is not the one "
      "that its session description promised");
}

static void
set_rtcp_interval (GstElement * rtpsession)
{
  g_autoptr (GObject) internal = NULL;

  g_object_get (rtpsession, "internal-session", &internal, NULL);
  if (!internal)
    return;

  g_object_set (internal, "rtcp-min-interval", (guint64) RTCP_MIN_INTERVAL,
      NULL);
}

/* Any thread */
static void
on_deep_element_added (GstBin * bin, GstBin * sub_bin, GstElement * element,
    GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  GstElementFactory *factory = gst_element_get_factory (element);
  const gchar *name = factory ? GST_OBJECT_NAME (factory) : "";

  if (g_str_equal (name, "dtlsdec")) {
    gst_rtc_dtls_guard_watch_decoder (priv->guard, element);
  } else if (g_str_equal (name, "nicesink")) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");

    gst_rtc_dtls_guard_watch_pad (priv->guard, pad);
  } else if (g_str_equal (name, "nicesrc")) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");

    gst_rtc_dtls_guard_watch_pad (priv->guard, pad);
    /* the pad is gone before the session is */
    gst_rtc_silence_watch_pad (&priv->silence, pad);
  } else if (g_str_equal (name, "rtpsession")) {
    set_rtcp_interval (element);
  }

  if (GST_RTC_SESSION_GET_CLASS (self)->element_added)
    GST_RTC_SESSION_GET_CLASS (self)->element_added (self, element, name);
}

/* Descriptions */

/**
 * gst_rtc_session_set_remote:
 * @description: the peer's offer or answer
 * @reply: called when webrtcbin took it; it has to call
 *     gst_rtc_session_remote_is_set()
 * @error: return location for what is wrong with the description; the session
 *     then has not changed
 *
 * Thread: control
 */
gboolean
gst_rtc_session_set_remote (GstRtcSession * self,
    GstWebRTCSessionDescription * description, GstRtcSessionReply reply,
    GError ** error)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  GstWebRTCSessionDescription *copy;

  gst_rtc_control_assert (priv->control);

  if (!description->sdp || !gst_rtc_sdp_check (description->sdp, error))
    return FALSE;

  copy = gst_webrtc_session_description_copy (description);
  gst_rtc_sdp_normalise (copy->sdp);
  if (copy->type == GST_WEBRTC_SDP_TYPE_ANSWER)
    gst_rtc_sdp_revive_rejected (copy->sdp);
  if (GST_RTC_SESSION_GET_CLASS (self)->adapt_remote)
    GST_RTC_SESSION_GET_CLASS (self)->adapt_remote (self, copy->sdp);
  priv->inner_mline = gst_rtc_sdp_get_bundle_mline (copy->sdp);

  gst_rtc_dtls_guard_take_fingerprints (priv->guard,
      gst_rtc_sdp_get_fingerprints (copy->sdp));
  g_signal_emit_by_name (priv->webrtcbin, "set-remote-description", copy,
      gst_rtc_session_promise (self, reply));
  gst_webrtc_session_description_free (copy);

  return TRUE;
}

/**
 * gst_rtc_session_set_local:
 * @description: what webrtcbin made; it is not changed
 * @reply: called when webrtcbin took it
 *
 * Thread: control
 */
void
gst_rtc_session_set_local (GstRtcSession * self,
    GstWebRTCSessionDescription * description, GstRtcSessionReply reply)
{
  gst_rtc_control_assert (PRIV (self)->control);

  g_signal_emit_by_name (PRIV (self)->webrtcbin, "set-local-description",
      description, gst_rtc_session_promise (self, reply));
}

/* Preparing */

static void
check_connection (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  GstWebRTCICEConnectionState ice;
  GstWebRTCPeerConnectionState peer;

  if (!gst_rtc_session_is_alive (self))
    return;

  g_object_get (priv->webrtcbin, "ice-connection-state", &ice,
      "connection-state", &peer, NULL);
  if (ice == GST_WEBRTC_ICE_CONNECTION_STATE_FAILED)
    gst_rtc_session_close (self, "ICE found no way to the peer");
  else if (peer == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED)
    gst_rtc_session_close (self, "The connection to the peer failed");
}

/* webrtcbin's thread: post and return */
static void
on_connection_state (GstElement * webrtcbin, GParamSpec * pspec,
    GstRtcSession * self)
{
  gst_rtc_session_post (self, check_connection);
}

/**
 * gst_rtc_session_prepare:
 * @container: (transfer none): the pipeline or bin that the webrtcbin lives in
 * @ice: STUN, TURN and policy
 *
 * Makes the webrtcbin and puts it into the container. The session is in
 * PREPARING then; states of the container are the caller's, on a worker, but
 * for the way to NULL, which is the session's.
 *
 * Thread: control
 */
gboolean
gst_rtc_session_prepare (GstRtcSession * self, GstBin * container,
    const GstRtcIceConfig * ice, GError ** error)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  g_autofree gchar *name = g_strdup_printf ("webrtcbin-%s", priv->id);

  gst_rtc_session_enter (self, GST_RTC_SESSION_PREPARING);

  priv->container = gst_object_ref (container);
  priv->webrtcbin = gst_element_factory_make_full ("webrtcbin", "name", name,
      "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, NULL);
  if (!priv->webrtcbin) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "There is no webrtcbin: install GStreamer's bad plugins");
    return FALSE;
  }
  gst_object_ref_sink (priv->webrtcbin);

  gst_rtc_ice_set_up (priv->webrtcbin, ice);

  g_signal_connect_object (priv->webrtcbin, "deep-element-added",
      G_CALLBACK (on_deep_element_added), self, 0);
  g_signal_connect_object (priv->webrtcbin, "on-ice-candidate",
      G_CALLBACK (gst_rtc_session_on_local_candidate), self, 0);
  g_signal_connect_object (priv->webrtcbin, "notify::ice-connection-state",
      G_CALLBACK (on_connection_state), self, 0);
  g_signal_connect_object (priv->webrtcbin, "notify::connection-state",
      G_CALLBACK (on_connection_state), self, 0);

  gst_bin_add (container, priv->webrtcbin);

  return TRUE;
}

/* Closing */

static void tear_down (gpointer data);

void
gst_rtc_session_tear_down_when_idle (GstRtcSession * self)
{
  if (PRIV (self)->n_jobs == 0)
    gst_rtc_worker_push (tear_down, g_object_ref (self));
}

/* While both sides live: a message that waits on a bus may hold webrtcbin
 * longer than we do, and g_signal_connect_object() does not bear that the
 * object and the one it listens to end at the same time on two threads. */
static void
stop_listening (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  if (priv->transport)
    g_signal_handlers_disconnect_by_data (priv->transport, self);
  if (priv->webrtcbin)
    g_signal_handlers_disconnect_by_data (priv->webrtcbin, self);
  gst_rtc_dtls_guard_stop (priv->guard);
}

static void
tell_closed (GstRtcSession * self)
{
  gst_rtc_session_enter (self, GST_RTC_SESSION_CLOSED);
  if (GST_RTC_SESSION_GET_CLASS (self)->closed)
    GST_RTC_SESSION_GET_CLASS (self)->closed (self);
}

typedef struct
{
  GstRtcSession *session;
  GstWebRTCDTLSTransport *transport;
  GstElement *webrtcbin;
  GstBin *container;
} Remains;

/* A worker, as webrtcbin waits for its thread when its last reference goes */
static void
drop_remains (gpointer data)
{
  Remains *remains = data;

  g_clear_object (&remains->transport);
  gst_clear_object (&remains->webrtcbin);
  gst_clear_object (&remains->container);
  gst_rtc_session_post (remains->session, tell_closed);
  g_object_unref (remains->session);
  g_free (remains);
}

/* Who is told that the session is over may take it that its elements are gone,
 * whoever holds the session longest. */
static void
finish_closing (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  Remains *remains = g_new (Remains, 1);

  stop_listening (self);
  remains->session = g_object_ref (self);
  remains->transport = g_steal_pointer (&priv->transport);
  remains->webrtcbin = g_steal_pointer (&priv->webrtcbin);
  remains->container = g_steal_pointer (&priv->container);
  gst_rtc_worker_push (drop_remains, remains);
}

/* A worker. webrtcbin's thread ends when its last reference goes, so it is
 * taken out of its container and not left to the container's end. */
static void
tear_down (gpointer data)
{
  g_autoptr (GstRtcSession) self = data;
  GstRtcSessionPrivate *priv = PRIV (self);

  /* rtpsession warns of each packet that comes when its clock is gone */
  gst_rtc_dtls_guard_cut_input (priv->guard);
  if (GST_RTC_SESSION_GET_CLASS (self)->detach)
    GST_RTC_SESSION_GET_CLASS (self)->detach (self);
  if (priv->container) {
    gst_element_set_state (GST_ELEMENT (priv->container), GST_STATE_NULL);
    if (priv->webrtcbin &&
        GST_OBJECT_PARENT (priv->webrtcbin) == GST_OBJECT (priv->container))
      gst_bin_remove (priv->container, priv->webrtcbin);
  }

  gst_rtc_session_post (self, finish_closing);
}

/**
 * gst_rtc_session_close:
 * @format: (nullable): the reason if this is an error
 *
 * Ends the session; does nothing if it is ending already.
 *
 * Thread: control
 */
void
gst_rtc_session_close (GstRtcSession * self, const gchar * format, ...)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  va_list args;

  if (!gst_rtc_session_is_alive (self))
    return;

  if (format) {
    va_start (args, format);
    priv->error = g_strdup_vprintf (format, args);
    va_end (args);
    GST_WARNING_OBJECT (self, "session %s with %s: %s", priv->id,
        priv->peer_id, priv->error);
  }

  gst_rtc_session_stop_watching (self);
  gst_rtc_session_enter (self, GST_RTC_SESSION_CLOSING);
  if (GST_RTC_SESSION_GET_CLASS (self)->closing)
    GST_RTC_SESSION_GET_CLASS (self)->closing (self);
  gst_rtc_session_tear_down_when_idle (self);
}

/**
 * gst_rtc_session_close_by_peer:
 *
 * The same, when the peer said through the signaller that the session is over.
 *
 * Thread: control
 */
void
gst_rtc_session_close_by_peer (GstRtcSession * self)
{
  if (!gst_rtc_session_is_alive (self))
    return;

  PRIV (self)->peer_knows = TRUE;
  gst_rtc_session_close (self, NULL);
}

/**
 * gst_rtc_session_peer_knows:
 *
 * Returns: whether it was the peer who ended the session, so that it need not
 *     be told
 *
 * Thread: control
 */
gboolean
gst_rtc_session_peer_knows (GstRtcSession * self)
{
  gst_rtc_control_assert (PRIV (self)->control);

  return PRIV (self)->peer_knows;
}

/* GObject */

static void
gst_rtc_session_set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstRtcSessionPrivate *priv = PRIV (GST_RTC_SESSION (object));

  switch (id) {
    case PROP_ID:
      priv->id = g_value_dup_string (value);
      break;
    case PROP_PEER_ID:
      priv->peer_id = g_value_dup_string (value);
      break;
    case PROP_CONTROL:
      priv->control = gst_rtc_control_ref (g_value_get_pointer (value));
      break;
    case PROP_SIGNALLER:
      priv->signaller = g_value_dup_object (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
gst_rtc_session_dispose (GObject * object)
{
  GstRtcSessionPrivate *priv = PRIV (GST_RTC_SESSION (object));

  g_clear_object (&priv->transport);
  gst_clear_object (&priv->webrtcbin);
  gst_clear_object (&priv->container);
  g_clear_object (&priv->signaller);

  G_OBJECT_CLASS (gst_rtc_session_parent_class)->dispose (object);
}

static void
gst_rtc_session_finalize (GObject * object)
{
  GstRtcSessionPrivate *priv = PRIV (GST_RTC_SESSION (object));

  g_assert (priv->state == GST_RTC_SESSION_NEW ||
      priv->state == GST_RTC_SESSION_CLOSED);

  g_clear_pointer (&priv->local_candidates, g_array_unref);
  g_clear_pointer (&priv->remote_candidates, g_array_unref);
  gst_rtc_dtls_guard_free (priv->guard);
  g_free (priv->error);
  g_free (priv->id);
  g_free (priv->peer_id);
  g_clear_pointer (&priv->control, gst_rtc_control_unref);

  G_OBJECT_CLASS (gst_rtc_session_parent_class)->finalize (object);
}

static void
gst_rtc_session_class_init (GstRtcSessionClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY |
      G_PARAM_STATIC_STRINGS;

  GST_DEBUG_CATEGORY_INIT (webrtcsession_debug, "webrtcsession", 0,
      "Sessions of webrtcsink and webrtcsrc");

  object_class->set_property = gst_rtc_session_set_property;
  object_class->dispose = gst_rtc_session_dispose;
  object_class->finalize = gst_rtc_session_finalize;

  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_PEER_ID] = g_param_spec_string ("peer-id", NULL, NULL, NULL,
      flags);
  props[PROP_CONTROL] = g_param_spec_pointer ("control", NULL, NULL, flags);
  props[PROP_SIGNALLER] = g_param_spec_object ("signaller", NULL, NULL,
      GST_RTC_TYPE_SIGNALLER, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
gst_rtc_session_init (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  gst_rtc_session_init_candidates (self);
  gst_rtc_silence_init (&priv->silence, g_get_monotonic_time ());
  priv->guard = gst_rtc_dtls_guard_new (on_refused, self);
}
