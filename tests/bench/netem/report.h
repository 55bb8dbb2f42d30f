/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "run.h"

G_BEGIN_DECLS

void report_print (const Run * run);
void report_write_columns (const Run * run, const gchar * directory);

G_END_DECLS
