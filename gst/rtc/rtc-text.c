/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:rtc-text
 * @title: Session descriptions as text
 * @short_description: SDP in and out as text
 *
 * A #GstWebRTCSessionDescription that crossed into a script language can lose
 * its SDP: webrtcbin takes the message out of the boxed value it was given.
 * These functions take text and hand out text, so a signaller written in
 * Python never holds such a value.
 */

#include "rtc-text.h"

/* Largest description that is looked at: a browser's offer with every codec
 * and ten m-lines has about 60 kB. */
#define MAX_SDP_BYTES (512 * 1024)

/* How much of what is no SDP is shown in the error */
#define MAX_SHOWN_BYTES 40

/**
 * gst_rtc_description_to_text:
 * @description: a session description
 *
 * Returns: (transfer full) (nullable): the SDP (RFC 8866) as text, or %NULL
 *     if the description holds none
 *
 * Thread: any
 *
 * Since: 0.1
 */
gchar *
gst_rtc_description_to_text (GstWebRTCSessionDescription * description)
{
  g_return_val_if_fail (description != NULL, NULL);

  return description->sdp ? gst_sdp_message_as_text (description->sdp) : NULL;
}

/**
 * gst_rtc_description_get_sdp_type:
 * @description: a session description
 *
 * Returns: whether it is an offer or an answer
 *
 * Thread: any
 *
 * Since: 0.1
 */
GstWebRTCSDPType
gst_rtc_description_get_sdp_type (GstWebRTCSessionDescription * description)
{
  g_return_val_if_fail (description != NULL, GST_WEBRTC_SDP_TYPE_OFFER);

  return description->type;
}

/**
 * gst_rtc_description_from_text:
 * @type: offer or answer
 * @text: an SDP (RFC 8866)
 * @error: return location for an error
 *
 * Returns: (transfer full): the description, or %NULL with
 *     %GST_RTC_SIGNALLER_ERROR_BAD_SDP
 *
 * Thread: any
 *
 * Since: 0.1
 */
GstWebRTCSessionDescription *
gst_rtc_description_from_text (GstWebRTCSDPType type, const gchar * text,
    GError ** error)
{
  g_autofree gchar *start = NULL;
  GstSDPMessage *sdp = NULL;

  g_return_val_if_fail (text != NULL, NULL);

  /* GStreamer's parser takes any text for an empty SDP */
  if (strlen (text) > MAX_SDP_BYTES || !g_str_has_prefix (text, "v=0") ||
      gst_sdp_message_new_from_text (text, &sdp) != GST_SDP_OK) {
    if (sdp)
      gst_sdp_message_free (sdp);
    /* the cut may be in the middle of a character */
    start = g_utf8_make_valid (text, MIN (strlen (text), MAX_SHOWN_BYTES));
    g_set_error (error, GST_RTC_SIGNALLER_ERROR,
        GST_RTC_SIGNALLER_ERROR_BAD_SDP, "Not an SDP: %s", start);
    return NULL;
  }

  return gst_webrtc_session_description_new (type, sdp);
}

/**
 * gst_rtc_signaller_emit_session_requested_text:
 * @self: a signaller
 * @session_id: id of the new session
 * @peer_id: id of the peer that asks for it
 * @offer: (nullable): the peer's offer, or %NULL if the element is to offer
 * @error: return location for an error
 *
 * Emits #GstRtcSignaller::session-requested with an offer given as text.
 *
 * Returns: %FALSE with %GST_RTC_SIGNALLER_ERROR_BAD_SDP if @offer is not an
 *     SDP; nothing is emitted then
 *
 * Thread: any
 *
 * Since: 0.1
 */
gboolean
gst_rtc_signaller_emit_session_requested_text (GstRtcSignaller * self,
    const gchar * session_id, const gchar * peer_id, const gchar * offer,
    GError ** error)
{
  GstWebRTCSessionDescription *description = NULL;

  if (offer) {
    description = gst_rtc_description_from_text (GST_WEBRTC_SDP_TYPE_OFFER,
        offer, error);
    if (!description)
      return FALSE;
  }

  gst_rtc_signaller_emit_session_requested (self, session_id, peer_id,
      description);
  g_clear_pointer (&description, gst_webrtc_session_description_free);

  return TRUE;
}

/**
 * gst_rtc_signaller_emit_session_description_text:
 * @self: a signaller
 * @session_id: id of the session
 * @type: offer or answer
 * @text: the peer's description
 * @error: return location for an error
 *
 * Emits #GstRtcSignaller::session-description with a description given as
 * text.
 *
 * Returns: %FALSE with %GST_RTC_SIGNALLER_ERROR_BAD_SDP if @text is not an
 *     SDP; nothing is emitted then
 *
 * Thread: any
 *
 * Since: 0.1
 */
gboolean
gst_rtc_signaller_emit_session_description_text (GstRtcSignaller * self,
    const gchar * session_id, GstWebRTCSDPType type, const gchar * text,
    GError ** error)
{
  GstWebRTCSessionDescription *description =
      gst_rtc_description_from_text (type, text, error);

  if (!description)
    return FALSE;

  gst_rtc_signaller_emit_session_description (self, session_id, description);
  gst_webrtc_session_description_free (description);

  return TRUE;
}
