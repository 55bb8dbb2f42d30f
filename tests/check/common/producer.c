/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A producer made of nothing but webrtcbin, so that a test of a source
 * depends on no code of ours on the other side.
 *
 * Signals arrive on the source's control thread and on webrtcbin's; each
 * handler holds a reference.
 */

#include "producer.h"

#include "consumer.h"
#include "tasks.h"

#include <gst/check/gstcheck.h>

struct _Producer
{
  GObject parent_instance;

  /* constant */
  GstElement *pipeline;
  GstElement *webrtcbin;
  FakeSignaller *signaller;
  gint n_waiting;               /* atomic: streams without caps yet */

  Tasks tasks;

  GMutex lock;
  /* guarded by lock */
  gchar *session_id;
};

G_DEFINE_FINAL_TYPE (Producer, producer, G_TYPE_OBJECT);

/* Talking */

static gchar *
dup_session_id (Producer * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->session_id);
}

static void
on_ice_candidate (GstElement * webrtcbin, guint mline, const gchar * candidate,
    Producer * self)
{
  g_autofree gchar *id = dup_session_id (self);

  gst_rtc_signaller_send_ice (GST_RTC_SIGNALLER (self->signaller), id,
      candidate, mline, NULL);
}

static void
run_task (Producer * self, const gchar * signal, gpointer argument,
    TaskReply reply)
{
  tasks_run (&self->tasks, self->webrtcbin, signal, argument, reply);
}

static void
send_local (Producer * self, GstPromise * promise, const gchar * field)
{
  g_autoptr (GstWebRTCSessionDescription) description =
      tasks_get_description (promise, field);
  g_autofree gchar *id = dup_session_id (self);

  if (!description)
    return;

  run_task (self, "set-local-description", description, NULL);
  gst_rtc_signaller_send_session_description (GST_RTC_SIGNALLER
      (self->signaller), id, description);
}

static void
on_answer (gpointer self, GstPromise * promise)
{
  send_local (self, promise, "answer");
}

static void
on_offer_set (gpointer self, GstPromise * promise)
{
  run_task (self, "create-answer", NULL, on_answer);
}

static void
on_description (FakeSignaller * signaller, const gchar * session_id,
    GstWebRTCSessionDescription * description, Producer * self)
{
  run_task (self, "set-remote-description", description,
      description->type == GST_WEBRTC_SDP_TYPE_OFFER ? on_offer_set : NULL);
}

static void
on_ice (FakeSignaller * signaller, const gchar * session_id, guint mline,
    const gchar * mid, const gchar * candidate, Producer * self)
{
  g_signal_emit_by_name (self->webrtcbin, "add-ice-candidate", mline,
      candidate);
}

/* Streams to a source whose signaller is given */
Producer *
producer_new (const gchar * streams, FakeSignaller * consumer)
{
  Producer *self = g_object_new (TYPE_PRODUCER, NULL);
  g_autofree gchar *description =
      g_strdup_printf ("webrtcbin name=webrtcbin bundle-policy=max-bundle %s",
      streams);
  g_autoptr (GError) error = NULL;

  self->signaller = fake_signaller_new ();
  fake_signaller_pair (self->signaller, consumer);
  self->pipeline = gst_parse_launch (description, &error);
  g_assert_no_error (error);
  gst_object_ref_sink (self->pipeline);
  self->webrtcbin = gst_bin_get_by_name (GST_BIN (self->pipeline), "webrtcbin");
  consumer_use_loopback (self->webrtcbin);
  consumer_switch_upnp_off (self->webrtcbin);
  tasks_connect (&self->tasks, self->webrtcbin, "on-ice-candidate",
      G_CALLBACK (on_ice_candidate));
  tasks_connect (&self->tasks, self->signaller, "session-description",
      G_CALLBACK (on_description));
  tasks_connect (&self->tasks, self->signaller, "handle-ice",
      G_CALLBACK (on_ice));

  return self;
}

FakeSignaller *
producer_get_signaller (Producer * self)
{
  return self->signaller;
}

GstElement *
producer_get_webrtcbin (Producer * self)
{
  return self->webrtcbin;
}

static void
set_sendonly (Producer * self)
{
  g_autoptr (GArray) transceivers = NULL;

  g_signal_emit_by_name (self->webrtcbin, "get-transceivers", &transceivers);
  for (guint i = 0; i < transceivers->len; i++)
    g_object_set (g_array_index (transceivers, GObject *, i), "direction",
        GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "do-nack", TRUE, NULL);
}

static void
on_offer (gpointer self, GstPromise * promise)
{
  send_local (self, promise, "offer");
}

/* webrtcbin says that negotiation is needed when the first stream has caps:
 * wait for the others */
static GstPadProbeReturn
on_event (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Producer *self = data;

  /* comes after the caps */
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_SEGMENT)
    return GST_PAD_PROBE_OK;
  if (g_atomic_int_dec_and_test (&self->n_waiting))
    run_task (self, "create-offer", NULL, on_offer);

  return GST_PAD_PROBE_REMOVE;
}

static gboolean
watch_pad (GstElement * webrtcbin, GstPad * pad, gpointer data)
{
  Producer *self = data;

  self->n_waiting++;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event,
      g_object_ref (self), g_object_unref);

  return TRUE;
}

/* Makes an offer as soon as the streams have caps */
void
producer_offer (Producer * self, const gchar * session_id)
{
  g_mutex_lock (&self->lock);
  self->session_id = g_strdup (session_id);
  g_mutex_unlock (&self->lock);
  set_sendonly (self);
  gst_element_foreach_sink_pad (self->webrtcbin, watch_pad, self);
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
}

/* With what has changed since */
void
producer_offer_again (Producer * self)
{
  set_sendonly (self);
  run_task (self, "create-offer", NULL, on_offer);
}

/* Offers again as soon as it has caps. @stream ends in a payloader. */
void
producer_add_stream (Producer * self, const gchar * stream)
{
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (stream, TRUE, &error);
  g_autoptr (GstPad) src = NULL;
  g_autoptr (GstPad) sink = NULL;

  g_assert_no_error (error);
  gst_bin_add (GST_BIN (self->pipeline), bin);
  src = gst_element_get_static_pad (bin, "src");
  sink = gst_element_request_pad_simple (self->webrtcbin, "sink_%u");
  fail_unless_equals_int (gst_pad_link (src, sink), GST_PAD_LINK_OK);
  set_sendonly (self);
  watch_pad (self->webrtcbin, sink, self);
  gst_element_sync_state_with_parent (bin);
}

/* Sends what the other side offers to receive */
void
producer_answer (Producer * self, const gchar * session_id)
{
  g_mutex_lock (&self->lock);
  self->session_id = g_strdup (session_id);
  g_mutex_unlock (&self->lock);
  set_sendonly (self);
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
}

/* Goes without a word */
void
producer_free (Producer * self)
{
  g_signal_handlers_disconnect_by_data (self->signaller, self);
  tasks_close (&self->tasks);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_signal_handlers_disconnect_by_data (self->webrtcbin, self);
  gst_clear_object (&self->webrtcbin);
  gst_clear_object (&self->pipeline);
  g_object_unref (self);
}

static void
producer_finalize (GObject * object)
{
  Producer *self = TEST_PRODUCER (object);

  g_object_unref (self->signaller);
  g_free (self->session_id);
  tasks_clear (&self->tasks);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (producer_parent_class)->finalize (object);
}

static void
producer_class_init (ProducerClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = producer_finalize;
}

static void
producer_init (Producer * self)
{
  tasks_init (&self->tasks, self);
  g_mutex_init (&self->lock);
}
