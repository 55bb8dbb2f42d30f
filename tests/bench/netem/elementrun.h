/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "run.h"

G_BEGIN_DECLS

gboolean element_run_print_plugin (GError ** error);
gboolean element_run (Run * run, const Scenario * scenario, guint32 seed,
    const gchar * estimator, GError ** error);

G_END_DECLS
