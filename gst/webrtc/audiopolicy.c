/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an encoder of audio does about its listeners' networks. Pure: time is an
 * argument.
 *
 * Two things have steps of their own: protection against loss, and thrift where
 * a path is so narrow that audio would take most of it. Listeners share the
 * encode, and what helps one costs the others a little. So
 *
 *   - the first step of protection only lets the encoder know: Opus (libopus
 *     1.3) then puts copies into what it takes for speech and leaves music as
 *     it is, as its copies are made by the part of it that is for speech;
 *   - the worst off counts, but the last step needs half of the listeners;
 *   - steps up are taken at once, steps down after HOLD.
 */

#include "audiopolicy.h"

/* Microseconds */
#define HOLD (5 * G_USEC_PER_SEC)

/* No more than that share of what a path carries, if it can be helped */
#define SHARE 0.2

/* A step is left with so much more than what it was entered for */
#define MARGIN 1.3

/* bit/s: below, speech is hard to understand */
#define LEAST 16000

/* enter, leave: shares of packets. A copy of the packet before is of no use
 * for gaps of two, so there is nothing to be had beyond the last step. */
static const struct
{
  gdouble enter;
  gdouble leave;
  guint percentage;
  guint eighths;                /* of the bitrate */
} protections[] = {
  {0, 0, 0, 8},
  {0.02, 0.01, 5, 8},
  {0.05, 0.03, 10, 6},
  {0.12, 0.08, 20, 4},
};

/* of the bitrate */
static const guint thrift_eighths[] = { 8, 4, 2 };

static guint
get_protection (const GstRtcAudioPath * path, guint current)
{
  guint step = 0;

  for (guint i = 1; i < G_N_ELEMENTS (protections); i++) {
    if (path->loss >= (i <= current ? protections[i].leave :
            protections[i].enter))
      step = i;
  }

  return step;
}

static guint
get_thrift (const GstRtcAudioPath * path, guint bitrate, guint current)
{
  guint step = 0;

  if (path->estimate == 0)
    return 0;

  for (guint i = 1; i < G_N_ELEMENTS (thrift_eighths); i++) {
    gdouble room = SHARE * path->estimate;

    if (i <= current)
      room /= MARGIN;
    if (room < bitrate * thrift_eighths[i - 1] / 8.0)
      step = i;
  }

  return step;
}

/* The highest step that somebody needs; the last one only if half do */
static guint
agree (const guint * n_by_step, guint n_steps, guint n_paths)
{
  guint last = n_steps - 1;

  if (2 * n_by_step[last] >= n_paths && n_paths > 0)
    return last;
  if (n_by_step[last] > 0)
    return last - 1;
  while (last > 0 && n_by_step[last] == 0)
    last--;

  return last;
}

static gboolean
hold (GstRtcAudioStep * self, gint64 now, guint wanted)
{
  if (wanted == self->step) {
    self->better_since = 0;
    return FALSE;
  }
  if (wanted < self->step && self->better_since == 0)
    self->better_since = now;
  if (wanted < self->step && now - self->better_since < HOLD)
    return FALSE;

  self->step = wanted;
  self->better_since = 0;

  return TRUE;
}

/**
 * gst_rtc_audio_policy_take:
 * @now: us
 * @bitrate: bit/s of the encoder when all is well
 * @paths: those to the listeners who share the encode
 *
 * Returns: whether something has changed
 *
 * Thread: any, one at a time
 */
gboolean
gst_rtc_audio_policy_take (GstRtcAudioPolicy * self, gint64 now, guint bitrate,
    const GstRtcAudioPath * paths, guint n_paths)
{
  guint protection[G_N_ELEMENTS (protections)] = { 0, };
  guint thrift[G_N_ELEMENTS (thrift_eighths)] = { 0, };
  gboolean changed;

  for (guint i = 0; i < n_paths; i++) {
    protection[get_protection (&paths[i], self->protection.step)]++;
    thrift[get_thrift (&paths[i], bitrate, self->thrift.step)]++;
  }
  changed = hold (&self->protection, now,
      agree (protection, G_N_ELEMENTS (protection), n_paths));
  changed |= hold (&self->thrift, now,
      agree (thrift, G_N_ELEMENTS (thrift), n_paths));

  return changed;
}

/**
 * gst_rtc_audio_policy_get:
 * @bitrate: bit/s of the encoder when all is well
 * @ret_settings: (out): what it is to be set to now
 *
 * Thread: any, one at a time
 */
void
gst_rtc_audio_policy_get (const GstRtcAudioPolicy * self, guint bitrate,
    GstRtcAudioSettings * ret_settings)
{
  const guint eighths = MIN (protections[self->protection.step].eighths,
      thrift_eighths[self->thrift.step]);

  ret_settings->fec = self->protection.step > 0;
  ret_settings->loss_percentage = protections[self->protection.step].percentage;
  ret_settings->bitrate = MAX (MIN (bitrate, LEAST),
      (guint64) bitrate * eighths / 8);
}
