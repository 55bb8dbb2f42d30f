/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be received, and which formats of an offer are taken. */

#include "srccodecs.h"

#include <stdlib.h>
#include <string.h>

#include "extmap.h"

/* Some are left for retransmission, which webrtcbin adds to an offer */
#define LAST_PT 112

static const GstRtcSrcCodec codecs[] = {
  {"VP8", TRUE, "video/x-vp8", NULL, FALSE},
  {"H264", TRUE, "video/x-h264", "h264parse", FALSE},
  {"VP9", TRUE, "video/x-vp9", "vp9parse", FALSE},
  {"H265", TRUE, "video/x-h265", "h265parse", FALSE},
  {"AV1", TRUE, "video/x-av1", "av1parse", FALSE},
  {"RAW", TRUE, "video/x-raw", NULL, TRUE},
  {"OPUS", FALSE, "audio/x-opus,channel-mapping-family=(int)0", NULL, FALSE},
  {"MULTIOPUS", FALSE, "audio/x-opus,channel-mapping-family=(int)1", NULL,
      FALSE},
  {"L24", FALSE, "audio/x-raw", NULL, TRUE},
  {"L16", FALSE, "audio/x-raw", NULL, TRUE},
  {"L8", FALSE, "audio/x-raw", NULL, TRUE},
};

/* Header extensions that something here makes use of. What is not accepted is
 * not sent: a phone that may not signal its rotation turns the picture. */
static const gchar *const extensions[] = {
  "urn:ietf:params:rtp-hdrext:sdes:mid",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  GST_RTC_URI_TWCC,
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  NULL
};

/**
 * gst_rtc_src_codec_find:
 * @name: an RTP encoding name, in any case
 *
 * Returns: (nullable): the codec
 */
const GstRtcSrcCodec *
gst_rtc_src_codec_find (const gchar * name)
{
  for (guint i = 0; name && i < G_N_ELEMENTS (codecs); i++) {
    if (g_ascii_strcasecmp (codecs[i].name, name) == 0)
      return &codecs[i];
  }

  return NULL;
}

/**
 * gst_rtc_src_codec_from_caps:
 * @rtp: caps of an RTP stream
 *
 * Returns: (nullable): the codec
 */
const GstRtcSrcCodec *
gst_rtc_src_codec_from_caps (GstCaps * rtp)
{
  const GstStructure *structure;

  if (!rtp || gst_caps_is_any (rtp) || gst_caps_is_empty (rtp))
    return NULL;

  structure = gst_caps_get_structure (rtp, 0);

  return gst_rtc_src_codec_find (gst_structure_get_string (structure,
          "encoding-name"));
}

/* Sorted by rank, for elements that take the caps */
static GList *
list_factories (GstElementFactoryListType type, GstCaps * caps)
{
  GList *all = gst_element_factory_list_get_elements (type, GST_RANK_MARGINAL);
  GList *fitting =
      gst_element_factory_list_filter (all, caps, GST_PAD_SINK, FALSE);

  gst_plugin_feature_list_free (all);

  return g_list_sort (fitting, gst_plugin_feature_rank_compare_func);
}

static gboolean
has_depayloader (GstCaps * rtp)
{
  GList *factories = list_factories (GST_ELEMENT_FACTORY_TYPE_DEPAYLOADER, rtp);
  gboolean found = factories != NULL;

  gst_plugin_feature_list_free (factories);

  return found;
}

/**
 * gst_rtc_src_codec_make_depayloader:
 * @rtp: caps of the RTP stream
 *
 * Returns: (transfer floating) (nullable): its depayloader
 */
GstElement *
gst_rtc_src_codec_make_depayloader (GstCaps * rtp)
{
  GList *factories = list_factories (GST_ELEMENT_FACTORY_TYPE_DEPAYLOADER, rtp);
  GstElement *depayloader = NULL;

  for (GList * l = factories; l && !depayloader; l = l->next)
    depayloader = gst_element_factory_create (l->data, NULL);
  gst_plugin_feature_list_free (factories);

  return depayloader;
}

/**
 * gst_rtc_src_codec_list_decoders:
 *
 * Returns: (transfer full) (element-type GstElementFactory): the decoders,
 *     best first
 */
GList *
gst_rtc_src_codec_list_decoders (const GstRtcSrcCodec * codec)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);

  /* not those that are for video with an alpha channel only */
  gst_caps_set_simple (caps, "codec-alpha", G_TYPE_BOOLEAN, FALSE, NULL);

  return list_factories (GST_ELEMENT_FACTORY_TYPE_DECODER, caps);
}

static gboolean
has_decoder (const GstRtcSrcCodec * codec)
{
  GList *factories;
  gboolean found;

  if (codec->is_raw)
    return TRUE;
  factories = gst_rtc_src_codec_list_decoders (codec);
  found = factories != NULL;
  gst_plugin_feature_list_free (factories);

  return found;
}

static gboolean
is_listed (const gchar * name, const gchar * const *names)
{
  for (; name && *names; names++) {
    if (g_ascii_strcasecmp (*names, name) == 0)
      return TRUE;
  }

  return FALSE;
}

static GstCaps *
get_format_caps (const GstSDPMedia * media, guint i)
{
  const gint pt = atoi (gst_sdp_media_get_format (media, i));
  GstCaps *caps = gst_sdp_media_get_caps_from_media (media, pt);

  if (caps)
    gst_structure_set_name (gst_caps_get_structure (caps, 0),
        "application/x-rtp");

  return caps;
}

static gboolean
is_no_feedback (GQuark field, GValue * value, gpointer unused)
{
  return !g_str_has_prefix (g_quark_to_string (field), "rtcp-");
}

static void
add_extensions (const GstSDPMedia * media, GstStructure * structure)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "extmap", i)); i++) {
    /* ID[/DIRECTION] URI [ATTRIBUTES] (RFC 8285 section 8) */
    g_auto (GStrv) words = g_strsplit (value, " ", 3);
    const guint64 id = g_ascii_strtoull (words[0] ? words[0] : "", NULL, 10);
    g_autofree gchar *field = NULL;

    if (!words[0] || !words[1] || id == 0 || id > 255)
      continue;
    if (!g_strv_contains (extensions, words[1]))
      continue;
    field = g_strdup_printf ("extmap-%u", (guint) id);
    gst_structure_set (structure, field, G_TYPE_STRING, words[1], NULL);
  }
}

static GstCaps *
accept_formats (const GstSDPMedia * media, const gchar * const *names,
    gboolean decodable)
{
  GstCaps *accepted = gst_caps_new_empty ();

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    g_autoptr (GstCaps) caps = get_format_caps (media, i);
    const GstRtcSrcCodec *codec = gst_rtc_src_codec_from_caps (caps);
    GstStructure *structure;

    if (!codec || !is_listed (codec->name, names) || !has_depayloader (caps))
      continue;
    if (decodable && !has_decoder (codec))
      continue;

    structure = gst_caps_get_structure (caps, 0);
    /* what the answer says of feedback comes from the offer */
    gst_structure_filter_and_map_in_place (structure, is_no_feedback, NULL);
    add_extensions (media, structure);
    gst_caps_append (accepted, g_steal_pointer (&caps));
  }

  return accepted;
}

/**
 * gst_rtc_src_codecs_accept:
 * @media: a media of an offer
 * @names: encoding names that are wanted
 *
 * Returns: (transfer full): the codec preferences for the media in the order
 *     of the offer, empty if there is nothing that can be received. A codec
 *     without decoder is only taken when there is no other.
 */
GstCaps *
gst_rtc_src_codecs_accept (const GstSDPMedia * media,
    const gchar * const *names)
{
  GstCaps *accepted = accept_formats (media, names, TRUE);

  if (!gst_caps_is_empty (accepted))
    return accepted;

  gst_caps_unref (accepted);

  return accept_formats (media, names, FALSE);
}

/* What a codec is offered as. Raw video and more than two channels need
 * parameters that only the sender knows. */
static GstCaps *
get_offer_caps (const GstRtcSrcCodec * codec, guint pt)
{
  GstCaps *caps;

  if (g_str_equal (codec->name, "RAW") || g_str_equal (codec->name,
          "MULTIOPUS"))
    return NULL;

  caps = gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      codec->is_video ? "video" : "audio", "encoding-name", G_TYPE_STRING,
      codec->name, "clock-rate", G_TYPE_INT, codec->is_video ? 90000 : 48000,
      "payload", G_TYPE_INT, (gint) pt, "rtcp-fb-transport-cc",
      G_TYPE_BOOLEAN, TRUE, "extmap-1", G_TYPE_STRING, extensions[0],
      "extmap-2", G_TYPE_STRING, GST_RTC_URI_TWCC, NULL);
  if (codec->is_video)
    gst_caps_set_simple (caps, "rtcp-fb-nack-pli", G_TYPE_BOOLEAN, TRUE,
        "rtcp-fb-ccm-fir", G_TYPE_BOOLEAN, TRUE, NULL);
  else
    gst_caps_set_simple (caps, "encoding-params", G_TYPE_STRING, "2", NULL);
  /* constrained baseline, which everybody has (RFC 7742 section 6.2) */
  if (g_str_equal (codec->name, "H264"))
    gst_caps_set_simple (caps, "profile-level-id", G_TYPE_STRING, "42e016",
        "packetization-mode", G_TYPE_STRING, "1", "level-asymmetry-allowed",
        G_TYPE_STRING, "1", NULL);

  return caps;
}

/**
 * gst_rtc_src_codecs_offer:
 * @names: encoding names that are wanted
 * @pt: (inout): the next payload type that is free
 *
 * Returns: (transfer full): what to offer to receive, empty if there is
 *     nothing
 */
GstCaps *
gst_rtc_src_codecs_offer (gboolean is_video, const gchar * const *names,
    guint * pt)
{
  GstCaps *offered = gst_caps_new_empty ();

  for (; *names && *pt < LAST_PT; names++) {
    const GstRtcSrcCodec *codec = gst_rtc_src_codec_find (*names);
    g_autoptr (GstCaps) caps = NULL;

    if (!codec || codec->is_video != is_video || !has_decoder (codec))
      continue;
    caps = get_offer_caps (codec, *pt);
    if (!caps || !has_depayloader (caps))
      continue;
    gst_caps_append (offered, g_steal_pointer (&caps));
    *pt += 1;
  }

  return offered;
}

/**
 * gst_rtc_src_codecs_get_offered:
 *
 * Returns: (transfer full): caps of everything that the media offers
 */
GstCaps *
gst_rtc_src_codecs_get_offered (const GstSDPMedia * media)
{
  GstCaps *offered = gst_caps_new_empty ();

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    GstCaps *caps = get_format_caps (media, i);

    if (caps)
      gst_caps_append (offered, caps);
  }

  return offered;
}

static gboolean
is_in (const gchar * value, const gchar * part)
{
  return value && strstr (value, part) != NULL;
}

/**
 * gst_rtc_src_codecs_has_fec:
 *
 * Returns: whether the media offers RED with ULPFEC (RFC 5109)
 */
gboolean
gst_rtc_src_codecs_has_fec (const GstSDPMedia * media)
{
  gboolean has_red = FALSE;
  gboolean has_ulpfec = FALSE;
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "rtpmap", i)); i++) {
    has_red |= is_in (value, " red/");
    has_ulpfec |= is_in (value, " ulpfec/");
  }

  return has_red && has_ulpfec;
}
