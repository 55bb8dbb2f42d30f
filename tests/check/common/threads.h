/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

void wait_for_threads (void);

/* All of the process but those whose name begins with one of @others, which ends
 * in NULL; NULL for none */
guint count_threads_but (const gchar * const * others);
void wait_for_n_threads_but (const gchar * const * others, guint n);
