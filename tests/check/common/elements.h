/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Elements in a bin and in its bins that a factory made; NULL: all */
guint elements_count (gpointer bin, const gchar * factory);

/* The sum of a property of theirs, which is a guint */
guint elements_sum_up (gpointer bin, const gchar * factory,
    const gchar * property);

G_END_DECLS
