/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Forward error correction of what a source receives (RFC 5109): an element for
 * each sender's payload type in a media that has ULPFEC, and for no other.
 *
 * webrtcbin 1.22 makes one for each payload type of each sender, also of audio,
 * and looks for it in each media of the bundle, with a warning for all that it
 * does not belong to. So its handler is put to rest, if it is there. */

#include "srcsession-private.h"

#include <stdlib.h>

#include "sdp.h"

#define SIGNAL "request-fec-decoder-full"

/* A streaming thread */
static GstElement *
on_request_fec_decoder (GstElement * rtpbin, guint rtp_session, guint ssrc,
    guint pt, GstRtcSrcSession * self)
{
  const gint fec_pt = pt < GST_RTC_N_PTS ?
      g_atomic_int_get (&self->fec_pts[pt]) : 0;
  g_autoptr (GObject) storage = NULL;
  GstElement *decoder;

  if (fec_pt == 0)
    return NULL;
  g_signal_emit_by_name (rtpbin, "get-internal-storage", rtp_session, &storage);
  decoder = gst_element_factory_make ("rtpulpfecdec", NULL);
  if (decoder)
    g_object_set (decoder, "storage", storage, "pt", fec_pt, NULL);

  return decoder;
}

/**
 * gst_rtc_src_session_make_fec_decoders:
 * @rtpbin: of the session's webrtcbin
 *
 * Thread: control, before anything is received
 */
void
gst_rtc_src_session_make_fec_decoders (GstRtcSrcSession * self,
    GstElement * rtpbin)
{
  const guint signal = g_signal_lookup (SIGNAL, G_OBJECT_TYPE (rtpbin));
  GstElement *webrtcbin =
      gst_rtc_session_get_webrtcbin (GST_RTC_SESSION (self));

  /* another version may do it in another way */
  if (signal > 0 && g_signal_handlers_block_matched (rtpbin,
          G_SIGNAL_MATCH_ID | G_SIGNAL_MATCH_DATA, signal, 0, NULL, NULL,
          webrtcbin) > 0)
    g_signal_connect_object (rtpbin, SIGNAL,
        G_CALLBACK (on_request_fec_decoder), self, 0);
}

/**
 * gst_rtc_src_session_note_correction:
 * @sdp: what was negotiated
 *
 * Learns what corrects what.
 *
 * Thread: control
 */
void
gst_rtc_src_session_note_correction (GstRtcSrcSession * self,
    const GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gint fec_pt = gst_rtc_sdp_media_find_pt (media, "ULPFEC");

    for (guint f = 0; f < gst_sdp_media_formats_len (media); f++) {
      const gint pt = atoi (gst_sdp_media_get_format (media, f));

      if (pt >= 0 && pt < GST_RTC_N_PTS)
        g_atomic_int_set (&self->fec_pts[pt], MAX (0, fec_pt));
    }
  }
}
