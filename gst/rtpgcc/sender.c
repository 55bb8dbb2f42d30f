/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which packet goes when.
 *
 * A frame that fits into what may go at once is passed: it never waits, and
 * whoever brought it sends it on. What does not fit is taken into a queue, and
 * given out again in steps.
 *
 * Probes need packets when there are none: then rtprtxsend, which is upstream,
 * is asked to repeat what was sent last, as if a receiver had missed it.
 * Receivers drop what they have already.
 *
 * No thread, no lock, no clock: time is an argument.
 */

#include "sender.h"

#include <string.h>

#include "rtppacket.h"
#include "twccnumber.h"

/* Between two steps: threads that wake up for each packet cost more than
 * sending it */
#define NAP (5 * GST_RTC_GCC_MS)

/* Packets that go in one step */
#define MAX_BATCH 64

/* How long to wait for a packet that rtprtxsend was asked for */
#define FILL_WAIT (5 * GST_RTC_GCC_MS)

/* A stream without retransmission never answers */
#define MAX_UNANSWERED 3

#define RATE_WINDOW GST_RTC_GCC_SECOND

/* Above which backlog, and which share of the estimate, nothing is sent again */
#define RTX_BACKLOG (250 * GST_RTC_GCC_MS)
#define RTX_SHARE 0.25
#define RTX_WINDOW (500 * GST_RTC_GCC_MS)

typedef struct
{
  guint8 pt;
  guint16 seqnum;
  guint32 ssrc;
} Header;

/**
 * gst_rtc_sender_init:
 * @type: how the trend of the delay is found
 * @estimate: bit/s to begin with
 *
 * Thread: any
 */
void
gst_rtc_sender_init (GstRtcSender * self, GstRtcGccEstimatorType type,
    guint64 estimate)
{
  memset (self, 0, sizeof (*self));
  gst_rtc_gcc_init (&self->gcc, type, estimate);
  gst_rtc_pacer_init (&self->pacer);
  gst_rtc_pace_queue_init (&self->queue);
  gst_rtc_rate_meter_init (&self->audio_meter);
  gst_rtc_rate_meter_init (&self->rtx_meter);
  gst_rtc_rate_meter_init (&self->packet_meter);
}

void
gst_rtc_sender_clear (GstRtcSender * self)
{
  gst_rtc_pace_queue_free (&self->queue);
  gst_rtc_sent_log_clear (&self->sent);
}

/**
 * gst_rtc_sender_set_audio:
 * @pt: payload type of audio, which is sent first
 *
 * Thread: any, one at a time
 */
void
gst_rtc_sender_set_audio (GstRtcSender * self, guint pt)
{
  gst_rtc_pt_set_add (&self->audio_pts, pt);
}

/**
 * gst_rtc_sender_set_retransmission:
 * @pt: payload type of repeated packets
 *
 * Thread: any, one at a time
 */
void
gst_rtc_sender_set_retransmission (GstRtcSender * self, guint pt)
{
  gst_rtc_pt_set_add (&self->rtx_pts, pt);
}

/**
 * gst_rtc_sender_set_numbered:
 * @pt: payload type of packets that get a transport-wide sequence number
 * @id: of its header extension
 *
 * All such packets have one id (RFC 8843 section 9.1.1, as there is one
 * transport).
 *
 * Thread: any, one at a time
 */
void
gst_rtc_sender_set_numbered (GstRtcSender * self, guint pt, guint id)
{
  gst_rtc_pt_set_add (&self->numbered_pts, pt);
  self->number_id = id;
}

static gboolean
parse_packet (GstBuffer * buffer, Header * header)
{
  guint8 data[GST_RTC_RTP_FIXED_HEADER];

  if (gst_buffer_extract (buffer, 0, data, sizeof (data)) != sizeof (data))
    return FALSE;

  header->pt = data[1] & 0x7f;
  header->seqnum = GST_READ_UINT16_BE (data + 2);
  header->ssrc = GST_READ_UINT32_BE (data + 8);

  return TRUE;
}

static void
remember (GstRtcSender * self, const Header * header)
{
  self->recent[self->next_recent].ssrc = header->ssrc;
  self->recent[self->next_recent].seqnum = header->seqnum;
  self->next_recent = (self->next_recent + 1) % GST_RTC_SENDER_RECENT;
  self->n_recent = MIN (self->n_recent + 1, GST_RTC_SENDER_RECENT);
}

static gboolean
is_probing (const GstRtcSender * self)
{
  return self->gcc.prober.state == GST_RTC_PROBE_SENDING;
}

static guint64
pacing_rate (const GstRtcSender * self)
{
  return gst_rtc_pacer_get_rate (&self->pacer, &self->gcc, self->queue.bytes);
}

static gboolean
may_send (GstRtcSender * self, gint64 now)
{
  return gst_rtc_pacer_may_send (&self->pacer, now, &self->gcc,
      self->queue.bytes);
}

static void
account (GstRtcSender * self, guint8 pt, guint bytes, guint n, gint64 now)
{
  const gboolean probing = is_probing (self);

  gst_rtc_pacer_sent (&self->pacer, bytes);
  gst_rtc_gcc_sent (&self->gcc, now, bytes);
  gst_rtc_rate_meter_take (&self->packet_meter, now, n);
  if (gst_rtc_pt_set_has (&self->audio_pts, pt))
    gst_rtc_rate_meter_take (&self->audio_meter, now, bytes);
  else if (gst_rtc_pt_set_has (&self->rtx_pts, pt) && !probing)
    gst_rtc_rate_meter_take (&self->rtx_meter, now, bytes);
}

/* Gives @packet, which goes now, its number */
static GstBuffer *
number (GstRtcSender * self, GstBuffer * packet, guint8 pt, gint64 now)
{
  GstBuffer *numbered;

  if (!gst_rtc_pt_set_has (&self->numbered_pts, pt))
    return packet;

  numbered = gst_rtc_twcc_number_write (packet, self->number_id,
      gst_rtc_sent_log_get_next (&self->sent));
  if (!numbered)
    return packet;
  gst_buffer_unref (packet);
  gst_rtc_sent_log_add (&self->sent, now, gst_buffer_get_size (numbered));

  return numbered;
}

/* Passing */

typedef struct
{
  GstRtcSender *sender;
  gint64 now;
  guint8 pt;                    /* of the last */
  gsize n_sent_bytes;           /* with their numbers */
  guint n;
} Passing;

/* Packets of @bytes in all, which begin with @first and end with one of
 * @last_size. What is sent again may not be worth it, and is to be looked at one
 * by one; rtprtxsend puts it into no list. */
static gboolean
may_pass (GstRtcSender * self, GstBuffer * first, gsize bytes,
    gsize last_size, gint64 now)
{
  Header header;

  return parse_packet (first, &header) &&
      !gst_rtc_pt_set_has (&self->rtx_pts, header.pt) &&
      may_send (self, now) &&
      gst_rtc_pacer_has_room (&self->pacer, bytes - last_size);
}

static gboolean
let_pass (GstBuffer ** buffer, guint index, gpointer data)
{
  Passing *passing = data;
  GstRtcSender *self = passing->sender;
  Header header;

  if (!parse_packet (*buffer, &header))
    return TRUE;
  if (!gst_rtc_pt_set_has (&self->audio_pts, header.pt))
    remember (self, &header);
  *buffer = number (self, *buffer, header.pt, passing->now);
  passing->pt = header.pt;
  passing->n_sent_bytes += gst_buffer_get_size (*buffer);
  passing->n++;

  return TRUE;
}

static gboolean
can_pass (GstRtcSender * self)
{
  return !is_probing (self) && !gst_rtc_pace_queue_peek (&self->queue);
}

static void
have_passed (GstRtcSender * self, const Passing * passing)
{
  account (self, passing->pt, passing->n_sent_bytes, passing->n, passing->now);
  self->n_unanswered = 0;
}

/**
 * gst_rtc_sender_pass:
 * @packet: (inout): what shall be sent; replaced by what is to be
 *
 * Returns: whether @packet may go at once, and counts as sent; if not it is to
 *     be taken
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_sender_pass (GstRtcSender * self, GstBuffer ** packet, gint64 now)
{
  Passing passing = { self, now, };
  const gsize size = gst_buffer_get_size (*packet);

  if (!can_pass (self) || !may_pass (self, *packet, size, size, now))
    return FALSE;

  let_pass (packet, 0, &passing);
  have_passed (self, &passing);

  return TRUE;
}

/**
 * gst_rtc_sender_pass_list:
 * @packets: (inout): what shall be sent; replaced by what is to be
 *
 * Returns: whether all of @packets may go at once, and count as sent; if not
 *     each is to be taken
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_sender_pass_list (GstRtcSender * self, GstBufferList ** packets,
    gint64 now)
{
  Passing passing = { self, now, };
  const guint n = gst_buffer_list_length (*packets);

  if (n == 0 || !can_pass (self) || !may_pass (self,
          gst_buffer_list_get (*packets, 0),
          gst_buffer_list_calculate_size (*packets),
          gst_buffer_get_size (gst_buffer_list_get (*packets, n - 1)), now))
    return FALSE;

  *packets = gst_buffer_list_make_writable (*packets);
  gst_buffer_list_foreach (*packets, let_pass, &passing);
  have_passed (self, &passing);

  return TRUE;
}

/* Taking */

/* Who misses packets because the path is full does not get more of them by
 * having them sent again, and what is late anyway helps nobody */
static gboolean
is_useless (GstRtcSender * self, guint8 pt, gint64 now)
{
  if (!gst_rtc_pt_set_has (&self->rtx_pts, pt) || self->n_unanswered > 0)
    return FALSE;
  gst_rtc_rate_meter_take (&self->rtx_meter, now, 0);

  return (gst_rtc_sender_get_backlog (self) > RTX_BACKLOG ||
      gst_rtc_rate_meter_get (&self->rtx_meter, RTX_WINDOW) >
      RTX_SHARE * self->gcc.estimate);
}

/**
 * gst_rtc_sender_take:
 * @packet: (transfer full): what is to wait
 *
 * Thread: any, one at a time
 */
void
gst_rtc_sender_take (GstRtcSender * self, GstBuffer * packet, gint64 now)
{
  GstRtcPaceItem item = { GST_MINI_OBJECT_CAST (packet), now,
    MAX (1, gst_buffer_get_size (packet)), 0
  };
  gboolean urgent = FALSE;
  Header header;

  if (parse_packet (packet, &header)) {
    if (is_useless (self, header.pt, now)) {
      gst_buffer_unref (packet);
      return;
    }
    item.pt = header.pt;
    urgent = gst_rtc_pt_set_has (&self->audio_pts, header.pt) ||
        gst_rtc_pt_set_has (&self->rtx_pts, header.pt);
    if (!urgent)
      remember (self, &header);
  }
  self->n_unanswered = 0;
  self->fill_until = now;
  gst_rtc_pace_queue_push (&self->queue, &item, urgent);
}

/**
 * gst_rtc_sender_take_event:
 * @event: (transfer full): what keeps its place among the packets
 *
 * Thread: any, one at a time
 */
void
gst_rtc_sender_take_event (GstRtcSender * self, GstEvent * event)
{
  const GstRtcPaceItem item = { GST_MINI_OBJECT_CAST (event), 0, 0, 0 };

  gst_rtc_pace_queue_push (&self->queue, &item, FALSE);
}

/* Sending */

/* The next event, when no packet is before it */
static GstEvent *
pop_event (GstRtcSender * self)
{
  const GstRtcPaceItem *item = gst_rtc_pace_queue_peek (&self->queue);

  if (!item || item->size > 0)
    return NULL;

  return GST_EVENT_CAST (gst_rtc_pace_queue_pop (&self->queue).object);
}

/* What is due. The packets of a cluster go one by one, as it is their distance
 * that is measured, and the packets of a list go at one time. */
static GstBufferList *
pop_packets (GstRtcSender * self, gint64 now)
{
  GstBufferList *list = NULL;
  guint n = 0;

  while (n < MAX_BATCH && self->queue.bytes > 0 &&
      gst_rtc_pace_queue_peek (&self->queue)->size > 0
      && may_send (self, now)) {
    GstRtcPaceItem item;
    GstBuffer *packet;

    if (n > 0 && is_probing (self))
      break;
    item = gst_rtc_pace_queue_pop (&self->queue);
    if (!list)
      list = gst_buffer_list_new ();
    packet = number (self, GST_BUFFER_CAST (item.object), item.pt, now);
    account (self, item.pt, gst_buffer_get_size (packet), 1, now);
    gst_buffer_list_add (list, packet);
    n++;
  }

  return list;
}

static gboolean
can_fill (GstRtcSender * self)
{
  if (!is_probing (self)) {
    self->n_fills = 0;
    self->n_unanswered = 0;
  }

  return is_probing (self) && self->gcc.prober.n_sent > 0 &&
      self->n_fills < self->n_recent && self->n_unanswered < MAX_UNANSWERED;
}

/* A cluster that began has nothing left to send: have something repeated */
static GstEvent *
make_request (GstRtcSender * self, gint64 now)
{
  guint i;

  if (!can_fill (self) || now < self->fill_until || !may_send (self, now))
    return NULL;

  self->n_fills++;
  self->n_unanswered++;
  self->fill_until = now + FILL_WAIT;
  i = (self->next_recent + GST_RTC_SENDER_RECENT - self->n_fills) %
      GST_RTC_SENDER_RECENT;

  return gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
      gst_structure_new ("GstRTPRetransmissionRequest",
          "seqnum", G_TYPE_UINT, (guint) self->recent[i].seqnum,
          "ssrc", G_TYPE_UINT, (guint) self->recent[i].ssrc, NULL));
}

static gint64
time_to_wait (GstRtcSender * self, gint64 now)
{
  const gint64 delay = gst_rtc_pacer_get_delay (&self->pacer,
      pacing_rate (self));

  if (self->queue.bytes > 0)
    return MAX (delay, is_probing (self) ? 0 : NAP);
  if (can_fill (self))
    return MAX (delay, self->fill_until - now);

  return GST_RTC_GCC_NO_TIME;
}

/**
 * gst_rtc_sender_next:
 *
 * Returns: what to do now, which counts as done
 *
 * Thread: any, one at a time
 */
GstRtcSenderStep
gst_rtc_sender_next (GstRtcSender * self, gint64 now)
{
  GstRtcSenderStep step = { NULL, NULL, NULL, GST_RTC_GCC_NO_TIME };

  step.event = pop_event (self);
  if (!step.event)
    step.packets = pop_packets (self, now);
  if (!step.event && !step.packets && self->queue.bytes == 0)
    step.request = make_request (self, now);
  if (!step.event && !step.packets && !step.request)
    step.wait = time_to_wait (self, now);

  return step;
}

/**
 * gst_rtc_sender_is_idle:
 *
 * Returns: whether nothing waits
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_sender_is_idle (GstRtcSender * self)
{
  return !gst_rtc_pace_queue_peek (&self->queue);
}

/**
 * gst_rtc_sender_take_feedback:
 * @fci: transport-wide feedback on packets that were numbered here
 * @size: bytes
 *
 * Thread: any, one at a time
 */
void
gst_rtc_sender_take_feedback (GstRtcSender * self, const guint8 * fci,
    gsize size, gint64 now)
{
  g_autoptr (GArray) packets = gst_rtc_twcc_reader_take (&self->feedback,
      &self->sent, fci, size);

  if (!packets)
    return;
  gst_rtc_twcc_stats_take (&self->stats, (GstRtcGccPacket *) packets->data,
      packets->len);
  gst_rtc_gcc_take_feedback (&self->gcc, now,
      (GstRtcGccPacket *) packets->data, packets->len);
}

/* What is known */

/**
 * gst_rtc_sender_get_backlog:
 *
 * Returns: how long what waits takes at the estimate, in ns
 *
 * Thread: any, one at a time
 */
gint64
gst_rtc_sender_get_backlog (const GstRtcSender * self)
{
  return self->queue.bytes * 8 * GST_RTC_GCC_SECOND /
      MAX (1, self->gcc.estimate);
}

/**
 * gst_rtc_sender_get_report:
 * @report: (out): what is known of the path
 *
 * Thread: any, one at a time
 */
void
gst_rtc_sender_get_report (GstRtcSender * self, gint64 now,
    GstRtcGccReport * report)
{
  /* what is long ago is no rate */
  gst_rtc_rate_meter_take (&self->audio_meter, now, 0);
  gst_rtc_rate_meter_take (&self->rtx_meter, now, 0);
  gst_rtc_rate_meter_take (&self->packet_meter, now, 0);
  report->estimate = self->gcc.estimate;
  report->limit = self->gcc.limit;
  report->audio = gst_rtc_rate_meter_get (&self->audio_meter, RATE_WINDOW);
  report->retransmission =
      gst_rtc_rate_meter_get (&self->rtx_meter, RATE_WINDOW);
  report->packets =
      gst_rtc_rate_meter_get (&self->packet_meter, RATE_WINDOW) / 8;
  report->loss = self->gcc.loss.loss;
  report->rtt = self->gcc.rtt;
  report->queued = gst_rtc_sender_get_backlog (self);
}
