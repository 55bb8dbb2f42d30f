/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A peer's description: every question, then the changes. */

#include "common.h"

#include <string.h>

#include "gst/rtc/rtc-text.h"
#include "gst/webrtc/sdp.h"

static void
ask_media (const GstSDPMedia * media)
{
  g_autofree gchar *name = NULL;
  const gint chosen = gst_rtc_sdp_media_get_chosen_pt (media, &name);

  g_assert ((chosen < 0) == (name == NULL));
  gst_rtc_sdp_media_has (media, "recvonly");
  gst_rtc_sdp_media_is_rejected (media);

  for (gint pt = -1; pt < 128; pt++) {
    g_autofree gchar *encoding = NULL;
    const gboolean known = gst_rtc_sdp_media_format_name (media, pt, &encoding);

    g_assert (known == (encoding != NULL));
  }
}

static void
ask_fingerprints (const GstSDPMessage * sdp)
{
  g_auto (GStrv) fingerprints = gst_rtc_sdp_get_fingerprints (sdp);
  static const gchar pem[] =
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

  gst_rtc_sdp_certificate_matches (pem, (const gchar * const *) fingerprints);
}

static void
add_rtx_twice (GstSDPMessage * sdp)
{
  g_autofree gchar *once = NULL;
  g_autofree gchar *twice = NULL;

  gst_rtc_sdp_add_rtx (sdp);
  once = gst_sdp_message_as_text (sdp);
  gst_rtc_sdp_add_rtx (sdp);
  twice = gst_sdp_message_as_text (sdp);
  g_assert_cmpstr (once, ==, twice);
}

static void
change (GstSDPMessage * sdp)
{
  gst_rtc_sdp_normalise (sdp);
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++)
    g_assert_nonnull (gst_sdp_media_get_attribute_val
        (gst_sdp_message_get_media (sdp, i), "mid"));

  g_assert_null (gst_sdp_message_get_attribute_val (sdp, "setup"));
  g_assert_null (gst_sdp_message_get_attribute_val (sdp, "fingerprint"));
  add_rtx_twice (sdp);
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  g_autofree gchar *text = g_strndup ((const gchar *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstWebRTCSessionDescription) description =
      gst_rtc_description_from_text (GST_WEBRTC_SDP_TYPE_OFFER, text, &error);
  g_autofree gchar *again = NULL;

  if (!description) {
    g_assert (g_utf8_validate (error->message, -1, NULL));
    return 0;
  }

  for (guint i = 0; i < gst_sdp_message_medias_len (description->sdp); i++)
    ask_media (gst_sdp_message_get_media (description->sdp, i));
  ask_fingerprints (description->sdp);
  if (gst_rtc_sdp_check (description->sdp, NULL))
    change (description->sdp);
  again = gst_rtc_description_to_text (description);
  g_assert_nonnull (again);

  return 0;
}
