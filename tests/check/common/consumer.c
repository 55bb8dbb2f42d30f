/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A consumer made of nothing but webrtcbin, so that a test of a sink depends
 * on no code of ours on the other side.
 *
 *   webrtcbin ! depayloader ! decoder ! fakesink     for each m-line
 *
 * Any number of them share one FakeSignaller, `peers`, that is the pair of the
 * sink's: each takes what is for its session. Signals arrive on the sink's
 * control thread and on webrtcbin's, so all that is counted has a lock.
 *
 * Packets are counted behind webrtcbin's jitterbuffer: what is missing there
 * is lost for good.
 */

#include "consumer.h"

#include "tasks.h"

#include <gst/check/gstcheck.h>
#include <gst/rtp/rtp.h>
#include <string.h>

#define MAX_MLINES 16
#define WATCHDOG (20 * G_USEC_PER_SEC)

struct _Consumer
{
  GObject parent_instance;

  /* constant once it joined */
  gchar *id;
  gchar *codec;
  FakeSignallerEdit edit;
  ConsumerSetup setup;
  FakeSignallerEdit edit_offer;
  GPtrArray *wishes;            /* element-type utf8: caps to offer for */
  GstRtcSignaller *asked;       /* whom to send the offer */
  gboolean silent;
  gboolean keep_candidates;
  FakeSignaller *peers;
  GstElement *pipeline;
  GstElement *webrtcbin;
  gint64 join_time;
  Tasks tasks;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  ConsumerStats stats[MAX_MLINES];
  guint16 last_seq[MAX_MLINES];
  guint32 last_timestamp[MAX_MLINES];
  gchar *offer;
  gchar *answer;
  guint n_offers;
  gchar *error;
};

G_DEFINE_FINAL_TYPE (Consumer, consumer, G_TYPE_OBJECT);

static const struct
{
  const gchar *encoding;
  const gchar *chain;
} chains[] = {
  {"VP8", "rtpvp8depay ! vp8dec"},
  {"VP9", "rtpvp9depay ! vp9dec"},
  {"H264", "rtph264depay ! h264parse ! avdec_h264"},
  {"H265", "rtph265depay ! h265parse ! avdec_h265"},
  {"OPUS", "rtpopusdepay ! opusdec"},
  {"MULTIOPUS", "rtpopusdepay ! opusdec"},
  {"L24", "rtpL24depay"},
  {"L16", "rtpL16depay"},
  {"L8", "rtpL8depay"},
  {"RAW", "rtpvrawdepay"},
};

/* The m-line that a probe or handler is for */
typedef struct
{
  Consumer *consumer;
  guint mline;
} Line;

static Line *
new_line (Consumer * self, guint mline)
{
  Line *line = g_new (Line, 1);

  line->consumer = self;
  line->mline = mline;

  return line;
}

static void
free_line (gpointer line, GClosure * closure)
{
  g_free (line);
}

/* Counting */

static void
count_packet_locked (Consumer * self, guint mline, guint16 seq,
    guint32 timestamp)
{
  ConsumerStats *stats = &self->stats[mline];

  if (stats->n_packets++ > 0) {
    stats->n_holes += (guint16) (seq - self->last_seq[mline] - 1);
    stats->max_step = MAX (stats->max_step,
        timestamp - self->last_timestamp[mline]);
  }
  self->last_seq[mline] = seq;
  self->last_timestamp[mline] = timestamp;
}

/* RFC 7741 section 4: rtpvp8depay would hide what came before a key frame */
static gboolean
starts_vp8_key_frame (const guint8 * payload, guint size)
{
  guint at = 1;

  if (size < 6 || (payload[0] & 0x17) != 0x10)
    return FALSE;
  if (payload[0] & 0x80) {
    const guint8 flags = payload[at++];

    if (flags & 0x80)
      at += payload[at] & 0x80 ? 2 : 1;
    if (flags & 0x40)
      at++;
    if (flags & 0x30)
      at++;
  }

  return at < size && (payload[at] & 1) == 0;
}

static void
look_at_first_locked (ConsumerStats * stats, GstRTPBuffer * rtp)
{
  if (stats->n_packets == 0 && g_strcmp0 (stats->encoding, "VP8") == 0)
    stats->key_first = starts_vp8_key_frame (gst_rtp_buffer_get_payload (rtp),
        gst_rtp_buffer_get_payload_len (rtp));
}

static GstPadProbeReturn
on_packet (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  const Line *line = data;
  Consumer *self = line->consumer;
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

  if (!gst_rtp_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), GST_MAP_READ,
          &rtp))
    return GST_PAD_PROBE_OK;

  g_mutex_lock (&self->lock);
  look_at_first_locked (&self->stats[line->mline], &rtp);
  count_packet_locked (self, line->mline, gst_rtp_buffer_get_seq (&rtp),
      gst_rtp_buffer_get_timestamp (&rtp));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_rtp_buffer_unmap (&rtp);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_event (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  const Line *line = data;
  Consumer *self = line->consumer;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_EOS)
    return GST_PAD_PROBE_OK;

  g_mutex_lock (&self->lock);
  self->stats[line->mline].eos = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_coded (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  const Line *line = data;
  Consumer *self = line->consumer;
  ConsumerStats *stats = &self->stats[line->mline];
  const gboolean key =
      !GST_BUFFER_FLAG_IS_SET (GST_PAD_PROBE_INFO_BUFFER (info),
      GST_BUFFER_FLAG_DELTA_UNIT);

  g_mutex_lock (&self->lock);
  if (stats->n_coded++ == 0 && g_strcmp0 (stats->encoding, "VP8") != 0)
    stats->key_first = key;
  stats->n_key += key;
  g_mutex_unlock (&self->lock);

  return GST_PAD_PROBE_OK;
}

static void
on_frame (GstElement * fakesink, GstBuffer * buffer, GstPad * pad, Line * line)
{
  Consumer *self = line->consumer;
  ConsumerStats *stats = &self->stats[line->mline];
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);

  g_mutex_lock (&self->lock);
  stats->n_frames++;
  gst_structure_get_int (structure, "width", &stats->width);
  gst_structure_get_int (structure, "height", &stats->height);
  gst_structure_get_int (structure, "rate", &stats->rate);
  gst_structure_get_int (structure, "channels", &stats->channels);
  if (!stats->first_frame)
    stats->first_frame = g_get_monotonic_time ();
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* Receiving */

static const gchar *
find_chain (const gchar * encoding)
{
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++) {
    if (g_strcmp0 (chains[i].encoding, encoding) == 0)
      return chains[i].chain;
  }

  return "identity";
}

static GstElement *
make_receiver (Consumer * self, guint mline, const gchar * encoding)
{
  g_autofree gchar *text = g_strconcat (find_chain (encoding),
      " ! fakesink name=end sync=false async=false signal-handoffs=true", NULL);
  g_autoptr (GError) error = NULL;
  GstElement *bin = gst_parse_bin_from_description (text, TRUE, &error);
  GstElement *end;
  GstPad *inner;
  GstElement *first;

  g_assert_no_error (error);
  end = gst_bin_get_by_name (GST_BIN (bin), "end");
  g_signal_connect_data (end, "handoff", G_CALLBACK (on_frame),
      new_line (self, mline), free_line, 0);
  gst_object_unref (end);

  inner = gst_ghost_pad_get_target (GST_GHOST_PAD (bin->sinkpads->data));
  first = gst_pad_get_parent_element (inner);
  gst_object_unref (inner);
  inner = gst_element_get_static_pad (first, "src");
  gst_pad_add_probe (inner, GST_PAD_PROBE_TYPE_BUFFER, on_coded,
      new_line (self, mline), g_free);
  gst_object_unref (inner);
  gst_object_unref (first);

  return bin;
}

/* webrtcbin's threads, all from here on */
static void
on_pad_added (GstElement * webrtcbin, GstPad * pad, Consumer * self)
{
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  g_autoptr (GstCaps) caps = NULL;
  const gchar *encoding;
  guint mline;
  GstElement *receiver;
  GstPad *sink;

  if (GST_PAD_IS_SINK (pad))
    return;
  g_object_get (pad, "transceiver", &transceiver, NULL);
  g_object_get (transceiver, "mlineindex", &mline, NULL);
  fail_unless (mline < MAX_MLINES);
  caps = gst_pad_get_current_caps (pad);
  encoding = gst_structure_get_string (gst_caps_get_structure (caps, 0),
      "encoding-name");
  g_mutex_lock (&self->lock);
  g_free (self->stats[mline].encoding);
  self->stats[mline].encoding = g_strdup (encoding);
  g_mutex_unlock (&self->lock);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_packet,
      new_line (self, mline), g_free);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event,
      new_line (self, mline), g_free);
  receiver = make_receiver (self, mline, encoding);
  gst_bin_add (GST_BIN (self->pipeline), receiver);
  gst_element_sync_state_with_parent (receiver);
  sink = gst_element_get_static_pad (receiver, "sink");
  fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
  gst_object_unref (sink);
}

static void
on_ice_candidate (GstElement * webrtcbin, guint mline, const gchar * candidate,
    Consumer * self)
{
  if (!self->keep_candidates)
    gst_rtc_signaller_send_ice (GST_RTC_SIGNALLER (self->peers), self->id,
        candidate, mline, NULL);
}

/* Answering */

static void
run_task (Consumer * self, const gchar * signal, gpointer argument,
    TaskReply reply)
{
  tasks_run (&self->tasks, self->webrtcbin, signal, argument, reply);
}

static void
send_answer (Consumer * self, GstWebRTCSessionDescription * answer)
{
  g_autoptr (GstWebRTCSessionDescription) edited = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  if (self->edit) {
    text = self->edit (gst_rtc_description_to_text (answer));
    edited = gst_rtc_description_from_text (answer->type, text, &error);
    g_assert_no_error (error);
    answer = edited;
  }
  gst_rtc_signaller_send_session_description (GST_RTC_SIGNALLER (self->peers),
      self->id, answer);
}

static void
on_answer (gpointer self, GstPromise * promise)
{
  g_autoptr (GstWebRTCSessionDescription) answer =
      tasks_get_description (promise, "answer");

  if (!answer)
    return;

  run_task (self, "set-local-description", answer, NULL);
  send_answer (self, answer);
}

static void
on_remote_set (gpointer self, GstPromise * promise)
{
  run_task (self, "create-answer", NULL, on_answer);
}

static void
on_new_transceiver (GstElement * webrtcbin,
    GstWebRTCRTPTransceiver * transceiver, Consumer * self)
{
  g_autoptr (GstCaps) caps = NULL;
  GstWebRTCKind kind;

  if (self->setup)
    self->setup (webrtcbin, transceiver, NULL);
  g_object_get (transceiver, "kind", &kind, NULL);
  if (!self->codec || kind != GST_WEBRTC_KIND_VIDEO)
    return;
  caps = gst_caps_new_simple ("application/x-rtp", "encoding-name",
      G_TYPE_STRING, self->codec, NULL);
  g_object_set (transceiver, "codec-preferences", caps, NULL);
}

/* The sink's control thread */
static void
on_description (FakeSignaller * signaller, const gchar * session_id,
    GstWebRTCSessionDescription * description, Consumer * self)
{
  if (!g_str_equal (session_id, self->id))
    return;

  g_mutex_lock (&self->lock);
  if (description->type == GST_WEBRTC_SDP_TYPE_OFFER) {
    g_free (self->offer);
    self->offer = gst_rtc_description_to_text (description);
    self->n_offers++;
  } else {
    g_free (self->answer);
    self->answer = gst_rtc_description_to_text (description);
  }
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  if (!self->silent)
    run_task (self, "set-remote-description", description,
        description->type == GST_WEBRTC_SDP_TYPE_OFFER ? on_remote_set : NULL);
}

/* The sink's control thread */
static void
on_ice (FakeSignaller * signaller, const gchar * session_id, guint mline,
    const gchar * mid, const gchar * candidate, Consumer * self)
{
  if (g_str_equal (session_id, self->id) && !self->silent)
    g_signal_emit_by_name (self->webrtcbin, "add-ice-candidate", mline,
        candidate);
}

static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Consumer *self = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    g_mutex_lock (&self->lock);
    if (!self->error)
      self->error = g_strdup (error->message);
    g_cond_broadcast (&self->cond);
    g_mutex_unlock (&self->lock);
  }
  gst_message_unref (message);

  return GST_BUS_DROP;
}

/* Verbs */

/* Both ends on 127.0.0.1, whatever other interfaces there are. Without any
 * other, libnice leaves out the only one. */
void
consumer_use_loopback (GstElement * webrtcbin)
{
  g_autoptr (GObject) ice = NULL;
  gboolean added = FALSE;

  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  g_signal_emit_by_name (ice, "add-local-ip-address", "127.0.0.1", &added);
}

/* It looks for a router, and only costs time */
void
consumer_switch_upnp_off (GstElement * webrtcbin)
{
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;

  g_object_get (webrtcbin, "ice-agent", &ice, NULL);
  g_object_get (ice, "agent", &agent, NULL);
  g_object_set (agent, "upnp", FALSE, NULL);
}

Consumer *
consumer_new (FakeSignaller * peers, const gchar * session_id)
{
  Consumer *self = g_object_new (TYPE_CONSUMER, NULL);

  self->id = g_strdup (session_id);
  self->peers = g_object_ref (peers);

  return self;
}

/* Answers with that video codec only; before joining, like all of these */
void
consumer_set_codec (Consumer * self, const gchar * encoding_name)
{
  self->codec = g_strdup (encoding_name);
}

/* Sends another answer than the one that it goes by itself */
void
consumer_edit_answer (Consumer * self, FakeSignallerEdit edit)
{
  self->edit = edit;
}

/* Is shown each transceiver before the answer */
void
consumer_on_new_transceiver (Consumer * self, ConsumerSetup setup)
{
  self->setup = setup;
}

void
consumer_never_answer (Consumer * self)
{
  self->silent = TRUE;
}

/* Sends no candidates of its own */
void
consumer_keep_candidates (Consumer * self)
{
  self->keep_candidates = TRUE;
}

static void
make_pipeline (Consumer * self)
{
  GstBus *bus;

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (self->id));
  self->webrtcbin = gst_element_factory_make_full ("webrtcbin", "name",
      "webrtcbin", "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE,
      "latency", 50, NULL);
  fail_unless (self->webrtcbin != NULL, "there is no webrtcbin");
  gst_object_ref_sink (self->webrtcbin);
  consumer_use_loopback (self->webrtcbin);
  consumer_switch_upnp_off (self->webrtcbin);
  gst_bin_add (GST_BIN (self->pipeline), self->webrtcbin);

  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_message, g_object_ref (self),
      g_object_unref);
  gst_object_unref (bus);
}

static void
connect_signals (Consumer * self)
{
  tasks_connect (&self->tasks, self->webrtcbin, "pad-added",
      G_CALLBACK (on_pad_added));
  tasks_connect (&self->tasks, self->webrtcbin, "on-ice-candidate",
      G_CALLBACK (on_ice_candidate));
  tasks_connect (&self->tasks, self->webrtcbin, "on-new-transceiver",
      G_CALLBACK (on_new_transceiver));
  tasks_connect (&self->tasks, self->peers, "session-description",
      G_CALLBACK (on_description));
  tasks_connect (&self->tasks, self->peers, "handle-ice", G_CALLBACK (on_ice));
}

/* Offering */

static void
send_offer (Consumer * self, GstWebRTCSessionDescription * offer)
{
  g_autofree gchar *peer_id = g_strconcat ("peer-", self->id, NULL);
  g_autoptr (GstWebRTCSessionDescription) edited = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  if (self->edit_offer) {
    text = self->edit_offer (gst_rtc_description_to_text (offer));
    edited = gst_rtc_description_from_text (offer->type, text, &error);
    g_assert_no_error (error);
    offer = edited;
  }
  gst_rtc_signaller_emit_session_requested (self->asked, self->id, peer_id,
      offer);
}

static void
on_offer (gpointer self, GstPromise * promise)
{
  g_autoptr (GstWebRTCSessionDescription) offer =
      tasks_get_description (promise, "offer");

  if (!offer)
    return;

  run_task (self, "set-local-description", offer, NULL);
  send_offer (self, offer);
}

/* To be offered, in this order; RTP caps, or NULL for data channels. webrtcbin
 * puts them last, whatever the order. */
void
consumer_wish (Consumer * self, const gchar * caps)
{
  if (!self->wishes)
    self->wishes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->wishes, g_strdup (caps));
}

/* Sends another offer than the one that it goes by itself */
void
consumer_edit_offer (Consumer * self, FakeSignallerEdit edit)
{
  self->edit_offer = edit;
}

static void
make_wish (Consumer * self, const gchar * text)
{
  g_autoptr (GstCaps) caps = text ? gst_caps_from_string (text) : NULL;

  if (caps) {
    GstWebRTCRTPTransceiver *transceiver = NULL;

    g_signal_emit_by_name (self->webrtcbin, "add-transceiver",
        GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, caps, &transceiver);
    g_object_set (transceiver, "do-nack", TRUE, NULL);
    gst_clear_object (&transceiver);
  } else {
    GstWebRTCDataChannel *channel = NULL;

    g_signal_emit_by_name (self->webrtcbin, "create-data-channel", "wish",
        NULL, &channel);
    g_object_unref (channel);
  }
}

/* Asks a sink for a session; the peer's id is "peer-" and the session's. One
 * that has wishes makes the offer. */
void
consumer_join (Consumer * self, FakeSignaller * signaller)
{
  g_autofree gchar *peer_id = g_strconcat ("peer-", self->id, NULL);

  make_pipeline (self);
  connect_signals (self);
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) !=
      GST_STATE_CHANGE_FAILURE);

  self->join_time = g_get_monotonic_time ();
  for (guint i = 0; self->wishes && i < self->wishes->len; i++)
    make_wish (self, g_ptr_array_index (self->wishes, i));
  if (self->wishes) {
    self->asked = g_object_ref (GST_RTC_SIGNALLER (signaller));
    run_task (self, "create-offer", NULL, on_offer);
    return;
  }
  gst_rtc_signaller_emit_session_requested (GST_RTC_SIGNALLER (signaller),
      self->id, peer_id, NULL);
}

/* Asks with an offer that somebody else made, and takes nothing of the answer */
void
consumer_ask (Consumer * self, FakeSignaller * signaller, const gchar * text)
{
  g_autofree gchar *peer_id = g_strconcat ("peer-", self->id, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstWebRTCSessionDescription) offer =
      gst_rtc_description_from_text (GST_WEBRTC_SDP_TYPE_OFFER, text, &error);

  g_assert_no_error (error);
  self->silent = TRUE;
  make_pipeline (self);
  connect_signals (self);
  gst_rtc_signaller_emit_session_requested (GST_RTC_SIGNALLER (signaller),
      self->id, peer_id, offer);
}

/* Goes without a word */
void
consumer_vanish (Consumer * self)
{
  GstBus *bus;

  if (!self->pipeline)
    return;

  g_signal_handlers_disconnect_by_data (self->peers, self);
  tasks_close (&self->tasks);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (bus);
  g_signal_handlers_disconnect_by_data (self->webrtcbin, self);
  gst_clear_object (&self->webrtcbin);
  gst_clear_object (&self->pipeline);
}

void
consumer_leave (Consumer * self)
{
  gst_rtc_signaller_end_session (GST_RTC_SIGNALLER (self->peers), self->id,
      NULL);
  consumer_vanish (self);
}

GstElement *
consumer_get_webrtcbin (Consumer * self)
{
  return self->webrtcbin;
}

const gchar *
consumer_get_id (Consumer * self)
{
  return self->id;
}

gint64
consumer_get_join_time (Consumer * self)
{
  return self->join_time;
}

/* Waiting */

typedef gboolean (*Condition) (Consumer * self, guint a, guint b);

static gboolean
wait_until (Consumer * self, Condition condition, guint a, guint b)
{
  const gint64 end = g_get_monotonic_time () + WATCHDOG;
  gboolean met;

  g_mutex_lock (&self->lock);
  while (!(met = condition (self, a, b)) && !self->error &&
      g_cond_wait_until (&self->cond, &self->lock, end));
  g_mutex_unlock (&self->lock);

  return met;
}

static gboolean
has_offer (Consumer * self, guint a, guint b)
{
  return self->offer != NULL;
}

void
consumer_wait_offer (Consumer * self)
{
  fail_unless (wait_until (self, has_offer, 0, 0), "%s got no offer", self->id);
}

static gboolean
has_n_offers (Consumer * self, guint n, guint b)
{
  return self->n_offers >= n;
}

void
consumer_wait_n_offers (Consumer * self, guint n)
{
  fail_unless (wait_until (self, has_n_offers, n, 0), "%s got %u of %u offers",
      self->id, self->n_offers, n);
}

guint
consumer_get_n_offers (Consumer * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->n_offers;
}

static gboolean
has_answer (Consumer * self, guint a, guint b)
{
  return self->answer != NULL;
}

gchar *
consumer_wait_answer (Consumer * self)
{
  g_autoptr (GMutexLocker) locker = NULL;

  fail_unless (wait_until (self, has_answer, 0, 0), "%s got no answer",
      self->id);
  locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->answer);
}

static gboolean
has_eos (Consumer * self, guint mline, guint b)
{
  return self->stats[mline].eos;
}

void
consumer_wait_eos (Consumer * self, guint mline)
{
  fail_unless (wait_until (self, has_eos, mline, 0),
      "%s got no EOS of m-line %u: %s", self->id, mline, self->error);
}

gchar *
consumer_get_offer (Consumer * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->offer);
}

static gboolean
has_frames (Consumer * self, guint mline, guint n)
{
  return self->stats[mline].n_frames >= n;
}

/* Waits until that many frames were decoded since it joined or forgot */
void
consumer_wait_frames (Consumer * self, guint mline, guint n)
{
  const ConsumerStats *stats = &self->stats[mline];

  fail_unless (wait_until (self, has_frames, mline, n),
      "%s got %u of %u frames of m-line %u (%u packets, %u before decoding, "
      "%s): %s", self->id, stats->n_frames, n, mline, stats->n_packets,
      stats->n_coded, stats->encoding, self->error);
}

static gboolean
has_size (Consumer * self, guint width, guint height)
{
  return self->stats[0].width == width && self->stats[0].height == height;
}

void
consumer_wait_size (Consumer * self, gint width, gint height)
{
  fail_unless (wait_until (self, has_size, width, height),
      "%s got frames of %dx%d and not of %dx%d: %s", self->id,
      self->stats[0].width, self->stats[0].height, width, height, self->error);
}

/* The encoding is a static string */
void
consumer_get_stats (Consumer * self, guint mline, ConsumerStats * stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats[mline];
  stats->encoding = (gchar *) g_intern_string (stats->encoding);
  g_mutex_unlock (&self->lock);
}

/* Counts from nothing again */
void
consumer_forget (Consumer * self)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < MAX_MLINES; i++) {
    ConsumerStats *stats = &self->stats[i];

    stats->n_holes = 0;
    stats->max_step = 0;
    stats->n_coded = 0;
    stats->n_key = 0;
    stats->n_frames = 0;
    stats->first_frame = 0;
  }
  g_mutex_unlock (&self->lock);
}

static void
consumer_dispose (GObject * object)
{
  Consumer *self = TEST_CONSUMER (object);

  consumer_vanish (self);
  g_clear_object (&self->peers);

  G_OBJECT_CLASS (consumer_parent_class)->dispose (object);
}

static void
consumer_finalize (GObject * object)
{
  Consumer *self = TEST_CONSUMER (object);

  for (guint i = 0; i < MAX_MLINES; i++)
    g_free (self->stats[i].encoding);
  g_free (self->id);
  g_free (self->codec);
  g_free (self->offer);
  g_free (self->answer);
  g_clear_pointer (&self->wishes, g_ptr_array_unref);
  g_clear_object (&self->asked);
  g_free (self->error);
  tasks_clear (&self->tasks);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);

  G_OBJECT_CLASS (consumer_parent_class)->finalize (object);
}

static void
consumer_class_init (ConsumerClass * klass)
{
  G_OBJECT_CLASS (klass)->dispose = consumer_dispose;
  G_OBJECT_CLASS (klass)->finalize = consumer_finalize;
}

static void
consumer_init (Consumer * self)
{
  tasks_init (&self->tasks, self);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
}
