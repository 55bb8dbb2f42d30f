/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:rtc-signaller
 * @title: GstRtcSignaller
 * @short_description: carries offers, answers and candidates to a peer
 *
 * An element and its signaller talk by signals, in both directions, so that a
 * signaller can be written in any language, by subclassing or by driving an
 * existing one:
 *
 * * A *subclass* implements the virtual methods and emits what it hears from
 *   the peer with the `gst_rtc_signaller_emit_` functions.
 * * An *application* takes an element's default signaller, connects to
 *   #GstRtcSignaller::start, #GstRtcSignaller::send-session-description and
 *   the others that return a boolean, and returns anything: the first handler
 *   wins, so the built-in method is not called any more. What it hears from
 *   the peer it emits on that object.
 *
 * Thread: elements emit on their control thread and take what is emitted on
 * any thread; they copy and return, nothing blocks.
 *
 * Since: 0.1
 */

#include "rtc-signaller.h"

enum
{
  /* signaller to element */
  SIGNAL_ERROR,
  SIGNAL_REQUEST_META,
  SIGNAL_SESSION_STARTED,
  SIGNAL_SESSION_REQUESTED,
  SIGNAL_SESSION_DESCRIPTION,
  SIGNAL_HANDLE_ICE,
  SIGNAL_SESSION_ENDED,
  SIGNAL_SESSION_ENDED_WITH_ERROR,
  SIGNAL_SHUTDOWN,
  /* signaller to application */
  SIGNAL_PRODUCER_ADDED,
  SIGNAL_PRODUCER_REMOVED,
  /* element to signaller */
  SIGNAL_START,
  SIGNAL_STOP,
  SIGNAL_END_SESSION,
  SIGNAL_END_SESSION_WITH_ERROR,
  SIGNAL_SEND_SESSION_DESCRIPTION,
  SIGNAL_SEND_ICE,
  SIGNAL_MUNGE_SESSION_DESCRIPTION,
  SIGNAL_CONSUMER_ADDED,
  SIGNAL_CONSUMER_REMOVED,
  SIGNAL_WEBRTCBIN_READY,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_INTERFACE (GstRtcSignaller, gst_rtc_signaller, G_TYPE_OBJECT);

G_DEFINE_ENUM_TYPE (GstRtcSignallerRole, gst_rtc_signaller_role,
    G_DEFINE_ENUM_VALUE (GST_RTC_SIGNALLER_ROLE_CONSUMER, "consumer"),
    G_DEFINE_ENUM_VALUE (GST_RTC_SIGNALLER_ROLE_PRODUCER, "producer"),
    G_DEFINE_ENUM_VALUE (GST_RTC_SIGNALLER_ROLE_LISTENER, "listener"));

G_DEFINE_QUARK (gst_rtc_signaller_error_quark, gst_rtc_signaller_error);

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

static void
ignore (GstRtcSignaller * self)
{
}

static void
ignore_sdp (GstRtcSignaller * self, const gchar * session_id,
    GstWebRTCSessionDescription * description)
{
}

static void
ignore_ice (GstRtcSignaller * self, const gchar * session_id,
    const gchar * candidate, guint sdp_m_line_index, const gchar * sdp_mid)
{
}

static void
ignore_session (GstRtcSignaller * self, const gchar * session_id)
{
}

static void
end_without_error (GstRtcSignaller * self, const gchar * session_id,
    const gchar * error)
{
  GST_RTC_SIGNALLER_GET_IFACE (self)->end_session (self, session_id);
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

static void
gst_rtc_signaller_default_init (GstRtcSignallerInterface * iface)
{
  iface->start = ignore;
  iface->stop = ignore;
  iface->send_sdp = ignore_sdp;
  iface->add_ice = ignore_ice;
  iface->end_session = ignore_session;
  iface->end_session_with_error = end_without_error;

  /**
   * GstRtcSignaller:manual-sdp-munging:
   *
   * Whether the signaller runs #GstRtcSignaller::munge-session-description by
   * itself; the element then does not. An implementation may leave the
   * property out, which means no.
   *
   * Since: 0.1
   */

  /**
   * GstRtcSignaller:producer-peer-id:
   *
   * The producer that #GstRtcSignaller::start asks for a session. A signaller
   * that has it as a writable property, and emits
   * #GstRtcSignaller::producer-added, can be used with
   * `connect-to-first-producer`: the element starts it without an id, and once
   * more with that of the first producer that it named. If it has a writable
   * `role` of type #GstRtcSignallerRole, it is a listener meanwhile. An
   * implementation may leave the property out.
   *
   * Since: 0.1
   */

  add_signals_to_element (iface);
  add_signals_to_signaller (iface);
}

/**
 * gst_rtc_signaller_emit_error:
 * @self: a signaller
 * @message: what happened, for the user
 *
 * Emits #GstRtcSignaller::error: the element stops with this message.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_emit_error (GstRtcSignaller * self, const gchar * message)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (message != NULL);

  g_signal_emit (self, signals[SIGNAL_ERROR], 0, message);
}

/**
 * gst_rtc_signaller_emit_request_meta:
 * @self: a signaller
 *
 * Emits #GstRtcSignaller::request-meta.
 *
 * Returns: (transfer full) (nullable): the element's metadata
 *
 * Thread: any
 *
 * Since: 0.1
 */
GstStructure *
gst_rtc_signaller_emit_request_meta (GstRtcSignaller * self)
{
  GstStructure *meta = NULL;

  g_return_val_if_fail (GST_RTC_IS_SIGNALLER (self), NULL);

  g_signal_emit (self, signals[SIGNAL_REQUEST_META], 0, &meta);

  return meta;
}

/**
 * gst_rtc_signaller_emit_producer_added:
 * @self: a signaller
 * @producer_id: id of the producer
 * @meta: (nullable): its metadata
 * @new_connection: %TRUE if it just appeared, %FALSE if it was there before
 *
 * Emits #GstRtcSignaller::producer-added.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_emit_producer_added (GstRtcSignaller * self,
    const gchar * producer_id, GstStructure * meta, gboolean new_connection)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (producer_id != NULL);

  g_signal_emit (self, signals[SIGNAL_PRODUCER_ADDED], 0, producer_id, meta,
      new_connection);
}

/**
 * gst_rtc_signaller_emit_producer_removed:
 * @self: a signaller
 * @producer_id: id of the producer
 * @meta: (nullable): its metadata
 *
 * Emits #GstRtcSignaller::producer-removed.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_emit_producer_removed (GstRtcSignaller * self,
    const gchar * producer_id, GstStructure * meta)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (producer_id != NULL);

  g_signal_emit (self, signals[SIGNAL_PRODUCER_REMOVED], 0, producer_id, meta);
}

/**
 * gst_rtc_signaller_emit_session_started:
 * @self: a signaller
 * @session_id: id of the session
 * @peer_id: id of the producer
 *
 * Emits #GstRtcSignaller::session-started.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_emit_session_started (GstRtcSignaller * self,
    const gchar * session_id, const gchar * peer_id)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (session_id != NULL && peer_id != NULL);

  g_signal_emit (self, signals[SIGNAL_SESSION_STARTED], 0, session_id, peer_id);
}

/**
 * gst_rtc_signaller_emit_session_requested:
 * @self: a signaller
 * @session_id: id of the session
 * @peer_id: id of the peer that asks
 * @offer: (nullable): its offer, or %NULL if the element is to offer
 *
 * Emits #GstRtcSignaller::session-requested.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_emit_session_requested (GstRtcSignaller * self,
    const gchar * session_id, const gchar * peer_id,
    GstWebRTCSessionDescription * offer)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (session_id != NULL && peer_id != NULL);

  g_signal_emit (self, signals[SIGNAL_SESSION_REQUESTED], 0, session_id,
      peer_id, offer);
}

/**
 * gst_rtc_signaller_emit_session_description:
 * @self: a signaller
 * @session_id: id of the session
 * @description: the peer's offer or answer
 *
 * Emits #GstRtcSignaller::session-description.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_emit_session_description (GstRtcSignaller * self,
    const gchar * session_id, GstWebRTCSessionDescription * description)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (session_id != NULL && description != NULL);

  g_signal_emit (self, signals[SIGNAL_SESSION_DESCRIPTION], 0, session_id,
      description);
}

/**
 * gst_rtc_signaller_emit_handle_ice:
 * @self: a signaller
 * @session_id: id of the session
 * @sdp_m_line_index: index of the media the candidate belongs to
 * @sdp_mid: (nullable): mid of that media
 * @candidate: the candidate (RFC 8839)
 *
 * Emits #GstRtcSignaller::handle-ice.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_emit_handle_ice (GstRtcSignaller * self,
    const gchar * session_id, guint sdp_m_line_index, const gchar * sdp_mid,
    const gchar * candidate)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (session_id != NULL && candidate != NULL);

  g_signal_emit (self, signals[SIGNAL_HANDLE_ICE], 0, session_id,
      sdp_m_line_index, sdp_mid, candidate);
}

/**
 * gst_rtc_signaller_emit_session_ended:
 * @self: a signaller
 * @session_id: id of the session
 *
 * Emits #GstRtcSignaller::session-ended.
 *
 * Returns: whether the element had such a session
 *
 * Thread: any
 *
 * Since: 0.1
 */
gboolean
gst_rtc_signaller_emit_session_ended (GstRtcSignaller * self,
    const gchar * session_id)
{
  gboolean handled = FALSE;

  g_return_val_if_fail (GST_RTC_IS_SIGNALLER (self), FALSE);
  g_return_val_if_fail (session_id != NULL, FALSE);

  g_signal_emit (self, signals[SIGNAL_SESSION_ENDED], 0, session_id, &handled);

  return handled;
}

/**
 * gst_rtc_signaller_emit_session_ended_with_error:
 * @self: a signaller
 * @session_id: id of the session
 * @error: (nullable): the peer's reason
 *
 * Emits #GstRtcSignaller::session-ended-with-error.
 *
 * Returns: whether the element had such a session
 *
 * Thread: any
 *
 * Since: 0.1
 */
gboolean
gst_rtc_signaller_emit_session_ended_with_error (GstRtcSignaller * self,
    const gchar * session_id, const gchar * error)
{
  gboolean handled = FALSE;

  g_return_val_if_fail (GST_RTC_IS_SIGNALLER (self), FALSE);
  g_return_val_if_fail (session_id != NULL, FALSE);

  g_signal_emit (self, signals[SIGNAL_SESSION_ENDED_WITH_ERROR], 0,
      session_id, error, &handled);

  return handled;
}

/**
 * gst_rtc_signaller_emit_shutdown:
 * @self: a signaller
 *
 * Emits #GstRtcSignaller::shutdown.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_emit_shutdown (GstRtcSignaller * self)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));

  g_signal_emit (self, signals[SIGNAL_SHUTDOWN], 0);
}

/**
 * gst_rtc_signaller_start:
 * @self: a signaller
 *
 * Emits #GstRtcSignaller::start, for elements and for applications that use a
 * signaller alone.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_start (GstRtcSignaller * self)
{
  gboolean handled = FALSE;

  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));

  g_signal_emit (self, signals[SIGNAL_START], 0, &handled);
}

/**
 * gst_rtc_signaller_stop:
 * @self: a signaller
 *
 * Emits #GstRtcSignaller::stop.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_stop (GstRtcSignaller * self)
{
  gboolean handled = FALSE;

  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));

  g_signal_emit (self, signals[SIGNAL_STOP], 0, &handled);
}

/**
 * gst_rtc_signaller_end_session: (skip)
 * @self: a signaller
 * @session_id: id of the session
 * @error: (nullable): the reason, or %NULL for an ordinary end
 *
 * Emits #GstRtcSignaller::end-session, or
 * #GstRtcSignaller::end-session-with-error when there is a reason.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_end_session (GstRtcSignaller * self,
    const gchar * session_id, const gchar * error)
{
  gboolean handled = FALSE;

  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (session_id != NULL);

  if (error)
    g_signal_emit (self, signals[SIGNAL_END_SESSION_WITH_ERROR], 0,
        session_id, error, &handled);
  else
    g_signal_emit (self, signals[SIGNAL_END_SESSION], 0, session_id, &handled);
}

/**
 * gst_rtc_signaller_send_session_description: (skip)
 * @self: a signaller
 * @session_id: id of the session
 * @description: the element's offer or answer
 *
 * Emits #GstRtcSignaller::send-session-description.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_send_session_description (GstRtcSignaller * self,
    const gchar * session_id, GstWebRTCSessionDescription * description)
{
  gboolean handled = FALSE;

  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (session_id != NULL && description != NULL);

  g_signal_emit (self, signals[SIGNAL_SEND_SESSION_DESCRIPTION], 0,
      session_id, description, &handled);
}

/**
 * gst_rtc_signaller_munge_session_description: (skip)
 * @self: a signaller
 * @session_id: id of the session
 * @description: the element's offer or answer
 *
 * Emits #GstRtcSignaller::munge-session-description.
 *
 * Returns: (transfer full): the description to send
 *
 * Thread: any
 *
 * Since: 0.1
 */
GstWebRTCSessionDescription *
gst_rtc_signaller_munge_session_description (GstRtcSignaller * self,
    const gchar * session_id, GstWebRTCSessionDescription * description)
{
  GstWebRTCSessionDescription *munged = NULL;

  g_return_val_if_fail (GST_RTC_IS_SIGNALLER (self), NULL);
  g_return_val_if_fail (session_id != NULL && description != NULL, NULL);

  g_signal_emit (self, signals[SIGNAL_MUNGE_SESSION_DESCRIPTION], 0,
      session_id, description, &munged);
  if (!munged)
    munged = gst_webrtc_session_description_copy (description);

  return munged;
}

/**
 * gst_rtc_signaller_send_ice: (skip)
 * @self: a signaller
 * @session_id: id of the session
 * @candidate: the candidate (RFC 8839)
 * @sdp_m_line_index: index of the media the candidate belongs to
 * @sdp_mid: (nullable): mid of that media
 *
 * Emits #GstRtcSignaller::send-ice.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_send_ice (GstRtcSignaller * self, const gchar * session_id,
    const gchar * candidate, guint sdp_m_line_index, const gchar * sdp_mid)
{
  gboolean handled = FALSE;

  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));
  g_return_if_fail (session_id != NULL && candidate != NULL);

  g_signal_emit (self, signals[SIGNAL_SEND_ICE], 0, session_id, candidate,
      sdp_m_line_index, sdp_mid, &handled);
}

/**
 * gst_rtc_signaller_consumer_added: (skip)
 * @self: a signaller
 * @peer_id: id of the consumer
 * @webrtcbin: its webrtcbin
 *
 * Emits #GstRtcSignaller::consumer-added.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_consumer_added (GstRtcSignaller * self,
    const gchar * peer_id, GstElement * webrtcbin)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));

  g_signal_emit (self, signals[SIGNAL_CONSUMER_ADDED], 0, peer_id, webrtcbin);
}

/**
 * gst_rtc_signaller_consumer_removed: (skip)
 * @self: a signaller
 * @peer_id: id of the consumer
 * @webrtcbin: its webrtcbin
 *
 * Emits #GstRtcSignaller::consumer-removed.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_consumer_removed (GstRtcSignaller * self,
    const gchar * peer_id, GstElement * webrtcbin)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));

  g_signal_emit (self, signals[SIGNAL_CONSUMER_REMOVED], 0, peer_id, webrtcbin);
}

/**
 * gst_rtc_signaller_webrtcbin_ready: (skip)
 * @self: a signaller
 * @id: id of the peer on sinks, of the session on sources
 * @webrtcbin: the session's webrtcbin
 *
 * Emits #GstRtcSignaller::webrtcbin-ready.
 *
 * Thread: any
 *
 * Since: 0.1
 */
void
gst_rtc_signaller_webrtcbin_ready (GstRtcSignaller * self, const gchar * id,
    GstElement * webrtcbin)
{
  g_return_if_fail (GST_RTC_IS_SIGNALLER (self));

  g_signal_emit (self, signals[SIGNAL_WEBRTCBIN_READY], 0, id, webrtcbin);
}
