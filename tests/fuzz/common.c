/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common.h"

#include <stdlib.h>

/* A warning is as bad as a crash, of which libFuzzer keeps the input */
static void
on_log (const gchar * domain, GLogLevelFlags level, const gchar * message,
    gpointer data)
{
  g_printerr ("%s: %s\n", domain, message);
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
    abort ();
}

/* No plugin is looked for */
int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  gst_init (NULL, NULL);
  g_log_set_default_handler (on_log, NULL);

  return 0;
}
