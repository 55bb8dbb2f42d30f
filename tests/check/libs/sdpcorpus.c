/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The questions of sdp.h to descriptions that browsers and webrtcsink made, or
 * would have made (tests/files/sdp, see the README there). What is expected is
 * in the name: <n>v<n>a-<who>-<offer|answer>.sdp. */

#include <gst/check/gstcheck.h>
#include <gst/rtc/rtc.h>
#include <stdlib.h>
#include <string.h>

#include "gst/webrtc/sdp.h"

typedef struct
{
  gchar *name;
  guint n_videos;
  guint n_audios;
  gboolean is_answer;
  GstWebRTCSessionDescription *description;
} Recording;

/* Who can what, as far as we care */
static const struct
{
  const gchar *who;
  const gchar *chosen;          /* of video */
  const gchar *codecs[8];
} expected[] = {
  {"-chromium-offer", "VP8", {"VP8", "VP9", "AV1", "OPUS"}},
  {"-chromium-answer", "VP8", {"VP8", "VP9", "OPUS"}},
  {"-firefox-offer", "VP8", {"VP8", "VP9", "OPUS"}},
  {"-firefox-answer", "VP8", {"VP8", "VP9", "OPUS"}},
  {"-webrtcsink-offer", "VP8", {"VP8", "VP9", "H264", "OPUS"}},
  {"-safari-offer", "H264", {"H264", "H265", "VP8", "VP9", "OPUS"}},
  {"-safari-answer", "VP8", {"VP8", "H264", "VP9", "H265", "OPUS"}},
  {"-gst-plugins-rs-offer", "VP8", {"VP8", "H264", "VP9", "H265", "OPUS"}},
  {"-gst-plugins-rs-answer", "VP8", {"VP8", "OPUS"}},
};

static GPtrArray *recordings;

static Recording *
recording_new (const gchar * name)
{
  Recording *self = g_new0 (Recording, 1);
  g_autofree gchar *path = g_build_filename (SDP_DIRECTORY, name, NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  self->name = g_strdup (name);
  self->n_videos = g_ascii_digit_value (name[0]);
  self->n_audios = g_ascii_digit_value (name[2]);
  self->is_answer = g_str_has_suffix (name, "-answer.sdp");
  self->description = gst_rtc_description_from_text (self->is_answer ?
      GST_WEBRTC_SDP_TYPE_ANSWER : GST_WEBRTC_SDP_TYPE_OFFER, text, &error);
  g_assert_no_error (error);

  return self;
}

static void
recording_free (Recording * self)
{
  gst_webrtc_session_description_free (self->description);
  g_free (self->name);
  g_free (self);
}

static void
setup (void)
{
  g_autoptr (GDir) folder = g_dir_open (SDP_DIRECTORY, 0, NULL);
  const gchar *name;

  fail_unless (folder != NULL, "no %s", SDP_DIRECTORY);
  recordings = g_ptr_array_new_with_free_func ((GDestroyNotify) recording_free);
  while ((name = g_dir_read_name (folder))) {
    if (g_str_has_suffix (name, ".sdp"))
      g_ptr_array_add (recordings, recording_new (name));
  }
}

static void
teardown (void)
{
  g_clear_pointer (&recordings, g_ptr_array_unref);
}

/* Everybody in each shape: no file got lost */
GST_START_TEST (complete)
{
  fail_unless_equals_int (recordings->len, 4 * G_N_ELEMENTS (expected));
}

GST_END_TEST;

static void
assert_usable (Recording * self)
{
  const GstSDPMessage *sdp = self->description->sdp;
  g_auto (GStrv) fingerprints = gst_rtc_sdp_get_fingerprints (sdp);
  g_autoptr (GError) error = NULL;

  fail_unless (gst_rtc_sdp_check (sdp, &error), "%s: %s", self->name,
      error ? error->message : "");
  fail_unless (fingerprints[0] != NULL, "%s", self->name);
  for (guint i = 0; fingerprints[i]; i++)
    fail_unless (g_str_has_prefix (fingerprints[i], "sha-256 "), "%s",
        self->name);
}

static void
assert_medias (Recording * self)
{
  const GstSDPMessage *sdp = self->description->sdp;
  guint n_videos = 0;
  guint n_audios = 0;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    fail_if (gst_rtc_sdp_media_is_rejected (media), "%s", self->name);
    fail_unless (gst_rtc_sdp_media_has (media,
            self->is_answer ? "recvonly" : "sendonly"), "%s", self->name);
    n_videos += g_str_equal (gst_sdp_media_get_media (media), "video");
    n_audios += g_str_equal (gst_sdp_media_get_media (media), "audio");
  }
  fail_unless_equals_int (n_videos, self->n_videos);
  fail_unless_equals_int (n_audios, self->n_audios);
}

GST_START_TEST (usable)
{
  for (guint i = 0; i < recordings->len; i++) {
    assert_usable (g_ptr_array_index (recordings, i));
    assert_medias (g_ptr_array_index (recordings, i));
  }
}

GST_END_TEST;

static gboolean
media_knows (const GstSDPMedia * media, const gchar * codec)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    const gint pt = atoi (gst_sdp_media_get_format (media, i));
    g_autofree gchar *name = NULL;

    if (gst_rtc_sdp_media_format_name (media, pt, &name) &&
        g_str_equal (name, codec))
      return TRUE;
  }

  return FALSE;
}

static void
assert_codecs (Recording * self, const gchar * const *codecs,
    const gchar * video)
{
  const GstSDPMessage *sdp = self->description->sdp;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    const gboolean is_audio =
        g_str_equal (gst_sdp_media_get_media (media), "audio");
    g_autofree gchar *chosen = NULL;

    for (guint c = 0; codecs[c]; c++) {
      if (g_str_equal (codecs[c], "OPUS") == is_audio)
        fail_unless (media_knows (media, codecs[c]), "%s: no %s in m-line %u",
            self->name, codecs[c], i);
    }
    fail_unless (gst_rtc_sdp_media_get_chosen_pt (media, &chosen) >= 0);
    fail_unless_equals_string (chosen, is_audio ? "OPUS" : video);
  }
}

GST_START_TEST (codecs)
{
  guint n = 0;

  for (guint i = 0; i < recordings->len; i++) {
    Recording *recording = g_ptr_array_index (recordings, i);

    if (!strstr (recording->name, expected[__i__].who))
      continue;
    assert_codecs (recording, expected[__i__].codecs, expected[__i__].chosen);
    n++;
  }
  fail_unless_equals_int (n, 4);
}

GST_END_TEST;

static guint
count_formats (const GstSDPMedia * media, const gchar * codec)
{
  guint n = 0;

  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    const gint pt = atoi (gst_sdp_media_get_format (media, i));
    g_autofree gchar *name = NULL;

    n += gst_rtc_sdp_media_format_name (media, pt, &name) &&
        g_str_equal (name, codec);
  }

  return n;
}

/* Whoever offers retransmission has it for each codec already: nothing is
 * added to a description that a browser or we made */
GST_START_TEST (rtx_is_there_once)
{
  for (guint i = 0; i < recordings->len; i++) {
    Recording *recording = g_ptr_array_index (recordings, i);
    GstSDPMessage *sdp = recording->description->sdp;

    for (guint m = 0; m < gst_sdp_message_medias_len (sdp); m++) {
      const GstSDPMedia *media = gst_sdp_message_get_media (sdp, m);
      const guint n_before = count_formats (media, "RTX");

      gst_rtc_sdp_add_rtx (sdp);
      fail_unless (count_formats (media, "RTX") == n_before,
          "%s: %u RTX formats, were %u", recording->name,
          count_formats (media, "RTX"), n_before);
    }
  }
}

GST_END_TEST;

GST_START_TEST (normalised)
{
  for (guint i = 0; i < recordings->len; i++) {
    Recording *recording = g_ptr_array_index (recordings, i);
    GstSDPMessage *sdp = recording->description->sdp;

    gst_rtc_sdp_normalise (sdp);
    fail_if (gst_sdp_message_get_attribute_val (sdp, "fingerprint"));
    fail_if (gst_sdp_message_get_attribute_val (sdp, "setup"));
    for (guint m = 0; m < gst_sdp_message_medias_len (sdp); m++) {
      const GstSDPMedia *media = gst_sdp_message_get_media (sdp, m);

      fail_unless (gst_sdp_media_get_attribute_val (media, "fingerprint"),
          "%s", recording->name);
      fail_unless (gst_sdp_media_get_attribute_val (media, "setup"),
          "%s", recording->name);
      fail_unless (gst_sdp_media_get_attribute_val (media, "mid"),
          "%s", recording->name);
    }
    assert_usable (recording);
  }
}

GST_END_TEST;

static Suite *
sdpcorpus_suite (void)
{
  Suite *s = suite_create ("sdpcorpus");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, complete);
  tcase_add_test (tc, usable);
  tcase_add_loop_test (tc, codecs, 0, G_N_ELEMENTS (expected));
  tcase_add_test (tc, rtx_is_there_once);
  tcase_add_test (tc, normalised);

  return s;
}

GST_CHECK_MAIN (sdpcorpus);
