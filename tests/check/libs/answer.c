/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/answer.h"

#include <gst/check/gstcheck.h>
#include <string.h>

#include "gst/webrtc/sdpedit.h"

#define HEAD "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define TRANSPORT "c=IN IP4 0.0.0.0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\n" \
    "a=setup:actpass\r\na=fingerprint:sha-256 AA\r\n"
#define RAW "video/x-raw,format=I420,width=320,height=240,framerate=30/1"
#define ENCODED(profile, level) "video/x-h264,stream-format=avc," \
    "alignment=au,profile=" profile ",level=(string)" level

static GstSDPMessage *
parse (const gchar * text)
{
  GstSDPMessage *sdp;

  fail_unless_equals_int (gst_sdp_message_new_from_text (text, &sdp),
      GST_SDP_OK);

  return sdp;
}

/* What is taken of one m-line: the payload type, or -1 */
static const struct
{
  const gchar *formats;
  const gchar *described;
  const gchar *input;
  const gchar *caps;            /* video-caps */
  gint pt;
  gint rtx_pt;
} choices[] = {
  /* by our order */
  {"98 96", "a=rtpmap:98 VP9/90000\r\na=rtpmap:96 VP8/90000\r\na=recvonly\r\n",
      RAW, "video/x-vp8;video/x-vp9", 96, -1},
  {"98 96", "a=rtpmap:98 VP9/90000\r\na=rtpmap:96 VP8/90000\r\n",
      RAW, "video/x-vp9;video/x-vp8", 98, -1},
  {"120 96", "a=rtpmap:120 theora/90000\r\na=rtpmap:96 vp8/90000\r\n",
      RAW, "video/x-vp8", 96, -1},
  /* retransmission of that format and no other */
  {"96 97 98 99", "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\n"
        "a=fmtp:97 apt=98\r\na=rtpmap:98 VP9/90000\r\n"
        "a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=96\r\n", RAW, "video/x-vp8",
      96, 99},
  /* not for us */
  {"96", "a=rtpmap:96 VP8/90000\r\na=sendonly\r\n", RAW, "video/x-vp8", -1, -1},
  {"96", "a=rtpmap:96 VP8/90000\r\na=inactive\r\n", RAW, "video/x-vp8", -1, -1},
  {"96", "a=rtpmap:96 VP8/48000\r\n", RAW, "video/x-vp8", -1, -1},
  {"96", "", RAW, "video/x-vp8", -1, -1},
  {"98", "a=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=2\r\n", RAW,
      "video/x-vp9", -1, -1},
  /* constrained baseline, in one packetization that we have */
  {"1 2 3", "a=rtpmap:1 H264/90000\r\n"
        "a=fmtp:1 profile-level-id=42e01f;packetization-mode=0\r\n"
        "a=rtpmap:2 H264/90000\r\n"
        "a=fmtp:2 profile-level-id=64001f;packetization-mode=1\r\n"
        "a=rtpmap:3 H264/90000\r\n"
        "a=fmtp:3 packetization-mode=1; profile-level-id=42E01F\r\n",
      RAW, "video/x-h264", 3, -1},
  {"1", "a=rtpmap:1 H264/90000\r\n", RAW, "video/x-h264", 1, -1},
  {"1", "a=rtpmap:1 H264/90000\r\na=fmtp:1 profile-level-id=nonsense\r\n",
      RAW, "video/x-h264", -1, -1},
  /* a stream needs a decoder of its profile or a higher one */
  {"1", "a=rtpmap:1 H264/90000\r\na=fmtp:1 profile-level-id=42e01f\r\n",
      ENCODED ("high", "3.1"), "video/x-h264", -1, -1},
  {"1", "a=rtpmap:1 H264/90000\r\na=fmtp:1 profile-level-id=64001f\r\n",
      ENCODED ("main", "3.1"), "video/x-h264", 1, -1},
  {"1", "a=rtpmap:1 H264/90000\r\na=fmtp:1 profile-level-id=42e01f\r\n",
      ENCODED ("baseline", "3"), "video/x-h264", 1, -1},
  /* and of its level, unless levels may differ (RFC 6184 section 8.2.2) */
  {"1", "a=rtpmap:1 H264/90000\r\na=fmtp:1 profile-level-id=42e01f\r\n",
      ENCODED ("constrained-baseline", "4"), "video/x-h264", -1, -1},
  {"1", "a=rtpmap:1 H264/90000\r\n"
        "a=fmtp:1 profile-level-id=42e01f;level-asymmetry-allowed=1\r\n",
      ENCODED ("constrained-baseline", "4"), "video/x-h264", 1, -1},
  {"1", "a=rtpmap:1 H264/90000\r\n"
        "a=fmtp:1 profile-level-id=42e01f;level-asymmetry-allowed=0\r\n",
      ENCODED ("constrained-baseline", "4"), "video/x-h264", -1, -1},
};

GST_START_TEST (choose)
{
  g_autofree gchar *text = g_strconcat (HEAD "m=video 9 UDP/TLS/RTP/SAVPF ",
      choices[__i__].formats, "\r\n" TRANSPORT "a=mid:0\r\n",
      choices[__i__].described, NULL);
  GstSDPMessage *sdp = parse (text);
  g_autoptr (GstCaps) caps = gst_caps_from_string (choices[__i__].caps);
  g_autoptr (GstCaps) input = gst_caps_from_string (choices[__i__].input);
  g_autoptr (GArray) all = gst_rtc_payloads_from_caps (caps, NULL);
  g_autoptr (GArray) payloads = gst_rtc_payloads_for_input (all,
      GST_RTC_MEDIA_VIDEO, input);
  GstRtcChoice choice = { {NULL, -1}, -1, NULL };

  fail_unless (payloads->len > 0, "nothing for %s", choices[__i__].input);
  fail_unless_equals_int (gst_rtc_answer_choose (gst_sdp_message_get_media (sdp,
              0), payloads, input, TRUE, &choice), choices[__i__].pt >= 0);
  fail_unless_equals_int (choice.payload.pt, choices[__i__].pt);
  fail_unless_equals_int (choice.rtx_pt, choices[__i__].rtx_pt);
  gst_clear_caps (&choice.offered);
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

#define CHANNELS "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" \
    TRANSPORT "a=mid:c\r\na=sctp-port:5000\r\n"

static const gchar odd_offer[] = HEAD "a=group:BUNDLE t c v\r\n"
    "m=text 9 UDP/TLS/RTP/SAVPF 98\r\n" TRANSPORT "a=mid:t\r\n"
    "a=rtpmap:98 t140/1000\r\n"
    CHANNELS
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" TRANSPORT "a=mid:v\r\n"
    "a=rtpmap:96 VP8/90000\r\na=recvonly\r\n"
    "m=video 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:dead\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 99\r\n" TRANSPORT "a=mid:x\r\n"
    "m=application 9 DTLS/SCTP 5000\r\n" TRANSPORT "a=mid:old\r\n"
    "a=sctpmap:5000 webrtc-datachannel 1024\r\n";

/* webrtcbin sees m-lines that it can deal with, and the consumer sees its own */
GST_START_TEST (odd_medias)
{
  static const gboolean usable[] = { FALSE, TRUE, TRUE, FALSE, FALSE, FALSE };
  static const gchar *const kinds[] = {
    "text", "application", "video", "video", "video", "application"
  };
  GstSDPMessage *offer = parse (odd_offer);
  GstSDPMessage *inner = parse (odd_offer);

  fail_unless (gst_rtc_answer_prepare_offer (inner));
  for (guint i = 0; i < G_N_ELEMENTS (usable); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (inner, i);

    fail_unless_equals_int (gst_rtc_answer_is_usable (offer, i), usable[i]);
    fail_unless_equals_int (gst_sdp_media_get_port (media), 9);
    fail_unless (gst_sdp_media_get_attribute_val (media, "ice-pwd") != NULL);
    fail_unless (gst_sdp_media_get_attribute_val (media, "setup") != NULL);
    if (!usable[i])
      fail_unless_equals_string (gst_rtc_sdp_media_get_direction (media),
          "inactive");
  }

  gst_rtc_answer_reject_unusable (inner, offer);
  for (guint i = 0; i < G_N_ELEMENTS (usable); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (inner, i);

    fail_unless_equals_string (gst_sdp_media_get_media (media), kinds[i]);
    fail_unless_equals_int (gst_sdp_media_get_port (media), usable[i] ? 9 : 0);
  }
  fail_unless_equals_string (gst_sdp_message_get_attribute_val (inner,
          "group"), "BUNDLE c v");
  gst_sdp_message_free (offer);
  gst_sdp_message_free (inner);
}

GST_END_TEST;

GST_START_TEST (nothing_usable)
{
  GstSDPMessage *sdp = parse (HEAD "m=text 9 UDP/TLS/RTP/SAVPF 98\r\n"
      TRANSPORT "a=mid:t\r\n");

  fail_if (gst_rtc_answer_prepare_offer (sdp));
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

static Suite *
answer_suite (void)
{
  Suite *suite = suite_create ("answer");
  TCase *tcase = tcase_create ("general");

  tcase_add_loop_test (tcase, choose, 0, G_N_ELEMENTS (choices));
  tcase_add_test (tcase, odd_medias);
  tcase_add_test (tcase, nothing_usable);
  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (answer);
