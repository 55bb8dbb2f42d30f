/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fakesignaller.h"

#include <gst/webrtc/webrtc.h>

G_BEGIN_DECLS

#define TYPE_CONSUMER (consumer_get_type ())
G_DECLARE_FINAL_TYPE (Consumer, consumer, TEST, CONSUMER, GObject)

/* What has arrived of one m-line */
typedef struct
{
  gchar *encoding;              /* encoding name, once there is a packet */
  guint n_packets;
  guint n_holes;                /* missing sequence numbers */
  guint max_step;               /* largest step of RTP timestamps */
  guint n_coded;                /* frames after the depayloader */
  guint n_key;                  /* of these, key frames */
  gboolean key_first;           /* the first thing was a key frame */
  guint n_frames;               /* decoded */
  gint width;
  gint height;
  gint rate;
  gboolean eos;
  gint channels;
  gint64 first_frame;           /* monotonic time, 0 before it */
} ConsumerStats;

/* webrtcbin's thread */
typedef void (*ConsumerSetup) (GstElement * webrtcbin,
    GstWebRTCRTPTransceiver * transceiver, gpointer data);

Consumer *consumer_new (FakeSignaller * peers, const gchar * session_id);
void consumer_set_codec (Consumer * self, const gchar * encoding_name);
void consumer_edit_answer (Consumer * self, FakeSignallerEdit edit);
void consumer_on_new_transceiver (Consumer * self, ConsumerSetup setup);
void consumer_never_answer (Consumer * self);
void consumer_keep_candidates (Consumer * self);
void consumer_wish (Consumer * self, const gchar * caps);
void consumer_edit_offer (Consumer * self, FakeSignallerEdit edit);

void consumer_join (Consumer * self, FakeSignaller * signaller);
void consumer_ask (Consumer * self, FakeSignaller * signaller,
    const gchar * text);
void consumer_leave (Consumer * self);
void consumer_vanish (Consumer * self);

GstElement *consumer_get_webrtcbin (Consumer * self);
const gchar *consumer_get_id (Consumer * self);
gint64 consumer_get_join_time (Consumer * self);
gchar *consumer_get_offer (Consumer * self);
void consumer_wait_offer (Consumer * self);
void consumer_wait_n_offers (Consumer * self, guint n);
guint consumer_get_n_offers (Consumer * self);
gchar *consumer_wait_answer (Consumer * self);
void consumer_wait_eos (Consumer * self, guint mline);
void consumer_wait_frames (Consumer * self, guint mline, guint n);
void consumer_wait_size (Consumer * self, gint width, gint height);
void consumer_get_stats (Consumer * self, guint mline, ConsumerStats * stats);
void consumer_forget (Consumer * self);

void consumer_use_loopback (GstElement * webrtcbin);
void consumer_switch_upnp_off (GstElement * webrtcbin);

G_END_DECLS
