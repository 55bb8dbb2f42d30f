/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The program gst-webrtc-signalling-server: the signalling server by itself.
 * SIGTERM and SIGINT end it, SIGHUP makes it read certificate, tokens and
 * keys again. */

#include "config.h"

#include <gst/gst.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "log.h"
#include "options.h"
#include "server.h"

#define LOG_VARIABLE "WEBRTCSINK_SIGNALLING_SERVER_LOG"

static const struct
{
  const gchar *name;
  GstDebugLevel level;
} log_levels[] = {
  {"error", GST_LEVEL_ERROR},
  {"warn", GST_LEVEL_WARNING},
  {"info", GST_LEVEL_INFO},
  {"debug", GST_LEVEL_DEBUG},
  {"trace", GST_LEVEL_TRACE},
};

typedef struct
{
  GstRtcSignallingServer *server;
  GMainLoop *loop;
} Program;

static void
set_up_log (const gchar * wanted)
{
  GstDebugLevel level = GST_LEVEL_INFO;

  for (guint i = 0; wanted && i < G_N_ELEMENTS (log_levels); i++) {
    if (g_ascii_strcasecmp (wanted, log_levels[i].name) == 0)
      level = log_levels[i].level;
  }

  gst_debug_set_active (TRUE);
  gst_debug_set_threshold_for_name ("webrtcsignalling", level);
}

/* No element is ever made here, so no plugin is looked for */
static void
init_gstreamer (void)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", FALSE);
  gst_init (NULL, NULL);
}

/* Each client is a descriptor */
static void
allow_many_files (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;

  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static gboolean
on_end (gpointer user_data)
{
  Program *program = user_data;

  g_main_loop_quit (program->loop);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_reload (gpointer user_data)
{
  Program *program = user_data;
  g_autoptr (GError) error = NULL;

  if (gst_rtc_signalling_server_reload (program->server, &error))
    GST_INFO ("read certificate, tokens and keys again");
  else
    GST_ERROR ("all stays as it was: %s", error->message);

  return G_SOURCE_CONTINUE;
}

static const struct
{
  gint number;
  GSourceFunc func;
} signals[] = {
  {SIGTERM, on_end},
  {SIGINT, on_end},
  {SIGHUP, on_reload},
};

/* For who starts us with port 0 */
static void
print_addresses (GstRtcSignallingServer * server)
{
  const guint admin_port = gst_rtc_signalling_server_get_admin_port (server);
  g_autofree gchar *host = NULL;
  g_autofree gchar *cert = NULL;
  g_autofree gchar *unix_socket = NULL;
  g_autofree gchar *admin = NULL;

  g_object_get (server, "host", &host, "cert", &cert, "unix-socket",
      &unix_socket, "admin", &admin, NULL);
  if (unix_socket)
    g_print ("Listening on %s\n", unix_socket);
  else
    g_print ("Listening on %s://%s:%u\n", cert ? "wss" : "ws", host,
        gst_rtc_signalling_server_get_port (server));
  if (admin_port > 0)
    g_print ("Metrics on http://%.*s:%u/metrics\n",
        (gint) (strrchr (admin, ':') - admin), admin, admin_port);
}

static gint
serve (GstRtcSignallingServer * server)
{
  Program program = { server, NULL };
  guint sources[G_N_ELEMENTS (signals)];
  g_autoptr (GError) error = NULL;

  if (!gst_rtc_signalling_server_start (server, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }

  program.loop = g_main_loop_new (NULL, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sources[i] = g_unix_signal_add (signals[i].number, signals[i].func,
        &program);
  /* whoever reads it may send signals */
  print_addresses (server);
  g_main_loop_run (program.loop);

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (sources[i]);
  g_main_loop_unref (program.loop);
  gst_rtc_signalling_server_stop (server);

  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_autoptr (GstRtcSignallingServer) server = NULL;
  g_autoptr (GError) error = NULL;
  GstRtcOptions options = { FALSE, NULL };
  gint status = EXIT_SUCCESS;

  setlocale (LC_ALL, "");
  init_gstreamer ();
  server = gst_rtc_signalling_server_new ();
  if (!gst_rtc_options_parse (server, &options, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    status = EXIT_FAILURE;
  } else if (options.version) {
    g_print ("gst-webrtc-signalling-server %s\n", PACKAGE_VERSION);
  } else {
    set_up_log (options.log_level ? options.log_level : g_getenv
        (LOG_VARIABLE));
    allow_many_files ();
    status = serve (server);
  }
  gst_rtc_options_clear (&options);

  return status;
}
