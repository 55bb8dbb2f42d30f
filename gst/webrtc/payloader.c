/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "payloader.h"

#include <gst/rtp/rtp.h>
#include <string.h>

#include "extmap.h"

/* The least that GstRTPBasePayload takes */
#define MIN_MTU 28

/* Settings of all payloaders that have them */
static const struct
{
  const gchar *property;
  const gchar *value;
} settings[] = {
  {"mtu", "1200"},
  {"picture-id-mode", "15-bit"},
  {"aggregate-mode", "zero-latency"},
  {"config-interval", "-1"},
};

static void
set_property (GstElement * element, const gchar * name, const gchar * value)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), name))
    gst_util_set_object_arg (G_OBJECT (element), name, value);
}

/**
 * gst_rtc_payloader_configure:
 *
 * What the default handler of `payloader-setup` does.
 *
 * Thread: control
 */
void
gst_rtc_payloader_configure (GstElement * payloader)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    set_property (payloader, settings[i].property, settings[i].value);
}

/**
 * gst_rtc_payloader_set_identity:
 * @pt: what the answer chose
 * @ssrc: what the offer announced
 *
 * Thread: control
 */
void
gst_rtc_payloader_set_identity (GstElement * payloader, gint pt, guint ssrc)
{
  g_autofree gchar *pt_text = g_strdup_printf ("%d", pt);
  g_autofree gchar *ssrc_text = g_strdup_printf ("%u", ssrc);

  set_property (payloader, "pt", pt_text);
  set_property (payloader, "ssrc", ssrc_text);
}

/**
 * gst_rtc_payloader_set_timestamp_offset:
 * @offset: RTP timestamp of running time 0
 *
 * Thread: control
 */
void
gst_rtc_payloader_set_timestamp_offset (GstElement * payloader, guint32 offset)
{
  g_autofree gchar *text = g_strdup_printf ("%u", offset);

  set_property (payloader, "timestamp-offset", text);
}

/**
 * gst_rtc_payloader_leave_room:
 * @n_bytes: by which packets get longer behind it
 *
 * Thread: control
 */
void
gst_rtc_payloader_leave_room (GstElement * payloader, guint n_bytes)
{
  guint mtu;

  if (!GST_IS_RTP_BASE_PAYLOAD (payloader))
    return;

  g_object_get (payloader, "mtu", &mtu, NULL);
  g_object_set (payloader, "mtu", MAX (MIN_MTU, mtu - MIN (mtu, n_bytes)),
      NULL);
}

static GstCaps *
take_caps (GstElement * payloader, GstCaps * stream)
{
  GstPad *sink = gst_element_get_static_pad (payloader, "sink");
  GstPad *src = gst_element_get_static_pad (payloader, "src");
  GstCaps *caps = NULL;

  gst_pad_send_event (sink, gst_event_new_stream_start ("description"));
  if (gst_pad_send_event (sink, gst_event_new_caps (stream)))
    caps = gst_pad_get_current_caps (src);
  gst_object_unref (sink);
  gst_object_unref (src);

  return caps;
}

/* What belongs to one stream and not to its format */
static gboolean
drop_own_field (GQuark field, GValue * value, gpointer data)
{
  static const gchar *const own[] = {
    "ssrc", "timestamp-offset", "seqnum-offset", "sprop-parameter-sets",
    "sprop-vps", "sprop-sps", "sprop-pps", "a-framerate", NULL
  };
  const gchar *name = g_quark_to_string (field);

  return !g_strv_contains (own, name) && !g_str_has_prefix (name, "extmap-");
}

/**
 * gst_rtc_payloader_describe:
 * @payloader: one that is used for nothing else
 * @stream: fixed caps of what it would get
 *
 * Asks the payloader itself how it would describe a stream, without a stream.
 *
 * Returns: (transfer full) (nullable): its RTP caps, without what is different
 *     each time
 *
 * Thread: control
 */
GstCaps *
gst_rtc_payloader_describe (GstElement * payloader, GstCaps * stream)
{
  GstCaps *caps;

  gst_element_set_state (payloader, GST_STATE_PAUSED);
  caps = take_caps (payloader, stream);
  gst_element_set_state (payloader, GST_STATE_NULL);
  if (!caps)
    return NULL;

  caps = gst_caps_make_writable (caps);
  gst_structure_filter_and_map_in_place (gst_caps_get_structure (caps, 0),
      drop_own_field, NULL);

  return caps;
}

/* What makes a packet belong to the negotiated format, and no more */
static GstStructure *
keep_identity (const GstStructure * from)
{
  static const gchar *const kept[] = {
    "media", "encoding-name", "payload", "clock-rate", "ssrc", "seqnum-offset",
    "timestamp-offset", NULL
  };
  GstStructure *structure = gst_structure_new_empty ("application/x-rtp");

  for (gint i = 0; i < gst_structure_n_fields (from); i++) {
    const gchar *name = gst_structure_nth_field_name (from, i);

    if (g_strv_contains (kept, name) || g_str_has_prefix (name, "extmap-"))
      gst_structure_set_value (structure, name,
          gst_structure_get_value (from, name));
  }

  return structure;
}

/* What webrtcbin is said to take */
typedef struct
{
  GstCaps *caps;
  /* what webrtcbin negotiated, and the payloader does not hear of */
  gchar *field;                 /* nullable */
  const gchar *uri;
} Pin;

static void
free_pin (gpointer data)
{
  Pin *pin = data;

  gst_caps_unref (pin->caps);
  g_free (pin->field);
  g_free (pin);
}

/* The payloader asks what webrtcbin takes */
static GstPadProbeReturn
answer_query (GstQuery * query, GstCaps * caps)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS) {
    GstCaps *filter = NULL;
    g_autoptr (GstCaps) result = NULL;

    gst_query_parse_caps (query, &filter);
    result = filter ? gst_caps_intersect_full (filter, caps,
        GST_CAPS_INTERSECT_FIRST) : gst_caps_ref (caps);
    gst_query_set_caps_result (query, result);
    return GST_PAD_PROBE_HANDLED;
  }
  if (GST_QUERY_TYPE (query) == GST_QUERY_ACCEPT_CAPS) {
    gst_query_set_accept_caps_result (query, TRUE);
    return GST_PAD_PROBE_HANDLED;
  }

  return GST_PAD_PROBE_OK;
}

/* The payloader says what it sends */
static void
shorten_caps (GstPadProbeInfo * info, const Pin * pin)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  g_autoptr (GstCaps) caps = NULL;
  GstCaps *whole;
  GstEvent *shorter;

  gst_event_parse_caps (event, &whole);
  caps = gst_caps_new_full (keep_identity (gst_caps_get_structure (whole, 0)),
      NULL);
  if (pin->field)
    gst_caps_set_simple (caps, pin->field, G_TYPE_STRING, pin->uri, NULL);
  shorter = gst_event_new_caps (caps);
  gst_event_set_seqnum (shorter, gst_event_get_seqnum (event));
  gst_event_unref (event);
  GST_PAD_PROBE_INFO_DATA (info) = shorter;
}

static GstPadProbeReturn
speak_for_webrtcbin (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  const Pin *pin = data;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM)
    return answer_query (GST_PAD_PROBE_INFO_QUERY (info), pin->caps);
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS)
    shorten_caps (info, pin);

  return GST_PAD_PROBE_OK;
}

/**
 * gst_rtc_payloader_pin_caps:
 * @webrtcbin_pad: a sink pad of webrtcbin
 * @caps: RTP caps that were negotiated
 * @hidden: (nullable): URI of a header extension among them that the payloader
 *     is not to make; static
 *
 * webrtcbin would answer with its whole codec preferences, and with a
 * profile-level-id in them rtph264pay demands that very level of its input,
 * which a rendition of another size does not have. Answers for it with no more
 * than what makes a packet belong to the negotiated format, and tells webrtcbin
 * no more, as it makes the next offer of it.
 *
 * Returns: id of the probe that does it
 *
 * Thread: control
 */
gulong
gst_rtc_payloader_pin_caps (GstPad * webrtcbin_pad, GstCaps * caps,
    const gchar * hidden)
{
  GstStructure *identity = keep_identity (gst_caps_get_structure (caps, 0));
  const guint id = hidden ? gst_rtc_extmap_find_in_caps (identity, hidden) : 0;
  Pin *pin = g_new0 (Pin, 1);

  if (id > 0) {
    pin->field = g_strdup_printf ("extmap-%u", id);
    pin->uri = hidden;
    gst_structure_remove_field (identity, pin->field);
  }
  pin->caps = gst_caps_new_full (identity, NULL);

  return gst_pad_add_probe (webrtcbin_pad,
      GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      speak_for_webrtcbin, pin, free_pin);
}
