/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The way from what a consumer's path carries to the bitrates of encoders:
 * audio and overhead are taken away, the application has a say in how the rest
 * is divided, and each stream's ladder makes of the shares what it can.
 * Control thread. */

#include "basewebrtcsink-private.h"

#include "allocation.h"
#include "track.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsink_debug);
#define GST_CAT_DEFAULT webrtcsink_debug

/* Only tracks whose bitrate can be steered have a part in it */
static gboolean
has_encoder (GstRtcTrack * track)
{
  const GstRtcCodec *codec = gst_rtc_track_get_codec (track);

  return codec && codec->kind == GST_RTC_MEDIA_VIDEO &&
      gst_rtc_track_get_rendition (track) &&
      gst_rtc_rendition_encodes (gst_rtc_track_get_rendition (track));
}

static guint
count_encoders (GPtrArray * tracks)
{
  guint n = 0;

  for (guint i = 0; i < tracks->len; i++)
    n += has_encoder (g_ptr_array_index (tracks, i));

  return n;
}

static GstStructure *
divide (GPtrArray * tracks, gint each)
{
  GstStructure *bitrates =
      gst_structure_new_empty ("webrtcsink/encoder-bitrates");

  for (guint i = 0; i < tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (tracks, i);

    if (has_encoder (track))
      gst_structure_set (bitrates,
          GST_OBJECT_NAME (gst_rtc_track_get_pad (track)), G_TYPE_INT, each,
          NULL);
  }

  return bitrates;
}

static GstRtcShareWorth
worth_of (GstRtcGccLimit limit)
{
  switch (limit) {
    case GST_RTC_GCC_LIMIT_APPLICATION:
      return GST_RTC_SHARE_AT_LEAST;
    case GST_RTC_GCC_LIMIT_NETWORK:
      return GST_RTC_SHARE_MEASURED;
    default:
      return GST_RTC_SHARE_UNKNOWN;
  }
}

static void
tell_ladder (GstRtcTrack * track, const GstStructure * bitrates, gint each,
    GstRtcShareWorth worth)
{
  GstRtcSinkPad *pad = gst_rtc_track_get_pad (track);
  gint share = each;

  /* what the application left out or spoiled is as it was */
  if (bitrates && (!gst_structure_get_int (bitrates, GST_OBJECT_NAME (pad),
              &share) || share < 0))
    share = each;
  gst_rtc_ladder_set_share (gst_rtc_input_stream_get_ladder
      (gst_rtc_sink_pad_get_stream (pad)), track, share,
      gst_rtc_allocation_get_worth (share, each, worth));
}

/**
 * gst_rtc_base_sink_take_estimate:
 * @report: of the path to the session's consumer
 *
 * Thread: control
 */
void
gst_rtc_base_sink_take_estimate (GstElement * element,
    GstRtcSinkSession * session, const GstRtcGccReport * report)
{
  GPtrArray *tracks = gst_rtc_sink_session_get_tracks (session);
  const GstRtcAllocation allocation = { report->estimate, report->audio,
    report->retransmission, report->packets, count_encoders (tracks),
    gst_rtc_sink_session_get_fec_percentage (session)
  };
  const gint overall = MIN (gst_rtc_allocation_get_video (&allocation),
      G_MAXINT);
  const gchar *peer_id =
      gst_rtc_session_get_peer_id (GST_RTC_SESSION (session));
  g_autoptr (GstStructure) bitrates = NULL;
  g_autoptr (GstStructure) defined = NULL;
  gint each;

  if (allocation.n_video == 0)
    return;

  each = overall / allocation.n_video;
  bitrates = divide (tracks, each);
  g_signal_emit (element, gst_rtc_base_sink_signals
      [GST_RTC_BASE_SINK_DEFINE_ENCODER_BITRATES], 0, peer_id, overall,
      bitrates, &defined);
  GST_LOG_OBJECT (element, "consumer %s: %" G_GUINT64_FORMAT " bit/s, %d for "
      "video (%s)", peer_id, report->estimate, overall,
      report->limit == GST_RTC_GCC_LIMIT_NETWORK ? "measured" : "at least");

  /* an application may have ended the session from within its handler */
  for (guint i = 0; i < tracks->len; i++) {
    GstRtcTrack *track = g_ptr_array_index (tracks, i);

    if (has_encoder (track))
      tell_ladder (track, defined, each, worth_of (report->limit));
  }
}

/**
 * gst_rtc_base_sink_get_ladder_rates:
 * @rates: (out): what the properties say
 *
 * Thread: control
 */
void
gst_rtc_base_sink_get_ladder_rates (GstRtcBaseSink * self,
    GstRtcLadderRates * rates)
{
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);

  rates->adaptive = settings->congestion_control !=
      GST_RTC_CONGESTION_CONTROL_DISABLED;
  rates->shared = settings->encoder_sharing == GST_RTC_ENCODER_SHARING_SHARED;
  rates->max_rungs = settings->max_renditions;
  rates->min = settings->min_bitrate;
  rates->max = settings->max_bitrate;
}
