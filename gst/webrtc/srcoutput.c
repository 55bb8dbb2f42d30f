/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes out of a source pad, and the elements that make it.
 *
 *   RTP      webrtcbin [! filter]
 *   encoded  webrtcbin ! depayloader [! parser] [! filter]
 *   raw      webrtcbin ! depayloader [! parser] [! filter] ! decoder
 *
 * The codec is known from the session description, so nothing has to be found
 * out from the data: the elements are put together at once, without a
 * decodebin and its queue and threads. A decoder that does not start (a
 * device that is busy or gone) is passed over for the next one.
 */

#include "srcoutput.h"

#include "srccodecs.h"

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

static GstCaps *
get_raw_caps (const GstRtcSrcCodec * codec)
{
  GstCaps *caps = gst_caps_new_empty_simple (codec->is_video ? "video/x-raw" :
      "audio/x-raw");

  /* in any kind of memory */
  gst_caps_set_features (caps, 0, gst_caps_features_new_any ());

  return caps;
}

/**
 * gst_rtc_src_output_get_possible:
 * @rtp: caps of the RTP stream
 *
 * Returns: (transfer full): what can be made of it, RTP first
 */
GstCaps *
gst_rtc_src_output_get_possible (GstCaps * rtp)
{
  const GstRtcSrcCodec *codec = gst_rtc_src_codec_from_caps (rtp);
  GstCaps *caps = gst_caps_copy (rtp);

  if (codec) {
    gst_caps_append (caps, get_raw_caps (codec));
    if (!codec->is_raw)
      gst_caps_append (caps, gst_caps_from_string (codec->caps));
  }

  return caps;
}

/**
 * gst_rtc_src_output_choose:
 * @pad: a source pad of the element
 * @rtp: caps of its RTP stream
 * @ret_downstream: (out): what of it downstream takes
 *
 * Returns: what to make. Who takes anything, or is not there, gets RTP; who
 *     takes the stream encoded gets it without a decoder.
 */
GstRtcSrcOutputMode
gst_rtc_src_output_choose (GstPad * pad, GstCaps * rtp,
    GstCaps ** ret_downstream)
{
  const GstRtcSrcCodec *codec = gst_rtc_src_codec_from_caps (rtp);
  g_autoptr (GstCaps) possible = gst_rtc_src_output_get_possible (rtp);
  g_autoptr (GstCaps) wanted = NULL;
  g_autoptr (GstCaps) encoded = NULL;

  *ret_downstream = NULL;
  if (!codec || !gst_pad_is_linked (pad))
    return GST_RTC_SRC_OUTPUT_RTP;

  wanted = gst_pad_peer_query_caps (pad, possible);
  GST_DEBUG_OBJECT (pad, "downstream takes %" GST_PTR_FORMAT, wanted);
  if (gst_caps_is_any (wanted) || gst_caps_is_empty (wanted))
    return GST_RTC_SRC_OUTPUT_RTP;
  if (gst_structure_has_name (gst_caps_get_structure (wanted, 0),
          "application/x-rtp"))
    return GST_RTC_SRC_OUTPUT_RTP;

  encoded = gst_caps_from_string (codec->caps);
  *ret_downstream = g_steal_pointer (&wanted);
  if (!codec->is_raw && gst_caps_can_intersect (*ret_downstream, encoded))
    return GST_RTC_SRC_OUTPUT_ENCODED;

  return GST_RTC_SRC_OUTPUT_RAW;
}

static void
set_if_there (GstElement * element, const gchar * property, const gchar * value)
{
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), property))
    gst_util_set_object_arg (G_OBJECT (element), property, value);
}

static GstElement *
start_decoder (GstElementFactory * factory)
{
  GstElement *decoder = gst_element_factory_create (factory, NULL);

  if (!decoder)
    return NULL;
  gst_object_ref_sink (decoder);
  if (gst_element_set_state (decoder,
          GST_STATE_READY) == GST_STATE_CHANGE_FAILURE) {
    GST_WARNING_OBJECT (decoder, "does not start, trying the next decoder");
    gst_element_set_state (decoder, GST_STATE_NULL);
    gst_object_unref (decoder);
    return NULL;
  }

  /* a lost packet is not an error, it is a reason to ask for a key frame */
  set_if_there (decoder, "automatic-request-sync-points", "true");
  set_if_there (decoder, "max-errors", "-1");
  set_if_there (decoder, "plc", "true");
  set_if_there (decoder, "use-inband-fec", "true");

  return decoder;
}

/* Returns: (transfer full) (nullable): a decoder in READY */
static GstElement *
make_decoder (const GstRtcSrcCodec * codec, GstCaps * downstream)
{
  GList *factories = gst_rtc_src_codec_list_decoders (codec);
  GstElement *decoder = NULL;

  for (GList * l = factories; l && !decoder; l = l->next) {
    if (!downstream || gst_element_factory_can_src_any_caps (l->data,
            downstream))
      decoder = start_decoder (l->data);
  }
  for (GList * l = factories; l && !decoder; l = l->next)
    decoder = start_decoder (l->data);
  gst_plugin_feature_list_free (factories);

  return decoder;
}

static gboolean
add_decoder (GPtrArray * chain, const GstRtcSrcCodec * codec,
    GstCaps * downstream, GError ** error)
{
  GstElement *decoder = make_decoder (codec, downstream);

  if (!decoder) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "There is no decoder for %s that starts", codec->name);
    return FALSE;
  }
  g_ptr_array_add (chain, decoder);

  return TRUE;
}

static gboolean
add_depayloader (GPtrArray * chain, const GstRtcSrcCodec * codec,
    GstCaps * rtp, GError ** error)
{
  GstElement *depayloader = gst_rtc_src_codec_make_depayloader (rtp);
  GstElement *parser;

  if (!depayloader) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
        "There is no RTP depayloader for %s", codec->name);
    return FALSE;
  }
  set_if_there (depayloader, "request-keyframe", "true");
  g_ptr_array_add (chain, gst_object_ref_sink (depayloader));

  parser = codec->parser ? gst_element_factory_make (codec->parser, NULL) :
      NULL;
  if (parser)
    g_ptr_array_add (chain, gst_object_ref_sink (parser));

  return TRUE;
}

static gboolean
link_chain (GPtrArray * chain, GstBin * bin, GError ** error)
{
  for (guint i = 0; i < chain->len; i++)
    gst_bin_add (bin, g_ptr_array_index (chain, i));

  for (guint i = 1; i < chain->len; i++) {
    GstElement *from = g_ptr_array_index (chain, i - 1);
    GstElement *to = g_ptr_array_index (chain, i);

    if (!gst_element_link_pads (from, "src", to, "sink")) {
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
          "Could not link %s to %s", GST_OBJECT_NAME (from),
          GST_OBJECT_NAME (to));
      return FALSE;
    }
  }

  for (guint i = chain->len; i > 0; i--) {
    GstElement *element = g_ptr_array_index (chain, i - 1);

    if (!gst_element_sync_state_with_parent (element)) {
      g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_STATE_CHANGE,
          "%s does not start", GST_OBJECT_NAME (element));
      return FALSE;
    }
  }

  return TRUE;
}

static void
drop_element (gpointer data)
{
  g_autoptr (GstElement) element = data;

  if (!GST_OBJECT_PARENT (element))
    gst_element_set_state (element, GST_STATE_NULL);
}

/**
 * gst_rtc_src_output_build:
 * @mode: what to make
 * @bin: where to put the elements
 * @rtp: caps of the RTP stream
 * @downstream: (nullable): what downstream takes
 * @filter: (nullable) (transfer none): to be put before the decoder
 * @elements: takes the elements, in order; none if RTP goes out as it is
 *
 * Thread: webrtcbin's streaming thread
 */
gboolean
gst_rtc_src_output_build (GstRtcSrcOutputMode mode, GstBin * bin,
    GstCaps * rtp, GstCaps * downstream, GstElement * filter,
    GPtrArray * elements, GError ** error)
{
  const GstRtcSrcCodec *codec = gst_rtc_src_codec_from_caps (rtp);
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (drop_element);

  if (mode != GST_RTC_SRC_OUTPUT_RTP &&
      !add_depayloader (chain, codec, rtp, error))
    return FALSE;
  if (filter)
    g_ptr_array_add (chain, gst_object_ref (filter));
  if (mode == GST_RTC_SRC_OUTPUT_RAW && !codec->is_raw &&
      !add_decoder (chain, codec, downstream, error))
    return FALSE;
  if (!link_chain (chain, bin, error))
    return FALSE;

  for (guint i = 0; i < chain->len; i++)
    g_ptr_array_add (elements, gst_object_ref (g_ptr_array_index (chain, i)));

  return TRUE;
}
