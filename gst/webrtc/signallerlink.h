/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/rtc/rtc.h>

#include "control.h"

G_BEGIN_DECLS

typedef struct _GstRtcSignallerLink GstRtcSignallerLink;

/**
 * GstRtcSignallerEvents:
 * @request_meta: any thread: the metadata to announce
 * @error: the element cannot go on
 * @session_started: a session that was asked for exists
 * @session_requested: a peer asks for a session, with an offer or without
 * @session_description: the peer sent an offer or an answer
 * @handle_ice: the peer sent a candidate
 * @session_ended: the peer ended the session; @error is %NULL for an ordinary
 *     end
 * @shutdown: there will be no more sessions
 * @producer_added: there is a producer, or its metadata
 * @producer_removed: a producer is gone
 *
 * What an element does with what its signaller says. All but @request_meta
 * are called on the control thread; those that are %NULL are ignored.
 */
typedef struct
{
  GstStructure *(*request_meta) (GstElement * element);
  void (*error) (GstElement * element, const gchar * message);
  void (*session_started) (GstElement * element, const gchar * session_id,
      const gchar * peer_id);
  void (*session_requested) (GstElement * element, const gchar * session_id,
      const gchar * peer_id, GstWebRTCSessionDescription * offer);
  void (*session_description) (GstElement * element, const gchar * session_id,
      GstWebRTCSessionDescription * description);
  void (*handle_ice) (GstElement * element, const gchar * session_id,
      guint mline, const gchar * candidate);
  void (*session_ended) (GstElement * element, const gchar * session_id,
      const gchar * error);
  void (*shutdown) (GstElement * element);
  void (*producer_added) (GstElement * element, const gchar * id,
      const GstStructure * meta);
  void (*producer_removed) (GstElement * element, const gchar * id);
} GstRtcSignallerEvents;

GstRtcSignallerLink *gst_rtc_signaller_link_new (GstRtcSignaller * signaller,
    GstElement * element, GstRtcControl * control,
    const GstRtcSignallerEvents * events);
void gst_rtc_signaller_link_free (GstRtcSignallerLink * self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcSignallerLink,
    gst_rtc_signaller_link_free)

G_END_DECLS
