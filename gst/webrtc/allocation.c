/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an estimate leaves for video. Pure. */

#include "allocation.h"

/* Bits of an RTP header with our extensions, which the estimate includes and
 * an encoder does not know of */
#define HEADER_BITS (20 * 8)

/* Repeated packets come and go in bursts; an encoder must not follow all of
 * that */
#define MAX_RETRANSMISSION 0.3

/* Whatever else there is, video gets that share of an estimate */
#define LEAST_VIDEO 0.25

/* What audio and headers may need on top of a limit that is for video */
#define AUDIO_ROOM 160000
#define HEADER_ROOM 1.05

/**
 * gst_rtc_allocation_get_video:
 *
 * Returns: bit/s for all video encoders together
 */
guint64
gst_rtc_allocation_get_video (const GstRtcAllocation * self)
{
  const guint64 most = MAX_RETRANSMISSION * self->estimate;
  const guint64 taken = self->audio + MIN (self->retransmission, most) +
      (guint64) self->packets * HEADER_BITS;
  const guint64 least = LEAST_VIDEO * self->estimate;
  const guint64 rest = self->estimate > taken + least ?
      self->estimate - taken : least;

  return rest * 100 / (100 + self->fec);
}

/**
 * gst_rtc_allocation_get_limit:
 * @bitrate: the most for one video encoder, in bit/s
 *
 * Returns: bit/s above which an estimate is of no use
 */
guint64
gst_rtc_allocation_get_limit (guint64 bitrate, guint n_video, guint n_audio)
{
  const gdouble limit = HEADER_ROOM * bitrate * MAX (1, n_video) +
      (gdouble) AUDIO_ROOM * n_audio;

  return MIN (limit, G_MAXUINT);
}

/**
 * gst_rtc_allocation_get_worth:
 * @share: bit/s that the application gives to a stream
 * @offered: bit/s that it would have without its word
 * @worth: what is known of @offered
 *
 * Whatever a path may carry, the application wants no more.
 *
 * Returns: what is known of @share
 */
GstRtcShareWorth
gst_rtc_allocation_get_worth (guint64 share, guint64 offered,
    GstRtcShareWorth worth)
{
  return share < offered ? GST_RTC_SHARE_MEASURED : worth;
}
