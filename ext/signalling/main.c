/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The program gst-webrtc-signalling-server: the signalling server by itself */

#include "config.h"

#include <gst/gst.h>
#include <glib-unix.h>
#include <locale.h>
#include <stdlib.h>

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
  gchar *host;
  gint port;
  gchar *cert;
  gchar *key;
  gboolean version;
} Options;

static gboolean
parse_options (gint * argc, gchar *** argv, Options * options, GError ** error)
{
  const GOptionEntry entries[] = {
    {"host", 0, 0, G_OPTION_ARG_STRING, &options->host,
        "Address to listen on (default 0.0.0.0)", "HOST"},
    {"port", 'p', 0, G_OPTION_ARG_INT, &options->port,
        "Port to listen on (default 8443, 0 for any)", "PORT"},
    {"cert", 'c', 0, G_OPTION_ARG_FILENAME, &options->cert,
        "TLS certificate chain, a PEM file", "CERT"},
    {"key", 'k', 0, G_OPTION_ARG_FILENAME, &options->key,
        "Private key of the certificate, a PEM file", "KEY"},
    {"version", 'V', 0, G_OPTION_ARG_NONE, &options->version,
        "Print the version and exit", NULL},
    {NULL}
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- WebRTC signalling server");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;

  if (*argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
        "unexpected argument '%s'", (*argv)[1]);
    return FALSE;
  }
  if (options->port < 0 || options->port > G_MAXUINT16) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "%d is not a port", options->port);
    return FALSE;
  }

  return TRUE;
}

static void
set_up_log (void)
{
  const gchar *wanted = g_getenv (LOG_VARIABLE);
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

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_CONTINUE;
}

static void
run_until_signal (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint on_term = g_unix_signal_add (SIGTERM, on_signal, loop);
  guint on_int = g_unix_signal_add (SIGINT, on_signal, loop);

  g_main_loop_run (loop);
  g_source_remove (on_term);
  g_source_remove (on_int);
}

static gint
serve (const Options * options)
{
  g_autoptr (GstRtcSignallingServer) server = gst_rtc_signalling_server_new ();
  g_autoptr (GError) error = NULL;

  g_object_set (server, "host", options->host, "port", options->port, "cert",
      options->cert, "key", options->key, NULL);
  if (!gst_rtc_signalling_server_start (server, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }

  g_print ("Listening on %s://%s:%u\n", options->cert ? "wss" : "ws",
      options->host, gst_rtc_signalling_server_get_port (server));
  run_until_signal ();
  gst_rtc_signalling_server_stop (server);

  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  Options options = { NULL, 8443, NULL, NULL, FALSE };
  g_autoptr (GError) error = NULL;
  gint status = EXIT_SUCCESS;

  setlocale (LC_ALL, "");
  if (!parse_options (&argc, &argv, &options, &error)) {
    g_printerr ("%s\n", error->message);
    status = EXIT_FAILURE;
  } else if (options.version) {
    g_print ("gst-webrtc-signalling-server %s\n", PACKAGE_VERSION);
  } else {
    init_gstreamer ();
    set_up_log ();
    if (!options.host)
      options.host = g_strdup ("0.0.0.0");
    status = serve (&options);
  }

  g_free (options.host);
  g_free (options.cert);
  g_free (options.key);

  return status;
}
