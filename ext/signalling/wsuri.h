/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GUri *gst_rtc_ws_uri_parse (const gchar * text, gchar ** ret_peer_id,
    gboolean * ret_connect_to_first, GError ** error);
gchar *gst_rtc_ws_uri_show (GUri * uri, const gchar * peer_id,
    gboolean connect_to_first);

G_END_DECLS
