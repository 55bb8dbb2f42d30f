/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "consumer.h"
#include "threads.h"

G_BEGIN_DECLS

/* For sink_harness_add(). All are live. */
#define SINK_HARNESS_RAW "videotestsrc is-live=true pattern=ball ! " \
    "capsfilter name=size " \
    "caps=video/x-raw,width=320,height=240,framerate=30/1"
/* each frame takes several packets */
#define SINK_HARNESS_NOISE "videotestsrc is-live=true pattern=snow ! " \
    "capsfilter caps=video/x-raw,width=320,height=240,framerate=30/1"
#define SINK_HARNESS_VP8 SINK_HARNESS_RAW \
    " ! vp8enc deadline=1 keyframe-max-dist=30"
#define SINK_HARNESS_H264 SINK_HARNESS_RAW \
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! " \
    "video/x-h264,profile=constrained-baseline ! h264parse"
#define SINK_HARNESS_RAW_AUDIO "audiotestsrc is-live=true ! " \
    "capsfilter caps=audio/x-raw,rate=48000,channels=2"
#define SINK_HARNESS_OPUS SINK_HARNESS_RAW_AUDIO " ! opusenc"

typedef struct _SinkHarness SinkHarness;

SinkHarness *sink_harness_new (void);
SinkHarness *sink_harness_new_playing (const gchar * stream);
void sink_harness_free (SinkHarness * self);

GstElement *sink_harness_get_sink (SinkHarness * self);
GstElement *sink_harness_get_pipeline (SinkHarness * self);
FakeSignaller *sink_harness_get_signaller (SinkHarness * self);
FakeSignaller *sink_harness_get_peers (SinkHarness * self);

GstElement *sink_harness_add (SinkHarness * self, const gchar * description);
void sink_harness_play (SinkHarness * self);
void sink_harness_stop (SinkHarness * self);

Consumer *sink_harness_consumer (SinkHarness * self, const gchar * session_id);
Consumer *sink_harness_join (SinkHarness * self, const gchar * session_id);
Consumer *sink_harness_join_and_wait (SinkHarness * self,
    const gchar * session_id);

void sink_harness_note (SinkHarness * self, gchar * event);
guint sink_harness_count (SinkHarness * self, const gchar * event);
void sink_harness_wait (SinkHarness * self, const gchar * event, guint n);
gchar *sink_harness_get_log (SinkHarness * self);
guint sink_harness_get_n_key_units (SinkHarness * self);

/* Encoders of the whole process, the sink's or not */
void encoder_census_start (void);
guint encoder_census_get (const gchar * type_name);
void encoder_census_wait (const gchar * type_name, guint n);

void unref_and_wait (gpointer element);

G_END_DECLS
