/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Header extensions that the application gives to a payloader in its handler
 * of `payloader-setup`. A payloader does not say what it has before GStreamer
 * 1.24, so what is added is written down as it is added. */

#include "headerextensions.h"

#include <gst/rtp/rtp.h>

static GQuark
added_quark (void)
{
  return g_quark_from_static_string ("gst-rtc-header-extensions");
}

static void
on_add_extension (GstElement * payloader, GstRTPHeaderExtension * extension,
    GPtrArray * added)
{
  if (extension)
    g_ptr_array_add (added, gst_object_ref (extension));
}

static void
on_clear_extensions (GstElement * payloader, GPtrArray * added)
{
  g_ptr_array_set_size (added, 0);
}

static GPtrArray *
get_added (GstElement * payloader)
{
  return g_object_get_qdata (G_OBJECT (payloader), added_quark ());
}

/**
 * gst_rtc_header_extensions_watch:
 * @payloader: before it is shown to the application
 *
 * Thread: any
 */
void
gst_rtc_header_extensions_watch (GstElement * payloader)
{
  GPtrArray *added;

  if (!GST_IS_RTP_BASE_PAYLOAD (payloader))
    return;

  added = g_ptr_array_new_with_free_func (gst_object_unref);
  g_object_set_qdata_full (G_OBJECT (payloader), added_quark (), added,
      (GDestroyNotify) g_ptr_array_unref);
  g_signal_connect (payloader, "add-extension", G_CALLBACK (on_add_extension),
      added);
  g_signal_connect (payloader, "clear-extensions",
      G_CALLBACK (on_clear_extensions), added);
}

/**
 * gst_rtc_header_extensions_offer:
 * @extmap: of the session, which learns the ids
 * @uris: (element-type utf8): gets what was added, interned
 *
 * Thread: any
 */
void
gst_rtc_header_extensions_offer (GstElement * payloader, GstRtcExtmap * extmap,
    GPtrArray * uris)
{
  GPtrArray *added = get_added (payloader);

  for (guint i = 0; added && i < added->len; i++) {
    GstRTPHeaderExtension *extension = g_ptr_array_index (added, i);
    const gchar *uri =
        g_intern_string (gst_rtp_header_extension_get_uri (extension));
    const guint id = gst_rtp_header_extension_get_id (extension);

    if (!gst_rtc_extmap_reserve (extmap, id, uri))
      GST_WARNING_OBJECT (payloader, "%s is not offered: id %u is taken", uri,
          id);
    else if (!g_ptr_array_find (uris, uri, NULL))
      g_ptr_array_add (uris, (gpointer) uri);
  }
}

static gboolean
is_wanted (GstRTPHeaderExtension * extension, const GstStructure * rtp)
{
  g_autofree gchar *field = g_strdup_printf ("extmap-%u",
      gst_rtp_header_extension_get_id (extension));

  return g_strcmp0 (gst_structure_get_string (rtp, field),
      gst_rtp_header_extension_get_uri (extension)) == 0;
}

/**
 * gst_rtc_header_extensions_keep:
 * @rtp: RTP caps that were negotiated
 *
 * Takes from the payloader what the peer did not take, which it would send
 * nevertheless.
 *
 * Thread: any
 */
void
gst_rtc_header_extensions_keep (GstElement * payloader,
    const GstStructure * rtp)
{
  g_autoptr (GPtrArray) wanted =
      g_ptr_array_new_with_free_func (gst_object_unref);
  GPtrArray *added = get_added (payloader);
  guint n;

  if (!added || added->len == 0)
    return;

  n = added->len;
  for (guint i = 0; i < n; i++) {
    if (is_wanted (g_ptr_array_index (added, i), rtp))
      g_ptr_array_add (wanted, gst_object_ref (g_ptr_array_index (added, i)));
  }
  if (wanted->len == n)
    return;

  GST_INFO_OBJECT (payloader, "the peer takes %u of %u header extensions",
      wanted->len, n);
  g_signal_emit_by_name (payloader, "clear-extensions");
  for (guint i = 0; i < wanted->len; i++)
    g_signal_emit_by_name (payloader, "add-extension",
        g_ptr_array_index (wanted, i));
}

/**
 * gst_rtc_header_extension_exists:
 *
 * Returns: whether payloaders can make it
 */
gboolean
gst_rtc_header_extension_exists (const gchar * uri)
{
  GstRTPHeaderExtension *extension =
      gst_rtp_header_extension_create_from_uri (uri);

  if (!extension)
    return FALSE;
  gst_object_unref (extension);

  return TRUE;
}
