/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How a session learns that DTLS is up, and that the peer is gone: DTLS goes
 * down, or nothing is heard any more. */

#include "session-private.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsession_debug);
#define GST_CAT_DEFAULT webrtcsession_debug

#define PRIV(self) (gst_rtc_session_get_private (self))

/* Milliseconds */
#define SILENCE_CHECK 500

static gboolean
check_silence (gpointer data)
{
  GstRtcSession *self = data;
  GstRtcSessionPrivate *priv = PRIV (self);
  guint silence = gst_rtc_silence_check (&priv->silence,
      g_get_monotonic_time ());

  if (silence == 0)
    return G_SOURCE_CONTINUE;

  gst_rtc_session_close (self, "Nothing was heard from the peer for %u ms",
      silence);

  return G_SOURCE_REMOVE;
}

static void
watch_silence (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  priv->silence_check = gst_rtc_control_add_timer (priv->control,
      SILENCE_CHECK, check_silence, self, NULL);
}

void
gst_rtc_session_stop_watching (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  if (!priv->silence_check)
    return;

  g_source_destroy (priv->silence_check);
  g_clear_pointer (&priv->silence_check, g_source_unref);
}

/**
 * gst_rtc_session_expect_to_hear:
 * @expect: whether there is anything that the peer would report on
 *
 * A peer to which nothing is sent for the moment may be silent.
 *
 * Thread: control
 */
void
gst_rtc_session_expect_to_hear (GstRtcSession * self, gboolean expect)
{
  GstRtcSessionPrivate *priv = PRIV (self);

  gst_rtc_control_assert (priv->control);

  if (!expect) {
    gst_rtc_session_stop_watching (self);
  } else if (!priv->silence_check) {
    gst_rtc_silence_heard (&priv->silence, g_get_monotonic_time (), TRUE);
    watch_silence (self);
  }
}

/* DTLS state */

static void
check_transport (GstRtcSession * self)
{
  GstRtcSessionPrivate *priv = PRIV (self);
  GstWebRTCDTLSTransportState state;

  if (!gst_rtc_session_is_alive (self) || !priv->transport)
    return;

  g_object_get (priv->transport, "state", &state, NULL);
  if (state == GST_WEBRTC_DTLS_TRANSPORT_STATE_CLOSED) {
    /* the fast way to learn that the peer called close() */
    GST_INFO_OBJECT (self, "session %s: the peer closed DTLS", priv->id);
    if (GST_RTC_SESSION_GET_CLASS (self)->gone)
      GST_RTC_SESSION_GET_CLASS (self)->gone (self);
    else
      gst_rtc_session_close (self, NULL);
    return;
  }
  if (state == GST_WEBRTC_DTLS_TRANSPORT_STATE_FAILED) {
    gst_rtc_session_close (self, "The DTLS handshake failed");
    return;
  }
  if (state != GST_WEBRTC_DTLS_TRANSPORT_STATE_CONNECTED || priv->verified)
    return;

  if (!gst_rtc_dtls_guard_is_verified (priv->guard)) {
    gst_rtc_dtls_guard_cut (priv->guard);
    gst_rtc_session_close (self, "DTLS is up without a verified certificate");
    return;
  }

  priv->verified = TRUE;
  if (priv->state == GST_RTC_SESSION_NEGOTIATING)
    gst_rtc_session_enter (self, GST_RTC_SESSION_STREAMING);
  GST_INFO_OBJECT (self, "session %s: DTLS is up, certificate verified",
      priv->id);
  watch_silence (self);
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
