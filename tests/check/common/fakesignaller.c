/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A signaller without a network. It writes down what its element asks of it,
 * one line a call:
 *
 *   start
 *   stop
 *   send-sdp SESSION offer|answer
 *   add-ice SESSION
 *   end-session SESSION [ERROR]
 *
 * One that lists also has the properties `role` and `producer-peer-id`, and
 * says with its start what they are: `start listener`, `start consumer ID`.
 *
 * Two of them that are a pair are each other's peer: what the one is told to
 * send, the other emits, as if a server were between them.
 */

#include "fakesignaller.h"

#include <gst/check/gstcheck.h>
#include <string.h>

/* How long fake_signaller_wait() waits before it fails */
#define WATCHDOG (20 * G_USEC_PER_SEC)

struct _FakeSignaller
{
  GObject parent_instance;

  GWeakRef other;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  GPtrArray *calls;             /* element-type utf8 */
  FakeSignallerEdit edit;
};

struct _ListingSignaller
{
  FakeSignaller parent_instance;

  /* guarded by the lock of the parent */
  GstRtcSignallerRole role;
  gchar *producer_id;
};

enum
{
  PROP_0,
  PROP_ROLE,
  PROP_PRODUCER_PEER_ID,
};

static void signaller_init (GstRtcSignallerInterface * iface);

G_DEFINE_TYPE_WITH_CODE (FakeSignaller, fake_signaller, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (GST_RTC_TYPE_SIGNALLER, signaller_init));

#define TYPE_LISTING_SIGNALLER (listing_signaller_get_type ())
G_DECLARE_FINAL_TYPE (ListingSignaller, listing_signaller, TEST,
    LISTING_SIGNALLER, FakeSignaller);

G_DEFINE_FINAL_TYPE (ListingSignaller, listing_signaller, FAKE_TYPE_SIGNALLER);

static void
take_call (GstRtcSignaller * signaller, gchar * call)
{
  FakeSignaller *self = FAKE_SIGNALLER (signaller);

  GST_DEBUG ("%p: %s", self, call);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->calls, call);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
start (GstRtcSignaller * signaller)
{
  ListingSignaller *self;
  gchar *call;

  if (!TEST_IS_LISTING_SIGNALLER (signaller)) {
    take_call (signaller, g_strdup ("start"));
    return;
  }

  self = TEST_LISTING_SIGNALLER (signaller);
  g_mutex_lock (&self->parent_instance.lock);
  call = self->role == GST_RTC_SIGNALLER_ROLE_LISTENER ?
      g_strdup ("start listener") :
      g_strdup_printf ("start consumer %s", GST_STR_NULL (self->producer_id));
  g_mutex_unlock (&self->parent_instance.lock);
  take_call (signaller, call);
}

static void
stop (GstRtcSignaller * signaller)
{
  take_call (signaller, g_strdup ("stop"));
}

static GstWebRTCSessionDescription *
edit_description (FakeSignaller * self,
    GstWebRTCSessionDescription * description)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  GstWebRTCSessionDescription *edited;

  if (!self->edit)
    return gst_webrtc_session_description_copy (description);

  text = self->edit (gst_rtc_description_to_text (description));
  edited = gst_rtc_description_from_text (description->type, text, &error);
  g_assert_no_error (error);

  return edited;
}

static void
send_sdp (GstRtcSignaller * signaller, const gchar * session_id,
    GstWebRTCSessionDescription * description)
{
  FakeSignaller *self = FAKE_SIGNALLER (signaller);
  g_autoptr (GstRtcSignaller) other = g_weak_ref_get (&self->other);

  take_call (signaller, g_strdup_printf ("send-sdp %s %s", session_id,
          gst_webrtc_sdp_type_to_string (description->type)));
  if (other) {
    g_autoptr (GstWebRTCSessionDescription) edited =
        edit_description (self, description);

    gst_rtc_signaller_emit_session_description (other, session_id, edited);
  }
}

static void
add_ice (GstRtcSignaller * signaller, const gchar * session_id,
    const gchar * candidate, guint mline, const gchar * mid)
{
  g_autoptr (GstRtcSignaller) other =
      g_weak_ref_get (&FAKE_SIGNALLER (signaller)->other);

  take_call (signaller, g_strdup_printf ("add-ice %s", session_id));
  if (other)
    gst_rtc_signaller_emit_handle_ice (other, session_id, mline, mid,
        candidate);
}

static void
end_session (GstRtcSignaller * signaller, const gchar * session_id)
{
  g_autoptr (GstRtcSignaller) other =
      g_weak_ref_get (&FAKE_SIGNALLER (signaller)->other);

  take_call (signaller, g_strdup_printf ("end-session %s", session_id));
  if (other)
    gst_rtc_signaller_emit_session_ended (other, session_id);
}

static void
end_session_with_error (GstRtcSignaller * signaller, const gchar * session_id,
    const gchar * error)
{
  g_autoptr (GstRtcSignaller) other =
      g_weak_ref_get (&FAKE_SIGNALLER (signaller)->other);

  take_call (signaller, g_strdup_printf ("end-session %s %s", session_id,
          error));
  if (other)
    gst_rtc_signaller_emit_session_ended_with_error (other, session_id, error);
}

static void
signaller_init (GstRtcSignallerInterface * iface)
{
  iface->start = start;
  iface->stop = stop;
  iface->send_sdp = send_sdp;
  iface->add_ice = add_ice;
  iface->end_session = end_session;
  iface->end_session_with_error = end_session_with_error;
}

static void
fake_signaller_finalize (GObject * object)
{
  FakeSignaller *self = FAKE_SIGNALLER (object);

  g_weak_ref_clear (&self->other);
  g_ptr_array_unref (self->calls);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (fake_signaller_parent_class)->finalize (object);
}

static void
fake_signaller_class_init (FakeSignallerClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_signaller_finalize;
}

static void
fake_signaller_init (FakeSignaller * self)
{
  g_weak_ref_init (&self->other, NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->calls = g_ptr_array_new_with_free_func (g_free);
}

FakeSignaller *
fake_signaller_new (void)
{
  return g_object_new (FAKE_TYPE_SIGNALLER, NULL);
}

/* The one that lists */

static void
listing_signaller_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  ListingSignaller *self = TEST_LISTING_SIGNALLER (object);

  g_mutex_lock (&self->parent_instance.lock);
  if (id == PROP_ROLE) {
    self->role = g_value_get_enum (value);
  } else {
    g_free (self->producer_id);
    self->producer_id = g_value_dup_string (value);
  }
  g_mutex_unlock (&self->parent_instance.lock);
}

static void
listing_signaller_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  ListingSignaller *self = TEST_LISTING_SIGNALLER (object);

  g_mutex_lock (&self->parent_instance.lock);
  if (id == PROP_ROLE)
    g_value_set_enum (value, self->role);
  else
    g_value_set_string (value, self->producer_id);
  g_mutex_unlock (&self->parent_instance.lock);
}

static void
listing_signaller_finalize (GObject * object)
{
  g_free (TEST_LISTING_SIGNALLER (object)->producer_id);

  G_OBJECT_CLASS (listing_signaller_parent_class)->finalize (object);
}

static void
listing_signaller_class_init (ListingSignallerClass * klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = listing_signaller_set_property;
  object_class->get_property = listing_signaller_get_property;
  object_class->finalize = listing_signaller_finalize;
  g_object_class_install_property (object_class, PROP_ROLE,
      g_param_spec_enum ("role", "Role", "What it is to others",
          GST_RTC_TYPE_SIGNALLER_ROLE, GST_RTC_SIGNALLER_ROLE_CONSUMER, flags));
  g_object_class_install_property (object_class, PROP_PRODUCER_PEER_ID,
      g_param_spec_string ("producer-peer-id", "Producer", "Whom to ask", NULL,
          flags));
}

static void
listing_signaller_init (ListingSignaller * self)
{
}

FakeSignaller *
fake_signaller_new_listing (void)
{
  return g_object_new (TYPE_LISTING_SIGNALLER, NULL);
}

/* Both have to be alive; neither keeps the other so */
void
fake_signaller_pair (FakeSignaller * self, FakeSignaller * other)
{
  g_weak_ref_set (&self->other, other);
  g_weak_ref_set (&other->other, self);
}

void
fake_signaller_edit (FakeSignaller * self, FakeSignallerEdit edit)
{
  self->edit = edit;
}

static const gchar *
find_call_locked (FakeSignaller * self, const gchar * prefix)
{
  for (guint i = 0; i < self->calls->len; i++) {
    if (g_str_has_prefix (g_ptr_array_index (self->calls, i), prefix))
      return g_ptr_array_index (self->calls, i);
  }

  return NULL;
}

static guint
count_calls_locked (FakeSignaller * self, const gchar * call)
{
  guint n = 0;

  for (guint i = 0; i < self->calls->len; i++)
    n += g_str_has_prefix (g_ptr_array_index (self->calls, i), call);

  return n;
}

/* How many calls begin like this */
guint
fake_signaller_count (FakeSignaller * self, const gchar * call)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return count_calls_locked (self, call);
}

/* Waits for a call that begins like this and returns the first one */
gchar *
fake_signaller_wait (FakeSignaller * self, const gchar * call)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  const gchar *found;
  gchar *copy;

  g_mutex_lock (&self->lock);
  while (!(found = find_call_locked (self, call))) {
    if (!g_cond_wait_until (&self->cond, &self->lock, end))
      fail ("the signaller was never told '%s'", call);
  }
  copy = g_strdup (found);
  g_mutex_unlock (&self->lock);

  return copy;
}

/* Waits until there were that many calls that begin like this */
void
fake_signaller_wait_count (FakeSignaller * self, const gchar * call, guint n)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  guint found;

  g_mutex_lock (&self->lock);
  while ((found = count_calls_locked (self, call)) < n) {
    if (!g_cond_wait_until (&self->cond, &self->lock, end))
      fail ("the signaller was told '%s' %u times of %u", call, found, n);
  }
  g_mutex_unlock (&self->lock);
}

void
fake_signaller_forget (FakeSignaller * self)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_set_size (self->calls, 0);
  g_mutex_unlock (&self->lock);
}
