/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The program gst-webrtc-signalling-server, whose path is in the environment
 * variable SIGNALLING_SERVER */

#include "common.h"
#include "tests/check/common/threads.h"

#include <signal.h>

static GSubprocess *
spawn (const gchar * const *options)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_ptr_array_add (args, (gpointer) g_getenv ("SIGNALLING_SERVER"));
  for (; *options; options++)
    g_ptr_array_add (args, (gpointer) * options);
  g_ptr_array_add (args, NULL);
  process = g_subprocess_newv ((const gchar * const *) args->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  g_assert_no_error (error);

  return process;
}

/* The port is in the first line */
static guint
read_port (GSubprocess * process)
{
  g_autoptr (GDataInputStream) out =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autofree gchar *line =
      g_data_input_stream_read_line (out, NULL, NULL, NULL);

  fail_unless (line && g_str_has_prefix (line, "Listening on ws://127.0.0.1:"),
      "%s", line);

  return g_ascii_strtoull (strrchr (line, ':') + 1, NULL, 10);
}

static const gint signals[] = { SIGTERM, SIGINT };

static gboolean
has_connection (gpointer done)
{
  return *(gboolean *) done;
}

static void
on_welcomed (GstRtcSignaller * signaller, GParamSpec * pspec, gboolean * done)
{
  *done = TRUE;
}

/* With a client that is connected */
GST_START_TEST (ends_on_a_signal)
{
  static const gchar *const options[] = { "--host", "127.0.0.1", "-p", "0",
    NULL
  };
  g_autoptr (GSubprocess) process = spawn (options);
  g_autofree gchar *uri =
      g_strdup_printf ("ws://127.0.0.1:%u", read_port (process));
  GstRtcSignaller *client =
      gst_rtc_web_socket_signaller_new (GST_RTC_SIGNALLER_ROLE_LISTENER);
  gboolean done = FALSE;

  g_object_set (client, "uri", uri, NULL);
  g_signal_connect (client, "notify::client-id", G_CALLBACK (on_welcomed),
      &done);
  gst_rtc_signaller_start (client);
  wait_for (has_connection, &done);

  g_subprocess_send_signal (process, signals[__i__]);
  fail_unless (g_subprocess_wait (process, NULL, NULL));
  fail_unless (g_subprocess_get_if_exited (process));
  fail_unless_equals_int (g_subprocess_get_exit_status (process), 0);

  gst_rtc_signaller_stop (client);
  g_object_unref (client);
}

GST_END_TEST;

static const struct
{
  const gchar *options[7];
  gint status;
  const gchar *output;          /* on stdout or stderr */
} cases[] = {
  {{"--help", NULL}, 0, "--cert"},
  {{"-V", NULL}, 0, "gst-webrtc-signalling-server "},
  {{"--nonsense", NULL}, 1, "nonsense"},
  {{"word", NULL}, 1, "word"},
  {{"-p", "65536", NULL}, 1, "65536"},
  {{"-p", "0", "-c", "/nonexistent", NULL}, 1, "both a certificate and a key"},
  {{"-p", "0", "-c", "/nonexistent", "-k", "/nonexistent", NULL}, 1,
      "/nonexistent"},
  {{"--host", "127.0.0.1", "-p", "taken", NULL}, 1, "Cannot listen"},
};

GST_START_TEST (ends_by_itself)
{
  GstRtcSignallingServer *server = server_on (0, NULL, NULL);
  g_autofree gchar *taken = g_strdup_printf ("%u",
      gst_rtc_signalling_server_get_port (server));
  const gchar *options[7];
  g_autoptr (GSubprocess) process = NULL;
  g_autofree gchar *out = NULL;
  g_autofree gchar *err = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    options[i] = g_strcmp0 (cases[__i__].options[i], "taken") == 0 ? taken :
        cases[__i__].options[i];
  process = spawn (options);
  fail_unless (g_subprocess_communicate_utf8 (process, NULL, NULL, &out, &err,
          NULL));
  fail_unless_equals_int (g_subprocess_get_exit_status (process),
      cases[__i__].status);
  fail_unless (strstr (cases[__i__].status == 0 ? out : err,
          cases[__i__].output) != NULL, "%s%s", out, err);
  g_object_unref (server);
}

GST_END_TEST;

static Suite *
program_suite (void)
{
  Suite *suite = suite_create ("program");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, NULL, wait_for_threads);
  tcase_add_loop_test (tc, ends_on_a_signal, 0, G_N_ELEMENTS (signals));
  tcase_add_loop_test (tc, ends_by_itself, 0, G_N_ELEMENTS (cases));

  return suite;
}

GST_CHECK_MAIN (program);
