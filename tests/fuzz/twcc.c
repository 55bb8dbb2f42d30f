/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A byte string is a script of what a sender does and a receiver says: how
 * many packets go, feedback on them, alone or among other RTCP, and packets
 * that get a number. Each step is a verb, a length and as many bytes.
 *
 * Whatever a receiver says, each packet that comes out was sent as it says and
 * comes out once, and the estimate keeps to its limits. */

#include "common.h"

#include <gst/rtp/rtp.h>
#include <string.h>

#include "gst/rtpgcc/gcc.h"
#include "gst/rtpgcc/twccfeedback.h"
#include "gst/rtpgcc/twccnumber.h"

#define MAX_STEPS 32
#define PACKET_INTERVAL (GST_RTC_GCC_MS / 10)
#define ROUND_TRIP (20 * GST_RTC_GCC_MS)
#define MIN_RATE 100000
#define MAX_RATE 10000000
#define FEEDBACK_HEADER 12

typedef enum
{
  VERB_SEND,
  VERB_FEEDBACK,
  VERB_RTCP,
  VERB_NUMBER,
  N_VERBS
} Verb;

typedef struct
{
  GstRtcSentLog log;
  GstRtcTwccReader reader;
  GstRtcGcc gcc;
  gint64 now;
  gsize n_taken;                /* bytes of RTCP */
} Play;

static void
send_packets (Play * self, guint n)
{
  for (guint i = 0; i < n; i++) {
    const guint size = 100 + self->log.next % 1100;

    gst_rtc_sent_log_add (&self->log, self->now, size);
    gst_rtc_gcc_sent (&self->gcc, self->now, size);
    self->now += PACKET_INTERVAL;
  }
}

static void
check_packets (Play * self, GArray * packets)
{
  guint8 told[65536 / 8] = { 0, };

  g_assert_cmpuint (packets->len, <=, self->log.next - self->log.first);
  for (guint i = 0; i < packets->len; i++) {
    const GstRtcGccPacket *packet =
        &g_array_index (packets, GstRtcGccPacket, i);
    const GstRtcSent *sent;

    g_assert_cmpint (packet->seqnum, >=, 0);
    g_assert_cmpint (packet->seqnum, <=, G_MAXUINT16);
    sent = gst_rtc_sent_log_find (&self->log, packet->seqnum);
    g_assert_nonnull (sent);
    g_assert_cmpint (packet->sent, ==, sent->time);
    g_assert_cmpuint (packet->size, ==, sent->size);
    g_assert_false (told[packet->seqnum / 8] >> packet->seqnum % 8 & 1);
    told[packet->seqnum / 8] |= 1 << packet->seqnum % 8;
  }
}

/* Of exact size, so that what is read behind it is seen */
static void
take_feedback (Play * self, const guint8 * data, gsize size)
{
  g_autofree guint8 *fci = g_memdup2 (data, size);
  g_autoptr (GArray) packets = gst_rtc_twcc_reader_take (&self->reader,
      &self->log, fci, size);

  if (!packets)
    return;
  check_packets (self, packets);
  self->now += ROUND_TRIP;
  gst_rtc_gcc_take_feedback (&self->gcc, self->now,
      (GstRtcGccPacket *) packets->data, packets->len);
  gst_rtc_gcc_tick (&self->gcc, self->now);
  g_assert_cmpuint (self->gcc.estimate, >=, MIN_RATE);
  g_assert_cmpuint (self->gcc.estimate, <=, MAX_RATE);
}

static void
on_feedback (gpointer data, const guint8 * fci, gsize size)
{
  Play *self = data;

  self->n_taken += FEEDBACK_HEADER + size;
  take_feedback (self, fci, size);
}

static GstBuffer *
make_buffer (const guint8 * data, gsize size)
{
  return size == 0 ? gst_buffer_new () : gst_buffer_new_memdup (data, size);
}

static void
take_rtcp (Play * self, const guint8 * data, gsize size)
{
  GstBuffer *rest;

  self->n_taken = 0;
  rest = gst_rtc_twcc_take_out (make_buffer (data, size), on_feedback, self);
  g_assert_cmpuint (self->n_taken + (rest ? gst_buffer_get_size (rest) : 0),
      ==, size);
  if (self->n_taken == 0 && size > 0)
    g_assert_cmpint (gst_buffer_memcmp (rest, 0, data, size), ==, 0);
  gst_clear_buffer (&rest);
}

/* A receiver finds the number */
static void
check_number (GstBuffer * packet, guint id, guint16 number)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  const guint8 *bytes;
  gpointer found = NULL;
  guint8 appbits;
  guint size;

  if (!gst_rtp_buffer_map (packet, GST_MAP_READ, &rtp))
    return;
  g_assert_true (gst_rtp_buffer_get_extension_onebyte_header (&rtp, id, 0,
          &found, &size) ||
      gst_rtp_buffer_get_extension_twobytes_header (&rtp, &appbits, id, 0,
          &found, &size));
  g_assert_cmpuint (size, ==, 2);
  bytes = found;
  g_assert_cmpuint (bytes[0] << 8 | bytes[1], ==, number);
  gst_rtp_buffer_unmap (&rtp);
}

static void
write_number (Play * self, const guint8 * data, gsize size)
{
  const guint id = size > 0 ? 1 + data[size - 1] % 14 : 1;
  const guint16 number = gst_rtc_sent_log_get_next (&self->log);
  g_autoptr (GstBuffer) bare = make_buffer (data, size);
  g_autoptr (GstBuffer) packet = gst_rtc_twcc_number_write (bare, id, number);
  gsize growth;

  if (!packet)
    return;
  growth = gst_buffer_get_size (packet) - size;
  g_assert_true (growth == 0 || growth == 4 ||
      growth == GST_RTC_TWCC_NUMBER_SIZE);
  check_number (packet, id, number);
}

/* Returns: how many bytes that took */
static gsize
step (Play * self, const guint8 * data, gsize size)
{
  const Verb verb = data[0] % N_VERBS;
  const gsize length = MIN (data[1], size - 2);

  data += 2;
  if (verb == VERB_SEND && length >= 2)
    send_packets (self, data[0] << 8 | data[1]);
  else if (verb == VERB_FEEDBACK)
    take_feedback (self, data, length);
  else if (verb == VERB_RTCP)
    take_rtcp (self, data, length);
  else if (verb == VERB_NUMBER)
    write_number (self, data, length);

  return 2 + length;
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  Play play = { {NULL,}, };

  gst_rtc_gcc_init (&play.gcc, GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION,
      1000000);
  gst_rtc_gcc_set_limits (&play.gcc, MIN_RATE, MAX_RATE);
  play.now = GST_RTC_GCC_SECOND;
  for (guint i = 0; i < MAX_STEPS && size >= 2; i++) {
    const gsize n = step (&play, data, size);

    data += n;
    size -= n;
  }
  gst_rtc_sent_log_clear (&play.log);

  return 0;
}
