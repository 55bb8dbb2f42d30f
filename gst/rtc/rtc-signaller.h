/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtc/rtc-prelude.h>
#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_SIGNALLER (gst_rtc_signaller_get_type ())
GST_RTC_API
G_DECLARE_INTERFACE (GstRtcSignaller, gst_rtc_signaller, GST_RTC, SIGNALLER,
    GObject)

/**
 * GstRtcSignallerRole:
 * @GST_RTC_SIGNALLER_ROLE_CONSUMER: asks a producer for a session, or waits
 *     for a producer to open one
 * @GST_RTC_SIGNALLER_ROLE_PRODUCER: offers media and answers session requests
 * @GST_RTC_SIGNALLER_ROLE_LISTENER: is only told who produces
 *
 * What a signaller is to the others behind its server.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_RTC_SIGNALLER_ROLE_CONSUMER,
  GST_RTC_SIGNALLER_ROLE_PRODUCER,
  GST_RTC_SIGNALLER_ROLE_LISTENER,
} GstRtcSignallerRole;

#define GST_RTC_TYPE_SIGNALLER_ROLE (gst_rtc_signaller_role_get_type ())
GST_RTC_API
GType gst_rtc_signaller_role_get_type (void);

/**
 * GstRtcSignallerError:
 * @GST_RTC_SIGNALLER_ERROR_FAILED: anything that has no code of its own
 * @GST_RTC_SIGNALLER_ERROR_BAD_SDP: a text is not a session description
 * @GST_RTC_SIGNALLER_ERROR_BAD_MESSAGE: a message breaks the protocol
 * @GST_RTC_SIGNALLER_ERROR_CONNECTION: the server cannot be reached
 *
 * What can go wrong in a signaller.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_RTC_SIGNALLER_ERROR_FAILED,
  GST_RTC_SIGNALLER_ERROR_BAD_SDP,
  GST_RTC_SIGNALLER_ERROR_BAD_MESSAGE,
  GST_RTC_SIGNALLER_ERROR_CONNECTION,
} GstRtcSignallerError;

/**
 * GST_RTC_SIGNALLER_ERROR:
 *
 * Error domain of signallers, with codes from #GstRtcSignallerError.
 */
#define GST_RTC_SIGNALLER_ERROR (gst_rtc_signaller_error_quark ())
GST_RTC_API
GQuark gst_rtc_signaller_error_quark (void);

/**
 * GstRtcSignallerInterface:
 * @parent_iface: the parent interface
 * @start: connect and announce oneself; must not block. Failure is told
 *     later by #GstRtcSignaller::error
 * @stop: say goodbye and forget everything about the peers
 * @send_sdp: send a local session description to the peer of a session
 * @add_ice: send a local ICE candidate to the peer of a session
 * @end_session: tell the peer that a session is over
 * @end_session_with_error: the same with a reason; an implementation without
 *     it gets its @end_session called
 *
 * What a signaller implements. Elements call these from their control thread,
 * through the signals of the same meaning, so that an application can replace
 * each of them by connecting to the signal and returning a value.
 *
 * Since: 0.1
 */
struct _GstRtcSignallerInterface
{
  GTypeInterface parent_iface;

  void (*start) (GstRtcSignaller * self);
  void (*stop) (GstRtcSignaller * self);
  void (*send_sdp) (GstRtcSignaller * self, const gchar * session_id,
      GstWebRTCSessionDescription * description);
  void (*add_ice) (GstRtcSignaller * self, const gchar * session_id,
      const gchar * candidate, guint sdp_m_line_index, const gchar * sdp_mid);
  void (*end_session) (GstRtcSignaller * self, const gchar * session_id);
  void (*end_session_with_error) (GstRtcSignaller * self,
      const gchar * session_id, const gchar * error);

  /*< private >*/
  gpointer _gst_reserved[GST_PADDING_LARGE];
};

/* signaller to element, and to whoever else listens */
GST_RTC_API
void gst_rtc_signaller_emit_error (GstRtcSignaller * self,
    const gchar * message);
GST_RTC_API
GstStructure *gst_rtc_signaller_emit_request_meta (GstRtcSignaller * self);
GST_RTC_API
void gst_rtc_signaller_emit_producer_added (GstRtcSignaller * self,
    const gchar * producer_id, GstStructure * meta, gboolean new_connection);
GST_RTC_API
void gst_rtc_signaller_emit_producer_removed (GstRtcSignaller * self,
    const gchar * producer_id, GstStructure * meta);
GST_RTC_API
void gst_rtc_signaller_emit_session_started (GstRtcSignaller * self,
    const gchar * session_id, const gchar * peer_id);
GST_RTC_API
void gst_rtc_signaller_emit_session_requested (GstRtcSignaller * self,
    const gchar * session_id, const gchar * peer_id,
    GstWebRTCSessionDescription * offer);
GST_RTC_API
void gst_rtc_signaller_emit_session_description (GstRtcSignaller * self,
    const gchar * session_id, GstWebRTCSessionDescription * description);
GST_RTC_API
void gst_rtc_signaller_emit_handle_ice (GstRtcSignaller * self,
    const gchar * session_id, guint sdp_m_line_index, const gchar * sdp_mid,
    const gchar * candidate);
GST_RTC_API
gboolean gst_rtc_signaller_emit_session_ended (GstRtcSignaller * self,
    const gchar * session_id);
GST_RTC_API
gboolean gst_rtc_signaller_emit_session_ended_with_error (GstRtcSignaller *
    self, const gchar * session_id, const gchar * error);
GST_RTC_API
void gst_rtc_signaller_emit_shutdown (GstRtcSignaller * self);

/* element to signaller */
GST_RTC_API
void gst_rtc_signaller_start (GstRtcSignaller * self);
GST_RTC_API
void gst_rtc_signaller_stop (GstRtcSignaller * self);
GST_RTC_API
void gst_rtc_signaller_end_session (GstRtcSignaller * self,
    const gchar * session_id, const gchar * error);
GST_RTC_API
void gst_rtc_signaller_send_session_description (GstRtcSignaller * self,
    const gchar * session_id, GstWebRTCSessionDescription * description);
GST_RTC_API
GstWebRTCSessionDescription
    *gst_rtc_signaller_munge_session_description (GstRtcSignaller * self,
    const gchar * session_id, GstWebRTCSessionDescription * description);
GST_RTC_API
void gst_rtc_signaller_send_ice (GstRtcSignaller * self,
    const gchar * session_id, const gchar * candidate,
    guint sdp_m_line_index, const gchar * sdp_mid);
GST_RTC_API
void gst_rtc_signaller_consumer_added (GstRtcSignaller * self,
    const gchar * peer_id, GstElement * webrtcbin);
GST_RTC_API
void gst_rtc_signaller_consumer_removed (GstRtcSignaller * self,
    const gchar * peer_id, GstElement * webrtcbin);
GST_RTC_API
void gst_rtc_signaller_webrtcbin_ready (GstRtcSignaller * self,
    const gchar * id, GstElement * webrtcbin);

G_END_DECLS
