/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The elements of a track: from its rendition to webrtcbin, and away again. */

#include "track-private.h"

#include "clocksignalling.h"
#include "extmap.h"
#include "headerextensions.h"
#include "leanpath.h"
#include "payloader.h"
#include "sessionsource.h"

gboolean
gst_rtc_track_is_connected (GstRtcTrack * self)
{
  return self->source != NULL;
}

static gboolean
link_chain (GstRtcTrack * self)
{
  GstElement *first = self->filter ? self->filter : self->payloader;
  GstPad *pad;
  gboolean linked;

  if (!gst_element_link (self->source, first) ||
      (self->filter && !gst_element_link (self->filter, self->payloader)))
    return FALSE;

  pad = gst_element_get_static_pad (self->payloader, "src");
  linked = gst_pad_link (pad, self->webrtcbin_pad) == GST_PAD_LINK_OK;
  gst_object_unref (pad);

  return linked;
}

static void
add_elements (GstRtcTrack * self, GstBin * pipeline)
{
  gst_bin_add_many (pipeline, gst_object_ref (self->source), self->payloader,
      NULL);
  gst_object_ref (self->payloader);
  if (!self->filter)
    return;
  gst_bin_add (pipeline, self->filter);
  gst_object_ref (self->filter);
}

/* Transport-wide sequence numbers are not known before packets go, and put in
 * then. FEC needs to have seen the room for them. */
static const gchar *
get_late_extension (GstRtcTrack * self, const GstRtcTrackContext * context)
{
  return context->bwe && !self->wants_fec ? GST_RTC_URI_TWCC : NULL;
}

static void
set_up_payloader (GstRtcTrack * self, const GstRtcTrackContext * context,
    GstElement * payloader)
{
  const GstStructure *rtp = gst_caps_get_structure (self->chosen_format, 0);
  gint clock_rate = 0;
  guint32 offset;

  gst_rtc_header_extensions_keep (payloader, rtp);
  gst_rtc_payloader_set_identity (payloader, self->pt, self->ssrc);
  if (get_late_extension (self, context))
    gst_rtc_payloader_leave_room (payloader, GST_RTC_TWCC_NUMBER_SIZE);
  gst_structure_get_int (rtp, "clock-rate", &clock_rate);
  if (context->settings->do_clock_signalling && clock_rate > 0 &&
      gst_rtc_clock_get_rtp_offset (context->clock, context->base_time,
          clock_rate, &offset))
    gst_rtc_payloader_set_timestamp_offset (payloader, offset);
}

/**
 * gst_rtc_track_connect:
 * @pipeline: the session's
 * @filter: (nullable) (transfer floating): the application's filter of encoded
 *     frames
 * @payloader: (transfer floating): the configured payloader
 *
 * Builds the way from here to webrtcbin, for the codec that was chosen.
 */
gboolean
gst_rtc_track_connect (GstRtcTrack * self, const GstRtcTrackContext * context,
    GstBin * pipeline, GstElement * filter, GstElement * payloader,
    GError ** error)
{
  const gchar *name = GST_OBJECT_NAME (self->pad);
  g_autoptr (GstCaps) identity = gst_rtc_track_get_identity (self);

  self->filter = filter;
  self->payloader = payloader;
  self->source = GST_ELEMENT (gst_rtc_session_source_new (name));
  if (context->bwe && self->chosen->codec->kind == GST_RTC_MEDIA_VIDEO)
    gst_rtc_session_source_thin_by (GST_RTC_SESSION_SOURCE (self->source),
        context->bwe);
  set_up_payloader (self, context, payloader);
  self->pin = gst_rtc_payloader_pin_caps (self->webrtcbin_pad,
      self->chosen_format, get_late_extension (self, context));

  add_elements (self, pipeline);
  if (!link_chain (self)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        "The elements for %s do not fit together", name);
    return FALSE;
  }
  /* for the next offer; it has to have something in common with what came */
  if (!gst_pad_has_current_caps (self->webrtcbin_pad))
    g_object_set (self->transceiver, "codec-preferences", identity, NULL);

  gst_element_sync_state_with_parent (self->payloader);
  if (self->filter)
    gst_element_sync_state_with_parent (self->filter);
  gst_element_sync_state_with_parent (self->source);

  return TRUE;
}

static void
remove_element (GstElement ** element)
{
  GstObject *parent = *element ?
      gst_object_get_parent (GST_OBJECT (*element)) : NULL;

  if (parent) {
    gst_element_set_locked_state (*element, TRUE);
    gst_element_set_state (*element, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (parent), *element);
    gst_object_unref (parent);
  }
  gst_clear_object (element);
}

/**
 * gst_rtc_track_leave:
 * @webrtcbin: the session's
 *
 * Takes down everything that the track has in the session. It is detached.
 *
 * Thread: a worker, while the control thread leaves the track alone
 */
void
gst_rtc_track_leave (GstRtcTrack * self, GstElement * webrtcbin)
{
  g_assert (!self->rendition);

  /* the source first: nothing is pushed any more */
  remove_element (&self->source);
  remove_element (&self->filter);
  remove_element (&self->payloader);
  if (!self->webrtcbin_pad)
    return;

  gst_pad_remove_probe (self->webrtcbin_pad, self->pin);
  gst_rtc_lean_path_remove (webrtcbin, self->webrtcbin_pad);
  gst_clear_object (&self->webrtcbin_pad);
}

/**
 * gst_rtc_track_attach:
 * @rendition: (transfer full): what feeds the track from now on
 */
void
gst_rtc_track_attach (GstRtcTrack * self, GstRtcRendition * rendition)
{
  g_assert (!self->rendition);

  self->rendition = rendition;
  gst_rtc_session_source_attach (GST_RTC_SESSION_SOURCE (self->source),
      gst_rtc_rendition_get_producer (rendition));
}

/**
 * gst_rtc_track_switch:
 * @self: a #GstRtcTrack that is attached
 * @rendition: (transfer full): what feeds it from its next key frame on
 */
void
gst_rtc_track_switch (gpointer self, GstRtcRendition * rendition)
{
  GstRtcTrack *track = self;

  g_object_unref (track->rendition);
  track->rendition = rendition;
  gst_rtc_session_source_attach (GST_RTC_SESSION_SOURCE (track->source),
      gst_rtc_rendition_get_producer (rendition));
}

/**
 * gst_rtc_track_get_rendition:
 *
 * Returns: (nullable): what feeds the track
 */
GstRtcRendition *
gst_rtc_track_get_rendition (GstRtcTrack * self)
{
  return self->rendition;
}

/**
 * gst_rtc_track_set_wanted:
 * @factor: of what it has of an estimate, above which more is of no use
 */
void
gst_rtc_track_set_wanted (GstRtcTrack * self, gdouble factor)
{
  self->wanted = factor;
}

/**
 * gst_rtc_track_get_wanted:
 *
 * Returns: see gst_rtc_track_set_wanted(); 0 if it was never told
 */
gdouble
gst_rtc_track_get_wanted (GstRtcTrack * self)
{
  return self->wanted;
}

/**
 * gst_rtc_track_detach:
 *
 * Returns: (transfer full) (nullable): what fed the track until now
 */
GstRtcRendition *
gst_rtc_track_detach (GstRtcTrack * self)
{
  if (self->source)
    gst_rtc_session_source_detach (GST_RTC_SESSION_SOURCE (self->source));

  return g_steal_pointer (&self->rendition);
}
