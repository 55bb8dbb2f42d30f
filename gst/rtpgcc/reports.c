/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a path carries, by what a receiver without transport-wide feedback says:
 * loss and round trip of RTCP's receiver reports, every second at best, and
 * REMB where there is. Pure: time is an argument.
 *
 * It is coarse. Loss is judged as draft-ietf-rmcat-gcc-02, section 6 does. The
 * round trip grows with the queue that we fill, so one far above the least that
 * was seen is taken for a queue. Nothing probes: who is told so little feels
 * his way up by what he sends already. */

#include "reports.h"

#include "gcc.h"

#include <math.h>

/* Shares of packets */
#define MUCH_LOSS 0.1
#define LITTLE_LOSS 0.02

/* A queue: so much longer than the least round trip, or than that times two */
#define LONGER (100 * GST_RTC_GCC_MS)
#define DRAIN 0.85

/* A second, while all is well, and how long a gap between reports counts */
#define GROWTH 1.08
#define LONGEST_STEP (3 * GST_RTC_GCC_SECOND)

/* Nobody knows of more than that many times of what is sent */
#define UNKNOWN_FROM 1.5
#define UNKNOWN_MARGIN 10000    /* bit/s */

/* How long a bad report says that the network is the limit */
#define LIMITED_FOR (15 * GST_RTC_GCC_SECOND)

/**
 * gst_rtc_reports_init:
 *
 * Thread: any
 */
void
gst_rtc_reports_init (GstRtcReports * self)
{
  self->rate = 0;
  self->limited = FALSE;
  self->last = GST_RTC_GCC_NO_TIME;
  self->last_bad = GST_RTC_GCC_NO_TIME;
  self->least_rtt = 0;
  self->remb = 0;
  self->n_bytes = 0;
}

/**
 * gst_rtc_reports_sent:
 * @bytes: size of a packet
 *
 * Thread: any, one at a time
 */
void
gst_rtc_reports_sent (GstRtcReports * self, guint bytes)
{
  self->n_bytes += bytes;
}

static gboolean
has_queue (const GstRtcReports * self, gint64 rtt)
{
  return rtt > 0 && self->least_rtt > 0 &&
      rtt - self->least_rtt > MAX (LONGER, self->least_rtt);
}

static void
grow (GstRtcReports * self, gint64 lasted)
{
  const guint64 sent = self->n_bytes * 8.0 * GST_RTC_GCC_SECOND / lasted;
  const guint64 most = UNKNOWN_FROM * sent + UNKNOWN_MARGIN;
  const gint64 step = MIN (lasted, LONGEST_STEP);

  if (self->rate < most)
    self->rate = MIN (most, self->rate * pow (GROWTH, step /
            (gdouble) GST_RTC_GCC_SECOND));
}

static void
judge (GstRtcReports * self, gint64 now, const GstRtcPathReport * report)
{
  const gint64 lasted = self->last == GST_RTC_GCC_NO_TIME ? 0 :
      now - self->last;

  if (report->rtt > 0 && (self->least_rtt == 0 ||
          report->rtt < self->least_rtt))
    self->least_rtt = report->rtt;

  if (report->loss > MUCH_LOSS) {
    self->rate *= 1 - 0.5 * report->loss;
    self->last_bad = now;
  } else if (has_queue (self, report->rtt)) {
    self->rate *= DRAIN;
    self->last_bad = now;
  } else if (report->loss < LITTLE_LOSS && lasted > 0) {
    grow (self, lasted);
  }
  self->last = now;
  self->n_bytes = 0;
}

/**
 * gst_rtc_reports_take:
 * @rate: bit/s that is reckoned with at present
 * @report: what the receiver says
 *
 * Returns: bit/s to reckon with from now on
 *
 * Thread: any, one at a time
 */
guint64
gst_rtc_reports_take (GstRtcReports * self, gint64 now, guint64 rate,
    const GstRtcPathReport * report)
{
  self->rate = rate;
  if (report->has_loss)
    judge (self, now, report);
  if (report->remb > 0)
    self->remb = report->remb;
  if (self->remb > 0 && self->rate > self->remb) {
    self->rate = self->remb;
    self->last_bad = now;
  }
  self->limited = self->last_bad != GST_RTC_GCC_NO_TIME &&
      now - self->last_bad < LIMITED_FOR;

  return self->rate;
}
