/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Answers to what a consumer offers: which of its formats we send, and how the
 * answer says so. Pure.
 *
 * webrtcbin 1.22 matches transceivers to m-lines by their formats, loses count
 * when an m-line has none that it knows, and copies what the offer says of
 * feedback and header extensions into its answer. So it is given an offer in
 * which every m-line is one that it can deal with, and what it makes of media
 * is written anew.
 */

#include "answer.h"

#include <gst/pbutils/pbutils.h>
#include <stdlib.h>
#include <string.h>

#include "profiles.h"
#include "sdp.h"
#include "sdpedit.h"

/* Fields of formats that have to be in the answer as they were offered */
static const gchar *const echoed[] = {
  "profile-level-id", "packetization-mode", "level-asymmetry-allowed",
  "profile-id", "level-id", "tier-flag", "profile", "level-idx", "tier", NULL
};

/* Feedback that a sender of ours understands */
static const gchar *const feedbacks[] = {
  "rtcp-fb-nack-pli", "rtcp-fb-ccm-fir", "rtcp-fb-transport-cc", NULL
};

/* Encoders that say "baseline" use nothing that constrained baseline has not. */
static const gchar *
get_needed_profile (const gchar * profile)
{
  if (!profile || g_str_equal (profile, "baseline"))
    return "constrained-baseline";

  return profile;
}

static gboolean
parse_profile_level_id (const gchar * text, guint8 * bytes)
{
  guint64 value;

  if (!text || strlen (text) != 6 ||
      !g_ascii_string_to_unsigned (text, 16, 0, 0xffffff, &value, NULL))
    return FALSE;

  bytes[0] = value >> 16;
  bytes[1] = value >> 8;
  bytes[2] = value;

  return TRUE;
}

static gboolean
fits_level (const GstStructure * offered, const gchar * level,
    const guint8 * bytes)
{
  const gchar *asymmetry =
      gst_structure_get_string (offered, "level-asymmetry-allowed");

  if (!level || g_strcmp0 (asymmetry, "1") == 0)
    return TRUE;

  return gst_codec_utils_h264_get_level_idc (level) <= bytes[2];
}

/* What we encode is constrained baseline unless another profile was asked for,
 * at a level that its encoder chooses. */
static gint
score_h264 (const GstRtcCodec * codec, const GstStructure * offered,
    GstCaps * input)
{
  const GstStructure *stream = gst_caps_get_structure (input, 0);
  const gboolean raw = gst_rtc_caps_are_raw (input);
  const gchar *encoded = codec->profile ? codec->profile :
      "constrained-baseline";
  const gchar *profile = raw ? encoded : gst_structure_get_string (stream,
      "profile");
  const gchar *level = raw ? codec->level : gst_structure_get_string (stream,
      "level");
  const gchar *mode = gst_structure_get_string (offered, "packetization-mode");
  gint score = g_strcmp0 (mode, "1") == 0 ? 3 : 1;
  guint8 bytes[3];
  const gchar *decoded;

  /* GStreamer's peers leave it out */
  if (!gst_structure_has_field (offered, "profile-level-id"))
    return score;
  if (!parse_profile_level_id (gst_structure_get_string (offered,
              "profile-level-id"), bytes))
    return 0;
  decoded = gst_codec_utils_h264_get_profile (bytes, 3);
  if (!decoded || !fits_level (offered, level, bytes) ||
      gst_rtc_profile_is_above ("H264", get_needed_profile (profile), decoded))
    return 0;
  if (g_str_equal (decoded, get_needed_profile (profile)))
    score++;

  return score;
}

/* general_profile_idc (RFC 7798 section 7.1) */
static gint
score_h265 (const GstRtcCodec * codec, const GstStructure * offered,
    GstCaps * input)
{
  const gchar *id = gst_structure_get_string (offered, "profile-id");
  const gchar *profile = gst_rtc_caps_are_raw (input) ? codec->profile :
      gst_structure_get_string (gst_caps_get_structure (input, 0), "profile");

  if (!profile || g_str_equal (profile, "main"))
    return 1;
  if (g_str_equal (profile, "main-10"))
    return g_strcmp0 (id, "2") == 0 ? 1 : 0;

  return 0;
}

static gint
score_vp9 (const GstStructure * offered, GstCaps * input)
{
  const gchar *offered_profile =
      gst_structure_get_string (offered, "profile-id");
  const gchar *profile = gst_rtc_caps_are_raw (input) ? NULL :
      gst_structure_get_string (gst_caps_get_structure (input, 0), "profile");

  return g_strcmp0 (offered_profile ? offered_profile : "0",
      profile ? profile : "0") == 0 ? 1 : 0;
}

/* Audio that is sent as it is: nothing converts its rate or channels */
static gint
score_raw (const GstRtcCodec * codec, const GstStructure * offered,
    GstCaps * input, gint clock_rate)
{
  g_autoptr (GstCaps) raw = gst_rtc_codec_get_raw_caps (codec, input);
  const gchar *params = gst_structure_get_string (offered, "encoding-params");
  const GstStructure *ours;
  gint rate = 0;
  gint channels = 0;

  if (codec->kind == GST_RTC_MEDIA_VIDEO || !raw || !gst_caps_is_fixed (raw))
    return 0;
  ours = gst_caps_get_structure (raw, 0);
  gst_structure_get_int (ours, "rate", &rate);
  gst_structure_get_int (ours, "channels", &channels);

  return rate == clock_rate && channels == (params ? atoi (params) : 1);
}

static gint
score_format (const GstRtcCodec * codec, const GstStructure * offered,
    GstCaps * input)
{
  gint clock_rate = 0;

  gst_structure_get_int (offered, "clock-rate", &clock_rate);
  if (codec->is_raw)
    return score_raw (codec, offered, input, clock_rate);
  if (clock_rate != codec->clock_rate)
    return 0;
  if (gst_rtc_codec_is (codec, "H264"))
    return score_h264 (codec, offered, input);
  if (gst_rtc_codec_is (codec, "H265"))
    return score_h265 (codec, offered, input);
  if (gst_rtc_codec_is (codec, "VP9"))
    return score_vp9 (offered, input);

  return 1;
}

/**
 * gst_rtc_answer_get_format:
 * @pt: a payload type
 *
 * Returns: (transfer full) (nullable): RTP caps of a format, with its parameters
 *     as they were written
 */
GstCaps *
gst_rtc_answer_get_format (const GstSDPMedia * offered, gint pt)
{
  GstCaps *caps = gst_sdp_media_get_caps_from_media (offered, pt);
  GstStructure *structure = caps ? gst_caps_get_structure (caps, 0) : NULL;

  for (guint i = 0; caps && echoed[i]; i++) {
    g_autofree gchar *value =
        gst_rtc_sdp_media_dup_parameter (offered, pt, echoed[i]);

    if (value)
      gst_structure_set (structure, echoed[i], G_TYPE_STRING, value, NULL);
    else
      gst_structure_remove_field (structure, echoed[i]);
  }

  return caps;
}

static gint
find_format (const GstSDPMedia * offered, const GstRtcCodec * codec,
    GstCaps * input, GstCaps ** ret_caps)
{
  gint best = 0;
  gint best_pt = -1;

  for (guint i = 0; i < gst_sdp_media_formats_len (offered); i++) {
    const gint pt = atoi (gst_sdp_media_get_format (offered, i));
    g_autofree gchar *name = NULL;
    g_autoptr (GstCaps) caps = NULL;
    gint score;

    if (!gst_rtc_sdp_media_format_name (offered, pt, &name) ||
        !gst_rtc_codec_is (codec, name))
      continue;
    caps = gst_rtc_answer_get_format (offered, pt);
    score = caps ? score_format (codec, gst_caps_get_structure (caps, 0),
        input) : 0;
    if (score <= best)
      continue;
    best = score;
    best_pt = pt;
    gst_caps_replace (ret_caps, caps);
  }

  return best_pt;
}

static gint
find_retransmission (const GstSDPMedia * offered, gint pt)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (offered); i++) {
    const gint rtx_pt = atoi (gst_sdp_media_get_format (offered, i));
    g_autofree gchar *name = NULL;
    g_autoptr (GstCaps) caps = NULL;
    const gchar *apt;

    if (!gst_rtc_sdp_media_format_name (offered, rtx_pt, &name) ||
        !g_str_equal (name, "RTX"))
      continue;
    caps = gst_sdp_media_get_caps_from_media (offered, rtx_pt);
    apt = caps ? gst_structure_get_string (gst_caps_get_structure (caps, 0),
        "apt") : NULL;
    if (apt && atoi (apt) == pt)
      return rtx_pt;
  }

  return -1;
}

static void
echo_fields (GstStructure * ours, const GstStructure * offered)
{
  for (guint i = 0; echoed[i]; i++) {
    const gchar *value = gst_structure_get_string (offered, echoed[i]);

    if (value)
      gst_structure_set (ours, echoed[i], G_TYPE_STRING, value, NULL);
    else
      gst_structure_remove_field (ours, echoed[i]);
  }
}

static void
agree_on_feedback (GstStructure * ours, const GstStructure * offered,
    gboolean retransmission)
{
  for (guint i = 0; feedbacks[i]; i++) {
    if (gst_structure_has_field (offered, feedbacks[i]))
      gst_structure_set (ours, feedbacks[i], G_TYPE_BOOLEAN, TRUE, NULL);
    else
      gst_structure_remove_field (ours, feedbacks[i]);
  }
  if (retransmission)
    gst_structure_set (ours, "rtcp-fb-nack", G_TYPE_BOOLEAN, TRUE, NULL);
}

/**
 * gst_rtc_answer_agree:
 * @rtp: RTP caps of the format that was chosen, as we would offer it
 *
 * Makes them what the answer says of it.
 */
void
gst_rtc_answer_agree (GstStructure * rtp, const GstRtcChoice * choice)
{
  const GstStructure *offered = gst_caps_get_structure (choice->offered, 0);

  echo_fields (rtp, offered);
  agree_on_feedback (rtp, offered, choice->rtx_pt >= 0);
}

/**
 * gst_rtc_answer_get_rtx:
 *
 * Returns: (transfer full) (nullable): the format of its retransmission
 */
GstStructure *
gst_rtc_answer_get_rtx (const GstRtcChoice * choice)
{
  g_autofree gchar *apt = g_strdup_printf ("%d", choice->payload.pt);

  if (choice->rtx_pt < 0)
    return NULL;

  return gst_structure_new ("application/x-rtp", "media", G_TYPE_STRING,
      "video", "encoding-name", G_TYPE_STRING, "rtx", "payload", G_TYPE_INT,
      choice->rtx_pt, "clock-rate", G_TYPE_INT, 90000, "apt", G_TYPE_STRING,
      apt, NULL);
}

static void
append_format (GstCaps * description, const gchar * name, gint pt)
{
  gst_caps_append_structure (description,
      gst_structure_new ("application/x-rtp", "media", G_TYPE_STRING, "video",
          "encoding-name", G_TYPE_STRING, name, "payload", G_TYPE_INT, pt,
          "clock-rate", G_TYPE_INT, 90000, NULL));
}

/**
 * gst_rtc_answer_add_fec:
 * @description: what is to be in the m-line of the answer
 * @offered: the m-line of the offer, with RED and ULPFEC
 * @retransmission: whether it is wanted
 */
void
gst_rtc_answer_add_fec (GstCaps * description, const GstSDPMedia * offered,
    gboolean retransmission)
{
  const gint red_pt = gst_rtc_sdp_media_find_pt (offered, "RED");
  const gint rtx_pt = find_retransmission (offered, red_pt);
  g_autofree gchar *apt = g_strdup_printf ("%d", red_pt);

  append_format (description, "red", red_pt);
  append_format (description, "ulpfec", gst_rtc_sdp_media_find_pt (offered,
          "ULPFEC"));
  if (!retransmission || rtx_pt < 0)
    return;
  append_format (description, "rtx", rtx_pt);
  gst_structure_set (gst_caps_get_structure (description,
          gst_caps_get_size (description) - 1), "apt", G_TYPE_STRING, apt,
      NULL);
}

static gboolean
wants_to_receive (const GstSDPMedia * offered)
{
  const gchar *direction = gst_rtc_sdp_media_get_direction (offered);

  return g_str_equal (direction, "recvonly") ||
      g_str_equal (direction, "sendrecv");
}

/**
 * gst_rtc_answer_choose:
 * @offered: a media of the consumer's offer
 * @payloads: (element-type GstRtcPayload): what we can make of the input, in
 *     our order of preference
 * @input: fixed caps of the input
 * @retransmission: whether we want it
 * @ret_choice: (out): what to answer
 *
 * Returns: whether there is anything that we can send and the consumer takes
 */
gboolean
gst_rtc_answer_choose (const GstSDPMedia * offered, GArray * payloads,
    GstCaps * input, gboolean retransmission, GstRtcChoice * ret_choice)
{
  if (!wants_to_receive (offered))
    return FALSE;

  for (guint i = 0; i < payloads->len; i++) {
    GstRtcPayload payload = g_array_index (payloads, GstRtcPayload, i);
    GstCaps *format = NULL;

    payload.pt = find_format (offered, payload.codec, input, &format);
    if (payload.pt < 0)
      continue;
    ret_choice->payload = payload;
    ret_choice->offered = format;
    ret_choice->rtx_pt = -1;
    if (retransmission && payload.codec->kind == GST_RTC_MEDIA_VIDEO)
      ret_choice->rtx_pt = find_retransmission (offered, payload.pt);
    return TRUE;
  }

  return FALSE;
}

/* The offer, as webrtcbin gets it */

static gboolean
has_known_format (const GstSDPMedia * media)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    const gint pt = atoi (gst_sdp_media_get_format (media, i));
    g_autofree gchar *name = NULL;

    if (gst_rtc_sdp_media_format_name (media, pt, &name))
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_data_channel (const GstSDPMedia * media)
{
  return g_strcmp0 (gst_sdp_media_get_media (media), "application") == 0 &&
      gst_sdp_media_formats_len (media) == 1 &&
      g_strcmp0 (gst_sdp_media_get_format (media, 0),
      "webrtc-datachannel") == 0 &&
      gst_sdp_media_get_attribute_val (media, "sctp-port");
}

/**
 * gst_rtc_answer_is_usable:
 * @offer: a consumer's offer
 *
 * Returns: whether webrtcbin can do anything with that m-line
 */
gboolean
gst_rtc_answer_is_usable (const GstSDPMessage * offer, guint mline)
{
  const GstSDPMedia *media = gst_sdp_message_get_media (offer, mline);
  const gchar *kind = gst_sdp_media_get_media (media);

  if (gst_rtc_sdp_media_is_dead (media))
    return FALSE;
  if (is_data_channel (media)) {
    /* one for all channels (RFC 8841 section 6) */
    for (guint i = 0; i < mline; i++) {
      if (is_data_channel (gst_sdp_message_get_media (offer, i)))
        return FALSE;
    }
    return TRUE;
  }

  return (g_strcmp0 (kind, "audio") == 0 || g_strcmp0 (kind, "video") == 0) &&
      has_known_format (media);
}

static void
become_placeholder (GstSDPMedia * media, const GstSDPMedia * model)
{
  static const gchar *const transport[] = {
    "ice-ufrag", "ice-pwd", "fingerprint", "setup", NULL
  };
  g_autoptr (GstCaps) nothing = gst_caps_new_simple ("application/x-rtp",
      "media", G_TYPE_STRING, "video", "encoding-name", G_TYPE_STRING, "VP8",
      "payload", G_TYPE_INT, 96, "clock-rate", G_TYPE_INT, 90000, NULL);
  g_autofree gchar *mid =
      g_strdup (gst_sdp_media_get_attribute_val (media, "mid"));

  while (gst_sdp_media_attributes_len (media) > 0)
    gst_sdp_media_remove_attribute (media, 0);
  gst_sdp_media_add_attribute (media, "mid", mid);
  gst_sdp_media_add_attribute (media, "rtcp-mux", "");
  for (guint i = 0; transport[i]; i++) {
    const gchar *value = gst_sdp_media_get_attribute_val (model, transport[i]);

    if (value)
      gst_sdp_media_add_attribute (media, transport[i], value);
  }
  gst_sdp_media_set_proto (media, "UDP/TLS/RTP/SAVPF");
  gst_sdp_media_set_port_info (media, 9, 1);
  gst_rtc_sdp_media_set_formats (media, nothing);
  gst_rtc_sdp_media_set_direction (media, "inactive");
}

/**
 * gst_rtc_answer_prepare_offer:
 * @offer: a normalised offer
 *
 * Puts an inactive m-line in the place of each that webrtcbin can do nothing
 * with.
 *
 * Returns: whether there is one that it can do something with
 */
gboolean
gst_rtc_answer_prepare_offer (GstSDPMessage * offer)
{
  const guint n = gst_sdp_message_medias_len (offer);
  g_autofree gboolean *usable = g_new0 (gboolean, n);
  const GstSDPMedia *model = NULL;

  for (guint i = 0; i < n; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (offer, i);

    usable[i] = gst_rtc_answer_is_usable (offer, i);
    if (!model && !gst_rtc_sdp_media_is_dead (media) &&
        gst_sdp_media_get_attribute_val (media, "ice-pwd"))
      model = media;
  }
  for (guint i = 0; model && i < n; i++) {
    if (!usable[i] && gst_sdp_message_get_media (offer, i) != model)
      become_placeholder (gst_rtc_sdp_edit_media (offer, i), model);
  }
  for (guint i = 0; model && i < n; i++) {
    GstSDPMedia *media = gst_rtc_sdp_edit_media (offer, i);

    if (!usable[i] && media == model) {
      GstSDPMedia *copy;

      gst_sdp_media_copy (media, &copy);
      become_placeholder (media, copy);
      gst_sdp_media_free (copy);
    }
  }

  for (guint i = 0; i < n; i++) {
    if (usable[i])
      return TRUE;
  }

  return FALSE;
}

/* The answer */

static gboolean
has_source (const GstSDPMedia * media, guint64 ssrc)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "ssrc", i)); i++) {
    if (g_ascii_strtoull (value, NULL, 10) == ssrc)
      return TRUE;
  }

  return FALSE;
}

/* webrtcbin copies them into its answer */
static void
remove_sources_of (GstSDPMedia * media, const GstSDPMedia * offered)
{
  for (guint i = gst_sdp_media_attributes_len (media); i > 0; i--) {
    const GstSDPAttribute *attribute =
        gst_sdp_media_get_attribute (media, i - 1);
    const gchar *number = attribute->value;

    if (g_strcmp0 (attribute->key, "ssrc-group") == 0)
      number = strchr (number, ' ');
    else if (g_strcmp0 (attribute->key, "ssrc") != 0)
      continue;
    if (number && has_source (offered, g_ascii_strtoull (number, NULL, 10)))
      gst_sdp_media_remove_attribute (media, i - 1);
  }
}

/**
 * gst_rtc_answer_write_media:
 * @media: what webrtcbin made of the m-line
 * @offered: the same m-line of the offer
 * @formats: (nullable): what was chosen; %NULL if we send nothing
 */
void
gst_rtc_answer_write_media (GstSDPMedia * media, const GstSDPMedia * offered,
    GstCaps * formats)
{
  remove_sources_of (media, offered);
  if (formats) {
    gst_rtc_sdp_media_set_formats (media, formats);
    gst_rtc_sdp_media_answer_reduced_size (media, offered);
  } else {
    gst_rtc_sdp_media_remove (media, "extmap");
    gst_rtc_sdp_media_set_direction (media, "inactive");
  }
}

static void
reject (GstSDPMedia * media, const GstSDPMedia * offered)
{
  g_autofree gchar *mid =
      g_strdup (gst_sdp_media_get_attribute_val (media, "mid"));

  while (gst_sdp_media_attributes_len (media) > 0)
    gst_sdp_media_remove_attribute (media, 0);
  while (gst_sdp_media_formats_len (media) > 0)
    gst_sdp_media_remove_format (media, 0);
  gst_sdp_media_set_media (media, gst_sdp_media_get_media (offered));
  gst_sdp_media_set_proto (media, gst_sdp_media_get_proto (offered));
  gst_sdp_media_set_port_info (media, 0, 1);
  for (guint i = 0; i < gst_sdp_media_formats_len (offered); i++)
    gst_sdp_media_add_format (media, gst_sdp_media_get_format (offered, i));
  if (mid)
    gst_sdp_media_add_attribute (media, "mid", mid);
  gst_sdp_media_add_attribute (media, "inactive", "");
}

/**
 * gst_rtc_answer_reject_unusable:
 * @answer: an answer that goes to the consumer
 * @offer: what the consumer sent, normalised
 *
 * Rejects what gst_rtc_answer_prepare_offer() took out of the offer (RFC 3264
 * section 6), also from the bundle (RFC 9143 section 7.3.3).
 */
void
gst_rtc_answer_reject_unusable (GstSDPMessage * answer,
    const GstSDPMessage * offer)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (offer); i++) {
    if (!gst_rtc_answer_is_usable (offer, i))
      reject (gst_rtc_sdp_edit_media (answer, i),
          gst_sdp_message_get_media (offer, i));
  }
  gst_rtc_sdp_unbundle_rejected (answer);
}
