/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Congestion control on links that are made up. Our estimator in virtual time,
 * or elements rtpgccbwe in real time. Prints a line of JSON a scenario, and
 * writes what happened as columns of text when told where. */

#include <stdio.h>
#include <string.h>

#include "elementrun.h"
#include "report.h"

typedef struct
{
  gboolean kalman;
  gboolean realtime;
  gchar *estimator;
  gint seed;
  gchar *directory;
  gchar **only;
} Options;

static Flow *
new_flow (Run * run, NetemLink * forward, NetemLink * backward, guint64 start,
    gpointer data)
{
  return flow_new (run->world, forward, backward,
      ((const Options *) data)->kalman ? GST_RTC_GCC_ESTIMATOR_KALMAN :
      GST_RTC_GCC_ESTIMATOR_LINEAR_REGRESSION, start);
}

static gboolean
run_scenario (const Scenario * scenario, Options * options, GError ** error)
{
  gboolean ok = TRUE;
  Run run;

  if (options->realtime) {
    ok = element_run (&run, scenario, options->seed, options->estimator, error);
  } else {
    run_set_up (&run, scenario, options->seed, new_flow, options);
    world_run_until (run.world, S (scenario->seconds));
  }
  if (ok) {
    report_print (&run);
    fflush (stdout);
    if (options->directory)
      report_write_columns (&run, options->directory);
  }
  run_tear_down (&run);

  return ok;
}

static gboolean
is_there (const gchar * name)
{
  for (const Scenario * s = scenarios; s->name; s++)
    if (strcmp (s->name, name) == 0)
      return TRUE;

  return FALSE;
}

static gboolean
run_all (Options * options, GError ** error)
{
  for (guint i = 0; options->only && options->only[i]; i++) {
    if (!is_there (options->only[i])) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "there is no scenario %s", options->only[i]);
      return FALSE;
    }
  }
  if (options->realtime && !element_run_print_plugin (error))
    return FALSE;
  for (const Scenario * s = scenarios; s->name; s++) {
    if (options->only && !g_strv_contains ((const gchar * const *)
            options->only, s->name))
      continue;
    if (!run_scenario (s, options, error))
      return FALSE;
  }

  return TRUE;
}

int
main (int argc, char **argv)
{
  Options options = {.seed = 1 };
  const GOptionEntry entries[] = {
    {"kalman", 0, 0, G_OPTION_ARG_NONE, &options.kalman,
        "Use the Kalman filter", NULL},
    {"realtime", 0, 0, G_OPTION_ARG_NONE, &options.realtime,
        "Measure the element rtpgccbwe, in real time", NULL},
    {"estimator", 0, 0, G_OPTION_ARG_STRING, &options.estimator,
        "The element's, instead of its default", "NICK"},
    {"seed", 0, 0, G_OPTION_ARG_INT, &options.seed, "Of chance", "N"},
    {"columns", 0, 0, G_OPTION_ARG_FILENAME, &options.directory,
        "Where to write what happened", "DIR"},
    {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.only,
        "This scenario; may be given more than once", "NAME"},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) ||
      !run_all (&options, &error))
    g_printerr ("%s\n", error->message);
  g_free (options.estimator);
  g_free (options.directory);
  g_strfreev (options.only);

  return error ? 2 : 0;
}
