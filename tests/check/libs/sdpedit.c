/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/sdpedit.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#include "gst/webrtc/sdp.h"

#define HEAD "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define TRANSPORT "c=IN IP4 0.0.0.0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\n" \
    "a=setup:active\r\na=fingerprint:sha-256 AA\r\n"
#define REJECTED(kind, mid) "m=" kind " 0 UDP/TLS/RTP/SAVPF 0\r\n" \
    "c=IN IP4 0.0.0.0\r\na=mid:" mid "\r\n"
#define VIDEO(mid) "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" TRANSPORT \
    "a=mid:" mid "\r\na=rtpmap:96 VP8/90000\r\na=recvonly\r\n"

static GstSDPMessage *
parse (const gchar * text)
{
  GstSDPMessage *sdp;

  fail_unless_equals_int (gst_sdp_message_new_from_text (text, &sdp),
      GST_SDP_OK);

  return sdp;
}

static const struct
{
  const gchar *text;
  gint mline;                   /* whose transport the bundle has */
  gboolean one_transport;
} bundles[] = {
  {HEAD "a=group:BUNDLE a b\r\n" VIDEO ("a") VIDEO ("b"), 0, TRUE},
  {HEAD "a=group:BUNDLE b a\r\n" VIDEO ("a") VIDEO ("b"), 1, TRUE},
  {HEAD "a=group:LS a b\r\na=group:BUNDLE a b\r\n" VIDEO ("a") VIDEO ("b"), 0,
      TRUE},
  {HEAD "a=group:BUNDLE b\r\n" REJECTED ("video", "a") VIDEO ("b"), 1, TRUE},
  {HEAD VIDEO ("a"), -1, TRUE},
  {HEAD VIDEO ("a") REJECTED ("video", "b"), -1, TRUE},
  {HEAD VIDEO ("a") VIDEO ("b"), -1, FALSE},
  {HEAD "a=group:BUNDLE a\r\n" VIDEO ("a") VIDEO ("b"), 0, FALSE},
  {HEAD "a=group:BUNDLE a\r\na=group:BUNDLE b\r\n" VIDEO ("a") VIDEO ("b"), 0,
      FALSE},
  {HEAD "a=group:BUNDLE x\r\n" VIDEO ("a"), -1, TRUE},
};

GST_START_TEST (bundle)
{
  GstSDPMessage *sdp = parse (bundles[__i__].text);

  fail_unless_equals_int (gst_rtc_sdp_get_bundle_mline (sdp),
      bundles[__i__].mline);
  fail_unless_equals_int (gst_rtc_sdp_check_bundle (sdp, NULL),
      bundles[__i__].one_transport);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

/* The first media of our bundle rejected: webrtcbin would look for the
 * transport elsewhere */
GST_START_TEST (revive)
{
  GstSDPMessage *sdp = parse (HEAD "a=group:BUNDLE b\r\n"
      REJECTED ("audio", "a") VIDEO ("b") REJECTED ("video", "c"));

  gst_rtc_sdp_revive_rejected (sdp);
  for (guint i = 0; i < 3; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);

    fail_if (gst_rtc_sdp_media_is_dead (media));
    fail_unless_equals_string (gst_rtc_sdp_media_get_direction (media),
        i == 1 ? "recvonly" : "inactive");
    fail_unless_equals_string (gst_sdp_media_get_attribute_val (media,
            "ice-ufrag"), "u");
    fail_unless_equals_string (gst_sdp_media_get_attribute_val (media,
            "fingerprint"), "sha-256 AA");
  }
  fail_unless_equals_string (gst_sdp_message_get_attribute_val (sdp, "group"),
      "BUNDLE a b c");
  fail_unless (gst_rtc_sdp_check (sdp, NULL));
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

static const struct
{
  const gchar *extmap;
  gint id;
} extensions[] = {
  {"4 uri", 4},
  {"4/recvonly uri", 4},
  {"4/sendrecv uri with attributes", 4},
  {"4/sendonly uri", 0},
  {"4 uri2", 0},
  {"0 uri", 0},
  {"15 uri", 0},
  {"uri", 0},
  {"", 0},
};

GST_START_TEST (extension)
{
  GstSDPMessage *sdp = parse (HEAD VIDEO ("a"));
  GstSDPMedia *media = gst_rtc_sdp_edit_media (sdp, 0);

  gst_sdp_media_add_attribute (media, "extmap", extensions[__i__].extmap);
  fail_unless_equals_int (gst_rtc_sdp_media_get_extension (media, "uri"),
      extensions[__i__].id);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

static const struct
{
  const gchar *fmtp;
  const gchar *value;
} parameters[] = {
  {"96 a=1;b=2", "2"},
  {"96 a=1; B=2 ;c", "2"},
  {"96 ab=1;bb=3;b=2", "2"},
  {"97 b=2", NULL},
  {"96 b", NULL},
  {"96", NULL},
  {"96 b=", ""},
};

GST_START_TEST (parameter)
{
  GstSDPMessage *sdp = parse (HEAD VIDEO ("a"));
  GstSDPMedia *media = gst_rtc_sdp_edit_media (sdp, 0);
  g_autofree gchar *value = NULL;

  gst_sdp_media_add_attribute (media, "fmtp", parameters[__i__].fmtp);
  value = gst_rtc_sdp_media_dup_parameter (media, 96, "b");
  fail_unless_equals_string (value, parameters[__i__].value);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

GST_START_TEST (formats)
{
  GstSDPMessage *sdp = parse (HEAD VIDEO ("a"));
  GstSDPMedia *media = gst_rtc_sdp_edit_media (sdp, 0);
  g_autoptr (GstCaps) caps = gst_caps_from_string ("application/x-rtp,"
      "media=video,encoding-name=H264,payload=100,clock-rate=90000,"
      "profile-level-id=(string)42e01f,extmap-3=(string)uri,"
      "rtcp-fb-nack-pli=(boolean)true;application/x-rtp,media=video,"
      "encoding-name=rtx,payload=101,clock-rate=90000,apt=(string)100,"
      "extmap-3=(string)uri");
  g_autofree gchar *text = NULL;

  gst_sdp_media_add_attribute (media, "extmap", "1 old");
  gst_rtc_sdp_media_set_formats (media, caps);
  gst_rtc_sdp_media_set_direction (media, "inactive");
  text = gst_sdp_media_as_text (media);
  fail_unless (g_str_has_prefix (text, "m=video 9 UDP/TLS/RTP/SAVPF 100 101"),
      "%s", text);
  fail_unless (strstr (text, "VP8") == NULL && strstr (text, "old") == NULL);
  fail_unless (strstr (text, "a=extmap:3 uri\r\n") != NULL);
  fail_unless (strstr (strstr (text, "a=extmap:3") + 1, "a=extmap") == NULL);
  fail_unless (strstr (text, "a=rtcp-fb:100 nack pli\r\n") != NULL);
  fail_unless (strstr (text, "a=fmtp:101 apt=100\r\n") != NULL);
  fail_unless (strstr (text, "a=ice-pwd:p\r\n") != NULL);
  fail_unless (strstr (text, "recvonly") == NULL);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

static Suite *
sdpedit_suite (void)
{
  Suite *suite = suite_create ("sdpedit");
  TCase *tcase = tcase_create ("general");

  tcase_add_loop_test (tcase, bundle, 0, G_N_ELEMENTS (bundles));
  tcase_add_test (tcase, revive);
  tcase_add_loop_test (tcase, extension, 0, G_N_ELEMENTS (extensions));
  tcase_add_loop_test (tcase, parameter, 0, G_N_ELEMENTS (parameters));
  tcase_add_test (tcase, formats);
  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (sdpedit);
