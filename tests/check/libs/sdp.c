/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/sdp.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#define HEAD "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define ICE "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
#define PRINT "a=fingerprint:sha-256 AB:CD\r\n"
#define VIDEO(port) "m=video " port " UDP/TLS/RTP/SAVPF 96 97\r\n" \
    "c=IN IP4 0.0.0.0\r\n" \
    "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
#define AUDIO(port) "m=audio " port " UDP/TLS/RTP/SAVPF 98\r\n" \
    "c=IN IP4 0.0.0.0\r\na=rtpmap:98 OPUS/48000/2\r\n"

static GstSDPMessage *
parse (const gchar * text)
{
  GstSDPMessage *sdp = NULL;

  fail_unless_equals_int (gst_sdp_message_new_from_text (text, &sdp),
      GST_SDP_OK);

  return sdp;
}

/* What webrtcbin can be given */

static const struct
{
  const gchar *name;
  const gchar *sdp;
  gint error;                   /* -1: none */
} checks[] = {
  {"good", HEAD VIDEO ("9") ICE PRINT, -1},
  {"session level", HEAD ICE PRINT VIDEO ("9") AUDIO ("9"), -1},
  {"nothing", HEAD, GST_RTC_SDP_ERROR_INVALID},
  {"no ICE", HEAD VIDEO ("9") PRINT, GST_RTC_SDP_ERROR_INVALID},
  {"half of ICE", HEAD VIDEO ("9") "a=ice-ufrag:abcd\r\n" PRINT,
      GST_RTC_SDP_ERROR_INVALID},
  {"no fingerprint", HEAD VIDEO ("9") ICE, GST_RTC_SDP_ERROR_NO_FINGERPRINT},
  {"weak fingerprint", HEAD VIDEO ("9") ICE "a=fingerprint:sha-1 AB\r\n",
      GST_RTC_SDP_ERROR_NO_FINGERPRINT},
  {"no hash", HEAD VIDEO ("9") ICE "a=fingerprint:AB:CD\r\n",
      GST_RTC_SDP_ERROR_NO_FINGERPRINT},
  {"second without", HEAD VIDEO ("9") ICE PRINT AUDIO ("9") ICE,
      GST_RTC_SDP_ERROR_NO_FINGERPRINT},
  {"rejected one needs nothing", HEAD VIDEO ("9") ICE PRINT AUDIO ("0"), -1},
  {"bundled one needs nothing",
      HEAD VIDEO ("9") ICE PRINT AUDIO ("0") "a=bundle-only\r\n", -1},
  {"fingerprint of a rejected one", HEAD VIDEO ("9") ICE AUDIO ("0") PRINT,
      GST_RTC_SDP_ERROR_NO_FINGERPRINT},
};

GST_START_TEST (check)
{
  GstSDPMessage *sdp = parse (checks[__i__].sdp);
  g_autoptr (GError) error = NULL;
  const gboolean good = gst_rtc_sdp_check (sdp, &error);

  fail_unless (good == (checks[__i__].error < 0), "%s: %s",
      checks[__i__].name, error ? error->message : "no error");
  if (!good)
    fail_unless (g_error_matches (error, GST_RTC_SDP_ERROR,
            checks[__i__].error), "%s: %s", checks[__i__].name, error->message);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

GST_START_TEST (too_many_medias)
{
  GString *text = g_string_new (HEAD ICE PRINT);
  g_autoptr (GError) error = NULL;
  GstSDPMessage *sdp;

  for (guint i = 0; i < 65; i++)
    g_string_append (text, VIDEO ("9"));
  sdp = parse (text->str);
  fail_if (gst_rtc_sdp_check (sdp, &error));
  gst_sdp_message_free (sdp);
  g_string_free (text, TRUE);
}

GST_END_TEST;

GST_START_TEST (rejected_medias)
{
  static const struct
  {
    const gchar *sdp;
    gboolean rejected;
  } cases[] = {
    {HEAD VIDEO ("9"), FALSE},
    {HEAD VIDEO ("0"), TRUE},
    {HEAD VIDEO ("0") "a=bundle-only\r\n", FALSE},
    {HEAD VIDEO ("9") "a=inactive\r\n", TRUE},
    {HEAD VIDEO ("9") "a=recvonly\r\n", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    GstSDPMessage *sdp = parse (cases[i].sdp);

    fail_unless (gst_rtc_sdp_media_is_rejected (gst_sdp_message_get_media (sdp,
                0)) == cases[i].rejected, "case %u", i);
    gst_sdp_message_free (sdp);
  }
}

GST_END_TEST;

/* Fingerprints */

/* Made for this test; its key is gone */
static const gchar certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdTCCARugAwIBAgIUSOTByzg5VhHcOKHOFXTozecaR3gwCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIyMDIyMTZaGA8yMTI2MTAyOTIwMjIx\n"
    "NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFyc\n"
    "Mv5tpXRc3mDl/MxHMRCn67ilBMG+IYSQHuPlT1loHNHQ+dujEN3azzJf2CJfuF/p\n"
    "5KsUB7n64jsCJZXMgkKjUzBRMB0GA1UdDgQWBBTlQxKSlX3cD+QSFrdd8FXH637F\n"
    "zDAfBgNVHSMEGDAWgBTlQxKSlX3cD+QSFrdd8FXH637FzDAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0gAMEUCIQCPxytwZvceQrl9m1mZozX8LIDvgS64h5IQ\n"
    "rreS0+aURgIgfHSgeRhjW7exE+wOyPLSjh0R120bu3PqDqtyprbnVe0=\n"
    "-----END CERTIFICATE-----\n";

static const gchar sha256_fingerprint[] =
    "sha-256 "
    "E6:BE:35:69:A2:9E:9D:90:D3:33:32:E9:F8:43:D8:1A:4E:C0:65:F5:"
    "A3:3A:83:0B:6B:27:25:9A:63:85:3D:94";

static const gchar sha1_fingerprint[] =
    "sha-1 " "DA:47:72:51:38:62:5F:97:CD:2B:E4:84:89:48:1E:AD:B6:A2:61:76";

static const gchar sha512_fingerprint[] =
    "sha-512 "
    "5C:03:A7:F6:43:87:31:FE:09:ED:C2:78:FC:96:F7:F1:0E:34:89:F3:"
    "9A:88:DA:BF:25:DA:E6:86:4D:62:1C:89:EC:FB:9F:03:B6:0E:05:AA:"
    "4E:14:37:A2:69:19:10:EB:2C:53:E2:5C:5C:F1:6A:C7:7A:76:60:4A:"
    "8B:29:B0:BC";

GST_START_TEST (fingerprints)
{
  GstSDPMessage *sdp = parse (HEAD "a=fingerprint:sha-512 01\r\n"
      VIDEO ("9") "a=fingerprint:SHA-256 02\r\na=fingerprint:md5 03\r\n"
      AUDIO ("0") "a=fingerprint:sha-256 04\r\n");
  g_auto (GStrv) found = gst_rtc_sdp_get_fingerprints (sdp);
  g_autofree gchar *text = g_strjoinv (",", found);

  fail_unless_equals_string (text, "sha-512 01,SHA-256 02");
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

static gboolean
matches (const gchar * pem, const gchar * first, const gchar * second)
{
  const gchar *const prints[] = { first, second, NULL };

  return gst_rtc_sdp_certificate_matches (pem, prints);
}

GST_START_TEST (certificates)
{
  g_autofree gchar *lower = g_ascii_strdown (sha256_fingerprint, -1);
  g_autofree gchar *shorter = g_strndup (sha256_fingerprint,
      strlen (sha256_fingerprint) - 3);
  g_autofree gchar *longer = g_strconcat (sha256_fingerprint, ":00", NULL);
  g_autofree gchar *other = g_strdup (sha256_fingerprint);

  other[strlen (other) - 1] ^= 1;
  fail_unless (matches (certificate, sha256_fingerprint, NULL));
  fail_unless (matches (certificate, sha512_fingerprint, NULL));
  fail_unless (matches (certificate, lower, NULL));
  fail_unless (matches (certificate, "sha-256 00", sha256_fingerprint));
  /* nothing is enough, nothing may be left out, and old hashes do not count */
  fail_if (matches (certificate, NULL, NULL));
  fail_if (matches (certificate, "sha-256 ", NULL));
  fail_if (matches (certificate, "sha-256", NULL));
  fail_if (matches (certificate, shorter, NULL));
  fail_if (matches (certificate, longer, NULL));
  fail_if (matches (certificate, other, NULL));
  fail_if (matches (certificate, sha1_fingerprint, NULL));
  fail_if (matches ("no certificate", sha256_fingerprint, NULL));
  fail_if (matches ("", sha256_fingerprint, NULL));
  fail_if (matches ("-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
          sha256_fingerprint, NULL));
}

GST_END_TEST;

/* Changes */

GST_START_TEST (normalise)
{
  GstSDPMessage *sdp = parse (HEAD "a=setup:active\r\n" PRINT
      VIDEO ("9") "a=setup:passive\r\n" AUDIO ("9") "a=mid:sound\r\n");
  const GstSDPMedia *video = gst_sdp_message_get_media (sdp, 0);
  const GstSDPMedia *audio = gst_sdp_message_get_media (sdp, 1);

  gst_rtc_sdp_normalise (sdp);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "setup") == NULL);
  fail_unless (gst_sdp_message_get_attribute_val (sdp, "fingerprint") == NULL);
  fail_unless_equals_string (gst_sdp_media_get_attribute_val (video, "setup"),
      "passive");
  fail_unless_equals_string (gst_sdp_media_get_attribute_val (audio, "setup"),
      "active");
  fail_unless_equals_string (gst_sdp_media_get_attribute_val (audio,
          "fingerprint"), "sha-256 AB:CD");
  fail_unless_equals_string (gst_sdp_media_get_attribute_val (video, "mid"),
      "0");
  fail_unless_equals_string (gst_sdp_media_get_attribute_val (audio, "mid"),
      "sound");
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

static guint
count (const gchar * text, const gchar * part)
{
  guint n = 0;

  for (text = strstr (text, part); text; text = strstr (text + 1, part))
    n++;

  return n;
}

GST_START_TEST (rtx_for_all)
{
  GstSDPMessage *sdp = parse (HEAD
      "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100\r\n"
      "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\n"
      "a=fmtp:97 apt=96\r\na=rtpmap:98 H264/90000\r\n"
      "a=rtpmap:99 red/90000\r\na=rtpmap:100 ulpfec/90000\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 101\r\na=rtpmap:101 OPUS/48000/2\r\n");
  g_autofree gchar *text = NULL;

  gst_rtc_sdp_add_rtx (sdp);
  /* a second time there is nothing to do */
  gst_rtc_sdp_add_rtx (sdp);
  text = gst_sdp_message_as_text (sdp);
  fail_unless_equals_int (count (text, "rtx/90000"), 2);
  fail_unless_equals_int (count (text, "a=rtpmap:102 rtx/90000"), 1);
  fail_unless_equals_int (count (text, "a=fmtp:102 apt=98"), 1);
  fail_unless (strstr (text, "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100 102")
      != NULL);
  fail_unless (strstr (text, "SAVPF 101\r") != NULL);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

GST_START_TEST (no_rtx_unless_offered)
{
  GstSDPMessage *sdp = parse (HEAD
      "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n");
  g_autofree gchar *text = NULL;

  gst_rtc_sdp_add_rtx (sdp);
  text = gst_sdp_message_as_text (sdp);
  fail_unless (strstr (text, "rtx") == NULL);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

/* Questions */

static const struct
{
  const gchar *sdp;
  gint pt;
  const gchar *name;
} choices[] = {
  {HEAD VIDEO ("9"), 96, "VP8"},
  {HEAD "m=video 9 RTP/AVP 97 98\r\na=rtpmap:97 rtx/90000\r\n"
        "a=rtpmap:98 vp9/90000\r\n", 98, "VP9"},
  {HEAD "m=video 9 RTP/AVP 99 98\r\na=rtpmap:98 H264/90000\r\n", 98, "H264"},
  {HEAD "m=video 9 RTP/AVP 97\r\na=rtpmap:97 red/90000\r\n", -1, NULL},
  {HEAD "m=video 9 RTP/AVP 97\r\na=rtpmap:97 VP8\r\n", -1, NULL},
  {HEAD "m=video 9 RTP/AVP 97\r\na=rtpmap:97\r\n", -1, NULL},
  {HEAD "m=video 9 RTP/AVP 97\r\n", -1, NULL},
};

GST_START_TEST (chosen_format)
{
  GstSDPMessage *sdp = parse (choices[__i__].sdp);
  g_autofree gchar *name = NULL;

  fail_unless_equals_int (gst_rtc_sdp_media_get_chosen_pt
      (gst_sdp_message_get_media (sdp, 0), &name), choices[__i__].pt);
  fail_unless_equals_string (name, choices[__i__].name);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

#define OK GST_RTC_SDP_CANDIDATE_OK
#define END GST_RTC_SDP_CANDIDATE_END
#define LOCAL GST_RTC_SDP_CANDIDATE_LOCAL_NAME
#define BAD GST_RTC_SDP_CANDIDATE_BAD

static const struct
{
  const gchar *candidate;
  GstRtcSdpCandidate expected;
} candidates[] = {
  {"candidate:1 1 UDP 2122260223 192.0.2.1 50000 typ host", OK},
  {"a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host", OK},
  {"candidate:1 1 UDP 1 2001:db8::1 50000 typ srflx raddr :: rport 9", OK},
  {"candidate:1 1 TCP 1 192.0.2.1 9 typ host tcptype active", OK},
  {"", END},
  {"a=", END},
  {"a=end-of-candidates", END},
  {"candidate:1 1 UDP 1 1b2c.local 50000 typ host", LOCAL},
  {"candidate:1 1 UDP 1 example.com 50000 typ host", BAD},
  {"candidate:1 1 UDP 1 192.0.2.1 65536 typ host", BAD},
  {"candidate:1 1 UDP 1 192.0.2.1 -1 typ host", BAD},
  {"candidate:1 0 UDP 1 192.0.2.1 1 typ host", BAD},
  {"candidate:1 1 UDP 4294967296 192.0.2.1 1 typ host", BAD},
  {"candidate:1 1 UDP 1 192.0.2.1 1 kind host", BAD},
  {"candidate:1 1 UDP 1 192.0.2.1 1 typ", BAD},
  {"candidate:1 1 UDP 1 192.0.2.1", BAD},
  {"candidate:", BAD},
  {"nonsense", BAD},
};

GST_START_TEST (candidate_kinds)
{
  fail_unless_equals_int (gst_rtc_sdp_classify_candidate
      (candidates[__i__].candidate), candidates[__i__].expected);
}

GST_END_TEST;

GST_START_TEST (long_candidate)
{
  g_autofree gchar *tail = g_strnfill (2000, 'x');
  g_autofree gchar *candidate =
      g_strconcat (candidates[0].candidate, " ", tail, NULL);

  fail_unless_equals_int (gst_rtc_sdp_classify_candidate (candidate), BAD);
}

GST_END_TEST;

static Suite *
sdp_suite (void)
{
  Suite *s = suite_create ("sdp");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, check, 0, G_N_ELEMENTS (checks));
  tcase_add_test (tc, too_many_medias);
  tcase_add_test (tc, rejected_medias);
  tcase_add_test (tc, fingerprints);
  tcase_add_test (tc, certificates);
  tcase_add_test (tc, normalise);
  tcase_add_test (tc, rtx_for_all);
  tcase_add_test (tc, no_rtx_unless_offered);
  tcase_add_loop_test (tc, chosen_format, 0, G_N_ELEMENTS (choices));
  tcase_add_loop_test (tc, candidate_kinds, 0, G_N_ELEMENTS (candidates));
  tcase_add_test (tc, long_candidate);

  return s;
}

GST_CHECK_MAIN (sdp);
