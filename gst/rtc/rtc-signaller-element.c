/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What elements tell a signaller: it is asked by signals, so that whoever
 * connects to them can take the place of its methods. */

#include "rtc-signaller-private.h"

#define signals gst_rtc_signaller_signals

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
