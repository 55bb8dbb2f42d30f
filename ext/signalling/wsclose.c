/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of a client's WebSocket, within the call that ends it */

#include "wsclose.h"

/* How long the last messages may take */
#define FLUSH_MS 500

static gboolean
on_flush_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

/* Whether libsoup waits for the stream: nothing else of @context has a
 * descriptor, apart from the context itself */
static gboolean
waits_for_io (GMainContext * context)
{
  gint priority, timeout;
  gint n_fds;

  g_main_context_acquire (context);
  g_main_context_prepare (context, &priority);
  n_fds = g_main_context_query (context, G_MAXINT, &timeout, NULL, 0);
  g_main_context_release (context);

  return n_fds > 1;
}

static void
send_rest (SoupWebsocketConnection * socket, GstRtcOutbox * outbox)
{
  gchar *text;

  while ((text = gst_rtc_outbox_pop (outbox))) {
    soup_websocket_connection_send_text (socket, text);
    g_free (text);
  }
}

/* Writes what is left, and a close frame, and lets go of the socket.
 * libsoup attaches its sources to the context that is thread-default: a
 * private one here, so that nothing of the application runs meanwhile and
 * nothing stays behind. */
void
gst_rtc_ws_close (SoupWebsocketConnection * socket, GstRtcOutbox * outbox)
{
  GMainContext *context = g_main_context_new ();
  GSource *timeout;
  gboolean timed_out = FALSE;
  g_autoptr (GIOStream) stream = NULL;

  g_main_context_push_thread_default (context);
  timeout = g_timeout_source_new (FLUSH_MS);
  g_source_set_callback (timeout, on_flush_timeout, &timed_out, NULL);
  g_source_attach (timeout, context);

  if (soup_websocket_connection_get_state (socket) == SOUP_WEBSOCKET_STATE_OPEN) {
    send_rest (socket, outbox);
    soup_websocket_connection_close (socket, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
    while (!timed_out && waits_for_io (context))
      g_main_context_iteration (context, TRUE);
  }

  /* The socket's end closes the stream asynchronously. What has not completed
   * here would keep the context, and its descriptor, for ever. */
  stream = g_object_ref (soup_websocket_connection_get_io_stream (socket));
  g_object_unref (socket);
  while (!timed_out && !g_io_stream_is_closed (stream))
    g_main_context_iteration (context, TRUE);
  while (g_main_context_iteration (context, FALSE));

  g_source_destroy (timeout);
  g_source_unref (timeout);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}
