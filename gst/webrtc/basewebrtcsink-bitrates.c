/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What applications have to say in how many bits an encoder gets, and what is
 * done to the picture for want of them. Control thread, no lock held: a handler
 * may read and set whatever it likes.
 */

#include "basewebrtcsink-private.h"

#include "mitigation.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcsink_debug);
#define GST_CAT_DEFAULT webrtcsink_debug

#define PRIV(self) (gst_rtc_base_sink_get_private (self))

/* Mitigation */

/**
 * gst_rtc_base_sink_configure_mitigation:
 * @stream_name: name of the sink pad
 * @info: what comes in
 * @bitrate: bit/s of its encoder
 *
 * Returns: (transfer full) (nullable): what to restrict the encoder's input to
 *
 * Thread: control
 */
GstCaps *
gst_rtc_base_sink_configure_mitigation (GstRtcBaseSink * self,
    const gchar * stream_name, GstVideoInfo * info, guint bitrate)
{
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);
  GstCaps *caps = NULL;

  g_signal_emit (self, gst_rtc_base_sink_signals
      [GST_RTC_BASE_SINK_CONFIGURE_MITIGATION_CAPS], 0, stream_name, info,
      (gint) MIN (bitrate, G_MAXINT), settings->mitigation_modes, &caps);
  if (caps && (gst_caps_is_any (caps) || gst_caps_is_empty (caps))) {
    GST_WARNING_OBJECT (self, "mitigation caps of %s name no video: %"
        GST_PTR_FORMAT, stream_name, caps);
    gst_clear_caps (&caps);
  }

  return caps;
}

static void
update_mitigation (gpointer data)
{
  g_autoptr (GPtrArray) pads = gst_rtc_base_sink_list_pads_with_caps (data);

  for (guint i = 0; i < pads->len; i++) {
    GstRtcLadder *ladder = gst_rtc_input_stream_get_ladder
        (gst_rtc_sink_pad_get_stream (g_ptr_array_index (pads, i)));

    if (ladder)
      gst_rtc_ladder_update_mitigation (ladder);
  }
}

/**
 * gst_rtc_base_sink_post_mitigation_changed:
 *
 * What may be done to pictures has changed.
 *
 * Thread: any
 */
void
gst_rtc_base_sink_post_mitigation_changed (GstRtcBaseSink * self)
{
  gst_rtc_control_post (PRIV (self)->control, update_mitigation,
      gst_object_ref (self), gst_object_unref);
}

/* Bitrates */

static gboolean
needs_video_encoder (GstRtcInputStream * stream)
{
  g_autoptr (GstCaps) caps = gst_rtc_input_stream_get_caps (stream);

  return gst_rtc_input_stream_get_kind (stream) == GST_RTC_MEDIA_VIDEO &&
      caps && gst_rtc_caps_are_raw (caps);
}

/* The same for each video pad */
static GstStructure *
make_bitrates (GstRtcBaseSink * self, guint bitrate, guint * ret_n)
{
  g_autoptr (GPtrArray) pads = gst_rtc_base_sink_list_pads_with_caps (self);
  GstStructure *bitrates =
      gst_structure_new_empty ("webrtcsink/encoder-bitrates");

  for (guint i = 0; i < pads->len; i++) {
    GstRtcInputStream *stream =
        gst_rtc_sink_pad_get_stream (g_ptr_array_index (pads, i));

    if (needs_video_encoder (stream))
      gst_structure_set (bitrates, gst_rtc_input_stream_get_name (stream),
          G_TYPE_INT, (gint) MIN (bitrate, G_MAXINT), NULL);
  }
  *ret_n = gst_structure_n_fields (bitrates);

  return bitrates;
}

/**
 * gst_rtc_base_sink_define_bitrate:
 * @stream: an input of the sink
 * @consumer_id: the peer who gets it
 *
 * Asks the application how bits are shared between the video streams of a
 * consumer.
 *
 * Returns: bit/s of this one; what is fixed if the application does not say
 *
 * Thread: control
 */
guint
gst_rtc_base_sink_define_bitrate (GstRtcBaseSink * self,
    GstRtcInputStream * stream, const gchar * consumer_id)
{
  g_autoptr (GstRtcSettings) settings = gst_rtc_base_sink_ref_settings (self);
  const guint bitrate = gst_rtc_settings_get_fixed_bitrate (settings);
  guint n = 0;
  GstStructure *bitrates;
  GstStructure *defined = NULL;
  gint value = 0;

  if (!needs_video_encoder (stream))
    return bitrate;

  bitrates = make_bitrates (self, bitrate, &n);
  g_signal_emit (self, gst_rtc_base_sink_signals
      [GST_RTC_BASE_SINK_DEFINE_ENCODER_BITRATES], 0, consumer_id,
      (gint) MIN ((guint64) bitrate * n, G_MAXINT), bitrates, &defined);
  gst_structure_free (bitrates);
  if (!defined)
    return bitrate;

  if (!gst_structure_get_int (defined, gst_rtc_input_stream_get_name (stream),
          &value) || value <= 0) {
    GST_WARNING_OBJECT (self, "no bitrate was defined for %s",
        gst_rtc_input_stream_get_name (stream));
    value = 0;
  }
  gst_structure_free (defined);

  return value > 0 ? (guint) value : bitrate;
}
