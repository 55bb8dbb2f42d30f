/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who shares which encode of one input stream.
 *
 * The ladder owns the stream's renditions. For now there is one rung: one
 * rendition per codec, whoever watches. A rendition that nobody watches any
 * more goes on for LINGER, so that a viewer who reloads a page does not
 * restart an encoder, and then stops: without viewers nothing is encoded.
 *
 * Control thread only.
 */

#include "ladder.h"

GST_DEBUG_CATEGORY_STATIC (webrtcladder_debug);
#define GST_CAT_DEFAULT webrtcladder_debug

/* Milliseconds */
#define LINGER 2000

typedef struct
{
  GstRtcLadder *ladder;
  GstRtcRendition *rendition;
  gchar *consumer_id;
  guint bitrate;                /* bit/s: the lowest that was asked for */
  GSource *linger;
} Rung;

struct _GstRtcLadder
{
  gint refs;                    /* control thread, like everything here */
  gchar *name;
  GstRtcControl *control;
  GstRtcStreamProducer *source;
  const GstRtcLadderOwner *functions;
  gpointer owner;
  GstClock *clock;
  GstClockTime base_time;
  GPtrArray *rungs;             /* element-type Rung */
  guint n_stopping;
};

static void
stop_lingering (Rung * rung)
{
  if (!rung->linger)
    return;

  g_source_destroy (rung->linger);
  g_clear_pointer (&rung->linger, g_source_unref);
}

static void
free_rung (gpointer data)
{
  Rung *rung = data;

  stop_lingering (rung);
  g_object_unref (rung->rendition);
  g_free (rung->consumer_id);
  g_free (rung);
}

static void
unref_ladder (GstRtcLadder * self)
{
  if (--self->refs > 0)
    return;

  g_ptr_array_unref (self->rungs);
  g_object_unref (self->source);
  gst_clear_object (&self->clock);
  g_free (self->name);
  gst_rtc_control_unref (self->control);
  g_free (self);
}

static void
rung_is_gone (gpointer data)
{
  GstRtcLadder *self = data;

  self->n_stopping--;
  if (self->owner)
    self->functions->gone (self->owner);
  unref_ladder (self);
}

static void
remove_rung (GstRtcLadder * self, Rung * rung)
{
  self->n_stopping++;
  self->refs++;
  gst_rtc_rendition_stop (rung->rendition, rung_is_gone, self);
  g_ptr_array_remove_fast (self->rungs, rung);
}

static gboolean
on_linger (gpointer data)
{
  Rung *rung = data;

  remove_rung (rung->ladder, rung);

  return G_SOURCE_REMOVE;
}

static Rung *
find_rung (GstRtcLadder * self, GstRtcRendition * rendition)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    Rung *rung = g_ptr_array_index (self->rungs, i);

    if (rung->rendition == rendition)
      return rung;
  }

  return NULL;
}

static void
on_encoder_setup (GstRtcRendition * rendition, GstElement * encoder,
    gpointer owner)
{
  GstRtcLadder *self = owner;
  Rung *rung = find_rung (self, rendition);

  self->functions->encoder_setup (self->owner,
      rung ? rung->consumer_id : NULL, encoder);
}

static GstCaps *
on_configure_mitigation (GstRtcRendition * rendition, GstVideoInfo * info,
    guint bitrate, gpointer owner)
{
  GstRtcLadder *self = owner;

  return self->functions->configure_mitigation (self->owner, info, bitrate);
}

static void
on_failed (GstRtcRendition * rendition, const gchar * reason, gpointer owner)
{
  GstRtcLadder *self = owner;
  Rung *rung = find_rung (self, rendition);
  g_autoptr (GstRtcRendition) kept = g_object_ref (rendition);

  GST_WARNING ("%s: no %s any more: %s", self->name,
      gst_rtc_rendition_get_codec (rendition)->name, reason);
  if (rung)
    remove_rung (self, rung);
  self->functions->failed (self->owner, kept, reason);
}

static const GstRtcRenditionOwner rendition_functions = {
  on_encoder_setup, on_configure_mitigation, on_failed
};

/**
 * gst_rtc_ladder_new:
 * @name: name of the input stream
 * @control: the element's control thread
 * @source: (transfer none): the input stream's samples
 * @functions: whom to tell
 * @owner: (transfer none): who calls gst_rtc_ladder_free()
 */
GstRtcLadder *
gst_rtc_ladder_new (const gchar * name, GstRtcControl * control,
    GstRtcStreamProducer * source, const GstRtcLadderOwner * functions,
    gpointer owner)
{
  GstRtcLadder *self = g_new0 (GstRtcLadder, 1);

  GST_DEBUG_CATEGORY_INIT (webrtcladder_debug, "webrtcladder", 0,
      "Who shares which encode");

  self->refs = 1;
  self->name = g_strdup (name);
  self->control = gst_rtc_control_ref (control);
  self->source = g_object_ref (source);
  self->functions = functions;
  self->owner = owner;
  self->rungs = g_ptr_array_new_with_free_func (free_rung);

  return self;
}

/**
 * gst_rtc_ladder_free:
 *
 * The ladder has no renditions any more: gst_rtc_ladder_stop() was called.
 */
void
gst_rtc_ladder_free (GstRtcLadder * self)
{
  g_assert (self->rungs->len == 0);

  self->owner = NULL;
  unref_ladder (self);
}

/**
 * gst_rtc_ladder_set_clock:
 * @clock: (nullable): the element's clock
 * @base_time: its base time
 */
void
gst_rtc_ladder_set_clock (GstRtcLadder * self, GstClock * clock,
    GstClockTime base_time)
{
  gst_object_replace ((GstObject **) & self->clock, (GstObject *) clock);
  self->base_time = base_time;
  for (guint i = 0; i < self->rungs->len; i++) {
    Rung *rung = g_ptr_array_index (self->rungs, i);

    gst_rtc_rendition_set_base_time (rung->rendition, base_time);
  }
}

static Rung *
find_rung_of_codec (GstRtcLadder * self, const GstRtcCodec * codec)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    Rung *rung = g_ptr_array_index (self->rungs, i);

    if (gst_rtc_rendition_get_codec (rung->rendition) == codec)
      return rung;
  }

  return NULL;
}

static Rung *
add_rung (GstRtcLadder * self, const GstRtcCodec * codec,
    const gchar * consumer_id)
{
  Rung *rung = g_new0 (Rung, 1);
  g_autofree gchar *name = g_strdup_printf ("rendition-%s-%s", self->name,
      codec->name);

  rung->ladder = self;
  rung->consumer_id = g_strdup (consumer_id);
  rung->rendition = gst_rtc_rendition_new (name, codec, self->control,
      &rendition_functions, self);
  g_ptr_array_add (self->rungs, rung);

  return rung;
}

/**
 * gst_rtc_ladder_use:
 * @codec: what the consumer's answer chose
 * @input: fixed caps of the input
 * @consumer_id: the peer
 * @bitrate: bit/s of video for this consumer; what is shared has the lowest of
 *     those who share it
 *
 * Returns: (transfer full): the rendition that the consumer gets, to be given
 *     back with gst_rtc_ladder_unuse()
 */
GstRtcRendition *
gst_rtc_ladder_use (GstRtcLadder * self, const GstRtcCodec * codec,
    GstCaps * input, const gchar * consumer_id, guint bitrate)
{
  Rung *rung = find_rung_of_codec (self, codec);
  GstRtcRendition *rendition;
  const gboolean fresh = rung == NULL;

  gst_rtc_control_assert (self->control);

  if (fresh)
    rung = add_rung (self, codec, consumer_id);
  stop_lingering (rung);
  rendition = g_object_ref (rung->rendition);
  gst_rtc_rendition_use (rendition);
  if (fresh || bitrate < rung->bitrate) {
    rung->bitrate = bitrate;
    gst_rtc_rendition_set_bitrate (rendition, bitrate);
  }
  if (fresh)
    gst_rtc_rendition_start (rendition, input, self->source, self->clock,
        self->base_time);

  return rendition;
}

/**
 * gst_rtc_ladder_unuse:
 * @rendition: (transfer full): what gst_rtc_ladder_use() returned
 */
void
gst_rtc_ladder_unuse (GstRtcLadder * self, GstRtcRendition * rendition)
{
  Rung *rung = find_rung (self, rendition);

  gst_rtc_control_assert (self->control);

  if (gst_rtc_rendition_unuse (rendition) == 0 && rung)
    rung->linger = gst_rtc_control_add_timer (self->control, LINGER,
        on_linger, rung, NULL);
  g_object_unref (rendition);
}

/**
 * gst_rtc_ladder_set_input:
 * @input: fixed caps of what comes now, which every codec there is can do with
 */
void
gst_rtc_ladder_set_input (GstRtcLadder * self, GstCaps * input)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    Rung *rung = g_ptr_array_index (self->rungs, i);

    gst_rtc_rendition_set_input (rung->rendition, input);
  }
}

/**
 * gst_rtc_ladder_update_mitigation:
 *
 * What may be done to pictures has changed.
 */
void
gst_rtc_ladder_update_mitigation (GstRtcLadder * self)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    Rung *rung = g_ptr_array_index (self->rungs, i);

    gst_rtc_rendition_update_mitigation (rung->rendition);
  }
}

/**
 * gst_rtc_ladder_stop:
 *
 * Stops all renditions.
 */
void
gst_rtc_ladder_stop (GstRtcLadder * self)
{
  while (self->rungs->len > 0)
    remove_rung (self, g_ptr_array_index (self->rungs, 0));
}

/**
 * gst_rtc_ladder_get_n_stopping:
 *
 * Returns: how many renditions are on their way to NULL
 */
guint
gst_rtc_ladder_get_n_stopping (GstRtcLadder * self)
{
  return self->n_stopping;
}
