/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The signals between an element and its signaller, and their class handlers.
 * Those that ask for something have one, which calls the virtual method or
 * gives the answer of nobody. */

#include "rtc-signaller-private.h"

#define signals gst_rtc_signaller_signals

guint signals[N_SIGNALS];

/* The first handler that returns replaces all later ones, and the virtual
 * method with them. */
static gboolean
first_wins (GSignalInvocationHint * hint, GValue * accumulated,
    const GValue * handler_value, gpointer data)
{
  g_value_copy (handler_value, accumulated);

  return FALSE;
}

static gboolean
call_start (GstRtcSignaller * self)
{
  GST_RTC_SIGNALLER_GET_IFACE (self)->start (self);

  return FALSE;
}

static gboolean
call_stop (GstRtcSignaller * self)
{
  GST_RTC_SIGNALLER_GET_IFACE (self)->stop (self);

  return FALSE;
}

static gboolean
call_send_sdp (GstRtcSignaller * self, const gchar * session_id,
    GstWebRTCSessionDescription * description)
{
  GST_RTC_SIGNALLER_GET_IFACE (self)->send_sdp (self, session_id, description);

  return FALSE;
}

static gboolean
call_add_ice (GstRtcSignaller * self, const gchar * session_id,
    const gchar * candidate, guint sdp_m_line_index, const gchar * sdp_mid)
{
  GST_RTC_SIGNALLER_GET_IFACE (self)->add_ice (self, session_id, candidate,
      sdp_m_line_index, sdp_mid);

  return FALSE;
}

static gboolean
call_end_session (GstRtcSignaller * self, const gchar * session_id)
{
  GST_RTC_SIGNALLER_GET_IFACE (self)->end_session (self, session_id);

  return FALSE;
}

static gboolean
call_end_session_with_error (GstRtcSignaller * self, const gchar * session_id,
    const gchar * error)
{
  GST_RTC_SIGNALLER_GET_IFACE (self)->end_session_with_error (self,
      session_id, error);

  return FALSE;
}

static GstStructure *
no_meta (GstRtcSignaller * self)
{
  return NULL;
}

static GstWebRTCSessionDescription *
not_munged (GstRtcSignaller * self, const gchar * session_id,
    GstWebRTCSessionDescription * description)
{
  return gst_webrtc_session_description_copy (description);
}

static guint
new_signal (GstRtcSignallerInterface * iface, const gchar * name,
    GSignalFlags flags, GCallback handler, GType returns, guint n_params, ...)
{
  GClosure *closure = handler ? g_cclosure_new (handler, NULL, NULL) : NULL;
  va_list params;
  guint id;

  va_start (params, n_params);
  id = g_signal_new_valist (name, G_TYPE_FROM_INTERFACE (iface),
      G_SIGNAL_RUN_LAST | flags, closure, handler ? first_wins : NULL, NULL,
      NULL, returns, n_params, params);
  va_end (params);

  return id;
}

static void
add_signals_to_element (GstRtcSignallerInterface * iface)
{
  const GType text = G_TYPE_STRING;
  const GType description = GST_TYPE_WEBRTC_SESSION_DESCRIPTION;

  /**
   * GstRtcSignaller::error:
   * @self: the signaller
   * @message: what happened
   *
   * Something happened after which the element cannot go on: it posts an
   * error message.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ERROR] = new_signal (iface, "error", 0, NULL, G_TYPE_NONE,
      1, text);

  /**
   * GstRtcSignaller::request-meta:
   * @self: the signaller
   *
   * Asks the element for the metadata of its `meta` property.
   *
   * Returns: (transfer full) (nullable): the metadata
   *
   * Since: 0.1
   */
  signals[SIGNAL_REQUEST_META] = new_signal (iface, "request-meta", 0,
      G_CALLBACK (no_meta), GST_TYPE_STRUCTURE, 0);

  /**
   * GstRtcSignaller::session-started:
   * @self: the signaller
   * @session_id: id of the session
   * @peer_id: id of the producer
   *
   * A session that a consumer asked for exists.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_STARTED] = new_signal (iface, "session-started", 0,
      NULL, G_TYPE_NONE, 2, text, text);

  /**
   * GstRtcSignaller::session-requested:
   * @self: the signaller
   * @session_id: id of the session
   * @peer_id: id of the peer that asks
   * @offer: (nullable): the peer's offer, or %NULL if the element is to offer
   *
   * A peer asks for a session.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_REQUESTED] = new_signal (iface, "session-requested",
      0, NULL, G_TYPE_NONE, 3, text, text, description);

  /**
   * GstRtcSignaller::session-description:
   * @self: the signaller
   * @session_id: id of the session
   * @description: the peer's offer or answer
   *
   * The peer sent a description.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_DESCRIPTION] = new_signal (iface,
      "session-description", G_SIGNAL_ACTION, NULL, G_TYPE_NONE, 2, text,
      description);

  /**
   * GstRtcSignaller::handle-ice:
   * @self: the signaller
   * @session_id: id of the session
   * @sdp_m_line_index: index of the media the candidate belongs to
   * @sdp_mid: (nullable): mid of that media
   * @candidate: the candidate (RFC 8839)
   *
   * The peer sent an ICE candidate.
   *
   * Since: 0.1
   */
  signals[SIGNAL_HANDLE_ICE] = new_signal (iface, "handle-ice",
      G_SIGNAL_ACTION, NULL, G_TYPE_NONE, 4, text, G_TYPE_UINT, text, text);

  /**
   * GstRtcSignaller::session-ended:
   * @self: the signaller
   * @session_id: id of the session
   *
   * The peer ended the session.
   *
   * Returns: whether anything was cleaned up
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_ENDED] = new_signal (iface, "session-ended", 0,
      NULL, G_TYPE_BOOLEAN, 1, text);

  /**
   * GstRtcSignaller::session-ended-with-error:
   * @self: the signaller
   * @session_id: id of the session
   * @error: (nullable): the peer's reason
   *
   * The peer ended the session and said why.
   *
   * Returns: whether anything was cleaned up
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_ENDED_WITH_ERROR] = new_signal (iface,
      "session-ended-with-error", 0, NULL, G_TYPE_BOOLEAN, 2, text, text);

  /**
   * GstRtcSignaller::shutdown:
   * @self: the signaller
   *
   * There will be no more sessions: a sink posts end-of-stream.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SHUTDOWN] = new_signal (iface, "shutdown", G_SIGNAL_ACTION,
      NULL, G_TYPE_NONE, 0);

  /**
   * GstRtcSignaller::producer-added:
   * @self: the signaller
   * @producer_id: id of the producer
   * @meta: (nullable): its metadata
   * @new_connection: %TRUE if it just appeared, %FALSE if it was there before
   *
   * A producer can be asked for a session.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PRODUCER_ADDED] = new_signal (iface, "producer-added", 0,
      NULL, G_TYPE_NONE, 3, text, GST_TYPE_STRUCTURE, G_TYPE_BOOLEAN);

  /**
   * GstRtcSignaller::producer-removed:
   * @self: the signaller
   * @producer_id: id of the producer
   * @meta: (nullable): its metadata
   *
   * A producer is gone.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PRODUCER_REMOVED] = new_signal (iface, "producer-removed",
      0, NULL, G_TYPE_NONE, 2, text, GST_TYPE_STRUCTURE);
}

static void
add_signals_to_signaller (GstRtcSignallerInterface * iface)
{
  const GType text = G_TYPE_STRING;
  const GType description = GST_TYPE_WEBRTC_SESSION_DESCRIPTION;

  /**
   * GstRtcSignaller::start:
   * @self: the signaller
   *
   * Connect and announce yourself.
   *
   * Returns: anything: the first handler replaces the virtual method
   *
   * Since: 0.1
   */
  signals[SIGNAL_START] = new_signal (iface, "start", 0,
      G_CALLBACK (call_start), G_TYPE_BOOLEAN, 0);

  /**
   * GstRtcSignaller::stop:
   * @self: the signaller
   *
   * Disconnect.
   *
   * Returns: anything: the first handler replaces the virtual method
   *
   * Since: 0.1
   */
  signals[SIGNAL_STOP] = new_signal (iface, "stop", 0,
      G_CALLBACK (call_stop), G_TYPE_BOOLEAN, 0);

  /**
   * GstRtcSignaller::end-session:
   * @self: the signaller
   * @session_id: id of the session
   *
   * Tell the peer that the session is over.
   *
   * Returns: anything: the first handler replaces the virtual method
   *
   * Since: 0.1
   */
  signals[SIGNAL_END_SESSION] = new_signal (iface, "end-session", 0,
      G_CALLBACK (call_end_session), G_TYPE_BOOLEAN, 1, text);

  /**
   * GstRtcSignaller::end-session-with-error:
   * @self: the signaller
   * @session_id: id of the session
   * @error: (nullable): the reason
   *
   * Tell the peer that the session is over, and why.
   *
   * Returns: anything: the first handler replaces the virtual method
   *
   * Since: 0.1
   */
  signals[SIGNAL_END_SESSION_WITH_ERROR] = new_signal (iface,
      "end-session-with-error", 0, G_CALLBACK (call_end_session_with_error),
      G_TYPE_BOOLEAN, 2, text, text);

  /**
   * GstRtcSignaller::send-session-description:
   * @self: the signaller
   * @session_id: id of the session
   * @description: the element's offer or answer
   *
   * Send a description to the peer.
   *
   * Returns: anything: the first handler replaces the virtual method
   *
   * Since: 0.1
   */
  signals[SIGNAL_SEND_SESSION_DESCRIPTION] = new_signal (iface,
      "send-session-description", 0, G_CALLBACK (call_send_sdp),
      G_TYPE_BOOLEAN, 2, text, description);

  /**
   * GstRtcSignaller::send-ice:
   * @self: the signaller
   * @session_id: id of the session
   * @candidate: the candidate (RFC 8839)
   * @sdp_m_line_index: index of the media the candidate belongs to
   * @sdp_mid: (nullable): mid of that media
   *
   * Send an ICE candidate to the peer.
   *
   * Returns: anything: the first handler replaces the virtual method
   *
   * Since: 0.1
   */
  signals[SIGNAL_SEND_ICE] = new_signal (iface, "send-ice", 0,
      G_CALLBACK (call_add_ice), G_TYPE_BOOLEAN, 4, text, text, G_TYPE_UINT,
      text);

  /**
   * GstRtcSignaller::munge-session-description:
   * @self: the signaller
   * @session_id: id of the session
   * @description: the element's offer or answer
   *
   * Lets the application change a local description before it is sent.
   *
   * Returns: (transfer full): the description to send
   *
   * Since: 0.1
   */
  signals[SIGNAL_MUNGE_SESSION_DESCRIPTION] = new_signal (iface,
      "munge-session-description", 0, G_CALLBACK (not_munged), description, 2,
      text, description);

  /**
   * GstRtcSignaller::consumer-added:
   * @self: the signaller
   * @peer_id: id of the consumer
   * @webrtcbin: its webrtcbin
   *
   * A consumer's session is about to be negotiated. Use
   * #GstRtcSignaller::webrtcbin-ready instead.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CONSUMER_ADDED] = new_signal (iface, "consumer-added",
      G_SIGNAL_DEPRECATED, NULL, G_TYPE_NONE, 2, text, GST_TYPE_ELEMENT);

  /**
   * GstRtcSignaller::consumer-removed:
   * @self: the signaller
   * @peer_id: id of the consumer
   * @webrtcbin: its webrtcbin
   *
   * A consumer's session is over.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CONSUMER_REMOVED] = new_signal (iface, "consumer-removed", 0,
      NULL, G_TYPE_NONE, 2, text, GST_TYPE_ELEMENT);

  /**
   * GstRtcSignaller::webrtcbin-ready:
   * @self: the signaller
   * @id: id of the peer on sinks, of the session on sources
   * @webrtcbin: the session's webrtcbin
   *
   * A session has its webrtcbin: the moment to set it up or to add data
   * channels.
   *
   * Since: 0.1
   */
  signals[SIGNAL_WEBRTCBIN_READY] = new_signal (iface, "webrtcbin-ready", 0,
      NULL, G_TYPE_NONE, 2, text, GST_TYPE_ELEMENT);
}

void
gst_rtc_signaller_add_signals (GstRtcSignallerInterface * iface)
{
  add_signals_to_element (iface);
  add_signals_to_signaller (iface);
}
