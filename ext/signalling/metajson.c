/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Metadata of producers: a GstStructure in elements, a JSON object on the
 * wire. Pure. JSON has one kind of number and no names for objects, so a
 * round trip keeps the content, not the GTypes. */

#include "metajson.h"

#include <math.h>
#include <string.h>

/* What objects are called that come from JSON: it has no names for them */
#define STRUCTURE_NAME "v"
/* Of members that nobody in this process knew before; further ones are left
 * out */
#define MAX_NEW_NAMES 4096
#define MAX_NAME_BYTES 256

static JsonNode *node_from_value (const GValue * value);
static gboolean value_from_node (JsonNode * node, GValue * ret_value);

static JsonNode *
node_from_array (const GValue * value)
{
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  for (guint i = 0; i < gst_value_array_get_size (value); i++) {
    JsonNode *element = node_from_value (gst_value_array_get_value (value, i));

    if (element)
      json_array_add_element (array, element);
  }
  json_node_take_array (node, array);

  return node;
}

static JsonNode *
node_from_flags (const GValue * value)
{
  g_autoptr (GString) nicks = g_string_new (NULL);
  GFlagsClass *klass = g_type_class_ref (G_VALUE_TYPE (value));
  guint flags = g_value_get_flags (value);
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  for (guint i = 0; i < klass->n_values; i++) {
    const GFlagsValue *flag = &klass->values[i];

    if (flag->value == 0 || (flags & flag->value) != flag->value)
      continue;
    if (nicks->len > 0)
      g_string_append_c (nicks, '+');
    g_string_append (nicks, flag->value_nick);
  }
  g_type_class_unref (klass);
  json_node_set_string (node, nicks->str);

  return node;
}

static JsonNode *
node_from_text (const gchar * text)
{
  JsonNode *node;

  if (!text)
    return NULL;

  node = json_node_new (JSON_NODE_VALUE);
  json_node_set_string (node, text);

  return node;
}

static JsonNode *
node_from_double (gdouble number)
{
  JsonNode *node;

  /* JSON has no infinity and no NaN */
  if (!isfinite (number))
    return NULL;

  node = json_node_new (JSON_NODE_VALUE);
  json_node_set_double (node, number);

  return node;
}

static JsonNode *
node_from_integer (gint64 number)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  json_node_set_int (node, number);

  return node;
}

static JsonNode *
node_from_unsigned (guint64 number)
{
  /* json-glib's integers are signed */
  return number <= G_MAXINT64 ? node_from_integer (number) :
      node_from_double (number);
}

static JsonNode *
node_from_boolean (gboolean boolean)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);

  json_node_set_boolean (node, boolean);

  return node;
}

static JsonNode *
node_from_other (const GValue * value)
{
  g_autofree gchar *text = NULL;

  if (G_VALUE_HOLDS_FLAGS (value))
    return node_from_flags (value);

  text = gst_value_serialize (value);

  return node_from_text (text);
}

static JsonNode *
node_from_value (const GValue * value)
{
  GType type = G_VALUE_TYPE (value);

  if (type == GST_TYPE_ARRAY)
    return node_from_array (value);
  if (type == GST_TYPE_STRUCTURE) {
    const GstStructure *structure = gst_value_get_structure (value);

    return structure ? gst_rtc_json_from_structure (structure) : NULL;
  }

  switch (type) {
    case G_TYPE_STRING:
      return node_from_text (g_value_get_string (value));
    case G_TYPE_BOOLEAN:
      return node_from_boolean (g_value_get_boolean (value));
    case G_TYPE_INT:
      return node_from_integer (g_value_get_int (value));
    case G_TYPE_UINT:
      return node_from_unsigned (g_value_get_uint (value));
    case G_TYPE_LONG:
      return node_from_integer (g_value_get_long (value));
    case G_TYPE_ULONG:
      return node_from_unsigned (g_value_get_ulong (value));
    case G_TYPE_INT64:
      return node_from_integer (g_value_get_int64 (value));
    case G_TYPE_UINT64:
      return node_from_unsigned (g_value_get_uint64 (value));
    case G_TYPE_FLOAT:
      return node_from_double (g_value_get_float (value));
    case G_TYPE_DOUBLE:
      return node_from_double (g_value_get_double (value));
    default:
      return node_from_other (value);
  }
}

static gboolean
add_field (GQuark field, const GValue * value, gpointer object)
{
  JsonNode *node = node_from_value (value);

  if (node)
    json_object_set_member (object, g_quark_to_string (field), node);

  return TRUE;
}

static GType
get_number_type (JsonNode * node)
{
  if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
    return G_TYPE_DOUBLE;

  return json_node_get_int (node) < 0 ? G_TYPE_INT64 : G_TYPE_UINT64;
}

static gboolean
is_number (JsonNode * node)
{
  return JSON_NODE_HOLDS_VALUE (node) &&
      (json_node_get_value_type (node) == G_TYPE_DOUBLE ||
      json_node_get_value_type (node) == G_TYPE_INT64);
}

static void
number_from_node (JsonNode * node, GType type, GValue * ret_value)
{
  g_value_init (ret_value, type);
  if (type == G_TYPE_DOUBLE)
    g_value_set_double (ret_value, json_node_get_double (node));
  else if (type == G_TYPE_INT64)
    g_value_set_int64 (ret_value, json_node_get_int (node));
  else
    g_value_set_uint64 (ret_value, json_node_get_int (node));
}

/* One that holds all numbers of an array */
static GType
get_common_number_type (JsonArray * array)
{
  GType common = G_TYPE_UINT64;

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    const GType type = is_number (node) ? get_number_type (node) : common;

    if (common == G_TYPE_UINT64 || type == G_TYPE_DOUBLE)
      common = type;
  }

  return common;
}

/* What GStreamer compares of the elements of arrays: the type of the first one
 * that is no array; invalid: none yet */
static GType
get_basic_type (const GValue * value)
{
  while (GST_VALUE_HOLDS_ARRAY (value)) {
    if (gst_value_array_get_size (value) == 0)
      return G_TYPE_INVALID;
    value = gst_value_array_get_value (value, 0);
  }

  return G_VALUE_TYPE (value);
}

/* Arrays of GStreamer are of one type: what is not of the first one's is left
 * out. Takes over @element. */
static void
append_if_alike (GValue * array, GValue * element)
{
  const GType old = get_basic_type (array);
  const GType new = get_basic_type (element);

  if (old == G_TYPE_INVALID || new == G_TYPE_INVALID || old == new)
    gst_value_array_append_and_take_value (array, element);
  else
    g_value_unset (element);
}

static void
array_from_node (JsonNode * node, GValue * ret_value)
{
  JsonArray *array = json_node_get_array (node);
  const GType number_type = get_common_number_type (array);

  g_value_init (ret_value, GST_TYPE_ARRAY);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *item = json_array_get_element (array, i);
    GValue element = G_VALUE_INIT;

    if (is_number (item))
      number_from_node (item, number_type, &element);
    else if (!value_from_node (item, &element))
      continue;
    append_if_alike (ret_value, &element);
  }
}

/* FALSE for null, which a structure cannot hold */
static gboolean
value_from_node (JsonNode * node, GValue * ret_value)
{
  if (JSON_NODE_HOLDS_NULL (node))
    return FALSE;

  if (JSON_NODE_HOLDS_OBJECT (node)) {
    g_value_init (ret_value, GST_TYPE_STRUCTURE);
    g_value_take_boxed (ret_value, gst_rtc_structure_from_json (node));
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    array_from_node (node, ret_value);
  } else if (json_node_get_value_type (node) == G_TYPE_STRING) {
    g_value_init (ret_value, G_TYPE_STRING);
    g_value_set_string (ret_value, json_node_get_string (node));
  } else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN) {
    g_value_init (ret_value, G_TYPE_BOOLEAN);
    g_value_set_boolean (ret_value, json_node_get_boolean (node));
  } else {
    number_from_node (node, get_number_type (node), ret_value);
  }

  return TRUE;
}

/* GLib keeps the name of a field for good, and others think of names */
static gboolean
is_name_affordable (const gchar * name)
{
  static gint n_new = 0;

  if (g_quark_try_string (name) != 0)
    return TRUE;

  return strlen (name) <= MAX_NAME_BYTES
      && g_atomic_int_get (&n_new) < MAX_NEW_NAMES
      && g_atomic_int_add (&n_new, 1) < MAX_NEW_NAMES;
}

static void
add_member (JsonObject * object, const gchar * name, JsonNode * node,
    gpointer structure)
{
  GValue value = G_VALUE_INIT;

  if (is_name_affordable (name) && value_from_node (node, &value))
    gst_structure_take_value (structure, name, &value);
}

JsonNode *
gst_rtc_json_from_structure (const GstStructure * structure)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  gst_structure_foreach (structure, add_field, object);
  json_node_take_object (node, object);

  return node;
}

/* NULL if @node is not an object */
GstStructure *
gst_rtc_structure_from_json (JsonNode * node)
{
  GstStructure *structure;

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;

  structure = gst_structure_new_empty (STRUCTURE_NAME);
  json_object_foreach_member (json_node_get_object (node), add_member,
      structure);

  return structure;
}
