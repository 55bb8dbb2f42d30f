/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the server allows its clients, with plain values: budgets, addresses,
 * who is away, names of this machine, ICE servers */

#include <gst/check/gstcheck.h>

#include "ext/signalling/admission.h"
#include "ext/signalling/budget.h"
#include "ext/signalling/iceservers.h"
#include "ext/signalling/outbox.h"
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

#define ALL G_MAXINT64

/* What n messages, and one that is not kept before the last k of them, leave:
 * how many are confirmed, how many arrived, and what comes again */
static const struct
{
  guint n;
  guint k;
  gsize size;
  guint confirmed;
  gint64 arrived;
  guint first;
  guint n_missing;
} replay_cases[] = {
  {0, 0, 4, 0, 0, 0, 0},
  {5, 0, 4, 0, 0, 0, 5},
  {5, 0, 4, 0, 3, 3, 2},
  {5, 0, 4, 0, 5, 0, 0},
  {5, 0, 4, 0, 6, 0, 0},
  {5, 0, 4, 0, ALL, 0, 0},
  {5, 0, 4, 0, -1, 0, 0},
  {5, 0, 4, 2, 4, 4, 1},
  {5, 0, 4, 4, 2, 4, 1},
  {5, 0, 4, 9, 2, 0, 0},
  {5, 2, 4, 0, 1, 4, 2},
  {1000, 0, 4, 0, 10, 1000 - 128, 128},
  {1000, 0, 4, 0, 990, 990, 10},
  {10, 0, 65536, 0, 1, 8, 2},
  {10, 0, 131073, 0, 1, 0, 0},
};

/* Numbers of messages are in them */
static GBytes *
make_numbered (guint number, gsize size)
{
  guint32 *data = g_malloc0 (size);

  data[0] = number;

  return g_bytes_new_take (data, size);
}

GST_START_TEST (replay)
{
  const guint n = replay_cases[__i__].n, k = replay_cases[__i__].k;
  GstRtcReplay replay = { {NULL}, };
  g_autoptr (GPtrArray) missing = NULL;

  for (guint i = 0; i < n + (k > 0); i++) {
    g_autoptr (GBytes) message = make_numbered (i, replay_cases[__i__].size);

    gst_rtc_replay_add (&replay, k > 0 && i == n - k ? NULL : message);
  }
  gst_rtc_replay_confirm (&replay, replay_cases[__i__].confirmed);
  missing = gst_rtc_replay_take_missing (&replay, replay_cases[__i__].arrived);
  fail_unless_equals_int (missing->len, replay_cases[__i__].n_missing);
  for (guint i = 0; i < missing->len; i++)
    fail_unless_equals_int (*(const guint32 *) g_bytes_get_data
        (g_ptr_array_index (missing, i), NULL), replay_cases[__i__].first + i);
  fail_unless_equals_int (replay.n_sent, 0);
  fail_unless_equals_int (replay.n_bytes, 0);
}

GST_END_TEST;

static void
push_all (GstRtcOutbox * outbox, const gchar * texts, gboolean urgent)
{
  g_auto (GStrv) list = g_strsplit (texts, " ", -1);

  for (guint i = 0; list[i]; i++)
    gst_rtc_outbox_push (outbox, g_strdup (list[i]), urgent);
}

static void
expect_all (GstRtcOutbox * outbox, const gchar * texts)
{
  GString *all = g_string_new (NULL);
  gchar *text;

  while ((text = gst_rtc_outbox_pop (outbox))) {
    g_string_append_printf (all, "%s%s", all->len > 0 ? " " : "", text);
    g_free (text);
  }
  assert_equals_string (all->str, texts);
  g_string_free (all, TRUE);
}

GST_START_TEST (outbox_repeats_what_did_not_arrive)
{
  GstRtcOutbox outbox = { 0, };

  gst_rtc_outbox_init (&outbox);
  push_all (&outbox, "hello", TRUE);
  push_all (&outbox, "a b c", FALSE);
  expect_all (&outbox, "hello a b c");
  gst_rtc_outbox_hold (&outbox);
  push_all (&outbox, "d e", FALSE);
  expect_all (&outbox, "");
  /* a connection that is lost as well, before it counted */
  push_all (&outbox, "again", TRUE);
  expect_all (&outbox, "again");
  gst_rtc_outbox_hold (&outbox);
  push_all (&outbox, "again status", TRUE);
  expect_all (&outbox, "again status");
  /* hello and a arrived */
  gst_rtc_outbox_resume (&outbox, 2);
  expect_all (&outbox, "b c d e");

  /* of this one, too: again, status, b, c and d */
  gst_rtc_outbox_hold (&outbox);
  gst_rtc_outbox_resume (&outbox, 5);
  expect_all (&outbox, "e");
  /* a server that does not say repeats nothing, nor one that forgot us */
  gst_rtc_outbox_hold (&outbox);
  gst_rtc_outbox_resume (&outbox, -1);
  expect_all (&outbox, "");
  push_all (&outbox, "f", FALSE);
  expect_all (&outbox, "f");
  gst_rtc_outbox_hold (&outbox);
  push_all (&outbox, "g", FALSE);
  gst_rtc_outbox_restart (&outbox);
  expect_all (&outbox, "");
  gst_rtc_outbox_clear (&outbox);
}

GST_END_TEST;

GST_START_TEST (outbox_keeps_what_no_pong_is_for)
{
  GstRtcOutbox outbox = { 0, };

  gst_rtc_outbox_init (&outbox);
  push_all (&outbox, "a b", FALSE);
  expect_all (&outbox, "a b");
  /* the ping may have been before these */
  gst_rtc_outbox_take_pong (&outbox);
  fail_unless_equals_int (gst_rtc_outbox_count_kept (&outbox), 2);
  push_all (&outbox, "c", FALSE);
  expect_all (&outbox, "c");
  gst_rtc_outbox_take_pong (&outbox);
  fail_unless_equals_int (gst_rtc_outbox_count_kept (&outbox), 1);

  /* another connection begins anew */
  gst_rtc_outbox_hold (&outbox);
  gst_rtc_outbox_resume (&outbox, 3);
  push_all (&outbox, "d e f g", FALSE);
  expect_all (&outbox, "d e f g");
  gst_rtc_outbox_take_pong (&outbox);
  fail_unless_equals_int (gst_rtc_outbox_count_kept (&outbox), 4);
  gst_rtc_outbox_clear (&outbox);
}

GST_END_TEST;

GST_START_TEST (resume)
{
  GstRtcResume *resume = gst_rtc_resume_new (10);
  g_autoptr (GBytes) frame = g_bytes_new_static ("frame", 5);
  g_autofree gchar *first = g_strdup (gst_rtc_resume_issue (resume, "a"));
  g_autofree gchar *second = g_strdup (gst_rtc_resume_issue (resume, "a"));
  g_autoptr (GPtrArray) held = NULL;
  GstRtcReplay replay = { {NULL}, };
  GstRtcReplay nothing = { {NULL}, };
  guint64 n_received;
  gchar *expired;

  fail_if (gst_rtc_resume_find (resume, first));
  assert_equals_string (gst_rtc_resume_find (resume, second), "a");
  gst_rtc_resume_issue (resume, "b");

  gst_rtc_replay_add (&replay, NULL);
  gst_rtc_replay_add (&replay, frame);
  gst_rtc_resume_park (resume, "b", 0, &nothing, 0);
  gst_rtc_resume_park (resume, "a", 1 * SECOND, &replay, 7);
  fail_unless_equals_int (replay.n_sent, 0);
  fail_unless (gst_rtc_resume_hold (resume, "a", frame));
  fail_if (gst_rtc_resume_next_expired (resume, 10 * SECOND - 1));
  expired = gst_rtc_resume_next_expired (resume, 10 * SECOND);
  assert_equals_string (expired, "b");
  gst_rtc_resume_forget (resume, expired);
  g_free (expired);
  fail_if (gst_rtc_resume_next_expired (resume, 10 * SECOND));

  /* what did not arrive, and what was held */
  held = gst_rtc_resume_unpark (resume, "a", 1, &n_received);
  fail_unless_equals_int (held->len, 2);
  fail_unless_equals_int (n_received, 7);
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
  tcase_add_loop_test (tc, replay, 0, G_N_ELEMENTS (replay_cases));
  tcase_add_test (tc, outbox_repeats_what_did_not_arrive);
  tcase_add_test (tc, outbox_keeps_what_no_pong_is_for);
  tcase_add_test (tc, resume);
  tcase_add_loop_test (tc, ice_uris, 0, G_N_ELEMENTS (ice_cases));
  tcase_add_loop_test (tc, local_names, 0, G_N_ELEMENTS (hosts));

  return suite;
}

GST_CHECK_MAIN (limits);
