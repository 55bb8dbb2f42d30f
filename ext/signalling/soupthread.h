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
  const gchar *unix_socket;     /* instead of host and port, or NULL */
  guint handshake_seconds;      /* until the first request is there; 0: 10 */
} GstRtcSoupAddress;

/* All called on the server's thread, whose context is thread-default */
typedef struct
{
  /* add handlers, before anybody can connect */
  void (*begin) (GstRtcSoupThread * thread, SoupServer * server,
      gpointer user_data);
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
gboolean gst_rtc_soup_thread_reload (GstRtcSoupThread * self,
    const GstRtcSoupAddress * address, GError ** error);
GMainContext *gst_rtc_soup_thread_get_context (GstRtcSoupThread * self);
GSocket *gst_rtc_soup_thread_get_socket (SoupServerMessage * message);
void gst_rtc_soup_thread_give_time (GstRtcSoupThread * self,
    SoupServerMessage * message, guint seconds);
guint gst_rtc_soup_thread_get_port (GstRtcSoupThread * self);

G_END_DECLS
