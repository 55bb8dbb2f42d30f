/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who shares which encode of one input stream.
 *
 * The ladder owns the stream's renditions. Consumers with the same codec form
 * a group (with `encoder-sharing=none` each is a group of its own), and the
 * group's plan says which of them share a rung and what it aims at. The ladder
 * makes it so: a rendition for each rung (ladder-rungs.c), its bitrate, and moves.
 *
 * Control thread only.
 */

#include "ladder-private.h"

#include "encoderconfig.h"

GST_DEBUG_CATEGORY (webrtcladder_debug);
#define GST_CAT_DEFAULT webrtcladder_debug

/* Milliseconds */
#define RUN_INTERVAL 100

/* Microseconds: estimates come in crowds */
#define RUN_AGAIN (30 * G_TIME_SPAN_MILLISECOND)

/* What is told of what is wanted */
#define WANTED_CHANGE 0.95

static void
free_group (gpointer data)
{
  GstRtcLadderGroup *group = data;

  gst_rtc_ladder_plan_clear (&group->plan);
  g_free (group);
}

static void
free_member (gpointer data)
{
  GstRtcLadderMember *member = data;

  gst_caps_unref (member->user.input);
  g_free ((gchar *) member->user.consumer_id);
  g_object_unref (member->rendition);
  g_free (member);
}

void
gst_rtc_ladder_unref (GstRtcLadder * self)
{
  if (--self->refs > 0)
    return;

  g_ptr_array_unref (self->members);
  g_ptr_array_unref (self->groups);
  g_ptr_array_unref (self->rungs);
  g_object_unref (self->source);
  gst_clear_object (&self->clock);
  g_free (self->name);
  gst_rtc_control_unref (self->control);
  g_free (self);
}

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
  self->rungs = g_ptr_array_new_with_free_func (gst_rtc_ladder_free_rung);
  self->members = g_ptr_array_new_with_free_func (free_member);
  self->groups = g_ptr_array_new_with_free_func (free_group);

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
  g_assert (self->rungs->len == 0 && !self->timer);

  self->owner = NULL;
  gst_rtc_ladder_unref (self);
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
    GstRtcLadderRung *rung = g_ptr_array_index (self->rungs, i);

    gst_rtc_rendition_set_base_time (rung->rendition, base_time);
  }
}

/**
 * gst_rtc_ladder_set_rates:
 * @rates: what the element was set to
 */
void
gst_rtc_ladder_set_rates (GstRtcLadder * self, const GstRtcLadderRates * rates)
{
  self->rates = *rates;
}

/* Plans */

static void
move_member (GstRtcLadder * self, GstRtcLadderMember * member, guint id)
{
  GstRtcRendition *old = member->rendition;

  GST_INFO ("%s: consumer %s moves to %" G_GUINT64_FORMAT " bit/s",
      self->name, member->user.consumer_id,
      gst_rtc_ladder_plan_get_rung (&member->group->plan, id)->target);
  member->rendition = gst_rtc_ladder_use_rung (self, member, id);
  member->user.moved (member->user.key, g_object_ref (member->rendition));
  gst_rtc_ladder_let_go (self, old);
  g_object_unref (old);
}

static void
tell_wanted (GstRtcLadderMember * member)
{
  GstRtcLadderPlan *plan = &member->group->plan;
  const guint64 wanted = gst_rtc_ladder_plan_get_wanted (plan,
      member->user.key);
  const guint64 share = gst_rtc_ladder_plan_get_member (plan,
      member->user.key)->share;

  if (wanted < WANTED_CHANGE * member->wanted ||
      member->wanted < WANTED_CHANGE * wanted) {
    member->wanted = wanted;
    member->user.wants (member->user.session, member->user.key,
        wanted / (gdouble) MAX (1, share));
  }
}

void
gst_rtc_ladder_apply_plan (GstRtcLadder * self, GstRtcLadderGroup * group)
{
  for (guint i = 0; i < self->members->len; i++) {
    GstRtcLadderMember *member = g_ptr_array_index (self->members, i);
    const GstRtcPlanMember *planned;
    GstRtcLadderRung *rung;

    if (member->group != group)
      continue;
    planned = gst_rtc_ladder_plan_get_member (&group->plan, member->user.key);
    rung = gst_rtc_ladder_find_rung (self, group, planned->rung);
    if (!rung || rung->rendition != member->rendition)
      move_member (self, member, planned->rung);
    tell_wanted (member);
  }
  for (guint i = 0; i < self->rungs->len; i++) {
    GstRtcLadderRung *rung = g_ptr_array_index (self->rungs, i);
    const GstRtcPlanRung *planned = rung->group != group ? NULL :
        gst_rtc_ladder_plan_get_rung (&group->plan, rung->id);

    if (planned)
      gst_rtc_rendition_set_bitrate (rung->rendition,
          MIN (planned->target, G_MAXINT));
  }
}

static void
run_plans (GstRtcLadder * self)
{
  const gint64 now = g_get_monotonic_time ();

  self->last_run = now;
  for (guint i = 0; i < self->groups->len; i++) {
    GstRtcLadderGroup *group = g_ptr_array_index (self->groups, i);

    if (!group->adaptive)
      continue;
    gst_rtc_ladder_plan_run (&group->plan, now);
    gst_rtc_ladder_apply_plan (self, group);
  }
}

static gboolean
on_timer (gpointer data)
{
  run_plans (data);

  return G_SOURCE_CONTINUE;
}

static void
stop_timer (GstRtcLadder * self)
{
  if (!self->timer)
    return;

  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
watch_time (GstRtcLadder * self)
{
  gboolean adaptive = FALSE;

  for (guint i = 0; i < self->groups->len; i++)
    adaptive |=
        ((GstRtcLadderGroup *) g_ptr_array_index (self->groups, i))->adaptive;

  if (adaptive && !self->timer) {
    self->timer = gst_rtc_control_add_timer (self->control, RUN_INTERVAL,
        on_timer, self, NULL);
  } else if (!adaptive) {
    stop_timer (self);
  }
}

/**
 * gst_rtc_ladder_set_share:
 * @key: whose
 * @share: bit/s that the consumer's path leaves for this stream
 * @worth: what is known of that
 */
void
gst_rtc_ladder_set_share (GstRtcLadder * self, gpointer key, guint64 share,
    GstRtcShareWorth worth)
{
  gst_rtc_control_assert (self->control);

  for (guint i = 0; i < self->members->len; i++) {
    GstRtcLadderMember *member = g_ptr_array_index (self->members, i);

    if (member->user.key == key)
      gst_rtc_ladder_plan_set_share (&member->group->plan, key, share, worth);
  }
  if (g_get_monotonic_time () - self->last_run >= RUN_AGAIN)
    run_plans (self);
}

/* Members */

static gboolean
can_adapt (const GstRtcLadderUser * user)
{
  GList *encoders;
  gboolean can;

  if (user->codec->kind != GST_RTC_MEDIA_VIDEO ||
      !gst_rtc_caps_are_raw (user->input))
    return FALSE;

  encoders = gst_rtc_codec_list_encoders (user->codec);
  can = encoders && gst_rtc_encoder_can_adapt (encoders->data);
  gst_plugin_feature_list_free (encoders);

  return can;
}

static GstRtcLadderGroup *
get_group (GstRtcLadder * self, const GstRtcLadderUser * user)
{
  gpointer alone = self->rates.shared ? NULL : user->key;
  GstRtcLadderGroup *group;

  for (guint i = 0; i < self->groups->len; i++) {
    group = g_ptr_array_index (self->groups, i);
    if (group->codec == user->codec && group->alone == alone)
      return group;
  }

  group = g_new0 (GstRtcLadderGroup, 1);
  group->codec = user->codec;
  group->alone = alone;
  group->adaptive = self->rates.adaptive && can_adapt (user);
  gst_rtc_ladder_plan_init (&group->plan);
  gst_rtc_ladder_plan_set_limits (&group->plan, self->rates.min,
      self->rates.max, group->adaptive ? self->rates.max_rungs : 1);
  g_ptr_array_add (self->groups, group);

  return group;
}

/**
 * gst_rtc_ladder_use:
 * @user: who
 *
 * Returns: (transfer full): the rendition that the consumer gets, to be given
 *     back with gst_rtc_ladder_unuse()
 */
GstRtcRendition *
gst_rtc_ladder_use (GstRtcLadder * self, const GstRtcLadderUser * user)
{
  GstRtcLadderMember *member = g_new0 (GstRtcLadderMember, 1);
  GstRtcRendition *rendition;
  guint id;

  gst_rtc_control_assert (self->control);

  member->user = *user;
  member->user.input = gst_caps_ref (user->input);
  member->user.consumer_id = g_strdup (user->consumer_id);
  member->group = get_group (self, user);
  id = gst_rtc_ladder_plan_join (&member->group->plan, user->key,
      user->bitrate);
  if (!member->group->adaptive)
    gst_rtc_ladder_plan_limit (&member->group->plan, user->bitrate);
  g_ptr_array_add (self->members, member);
  rendition = gst_rtc_ladder_use_rung (self, member, id);
  member->rendition = g_object_ref (rendition);
  gst_rtc_rendition_set_bitrate (rendition,
      MIN (gst_rtc_ladder_plan_get_rung (&member->group->plan, id)->target,
          G_MAXINT));
  watch_time (self);

  return rendition;
}

static void
forget_group (GstRtcLadder * self, GstRtcLadderGroup * group)
{
  if (group->plan.members->len > 0)
    return;

  for (guint i = 0; i < self->rungs->len; i++) {
    GstRtcLadderRung *rung = g_ptr_array_index (self->rungs, i);

    if (rung->group == group)
      rung->group = NULL;
  }
  g_ptr_array_remove_fast (self->groups, group);
  watch_time (self);
}

/**
 * gst_rtc_ladder_unuse:
 * @key: who
 * @rendition: (transfer full): what it got last
 */
void
gst_rtc_ladder_unuse (GstRtcLadder * self, gpointer key,
    GstRtcRendition * rendition)
{
  gst_rtc_control_assert (self->control);

  for (guint i = self->members->len; i > 0; i--) {
    GstRtcLadderMember *member = g_ptr_array_index (self->members, i - 1);
    GstRtcLadderGroup *group = member->group;

    if (member->user.key != key)
      continue;
    gst_rtc_ladder_let_go (self, member->rendition);
    gst_rtc_ladder_plan_leave (&group->plan, key);
    g_ptr_array_remove_index_fast (self->members, i - 1);
    forget_group (self, group);
  }
  g_object_unref (rendition);
}

/**
 * gst_rtc_ladder_set_input:
 * @input: fixed caps of what comes now
 *
 * Renditions that cannot do with it are stopped.
 */
void
gst_rtc_ladder_set_input (GstRtcLadder * self, GstCaps * input)
{
  for (guint i = 0; i < self->members->len; i++) {
    GstRtcLadderMember *member = g_ptr_array_index (self->members, i);

    gst_caps_replace (&member->user.input, input);
  }
  for (guint i = self->rungs->len; i > 0; i--) {
    GstRtcLadderRung *rung = g_ptr_array_index (self->rungs, i - 1);

    if (gst_rtc_rendition_takes (rung->rendition, input))
      gst_rtc_rendition_set_input (rung->rendition, input);
    else
      gst_rtc_ladder_remove_rung (self, rung);
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
    GstRtcLadderRung *rung = g_ptr_array_index (self->rungs, i);

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
  stop_timer (self);
  while (self->rungs->len > 0)
    gst_rtc_ladder_remove_rung (self, g_ptr_array_index (self->rungs, 0));
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
