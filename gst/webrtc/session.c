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

#include "session.h"

#include <gio/gio.h>
#include <string.h>

#include "localaddresses.h"
#include "sdp.h"

GST_DEBUG_CATEGORY_STATIC (webrtcsession_debug);
#define GST_CAT_DEFAULT webrtcsession_debug

/* A peer has few interfaces; what sends more wants our memory */
#define MAX_QUEUED_CANDIDATES 200

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

typedef struct
{
  guint mline;
  gchar *candidate;
} Candidate;

typedef struct
{
  /* construct-only: any thread */
  gchar *id;
  gchar *peer_id;
  GstRtcControl *control;
  GstRtcSignaller *signaller;

  /* control thread only */
  GstRtcSessionState state;
  GstBin *container;
  GstElement *webrtcbin;
  GArray *local_candidates;     /* waiting; NULL once our SDP was sent */
  GArray *remote_candidates;    /* waiting; NULL once the peer's SDP is set */
  GstWebRTCDTLSTransport *transport;
  gchar *error;
  gboolean verified;
  gboolean peer_knows;
  guint n_jobs;                 /* on workers; closing waits for them */
  GPtrArray *promises;          /* element-type GstPromise: not answered yet */

  GMutex lock;
  /* guarded by lock */
  GStrv fingerprints;
  gboolean certificate_ok;
  gboolean cut;
  GPtrArray *transport_pads;    /* element-type GstPad: the last before ICE */
  GPtrArray *decoders;          /* element-type GstElement: with a handler */
} GstRtcSessionPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstRtcSession, gst_rtc_session,
    G_TYPE_OBJECT);

#define PRIV(self) \
  ((GstRtcSessionPrivate *) gst_rtc_session_get_instance_private (self))

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

static void
clear_candidate (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->candidate);
}

static GArray *
new_candidates (void)
{
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));

  g_array_set_clear_func (candidates, clear_candidate);

  return candidates;
}

static void
queue_candidate (GstRtcSession * self, GArray * queue, guint mline,
    const gchar * text)
{
  Candidate candidate = { mline, NULL };

  if (queue->len >= MAX_QUEUED_CANDIDATES) {
    GST_WARNING_OBJECT (self, "too many candidates, dropped %s", text);
    return;
  }

  candidate.candidate = g_strdup (text);
  g_array_append_val (queue, candidate);
}

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

/* Posting */

typedef struct
{
  GstRtcSession *session;
  void (*job) (GstRtcSession *);
} SessionJob;

static void
run_session_job (gpointer data)
{
  SessionJob *job = data;

  job->job (job->session);
}

static void
free_session_job (gpointer data)
{
  SessionJob *job = data;

  g_object_unref (job->session);
  g_free (job);
}

/**
 * gst_rtc_session_post:
 * @job: runs on the control thread, also when the session is closing
 *
 * Thread: any
 */
void
gst_rtc_session_post (GstRtcSession * self, void (*job) (GstRtcSession *))
{
  SessionJob *data = g_new (SessionJob, 1);

  data->session = g_object_ref (self);
  data->job = job;
  gst_rtc_control_post (PRIV (self)->control, run_session_job, data,
      free_session_job);
}

typedef struct
{
  GstRtcSession *session;
  gchar *reason;
} CloseJob;

static void
run_close (gpointer data)
{
  CloseJob *job = data;

  gst_rtc_session_close (job->session, "%s", job->reason);
}

static void
free_close (gpointer data)
{
  CloseJob *job = data;

  g_object_unref (job->session);
  g_free (job->reason);
  g_free (job);
}

/**
 * gst_rtc_session_post_close:
 * @format: the reason
 *
 * Thread: any
 */
void
gst_rtc_session_post_close (GstRtcSession * self, const gchar * format, ...)
{
  CloseJob *job = g_new (CloseJob, 1);
  va_list args;

  job->session = g_object_ref (self);
  va_start (args, format);
  job->reason = g_strdup_vprintf (format, args);
  va_end (args);
  gst_rtc_control_post (PRIV (self)->control, run_close, job, free_close);
}

/* Promises */

typedef struct
{
  GstRtcSession *session;
  GstRtcSessionReply func;
  GstPromise *promise;
  GstPromiseResult result;
  GstStructure *reply;
} Reply;

static void
run_reply (gpointer data)
{
  Reply *reply = data;
  g_autoptr (GError) error = NULL;

  g_ptr_array_remove_fast (PRIV (reply->session)->promises, reply->promise);
  if (!gst_rtc_session_is_alive (reply->session))
    return;

  if (reply->result != GST_PROMISE_RESULT_REPLIED)
    error = g_error_new (GST_WEBRTC_ERROR,
        GST_WEBRTC_ERROR_INTERNAL_FAILURE, "webrtcbin gave no answer");
  else if (reply->reply && gst_structure_has_field (reply->reply, "error"))
    gst_structure_get (reply->reply, "error", G_TYPE_ERROR, &error, NULL);

  reply->func (reply->session, reply->reply, error);
}

static void
free_reply (gpointer data)
{
  Reply *reply = data;

  g_object_unref (reply->session);
  gst_promise_unref (reply->promise);
  gst_clear_structure (&reply->reply);
  g_free (reply);
}

/* webrtcbin's thread: post and return */
static void
on_promise_changed (GstPromise * promise, gpointer data)
{
  Reply *reply = data;
  const GstStructure *structure;

  reply->result = gst_promise_wait (promise);
  structure = reply->result == GST_PROMISE_RESULT_REPLIED ?
      gst_promise_get_reply (promise) : NULL;
  reply->reply = structure ? gst_structure_copy (structure) : NULL;

  gst_rtc_control_post (PRIV (reply->session)->control, run_reply, reply,
      free_reply);
}

/**
 * gst_rtc_session_promise:
 * @func: called once on the control thread with what webrtcbin replied, or
 *     with an error; not called any more when the session is closing
 *
 * Returns: (transfer full): a promise for one of webrtcbin's action signals,
 *     which does not take it over: it frees itself when it was answered
 *
 * Thread: control
 */
GstPromise *
gst_rtc_session_promise (GstRtcSession * self, GstRtcSessionReply func)
{
  Reply *reply = g_new0 (Reply, 1);

  reply->session = g_object_ref (self);
  reply->func = func;
  reply->promise = gst_promise_new_with_change_func (on_promise_changed, reply,
      NULL);
  g_ptr_array_add (PRIV (self)->promises, gst_promise_ref (reply->promise));

  return reply->promise;
}

/* The peer's certificate */

static GstPadProbeReturn
drop_everything (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  return GST_PAD_PROBE_DROP;
}

static void
cut_pad (gpointer pad, gpointer unused)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, drop_everything, NULL, NULL);
}

/* The thread that does the handshake, before any data passes */
static void
cut_transport (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  g_autoptr (GPtrArray) pads = NULL;

  g_mutex_lock (&priv->lock);
  priv->cut = TRUE;
  pads = g_ptr_array_copy (priv->transport_pads,
      (GCopyFunc) gst_object_ref, NULL);
  g_mutex_unlock (&priv->lock);

  g_ptr_array_set_free_func (pads, gst_object_unref);
  g_ptr_array_foreach (pads, cut_pad, NULL);
}

static void
on_peer_pem (GObject * decoder, GParamSpec * pspec, GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  g_autofree gchar *pem = NULL;
  gboolean matches;

  g_object_get (decoder, "peer-pem", &pem, NULL);
  if (!pem)
    return;

  g_mutex_lock (&priv->lock);
  matches = priv->fingerprints &&
      gst_rtc_sdp_certificate_matches (pem,
      (const gchar * const *) priv->fingerprints);
  priv->certificate_ok = matches;
  g_mutex_unlock (&priv->lock);

  if (matches)
    return;

  cut_transport (self);
  gst_rtc_session_post_close (self,
      "DTLS fingerprint mismatch: the certificate of the peer is not the one "
      "that its session description promised");
}

static void
remember_transport_pad (GstRtcSession * self, GstElement * element,
    const gchar * pad_name)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  GstPad *pad = gst_element_get_static_pad (element, pad_name);
  gboolean cut;

  g_mutex_lock (&priv->lock);
  g_ptr_array_add (priv->transport_pads, gst_object_ref (pad));
  cut = priv->cut;
  g_mutex_unlock (&priv->lock);

  if (cut)
    cut_pad (pad, NULL);
  gst_object_unref (pad);
}

static void
watch_certificate (GstRtcSession * self, GstElement * decoder)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  g_mutex_lock (&priv->lock);
  g_ptr_array_add (priv->decoders, gst_object_ref (decoder));
  g_mutex_unlock (&priv->lock);

  g_signal_connect_object (decoder, "notify::peer-pem",
      G_CALLBACK (on_peer_pem), self, 0);
}

/* Any thread */
static void
on_deep_element_added (GstBin * bin, GstBin * sub_bin, GstElement * element,
    GstRtcSession * self)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  const gchar *name = factory ? GST_OBJECT_NAME (factory) : "";

  if (g_str_equal (name, "dtlsdec")) {
    watch_certificate (self, element);
  } else if (g_str_equal (name, "nicesink")) {
    remember_transport_pad (self, element, "sink");
  } else if (g_str_equal (name, "nicesrc")) {
    remember_transport_pad (self, element, "src");
  }

  if (GST_RTC_SESSION_GET_CLASS (self)->element_added)
    GST_RTC_SESSION_GET_CLASS (self)->element_added (self, element, name);
}

/* DTLS state */

static void
check_transport (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  GstWebRTCDTLSTransportState state;
  gboolean certificate_ok;

  if (!gst_rtc_session_is_alive (self) || !priv->transport)
    return;

  g_object_get (priv->transport, "state", &state, NULL);
  if (state == GST_WEBRTC_DTLS_TRANSPORT_STATE_CLOSED) {
    /* the fast way to learn that the peer called close() */
    GST_INFO_OBJECT (self, "session %s: the peer closed DTLS", priv->id);
    gst_rtc_session_close (self, NULL);
    return;
  }
  if (state == GST_WEBRTC_DTLS_TRANSPORT_STATE_FAILED) {
    gst_rtc_session_close (self, "The DTLS handshake failed");
    return;
  }
  if (state != GST_WEBRTC_DTLS_TRANSPORT_STATE_CONNECTED || priv->verified)
    return;

  g_mutex_lock (&priv->lock);
  certificate_ok = priv->certificate_ok;
  g_mutex_unlock (&priv->lock);
  if (!certificate_ok) {
    cut_transport (self);
    gst_rtc_session_close (self, "DTLS is up without a verified certificate");
    return;
  }

  priv->verified = TRUE;
  if (priv->state == GST_RTC_SESSION_NEGOTIATING)
    gst_rtc_session_enter (self, GST_RTC_SESSION_STREAMING);
  GST_INFO_OBJECT (self, "session %s: DTLS is up, certificate verified",
      priv->id);
  if (GST_RTC_SESSION_GET_CLASS (self)->verified)
    GST_RTC_SESSION_GET_CLASS (self)->verified (self);
}

/* webrtcbin's thread: post and return */
static void
on_transport_state (GObject * transport, GParamSpec * pspec,
    GstRtcSession * self)
{
  gst_rtc_session_post (self, check_transport);
}

static GstWebRTCDTLSTransport *
find_transport (GstElement * webrtcbin)
{
  g_autoptr (GArray) transceivers = NULL;
  GstWebRTCDTLSTransport *transport = NULL;

  g_signal_emit_by_name (webrtcbin, "get-transceivers", &transceivers);
  for (guint i = 0; transceivers && i < transceivers->len && !transport; i++) {
    GstWebRTCRTPTransceiver *transceiver =
        g_array_index (transceivers, GstWebRTCRTPTransceiver *, i);
    g_autoptr (GObject) sender = NULL;
    g_autoptr (GObject) receiver = NULL;

    g_object_get (transceiver, "sender", &sender, "receiver", &receiver, NULL);
    if (sender)
      g_object_get (sender, "transport", &transport, NULL);
    if (!transport && receiver)
      g_object_get (receiver, "transport", &transport, NULL);
  }

  return transport;
}

/**
 * gst_rtc_session_watch_transport:
 *
 * To be called when both descriptions are set: from then on the session finds
 * out by itself that DTLS is up, and that it went down.
 *
 * Thread: control
 */
void
gst_rtc_session_watch_transport (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  gst_rtc_control_assert (priv->control);

  if (!priv->transport) {
    priv->transport = find_transport (priv->webrtcbin);
    if (!priv->transport)
      return;
    g_signal_connect_object (priv->transport, "notify::state",
        G_CALLBACK (on_transport_state), self, 0);
  }
  check_transport (self);
}

/* Candidates */

typedef struct
{
  GstRtcSession *session;
  guint mline;
  gchar *candidate;
} CandidateJob;

static void
run_local_candidate (gpointer data)
{
  CandidateJob *job = data;
  GstRtcSessionPrivate *priv = PRIV (job->session);

  if (!gst_rtc_session_is_alive (job->session))
    return;

  if (priv->local_candidates)
    queue_candidate (job->session, priv->local_candidates, job->mline,
        job->candidate);
  else
    gst_rtc_signaller_send_ice (priv->signaller, priv->id, job->candidate,
        job->mline, NULL);
}

static void
free_candidate_job (gpointer data)
{
  CandidateJob *job = data;

  g_object_unref (job->session);
  g_free (job->candidate);
  g_free (job);
}

/* webrtcbin's thread: post and return */
static void
on_ice_candidate (GstElement * webrtcbin, guint mline, const gchar * candidate,
    GstRtcSession * self)
{
  CandidateJob *job = g_new (CandidateJob, 1);

  job->session = g_object_ref (self);
  job->mline = mline;
  job->candidate = g_strdup (candidate);
  gst_rtc_control_post (PRIV (self)->control, run_local_candidate, job,
      free_candidate_job);
}

/**
 * gst_rtc_session_send_description:
 * @description: what was set as local description
 *
 * Sends it to the peer, and then the candidates that waited for it.
 *
 * Thread: control
 */
void
gst_rtc_session_send_description (GstRtcSession * self,
    GstRtcSignaller * signaller, GstWebRTCSessionDescription * description)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  g_autoptr (GArray) waiting = g_steal_pointer (&priv->local_candidates);

  gst_rtc_control_assert (priv->control);

  gst_rtc_signaller_send_session_description (signaller, priv->id, description);
  for (guint i = 0; waiting && i < waiting->len; i++) {
    const Candidate *candidate = &g_array_index (waiting, Candidate, i);

    gst_rtc_signaller_send_ice (signaller, priv->id, candidate->candidate,
        candidate->mline, NULL);
  }
}

/**
 * gst_rtc_session_add_remote_candidate:
 * @mline: index of the m-line
 * @candidate: as it came from the peer
 *
 * Thread: control
 */
void
gst_rtc_session_add_remote_candidate (GstRtcSession * self, guint mline,
    const gchar * candidate)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  gst_rtc_control_assert (priv->control);
  if (!gst_rtc_session_is_alive (self))
    return;

  switch (gst_rtc_sdp_classify_candidate (candidate)) {
    case GST_RTC_SDP_CANDIDATE_OK:
      break;
    case GST_RTC_SDP_CANDIDATE_END:
    case GST_RTC_SDP_CANDIDATE_LOCAL_NAME:
      GST_DEBUG_OBJECT (self, "session %s: no use for candidate '%s'",
          priv->id, candidate);
      return;
    case GST_RTC_SDP_CANDIDATE_BAD:
      GST_WARNING_OBJECT (self, "session %s: not a candidate: '%.80s'",
          priv->id, candidate);
      return;
  }

  if (priv->remote_candidates)
    queue_candidate (self, priv->remote_candidates, mline, candidate);
  else
    g_signal_emit_by_name (priv->webrtcbin, "add-ice-candidate", mline,
        candidate);
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

  g_mutex_lock (&priv->lock);
  g_clear_pointer (&priv->fingerprints, g_strfreev);
  priv->fingerprints = gst_rtc_sdp_get_fingerprints (copy->sdp);
  g_mutex_unlock (&priv->lock);

  g_signal_emit_by_name (priv->webrtcbin, "set-remote-description", copy,
      gst_rtc_session_promise (self, reply));
  gst_webrtc_session_description_free (copy);

  return TRUE;
}

/**
 * gst_rtc_session_remote_is_set:
 *
 * Gives webrtcbin the candidates that waited for the peer's description.
 *
 * Thread: control
 */
void
gst_rtc_session_remote_is_set (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  g_autoptr (GArray) waiting = g_steal_pointer (&priv->remote_candidates);

  for (guint i = 0; waiting && i < waiting->len; i++) {
    const Candidate *candidate = &g_array_index (waiting, Candidate, i);

    g_signal_emit_by_name (priv->webrtcbin, "add-ice-candidate",
        candidate->mline, candidate->candidate);
  }
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

static void
set_up_ice (GstRtcSession * self)
{
  GstElement *webrtcbin = PRIV (self)->webrtcbin;
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;
  g_auto (GStrv) addresses = gst_rtc_get_loopback_if_alone ();

  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  if (!ice)
    return;

  /* libnice leaves the loopback interface out, also when it is the only one */
  for (guint i = 0; addresses && addresses[i]; i++) {
    gboolean added = FALSE;

    g_signal_emit_by_name (ice, "add-local-ip-address", addresses[i], &added);
  }

  if (!g_object_class_find_property (G_OBJECT_GET_CLASS (ice), "agent"))
    return;
  g_object_get (ice, "agent", &agent, NULL);
  /* UPnP delays gathering; the checks notice a peer that is gone */
  if (agent)
    g_object_set (agent, "upnp", FALSE, "keepalive-conncheck", TRUE, NULL);
}

static void
set_up_servers (GstRtcSession * self, const GstRtcIceConfig * config)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  g_object_set (priv->webrtcbin, "ice-transport-policy",
      config->ice_transport_policy, NULL);
  if (config->stun_server && *config->stun_server)
    g_object_set (priv->webrtcbin, "stun-server", config->stun_server, NULL);

  for (guint i = 0; config->turn_servers && config->turn_servers[i]; i++) {
    gboolean added = FALSE;

    g_signal_emit_by_name (priv->webrtcbin, "add-turn-server",
        config->turn_servers[i], &added);
    /* not the URI: it holds a password */
    if (!added)
      GST_WARNING_OBJECT (self, "session %s: TURN server %u was refused",
          priv->id, i);
  }
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

  set_up_ice (self);
  set_up_servers (self, ice);

  g_signal_connect_object (priv->webrtcbin, "deep-element-added",
      G_CALLBACK (on_deep_element_added), self, 0);
  g_signal_connect_object (priv->webrtcbin, "on-ice-candidate",
      G_CALLBACK (on_ice_candidate), self, 0);
  g_signal_connect_object (priv->webrtcbin, "notify::ice-connection-state",
      G_CALLBACK (on_connection_state), self, 0);
  g_signal_connect_object (priv->webrtcbin, "notify::connection-state",
      G_CALLBACK (on_connection_state), self, 0);

  gst_bin_add (container, priv->webrtcbin);

  return TRUE;
}

/* Closing */

static void tear_down (gpointer data);

static void
tear_down_when_idle (GstRtcSession * self)
{
  if (PRIV (self)->n_jobs == 0)
    gst_rtc_worker_push (tear_down, g_object_ref (self));
}

typedef struct
{
  GstRtcSession *session;
  void (*job) (GstRtcSession *);
  void (*done) (GstRtcSession *);
} WorkerJob;

static void
finish_worker_job (gpointer data)
{
  WorkerJob *job = data;
  GstRtcSession *self = job->session;

  PRIV (self)->n_jobs--;
  if (gst_rtc_session_is_alive (self))
    job->done (self);
  else
    tear_down_when_idle (self);
}

static void
free_worker_job (gpointer data)
{
  WorkerJob *job = data;

  g_object_unref (job->session);
  g_free (job);
}

static void
run_worker_job (gpointer data)
{
  WorkerJob *job = data;

  job->job (job->session);
  gst_rtc_control_post (PRIV (job->session)->control, finish_worker_job, job,
      free_worker_job);
}

/**
 * gst_rtc_session_run_on_worker:
 * @job: runs on a worker: what may block, such as the container's way up
 * @done: runs on the control thread afterwards, unless the session is closing
 *
 * A session that is closed meanwhile is torn down when the job is done, so
 * that the two do not change states at the same time.
 *
 * Thread: control
 */
void
gst_rtc_session_run_on_worker (GstRtcSession * self,
    void (*job) (GstRtcSession *), void (*done) (GstRtcSession *))
{
  WorkerJob *data = g_new (WorkerJob, 1);

  gst_rtc_control_assert (PRIV (self)->control);

  data->session = g_object_ref (self);
  data->job = job;
  data->done = done;
  PRIV (self)->n_jobs++;
  gst_rtc_worker_push (run_worker_job, data);
}

/* Everything is in NULL and emits nothing. Handlers must not be left to the
 * end of the objects: webrtcbin and we may end on two threads at once (the
 * application gets webrtcbin with `consumer-removed`), and GLib crashes when
 * both ends of g_signal_connect_object() go at the same time. */
static void
disconnect_all (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  g_autoptr (GPtrArray) decoders = NULL;

  g_mutex_lock (&priv->lock);
  decoders = g_steal_pointer (&priv->decoders);
  priv->decoders = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_unlock (&priv->lock);

  for (guint i = 0; i < decoders->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (decoders, i),
        self);
  if (priv->transport)
    g_signal_handlers_disconnect_by_data (priv->transport, self);
  if (priv->webrtcbin)
    g_signal_handlers_disconnect_by_data (priv->webrtcbin, self);
}

/* webrtcbin forgets the tasks that it has not begun when it stops. Their
 * promises keep the session alive. */
static void
interrupt_promises (GstRtcSession * self)
{
  GPtrArray *promises = PRIV (self)->promises;

  for (guint i = 0; i < promises->len; i++)
    gst_promise_interrupt (g_ptr_array_index (promises, i));
}

static void
finish_closing (GstRtcSession * self)
{
  interrupt_promises (self);
  disconnect_all (self);
  gst_rtc_session_enter (self, GST_RTC_SESSION_CLOSED);
  if (GST_RTC_SESSION_GET_CLASS (self)->closed)
    GST_RTC_SESSION_GET_CLASS (self)->closed (self);
}

/* A worker. webrtcbin's thread ends when its last reference goes, so it is
 * taken out of its container and not left to the container's end. */
static void
tear_down (gpointer data)
{
  g_autoptr (GstRtcSession) self = data;
  GstRtcSessionPrivate *priv = PRIV (self);

  if (priv->container) {
    GstObject *parent = gst_object_get_parent (GST_OBJECT (priv->container));

    if (parent) {
      gst_element_set_locked_state (GST_ELEMENT (priv->container), TRUE);
      gst_element_set_state (GST_ELEMENT (priv->container), GST_STATE_NULL);
      gst_bin_remove (GST_BIN (parent), GST_ELEMENT (priv->container));
      gst_object_unref (parent);
    } else {
      gst_element_set_state (GST_ELEMENT (priv->container), GST_STATE_NULL);
    }
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

  gst_rtc_session_enter (self, GST_RTC_SESSION_CLOSING);
  if (GST_RTC_SESSION_GET_CLASS (self)->closing)
    GST_RTC_SESSION_GET_CLASS (self)->closing (self);
  tear_down_when_idle (self);
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
  g_assert (priv->promises->len == 0);

  g_ptr_array_unref (priv->promises);
  g_ptr_array_unref (priv->transport_pads);
  g_ptr_array_unref (priv->decoders);
  g_strfreev (priv->fingerprints);
  g_free (priv->error);
  g_free (priv->id);
  g_free (priv->peer_id);
  g_mutex_clear (&priv->lock);
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

  priv->local_candidates = new_candidates ();
  priv->remote_candidates = new_candidates ();
  priv->promises =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_promise_unref);
  priv->transport_pads = g_ptr_array_new_with_free_func (gst_object_unref);
  priv->decoders = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_init (&priv->lock);
}
