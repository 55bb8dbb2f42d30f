/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How much forward error correction a path is worth. Pure: time is an argument.
 *
 * Where packets are sent again, that is the better way: it costs what was lost
 * and no more, as long as the answer comes before the picture has to be shown.
 * So the longer the round trip, the more is corrected. Each packet of ULPFEC as
 * rtpulpfecenc makes it brings back one of those that it protects: it takes
 * several times the loss to bring most of them back. */

#include "fecpolicy.h"

/* Microseconds */
#define HOLD (5 * G_USEC_PER_SEC)

/* Share of packets that is not worth the trouble */
#define NO_LOSS 0.01

/* ns: up to which round trip packets are only sent again, and from which on
 * they are corrected as if they were not */
#define SHORT_RTT (50 * G_GINT64_CONSTANT (1000000))
#define LONG_RTT (150 * G_GINT64_CONSTANT (1000000))

#define TIMES_LOSS 400.0        /* percent for all packets */
#define LEAST 10
#define MOST 50
#define STEP 10                 /* an encoder that changes all the time is none */

static guint
get_wanted (gdouble loss, gint64 rtt, gboolean retransmission)
{
  gdouble part = 1;
  guint percentage;

  if (loss < NO_LOSS)
    return 0;
  if (retransmission)
    part = CLAMP ((rtt - SHORT_RTT) / (gdouble) (LONG_RTT - SHORT_RTT), 0, 1);
  if (part == 0)
    return 0;

  percentage = part * MAX (LEAST, TIMES_LOSS * loss);

  return CLAMP ((percentage + STEP / 2) / STEP * STEP, LEAST, MOST);
}

/**
 * gst_rtc_fec_policy_take:
 * @now: us
 * @loss: share of packets
 * @rtt: round trip in ns
 * @retransmission: whether lost packets are sent again
 *
 * Returns: whether the percentage has changed
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_fec_policy_take (GstRtcFecPolicy * self, gint64 now, gdouble loss,
    gint64 rtt, gboolean retransmission)
{
  const guint wanted = get_wanted (loss, rtt, retransmission);

  if (wanted >= self->percentage) {
    const gboolean changed = wanted > self->percentage;

    self->percentage = wanted;
    self->better_since = 0;
    return changed;
  }
  if (self->better_since == 0)
    self->better_since = now;
  if (now - self->better_since < HOLD)
    return FALSE;

  self->percentage = wanted;
  self->better_since = 0;

  return TRUE;
}
