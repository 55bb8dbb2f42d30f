/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _GstRtcSoupThread GstRtcSoupThread;

typedef struct
{
  const gchar *host;            /* name or address; IPv6 with or without [] */
  guint port;                   /* 0: any free one */
  const gchar *cert;            /* PEM files: both or neither */
  const gchar *key;
} GstRtcSoupAddress;

/* All called on the server's thread, whose context is thread-default */
typedef struct
{
  /* add handlers, before anybody can connect */
  void (*begin) (SoupServer * server, gpointer user_data);
  /* say goodbye to whoever is connected; nobody new comes */
  void (*end) (gpointer user_data);
  /* forget those who do not answer */
  void (*abandon) (gpointer user_data);
  /* whether everybody is gone */
  gboolean (*has_ended) (gpointer user_data);
} GstRtcSoupCallbacks;

GstRtcSoupThread *gst_rtc_soup_thread_new (const gchar * name,
    const GstRtcSoupAddress * address, const GstRtcSoupCallbacks * callbacks,
    gpointer user_data, GError ** error);
void gst_rtc_soup_thread_free (GstRtcSoupThread * self);
guint gst_rtc_soup_thread_get_port (GstRtcSoupThread * self);

G_END_DECLS
