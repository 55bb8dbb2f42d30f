/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be sent: a table of codecs, and what users make of them in
 * `video-caps` and `audio-caps`. What of it is offered for an input, and how,
 * is in payloads.c.
 *
 * A structure of those caps that says more than the name of a codec, such as
 * "video/x-h264,profile=high", makes a codec of its own: the same row of the
 * table with another filter behind the encoder. */

#include "codecs.h"

#include <string.h>

#include "encoders.h"
#include "levels.h"
#include "profiles.h"

/* Square pixels, as RTP has no word for others */
#define VIDEO_RAW "video/x-raw(ANY),pixel-aspect-ratio=1/1"

/* The layouts that Opus has names for (RFC 7845 section 5.1.1.2): 3.0, quad,
 * 5.0, 5.1, 6.1 and 7.1 */
#define SURROUND_RAW \
  "audio/x-raw,channels=(int)3,channel-mask=(bitmask)0x7;" \
  "audio/x-raw,channels=(int)4,channel-mask=(bitmask)0x33;" \
  "audio/x-raw,channels=(int)5,channel-mask=(bitmask)0x37;" \
  "audio/x-raw,channels=(int)6,channel-mask=(bitmask)0x3f;" \
  "audio/x-raw,channels=(int)7,channel-mask=(bitmask)0xd0f;" \
  "audio/x-raw,channels=(int)8,channel-mask=(bitmask)0xc3f"

static const GstRtcCodec codecs[] = {
  {
        .name = "VP8",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-vp8",
        .raw_caps = VIDEO_RAW,
        .payloader = "rtpvp8pay",
        .clock_rate = 90000,
      },
  {
        .name = "H264",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-h264",
        .parser = "h264parse",
        .parsed_caps = "video/x-h264,stream-format=byte-stream,alignment=au",
        /* baseline of an encoder that knows no other name for it, too */
        .encode_caps = "video/x-h264,"
        "profile=(string){constrained-baseline,baseline}",
        .raw_caps = VIDEO_RAW,
        .payloader = "rtph264pay",
        .clock_rate = 90000,
        .offer = "packetization-mode=(string)1,"
        "profile-level-id=(string)42e01f,level-asymmetry-allowed=(string)1",
      },
  {
        .name = "VP9",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-vp9",
        .parser = "vp9parse",
        .parsed_caps = "video/x-vp9,alignment=super-frame",
        .encode_caps = "video/x-vp9,profile=(string)0",
        /* vp9enc takes more than the profile has, and then fails */
        .raw_caps = VIDEO_RAW ",format=(string){I420,YV12,NV12}",
        .payloader = "rtpvp9pay",
        .clock_rate = 90000,
        .offer = "profile-id=(string)0",
      },
  {
        .name = "H265",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-h265",
        .parser = "h265parse",
        .parsed_caps = "video/x-h265,stream-format=byte-stream,alignment=au",
        .encode_caps = "video/x-h265,profile=main",
        .raw_caps = VIDEO_RAW,
        .payloader = "rtph265pay",
        .clock_rate = 90000,
      },
  {
        .name = "AV1",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-av1",
        .parser = "av1parse",
        .parsed_caps = "video/x-av1,stream-format=obu-stream,alignment=tu",
        .raw_caps = VIDEO_RAW,
        .payloader = "rtpav1pay",
        .clock_rate = 90000,
      },
  {
        .name = "OPUS",
        .kind = GST_RTC_MEDIA_AUDIO,
        .caps = "audio/x-opus,channel-mapping-family=(int)0",
        .encode_caps = "audio/x-opus,channel-mapping-family=(int)0",
        .raw_caps = "audio/x-raw,channels=(int)[1,2]",
        .payloader = "rtpopuspay",
        .clock_rate = 48000,
        .offer = "encoding-params=(string)2,minptime=(string)10,"
        "useinbandfec=(string)1",
      },
  {
        .name = "MULTIOPUS",
        .kind = GST_RTC_MEDIA_AUDIO,
        .caps = "audio/x-opus,channel-mapping-family=(int)1",
        .encode_caps = "audio/x-opus,channel-mapping-family=(int)1",
        .raw_caps = SURROUND_RAW,
        .payloader = "rtpopuspay",
        .clock_rate = 48000,
        .by_payloader = TRUE,
      },
  {
        .name = "L24",
        .kind = GST_RTC_MEDIA_AUDIO,
        .caps = "audio/x-raw,format=S24BE,layout=interleaved",
        .payloader = "rtpL24pay",
        .is_raw = TRUE,
        .by_payloader = TRUE,
      },
  {
        .name = "L16",
        .kind = GST_RTC_MEDIA_AUDIO,
        .caps = "audio/x-raw,format=S16BE,layout=interleaved",
        .payloader = "rtpL16pay",
        .is_raw = TRUE,
        .by_payloader = TRUE,
      },
  {
        .name = "L8",
        .kind = GST_RTC_MEDIA_AUDIO,
        .caps = "audio/x-raw,format=U8,layout=interleaved",
        .payloader = "rtpL8pay",
        .is_raw = TRUE,
        .by_payloader = TRUE,
      },
  {
        .name = "RAW",
        .kind = GST_RTC_MEDIA_VIDEO,
        .caps = "video/x-raw,format=(string){I420,UYVY,RGB,RGBA,BGR,BGRA,"
        "AYUV,Y41B,UYVP}",
        .payloader = "rtpvrawpay",
        .clock_rate = 90000,
        .is_raw = TRUE,
        .by_payloader = TRUE,
      },
};

/* Form of a stream, which the parser settles, and not its content */
static const gchar *const form_fields[] = {
  "stream-format", "alignment", "parsed", "framed", NULL
};

/* Sampling that a profile of VP9 has; vp9enc takes more, and then fails */
static const struct
{
  const gchar *profile;
  const gchar *formats;
} vp9_profiles[] = {
  {"0", "{I420,YV12,NV12}"},
  {"1", "{Y444,Y42B}"},
  {"2", "{I420_10LE,I420_12LE}"},
  {"3", "{Y444_10LE,I422_10LE,Y444_12LE,I422_12LE}"},
};

/**
 * gst_rtc_codec_find:
 * @name: an RTP encoding name, in any case
 *
 * Returns: (nullable): the codec, without restrictions
 */
const GstRtcCodec *
gst_rtc_codec_find (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++) {
    if (g_ascii_strcasecmp (codecs[i].name, name) == 0)
      return &codecs[i];
  }

  return NULL;
}

/**
 * gst_rtc_codec_is:
 *
 * Returns: whether the codec has that encoding name, whatever its restrictions
 */
gboolean
gst_rtc_codec_is (const GstRtcCodec * codec, const gchar * name)
{
  return g_str_equal (codec->name, name);
}

static gboolean
factory_exists (const gchar * name)
{
  GstElementFactory *factory = gst_element_factory_find (name);

  if (!factory)
    return FALSE;
  gst_object_unref (factory);

  return TRUE;
}

/**
 * gst_rtc_codec_list_encoders:
 *
 * Returns: (transfer full) (element-type GstElementFactory): encoders of rank
 *     MARGINAL and up that can make it, highest first; those that failed a
 *     short while ago come last
 */
GList *
gst_rtc_codec_list_encoders (const GstRtcCodec * codec)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->encode_caps ?
      codec->encode_caps : codec->caps);

  return gst_rtc_encoders_list (caps);
}

/**
 * gst_rtc_codec_can_pay:
 *
 * Returns: whether everything behind an encoder is installed
 */
gboolean
gst_rtc_codec_can_pay (const GstRtcCodec * codec)
{
  return factory_exists (codec->payloader) &&
      (!codec->parser || factory_exists (codec->parser));
}

/**
 * gst_rtc_caps_are_raw:
 *
 * Returns: whether the caps are of frames that are not encoded
 */
gboolean
gst_rtc_caps_are_raw (GstCaps * caps)
{
  return g_str_has_suffix (gst_structure_get_name (gst_caps_get_structure
          (caps, 0)), "/x-raw");
}

static gint
get_channels (GstCaps * input)
{
  gint channels = 0;

  gst_structure_get_int (gst_caps_get_structure (input, 0), "channels",
      &channels);

  return channels;
}

/**
 * gst_rtc_codec_can_encode:
 * @input: fixed raw caps
 *
 * Returns: whether there is an encoder for such an input, or none is needed
 */
gboolean
gst_rtc_codec_can_encode (const GstRtcCodec * codec, GstCaps * input)
{
  GList *encoders;
  gboolean found;

  if (codec->is_raw)
    return TRUE;
  /* what has no more channels than stereo is not made surround */
  if (gst_rtc_codec_is (codec, "MULTIOPUS") && get_channels (input) < 3)
    return FALSE;

  encoders = gst_rtc_codec_list_encoders (codec);
  found = encoders != NULL;
  gst_plugin_feature_list_free (encoders);

  return found;
}

static gboolean
is_h26x (const GstRtcCodec * codec)
{
  return gst_rtc_codec_is (codec, "H264") || gst_rtc_codec_is (codec, "H265");
}

/* Profile and level that were asked for are the most that is allowed */
static gboolean
is_within_bounds (const GstRtcCodec * codec, const GstStructure * input)
{
  const gchar *profile = gst_structure_get_string (input, "profile");
  const gchar *level = gst_structure_get_string (input, "level");

  return (!codec->profile || !profile ||
      !gst_rtc_profile_is_above (codec->name, profile, codec->profile)) &&
      (!codec->level || !level ||
      !gst_rtc_level_is_above (codec->name, level, codec->level));
}

/**
 * gst_rtc_codec_can_pass:
 * @input: fixed caps
 *
 * Returns: whether the input can be sent as it comes
 */
gboolean
gst_rtc_codec_can_pass (const GstRtcCodec * codec, GstCaps * input)
{
  const GstStructure *structure = gst_caps_get_structure (input, 0);
  g_autoptr (GstCaps) caps = NULL;

  if (is_h26x (codec) && !is_within_bounds (codec, structure))
    return FALSE;
  caps = gst_caps_from_string (codec->caps);

  return gst_caps_can_intersect (caps, input);
}

static void
follow_field (GstStructure * form, const GstStructure * input,
    const gchar * name)
{
  const GValue *has = gst_structure_get_value (input, name);
  const GValue *allowed = gst_structure_get_value (form, name);
  gint number;

  if (!has)
    return;
  if (!allowed || gst_value_intersect (NULL, has, allowed))
    gst_structure_set_value (form, name, has);
  else if (gst_structure_get_int (input, name, &number))
    gst_structure_fixate_field_nearest_int (form, name, number);
}

/* As near to the input as the codec allows */
static GstCaps *
get_raw_form (const GstRtcCodec * codec, GstCaps * input)
{
  static const gchar *const fields[] = {
    "format", "rate", "channels", "width", "height", "framerate",
    "interlace-mode", "colorimetry"
  };
  const GstStructure *from = gst_caps_get_structure (input, 0);
  GstCaps *form = gst_caps_truncate (gst_caps_from_string (codec->caps));
  GstStructure *structure;
  const GValue *mask = gst_structure_get_value (from, "channel-mask");

  form = gst_caps_make_writable (form);
  structure = gst_caps_get_structure (form, 0);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    follow_field (structure, from, fields[i]);
  form = gst_caps_fixate (form);
  if (mask && get_channels (form) == get_channels (input))
    gst_caps_set_value (form, "channel-mask", mask);

  return form;
}

/* With a choice of layouts a converter would take the first */
static gboolean
has_same_channels (GstCapsFeatures * features, GstStructure * structure,
    gpointer data)
{
  gint channels = 0;

  return !gst_structure_get_int (structure, "channels", &channels) ||
      channels == GPOINTER_TO_INT (data);
}

/**
 * gst_rtc_codec_get_raw_caps:
 * @input: fixed raw caps
 *
 * Returns: (transfer full): what the input is converted to before it is
 *     encoded, or sent raw, for which these caps are fixed
 */
GstCaps *
gst_rtc_codec_get_raw_caps (const GstRtcCodec * codec, GstCaps * input)
{
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstCaps) same = NULL;

  if (codec->is_raw)
    return get_raw_form (codec, input);
  if (!codec->raw_caps)
    return gst_caps_new_any ();

  caps = gst_caps_from_string (codec->raw_caps);
  if (gst_caps_get_size (caps) < 2)
    return g_steal_pointer (&caps);
  same = gst_caps_copy (caps);
  gst_caps_filter_and_map_in_place (same,
      (GstCapsFilterMapFunc) has_same_channels,
      GINT_TO_POINTER (get_channels (input)));

  return gst_caps_is_empty (same) ? g_steal_pointer (&caps) :
      g_steal_pointer (&same);
}

/* Codecs that users made */

static const gchar *
text_of (const GstStructure * structure, const gchar * name)
{
  const GValue *value = gst_structure_get_value (structure, name);
  GValue first = G_VALUE_INIT;
  const gchar *text = NULL;

  if (!value || !gst_value_fixate (&first, value))
    return value && G_VALUE_HOLDS_STRING (value) ?
        g_intern_string (g_value_get_string (value)) : NULL;
  if (G_VALUE_HOLDS_STRING (&first))
    text = g_intern_string (g_value_get_string (&first));
  g_value_unset (&first);

  return text;
}

static const gchar *
raw_caps_of_profile (const gchar * profile)
{
  for (guint i = 0; i < G_N_ELEMENTS (vp9_profiles); i++) {
    if (g_str_equal (vp9_profiles[i].profile, profile)) {
      g_autofree gchar *text = g_strconcat (VIDEO_RAW ",format=(string)",
          vp9_profiles[i].formats, NULL);

      return g_intern_string (text);
    }
  }

  return VIDEO_RAW;
}

/* The table's filter with what was asked for put into it */
static const gchar *
merge_caps (const gchar * caps, const GstStructure * wanted)
{
  g_autoptr (GstCaps) merged = gst_caps_from_string (caps);
  GstStructure *structure = gst_caps_get_structure (merged, 0);
  g_autofree gchar *text = NULL;

  for (gint i = 0; i < gst_structure_n_fields (wanted); i++) {
    const gchar *name = gst_structure_nth_field_name (wanted, i);

    if (g_strv_contains (form_fields, name))
      continue;
    gst_structure_set_value (structure, name,
        gst_structure_get_value (wanted, name));
    /* only one can be offered under one payload type */
    if (g_str_equal (name, "profile") || g_str_equal (name, "level"))
      gst_structure_fixate_field (structure, name);
  }
  text = gst_caps_to_string (merged);

  return g_intern_string (text);
}

/* An encoder may choose a lower level, for a smaller picture */
static const gchar *
allow_lower_levels (const gchar * text, const gchar * level)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  GValue *list = gst_rtc_level_list_up_to (level);
  g_autofree gchar *changed = NULL;

  if (!list)
    return text;

  gst_caps_set_value (caps, "level", list);
  g_value_unset (list);
  g_free (list);
  changed = gst_caps_to_string (caps);

  return g_intern_string (changed);
}

static GstRtcCodec *
restrict_codec (const GstRtcCodec * codec, const GstStructure * wanted)
{
  GstRtcCodec *restricted = g_memdup2 (codec, sizeof (GstRtcCodec));

  restricted->profile = text_of (wanted, "profile");
  restricted->level = text_of (wanted, "level");
  if (codec->is_raw || !is_h26x (codec))
    restricted->caps = merge_caps (codec->caps, wanted);
  if (!codec->is_raw)
    restricted->encode_caps = merge_caps (codec->encode_caps ?
        codec->encode_caps : codec->caps, wanted);
  if (restricted->level && gst_rtc_codec_is (codec, "H264"))
    restricted->encode_caps = allow_lower_levels (restricted->encode_caps,
        restricted->level);
  if (restricted->profile && gst_rtc_codec_is (codec, "VP9"))
    restricted->raw_caps = raw_caps_of_profile (restricted->profile);

  return restricted;
}

/* Structures that only name the codec, in whatever form */
static gboolean
says_nothing_new (const GstRtcCodec * codec, const GstStructure * wanted)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (codec->caps);
  const GstStructure *known = gst_caps_get_structure (caps, 0);

  for (gint i = 0; i < gst_structure_n_fields (wanted); i++) {
    const gchar *name = gst_structure_nth_field_name (wanted, i);
    const GValue *value = gst_structure_get_value (known, name);

    if (g_strv_contains (form_fields, name))
      continue;
    if (!value || gst_value_compare (value,
            gst_structure_get_value (wanted, name)) != GST_VALUE_EQUAL)
      return FALSE;
  }

  return TRUE;
}

/* One for each restriction that was ever asked for; never freed, as pointers
 * to them are compared. There are as many as users write down. */
static const GstRtcCodec *
get_restricted (const GstRtcCodec * codec, const GstStructure * wanted)
{
  static GMutex lock;
  static GHashTable *restricted = NULL;
  g_autoptr (GMutexLocker) locker = NULL;
  g_autofree gchar *text = gst_structure_to_string (wanted);
  const gchar *key;
  GstRtcCodec *found;

  if (says_nothing_new (codec, wanted))
    return codec;

  locker = g_mutex_locker_new (&lock);
  if (!restricted)
    restricted = g_hash_table_new (NULL, NULL);
  key = g_intern_string (text);
  found = g_hash_table_lookup (restricted, key);
  if (!found) {
    found = restrict_codec (codec, wanted);
    g_hash_table_insert (restricted, (gpointer) key, found);
  }

  return found;
}

/**
 * gst_rtc_codec_limit_level:
 * @level: of H.264
 *
 * Returns: the codec, at that level at most
 */
const GstRtcCodec *
gst_rtc_codec_limit_level (const GstRtcCodec * codec, const gchar * level)
{
  g_autoptr (GstStructure) wanted = NULL;

  if (codec->level && !gst_rtc_level_is_above (codec->name, codec->level,
          level))
    return codec;

  wanted = gst_structure_new ("video/x-h264", "level", G_TYPE_STRING, level,
      NULL);
  if (codec->profile)
    gst_structure_set (wanted, "profile", G_TYPE_STRING, codec->profile, NULL);

  return get_restricted (gst_rtc_codec_find (codec->name), wanted);
}

/**
 * gst_rtc_codec_for_structure:
 * @wanted: of `video-caps` or `audio-caps`
 *
 * Returns: (nullable): the first codec of the table that is installed and
 *     suits, with the profile and the like that were asked for
 */
const GstRtcCodec *
gst_rtc_codec_for_structure (const GstStructure * wanted)
{
  g_autoptr (GstCaps) caps =
      gst_caps_new_full (gst_structure_copy (wanted), NULL);

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++) {
    g_autoptr (GstCaps) known = gst_caps_from_string (codecs[i].caps);

    if (gst_caps_can_intersect (known, caps) &&
        gst_rtc_codec_can_pay (&codecs[i]))
      return get_restricted (&codecs[i], wanted);
  }

  return NULL;
}
