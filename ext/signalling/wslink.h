/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wssocket.h"

G_BEGIN_DECLS

typedef struct _GstRtcWsLink GstRtcWsLink;

/* All called on the link's context, with a reference to @owner held, never
 * from within a call of the link's own functions */
typedef struct
{
  void (*opened) (gpointer owner, GstRtcWsLink * link, gpointer run);
  void (*received) (gpointer owner, GstRtcWsLink * link, gpointer run,
      const gchar * text, gsize length);
  /* nothing more comes after this one */
  void (*failed) (gpointer owner, GstRtcWsLink * link, gpointer run,
      const gchar * message);
  /* somebody called gst_rtc_ws_link_poke() */
  void (*poked) (gpointer owner, GstRtcWsLink * link, gpointer run);
} GstRtcWsCallbacks;

GstRtcWsLink *gst_rtc_ws_link_new (GObject * owner,
    const GstRtcWsSettings * settings, const GstRtcWsCallbacks * callbacks,
    gpointer run, GDestroyNotify free_run);
GstRtcWsLink *gst_rtc_ws_link_ref (GstRtcWsLink * self);
void gst_rtc_ws_link_unref (GstRtcWsLink * self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcWsLink, gst_rtc_ws_link_unref)

void gst_rtc_ws_link_start (GstRtcWsLink * self);
void gst_rtc_ws_link_stop (GstRtcWsLink * self);
void gst_rtc_ws_link_send (GstRtcWsLink * self, gchar * text);
void gst_rtc_ws_link_send_now (GstRtcWsLink * self, gchar * text);
void gst_rtc_ws_link_resume (GstRtcWsLink * self, gint64 n_received);
void gst_rtc_ws_link_restart (GstRtcWsLink * self);
gpointer gst_rtc_ws_link_get_run (GstRtcWsLink * self);
void gst_rtc_ws_link_poke (GstRtcWsLink * self);
void gst_rtc_ws_link_confirm (GstRtcWsLink * self);

G_END_DECLS
