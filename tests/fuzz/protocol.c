/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first byte says who reads: the server ('s') or a client. */

#include "common.h"

#include <string.h>

#include "ext/signalling/metajson.h"
#include "ext/signalling/protocol.h"

/* What the server has read it may have to write to others */
static void
read_again (GstRtcMessage * message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = gst_rtc_message_to_text (message, GST_RTC_TO_SERVER);
  g_autoptr (GstRtcMessage) again =
      gst_rtc_message_from_text (GST_RTC_TO_SERVER, text, strlen (text),
      &error);
  g_autofree gchar *same = NULL;

  g_assert_no_error (error);
  same = gst_rtc_message_to_text (again, GST_RTC_TO_SERVER);
  g_assert_cmpstr (text, ==, same);
}

static void
read_meta (JsonNode * meta)
{
  g_autoptr (GstStructure) structure = gst_rtc_structure_from_json (meta);
  g_autoptr (JsonNode) back = NULL;

  if (structure)
    back = gst_rtc_json_from_structure (structure);
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  GstRtcDirection direction;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstRtcMessage) message = NULL;
  g_autofree gchar *text = NULL;

  if (size == 0)
    return 0;

  direction = data[0] == 's' ? GST_RTC_TO_SERVER : GST_RTC_TO_CLIENT;
  /* of its very size, to notice who reads beyond it */
  text = g_memdup2 (data + 1, size - 1);
  message = gst_rtc_message_from_text (direction, text ? text : "", size - 1,
      &error);
  if (!message) {
    g_assert (g_utf8_validate (error->message, -1, NULL));
    return 0;
  }

  if (direction == GST_RTC_TO_SERVER)
    read_again (message);
  if (message->meta)
    read_meta (message->meta);
  for (guint i = 0; i < message->peers->len; i++) {
    GstRtcPeerInfo *info = g_ptr_array_index (message->peers, i);

    if (info->meta)
      read_meta (info->meta);
  }

  return 0;
}
