/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Questions to and small changes of session descriptions. Pure: no element,
 * no thread. What comes in was written by a peer and may lie; GstSDP parses
 * it, nothing here searches in its text. */

#include "sdp.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

/* Dynamic payload types (RFC 3551 section 6) */
#define FIRST_DYNAMIC_PT 96
#define LAST_DYNAMIC_PT 127

/* More m-lines than anybody sends on purpose */
#define MAX_MEDIAS 64

G_DEFINE_QUARK (gst_rtc_sdp_error_quark, gst_rtc_sdp_error);

/* Names of RFC 8122 and their GChecksumType; older hashes are refused */
static const struct
{
  const gchar *name;
  GChecksumType type;
} hashes[] = {
  {"sha-256", G_CHECKSUM_SHA256},
  {"sha-384", G_CHECKSUM_SHA384},
  {"sha-512", G_CHECKSUM_SHA512},
};

static gboolean
find_hash (const gchar * name, gsize length, GChecksumType * ret_type)
{
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
    if (strlen (hashes[i].name) == length &&
        g_ascii_strncasecmp (hashes[i].name, name, length) == 0) {
      *ret_type = hashes[i].type;
      return TRUE;
    }
  }

  return FALSE;
}

/**
 * gst_rtc_sdp_media_has:
 * @name: name of an attribute without value, such as `recvonly`
 *
 * The value of such an attribute is %NULL or empty, depending on who made the
 * description, so gst_sdp_media_get_attribute_val() does not tell.
 *
 * Returns: whether the media has it
 */
gboolean
gst_rtc_sdp_media_has (const GstSDPMedia * media, const gchar * name)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    if (g_strcmp0 (gst_sdp_media_get_attribute (media, i)->key, name) == 0)
      return TRUE;
  }

  return FALSE;
}

static gboolean
is_bundled_away (const GstSDPMedia * media)
{
  /* port 0 with bundle-only is not a rejection (RFC 9143 section 6) */
  return gst_rtc_sdp_media_has (media, "bundle-only");
}

/**
 * gst_rtc_sdp_media_is_rejected:
 *
 * Returns: whether the m-line was refused (port 0, RFC 3264 section 6) or is
 *     inactive
 */
gboolean
gst_rtc_sdp_media_is_rejected (const GstSDPMedia * media)
{
  if (gst_sdp_media_get_port (media) == 0 && !is_bundled_away (media))
    return TRUE;

  return gst_rtc_sdp_media_has (media, "inactive");
}

static void
collect_fingerprint (const gchar * value, GPtrArray * found)
{
  const gchar *space = value ? strchr (value, ' ') : NULL;
  GChecksumType type;

  if (space && find_hash (value, space - value, &type))
    g_ptr_array_add (found, g_strdup (value));
}

/**
 * gst_rtc_sdp_get_fingerprints:
 *
 * Returns: (transfer full): the values of all `fingerprint` attributes with
 *     an acceptable hash (RFC 8122 section 5), of the session and of every
 *     media that was not rejected; empty if there is none
 */
GStrv
gst_rtc_sdp_get_fingerprints (const GstSDPMessage * sdp)
{
  GPtrArray *found = g_ptr_array_new ();
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_message_get_attribute_val_n (sdp, "fingerprint", i)); i++)
    collect_fingerprint (value, found);

  for (guint m = 0; m < gst_sdp_message_medias_len (sdp); m++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, m);

    if (gst_sdp_media_get_port (media) == 0 && !is_bundled_away (media))
      continue;
    for (guint i = 0; (value =
            gst_sdp_media_get_attribute_val_n (media, "fingerprint", i)); i++)
      collect_fingerprint (value, found);
  }
  g_ptr_array_add (found, NULL);

  return (GStrv) g_ptr_array_free (found, FALSE);
}

/* "AB:CD" of a fingerprint against "abcd" of a GChecksum */
static gboolean
same_digest (const gchar * fingerprint, const gchar * digest)
{
  for (; *fingerprint; fingerprint++) {
    if (*fingerprint == ':' || *fingerprint == ' ')
      continue;
    if (g_ascii_tolower (*fingerprint) != *digest)
      return FALSE;
    digest++;
  }

  return *digest == '\0';
}

static GBytes *
der_from_pem (const gchar * pem)
{
  static const gchar begin[] = "-----BEGIN CERTIFICATE-----";
  const gchar *start = strstr (pem, begin);
  const gchar *end = strstr (pem, "-----END CERTIFICATE-----");
  g_autofree gchar *base64 = NULL;
  guchar *der;
  gsize size;

  if (!start || !end || end < start)
    return NULL;

  start += strlen (begin);
  base64 = g_strndup (start, end - start);
  der = g_base64_decode (base64, &size);

  return g_bytes_new_take (der, size);
}

/**
 * gst_rtc_sdp_certificate_matches:
 * @pem: the certificate that the peer showed in its DTLS handshake
 * @fingerprints: what its description promised
 *
 * webrtcbin before 1.28 never compares the two (RFC 8827 section 6.5).
 *
 * Returns: whether the certificate is one that was promised
 */
gboolean
gst_rtc_sdp_certificate_matches (const gchar * pem,
    const gchar * const *fingerprints)
{
  g_autoptr (GBytes) der = der_from_pem (pem);

  for (; der && *fingerprints; fingerprints++) {
    const gchar *space = strchr (*fingerprints, ' ');
    g_autofree gchar *digest = NULL;
    GChecksumType type;

    if (!space || !find_hash (*fingerprints, space - *fingerprints, &type))
      continue;
    digest = g_compute_checksum_for_bytes (type, der);
    if (same_digest (space + 1, digest))
      return TRUE;
  }

  return FALSE;
}

static gboolean
media_has_ice (const GstSDPMessage * sdp, const GstSDPMedia * media)
{
  return (gst_sdp_media_get_attribute_val (media, "ice-ufrag") ||
      gst_sdp_message_get_attribute_val (sdp, "ice-ufrag")) &&
      (gst_sdp_media_get_attribute_val (media, "ice-pwd") ||
      gst_sdp_message_get_attribute_val (sdp, "ice-pwd"));
}

static gboolean
media_has_fingerprint (const GstSDPMessage * sdp, const GstSDPMedia * media)
{
  return gst_sdp_media_get_attribute_val (media, "fingerprint") ||
      gst_sdp_message_get_attribute_val (sdp, "fingerprint");
}

/**
 * gst_rtc_sdp_check:
 *
 * What webrtcbin takes for granted and crashes or goes on without.
 *
 * Returns: whether the description can be given to webrtcbin
 */
gboolean
gst_rtc_sdp_check (const GstSDPMessage * sdp, GError ** error)
{
  const guint n_medias = gst_sdp_message_medias_len (sdp);
  g_auto (GStrv) fingerprints = NULL;

  if (n_medias == 0 || n_medias > MAX_MEDIAS) {
    g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
        "The peer's description has %u m-lines", n_medias);
    return FALSE;
  }

  for (guint i = 0; i < n_medias; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (gst_sdp_media_get_port (media) == 0 && !is_bundled_away (media))
      continue;
    if (!media_has_ice (sdp, media) && !is_bundled_away (media)) {
      g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
          "Media %u of the peer's description has no ICE credentials", i);
      return FALSE;
    }
    if (!media_has_fingerprint (sdp, media) && !is_bundled_away (media)) {
      g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_NO_FINGERPRINT,
          "Media %u of the peer's description has no DTLS fingerprint", i);
      return FALSE;
    }
  }

  fingerprints = gst_rtc_sdp_get_fingerprints (sdp);
  if (!fingerprints[0]) {
    g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_NO_FINGERPRINT,
        "The peer's description has no DTLS fingerprint that can be checked");
    return FALSE;
  }

  return TRUE;
}

static void
copy_session_attribute (GstSDPMessage * sdp, GstSDPMedia * media,
    const gchar * name)
{
  const gchar *value = gst_sdp_message_get_attribute_val (sdp, name);

  if (value && !gst_sdp_media_get_attribute_val (media, name))
    gst_sdp_media_add_attribute (media, name, value);
}

static void
remove_session_attribute (GstSDPMessage * sdp, const gchar * name)
{
  for (guint i = gst_sdp_message_attributes_len (sdp); i > 0; i--) {
    const GstSDPAttribute *attribute =
        gst_sdp_message_get_attribute (sdp, i - 1);

    if (g_strcmp0 (attribute->key, name) == 0)
      gst_sdp_message_remove_attribute (sdp, i - 1);
  }
}

/* webrtcbin takes them all, and resolves names */
static void
remove_bad_candidates (GstSDPMedia * media)
{
  for (guint i = gst_sdp_media_attributes_len (media); i > 0; i--) {
    const GstSDPAttribute *attribute =
        gst_sdp_media_get_attribute (media, i - 1);
    g_autofree gchar *text = NULL;

    if (g_strcmp0 (attribute->key, "candidate") != 0)
      continue;
    text = g_strconcat ("candidate:", attribute->value, NULL);
    if (gst_rtc_sdp_classify_candidate (text) != GST_RTC_SDP_CANDIDATE_OK)
      gst_sdp_media_remove_attribute (media, i - 1);
  }
}

/**
 * gst_rtc_sdp_normalise:
 * @sdp: a peer's description that passed gst_rtc_sdp_check()
 *
 * Says the same in the only form that webrtcbin 1.22 takes: `setup` and
 * `fingerprint` on the media level only, a `mid` on each media, and no
 * candidate that it should not get.
 */
void
gst_rtc_sdp_normalise (GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);

    copy_session_attribute (sdp, media, "setup");
    copy_session_attribute (sdp, media, "fingerprint");
    if (!gst_sdp_media_get_attribute_val (media, "mid")) {
      g_autofree gchar *mid = g_strdup_printf ("%u", i);

      gst_sdp_media_add_attribute (media, "mid", mid);
    }
    remove_bad_candidates (media);
  }
  remove_session_attribute (sdp, "setup");
  remove_session_attribute (sdp, "fingerprint");
}

/**
 * gst_rtc_sdp_media_format_name:
 * @pt: a payload type
 * @ret_name: (out): its encoding name, in upper case
 *
 * Returns: whether the media describes that payload type with an `rtpmap`
 *     (RFC 8866 section 6.6)
 */
gboolean
gst_rtc_sdp_media_format_name (const GstSDPMedia * media, gint pt,
    gchar ** ret_name)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "rtpmap", i)); i++) {
    const gchar *space = strchr (value, ' ');
    const gchar *slash = space ? strchr (space, '/') : NULL;

    if (!slash || atoi (value) != pt)
      continue;
    while (*space == ' ')
      space++;
    *ret_name = g_ascii_strup (space, slash - space);
    return TRUE;
  }

  return FALSE;
}

static gboolean
is_auxiliary (const gchar * name)
{
  static const gchar *const auxiliary[] = {
    "RTX", "RED", "ULPFEC", "FLEXFEC-03", "TELEPHONE-EVENT", "CN", NULL
  };

  return g_strv_contains (auxiliary, name);
}

/**
 * gst_rtc_sdp_media_get_chosen_pt:
 * @media: a media of an answer
 * @encoding_name: (out) (optional) (transfer full): a name such as `VP8`
 *
 * Returns: the first format that carries media, which is the one to send
 *     (RFC 3264 section 6.1), or -1
 */
gint
gst_rtc_sdp_media_get_chosen_pt (const GstSDPMedia * media,
    gchar ** encoding_name)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    gint pt = atoi (gst_sdp_media_get_format (media, i));
    g_autofree gchar *name = NULL;

    if (!gst_rtc_sdp_media_format_name (media, pt, &name))
      continue;
    if (is_auxiliary (name))
      continue;
    if (encoding_name)
      *encoding_name = g_steal_pointer (&name);
    return pt;
  }

  return -1;
}

static void
mark_used (gboolean * used, const gchar * text)
{
  const gint pt = atoi (text);

  if (pt >= 0 && pt <= LAST_DYNAMIC_PT)
    used[pt] = TRUE;
}

static void
mark_used_pts (const GstSDPMessage * sdp, gboolean * used)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gchar *map;

    for (guint f = 0; f < gst_sdp_media_formats_len (media); f++)
      mark_used (used, gst_sdp_media_get_format (media, f));
    /* one that is described but not listed is not free either */
    for (guint r = 0; (map =
            gst_sdp_media_get_attribute_val_n (media, "rtpmap", r)); r++)
      mark_used (used, map);
  }
}

static gint
take_free_pt (gboolean * used)
{
  for (gint pt = FIRST_DYNAMIC_PT; pt <= LAST_DYNAMIC_PT; pt++) {
    if (!used[pt]) {
      used[pt] = TRUE;
      return pt;
    }
  }

  return -1;
}

static gboolean
has_rtx_for (const GstSDPMedia * media, gint pt)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "fmtp", i)); i++) {
    const gchar *apt = strstr (value, "apt=");

    if (apt && atoi (apt + strlen ("apt=")) == pt)
      return TRUE;
  }

  return FALSE;
}

static gboolean
media_offers_rtx (const GstSDPMedia * media)
{
  for (guint f = 0; f < gst_sdp_media_formats_len (media); f++) {
    gint pt = atoi (gst_sdp_media_get_format (media, f));
    g_autofree gchar *name = NULL;

    if (gst_rtc_sdp_media_format_name (media, pt, &name) &&
        g_str_equal (name, "RTX"))
      return TRUE;
  }

  return FALSE;
}

static void
add_rtx_format (GstSDPMedia * media, gint pt, gint rtx_pt)
{
  g_autofree gchar *format = g_strdup_printf ("%d", rtx_pt);
  g_autofree gchar *rtpmap = g_strdup_printf ("%d rtx/90000", rtx_pt);
  g_autofree gchar *fmtp = g_strdup_printf ("%d apt=%d", rtx_pt, pt);

  gst_sdp_media_add_format (media, format);
  gst_sdp_media_add_attribute (media, "rtpmap", rtpmap);
  gst_sdp_media_add_attribute (media, "fmtp", fmtp);
}

static gint
get_apt (const GstSDPMedia * media, gint rtx_pt)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "fmtp", i)); i++) {
    const gchar *apt = strstr (value, "apt=");

    if (apt && atoi (value) == rtx_pt)
      return atoi (apt + strlen ("apt="));
  }

  return -1;
}

/* Which payload type retransmits which, in medias that are not to be renewed:
 * the same in the whole bundle */
static void
collect_rtx (const GstSDPMessage * sdp, const gboolean * renewed,
    gint * rtx_pts)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    for (guint f = 0; !renewed[i] && f < gst_sdp_media_formats_len (media); f++) {
      gint rtx_pt = atoi (gst_sdp_media_get_format (media, f));
      gint pt = get_apt (media, rtx_pt);

      if (pt >= 0 && pt <= LAST_DYNAMIC_PT && rtx_pts[pt] == 0)
        rtx_pts[pt] = rtx_pt;
    }
  }
}

static void
remove_described (GstSDPMedia * media, const gchar * name, gint pt)
{
  for (guint i = gst_sdp_media_attributes_len (media); i > 0; i--) {
    const GstSDPAttribute *attribute =
        gst_sdp_media_get_attribute (media, i - 1);

    if (g_strcmp0 (attribute->key, name) == 0 && atoi (attribute->value) == pt)
      gst_sdp_media_remove_attribute (media, i - 1);
  }
}

static void
remove_rtx (GstSDPMedia * media)
{
  for (guint f = gst_sdp_media_formats_len (media); f > 0; f--) {
    gint pt = atoi (gst_sdp_media_get_format (media, f - 1));
    g_autofree gchar *name = NULL;

    if (!gst_rtc_sdp_media_format_name (media, pt, &name) ||
        !g_str_equal (name, "RTX"))
      continue;
    gst_sdp_media_remove_format (media, f - 1);
    remove_described (media, "rtpmap", pt);
    remove_described (media, "fmtp", pt);
    remove_described (media, "rtcp-fb", pt);
  }
}

static void
complete_rtx (GstSDPMedia * media, gboolean * used, gint * rtx_pts)
{
  const guint n_formats = gst_sdp_media_formats_len (media);

  for (guint f = 0; f < n_formats; f++) {
    gint pt = atoi (gst_sdp_media_get_format (media, f));
    g_autofree gchar *name = NULL;

    if (pt < 0 || pt > LAST_DYNAMIC_PT ||
        !gst_rtc_sdp_media_format_name (media, pt, &name) ||
        is_auxiliary (name) || has_rtx_for (media, pt))
      continue;
    if (rtx_pts[pt] == 0)
      rtx_pts[pt] = take_free_pt (used);
    if (rtx_pts[pt] > 0)
      add_rtx_format (media, pt, rtx_pts[pt]);
  }
}

/**
 * gst_rtc_sdp_renew_rtx:
 * @sdp: an offer
 * @renewed: whether each m-line is new in it or has new formats
 *
 * Gives each video format of the renewed m-lines a retransmission (RFC 4588),
 * under the payload type that it has in the others.
 */
void
gst_rtc_sdp_renew_rtx (GstSDPMessage * sdp, const gboolean * renewed)
{
  gboolean used[LAST_DYNAMIC_PT + 1] = { FALSE, };
  gint rtx_pts[LAST_DYNAMIC_PT + 1] = { 0, };

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    if (renewed[i])
      remove_rtx ((GstSDPMedia *) gst_sdp_message_get_media (sdp, i));
  }
  mark_used_pts (sdp, used);
  collect_rtx (sdp, renewed, rtx_pts);
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);

    if (renewed[i] && g_strcmp0 (gst_sdp_media_get_media (media), "video") == 0)
      complete_rtx (media, used, rtx_pts);
  }
}

/**
 * gst_rtc_sdp_add_rtx:
 * @sdp: an offer of webrtcbin's
 *
 * webrtcbin before 1.26 offers retransmission (RFC 4588) for the first format
 * of a media only. Adds it for the others, in every media that has it for
 * one, under payload types that are free in the whole bundle.
 */
void
gst_rtc_sdp_add_rtx (GstSDPMessage * sdp)
{
  gboolean used[LAST_DYNAMIC_PT + 1] = { FALSE, };
  gint rtx_pts[LAST_DYNAMIC_PT + 1] = { 0, };
  const guint n = gst_sdp_message_medias_len (sdp);
  g_autofree gboolean *none = g_new0 (gboolean, n);

  mark_used_pts (sdp, used);
  collect_rtx (sdp, none, rtx_pts);
  for (guint i = 0; i < n; i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);

    if (media_offers_rtx (media))
      complete_rtx (media, used, rtx_pts);
  }
}

/* Forward error correction */

/* Says that header extensions of packets in RED are kept */
#define KEEPS_EXTENSIONS "x-gst-rtc-red"

/**
 * gst_rtc_sdp_media_find_pt:
 * @name: an encoding name, in capitals
 *
 * Returns: the payload type of a format, or -1
 */
gint
gst_rtc_sdp_media_find_pt (const GstSDPMedia * media, const gchar * name)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    const gint pt = atoi (gst_sdp_media_get_format (media, i));
    g_autofree gchar *found = NULL;

    if (gst_rtc_sdp_media_format_name (media, pt, &found) &&
        g_str_equal (found, name))
      return pt;
  }

  return -1;
}

/**
 * gst_rtc_sdp_mark_red:
 * @sdp: a description of a receiver of ours
 *
 * Tells a sender of ours that it can use RED.
 */
void
gst_rtc_sdp_mark_red (GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, i);

    if (gst_rtc_sdp_media_find_pt (media, "RED") >= 0)
      gst_sdp_media_add_attribute (media, KEEPS_EXTENSIONS, "extensions");
  }
}

/* webrtcbin before 1.28 takes the extensions from packets in RED before it
 * corrects them, and so makes something of them that was never sent. It says
 * of itself that it is at 0.0.0.0, as browsers do not. */
static gboolean
drops_extensions (const GstSDPMessage * sdp, const GstSDPMedia * media)
{
  const GstSDPOrigin *origin = gst_sdp_message_get_origin (sdp);

  return g_strcmp0 (origin->username, "-") == 0 &&
      g_strcmp0 (origin->addr, "0.0.0.0") == 0 &&
      !gst_rtc_sdp_media_has (media, KEEPS_EXTENSIONS);
}

/**
 * gst_rtc_sdp_can_use_red:
 * @sdp: a receiver's description
 * @media: one of its m-lines
 *
 * Returns: whether it takes packets in RED with ULPFEC (RFC 5109), and what it
 *     makes of them is what was sent
 */
gboolean
gst_rtc_sdp_can_use_red (const GstSDPMessage * sdp, const GstSDPMedia * media)
{
  return gst_rtc_sdp_media_find_pt (media, "RED") >= 0 &&
      gst_rtc_sdp_media_find_pt (media, "ULPFEC") >= 0 &&
      (!gst_rtc_sdp_media_has (media, "extmap") ||
      !drops_extensions (sdp, media));
}

/**
 * gst_rtc_sdp_classify_candidate:
 * @candidate: an ICE candidate (RFC 8839 section 5.1), with or without `a=`
 *
 * webrtcbin reports nothing about a candidate that it cannot use, resolves
 * names on a thread that it may wait for, and 1.22 does not know the empty
 * end-of-candidates.
 *
 * Returns: whether it can be given to webrtcbin, and if not, why
 */
GstRtcSdpCandidate
gst_rtc_sdp_classify_candidate (const gchar * candidate)
{
  g_auto (GStrv) words = NULL;

  if (g_str_has_prefix (candidate, "a="))
    candidate += strlen ("a=");
  if (*candidate == '\0' || g_str_has_prefix (candidate, "end-of-candidates"))
    return GST_RTC_SDP_CANDIDATE_END;
  if (!g_str_has_prefix (candidate, "candidate:") || strlen (candidate) > 1024)
    return GST_RTC_SDP_CANDIDATE_BAD;

  /* foundation component transport priority address port "typ" type ... */
  words = g_strsplit (candidate, " ", 9);
  if (g_strv_length (words) < 8 || !g_str_equal (words[6], "typ"))
    return GST_RTC_SDP_CANDIDATE_BAD;
  if (!g_ascii_string_to_unsigned (words[5], 10, 0, 65535, NULL, NULL) ||
      !g_ascii_string_to_unsigned (words[1], 10, 1, 256, NULL, NULL) ||
      !g_ascii_string_to_unsigned (words[3], 10, 0, G_MAXUINT32, NULL, NULL))
    return GST_RTC_SDP_CANDIDATE_BAD;
  if (g_str_has_suffix (words[4], ".local"))
    return GST_RTC_SDP_CANDIDATE_LOCAL_NAME;
  if (!g_hostname_is_ip_address (words[4]))
    return GST_RTC_SDP_CANDIDATE_BAD;

  return GST_RTC_SDP_CANDIDATE_OK;
}
