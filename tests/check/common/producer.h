/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fakesignaller.h"

G_BEGIN_DECLS

#define PRODUCER_VP8 "videotestsrc is-live=true pattern=ball ! " \
    "video/x-raw,width=320,height=240,framerate=30/1 ! vp8enc deadline=1 " \
    "keyframe-max-dist=30 ! rtpvp8pay pt=96 ! webrtcbin. "
#define PRODUCER_H264 "videotestsrc is-live=true pattern=ball ! " \
    "video/x-raw,width=320,height=240,framerate=30/1 ! x264enc " \
    "tune=zerolatency speed-preset=ultrafast key-int-max=30 ! " \
    "video/x-h264,profile=constrained-baseline ! rtph264pay pt=98 ! webrtcbin. "
#define PRODUCER_OPUS "audiotestsrc is-live=true ! " \
    "audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay pt=97 ! " \
    "webrtcbin. "

#define TYPE_PRODUCER (producer_get_type ())
G_DECLARE_FINAL_TYPE (Producer, producer, TEST, PRODUCER, GObject)

Producer *producer_new (const gchar * streams, FakeSignaller * consumer);
FakeSignaller *producer_get_signaller (Producer * self);
GstElement *producer_get_webrtcbin (Producer * self);
void producer_offer (Producer * self, const gchar * session_id);
void producer_offer_again (Producer * self);
void producer_add_stream (Producer * self, const gchar * stream);
void producer_answer (Producer * self, const gchar * session_id);
void producer_free (Producer * self);

G_END_DECLS
