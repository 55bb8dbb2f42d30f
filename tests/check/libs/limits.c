/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the server allows its clients, with plain values: budgets, addresses,
 * who is away, names of this machine, ICE servers */

#include <gst/check/gstcheck.h>

#include "ext/signalling/admission.h"
#include "ext/signalling/budget.h"
#include "ext/signalling/iceservers.h"
#include "ext/signalling/resume.h"

#define SECOND G_TIME_SPAN_SECOND

GST_START_TEST (budget)
{
  GstRtcBudget budget;
  guint n = 0;

  gst_rtc_budget_init (&budget, 100, 0);
  while (gst_rtc_budget_charge (&budget, 100, 1, 0))
    n++;
  fail_unless_equals_int (n, 99);
  fail_if (gst_rtc_budget_has_some (&budget, 100, SECOND / 100));
  fail_unless (gst_rtc_budget_has_some (&budget, 100, SECOND / 10));
  /* debts are paid first */
  fail_if (gst_rtc_budget_charge (&budget, 100, 500, SECOND / 10));
  fail_if (gst_rtc_budget_has_some (&budget, 100, 4 * SECOND));
  fail_unless (gst_rtc_budget_has_some (&budget, 100, 6 * SECOND));
  /* nothing is saved for longer than a second */
  fail_if (gst_rtc_budget_charge (&budget, 100, 101, 1000 * SECOND));
}

GST_END_TEST;

static const struct
{
  const gchar *address;
  const gchar *name;
} names[] = {
  {"192.0.2.7", "192.0.2.7"},
  {"127.0.0.1", "loopback"},
  {"127.3.2.1", "loopback"},
  {"::1", "loopback"},
  {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
  {"2001:db8:1:2:ffff::1", "2001:db8:1:2::"},
  {"::ffff:192.0.2.7", "192.0.2.7"},
  {"::ffff:127.0.0.1", "loopback"},
};

GST_START_TEST (address_names)
{
  g_autoptr (GInetAddress) address =
      g_inet_address_new_from_string (names[__i__].address);
  g_autofree gchar *name = gst_rtc_addresses_name (address);

  assert_equals_string (name, names[__i__].name);
}

GST_END_TEST;

static const struct
{
  gint max;
  const gchar *name;
  guint n;                      /* that get in, of 2000 */
} address_cases[] = {
  {3, "192.0.2.7", 3},
  {3, "loopback", 3},
  {0, "192.0.2.7", 2000},
  {-1, "192.0.2.7", 1024},
  {-1, "loopback", 2000},
};

GST_START_TEST (addresses)
{
  GstRtcAddresses *addresses = gst_rtc_addresses_new (address_cases[__i__].max);
  const gchar *name = address_cases[__i__].name;
  guint n = 0;

  for (guint i = 0; i < 2000; i++)
    n += gst_rtc_addresses_add (addresses, name);
  fail_unless_equals_int (n, address_cases[__i__].n);
  fail_unless (gst_rtc_addresses_add (addresses, "192.0.2.8"));
  gst_rtc_addresses_remove (addresses, name);
  fail_unless (gst_rtc_addresses_add (addresses, name));
  gst_rtc_addresses_free (addresses);
}

GST_END_TEST;

GST_START_TEST (resume)
{
  GstRtcResume *resume = gst_rtc_resume_new (10);
  g_autoptr (GBytes) frame = g_bytes_new_static ("frame", 5);
  g_autofree gchar *first = g_strdup (gst_rtc_resume_issue (resume, "a"));
  g_autofree gchar *second = g_strdup (gst_rtc_resume_issue (resume, "a"));
  g_autoptr (GPtrArray) held = NULL;
  gchar *expired;

  fail_if (gst_rtc_resume_find (resume, first));
  assert_equals_string (gst_rtc_resume_find (resume, second), "a");
  gst_rtc_resume_issue (resume, "b");

  gst_rtc_resume_park (resume, "b", 0);
  gst_rtc_resume_park (resume, "a", 1 * SECOND);
  fail_unless (gst_rtc_resume_hold (resume, "a", frame));
  fail_if (gst_rtc_resume_next_expired (resume, 10 * SECOND - 1));
  expired = gst_rtc_resume_next_expired (resume, 10 * SECOND);
  assert_equals_string (expired, "b");
  gst_rtc_resume_forget (resume, expired);
  g_free (expired);
  fail_if (gst_rtc_resume_next_expired (resume, 10 * SECOND));

  held = gst_rtc_resume_unpark (resume, "a");
  fail_unless_equals_int (held->len, 1);
  fail_if (gst_rtc_resume_is_parked (resume, "a"));
  fail_if (gst_rtc_resume_next_expired (resume, 100 * SECOND));
  gst_rtc_resume_free (resume);
}

GST_END_TEST;

/* As webrtcbin wants them */
static const struct
{
  const gchar *json;
  const gchar *uris;
} ice_cases[] = {
  {"[]", ""},
  {"[{\"urls\":[\"stun:a\",\"stun:b:1\"]}]", "stun://a:3478 stun://b:1"},
  {"[{\"urls\":[\"turn:a?transport=udp\"],\"username\":\"1:x\","
        "\"credential\":\"a+/=\"}]",
      "turn://1%3Ax:a%2B%2F%3D@a:3478?transport=udp"},
  {"[{\"urls\":[\"turns:[::1]\"],\"username\":\"u\",\"credential\":\"p\"}]",
      "turns://u:p@[::1]:5349"},
  {"[{\"urls\":[\"turn:a\"]},{\"urls\":\"stun:x\"},7,{},"
        "{\"urls\":[\"http://x\",\"stun:\",\"stun:x/y\",null]}]", ""},
};

GST_START_TEST (ice_uris)
{
  g_autoptr (JsonNode) node = json_from_string (ice_cases[__i__].json, NULL);
  g_auto (GStrv) uris = gst_rtc_ice_uris_from_json (node);
  g_autofree gchar *joined = g_strjoinv (" ", uris);

  assert_equals_string (joined, ice_cases[__i__].uris);
}

GST_END_TEST;

static const struct
{
  const gchar *host;
  gboolean is_local;
} hosts[] = {
  {"localhost", TRUE}, {"localhost:8443", TRUE}, {"LOCALHOST", TRUE},
  {"a.localhost", TRUE}, {"127.0.0.1:1", TRUE}, {"[::1]:1", TRUE},
  {"192.0.2.1", TRUE}, {"server.example", TRUE}, {"proxy.example:443", TRUE},
  {"evil.example", FALSE}, {"localhost.evil.example", FALSE},
  {"127.0.0.1.evil.example", FALSE}, {"", FALSE}, {"@", FALSE},
  {"localhost@evil.example", FALSE},
};

GST_START_TEST (local_names)
{
  GstRtcAdmission admission;
  GstRtcServerSettings settings = { NULL, };

  settings.host = (gchar *) "server.example";
  settings.allow_host = (gchar *) "proxy.example";
  gst_rtc_admission_init (&admission, &settings);
  fail_unless_equals_int (gst_rtc_admission_is_local_name (&admission,
          hosts[__i__].host), hosts[__i__].is_local);
  gst_rtc_admission_clear (&admission);
}

GST_END_TEST;

static Suite *
limits_suite (void)
{
  Suite *suite = suite_create ("limits");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, budget);
  tcase_add_loop_test (tc, address_names, 0, G_N_ELEMENTS (names));
  tcase_add_loop_test (tc, addresses, 0, G_N_ELEMENTS (address_cases));
  tcase_add_test (tc, resume);
  tcase_add_loop_test (tc, ice_uris, 0, G_N_ELEMENTS (ice_cases));
  tcase_add_loop_test (tc, local_names, 0, G_N_ELEMENTS (hosts));

  return suite;
}

GST_CHECK_MAIN (limits);
