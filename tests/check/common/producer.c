/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A producer made of nothing but webrtcbin, so that a test of a source
 * depends on no code of ours on the other side. */

#include "producer.h"

#include <gst/check/gstcheck.h>

struct _Producer
{
  GstElement *pipeline;
  GstElement *webrtcbin;
  FakeSignaller *signaller;
  gchar *session_id;
  gint n_waiting;               /* atomic: streams without caps yet */
};

static void
on_ice_candidate (GstElement * webrtcbin, guint mline, const gchar * candidate,
    Producer * self)
{
  gst_rtc_signaller_send_ice (GST_RTC_SIGNALLER (self->signaller),
      self->session_id, candidate, mline, NULL);
}

static void
on_description (FakeSignaller * signaller, const gchar * session_id,
    GstWebRTCSessionDescription * description, Producer * self)
{
  g_signal_emit_by_name (self->webrtcbin, "set-remote-description",
      description, NULL);
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
  Producer *self = g_new0 (Producer, 1);
  g_autofree gchar *description =
      g_strdup_printf ("webrtcbin name=webrtcbin bundle-policy=max-bundle %s",
      streams);
  g_autoptr (GError) error = NULL;

  self->signaller = fake_signaller_new ();
  fake_signaller_pair (self->signaller, consumer);
  self->pipeline = gst_parse_launch (description, &error);
  g_assert_no_error (error);
  self->webrtcbin = gst_bin_get_by_name (GST_BIN (self->pipeline), "webrtcbin");
  g_signal_connect (self->webrtcbin, "on-ice-candidate",
      G_CALLBACK (on_ice_candidate), self);
  g_signal_connect (self->signaller, "session-description",
      G_CALLBACK (on_description), self);
  g_signal_connect (self->signaller, "handle-ice", G_CALLBACK (on_ice), self);

  return self;
}

FakeSignaller *
producer_get_signaller (Producer * self)
{
  return self->signaller;
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
on_offer (GstPromise * promise, gpointer data)
{
  Producer *self = data;
  g_autoptr (GstWebRTCSessionDescription) offer = NULL;

  gst_structure_get (gst_promise_get_reply (promise), "offer",
      GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer, NULL);
  fail_unless (offer != NULL, "the producer has no offer");
  gst_promise_unref (promise);
  g_signal_emit_by_name (self->webrtcbin, "set-local-description", offer, NULL);
  gst_rtc_signaller_send_session_description (GST_RTC_SIGNALLER
      (self->signaller), self->session_id, offer);
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
    g_signal_emit_by_name (self->webrtcbin, "create-offer", NULL,
        gst_promise_new_with_change_func (on_offer, self, NULL));

  return GST_PAD_PROBE_REMOVE;
}

static gboolean
watch_pad (GstElement * webrtcbin, GstPad * pad, gpointer data)
{
  Producer *self = data;

  self->n_waiting++;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, self,
      NULL);

  return TRUE;
}

/* Makes an offer as soon as the streams have caps */
void
producer_offer (Producer * self, const gchar * session_id)
{
  self->session_id = g_strdup (session_id);
  set_sendonly (self);
  gst_element_foreach_sink_pad (self->webrtcbin, watch_pad, self);
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);
}

void
producer_free (Producer * self)
{
  g_signal_handlers_disconnect_by_data (self->signaller, self);
  g_signal_handlers_disconnect_by_data (self->webrtcbin, self);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->webrtcbin);
  gst_object_unref (self->pipeline);
  g_object_unref (self->signaller);
  g_free (self->session_id);
  g_free (self);
}
