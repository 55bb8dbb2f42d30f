/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "outbox.h"

G_BEGIN_DECLS

typedef struct
{
  GUri *uri;
  gchar *unix_socket;           /* nullable: connect here, not to the host */
  gchar *cafile;                /* nullable */
  gboolean insecure_tls;
  GstStructure *headers;        /* nullable */
} GstRtcWsSettings;

typedef struct _GstRtcWsSocket GstRtcWsSocket;

/* Called from within signals of libsoup */
typedef struct
{
  void (*opened) (gpointer user_data);
  void (*received) (gpointer user_data, GBytes * text);
  /* or could not be opened */
  void (*closed) (gpointer user_data, const gchar * why);
} GstRtcWsSocketCallbacks;

GstRtcWsSocket *gst_rtc_ws_socket_new (const GstRtcWsSettings * settings,
    const gchar * name, GstRtcOutbox * outbox,
    const GstRtcWsSocketCallbacks * callbacks, gpointer user_data);
void gst_rtc_ws_socket_free (GstRtcWsSocket * self);
void gst_rtc_ws_socket_connect (GstRtcWsSocket * self);
void gst_rtc_ws_socket_flush (GstRtcWsSocket * self);

G_END_DECLS
