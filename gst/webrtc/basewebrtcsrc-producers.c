/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The producers that a source's signaller knows, and the first of them.
 *
 * Many signallers cannot look for a producer by themselves, but say whom there
 * is (`producer-added`) and have a property `producer-peer-id`: whom to ask
 * for a session when they are started. That is enough to take the first one:
 *
 *   start ─▶ looking ─ producer-added ─▶ stop, producer-peer-id = it, start
 *               ▲                                      │
 *               └─ stop, property as it was, start ◀───┘ producer-removed
 *                                                        before a session
 *
 * While the element looks, the signaller is a listener if it has a `role` that
 * can be changed. Whatever was changed is put back when the signaller is
 * stopped, so that the next start looks again. Nothing is looked for when the
 * application named a producer.
 */

#include "basewebrtcsrc-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

/* What a signaller may make us remember */
#define MAX_PRODUCERS 1000

#define PEER_ID "producer-peer-id"
#define ROLE "role"

#define PRIV(self) (gst_rtc_base_src_get_private (self))

/* The signaller's properties */

/* Returns: (nullable) (transfer none): if it can be set at any time */
static GParamSpec *
find_writable (GstRtcSignaller * signaller, const gchar * name)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS
      (signaller), name);

  return spec && (spec->flags & G_PARAM_READWRITE) == G_PARAM_READWRITE &&
      !(spec->flags & G_PARAM_CONSTRUCT_ONLY) ? spec : NULL;
}

static gboolean
names_producer (GstRtcSignaller * signaller, GParamSpec * spec)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, spec->value_type);
  g_object_get_property (G_OBJECT (signaller), spec->name, &value);
  if (G_VALUE_HOLDS_STRING (&value))
    return g_value_get_string (&value) && *g_value_get_string (&value);

  return !g_param_value_defaults (spec, &value);
}

/* @id: %NULL for nobody */
static gboolean
name_producer (GstRtcSignaller * signaller, const gchar * id)
{
  GParamSpec *spec = find_writable (signaller, PEER_ID);
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, spec->value_type);
  if (!id)
    g_param_value_set_default (spec, &value);
  else if (G_VALUE_HOLDS_STRING (&value))
    g_value_set_string (&value, id);
  else if (!gst_value_deserialize (&value, id))
    return FALSE;
  g_object_set_property (G_OBJECT (signaller), spec->name, &value);

  return TRUE;
}

/* Returns: whether it has one */
static gboolean
set_role (GstRtcSignaller * signaller, GstRtcSignallerRole role)
{
  GParamSpec *spec = find_writable (signaller, ROLE);

  if (!spec || spec->value_type != GST_RTC_TYPE_SIGNALLER_ROLE)
    return FALSE;
  g_object_set (signaller, ROLE, role, NULL);

  return TRUE;
}

/**
 * gst_rtc_base_src_can_look:
 *
 * Returns: whether the signaller can be told whom to ask for a session
 *
 * Thread: any
 */
gboolean
gst_rtc_base_src_can_look (GstRtcBaseSrc * self)
{
  GstRtcSignaller *signaller = PRIV (self)->signaller;

  return signaller && find_writable (signaller, PEER_ID);
}

void
gst_rtc_base_src_want_first (GstRtcBaseSrc * self, gboolean wanted)
{
  GST_OBJECT_LOCK (self);
  PRIV (self)->first_wanted = wanted;
  GST_OBJECT_UNLOCK (self);
}

gboolean
gst_rtc_base_src_wants_first (GstRtcBaseSrc * self)
{
  gboolean wanted;

  GST_OBJECT_LOCK (self);
  wanted = PRIV (self)->first_wanted;
  GST_OBJECT_UNLOCK (self);

  return wanted;
}

/* Looking: control thread */

/* Before the signaller is started */
void
gst_rtc_base_src_begin_looking (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (!gst_rtc_base_src_wants_first (self) ||
      !gst_rtc_base_src_can_look (self) ||
      names_producer (priv->signaller, find_writable (priv->signaller,
              PEER_ID)))
    return;

  GST_INFO_OBJECT (self, "looking for a producer");
  priv->role_changed = set_role (priv->signaller,
      GST_RTC_SIGNALLER_ROLE_LISTENER);
  priv->search = GST_RTC_BASE_SRC_SEARCH_LISTENING;
}

/* There is a session: what comes and goes is not for us any more */
void
gst_rtc_base_src_found (GstRtcBaseSrc * self)
{
  PRIV (self)->search = GST_RTC_BASE_SRC_SEARCH_NONE;
}

/* After the signaller was stopped: everything as it was */
void
gst_rtc_base_src_end_looking (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (priv->role_changed)
    set_role (priv->signaller, GST_RTC_SIGNALLER_ROLE_CONSUMER);
  if (priv->chosen)
    name_producer (priv->signaller, NULL);
  priv->role_changed = FALSE;
  priv->search = GST_RTC_BASE_SRC_SEARCH_NONE;
  g_clear_pointer (&priv->chosen, g_free);
}

static void
choose (GstRtcBaseSrc * self, const gchar * id)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  GST_INFO_OBJECT (self, "the first producer is %s", id);
  gst_rtc_signaller_stop (priv->signaller);
  gst_rtc_base_src_end_looking (self);
  /* a handler may have stopped us */
  if (priv->phase != GST_RTC_BASE_SRC_STARTED)
    return;
  if (!name_producer (priv->signaller, id)) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("The signaller cannot be told to ask producer %s", id), (NULL));
    return;
  }
  priv->chosen = g_strdup (id);
  priv->search = GST_RTC_BASE_SRC_SEARCH_ASKING;
  gst_rtc_signaller_start (priv->signaller);
}

static void
look_again (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  gst_rtc_signaller_stop (priv->signaller);
  gst_rtc_base_src_end_looking (self);
  if (priv->phase != GST_RTC_BASE_SRC_STARTED)
    return;
  gst_rtc_base_src_begin_looking (self);
  gst_rtc_signaller_start (priv->signaller);
}

/* What the signaller tells: control thread */

static void
free_meta (gpointer meta)
{
  if (meta)
    gst_structure_free (meta);
}

GHashTable *
gst_rtc_base_src_new_producers (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_meta);
}

/* @id: (nullable): whom the session is with */
void
gst_rtc_base_src_publish_producer (GstRtcBaseSrc * self, const gchar * id)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  const GstStructure *meta = id ? g_hash_table_lookup (priv->producers, id) :
      NULL;

  GST_OBJECT_LOCK (self);
  gst_clear_structure (&priv->producer_meta);
  priv->producer_meta = meta ? gst_structure_copy (meta) : NULL;
  GST_OBJECT_UNLOCK (self);
  g_object_notify (G_OBJECT (self), "producer-meta");
}

void
gst_rtc_base_src_add_producer (GstElement * element, const gchar * id,
    const GstStructure * meta)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GstRtcSrcSession *session = gst_rtc_base_src_get_session (self);

  if (!id || g_hash_table_size (priv->producers) >= MAX_PRODUCERS)
    return;
  g_hash_table_insert (priv->producers, g_strdup (id),
      meta ? gst_structure_copy (meta) : NULL);
  if (session && g_strcmp0 (id,
          gst_rtc_session_get_peer_id (GST_RTC_SESSION (session))) == 0)
    gst_rtc_base_src_publish_producer (self, id);
  if (priv->search == GST_RTC_BASE_SRC_SEARCH_LISTENING &&
      priv->phase == GST_RTC_BASE_SRC_STARTED)
    choose (self, id);
}

void
gst_rtc_base_src_remove_producer (GstElement * element, const gchar * id)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (!id)
    return;
  g_hash_table_remove (priv->producers, id);
  if (priv->search == GST_RTC_BASE_SRC_SEARCH_ASKING &&
      g_strcmp0 (id, priv->chosen) == 0 &&
      priv->phase == GST_RTC_BASE_SRC_STARTED)
    look_again (self);
}
