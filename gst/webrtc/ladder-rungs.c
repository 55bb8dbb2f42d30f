/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The renditions of a ladder, one for each rung of its plans.
 *
 * A rendition that nobody watches any more goes on for LINGER, so that a viewer
 * who reloads a page does not restart an encoder, and then stops: without
 * viewers nothing is encoded.
 *
 * Control thread only.
 */

#include "ladder-private.h"

GST_DEBUG_CATEGORY_EXTERN (webrtcladder_debug);
#define GST_CAT_DEFAULT webrtcladder_debug

/* Milliseconds */
#define LINGER 2000

static void
stop_lingering (GstRtcLadderRung * rung)
{
  if (!rung->linger)
    return;

  g_source_destroy (rung->linger);
  g_clear_pointer (&rung->linger, g_source_unref);
}

void
gst_rtc_ladder_free_rung (gpointer data)
{
  GstRtcLadderRung *rung = data;

  stop_lingering (rung);
  g_object_unref (rung->rendition);
  g_free (rung->consumer_id);
  g_free (rung);
}

static void
rung_is_gone (gpointer data)
{
  GstRtcLadder *self = data;

  self->n_stopping--;
  if (self->owner)
    self->functions->gone (self->owner);
  gst_rtc_ladder_unref (self);
}

void
gst_rtc_ladder_remove_rung (GstRtcLadder * self, GstRtcLadderRung * rung)
{
  self->n_stopping++;
  self->refs++;
  gst_rtc_rendition_stop (rung->rendition, rung_is_gone, self);
  g_ptr_array_remove_fast (self->rungs, rung);
}

static gboolean
on_linger (gpointer data)
{
  GstRtcLadderRung *rung = data;

  gst_rtc_ladder_remove_rung (rung->ladder, rung);

  return G_SOURCE_REMOVE;
}

static GstRtcLadderRung *
find_rung (GstRtcLadder * self, GstRtcRendition * rendition)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    GstRtcLadderRung *rung = g_ptr_array_index (self->rungs, i);

    if (rung->rendition == rendition)
      return rung;
  }

  return NULL;
}

static void
on_pipeline_created (GstRtcRendition * rendition, GstElement * pipeline,
    gpointer owner)
{
  GstRtcLadder *self = owner;
  GstRtcLadderRung *rung = find_rung (self, rendition);

  self->functions->pipeline_created (self->owner,
      rung ? rung->consumer_id : NULL, pipeline);
}

static void
on_encoder_setup (GstRtcRendition * rendition, GstElement * encoder,
    gpointer owner)
{
  GstRtcLadder *self = owner;
  GstRtcLadderRung *rung = find_rung (self, rendition);

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
  GstRtcLadderRung *rung = find_rung (self, rendition);
  g_autoptr (GstRtcRendition) kept = g_object_ref (rendition);

  GstRtcLadderGroup *group = rung ? rung->group : NULL;

  GST_WARNING ("%s: no %s any more: %s", self->name,
      gst_rtc_rendition_get_codec (rendition)->name, reason);
  if (group && gst_rtc_ladder_plan_give_up_rung (&group->plan, rung->id,
          g_get_monotonic_time ()))
    gst_rtc_ladder_apply_plan (self, group);
  if (rung)
    gst_rtc_ladder_remove_rung (self, rung);
  self->functions->failed (self->owner, kept, reason);
}

static const GstRtcRenditionOwner rendition_functions = {
  on_pipeline_created, on_encoder_setup, on_configure_mitigation, on_failed
};

static void
start_rendition (GstRtcLadder * self, GstRtcLadderRung * rung,
    const GstRtcLadderMember * member, guint64 bitrate)
{
  g_autofree gchar *name = g_strdup_printf ("rendition-%s-%s-%u", self->name,
      member->user.codec->name, self->n_made++);

  rung->ladder = self;
  rung->consumer_id = g_strdup (member->user.consumer_id);
  rung->rendition = gst_rtc_rendition_new (name, member->user.codec,
      self->control, &rendition_functions, self);
  gst_rtc_rendition_set_bitrate (rung->rendition, MIN (bitrate, G_MAXINT));
}

GstRtcLadderRung *
gst_rtc_ladder_find_rung (GstRtcLadder * self, const GstRtcLadderGroup * group,
    guint id)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    GstRtcLadderRung *rung = g_ptr_array_index (self->rungs, i);

    if (rung->group == group && rung->id == id)
      return rung;
  }

  return NULL;
}

static GstRtcLadderRung *
find_lingering_rung (GstRtcLadder * self, const GstRtcCodec * codec)
{
  for (guint i = 0; i < self->rungs->len; i++) {
    GstRtcLadderRung *rung = g_ptr_array_index (self->rungs, i);

    if (!rung->group && gst_rtc_rendition_get_codec (rung->rendition) == codec)
      return rung;
  }

  return NULL;
}

/* The rung that the plan wants for a member, made when needed */
static GstRtcLadderRung *
get_rung (GstRtcLadder * self, const GstRtcLadderMember * member, guint id)
{
  const guint64 target =
      gst_rtc_ladder_plan_get_rung (&member->group->plan, id)->target;
  GstRtcLadderRung *rung = gst_rtc_ladder_find_rung (self, member->group, id);

  if (rung)
    return rung;

  rung = find_lingering_rung (self, member->user.codec);
  if (rung) {
    stop_lingering (rung);
  } else {
    rung = g_new0 (GstRtcLadderRung, 1);
    start_rendition (self, rung, member, target);
    g_ptr_array_add (self->rungs, rung);
  }
  rung->group = member->group;
  rung->id = id;

  return rung;
}

void
gst_rtc_ladder_let_go (GstRtcLadder * self, GstRtcRendition * rendition)
{
  GstRtcLadderRung *rung = find_rung (self, rendition);

  if (gst_rtc_rendition_unuse (rendition) > 0 || !rung)
    return;
  rung->group = NULL;
  rung->linger = gst_rtc_control_add_timer (self->control, LINGER, on_linger,
      rung, NULL);
}

/* A rendition may fail at once, and take its rung with it: whoever gets it has
 * a reference. */
GstRtcRendition *
gst_rtc_ladder_use_rung (GstRtcLadder * self, const GstRtcLadderMember * member,
    guint id)
{
  GstRtcLadderRung *rung = get_rung (self, member, id);
  GstRtcRendition *rendition = g_object_ref (rung->rendition);

  gst_rtc_rendition_use (rendition);
  if (!gst_rtc_rendition_is_started (rendition))
    gst_rtc_rendition_start (rendition, member->user.input, self->source,
        self->clock, self->base_time);

  return rendition;
}
