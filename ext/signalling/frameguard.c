/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Limits the size of a whole WebSocket message.
 *
 * libsoup limits the payload of a frame only, and puts the fragments of a
 * message together without a bound. It shows each frame to the extensions of
 * the connection first: this one is never negotiated, changes nothing, and
 * adds up the fragments (RFC 6455 5.4).
 */

#include "frameguard.h"

struct _GstRtcFrameGuard
{
  SoupWebsocketExtension parent_instance;

  gsize max_message_bytes;
  gsize message_bytes;          /* of the message that is coming in */
};

G_DEFINE_FINAL_TYPE (GstRtcFrameGuard, gst_rtc_frame_guard,
    SOUP_TYPE_WEBSOCKET_EXTENSION);

static gboolean
is_control_frame (const guint8 * header)
{
  return (header[0] & 0x08) != 0;
}

static gboolean
is_first_fragment (const guint8 * header)
{
  return (header[0] & 0x0f) != 0;
}

static GBytes *
process_incoming (SoupWebsocketExtension * extension, guint8 * header,
    GBytes * payload, GError ** error)
{
  GstRtcFrameGuard *self = GST_RTC_FRAME_GUARD (extension);

  if (is_control_frame (header))
    return payload;

  if (is_first_fragment (header))
    self->message_bytes = 0;
  self->message_bytes += g_bytes_get_size (payload);
  if (self->message_bytes > self->max_message_bytes) {
    g_bytes_unref (payload);
    g_set_error (error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG,
        "message of more than %" G_GSIZE_FORMAT " bytes",
        self->max_message_bytes);
    return NULL;
  }

  return payload;
}

static GBytes *
process_outgoing (SoupWebsocketExtension * extension, guint8 * header,
    GBytes * payload, GError ** error)
{
  return payload;
}

static void
gst_rtc_frame_guard_class_init (GstRtcFrameGuardClass * klass)
{
  SoupWebsocketExtensionClass *extension_class =
      SOUP_WEBSOCKET_EXTENSION_CLASS (klass);

  extension_class->name = "x-gst-rtc-frame-guard";
  extension_class->process_incoming_message = process_incoming;
  extension_class->process_outgoing_message = process_outgoing;
}

static void
gst_rtc_frame_guard_init (GstRtcFrameGuard * self)
{
}

GstRtcFrameGuard *
gst_rtc_frame_guard_new (gsize max_message_bytes)
{
  GstRtcFrameGuard *self = g_object_new (GST_RTC_TYPE_FRAME_GUARD, NULL);

  self->max_message_bytes = max_message_bytes;

  return self;
}
