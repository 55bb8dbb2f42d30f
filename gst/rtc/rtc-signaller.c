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

#include "rtc-signaller-private.h"

#define signals gst_rtc_signaller_signals

G_DEFINE_INTERFACE (GstRtcSignaller, gst_rtc_signaller, G_TYPE_OBJECT);

G_DEFINE_ENUM_TYPE (GstRtcSignallerRole, gst_rtc_signaller_role,
    G_DEFINE_ENUM_VALUE (GST_RTC_SIGNALLER_ROLE_CONSUMER, "consumer"),
    G_DEFINE_ENUM_VALUE (GST_RTC_SIGNALLER_ROLE_PRODUCER, "producer"),
    G_DEFINE_ENUM_VALUE (GST_RTC_SIGNALLER_ROLE_LISTENER, "listener"));

G_DEFINE_QUARK (gst_rtc_signaller_error_quark, gst_rtc_signaller_error);

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

  gst_rtc_signaller_add_signals (iface);
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
