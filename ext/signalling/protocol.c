/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The signalling protocol: JSON text on one side, GstRtcMessage on the other.
 * Pure: no thread, no socket, no lock.
 *
 * One table says which members a type has in which direction. Members that
 * are not in it are ignored, so that newer peers can say more.
 *
 * json-glib parses recursively and without a bound, and more than JSON: text
 * is scanned for size, tokens and depth first (jsonscan.c). What is added to the
 * protocol of others is in extensions.c.
 */

#include "protocol.h"

#include <math.h>
#include <string.h>

#include "extensions.h"
#include "jsonscan.h"

/* A peer repeats nothing: three roles exist */
#define MAX_ROLES 8

/* A list wraps the meta of its peers in three levels of its own: what is
 * stored must still be readable in there */
#define MAX_META_DEPTH (GST_RTC_PROTOCOL_MAX_DEPTH - 3)

/* How much of what somebody sent is shown in errors */
#define MAX_SHOWN_BYTES 40

enum
{
  HAS_VERSION = 1 << 0,
  HAS_STATUS = 1 << 1,          /* roles and meta */
  HAS_PEER_ID = 1 << 2,
  MAY_HAVE_PEER_ID = 1 << 3,
  HAS_SESSION_ID = 1 << 4,
  MAY_HAVE_OFFER = 1 << 5,
  MAY_HAVE_ERROR = 1 << 6,
  HAS_DETAILS = 1 << 7,
  HAS_PAYLOAD = 1 << 8,
  HAS_PRODUCERS = 1 << 9,
  HAS_CONSUMERS = 1 << 10,
  UNUSED = 1 << 31,
};

static const struct
{
  const gchar *name;
  guint members[2];             /* by GstRtcDirection */
} types[] = {
  [GST_RTC_MESSAGE_SET_PROTOCOL_VERSION] = {"setProtocolVersion",
      {HAS_VERSION, UNUSED}},
  [GST_RTC_MESSAGE_SET_PEER_STATUS] = {"setPeerStatus",
      {HAS_STATUS | MAY_HAVE_PEER_ID, UNUSED}},
  [GST_RTC_MESSAGE_START_SESSION] = {"startSession",
        {HAS_PEER_ID | MAY_HAVE_OFFER,
          HAS_PEER_ID | HAS_SESSION_ID | MAY_HAVE_OFFER}},
  [GST_RTC_MESSAGE_END_SESSION] = {"endSession",
      {HAS_SESSION_ID, HAS_SESSION_ID}},
  [GST_RTC_MESSAGE_END_SESSION_V1_1] = {"endSessionV1_1",
      {HAS_SESSION_ID | MAY_HAVE_ERROR, HAS_SESSION_ID | MAY_HAVE_ERROR}},
  [GST_RTC_MESSAGE_PEER] = {"peer",
      {HAS_SESSION_ID | HAS_PAYLOAD, HAS_SESSION_ID | HAS_PAYLOAD}},
  [GST_RTC_MESSAGE_LIST] = {"list", {0, HAS_PRODUCERS}},
  [GST_RTC_MESSAGE_LIST_CONSUMERS] = {"listConsumers", {0, HAS_CONSUMERS}},
  [GST_RTC_MESSAGE_WELCOME] = {"welcome", {UNUSED, HAS_PEER_ID}},
  [GST_RTC_MESSAGE_PEER_STATUS_CHANGED] = {"peerStatusChanged",
      {UNUSED, HAS_STATUS | MAY_HAVE_PEER_ID}},
  [GST_RTC_MESSAGE_SESSION_STARTED] = {"sessionStarted",
      {UNUSED, HAS_PEER_ID | HAS_SESSION_ID}},
  [GST_RTC_MESSAGE_ERROR] = {"error", {UNUSED, HAS_DETAILS}},
};

static const gchar *const role_names[] = {
  [GST_RTC_PEER_ROLE_PRODUCER] = "producer",
  [GST_RTC_PEER_ROLE_LISTENER] = "listener",
  [GST_RTC_PEER_ROLE_CONSUMER] = "consumer",
};

static const gchar *const version_names[] = {
  [GST_RTC_PROTOCOL_V1_0] = "v1_0",
  [GST_RTC_PROTOCOL_V1_1] = "v1_1",
};

G_DEFINE_QUARK (gst_rtc_protocol_error_quark, gst_rtc_protocol_error);

static gint
index_of (const gchar * const *names, guint n_names, const gchar * name)
{
  for (guint i = 0; i < n_names; i++) {
    if (g_str_equal (names[i], name))
      return i;
  }

  return -1;
}

static gboolean
bad_member (const gchar * name, GError ** error)
{
  g_set_error (error, GST_RTC_PROTOCOL_ERROR,
      GST_RTC_PROTOCOL_ERROR_BAD_MEMBER,
      "member '%s' is missing or of the wrong type", name);
  return FALSE;
}

/* NULL for what is absent or null: the protocol treats both alike */
static JsonNode *
get_member (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static gboolean
read_text (JsonObject * object, const gchar * name, gboolean required,
    gchar ** ret_text, GError ** error)
{
  JsonNode *node = get_member (object, name);

  if (!node)
    return required ? bad_member (name, error) : TRUE;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return bad_member (name, error);

  *ret_text = json_node_dup_string (node);
  return TRUE;
}

static JsonObject *
read_object (JsonObject * object, const gchar * name)
{
  JsonNode *node = get_member (object, name);

  return node && JSON_NODE_HOLDS_OBJECT (node) ?
      json_node_get_object (node) : NULL;
}

static JsonArray *
read_array (JsonObject * object, const gchar * name)
{
  JsonNode *node = get_member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;
}

static gboolean
read_name (JsonNode * node, const gchar * const *names, guint n_names,
    gint * ret_index)
{
  gint found = -1;

  if (node && json_node_get_value_type (node) == G_TYPE_STRING)
    found = index_of (names, n_names, json_node_get_string (node));
  if (found < 0)
    return FALSE;

  *ret_index = found;
  return TRUE;
}

static gboolean
read_version (JsonObject * object, GstRtcMessage * self, GError ** error)
{
  gint version;

  if (!read_name (get_member (object, "version"), version_names,
          G_N_ELEMENTS (version_names), &version))
    return bad_member ("version", error);

  self->version = version;
  return TRUE;
}

static gboolean meta_is_fit (JsonNode * meta, guint depth);

static gboolean
object_is_fit (JsonObject * object, guint depth)
{
  JsonObjectIter iter;
  JsonNode *member;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, NULL, &member)) {
    if (!meta_is_fit (member, depth))
      return FALSE;
  }

  return TRUE;
}

static gboolean
array_is_fit (JsonArray * array, guint depth)
{
  for (guint i = 0; i < json_array_get_length (array); i++) {
    if (!meta_is_fit (json_array_get_element (array, i), depth))
      return FALSE;
  }

  return TRUE;
}

/* json-glib writes an infinite number as a word, and 1e22 as 1e+22.0 */
static gboolean
number_is_fit (gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (text, sizeof text, number);

  return isfinite (number) && (!strchr (text, 'e') || strchr (text, '.'));
}

/* Whether others can read it again */
static gboolean
meta_is_fit (JsonNode * meta, guint depth)
{
  if (JSON_NODE_HOLDS_OBJECT (meta))
    return depth < MAX_META_DEPTH &&
        object_is_fit (json_node_get_object (meta), depth + 1);
  if (JSON_NODE_HOLDS_ARRAY (meta))
    return depth < MAX_META_DEPTH &&
        array_is_fit (json_node_get_array (meta), depth + 1);

  return json_node_get_value_type (meta) != G_TYPE_DOUBLE ||
      number_is_fit (json_node_get_double (meta));
}

static gboolean
read_status (JsonObject * object, GstRtcMessage * self, GError ** error)
{
  JsonArray *roles = read_array (object, "roles");
  JsonNode *meta = get_member (object, "meta");

  if (!roles || json_array_get_length (roles) > MAX_ROLES)
    return bad_member ("roles", error);

  for (guint i = 0; i < json_array_get_length (roles); i++) {
    gint role;

    if (!read_name (json_array_get_element (roles, i), role_names,
            G_N_ELEMENTS (role_names), &role))
      return bad_member ("roles", error);
    gst_rtc_message_add_role (self, role);
  }

  if (meta && !meta_is_fit (meta, 0))
    return bad_member ("meta", error);
  gst_rtc_message_set_meta (self, meta);
  return TRUE;
}

static gboolean
read_description (JsonObject * object, GstRtcMessage * self, GError ** error)
{
  g_autofree gchar *type = NULL;

  if (!read_text (object, "type", TRUE, &type, error) ||
      !read_text (object, "sdp", TRUE, &self->sdp, error))
    return FALSE;

  if (g_str_equal (type, "offer"))
    self->payload = GST_RTC_PAYLOAD_OFFER;
  else if (g_str_equal (type, "answer"))
    self->payload = GST_RTC_PAYLOAD_ANSWER;
  else
    return bad_member ("sdp.type", error);

  return TRUE;
}

/* A browser may leave the index null where it gives the mid (W3C WebRTC
 * 4.8.1): such a candidate is kept, with index -1. */
static gboolean
read_candidate (JsonObject * object, GstRtcMessage * self, GError ** error)
{
  JsonNode *index = get_member (object, "sdpMLineIndex");

  if (!read_text (object, "candidate", TRUE, &self->candidate, error) ||
      !read_text (object, "sdpMid", FALSE, &self->sdp_mid, error) ||
      !read_text (object, "usernameFragment", FALSE,
          &self->username_fragment, error))
    return FALSE;

  if (index && json_node_get_value_type (index) == G_TYPE_INT64)
    self->sdp_m_line_index = json_node_get_int (index);
  else if (index || !self->sdp_mid)
    return bad_member ("sdpMLineIndex", error);
  if (index && (self->sdp_m_line_index < 0 ||
          self->sdp_m_line_index > G_MAXUINT32))
    return bad_member ("sdpMLineIndex", error);

  self->payload = GST_RTC_PAYLOAD_ICE;
  return TRUE;
}

static gboolean
read_payload (JsonObject * object, GstRtcMessage * self, GError ** error)
{
  JsonObject *sdp = read_object (object, "sdp");
  JsonObject *ice = read_object (object, "ice");

  if ((sdp != NULL) == (ice != NULL))
    return bad_member ("sdp or ice", error);

  return sdp ? read_description (sdp, self, error) :
      read_candidate (ice, self, error);
}

static gboolean
read_peers (JsonObject * object, const gchar * name, GstRtcMessage * self,
    GError ** error)
{
  JsonArray *peers = read_array (object, name);

  if (!peers)
    return bad_member (name, error);

  for (guint i = 0; i < json_array_get_length (peers); i++) {
    JsonNode *node = json_array_get_element (peers, i);
    g_autofree gchar *id = NULL;

    if (!JSON_NODE_HOLDS_OBJECT (node))
      return bad_member (name, error);
    if (!read_text (json_node_get_object (node), "id", TRUE, &id, error))
      return FALSE;
    g_ptr_array_add (self->peers, gst_rtc_peer_info_new (id,
            get_member (json_node_get_object (node), "meta")));
  }

  return TRUE;
}

static gboolean
read_ids_and_texts (JsonObject * object, guint members, GstRtcMessage * self,
    GError ** error)
{
  if (members & (HAS_PEER_ID | MAY_HAVE_PEER_ID)
      && !read_text (object, "peerId", members & HAS_PEER_ID, &self->peer_id,
          error))
    return FALSE;
  if (members & HAS_SESSION_ID
      && !read_text (object, "sessionId", TRUE, &self->session_id, error))
    return FALSE;
  if (members & MAY_HAVE_OFFER
      && !read_text (object, "offer", FALSE, &self->offer, error))
    return FALSE;
  if (members & MAY_HAVE_ERROR
      && !read_text (object, "error", FALSE, &self->text, error))
    return FALSE;
  if (members & HAS_DETAILS
      && !read_text (object, "details", TRUE, &self->text, error))
    return FALSE;

  return TRUE;
}

static gboolean
read_members (JsonObject * object, guint members, GstRtcMessage * self,
    GError ** error)
{
  if (!read_ids_and_texts (object, members, self, error))
    return FALSE;
  if (members & HAS_VERSION && !read_version (object, self, error))
    return FALSE;
  if (members & HAS_STATUS && !read_status (object, self, error))
    return FALSE;
  if (members & HAS_PAYLOAD && !read_payload (object, self, error))
    return FALSE;
  if (members & HAS_PRODUCERS && !read_peers (object, "producers", self, error))
    return FALSE;
  if (members & HAS_CONSUMERS && !read_peers (object, "consumers", self, error))
    return FALSE;

  gst_rtc_extensions_read (self, object);

  return TRUE;
}

static gboolean
find_type (const gchar * name, GstRtcDirection direction,
    GstRtcMessageType * ret_type, GError ** error)
{
  g_autofree gchar *start = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if (g_str_equal (types[i].name, name)
        && !(types[i].members[direction] & UNUSED)) {
      *ret_type = i;
      return TRUE;
    }
  }

  /* the cut may be in the middle of a character */
  start = g_utf8_make_valid (name, MIN (strlen (name), MAX_SHOWN_BYTES));
  g_set_error (error, GST_RTC_PROTOCOL_ERROR,
      GST_RTC_PROTOCOL_ERROR_UNKNOWN_TYPE, "unknown type '%s'", start);
  return FALSE;
}

static GstRtcMessage *
message_from_object (GstRtcDirection direction, JsonObject * object,
    GError ** error)
{
  g_autoptr (GstRtcMessage) self = NULL;
  g_autofree gchar *name = NULL;
  GstRtcMessageType type;

  if (!read_text (object, "type", TRUE, &name, error) ||
      !find_type (name, direction, &type, error))
    return NULL;

  self = gst_rtc_message_new (type);
  if (!read_members (object, types[type].members[direction], self, error))
    return NULL;

  return g_steal_pointer (&self);
}

static void
write_text (JsonBuilder * builder, const gchar * name, const gchar * text)
{
  json_builder_set_member_name (builder, name);
  /* json-glib's own string value for NULL would be null as well, with a
   * critical in some versions */
  if (text)
    json_builder_add_string_value (builder, text);
  else
    json_builder_add_null_value (builder);
}

static void
write_meta (JsonBuilder * builder, JsonNode * meta)
{
  json_builder_set_member_name (builder, "meta");
  if (meta)
    json_builder_add_value (builder, json_node_copy (meta));
  else
    json_builder_add_null_value (builder);
}

static void
write_status (JsonBuilder * builder, GstRtcMessage * self)
{
  json_builder_set_member_name (builder, "roles");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->roles->len; i++)
    json_builder_add_string_value (builder,
        role_names[g_array_index (self->roles, GstRtcPeerRole, i)]);
  json_builder_end_array (builder);
  write_meta (builder, self->meta);
}

static void
write_candidate (JsonBuilder * builder, GstRtcMessage * self)
{
  write_text (builder, "candidate", self->candidate);
  json_builder_set_member_name (builder, "sdpMLineIndex");
  if (self->sdp_m_line_index >= 0)
    json_builder_add_int_value (builder, self->sdp_m_line_index);
  else
    json_builder_add_null_value (builder);
  if (self->sdp_mid)
    write_text (builder, "sdpMid", self->sdp_mid);
  if (self->username_fragment)
    write_text (builder, "usernameFragment", self->username_fragment);
}

static void
write_payload (JsonBuilder * builder, GstRtcMessage * self)
{
  gboolean is_ice = self->payload == GST_RTC_PAYLOAD_ICE;

  json_builder_set_member_name (builder, is_ice ? "ice" : "sdp");
  json_builder_begin_object (builder);
  if (is_ice) {
    write_candidate (builder, self);
  } else {
    write_text (builder, "type",
        self->payload == GST_RTC_PAYLOAD_OFFER ? "offer" : "answer");
    write_text (builder, "sdp", self->sdp);
  }
  json_builder_end_object (builder);
}

static void
write_peers (JsonBuilder * builder, const gchar * name, GPtrArray * peers)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < peers->len; i++) {
    GstRtcPeerInfo *info = g_ptr_array_index (peers, i);

    json_builder_begin_object (builder);
    write_text (builder, "id", info->id);
    write_meta (builder, info->meta);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
write_members (JsonBuilder * builder, guint members, GstRtcMessage * self)
{
  if (members & HAS_VERSION)
    write_text (builder, "version", version_names[self->version]);
  if (members & HAS_STATUS)
    write_status (builder, self);
  if (members & HAS_PEER_ID || (members & MAY_HAVE_PEER_ID && self->peer_id))
    write_text (builder, "peerId", self->peer_id);
  if (members & HAS_SESSION_ID)
    write_text (builder, "sessionId", self->session_id);
  if (members & MAY_HAVE_OFFER)
    write_text (builder, "offer", self->offer);
  if (members & MAY_HAVE_ERROR)
    write_text (builder, "error", self->text);
  if (members & HAS_DETAILS)
    write_text (builder, "details", self->text);
  if (members & HAS_PAYLOAD)
    write_payload (builder, self);
  if (members & HAS_PRODUCERS)
    write_peers (builder, "producers", self->peers);
  if (members & HAS_CONSUMERS)
    write_peers (builder, "consumers", self->peers);
  gst_rtc_extensions_write (self, builder);
}

const gchar *
gst_rtc_message_type_name (GstRtcMessageType type)
{
  return types[type].name;
}

gboolean
gst_rtc_message_type_is_for (GstRtcMessageType type, GstRtcDirection direction)
{
  return !(types[type].members[direction] & UNUSED);
}

GstRtcMessage *
gst_rtc_message_from_text (GstRtcDirection direction, const gchar * text,
    gsize length, GError ** error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) parse_error = NULL;
  JsonNode *root;

  if (!gst_rtc_json_scan (text, length, error))
    return NULL;

  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, length, &parse_error)) {
    /* it may cite half of a character */
    g_autofree gchar *cause = g_utf8_make_valid (parse_error->message, -1);

    g_set_error (error, GST_RTC_PROTOCOL_ERROR,
        GST_RTC_PROTOCOL_ERROR_NOT_JSON, "not JSON: %s", cause);
    return NULL;
  }

  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error_literal (error, GST_RTC_PROTOCOL_ERROR,
        GST_RTC_PROTOCOL_ERROR_NOT_JSON, "not a JSON object");
    return NULL;
  }

  return message_from_object (direction, json_node_get_object (root), error);
}

gchar *
gst_rtc_message_to_text (GstRtcMessage * self, GstRtcDirection direction)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  g_return_val_if_fail (!(types[self->type].members[direction] & UNUSED), NULL);

  json_builder_begin_object (builder);
  write_text (builder, "type", types[self->type].name);
  write_members (builder, types[self->type].members[direction], self);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}
