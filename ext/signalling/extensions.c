/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The members that are added to the protocol (docs/protocol-extensions.md).
 * They are only written where they say something, so that a message without
 * them is the same as ever, and one of the wrong type is as good as none:
 * others may have had the same idea for a name. Pure. */

#include "extensions.h"

#include <string.h>

/* A list of ids, or of servers, is not a place to keep things */
#define MAX_TEXT_BYTES 256
#define MAX_SESSIONS 100000

static JsonNode *
get_typed (JsonObject * object, const gchar * name, GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == type ? node : NULL;
}

static JsonArray *
get_array (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) :
      NULL;
}

static gchar *
read_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = get_typed (object, name, G_TYPE_STRING);
  const gchar *text = node ? json_node_get_string (node) : NULL;

  return text && *text && strlen (text) <= MAX_TEXT_BYTES ? g_strdup (text) :
      NULL;
}

static gboolean
read_boolean (JsonObject * object, const gchar * name)
{
  JsonNode *node = get_typed (object, name, G_TYPE_BOOLEAN);

  return node && json_node_get_boolean (node);
}

/* How many; -1: not said, or nonsense */
static gint64
read_count (JsonObject * object, const gchar * name)
{
  JsonNode *node = get_typed (object, name, G_TYPE_INT64);

  return node ? MAX (json_node_get_int (node), -1) : -1;
}

static gchar **
read_sessions (JsonObject * object)
{
  JsonArray *array = get_array (object, "sessions");
  g_autoptr (GStrvBuilder) builder = NULL;

  if (!array || json_array_get_length (array) > MAX_SESSIONS)
    return NULL;

  builder = g_strv_builder_new ();
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *id = json_array_get_element (array, i);

    if (json_node_get_value_type (id) == G_TYPE_STRING)
      g_strv_builder_add (builder, json_node_get_string (id));
  }

  return g_strv_builder_end (builder);
}

static void
read_welcome (GstRtcMessage * self, JsonObject * object)
{
  JsonNode *timeout = get_typed (object, "resumeTimeout", G_TYPE_INT64);
  JsonNode *resumed = get_typed (object, "resumed", G_TYPE_BOOLEAN);

  self->resume_token = read_text (object, "resumeToken");
  if (timeout)
    self->resume_timeout = CLAMP (json_node_get_int (timeout), 0, G_MAXINT);
  if (resumed)
    self->resumed = json_node_get_boolean (resumed) ? GST_RTC_RESUMED_YES :
        GST_RTC_RESUMED_NO;
  self->sessions = read_sessions (object);
  self->received = read_count (object, "received");
}

static void
read_ice_servers (GstRtcMessage * self, JsonObject * object)
{
  if (get_array (object, "iceServers"))
    self->ice_servers = json_node_ref (json_object_get_member (object,
            "iceServers"));
}

/* Messages of either direction: what is not for us does no harm */
void
gst_rtc_extensions_read (GstRtcMessage * self, JsonObject * object)
{
  switch (self->type) {
    case GST_RTC_MESSAGE_SET_PEER_STATUS:
      self->resume_token = read_text (object, "resumeToken");
      self->resumable = self->resume_token
          || read_boolean (object, "resumable");
      self->received = read_count (object, "received");
      break;
    case GST_RTC_MESSAGE_WELCOME:
      read_welcome (self, object);
      read_ice_servers (self, object);
      break;
    case GST_RTC_MESSAGE_START_SESSION:
    case GST_RTC_MESSAGE_SESSION_STARTED:
      read_ice_servers (self, object);
      break;
    default:
      break;
  }
}

static void
write_sessions (GstRtcMessage * self, JsonBuilder * builder)
{
  json_builder_set_member_name (builder, "sessions");
  json_builder_begin_array (builder);
  for (gchar ** id = self->sessions; *id; id++)
    json_builder_add_string_value (builder, *id);
  json_builder_end_array (builder);
}

void
gst_rtc_extensions_write (GstRtcMessage * self, JsonBuilder * builder)
{
  if (self->resumable) {
    json_builder_set_member_name (builder, "resumable");
    json_builder_add_boolean_value (builder, TRUE);
  }
  if (self->resume_token) {
    json_builder_set_member_name (builder, "resumeToken");
    json_builder_add_string_value (builder, self->resume_token);
  }
  if (self->resume_timeout > 0) {
    json_builder_set_member_name (builder, "resumeTimeout");
    json_builder_add_int_value (builder, self->resume_timeout);
  }
  if (self->resumed != GST_RTC_RESUMED_UNSAID) {
    json_builder_set_member_name (builder, "resumed");
    json_builder_add_boolean_value (builder,
        self->resumed == GST_RTC_RESUMED_YES);
  }
  if (self->received >= 0) {
    json_builder_set_member_name (builder, "received");
    json_builder_add_int_value (builder, self->received);
  }
  if (self->sessions)
    write_sessions (self, builder);
  if (self->ice_servers) {
    json_builder_set_member_name (builder, "iceServers");
    json_builder_add_value (builder, json_node_copy (self->ice_servers));
  }
}
