/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* HTTP headers from a property: a field is a header. Values are not logged,
 * a token may be among them. */

#include "headers.h"

#include "log.h"

static gboolean
add_header (GQuark field, const GValue * value, gpointer user_data)
{
  SoupMessageHeaders *headers = user_data;
  GValue text = G_VALUE_INIT;

  g_value_init (&text, G_TYPE_STRING);
  if (g_value_transform (value, &text) && g_value_get_string (&text)
      && !strpbrk (g_value_get_string (&text), "\r\n"))
    soup_message_headers_replace (headers, g_quark_to_string (field),
        g_value_get_string (&text));
  else
    GST_WARNING ("header %s cannot be sent", g_quark_to_string (field));
  g_value_unset (&text);

  return TRUE;
}

/* What cannot be a header is left out with a warning */
void
gst_rtc_headers_add (SoupMessageHeaders * headers,
    const GstStructure * structure)
{
  if (structure)
    gst_structure_foreach (structure, add_header, headers);
}
