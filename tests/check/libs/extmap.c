/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gst/webrtc/extmap.h"

#include <gst/check/gstcheck.h>

/* The smallest id that is free, and always the same for one extension */
GST_START_TEST (ids)
{
  g_autoptr (GstRtcExtmap) extmap = gst_rtc_extmap_new ();

  fail_unless (gst_rtc_extmap_reserve (extmap, 1, "uri:app"));
  fail_unless (gst_rtc_extmap_reserve (extmap, 1, "uri:app"));
  fail_if (gst_rtc_extmap_reserve (extmap, 1, "uri:other"));
  fail_unless (gst_rtc_extmap_reserve (extmap, 3, "uri:three"));
  fail_unless_equals_int (gst_rtc_extmap_get_id (extmap, "uri:a"), 2);
  fail_unless_equals_int (gst_rtc_extmap_get_id (extmap, "uri:b"), 4);
  fail_unless_equals_int (gst_rtc_extmap_get_id (extmap, "uri:a"), 2);
  fail_unless_equals_int (gst_rtc_extmap_get_id (extmap, "uri:app"), 1);
}

GST_END_TEST;

/* 0 and 15 mean something else in the one-byte form */
GST_START_TEST (ids_run_out)
{
  g_autoptr (GstRtcExtmap) extmap = gst_rtc_extmap_new ();

  fail_if (gst_rtc_extmap_reserve (extmap, 0, "uri:zero"));
  fail_if (gst_rtc_extmap_reserve (extmap, 15, "uri:fifteen"));
  for (guint i = 1; i <= 14; i++) {
    g_autofree gchar *uri = g_strdup_printf ("uri:%u", i);

    fail_unless_equals_int (gst_rtc_extmap_get_id (extmap, uri), i);
  }
  fail_unless_equals_int (gst_rtc_extmap_get_id (extmap, "uri:more"), 0);
}

GST_END_TEST;

static const struct
{
  const gchar *attribute;
  gboolean taken;
} answers[] = {
  {"3 uri:three", TRUE},
  {"3/recvonly uri:three", TRUE},
  {"3 uri:three vad=on", TRUE},
  {"3/inactive uri:three", FALSE},
  /* what was not offered */
  {"4 uri:three", FALSE},
  {"3 uri:four", FALSE},
  {"5 uri:five", FALSE},
  {"3", FALSE},
  {"", FALSE},
  {"15 uri:three", FALSE},
  {"-3 uri:three", FALSE},
  {"4294967299 uri:three", FALSE},
};

GST_START_TEST (answer_takes)
{
  g_autoptr (GstRtcExtmap) extmap = gst_rtc_extmap_new ();
  GstStructure *rtp = gst_structure_new_empty ("application/x-rtp");
  GstSDPMedia *media;

  gst_sdp_media_new (&media);
  gst_sdp_media_add_attribute (media, "extmap", answers[__i__].attribute);
  gst_rtc_extmap_reserve (extmap, 3, "uri:three");
  gst_rtc_extmap_take_answer (extmap, media, rtp);
  fail_unless_equals_int (gst_structure_has_field (rtp, "extmap-3"),
      answers[__i__].taken);
  fail_unless_equals_int (gst_structure_n_fields (rtp), answers[__i__].taken);
  gst_sdp_media_free (media);
  gst_structure_free (rtp);
}

GST_END_TEST;

/* GLib never frees what is interned, and a peer may offer any URI */
GST_START_TEST (forgets_uris)
{
  GstRtcExtmap *extmap = gst_rtc_extmap_new ();

  fail_unless (gst_rtc_extmap_reserve (extmap, 1, "uri:of-this-test-alone"));
  gst_rtc_extmap_free (extmap);
  fail_unless_equals_int (g_quark_try_string ("uri:of-this-test-alone"), 0);
}

GST_END_TEST;

static Suite *
extmap_suite (void)
{
  Suite *s = suite_create ("extmap");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, ids);
  tcase_add_test (tc, ids_run_out);
  tcase_add_test (tc, forgets_uris);
  tcase_add_loop_test (tc, answer_takes, 0, G_N_ELEMENTS (answers));

  return s;
}

GST_CHECK_MAIN (extmap);
