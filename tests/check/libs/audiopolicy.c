/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/allocation.h"
#include "gst/webrtc/audiopolicy.h"

#include <gst/check/gstcheck.h>

#define WHOLE 64000
#define S G_USEC_PER_SEC
#define HOLD (5 * S)

/* Who listens, from the first day on, and what comes of it */
static const struct
{
  const gchar *name;
  GstRtcAudioPath paths[5];
  guint n_paths;
  GstRtcAudioSettings expected;
} cases[] = {
  {"nobody", {{0, 0}}, 0, {FALSE, 0, WHOLE}},
  {"a clear path", {{0, 0}}, 1, {FALSE, 0, WHOLE}},
  {"a little loss", {{0.019, 0}}, 1, {FALSE, 0, WHOLE}},
  {"loss that speech suffers from", {{0.03, 0}}, 1, {TRUE, 5, WHOLE}},
  {"loss", {{0.06, 0}}, 1, {TRUE, 10, WHOLE * 3 / 4}},
  {"much loss", {{0.2, 0}}, 1, {TRUE, 20, WHOLE / 2}},
  {"the worst counts", {{0, 0}, {0, 0}, {0.06, 0}}, 3,
      {TRUE, 10, WHOLE * 3 / 4}},
  {"but is no outlier", {{0, 0}, {0, 0}, {0.5, 0}}, 3,
      {TRUE, 10, WHOLE * 3 / 4}},
  {"unless half are", {{0, 0}, {0, 0}, {0.5, 0}, {0.3, 0}}, 4,
      {TRUE, 20, WHOLE / 2}},
  {"room", {{0, 5 * WHOLE}}, 1, {FALSE, 0, WHOLE}},
  {"little room", {{0, 5 * WHOLE - 10}}, 1, {FALSE, 0, WHOLE / 2}},
  {"no room", {{0, 100000}}, 1, {FALSE, 0, WHOLE / 4}},
  {"no room for one of many", {{0, 100000}, {0, 0}, {0, 0}}, 3,
      {FALSE, 0, WHOLE / 2}},
  {"loss and no room", {{0.06, 100000}}, 1, {TRUE, 10, WHOLE / 4}},
};

GST_START_TEST (listeners)
{
  GstRtcAudioPolicy policy = { {0,}, };
  GstRtcAudioSettings settings;
  const gchar *name = cases[__i__].name;

  gst_rtc_audio_policy_take (&policy, S, WHOLE, cases[__i__].paths,
      cases[__i__].n_paths);
  gst_rtc_audio_policy_get (&policy, WHOLE, &settings);
  fail_unless (settings.fec == cases[__i__].expected.fec, "%s", name);
  fail_unless (settings.loss_percentage ==
      cases[__i__].expected.loss_percentage, "%s: %u %%", name,
      settings.loss_percentage);
  fail_unless (settings.bitrate == cases[__i__].expected.bitrate,
      "%s: %u bit/s", name, settings.bitrate);
}

GST_END_TEST;

static void
expect_step (GstRtcAudioPolicy * policy, gint64 now, gdouble loss,
    guint protection)
{
  const GstRtcAudioPath path = { loss, 0 };

  gst_rtc_audio_policy_take (policy, now, WHOLE, &path, 1);
  fail_unless (policy->protection.step == protection, "step %u at %"
      G_GINT64_FORMAT, policy->protection.step, now);
}

/* Up at once, and down when it has been better for a while */
GST_START_TEST (steps_are_held)
{
  GstRtcAudioPolicy policy = { {0,}, };

  expect_step (&policy, 1 * S, 0, 0);
  expect_step (&policy, 2 * S, 0.06, 2);
  expect_step (&policy, 3 * S, 0.2, 3);
  /* neither better nor worse */
  expect_step (&policy, 20 * S, 0.09, 3);
  expect_step (&policy, 21 * S, 0, 3);
  expect_step (&policy, 21 * S + HOLD - 1, 0, 3);
  /* worse again in between */
  expect_step (&policy, 21 * S + HOLD - 1, 0.1, 3);
  expect_step (&policy, 30 * S, 0.04, 3);
  expect_step (&policy, 30 * S + HOLD, 0.04, 2);
  expect_step (&policy, 50 * S, 0, 2);
  expect_step (&policy, 50 * S + HOLD, 0, 0);
}

GST_END_TEST;

/* Loss around a threshold does not make the encoder change all the time */
GST_START_TEST (loss_that_wavers)
{
  GstRtcAudioPolicy policy = { {0,}, };
  guint changes = 0;

  for (guint i = 0; i < 600; i++) {
    const GstRtcAudioPath path = { i % 2 ? 0.045 : 0.055, 300000 + i % 2 * 40000
    };

    changes += gst_rtc_audio_policy_take (&policy, i * S, WHOLE, &path, 1);
  }
  fail_unless (changes <= 2, "%u changes", changes);
}

GST_END_TEST;

/* Who has set little already is not asked for less than speech needs */
GST_START_TEST (low_bitrates)
{
  GstRtcAudioPolicy policy = { {0,}, };
  const GstRtcAudioPath path = { 0.3, 10000 };
  GstRtcAudioSettings settings;

  gst_rtc_audio_policy_take (&policy, S, 24000, &path, 1);
  gst_rtc_audio_policy_get (&policy, 24000, &settings);
  fail_unless_equals_int (settings.bitrate, 16000);
  gst_rtc_audio_policy_get (&policy, 8000, &settings);
  fail_unless_equals_int (settings.bitrate, 8000);
  gst_rtc_audio_policy_get (&policy, 0, &settings);
  fail_unless_equals_int (settings.bitrate, 0);
}

GST_END_TEST;

/* What audio leaves is video's */
GST_START_TEST (video_gets_what_audio_leaves)
{
  GstRtcAllocation allocation = { 300000, WHOLE, 0, 50, 1 };
  const guint64 before = gst_rtc_allocation_get_video (&allocation);

  allocation.audio = WHOLE / 2;
  fail_unless_equals_int (gst_rtc_allocation_get_video (&allocation) - before,
      WHOLE / 2);
}

GST_END_TEST;

static Suite *
audiopolicy_suite (void)
{
  Suite *suite = suite_create ("audiopolicy");
  TCase *tc = tcase_create ("audiopolicy");

  tcase_add_loop_test (tc, listeners, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, steps_are_held);
  tcase_add_test (tc, loss_that_wavers);
  tcase_add_test (tc, low_bitrates);
  tcase_add_test (tc, video_gets_what_audio_leaves);
  suite_add_tcase (suite, tc);

  return suite;
}

GST_CHECK_MAIN (audiopolicy);
