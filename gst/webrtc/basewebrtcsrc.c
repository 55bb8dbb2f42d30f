/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all WebRTC sources have in common.
 *
 * The element has one session at a time. Everything about it happens on the
 * control thread:
 *
 *   idle -- start --> started -- stop --> stopping -- session gone --> idle
 *
 * `start` is posted by PAUSED to PLAYING, `stop` by PAUSED to READY, which
 * waits until the element is idle, with a limit. A state change that comes on
 * the control thread itself (an application may go down in a handler) cannot
 * wait: it is done when the session was told to end, and a later `start` waits
 * in its place. The application may drop its last reference then, so that the
 * element keeps itself until the session is gone and the signaller stopped.
 * The signaller is only ever called on the control thread and without a lock.
 */

#include "basewebrtcsrc.h"

#include "control.h"
#include "signallerlink.h"
#include "srccodecs.h"
#include "srcpad.h"
#include "srcsession.h"

#include <string.h>

GST_DEBUG_CATEGORY (gst_rtc_src_debug);
#define GST_CAT_DEFAULT gst_rtc_src_debug

#define DEFAULT_STUN_SERVER "stun://stun.l.google.com:19302"

/* How long going down waits for the session, in microseconds */
#define SHUT_DOWN_LIMIT (5 * G_USEC_PER_SEC)

#define VIDEO_CAPS "video/x-raw(ANY); application/x-rtp; video/x-vp8; " \
    "video/x-h264; video/x-vp9; video/x-h265; video/x-av1"
#define AUDIO_CAPS "audio/x-raw(ANY); application/x-rtp; " \
    "audio/x-opus, channel-mapping-family = (int) 0; " \
    "audio/x-opus, channel-mapping-family = (int) 1"

/* urisourcebin looks at the first template only to see whether pads come
 * later: that has to be a sometimes pad */
static GstStaticPadTemplate templates[] = {
  GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
      GST_STATIC_CAPS (VIDEO_CAPS)),
  GST_STATIC_PAD_TEMPLATE ("req_video_%u", GST_PAD_SRC, GST_PAD_REQUEST,
      GST_STATIC_CAPS (VIDEO_CAPS)),
  GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
      GST_STATIC_CAPS (AUDIO_CAPS)),
  GST_STATIC_PAD_TEMPLATE ("req_audio_%u", GST_PAD_SRC, GST_PAD_REQUEST,
      GST_STATIC_CAPS (AUDIO_CAPS)),
};

static const gchar *const default_video_codecs[] = {
  "VP8", "H264", "VP9", "H265", "AV1", NULL
};

static const gchar *const default_audio_codecs[] = {
  "OPUS", "MULTIOPUS", NULL
};

enum
{
  PROP_0,
  PROP_STUN_SERVER,
  PROP_TURN_SERVERS,
  PROP_SIGNALLER,
  PROP_META,
  PROP_VIDEO_CODECS,
  PROP_AUDIO_CODECS,
  PROP_ENABLE_DATA_CHANNEL_NAVIGATION,
  PROP_ENABLE_CONTROL_DATA_CHANNEL,
  PROP_DO_RETRANSMISSION,
};

enum
{
  SIGNAL_REQUEST_ENCODED_FILTER,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef enum
{
  PHASE_IDLE,
  PHASE_STARTED,
  PHASE_STOPPING,
} Phase;

typedef struct
{
  /* construct-only: any thread */
  GstRtcControl *control;
  GstRtcSignaller *signaller;
  GstRtcSignallerLink *link;

  /* guarded by the object lock */
  GstRtcSrcSettings settings;
  GstStructure *meta;
  gboolean navigation;
  gboolean control_channel;

  /* held while children change state or leave: no state change may come upon
   * a child that a worker takes to NULL */
  GRecMutex children_lock;

  /* control thread only */
  Phase phase;
  GPtrArray *sessions;          /* the last one may be alive, others end */

  GMutex lock;
  GCond idle_cond;
  /* guarded by lock */
  gboolean wanted;              /* the last state change was a start */
  gboolean idle;                /* phase, for those who wait */
  gchar *ending;                /* ids of the sessions that end */
} GstRtcBaseSrcPrivate;

static void child_proxy_init (GstChildProxyInterface * iface);

G_DEFINE_TYPE_WITH_CODE (GstRtcBaseSrc, gst_rtc_base_src, GST_TYPE_BIN,
    G_ADD_PRIVATE (GstRtcBaseSrc)
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, child_proxy_init));

#define PRIV(self) \
  ((GstRtcBaseSrcPrivate *) gst_rtc_base_src_get_instance_private (self))

/* Settings */

static GstRtcSrcSettings *
copy_settings (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GstRtcSrcSettings *copy = gst_rtc_src_settings_new ();

  GST_OBJECT_LOCK (self);
  copy->stun_server = g_strdup (priv->settings.stun_server);
  copy->turn_servers = g_strdupv (priv->settings.turn_servers);
  copy->video_codecs = g_strdupv (priv->settings.video_codecs);
  copy->audio_codecs = g_strdupv (priv->settings.audio_codecs);
  copy->do_retransmission = priv->settings.do_retransmission;
  GST_OBJECT_UNLOCK (self);

  return copy;
}

static GStrv
strv_from_array (const GValue * array, gboolean only_codecs)
{
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < gst_value_array_get_size (array); i++) {
    const gchar *text =
        g_value_get_string (gst_value_array_get_value (array, i));

    if (text && (!only_codecs || gst_rtc_src_codec_find (text)))
      g_ptr_array_add (found, g_strdup (text));
  }
  g_ptr_array_add (found, NULL);

  return (GStrv) g_ptr_array_free (found, FALSE);
}

static void
array_from_strv (GValue * array, GStrv strv)
{
  for (guint i = 0; strv && strv[i]; i++) {
    GValue value = G_VALUE_INIT;

    g_value_init (&value, G_TYPE_STRING);
    g_value_set_string (&value, strv[i]);
    gst_value_array_append_and_take_value (array, &value);
  }
}

static void
take_strv (GStrv * field, GStrv strv)
{
  g_strfreev (*field);
  *field = strv;
}

/* Any thread: what a state change wants. Jobs find out when they run: on the
 * control thread a stop does not wait for a start that was posted before. */
static void
set_wanted (GstRtcBaseSrc * self, gboolean wanted)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  g_mutex_lock (&priv->lock);
  priv->wanted = wanted;
  g_mutex_unlock (&priv->lock);
}

static gboolean
is_wanted (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&priv->lock);

  return priv->wanted;
}

static void
enter_phase (GstRtcBaseSrc * self, Phase phase)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  gst_rtc_control_assert (priv->control);
  priv->phase = phase;

  g_mutex_lock (&priv->lock);
  priv->idle = phase == PHASE_IDLE;
  g_cond_broadcast (&priv->idle_cond);
  g_mutex_unlock (&priv->lock);
}

static void
publish_ending (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < priv->sessions->len; i++)
    g_string_append_printf (ids, "%s%s", i ? ", " : "",
        gst_rtc_session_get_id (g_ptr_array_index (priv->sessions, i)));

  g_mutex_lock (&priv->lock);
  g_free (priv->ending);
  priv->ending = g_string_free (ids, FALSE);
  g_mutex_unlock (&priv->lock);
}

/* Starting and stopping: control thread */

static void
start_signaller (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  enter_phase (self, PHASE_STARTED);
  if (priv->signaller)
    gst_rtc_signaller_start (priv->signaller);
}

static void
run_start (gpointer data)
{
  GstRtcBaseSrc *self = data;

  if (PRIV (self)->phase == PHASE_IDLE && is_wanted (self))
    start_signaller (self);
}

/* Drops the reference that run_stop() took */
static void
finish_stopping (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (priv->signaller)
    gst_rtc_signaller_stop (priv->signaller);
  enter_phase (self, PHASE_IDLE);
  run_start (self);
  gst_object_unref (self);
}

static void
run_stop (gpointer data)
{
  GstRtcBaseSrc *self = data;
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (priv->phase != PHASE_STARTED)
    return;

  gst_object_ref (self);
  enter_phase (self, PHASE_STOPPING);
  publish_ending (self);
  for (guint i = 0; i < priv->sessions->len; i++)
    gst_rtc_src_session_shut_down (g_ptr_array_index (priv->sessions, i));
  if (priv->sessions->len == 0)
    finish_stopping (self);
}

static void
post (GstRtcBaseSrc * self, GstRtcJob job)
{
  gst_rtc_control_post (PRIV (self)->control, job, gst_object_ref (self),
      gst_object_unref);
}

/* Any thread but control */
static void
wait_until_idle (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  const gint64 end = g_get_monotonic_time () + SHUT_DOWN_LIMIT;
  gboolean in_time = TRUE;

  g_mutex_lock (&priv->lock);
  while (!priv->idle && in_time)
    in_time = g_cond_wait_until (&priv->idle_cond, &priv->lock, end);
  if (!priv->idle)
    GST_WARNING_OBJECT (self, "going on without session %s, which has not "
        "ended within %d s", GST_STR_NULL (priv->ending),
        (gint) (SHUT_DOWN_LIMIT / G_USEC_PER_SEC));
  g_mutex_unlock (&priv->lock);
}

static void
stop (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  set_wanted (self, FALSE);
  if (gst_rtc_control_is_current (priv->control)) {
    run_stop (self);
    return;
  }

  post (self, run_stop);
  wait_until_idle (self);
}

static GstStateChangeReturn
gst_rtc_base_src_change_state (GstElement * element, GstStateChange transition)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    stop (self);

  g_rec_mutex_lock (&PRIV (self)->children_lock);
  ret = GST_ELEMENT_CLASS (gst_rtc_base_src_parent_class)->change_state
      (element, transition);
  g_rec_mutex_unlock (&PRIV (self)->children_lock);

  switch (transition) {
    case GST_STATE_CHANGE_PAUSED_TO_READY:
    case GST_STATE_CHANGE_READY_TO_NULL:
      /* A session that still ends is locked, and answers what it answered on
       * its way up. It goes down by itself. */
      return GST_STATE_CHANGE_SUCCESS;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      return ret ==
          GST_STATE_CHANGE_FAILURE ? ret : GST_STATE_CHANGE_NO_PREROLL;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      if (ret == GST_STATE_CHANGE_FAILURE)
        return ret;
      set_wanted (self, TRUE);
      post (self, run_start);
      return ret == GST_STATE_CHANGE_NO_PREROLL ? GST_STATE_CHANGE_SUCCESS :
          ret;
    default:
      return ret;
  }
}

/* What a session tells: control thread */

static void
session_failed (GstElement * element, GstRtcSrcSession * session,
    const gchar * reason)
{
  GST_ELEMENT_ERROR (element, STREAM, FAILED, ("Session ended with error: %s",
          reason), ("session %s",
          gst_rtc_session_get_id (GST_RTC_SESSION (session))));
}

/* A worker */
static void
detach_session (GstElement * element, GstElement * bin)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (element));

  g_rec_mutex_lock (&priv->children_lock);
  if (GST_OBJECT_PARENT (bin) == GST_OBJECT (element))
    gst_bin_remove (GST_BIN (element), bin);
  g_rec_mutex_unlock (&priv->children_lock);
}

static void
session_finished (GstElement * element, GstRtcSrcSession * session)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  g_ptr_array_remove (priv->sessions, session);
  if (priv->phase == PHASE_STOPPING && priv->sessions->len == 0)
    finish_stopping (self);
}

static const GstRtcSrcSessionEvents session_events = {
  .failed = session_failed,
  .detach = detach_session,
  .finished = session_finished,
};

/* What the signaller tells: control thread */

static GstRtcSrcSession *
get_session (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GstRtcSrcSession *session;

  if (priv->sessions->len == 0)
    return NULL;
  session = g_ptr_array_index (priv->sessions, priv->sessions->len - 1);

  return gst_rtc_session_is_alive (GST_RTC_SESSION (session)) ? session : NULL;
}

static GstRtcSrcSession *
get_session_by_id (GstRtcBaseSrc * self, const gchar * id)
{
  GstRtcSrcSession *session = get_session (self);

  if (session && g_strcmp0 (gst_rtc_session_get_id (GST_RTC_SESSION (session)),
          id) == 0)
    return session;
  GST_DEBUG_OBJECT (self, "ignoring what is for session %s", id);

  return NULL;
}

/* Any thread */
static GstStructure *
request_meta (GstElement * element)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (element));
  GstStructure *meta;

  GST_OBJECT_LOCK (element);
  meta = priv->meta ? gst_structure_copy (priv->meta) : NULL;
  GST_OBJECT_UNLOCK (element);

  return meta;
}

static void
signaller_error (GstElement * element, const gchar * message)
{
  GST_ELEMENT_ERROR (element, STREAM, FAILED, ("Signalling error: %s",
          message), (NULL));
}

static void
session_started (GstElement * element, const gchar * id, const gchar * peer_id)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (element);
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GstRtcSrcSession *session;

  if (priv->phase != PHASE_STARTED) {
    GST_DEBUG_OBJECT (self, "not started, no session %s", id);
    return;
  }
  if (get_session (self)) {
    GST_WARNING_OBJECT (self, "there is a session already, ending %s", id);
    gst_rtc_signaller_end_session (priv->signaller, id, NULL);
    return;
  }

  session = gst_rtc_src_session_new (id, peer_id, priv->control,
      priv->signaller, element, &session_events, copy_settings (self));
  g_ptr_array_add (priv->sessions, session);
  gst_rtc_src_session_start (session);
}

static void
session_requested (GstElement * element, const gchar * id,
    const gchar * peer_id, GstWebRTCSessionDescription * offer)
{
  /* a producer that waits for our offer: no signaller of ours does that yet */
  GST_WARNING_OBJECT (element, "session %s: cannot make an offer", id);
}

static void
session_description (GstElement * element, const gchar * id,
    GstWebRTCSessionDescription * description)
{
  GstRtcSrcSession *session =
      get_session_by_id (GST_RTC_BASE_SRC (element), id);

  if (session)
    gst_rtc_src_session_handle_description (session, description);
}

static void
handle_ice (GstElement * element, const gchar * id, guint mline,
    const gchar * candidate)
{
  GstRtcSrcSession *session =
      get_session_by_id (GST_RTC_BASE_SRC (element), id);

  if (session)
    gst_rtc_session_add_remote_candidate (GST_RTC_SESSION (session), mline,
        candidate);
}

static void
session_ended (GstElement * element, const gchar * id, const gchar * error)
{
  GstRtcSrcSession *session =
      get_session_by_id (GST_RTC_BASE_SRC (element), id);

  if (!session)
    return;
  if (error)
    session_failed (element, session, error);
  gst_rtc_session_close_by_peer (GST_RTC_SESSION (session));
}

static const GstRtcSignallerEvents signaller_events = {
  .request_meta = request_meta,
  .error = signaller_error,
  .session_started = session_started,
  .session_requested = session_requested,
  .session_description = session_description,
  .handle_ice = handle_ice,
  .session_ended = session_ended,
};

/* GstChildProxy: the signaller, and nothing else */

static GObject *
get_child_by_index (GstChildProxy * proxy, guint index)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (proxy));

  return index == 0
      && priv->signaller ? g_object_ref (G_OBJECT (priv->signaller)) : NULL;
}

static GObject *
get_child_by_name (GstChildProxy * proxy, const gchar * name)
{
  return g_strcmp0 (name, "signaller") == 0 ?
      get_child_by_index (proxy, 0) : NULL;
}

static guint
get_children_count (GstChildProxy * proxy)
{
  return 1;
}

static void
child_proxy_init (GstChildProxyInterface * iface)
{
  iface->get_child_by_index = get_child_by_index;
  iface->get_child_by_name = get_child_by_name;
  iface->get_children_count = get_children_count;
}

/* GObject */

static void
say_it_comes_later (GstRtcBaseSrc * self, const gchar * property)
{
  static gint told = FALSE;     /* atomic */

  if (g_atomic_int_compare_and_exchange (&told, FALSE, TRUE))
    GST_WARNING_OBJECT (self, "%s has no effect yet", property);
}

static void
gst_rtc_base_src_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (object);
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  if (id == PROP_SIGNALLER) {
    priv->signaller = g_value_dup_object (value);
    return;
  }

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_STUN_SERVER:
      g_free (priv->settings.stun_server);
      priv->settings.stun_server = g_value_dup_string (value);
      break;
    case PROP_TURN_SERVERS:
      take_strv (&priv->settings.turn_servers, strv_from_array (value, FALSE));
      break;
    case PROP_META:
      gst_clear_structure (&priv->meta);
      priv->meta = g_value_dup_boxed (value);
      break;
    case PROP_VIDEO_CODECS:
      take_strv (&priv->settings.video_codecs, strv_from_array (value, TRUE));
      break;
    case PROP_AUDIO_CODECS:
      take_strv (&priv->settings.audio_codecs, strv_from_array (value, TRUE));
      break;
    case PROP_ENABLE_DATA_CHANNEL_NAVIGATION:
      priv->navigation = g_value_get_boolean (value);
      break;
    case PROP_ENABLE_CONTROL_DATA_CHANNEL:
      priv->control_channel = g_value_get_boolean (value);
      break;
    case PROP_DO_RETRANSMISSION:
      priv->settings.do_retransmission = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);

  if ((id == PROP_ENABLE_DATA_CHANNEL_NAVIGATION ||
          id == PROP_ENABLE_CONTROL_DATA_CHANNEL)
      && g_value_get_boolean (value))
    say_it_comes_later (self, pspec->name);
}

static void
gst_rtc_base_src_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (object);
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_STUN_SERVER:
      g_value_set_string (value, priv->settings.stun_server);
      break;
    case PROP_TURN_SERVERS:
      array_from_strv (value, priv->settings.turn_servers);
      break;
    case PROP_SIGNALLER:
      g_value_set_object (value, priv->signaller);
      break;
    case PROP_META:
      g_value_set_boxed (value, priv->meta);
      break;
    case PROP_VIDEO_CODECS:
      array_from_strv (value, priv->settings.video_codecs);
      break;
    case PROP_AUDIO_CODECS:
      array_from_strv (value, priv->settings.audio_codecs);
      break;
    case PROP_ENABLE_DATA_CHANNEL_NAVIGATION:
      g_value_set_boolean (value, priv->navigation);
      break;
    case PROP_ENABLE_CONTROL_DATA_CHANNEL:
      g_value_set_boolean (value, priv->control_channel);
      break;
    case PROP_DO_RETRANSMISSION:
      g_value_set_boolean (value, priv->settings.do_retransmission);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_rtc_base_src_constructed (GObject * object)
{
  GstRtcBaseSrc *self = GST_RTC_BASE_SRC (object);
  GstRtcBaseSrcPrivate *priv = PRIV (self);
  GstRtcBaseSrcClass *klass = GST_RTC_BASE_SRC_GET_CLASS (self);

  G_OBJECT_CLASS (gst_rtc_base_src_parent_class)->constructed (object);

  if (!priv->signaller && klass->create_signaller)
    priv->signaller = klass->create_signaller (self);
  if (priv->signaller)
    priv->link = gst_rtc_signaller_link_new (priv->signaller,
        GST_ELEMENT (self), priv->control, &signaller_events);
}

static void
gst_rtc_base_src_dispose (GObject * object)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (object));

  g_clear_pointer (&priv->link, gst_rtc_signaller_link_free);
  g_clear_object (&priv->signaller);

  G_OBJECT_CLASS (gst_rtc_base_src_parent_class)->dispose (object);
}

static void
gst_rtc_base_src_finalize (GObject * object)
{
  GstRtcBaseSrcPrivate *priv = PRIV (GST_RTC_BASE_SRC (object));

  g_ptr_array_unref (priv->sessions);
  g_free (priv->settings.stun_server);
  g_strfreev (priv->settings.turn_servers);
  g_strfreev (priv->settings.video_codecs);
  g_strfreev (priv->settings.audio_codecs);
  gst_clear_structure (&priv->meta);
  g_free (priv->ending);
  g_cond_clear (&priv->idle_cond);
  g_mutex_clear (&priv->lock);
  g_rec_mutex_clear (&priv->children_lock);
  gst_rtc_control_unref (priv->control);

  G_OBJECT_CLASS (gst_rtc_base_src_parent_class)->finalize (object);
}

static GParamSpec *
new_list_spec (const gchar * name, const gchar * nick, const gchar * blurb,
    const gchar * entry)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  return gst_param_spec_array (name, nick, blurb,
      g_param_spec_string (entry, NULL, NULL, NULL, flags),
      flags | GST_PARAM_MUTABLE_READY);
}

static void
install_properties (GObjectClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  g_object_class_install_property (klass, PROP_STUN_SERVER,
      g_param_spec_string ("stun-server", "STUN server",
          "The STUN server, as stun://host:port", DEFAULT_STUN_SERVER, flags));
  g_object_class_install_property (klass, PROP_TURN_SERVERS,
      new_list_spec ("turn-servers", "TURN servers",
          "The TURN servers, each as turn(s)://username:password@host:port",
          "turn-server"));
  g_object_class_install_property (klass, PROP_SIGNALLER,
      g_param_spec_object ("signaller", "Signaller",
          "The GstRtcSignaller that carries descriptions and candidates",
          GST_RTC_TYPE_SIGNALLER, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
          G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (klass, PROP_META,
      g_param_spec_boxed ("meta", "Metadata",
          "Free-form metadata about the consumer", GST_TYPE_STRUCTURE, flags));
  g_object_class_install_property (klass, PROP_VIDEO_CODECS,
      new_list_spec ("video-codecs", "Video codecs",
          "Encoding names of the video codecs to accept", "video-codec-name"));
  g_object_class_install_property (klass, PROP_AUDIO_CODECS,
      new_list_spec ("audio-codecs", "Audio codecs",
          "Encoding names of the audio codecs to accept", "audio-codec-name"));
  g_object_class_install_property (klass, PROP_ENABLE_DATA_CHANNEL_NAVIGATION,
      g_param_spec_boolean ("enable-data-channel-navigation",
          "Navigation over a data channel",
          "Send navigation events to the producer (has no effect yet)", FALSE,
          flags));
  g_object_class_install_property (klass, PROP_ENABLE_CONTROL_DATA_CHANNEL,
      g_param_spec_boolean ("enable-control-data-channel",
          "Control data channel",
          "Send upstream events to the producer (has no effect yet)", FALSE,
          flags));
  g_object_class_install_property (klass, PROP_DO_RETRANSMISSION,
      g_param_spec_boolean ("do-retransmission", "Do retransmission",
          "Ask for lost packets", TRUE, flags));
}

static void
gst_rtc_base_src_class_init (GstRtcBaseSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_rtc_src_debug, "webrtcsrc", 0, "WebRTC sources");

  object_class->set_property = gst_rtc_base_src_set_property;
  object_class->get_property = gst_rtc_base_src_get_property;
  object_class->constructed = gst_rtc_base_src_constructed;
  object_class->dispose = gst_rtc_base_src_dispose;
  object_class->finalize = gst_rtc_base_src_finalize;
  install_properties (object_class);

  /**
   * GstRtcBaseSrc::request-encoded-filter:
   * @self: the element
   * @producer_id: (nullable): id of the producer
   * @pad_name: name of the source pad
   * @allowed_caps: (nullable): what the pad may deliver
   *
   * Asks for an element to be put before the decoder of a stream, emitted
   * once per pad.
   *
   * Returns: (transfer full) (nullable): an element with static pads `sink`
   *     and `src`
   *
   * Thread: streaming
   *
   * Since: 0.1
   */
  signals[SIGNAL_REQUEST_ENCODED_FILTER] =
      g_signal_new ("request-encoded-filter", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, GST_TYPE_ELEMENT, 3,
      G_TYPE_STRING, G_TYPE_STRING, GST_TYPE_CAPS);

  element_class->change_state = gst_rtc_base_src_change_state;
  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    gst_element_class_add_static_pad_template_with_gtype (element_class,
        &templates[i], GST_RTC_TYPE_SRC_PAD);
  gst_element_class_set_static_metadata (element_class, "WebRTC source",
      "Source/Network/WebRTC", "Receives the streams of a WebRTC producer",
      "The gst-rtc maintainers");
}

static void
gst_rtc_base_src_init (GstRtcBaseSrc * self)
{
  GstRtcBaseSrcPrivate *priv = PRIV (self);

  priv->control = gst_rtc_control_new ("webrtcsrc");
  priv->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  priv->idle = TRUE;
  g_mutex_init (&priv->lock);
  g_rec_mutex_init (&priv->children_lock);
  g_cond_init (&priv->idle_cond);
  priv->settings.stun_server = g_strdup (DEFAULT_STUN_SERVER);
  priv->settings.turn_servers = g_new0 (gchar *, 1);
  priv->settings.video_codecs = g_strdupv ((GStrv) default_video_codecs);
  priv->settings.audio_codecs = g_strdupv ((GStrv) default_audio_codecs);
  priv->settings.do_retransmission = TRUE;

  /* a source also while it has no child that is one */
  gst_bin_set_suppressed_flags (GST_BIN (self),
      GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

/**
 * gst_rtc_base_src_get_signaller:
 *
 * Returns: (transfer none) (nullable): the signaller
 *
 * Thread: any
 */
GstRtcSignaller *
gst_rtc_base_src_get_signaller (GstRtcBaseSrc * self)
{
  return PRIV (self)->signaller;
}
