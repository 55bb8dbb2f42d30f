/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a track can be sent as: the codecs that may be used and are installed,
 * each with the caps of its RTP, its feedback and its header extensions. */

#include "track-private.h"

#include "clocksignalling.h"
#include "extmap.h"
#include "headerextensions.h"
#include "sdp.h"

/* webrtcbin writes it into offers by itself. The same in all media: a payload
 * type has one meaning in a bundle. */
static void
add_feedback (GstRtcTrack * self, const GstRtcTrackContext * context,
    GstStructure * rtp)
{
  gst_structure_set (rtp, "rtcp-fb-transport-cc", G_TYPE_BOOLEAN, TRUE, NULL);
  if (gst_rtc_track_get_kind (self) == GST_RTC_MEDIA_VIDEO &&
      context->settings->do_retransmission)
    gst_structure_set (rtp, "rtcp-fb-nack", G_TYPE_BOOLEAN, TRUE, NULL);
}

/* The application sees a payloader of each format that is offered; what it
 * adds to it is offered, too. */
static gboolean
add_format (GstRtcTrack * self, const GstRtcTrackContext * context,
    GstRtcPayload * payload)
{
  g_autofree gchar *pt = g_strdup_printf ("%d", payload->pt);
  GstElement *payloader =
      gst_element_factory_make (payload->codec->payloader, NULL);
  GstCaps *caps;

  if (!payloader)
    return FALSE;

  gst_object_ref_sink (payloader);
  context->setup_payloader (context->owner, "discovery",
      GST_OBJECT_NAME (self->pad), payloader);
  gst_rtc_header_extensions_offer (payloader, context->extmap,
      self->extensions);
  gst_util_set_object_arg (G_OBJECT (payloader), "pt", pt);
  caps = gst_rtc_payload_get_rtp_caps (payload, self->input, payloader);
  gst_object_unref (payloader);
  add_feedback (self, context, gst_caps_get_structure (caps, 0));
  payload->pt = gst_rtc_pt_map_take (context->pt_map,
      gst_caps_get_structure (caps, 0), payload->pt);
  if (payload->pt < 0) {
    GST_WARNING ("no payload type is left for %s", payload->codec->name);
    gst_caps_unref (caps);
    return FALSE;
  }
  gst_caps_set_simple (caps, "ssrc", G_TYPE_UINT, self->ssrc, "payload",
      G_TYPE_INT, payload->pt, NULL);
  g_ptr_array_add (self->formats, caps);

  return TRUE;
}

/**
 * gst_rtc_track_forget_formats:
 *
 * Also what was chosen of them.
 */
void
gst_rtc_track_forget_formats (GstRtcTrack * self)
{
  self->chosen = NULL;
  gst_clear_caps (&self->chosen_format);
  g_clear_pointer (&self->payloads, g_array_unref);
  g_ptr_array_set_size (self->formats, 0);
  g_ptr_array_set_size (self->extensions, 0);
}

/**
 * gst_rtc_track_make_formats:
 * @payloads: (element-type GstRtcPayload): what may be sent
 *
 * Keeps those whose payloader is installed, with their caps.
 */
void
gst_rtc_track_make_formats (GstRtcTrack * self,
    const GstRtcTrackContext * context, GArray * payloads)
{
  self->payloads = g_array_new (FALSE, FALSE, sizeof (GstRtcPayload));
  for (guint i = 0; i < payloads->len; i++) {
    GstRtcPayload payload = g_array_index (payloads, GstRtcPayload, i);

    if (add_format (self, context, &payload))
      g_array_append_val (self->payloads, payload);
  }
}

static gboolean
has_twcc (const GstRtcTrackContext * context)
{
  return context->settings->congestion_control !=
      GST_RTC_CONGESTION_CONTROL_DISABLED;
}

/* Looking for it costs more than all the rest of an offer */
static gboolean
has_color_space (void)
{
  static gsize known = 0;

  if (g_once_init_enter (&known))
    g_once_init_leave (&known,
        gst_rtc_header_extension_exists (GST_RTC_URI_COLOR_SPACE) ? 2 : 1);

  return known == 2;
}

/**
 * gst_rtc_track_add_extensions:
 * @rtp: caps of a format, to which header extensions are added
 */
void
gst_rtc_track_add_extensions (GstRtcTrack * self,
    const GstRtcTrackContext * context, GstStructure * rtp)
{
  if (has_twcc (context)) {
    gst_structure_set (rtp, "rtcp-fb-transport-cc", G_TYPE_BOOLEAN, TRUE, NULL);
    gst_rtc_extmap_add_to_caps (context->extmap, GST_RTC_URI_TWCC, rtp);
  }
  /* a webrtcbin that receives corrects what has no extensions only */
  if (gst_rtc_track_get_kind (self) == GST_RTC_MEDIA_VIDEO && has_color_space ()
      && (has_twcc (context) || !self->wants_fec))
    gst_rtc_extmap_add_to_caps (context->extmap, GST_RTC_URI_COLOR_SPACE, rtp);
  for (guint i = 0; i < self->extensions->len; i++)
    gst_rtc_extmap_add_to_caps (context->extmap,
        g_ptr_array_index (self->extensions, i), rtp);
}

/**
 * gst_rtc_track_get_preferences:
 *
 * Returns: (transfer full): all formats, as webrtcbin wants them for an offer
 */
GstCaps *
gst_rtc_track_get_preferences (GstRtcTrack * self,
    const GstRtcTrackContext * context)
{
  GstCaps *all = gst_caps_new_empty ();

  for (guint i = 0; i < self->formats->len; i++) {
    GstCaps *caps = gst_caps_copy (g_ptr_array_index (self->formats, i));
    GstStructure *rtp = gst_caps_get_structure (caps, 0);

    gst_rtc_track_add_extensions (self, context, rtp);
    /* of the media: webrtcbin would write it once for each format */
    if (context->settings->do_clock_signalling && i == 0)
      gst_rtc_clock_describe (context->clock, rtp);
    gst_caps_append (all, caps);
  }

  return all;
}
