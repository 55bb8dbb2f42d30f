/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

/* What a peer asked of its webrtcbin and has no reply to yet. webrtcbin must not
 * be stopped in the middle of a task: a nicesrc that it makes meanwhile may run
 * on for ever. So whoever lets go of a peer waits for the replies. */
typedef struct
{
  gpointer owner;               /* a GObject, held by each task */

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  guint n_tasks;
  gboolean closed;
} Tasks;

/* webrtcbin's thread; may run the next task */
typedef void (*TaskReply) (gpointer owner, GstPromise * promise);

void tasks_init (Tasks * self, gpointer owner);
void tasks_clear (Tasks * self);

/* Emits a signal of webrtcbin that takes an argument and a promise, unless the
 * tasks were closed. Without @reply it is enough that it is done. */
void tasks_run (Tasks * self, GstElement * webrtcbin, const gchar * signal,
    gpointer argument, TaskReply reply);

/* Waits for the replies; none is run afterwards */
void tasks_close (Tasks * self);

/* The description in a reply, or NULL */
GstWebRTCSessionDescription *tasks_get_description (GstPromise * promise,
    const gchar * field);

/* Each handler holds the owner. Not g_signal_connect_object(): signallers emit
 * on other threads, and GLib crashes when an object ends while its handler runs
 * there. */
void tasks_connect (Tasks * self, gpointer object, const gchar * signal,
    GCallback handler);

G_END_DECLS
