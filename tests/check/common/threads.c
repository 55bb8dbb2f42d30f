/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "threads.h"

#include <glib.h>
#include <unistd.h>

#define WATCHDOG (20 * G_USEC_PER_SEC)

/* Those that stay for good: of GLib, of GStreamer's clock and of gupnp's */
static gboolean
is_permanent (const gchar * name)
{
  static const gchar *const names[] = {
    "gmain", "gdbus", "pool-spawner", "GstSystemClock", NULL
  };

  return g_strv_contains (names, name);
}

static gboolean
is_own (const gchar * id)
{
  return g_ascii_strtoull (id, NULL, 10) == getpid ();
}

/* Names of the threads besides the first and those */
static gchar *
list_threads (void)
{
  GDir *tasks = g_dir_open ("/proc/self/task", 0, NULL);
  GString *names = g_string_new (NULL);
  const gchar *id;

  while ((id = g_dir_read_name (tasks))) {
    g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%s/comm", id);
    g_autofree gchar *name = NULL;

    if (!is_own (id) && g_file_get_contents (path, &name, NULL, NULL) &&
        !is_permanent (g_strchomp (name)))
      g_string_append_printf (names, " %s", name);
  }
  g_dir_close (tasks);

  return g_string_free (names, FALSE);
}

/* Nobody tells when a thread is gone: looks again and again. Every test ends
 * with it, as OpenSSL crashes when the process ends before such a thread, and
 * GStreamer waits for tasks when it does. */
void
wait_for_threads (void)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  g_autofree gchar *names = list_threads ();

  while (*names && g_get_monotonic_time () < end) {
    g_thread_pool_stop_unused_threads ();
    g_usleep (10 * G_TIME_SPAN_MILLISECOND);
    g_free (names);
    names = list_threads ();
  }
  /* a failure of check's would wait for them, too */
  if (*names)
    g_error ("threads that do not end:%s", names);
}
