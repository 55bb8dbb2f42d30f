/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes of session descriptions: formats and directions of a media, and
 * bundles. Pure, like sdp.c, which asks questions. */

#include "sdpedit.h"

#include <stdlib.h>
#include <string.h>

#include "sdp.h"

static const gchar *const directions[] = {
  "sendrecv", "sendonly", "recvonly", "inactive", NULL
};

GstSDPMedia *
gst_rtc_sdp_edit_media (GstSDPMessage * sdp, guint mline)
{
  return (GstSDPMedia *) gst_sdp_message_get_media (sdp, mline);
}

/**
 * gst_rtc_sdp_media_remove:
 *
 * Removes all attributes of that name.
 */
void
gst_rtc_sdp_media_remove (GstSDPMedia * media, const gchar * name)
{
  for (guint i = gst_sdp_media_attributes_len (media); i > 0; i--) {
    if (g_strcmp0 (gst_sdp_media_get_attribute (media, i - 1)->key, name) == 0)
      gst_sdp_media_remove_attribute (media, i - 1);
  }
}

void
gst_rtc_sdp_media_replace (GstSDPMedia * media, const gchar * name,
    const gchar * value)
{
  gst_rtc_sdp_media_remove (media, name);
  gst_sdp_media_add_attribute (media, name, value);
}

void
gst_rtc_sdp_media_set_direction (GstSDPMedia * media, const gchar * direction)
{
  for (guint i = 0; directions[i]; i++)
    gst_rtc_sdp_media_remove (media, directions[i]);
  gst_sdp_media_add_attribute (media, direction, "");
}

/**
 * gst_rtc_sdp_media_get_direction:
 *
 * Returns: the direction, which is `sendrecv` where none is given (RFC 8866
 *     section 6.7)
 */
const gchar *
gst_rtc_sdp_media_get_direction (const GstSDPMedia * media)
{
  for (guint i = 0; directions[i]; i++) {
    if (gst_rtc_sdp_media_has (media, directions[i]))
      return directions[i];
  }

  return "sendrecv";
}

static void
remove_formats (GstSDPMedia * media)
{
  static const gchar *const described[] = {
    "rtpmap", "fmtp", "rtcp-fb", "extmap", NULL
  };

  while (gst_sdp_media_formats_len (media) > 0)
    gst_sdp_media_remove_format (media, 0);
  for (guint i = 0; described[i]; i++)
    gst_rtc_sdp_media_remove (media, described[i]);
}

static gboolean
is_extension (GQuark field, GValue * value, gpointer data)
{
  return !g_str_has_prefix (g_quark_to_string (field), "extmap-");
}

/**
 * gst_rtc_sdp_media_set_formats:
 * @formats: RTP caps, a structure for each format, in order of preference
 *
 * Replaces the formats of the media and all that describes them. Header
 * extensions are those of the first format: they belong to the media.
 */
void
gst_rtc_sdp_media_set_formats (GstSDPMedia * media, GstCaps * formats)
{
  remove_formats (media);

  for (guint i = 0; i < gst_caps_get_size (formats); i++) {
    GstStructure *structure =
        gst_structure_copy (gst_caps_get_structure (formats, i));
    g_autoptr (GstCaps) format = NULL;

    if (i > 0)
      gst_structure_filter_and_map_in_place (structure, is_extension, NULL);
    format = gst_caps_new_full (structure, NULL);
    gst_sdp_media_set_media_from_caps (format, media);
  }
}

static gchar *
find_parameter (const gchar * parameters, const gchar * name)
{
  g_auto (GStrv) all = g_strsplit (parameters, ";", -1);
  const gsize length = strlen (name);

  for (guint i = 0; all[i]; i++) {
    const gchar *text = g_strstrip (all[i]);

    if (g_ascii_strncasecmp (text, name, length) == 0 && text[length] == '=')
      return g_strdup (text + length + 1);
  }

  return NULL;
}

/**
 * gst_rtc_sdp_media_dup_parameter:
 * @pt: a payload type
 * @name: of a parameter of the format
 *
 * Returns: (transfer full) (nullable): its value as it is in the `fmtp`.
 *     gst_sdp_media_get_caps_from_media() translates some of them
 */
gchar *
gst_rtc_sdp_media_dup_parameter (const GstSDPMedia * media, gint pt,
    const gchar * name)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "fmtp", i)); i++) {
    const gchar *space = strchr (value, ' ');

    if (space && atoi (value) == pt)
      return find_parameter (space + 1, name);
  }

  return NULL;
}

/**
 * gst_rtc_sdp_media_answer_reduced_size:
 * @media: of our answer
 * @offered: the same m-line of the offer
 *
 * Takes packets of RTCP that are feedback only (RFC 5506 section 5), which
 * webrtcbin offers and does not answer. Without, each feedback brings a report
 * and a description of the source with it.
 *
 * Thread: any
 */
void
gst_rtc_sdp_media_answer_reduced_size (GstSDPMedia * media,
    const GstSDPMedia * offered)
{
  if (gst_rtc_sdp_media_has (offered, "rtcp-rsize"))
    gst_rtc_sdp_media_replace (media, "rtcp-rsize", "");
}

/**
 * gst_rtc_sdp_media_get_extension:
 * @uri: of a header extension
 *
 * Returns: its id (RFC 8285 section 5) if the media has it and its author does
 *     not mean to be the only one who sends it, else 0
 */
gint
gst_rtc_sdp_media_get_extension (const GstSDPMedia * media, const gchar * uri)
{
  const gchar *value;

  for (guint i = 0; (value =
          gst_sdp_media_get_attribute_val_n (media, "extmap", i)); i++) {
    g_auto (GStrv) words = g_strsplit (value, " ", 3);
    const gchar *slash = strchr (value, '/');
    const gint id = atoi (value);

    /* ids above 14 need two-byte headers */
    if (g_strv_length (words) >= 2 && g_str_equal (words[1], uri) &&
        id >= 1 && id <= 14 && (!slash
            || !g_str_has_prefix (slash, "/sendonly ")))
      return id;
  }

  return 0;
}

/**
 * gst_rtc_sdp_media_is_dead:
 *
 * Returns: whether the media has port 0 and is not just left to the bundle
 *     (RFC 3264 section 6, RFC 9143 section 6)
 */
gboolean
gst_rtc_sdp_media_is_dead (const GstSDPMedia * media)
{
  return gst_sdp_media_get_port (media) == 0 &&
      !gst_rtc_sdp_media_has (media, "bundle-only");
}

/* Bundles (RFC 9143) */

static GStrv
get_bundle (const GstSDPMessage * sdp)
{
  static const gchar prefix[] = "BUNDLE ";
  const gchar *group;

  for (guint i = 0; (group =
          gst_sdp_message_get_attribute_val_n (sdp, "group", i)); i++) {
    if (g_str_has_prefix (group, prefix))
      return g_strsplit (group + strlen (prefix), " ", -1);
  }

  return NULL;
}

static gboolean
is_member (GStrv bundle, const GstSDPMedia * media)
{
  const gchar *mid = gst_sdp_media_get_attribute_val (media, "mid");

  return bundle && mid && g_strv_contains ((const gchar * const *) bundle, mid);
}

/**
 * gst_rtc_sdp_get_bundle_mline:
 *
 * Returns: the m-line whose transport the bundle has, or -1 if there is none
 */
gint
gst_rtc_sdp_get_bundle_mline (const GstSDPMessage * sdp)
{
  g_auto (GStrv) bundle = get_bundle (sdp);

  for (guint i = 0; bundle && i < gst_sdp_message_medias_len (sdp); i++) {
    const gchar *mid = gst_sdp_media_get_attribute_val
        (gst_sdp_message_get_media (sdp, i), "mid");

    if (g_strcmp0 (mid, bundle[0]) == 0)
      return i;
  }

  return -1;
}


/**
 * gst_rtc_sdp_check_bundle:
 * @sdp: a peer's description
 *
 * Each media that is in no bundle has a transport of its own, and to send to
 * one that is not connected blocks.
 *
 * Returns: whether all media go over one transport
 */
gboolean
gst_rtc_sdp_check_bundle (const GstSDPMessage * sdp, GError ** error)
{
  g_auto (GStrv) bundle = get_bundle (sdp);
  guint n_alive = 0;
  guint n_members = 0;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (gst_rtc_sdp_media_is_dead (media))
      continue;
    n_alive++;
    n_members += is_member (bundle, media);
  }
  if (n_alive <= 1 || n_members == n_alive)
    return TRUE;

  g_set_error (error, GST_RTC_SDP_ERROR, GST_RTC_SDP_ERROR_INVALID,
      "Only %u of %u media of the peer's description are in one bundle",
      n_members, n_alive);

  return FALSE;
}

static void
replace_group (GstSDPMessage * sdp, const gchar * group)
{
  for (guint i = gst_sdp_message_attributes_len (sdp); i > 0; i--) {
    const GstSDPAttribute *attribute =
        gst_sdp_message_get_attribute (sdp, i - 1);

    if (g_strcmp0 (attribute->key, "group") == 0)
      gst_sdp_message_remove_attribute (sdp, i - 1);
  }
  if (group)
    gst_sdp_message_add_attribute (sdp, "group", group);
}

static const gchar *
get_mid (const GstSDPMessage * sdp, guint mline)
{
  return gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (sdp,
          mline), "mid");
}

/* All media, the first one of them at the front */
static void
bundle_all (GstSDPMessage * sdp)
{
  g_autoptr (GString) group = g_string_new ("BUNDLE");

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    g_string_append_printf (group, " %s", get_mid (sdp, i));
  replace_group (sdp, group->str);
}

/**
 * gst_rtc_sdp_unbundle_rejected:
 *
 * Takes rejected media out of the bundle (RFC 9143 section 7.3.3).
 */
void
gst_rtc_sdp_unbundle_rejected (GstSDPMessage * sdp)
{
  g_auto (GStrv) bundle = get_bundle (sdp);
  g_autoptr (GString) group = g_string_new ("BUNDLE");

  for (guint b = 0; bundle && bundle[b]; b++) {
    for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
      if (g_strcmp0 (get_mid (sdp, i), bundle[b]) == 0 &&
          !gst_rtc_sdp_media_is_dead (gst_sdp_message_get_media (sdp, i)))
        g_string_append_printf (group, " %s", bundle[b]);
    }
  }
  if (bundle)
    replace_group (sdp, strchr (group->str, ' ') ? group->str : NULL);
}

static const GstSDPMedia *
find_alive (const GstSDPMessage * sdp)
{
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    if (!gst_rtc_sdp_media_is_dead (media)
        && gst_sdp_media_get_attribute_val (media, "ice-pwd"))
      return media;
  }

  return NULL;
}

static void
revive (GstSDPMedia * media, const GstSDPMedia * model)
{
  static const gchar *const transport[] = {
    "ice-ufrag", "ice-pwd", "fingerprint", "setup", NULL
  };

  gst_sdp_media_set_port_info (media, gst_sdp_media_get_port (model), 1);
  for (guint i = 0; transport[i]; i++) {
    const gchar *value = gst_sdp_media_get_attribute_val (model, transport[i]);

    gst_rtc_sdp_media_remove (media, transport[i]);
    if (value)
      gst_sdp_media_add_attribute (media, transport[i], value);
  }
  gst_rtc_sdp_media_set_direction (media, "inactive");
}

/**
 * gst_rtc_sdp_revive_rejected:
 * @sdp: a normalised answer to an offer whose bundle began with its first media
 *
 * Makes inactive what was rejected. webrtcbin 1.22 demands a transport of every
 * media, and takes the first one of the answer that is not rejected for the
 * transport of the bundle, though the offer gave another.
 */
void
gst_rtc_sdp_revive_rejected (GstSDPMessage * sdp)
{
  const GstSDPMedia *model = find_alive (sdp);

  if (!model)
    return;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    GstSDPMedia *media = gst_rtc_sdp_edit_media (sdp, i);

    if (gst_rtc_sdp_media_is_dead (media))
      revive (media, model);
  }
  bundle_all (sdp);
}
