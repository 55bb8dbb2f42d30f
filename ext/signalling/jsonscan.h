/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean gst_rtc_json_scan (const gchar * text, gsize length, GError ** error);

G_END_DECLS
