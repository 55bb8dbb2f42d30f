/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GSocket *gst_rtc_listen (const gchar * host, guint port,
    const gchar * unix_socket, guint * ret_port, GError ** error);
gboolean gst_rtc_split_address (const gchar * text, gchar ** ret_host,
    guint * ret_port, GError ** error);

G_END_DECLS
