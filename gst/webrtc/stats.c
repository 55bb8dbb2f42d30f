/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What `stats` says of a consumer besides what its webrtcbin knows: the
 * encoders that work for it, and who shares them. */

#include "stats.h"

#define ENCODERS "video-encoders"

GstStructure *
gst_rtc_stats_new_consumer (void)
{
  GstStructure *consumer =
      gst_structure_new_empty ("application/x-webrtcsink-consumer-stats");
  GValue none = G_VALUE_INIT;

  g_value_init (&none, GST_TYPE_ARRAY);
  gst_structure_take_value (consumer, ENCODERS, &none);

  return consumer;
}

static GstStructure *
describe_encoder (GstRtcRendition * rendition, const gchar * pad_name,
    guint fec_percentage)
{
  const GstRtcCodec *codec = gst_rtc_rendition_get_codec (rendition);
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);

  return gst_structure_new ("application/x-webrtcsink-video-encoder-stats",
      "bitrate", G_TYPE_INT, (gint) gst_rtc_rendition_get_bitrate (rendition),
      "mitigation-mode", GST_RTC_TYPE_MITIGATION_MODE,
      gst_rtc_rendition_get_mitigation (rendition), "codec-name",
      G_TYPE_STRING, gst_structure_get_name (gst_caps_get_structure (caps, 0)),
      "fec-percentage", G_TYPE_UINT, fec_percentage, "pad", G_TYPE_STRING,
      pad_name, "rendition", G_TYPE_STRING,
      gst_rtc_rendition_get_name (rendition), "consumers", G_TYPE_UINT,
      gst_rtc_rendition_get_n_users (rendition), NULL);
}

/**
 * gst_rtc_stats_add_rendition:
 * @consumer: made by gst_rtc_stats_new_consumer()
 * @rendition: what feeds one of its tracks
 * @pad_name: name of the sink pad
 * @fec_percentage: of its transceiver
 *
 * Adds an entry, unless nothing is encoded there.
 *
 * Thread: control
 */
void
gst_rtc_stats_add_rendition (GstStructure * consumer,
    GstRtcRendition * rendition, const gchar * pad_name, guint fec_percentage)
{
  const GValue *known = gst_structure_get_value (consumer, ENCODERS);
  GValue all = G_VALUE_INIT;
  GValue item = G_VALUE_INIT;

  if (!gst_rtc_rendition_encodes (rendition))
    return;

  g_value_init (&all, GST_TYPE_ARRAY);
  g_value_copy (known, &all);
  g_value_init (&item, GST_TYPE_STRUCTURE);
  g_value_take_boxed (&item, describe_encoder (rendition, pad_name,
          fec_percentage));
  gst_value_array_append_and_take_value (&all, &item);
  gst_structure_take_value (consumer, ENCODERS, &all);
}
