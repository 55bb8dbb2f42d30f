/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/allocation.h"
#include "gst/webrtc/fecpolicy.h"
#include "gst/webrtc/red.h"
#include "gst/webrtc/sdp.h"

#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>
#include <string.h>

#define S G_USEC_PER_SEC
#define MS (G_GINT64_CONSTANT (1000000))
#define RED 116

/* RED */

static GstBuffer *
make_packet (guint n_csrcs, gboolean extension, guint size)
{
  GstBuffer *packet = gst_rtp_buffer_new_allocate (size, 0, n_csrcs);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  guint16 number = 0x1234;

  gst_rtp_buffer_map (packet, GST_MAP_READWRITE, &rtp);
  gst_rtp_buffer_set_payload_type (&rtp, 96);
  gst_rtp_buffer_set_seq (&rtp, 65535);
  gst_rtp_buffer_set_timestamp (&rtp, 90000);
  gst_rtp_buffer_set_ssrc (&rtp, 0xfeedbeef);
  gst_rtp_buffer_set_marker (&rtp, TRUE);
  for (guint i = 0; i < size; i++)
    ((guint8 *) gst_rtp_buffer_get_payload (&rtp))[i] = i;
  if (extension)
    gst_rtp_buffer_add_extension_onebyte_header (&rtp, 3, &number, 2);
  gst_rtp_buffer_unmap (&rtp);
  GST_BUFFER_PTS (packet) = 42;

  return packet;
}

static const struct
{
  guint n_csrcs;
  gboolean extension;
  guint size;
} packets[] = {
  {0, FALSE, 1},
  {0, TRUE, 1000},
  {15, TRUE, 7},
};

GST_START_TEST (red_keeps_header_extensions)
{
  GstBuffer *packet = make_packet (packets[__i__].n_csrcs,
      packets[__i__].extension, packets[__i__].size);
  GstBuffer *before = gst_buffer_copy_deep (packet);
  GstBuffer *red = gst_rtc_red_wrap (packet, RED);
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  GstBuffer *after;
  gpointer number;
  guint size;
  GstMapInfo map;

  fail_unless_equals_int (gst_buffer_get_size (red),
      gst_buffer_get_size (before) + 1);
  fail_unless (gst_rtp_buffer_map (red, GST_MAP_READ, &rtp));
  fail_unless_equals_int (gst_rtp_buffer_get_payload_type (&rtp), RED);
  fail_unless_equals_int (gst_rtp_buffer_get_seq (&rtp), 65535);
  fail_unless (gst_rtp_buffer_get_marker (&rtp));
  fail_unless_equals_int (*(guint8 *) gst_rtp_buffer_get_payload (&rtp), 96);
  fail_unless (gst_rtp_buffer_get_extension_onebyte_header (&rtp, 3, 0,
          &number, &size) == packets[__i__].extension);
  gst_rtp_buffer_unmap (&rtp);

  after = gst_rtc_red_unwrap (red);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (after), 42);
  gst_buffer_map (before, &map, GST_MAP_READ);
  fail_unless_equals_int (gst_buffer_get_size (after), map.size);
  fail_unless_equals_int (gst_buffer_memcmp (after, 0, map.data, map.size), 0);
  gst_buffer_unmap (before, &map);
  gst_buffer_unref (before);
  gst_buffer_unref (after);
}

GST_END_TEST;

/* What is no packet of one block stays as it is */
static const struct
{
  guint8 bytes[20];
  gsize size;
} odd[] = {
  {{0x80, 0xf4}, 5},
  {{0x80, 0xf4}, 12},
  {{0x80, 0xf4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 96}, 13},
  /* two blocks */
  {{0x80, 0xf4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xe0, 0, 0, 1, 96, 1, 2}, 19},
  /* an extension that is longer than the packet */
  {{0x90, 0xf4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0, 9, 1, 2, 3}, 19},
  {{0x9f, 0xf4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0, 9, 1, 2, 3}, 19},
  /* not RTP's version */
  {{0x00, 0xf4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 96, 1, 2, 3}, 16},
};

GST_START_TEST (odd_packets_stay)
{
  GstBuffer *packet = gst_buffer_new_memdup (odd[__i__].bytes,
      odd[__i__].size);
  GstBuffer *after = gst_rtc_red_unwrap (packet);

  fail_unless (after == packet);
  gst_buffer_unref (after);
}

GST_END_TEST;

/* How much is corrected */

static const struct
{
  gdouble loss;
  gint64 rtt;
  gboolean retransmission;
  guint expected;
} paths[] = {
  {0, 0, FALSE, 0},
  {0.009, 0, FALSE, 0},
  {0.01, 0, FALSE, 10},
  {0.05, 0, FALSE, 20},
  {0.10, 0, FALSE, 40},
  {0.50, 0, FALSE, 50},
  /* what is sent again comes in time */
  {0.10, 40 * MS, TRUE, 0},
  {0.10, 100 * MS, TRUE, 20},
  {0.10, 150 * MS, TRUE, 40},
  {0.10, 800 * MS, TRUE, 40},
  {0, 800 * MS, TRUE, 0},
};

GST_START_TEST (correction_by_path)
{
  GstRtcFecPolicy policy = { 0, };

  gst_rtc_fec_policy_take (&policy, S, paths[__i__].loss, paths[__i__].rtt,
      paths[__i__].retransmission);
  fail_unless_equals_int (policy.percentage, paths[__i__].expected);
}

GST_END_TEST;

GST_START_TEST (correction_is_held)
{
  GstRtcFecPolicy policy = { 0, };

  fail_unless (gst_rtc_fec_policy_take (&policy, S, 0.05, 0, FALSE));
  fail_unless (gst_rtc_fec_policy_take (&policy, 2 * S, 0.1, 0, FALSE));
  fail_if (gst_rtc_fec_policy_take (&policy, 3 * S, 0, 0, FALSE));
  fail_if (gst_rtc_fec_policy_take (&policy, 7 * S, 0, 0, FALSE));
  fail_unless_equals_int (policy.percentage, 40);
  fail_unless (gst_rtc_fec_policy_take (&policy, 8 * S, 0, 0, FALSE));
  fail_unless_equals_int (policy.percentage, 0);
}

GST_END_TEST;

/* Correction is paid for by video */
GST_START_TEST (correction_is_allocated)
{
  const GstRtcAllocation allocation = { 1200000, 0, 0, 0, 1, 50 };

  fail_unless_equals_uint64 (gst_rtc_allocation_get_video (&allocation),
      800000);
}

GST_END_TEST;

/* Who takes it */

#define BROWSER "o=- 1 2 IN IP4 127.0.0.1\r\n"
#define WEBRTCBIN "o=- 1 2 IN IP4 0.0.0.0\r\n"
#define MEDIA "s=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 116 117\r\n" \
    "a=rtpmap:96 VP8/90000\r\n"
#define CORRECTION "a=rtpmap:116 red/90000\r\na=rtpmap:117 ulpfec/90000\r\n"
#define EXTENSION "a=extmap:1 http://www.ietf.org/id/" \
    "draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"

static const struct
{
  const gchar *text;
  gboolean can;
} peers[] = {
  {BROWSER MEDIA EXTENSION, FALSE},
  {BROWSER MEDIA "a=rtpmap:116 red/90000\r\n" EXTENSION, FALSE},
  {BROWSER MEDIA CORRECTION EXTENSION, TRUE},
  {BROWSER MEDIA CORRECTION, TRUE},
  /* would correct to something else */
  {WEBRTCBIN MEDIA CORRECTION EXTENSION, FALSE},
  {WEBRTCBIN MEDIA CORRECTION, TRUE},
};

static GstSDPMessage *
parse (const gchar * text)
{
  g_autofree gchar *whole = g_strconcat ("v=0\r\n", text, NULL);
  GstSDPMessage *sdp;

  fail_unless_equals_int (gst_sdp_message_new_from_text (whole, &sdp),
      GST_SDP_OK);

  return sdp;
}

GST_START_TEST (who_takes_red)
{
  GstSDPMessage *sdp = parse (peers[__i__].text);

  fail_unless (gst_rtc_sdp_can_use_red (sdp, gst_sdp_message_get_media (sdp,
              0)) == peers[__i__].can);
  /* ours are marked */
  gst_rtc_sdp_mark_red (sdp);
  if (strstr (peers[__i__].text, CORRECTION))
    fail_unless (gst_rtc_sdp_can_use_red (sdp, gst_sdp_message_get_media (sdp,
                0)));
  gst_sdp_message_free (sdp);
}

GST_END_TEST;

static Suite *
correction_suite (void)
{
  Suite *suite = suite_create ("correction");
  TCase *tc = tcase_create ("fec");

  tcase_add_loop_test (tc, red_keeps_header_extensions, 0,
      G_N_ELEMENTS (packets));
  tcase_add_loop_test (tc, odd_packets_stay, 0, G_N_ELEMENTS (odd));
  tcase_add_loop_test (tc, correction_by_path, 0, G_N_ELEMENTS (paths));
  tcase_add_test (tc, correction_is_held);
  tcase_add_test (tc, correction_is_allocated);
  tcase_add_loop_test (tc, who_takes_red, 0, G_N_ELEMENTS (peers));
  suite_add_tcase (suite, tc);

  return suite;
}

GST_CHECK_MAIN (correction);
