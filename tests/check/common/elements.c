/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "elements.h"

static guint
sum_up (GstIterator * iterator, const gchar * property)
{
  GValue item = G_VALUE_INIT;
  guint n = 0;

  while (gst_iterator_next (iterator, &item) == GST_ITERATOR_OK) {
    guint number = 1;

    if (property)
      g_object_get (g_value_get_object (&item), property, &number, NULL);
    n += number;
    g_value_reset (&item);
  }
  g_value_unset (&item);
  gst_iterator_free (iterator);

  return n;
}

guint
elements_count (gpointer bin, const gchar * factory)
{
  return sum_up (factory ? gst_bin_iterate_all_by_element_factory_name (bin,
          factory) : gst_bin_iterate_recurse (bin), NULL);
}

guint
elements_sum_up (gpointer bin, const gchar * factory, const gchar * property)
{
  return sum_up (gst_bin_iterate_all_by_element_factory_name (bin, factory),
      property);
}
