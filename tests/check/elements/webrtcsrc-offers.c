/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What producers of all kinds offer (tests/files/sdp): the answer takes all of
 * it, and the application knows the streams. Nobody is there who would send. */

#include "tests/check/common/srcharness.h"
#include "tests/check/common/threads.h"

#include <gst/check/gstcheck.h>
#include <gst/webrtc/webrtc.h>
#include <string.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)
#define SESSION SRC_HARNESS_SESSION

typedef struct
{
  FakeSignaller *producer;
  SrcHarness *h;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GstSDPMessage *answer;
} Fixture;

/* Control thread of the source */
static void
on_description (FakeSignaller * producer, const gchar * session_id,
    GstWebRTCSessionDescription * description, Fixture * f)
{
  fail_unless_equals_string (session_id, SESSION);
  fail_unless_equals_int (description->type, GST_WEBRTC_SDP_TYPE_ANSWER);
  g_mutex_lock (&f->lock);
  fail_unless (f->answer == NULL, "a second answer");
  gst_sdp_message_copy (description->sdp, &f->answer);
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

static void
set_up (Fixture * f)
{
  FakeSignaller *signaller = fake_signaller_new ();

  memset (f, 0, sizeof (*f));
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->producer = fake_signaller_new ();
  fake_signaller_pair (signaller, f->producer);
  g_signal_connect (f->producer, "session-description",
      G_CALLBACK (on_description), f);
  f->h = src_harness_new_with (signaller, NULL, NULL);
  fail_unless (gst_element_set_state (f->h->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
  g_free (fake_signaller_wait (signaller, "start"));
}

static void
tear_down (Fixture * f)
{
  src_harness_free (f->h);
  g_object_unref (f->producer);
  gst_sdp_message_free (f->answer);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static void
offer (Fixture * f, const GstWebRTCSessionDescription * description)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  GstRtcSignaller *signaller = GST_RTC_SIGNALLER (f->h->signaller);

  gst_rtc_signaller_emit_session_started (signaller, SESSION, "producer-1");
  gst_rtc_signaller_emit_session_description (signaller, SESSION,
      (GstWebRTCSessionDescription *) description);
  g_mutex_lock (&f->lock);
  while (!f->answer && g_cond_wait_until (&f->cond, &f->lock, end));
  g_mutex_unlock (&f->lock);
  fail_unless (f->answer != NULL, "no answer");
}

static void
assert_value (const GstSDPMedia * media, const gchar * key,
    const gchar * expected)
{
  const gchar *value = gst_sdp_media_get_attribute_val (media, key);

  fail_unless (g_strcmp0 (value, expected) == 0, "%s is %s, not %s", key,
      value, expected);
}

static gboolean
has_format (const GstSDPMedia * media, const gchar * format)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    if (g_str_equal (gst_sdp_media_get_format (media, i), format))
      return TRUE;
  }

  return FALSE;
}

/* With formats, names of formats and header extensions that were offered */
static void
assert_taken (const GstSDPMedia * answer, const GstSDPMedia * offered)
{
  g_autofree gchar *text = gst_sdp_media_as_text (answer);
  g_autofree gchar *offered_text = gst_sdp_media_as_text (offered);

  fail_unless_equals_string (gst_sdp_media_get_media (answer),
      gst_sdp_media_get_media (offered));
  fail_unless (gst_sdp_media_get_port (answer) != 0, "%s", text);
  fail_unless (gst_sdp_media_get_attribute_val (answer, "recvonly") != NULL,
      "%s", text);
  assert_value (answer, "setup", "active");
  assert_value (answer, "mid", gst_sdp_media_get_attribute_val (offered,
          "mid"));
  fail_unless (gst_sdp_media_formats_len (answer) > 0);
  for (guint i = 0; i < gst_sdp_media_formats_len (answer); i++)
    fail_unless (has_format (offered, gst_sdp_media_get_format (answer, i)),
        "%s", text);
  for (guint i = 0; i < gst_sdp_media_attributes_len (answer); i++) {
    const GstSDPAttribute *a = gst_sdp_media_get_attribute (answer, i);
    g_autofree gchar *line = g_strdup_printf ("a=%s:%s\r\n", a->key, a->value);

    if (g_str_equal (a->key, "extmap"))
      fail_unless (strstr (offered_text, line) != NULL, "%s", line);
  }
}

static void
assert_collection (Fixture * f, guint n_streams)
{
  g_autoptr (GstMessage) message = src_harness_wait_message (f->h,
      GST_MESSAGE_STREAM_COLLECTION);
  g_autoptr (GstStreamCollection) collection = NULL;

  gst_message_parse_stream_collection (message, &collection);
  fail_unless_equals_int (gst_stream_collection_get_size (collection),
      n_streams);
}

static void
negotiate (const gchar * name)
{
  g_autofree gchar *path = g_build_filename (SDP_DIRECTORY, name, NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GstWebRTCSessionDescription) offered = NULL;
  g_autoptr (GError) error = NULL;
  Fixture f;

  GST_INFO ("%s", name);
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  offered = gst_rtc_description_from_text (GST_WEBRTC_SDP_TYPE_OFFER, text,
      &error);
  g_assert_no_error (error);

  set_up (&f);
  offer (&f, offered);
  fail_unless_equals_int (gst_sdp_message_medias_len (f.answer),
      gst_sdp_message_medias_len (offered->sdp));
  for (guint i = 0; i < gst_sdp_message_medias_len (f.answer); i++)
    assert_taken (gst_sdp_message_get_media (f.answer, i),
        gst_sdp_message_get_media (offered->sdp, i));
  fail_unless_equals_string (gst_sdp_message_get_attribute_val (f.answer,
          "group"), gst_sdp_message_get_attribute_val (offered->sdp, "group"));
  assert_collection (&f, g_ascii_digit_value (name[0]) +
      g_ascii_digit_value (name[2]));
  tear_down (&f);
}

static const gchar *const producers[] = {
  "-chromium-offer.sdp", "-firefox-offer.sdp", "-safari-offer.sdp",
  "-webrtcsink-offer.sdp", "-gst-plugins-rs-offer.sdp",
};

GST_START_TEST (offers_of_producers)
{
  g_autoptr (GDir) folder = g_dir_open (SDP_DIRECTORY, 0, NULL);
  const gchar *name;
  guint n = 0;

  fail_unless (folder != NULL, "no %s", SDP_DIRECTORY);
  while ((name = g_dir_read_name (folder))) {
    if (!g_str_has_suffix (name, producers[__i__]))
      continue;
    negotiate (name);
    n++;
  }
  fail_unless_equals_int (n, 4);
}

GST_END_TEST;

static Suite *
webrtcsrc_offers_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc-offers");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, NULL, wait_for_threads);
  tcase_add_loop_test (tcase, offers_of_producers, 0, G_N_ELEMENTS (producers));

  return suite;
}

GST_CHECK_MAIN (webrtcsrc_offers);
