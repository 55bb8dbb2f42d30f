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

typedef gboolean (*Counts) (const gchar * id, const gchar * name,
    gconstpointer data);

static GStrv
list_threads (Counts counts, gconstpointer data)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  GPtrArray *names = g_ptr_array_new ();
  const gchar *id;

  while ((id = g_dir_read_name (tasks))) {
    g_autofree gchar *path = g_strdup_printf ("/proc/self/task/%s/comm", id);
    g_autofree gchar *name = NULL;

    if (g_file_get_contents (path, &name, NULL, NULL) &&
        counts (id, g_strchomp (name), data))
      g_ptr_array_add (names, g_steal_pointer (&name));
  }
  g_ptr_array_add (names, NULL);

  return (GStrv) g_ptr_array_free (names, FALSE);
}

static gboolean
will_end (const gchar * id, const gchar * name, gconstpointer data)
{
  return !is_own (id) && !is_permanent (name);
}

static gboolean
is_no_other (const gchar * id, const gchar * name, gconstpointer data)
{
  const gchar *const *others = data;

  for (guint i = 0; others && others[i]; i++) {
    if (g_str_has_prefix (name, others[i]))
      return FALSE;
  }

  return TRUE;
}

/* Nobody tells when a thread is gone: looks again and again. The idle workers
 * of GLib are no thread that is left. */
static void
wait_until_left (Counts counts, gconstpointer data, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  g_auto (GStrv) names = list_threads (counts, data);

  while (g_strv_length (names) > n) {
    g_autofree gchar *text = g_strjoinv (" ", names);

    /* a failure of check's would wait for them, too */
    if (g_get_monotonic_time () > end)
      g_error ("there should be %u of these threads: %s", n, text);
    g_thread_pool_stop_unused_threads ();
    g_usleep (10 * G_TIME_SPAN_MILLISECOND);
    g_strfreev (names);
    names = list_threads (counts, data);
  }
}

/* Every test ends with it, as OpenSSL crashes when the process ends before such
 * a thread, and GStreamer waits for tasks when it does. */
void
wait_for_threads (void)
{
  wait_until_left (will_end, NULL, 0);
}

guint
count_threads_but (const gchar * const *others)
{
  g_auto (GStrv) names = NULL;

  g_thread_pool_stop_unused_threads ();
  names = list_threads (is_no_other, others);

  return g_strv_length (names);
}

void
wait_for_n_threads_but (const gchar * const *others, guint n)
{
  wait_until_left (is_no_other, others, n);
}
