/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The hub, with plain values. Each case is a script, one step a line:
 *
 *     + p          peer p connects, and is welcomed
 *     + p a,b r    the same, with roles a and b, in room r
 *     = n p        connection n becomes peer p
 *     ! n p        connection n may not become peer p
 *     - p          peer p disconnects
 *     p {...}      peer p sends this
 *     > p {...}    the next message, to p, is this
 *
 * All that a step brings out must be named before the next one. $1 ... $9
 * stand for session ids: bound where they are first met, the same from then
 * on, all different. Listeners are told in no fixed order, so there is one.
 */

#include <gst/check/gstcheck.h>

#include "ext/signalling/hub.h"

#define N_IDS 10

/* p produces, c asks for a session and gets $1 */
#define SESSION_1 \
    "p {'type':'setPeerStatus','roles':['producer']}", \
    "c {'type':'startSession','peerId':'p'}", \
    "> c {'type':'sessionStarted','peerId':'p','sessionId':'$1'}", \
    "> p {'type':'startSession','peerId':'c','sessionId':'$1'," \
    "'offer':null}"

typedef struct
{
  GstRtcHub *hub;
  GPtrArray *outputs;           /* of the last step; NULL before */
  guint n_seen;
  gchar *ids[N_IDS];
} Script;

static const struct
{
  const gchar *name;
  const gchar *steps[32];
} cases[] = {
  {"register producer", {
              "+ p",
              "p {'type':'setPeerStatus','roles':['producer']}",
          NULL}},
  {"list producers, asked by somebody unknown", {
              "+ p",
              "p {'type':'setPeerStatus','roles':['producer'],"
              "'meta':{'display-name':'foobar'}}",
              "x {'type':'list'}",
              "> x {'type':'list','producers':[{'id':'p',"
              "'meta':{'display-name':'foobar'}}]}",
          NULL}},
  {"list consumers", {
              "+ c",
              "+ p",
              "c {'type':'setPeerStatus','roles':['consumer']}",
              "p {'type':'setPeerStatus','roles':['producer']}",
              "p {'type':'listConsumers'}",
              "> p {'type':'listConsumers','consumers':[{'id':'c',"
              "'meta':null}]}",
          NULL}},
  {"listener", {
              "+ l",
              "l {'type':'setPeerStatus','roles':['listener']}",
              "> l {'type':'peerStatusChanged','roles':['listener'],"
              "'meta':null,'peerId':'l'}",
              "+ p",
              "p {'type':'setPeerStatus','roles':['producer'],'meta':"
              "{'display-name':'foobar'}}",
              "> l {'type':'peerStatusChanged','roles':['producer'],"
              "'meta':{'display-name':'foobar'},'peerId':'p'}",
          NULL}},
  {"start session", {
              "+ p",
              "+ c",
              SESSION_1,
          NULL}},
  {"start session with an offer", {
              "+ p",
              "+ c",
              "p {'type':'setPeerStatus','roles':['producer']}",
              "c {'type':'startSession','peerId':'p','offer':'v=0'}",
              "> c {'type':'sessionStarted','peerId':'p','sessionId':'$1'}",
              "> p {'type':'startSession','peerId':'c','sessionId':'$1',"
              "'offer':'v=0'}",
          NULL}},
  {"remove peer", {
              "+ p",
              "+ c",
              "+ l",
              SESSION_1,
              "l {'type':'setPeerStatus','roles':['listener']}",
              "> l {'type':'peerStatusChanged','roles':['listener'],"
              "'meta':null,'peerId':'l'}",
              "- p",
              "> c {'type':'endSession','sessionId':'$1'}",
              "> l {'type':'peerStatusChanged','roles':[],'meta':null,"
              "'peerId':'p'}",
          NULL}},
  {"consumer ends session", {
              "+ p",
              "+ c",
              SESSION_1,
              "c {'type':'endSession','sessionId':'$1'}",
              "> p {'type':'endSession','sessionId':'$1'}",
              "c {'type':'endSession','sessionId':'$1'}",
          NULL}},
  {"consumer disconnects", {
              "+ p",
              "+ c",
              SESSION_1,
              "- c",
              "> p {'type':'endSession','sessionId':'$1'}",
          NULL}},
  {"producer ends session", {
              "+ p",
              "+ c",
              SESSION_1,
              "p {'type':'endSession','sessionId':'$1'}",
              "> c {'type':'endSession','sessionId':'$1'}",
          NULL}},
  /* the session must survive the refusal, or the other side never hears of
   * its end */
  {"end with an error, sender speaks 1.0", {
              "+ p",
              "+ c",
              SESSION_1,
              "p {'type':'endSessionV1_1','sessionId':'$1','error':'bad'}",
              "> p {'type':'error','details':'Invalid end session message with "
              "error from peer \\'p\\', minimum protocol version is 1.1'}",
              "p {'type':'endSession','sessionId':'$1'}",
              "> c {'type':'endSession','sessionId':'$1'}",
          NULL}},
  {"end with an error, receiver speaks 1.0", {
              "+ p",
              "+ c",
              "p {'type':'setProtocolVersion','version':'v1_1'}",
              SESSION_1,
              "p {'type':'endSessionV1_1','sessionId':'$1','error':'bad'}",
              "> c {'type':'endSession','sessionId':'$1'}",
          NULL}},
  {"end with an error, both speak 1.1", {
              "+ p",
              "+ c",
              "p {'type':'setProtocolVersion','version':'v1_1'}",
              "c {'type':'setProtocolVersion','version':'v1_1'}",
              SESSION_1,
              "p {'type':'endSessionV1_1','sessionId':'$1','error':'bad'}",
              "> c {'type':'endSessionV1_1','sessionId':'$1','error':'bad'}",
          NULL}},
  {"plain end, receiver speaks 1.1", {
              "+ p",
              "+ c",
              "c {'type':'setProtocolVersion','version':'v1_1'}",
              SESSION_1,
              "p {'type':'endSession','sessionId':'$1'}",
              "> c {'type':'endSessionV1_1','sessionId':'$1','error':null}",
          NULL}},
  {"descriptions and candidates", {
              "+ p",
              "+ c",
              SESSION_1,
              "p {'type':'peer','sessionId':'$1','sdp':{'type':'offer',"
              "'sdp':'offer'}}",
              "> c {'type':'peer','sessionId':'$1','sdp':{'type':'offer',"
              "'sdp':'offer'}}",
              "c {'type':'peer','sessionId':'$1','sdp':{'type':'answer',"
              "'sdp':'answer'}}",
              "> p {'type':'peer','sessionId':'$1','sdp':{'type':'answer',"
              "'sdp':'answer'}}",
              "p {'type':'peer','sessionId':'$1','ice':{'candidate':"
              "'candidate','sdpMLineIndex':42}}",
              "> c {'type':'peer','sessionId':'$1','ice':{'candidate':"
              "'candidate','sdpMLineIndex':42}}",
              "c {'type':'peer','sessionId':'$1','ice':{'candidate':"
              "'candidate','sdpMLineIndex':42,'sdpMid':'m',"
              "'usernameFragment':'u'}}",
              "> p {'type':'peer','sessionId':'$1','ice':{'candidate':"
              "'candidate','sdpMLineIndex':42,'sdpMid':'m',"
              "'usernameFragment':'u'}}",
          NULL}},
  {"offer in the wrong direction", {
              "+ p",
              "+ c",
              SESSION_1,
              "c {'type':'peer','sessionId':'$1','sdp':{'type':'offer',"
              "'sdp':'offer'}}",
              "> c {'type':'error','details':'cannot forward offer from \"c\" "
              "to \"p\" as \"c\" is not the producer'}",
          NULL}},
  {"start session, no such producer", {
              "+ c",
              "c {'type':'startSession','peerId':'producer'}",
              "> c {'type':'error','details':'Peer with ID \\'producer\\' not "
              "found'}",
          NULL}},
  {"start session, sender unknown", {
              "+ p",
              "p {'type':'setPeerStatus','roles':['producer']}",
              "consumer {'type':'startSession','peerId':'p'}",
              "> consumer {'type':'error','details':'Peer with ID "
              "\\'consumer\\' not found'}",
          NULL}},
  {"start session, nobody produces", {
              "+ a",
              "+ b",
              "a {'type':'setPeerStatus','roles':['producer','listener']}",
              "> a {'type':'peerStatusChanged','roles':['producer','listener'],"
              "'meta':null,'peerId':'a'}",
              "a {'type':'startSession','peerId':'b'}",
              "> a {'type':'error','details':'Missing a producer or a consumer: "
              "id a roles [Producer, Listener], id b roles []'}",
          NULL}},
  {"stop producing", {
              "+ p",
              "+ c",
              SESSION_1,
              "p {'type':'setPeerStatus','roles':[]}",
              "> c {'type':'endSession','sessionId':'$1'}",
          NULL}},
  {"stop producing before a listener", {
              "+ p",
              "+ c",
              "+ l",
              "l {'type':'setPeerStatus','roles':['listener']}",
              "> l {'type':'peerStatusChanged','roles':['listener'],"
              "'meta':null,'peerId':'l'}",
              "p {'type':'setPeerStatus','roles':['producer']}",
              "> l {'type':'peerStatusChanged','roles':['producer'],"
              "'meta':null,'peerId':'p'}",
              "c {'type':'startSession','peerId':'p'}",
              "> c {'type':'sessionStarted','peerId':'p','sessionId':'$1'}",
              "> p {'type':'startSession','peerId':'c','sessionId':'$1',"
              "'offer':null}",
              "p {'type':'setPeerStatus','roles':[]}",
              "> c {'type':'endSession','sessionId':'$1'}",
              "> l {'type':'peerStatusChanged','roles':[],'meta':null,"
              "'peerId':'p'}",
          NULL}},
  {"two sessions between the same two", {
              "+ p",
              "+ c",
              SESSION_1,
              "c {'type':'startSession','peerId':'p'}",
              "> c {'type':'sessionStarted','peerId':'p','sessionId':'$2'}",
              "> p {'type':'startSession','peerId':'c','sessionId':'$2',"
              "'offer':null}",
          NULL}},
  {"protocol version twice", {
              "+ p",
              "p {'type':'setProtocolVersion','version':'v1_1'}",
              "p {'type':'setProtocolVersion','version':'v1_1'}",
              "> p {'type':'error','details':'Protocol version selection for "
              "peer \\'p\\' must be first message'}",
          NULL}},
  {"a consuming producer stops producing", {
              "+ a",
              "+ b",
              "a {'type':'setPeerStatus','roles':['producer']}",
              "b {'type':'setPeerStatus','roles':['producer']}",
              "b {'type':'startSession','peerId':'a'}",
              "> b {'type':'sessionStarted','peerId':'a','sessionId':'$1'}",
              "> a {'type':'startSession','peerId':'b','sessionId':'$1',"
              "'offer':null}",
              "b {'type':'setPeerStatus','roles':['listener']}",
              "> b {'type':'peerStatusChanged','roles':['listener'],"
              "'meta':null,'peerId':'b'}",
              "a {'type':'endSession','sessionId':'$1'}",
              "> b {'type':'endSession','sessionId':'$1'}",
          NULL}},
  {"passive consumer", {
              "+ p",
              "+ c",
              "c {'type':'setPeerStatus','roles':['consumer']}",
              "p {'type':'setPeerStatus','roles':['producer']}",
              "p {'type':'startSession','peerId':'c'}",
              "> c {'type':'sessionStarted','peerId':'p','sessionId':'$1'}",
              "> p {'type':'startSession','peerId':'c','sessionId':'$1',"
              "'offer':null}",
              "c {'type':'setPeerStatus','roles':[]}",
              "> p {'type':'endSession','sessionId':'$1'}",
          NULL}},
  /* knowing an id is not enough to end a session, or to speak in it */
  {"third party", {
              "+ p",
              "+ c",
              "+ x",
              SESSION_1,
              "x {'type':'endSession','sessionId':'$1'}",
              "> x {'type':'error','details':'Peer x is not part of $1'}",
              "x {'type':'peer','sessionId':'$1','sdp':{'type':'answer',"
              "'sdp':'a'}}",
              "> x {'type':'error','details':'Peer x is not part of $1'}",
              "p {'type':'endSession','sessionId':'$1'}",
              "> c {'type':'endSession','sessionId':'$1'}",
          NULL}},
  {"session with oneself", {
              "+ p",
              "p {'type':'setPeerStatus','roles':['producer']}",
              "p {'type':'startSession','peerId':'p'}",
              "> p {'type':'sessionStarted','peerId':'p','sessionId':'$1'}",
              "> p {'type':'startSession','peerId':'p','sessionId':'$1',"
              "'offer':null}",
              "- p",
          NULL}},
  {"both roles", {
              "+ p",
              "p {'type':'setPeerStatus','roles':['producer','consumer']}",
              "> p {'type':'error','details':'Cannot register peer p as both "
              "producer and passive consumer'}",
          NULL}},
  {"the same status again, with and without the id", {
              "+ l",
              "l {'type':'setPeerStatus','roles':['listener']}",
              "> l {'type':'peerStatusChanged','roles':['listener'],"
              "'meta':null,'peerId':'l'}",
              "l {'type':'setPeerStatus','roles':['listener'],'peerId':'l'}",
              "l {'type':'setPeerStatus','roles':['listener']}",
              "> l {'type':'peerStatusChanged','roles':['listener'],"
              "'meta':null,'peerId':'l'}",
          NULL}},
  {"two rooms", {
              "+ p produce,list red",
              "+ q produce,list blue",
              "+ l list red",
              "+ c consume blue",
              "p {'type':'setPeerStatus','roles':['producer']}",
              "l {'type':'setPeerStatus','roles':['listener']}",
              "> l {'type':'peerStatusChanged','roles':['listener'],"
              "'meta':null,'peerId':'l'}",
              "q {'type':'setPeerStatus','roles':['producer']}",
              "l {'type':'list'}",
              "> l {'type':'list','producers':[{'id':'p','meta':null}]}",
              "q {'type':'list'}",
              "> q {'type':'list','producers':[{'id':'q','meta':null}]}",
              "c {'type':'startSession','peerId':'p'}",
              "> c {'type':'error','details':'Peer with ID \\'p\\' not "
              "found'}",
              "- q",
              "- p",
              "> l {'type':'peerStatusChanged','roles':[],'meta':null,"
              "'peerId':'p'}",
          NULL}},
  {"roles that are not granted", {
              "+ n ,",
              "+ p produce",
              "+ c consume",
              "n {'type':'setPeerStatus','roles':['producer']}",
              "> n {'type':'error','details':'Peer n is not allowed to "
              "produce'}",
              "n {'type':'setPeerStatus','roles':['consumer']}",
              "> n {'type':'error','details':'Peer n is not allowed to "
              "consume'}",
              "n {'type':'setPeerStatus','roles':['listener']}",
              "> n {'type':'error','details':'Peer n is not allowed to "
              "listen'}",
              "n {'type':'list'}",
              "> n {'type':'error','details':'Peer n is not allowed to list'}",
              "p {'type':'setPeerStatus','roles':['producer']}",
              "c {'type':'setPeerStatus','roles':['consumer']}",
              "n {'type':'startSession','peerId':'p'}",
              "> n {'type':'error','details':'Peer n is not allowed to "
              "consume'}",
              "n {'type':'startSession','peerId':'c'}",
              "> n {'type':'error','details':'Peer n is not allowed to "
              "produce'}",
              "p {'type':'startSession','peerId':'c'}",
              "> c {'type':'sessionStarted','peerId':'p','sessionId':'$1'}",
              "> p {'type':'startSession','peerId':'c','sessionId':'$1',"
              "'offer':null}",
          NULL}},
  {"coming back", {
              "+ p",
              "+ c",
              "+ l",
              SESSION_1,
              "l {'type':'setPeerStatus','roles':['listener']}",
              "> l {'type':'peerStatusChanged','roles':['listener'],"
              "'meta':null,'peerId':'l'}",
              "+ n",
              "n {'type':'setProtocolVersion','version':'v1_1'}",
              "= n p",
              "> p {'type':'welcome','peerId':'p','resumed':true,"
              "'sessions':['$1']}",
              "! l p",
              "> l {'type':'welcome','peerId':'l','resumed':false}",
              "p {'type':'endSessionV1_1','sessionId':'$1','error':'bad'}",
              "> c {'type':'endSession','sessionId':'$1'}",
              "+ n",
              "! n nobody",
              "> n {'type':'welcome','peerId':'n','resumed':false}",
              "n {'type':'list'}",
              "> n {'type':'list','producers':[{'id':'p','meta':null}]}",
              "! n p",
              "> n {'type':'welcome','peerId':'n','resumed':false}",
          NULL}},
  /* The fuzzer's find: a peer that was taken over before it had said anything
   * could still choose a version after that, as if it had not spoken, and was
   * then told of its sessions' ends in the form of 1.1 */
  {"no version after coming back", {
              "+ p",
              "+ c",
              "+ n",
              "= n c",
              "> c {'type':'welcome','peerId':'c','resumed':true,"
              "'sessions':[]}",
              "c {'type':'setProtocolVersion','version':'v1_1'}",
              "> c {'type':'error','details':'Protocol version selection for "
              "peer \\'c\\' must be first message'}",
              SESSION_1,
              "p {'type':'endSession','sessionId':'$1'}",
              "> c {'type':'endSession','sessionId':'$1'}",
          NULL}},
  /* a connection that is a peer which came back does not come back again */
  {"coming back once", {
              "+ p",
              "+ c",
              "+ n",
              "= n c",
              "> c {'type':'welcome','peerId':'c','resumed':true,"
              "'sessions':[]}",
              "! c p",
              "> c {'type':'welcome','peerId':'c','resumed':false}",
          NULL}},
  {"coming back to another room", {
              "+ p produce red",
              "+ n produce blue",
              "! n p",
              "> n {'type':'welcome','peerId':'n','resumed':false}",
          NULL}},
  {"status and version from somebody unknown, unknown session", {
              "x {'type':'setPeerStatus','roles':[]}",
              "> x {'type':'error','details':'Peer \\'x\\' hasn\\'t been "
              "welcomed'}",
              "x {'type':'setProtocolVersion','version':'v1_0'}",
              "> x {'type':'error','details':'Peer \\'x\\' hasn\\'t been "
              "welcomed'}",
              "x {'type':'endSession','sessionId':'none'}",
          NULL}},
};

/* ' for ", so that the scripts can be read; \' stays an apostrophe */
static gchar *
to_json (Script * script, const gchar * text)
{
  GString *json = g_string_new (NULL);
  gboolean in_details = FALSE;

  for (; *text; text++) {
    if (g_str_has_prefix (text, "'details':'")) {
      in_details = TRUE;
    }
    if (*text == '\\' && text[1] == '\'') {
      g_string_append_c (json, '\'');
      text++;
    } else if (*text == '\'') {
      g_string_append_c (json, '"');
    } else if (*text == '"' && in_details) {
      g_string_append (json, "\\\"");
    } else if (*text == '$' && script->ids[text[1] - '0']) {
      g_string_append (json, script->ids[text[1] - '0']);
      text++;
    } else {
      g_string_append_c (json, *text);
    }
  }

  return g_string_free (json, FALSE);
}

/* The id is where "$n" is in @wanted */
static void
bind_id (Script * script, const gchar * wanted, const gchar * actual)
{
  const gchar *place = strchr (wanted, '$');
  guint n;

  if (!place || (gsize) (place - wanted) + 36 > strlen (actual))
    return;

  n = place[1] - '0';
  for (guint i = 0; i < N_IDS; i++)
    fail_if (script->ids[i] && g_str_has_prefix (actual + (place - wanted),
            script->ids[i]), "session id used twice");
  script->ids[n] = g_strndup (actual + (place - wanted), 36);
}

static void
expect_output (Script * script, const gchar * step)
{
  g_auto (GStrv) words = g_strsplit (step, " ", 3);
  g_autofree gchar *wanted = NULL;
  g_autofree gchar *actual = NULL;
  GstRtcHubOutput *output;

  fail_unless (script->n_seen < script->outputs->len, "nothing for: %s", step);
  output = g_ptr_array_index (script->outputs, script->n_seen++);
  actual = gst_rtc_message_to_text (output->message, GST_RTC_TO_CLIENT);
  wanted = to_json (script, words[2]);
  if (strchr (wanted, '$')) {
    bind_id (script, wanted, actual);
    g_free (wanted);
    wanted = to_json (script, words[2]);
  }

  assert_equals_string (output->peer_id, words[1]);
  assert_equals_string (actual, wanted);
}

static void
finish_step (Script * script)
{
  if (!script->outputs)
    return;

  fail_unless_equals_int (script->n_seen, script->outputs->len);
  g_clear_pointer (&script->outputs, g_ptr_array_unref);
  script->n_seen = 0;
}

static GPtrArray *
send_text (Script * script, const gchar * peer_id, const gchar * text)
{
  g_autofree gchar *json = to_json (script, text);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstRtcMessage) message =
      gst_rtc_message_from_text (GST_RTC_TO_SERVER, json, strlen (json),
      &error);

  g_assert_no_error (error);

  return gst_rtc_hub_handle (script->hub, peer_id, message);
}

static void
connect_peer (Script * script, gchar ** words)
{
  g_autoptr (GstRtcGrant) grant = gst_rtc_grant_new ();
  g_autofree gchar *welcome =
      g_strdup_printf ("> %s {'type':'welcome','peerId':'%s'}", words[0],
      words[0]);

  if (words[1])
    fail_unless (gst_rtc_grant_parse_roles (words[1], &grant->may));
  if (words[1] && words[2])
    grant->room = g_strdup (words[2]);

  script->outputs = gst_rtc_hub_connect (script->hub, words[0], grant);
  expect_output (script, welcome);
}

static void
run_step (Script * script, const gchar * step)
{
  g_auto (GStrv) words = g_strsplit (step, " ", step[0] == '+' || step[0] == '='
      || step[0] == '!' ? -1 : 2);

  if (step[0] == '>') {
    expect_output (script, step);
    return;
  }

  finish_step (script);
  if (step[0] == '+') {
    connect_peer (script, words + 1);
  } else if (step[0] == '=') {
    fail_unless (gst_rtc_hub_can_resume (script->hub, words[1], words[2]));
    script->outputs = gst_rtc_hub_resume (script->hub, words[1], words[2]);
  } else if (step[0] == '!') {
    fail_if (gst_rtc_hub_can_resume (script->hub, words[1], words[2]));
    script->outputs = gst_rtc_hub_resume (script->hub, words[1], NULL);
  } else if (step[0] == '-') {
    script->outputs = gst_rtc_hub_disconnect (script->hub, words[1]);
  } else {
    script->outputs = send_text (script, words[0], words[1]);
  }
}

GST_START_TEST (script)
{
  Script script = { gst_rtc_hub_new (), NULL, 0, {NULL}
  };

  GST_INFO ("%s", cases[__i__].name);
  for (guint i = 0; cases[__i__].steps[i]; i++)
    run_step (&script, cases[__i__].steps[i]);
  finish_step (&script);

  for (guint i = 0; i < N_IDS; i++)
    g_free (script.ids[i]);
  gst_rtc_hub_free (script.hub);
}

GST_END_TEST;

GST_START_TEST (nothing_is_left_of_many)
{
  g_autoptr (GstRtcHub) hub = gst_rtc_hub_new ();
  Script script = { hub, NULL, 0, {NULL}
  };

  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *id = g_strdup_printf ("%u", i);

    g_ptr_array_unref (gst_rtc_hub_connect (hub, id, NULL));
    g_ptr_array_unref (send_text (&script, id,
            "{'type':'setPeerStatus','roles':['producer']}"));
    g_ptr_array_unref (send_text (&script, id,
            "{'type':'startSession','peerId':'0'}"));
  }
  fail_unless_equals_int (gst_rtc_hub_get_n_sessions (hub), 100);

  g_ptr_array_unref (gst_rtc_hub_disconnect (hub, "0"));
  fail_unless_equals_int (gst_rtc_hub_get_n_sessions (hub), 0);
}

GST_END_TEST;

GST_START_TEST (sessions_have_a_limit)
{
  g_autoptr (GstRtcHub) hub = gst_rtc_hub_new ();
  Script script = { hub, NULL, 0, {NULL}
  };

  gst_rtc_hub_set_max_sessions (hub, 2);
  g_ptr_array_unref (gst_rtc_hub_connect (hub, "p", NULL));
  g_ptr_array_unref (gst_rtc_hub_connect (hub, "c", NULL));
  g_ptr_array_unref (gst_rtc_hub_connect (hub, "d", NULL));
  g_ptr_array_unref (send_text (&script, "p",
          "{'type':'setPeerStatus','roles':['producer']}"));
  for (guint i = 0; i < 5; i++)
    g_ptr_array_unref (send_text (&script, "c",
            "{'type':'startSession','peerId':'p'}"));
  fail_unless_equals_int (gst_rtc_hub_get_n_sessions (hub), 2);
  /* who is asked has no limit */
  g_ptr_array_unref (send_text (&script, "d",
          "{'type':'startSession','peerId':'p'}"));
  fail_unless_equals_int (gst_rtc_hub_get_n_sessions (hub), 3);
}

GST_END_TEST;

static Suite *
hub_suite (void)
{
  Suite *suite = suite_create ("hub");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, script, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, nothing_is_left_of_many);
  tcase_add_test (tc, sessions_have_a_limit);

  return suite;
}

GST_CHECK_MAIN (hub);
