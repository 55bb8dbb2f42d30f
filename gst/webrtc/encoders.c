/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which encoders there are, and which of them failed a short while ago: a
 * graphics card whose sessions are all taken is not asked again for each new
 * viewer. It stays in the list, at its end, in case nothing else works.
 *
 * What failed is known to the whole process, as the hardware is shared by it.
 */

#include "encoders.h"

/* How long a failure counts */
#define PENALTY (60 * G_TIME_SPAN_SECOND)

static GMutex lock;
/* guarded by lock: name of a factory -> monotonic time of its failure */
static GHashTable *failures = NULL;

static GHashTable *
get_failures_locked (void)
{
  if (!failures)
    failures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  return failures;
}

/**
 * gst_rtc_encoders_note_failure:
 * @factory: of an encoder that did not start, or stopped
 *
 * Thread: any
 */
void
gst_rtc_encoders_note_failure (GstElementFactory * factory)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  gint64 *time = g_new (gint64, 1);

  *time = g_get_monotonic_time ();
  g_hash_table_replace (get_failures_locked (),
      g_strdup (GST_OBJECT_NAME (factory)), time);
}

static gboolean
has_failed (gpointer factory)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  const gint64 *time = g_hash_table_lookup (get_failures_locked (),
      GST_OBJECT_NAME (factory));

  return time && g_get_monotonic_time () - *time < PENALTY;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const gint failed = has_failed ((gpointer) a) - has_failed ((gpointer) b);

  return failed != 0 ? failed : gst_plugin_feature_rank_compare_func (a, b);
}

/* A template of ANY would make everything */
static gboolean
makes_anything (GstElementFactory * factory)
{
  const GList *l = gst_element_factory_get_static_pad_templates (factory);

  for (; l; l = l->next) {
    GstStaticPadTemplate *template = l->data;
    g_autoptr (GstCaps) caps = gst_static_pad_template_get_caps (template);

    if (template->direction == GST_PAD_SRC && gst_caps_is_any (caps))
      return TRUE;
  }

  return FALSE;
}

/**
 * gst_rtc_encoders_list:
 * @caps: what has to come out
 *
 * Returns: (transfer full) (element-type GstElementFactory): encoders of rank
 *     MARGINAL and up that can make it, by rank; those that failed a short
 *     while ago come last
 *
 * Thread: any
 */
GList *
gst_rtc_encoders_list (GstCaps * caps)
{
  GList *all = gst_element_factory_list_get_elements
      (GST_ELEMENT_FACTORY_TYPE_ENCODER, GST_RANK_MARGINAL);
  GList *found = gst_element_factory_list_filter (all, caps, GST_PAD_SRC,
      FALSE);
  GList *next;

  gst_plugin_feature_list_free (all);
  for (GList * l = found; l; l = next) {
    next = l->next;
    if (makes_anything (l->data)) {
      gst_object_unref (l->data);
      found = g_list_delete_link (found, l);
    }
  }

  return g_list_sort (found, compare);
}
