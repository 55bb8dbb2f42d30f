/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "producer.h"

G_BEGIN_DECLS

#define SRC_HARNESS_SESSION "session-1"

/* A source in a pipeline, a producer, and what came out of the pads */
typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  GstBus *bus;
  FakeSignaller *signaller;
  Producer *producer;

  GMutex lock;
  GCond cond;
  /* guarded by lock */
  guint n_buffers[2];           /* audio, video */
  guint n_pads;
  GstCaps *caps[2];
  gchar *stream_ids[2];
} SrcHarness;

/* @rest: what else is in the pipeline, %NULL for nothing; @streams: of the
 * producer */
SrcHarness *src_harness_new (const gchar * rest, const gchar * streams);
SrcHarness *src_harness_new_with (FakeSignaller * signaller, const gchar * rest,
    const gchar * streams);
void src_harness_add_sink (SrcHarness * h, const gchar * kind,
    const gchar * description);
void src_harness_start (SrcHarness * h);
void src_harness_begin_session (SrcHarness * h, const gchar * streams,
    const gchar * id);
void src_harness_wait_buffers (SrcHarness * h, gboolean is_video, guint n);
void src_harness_forget_buffers (SrcHarness * h);
GstMessage *src_harness_wait_message (SrcHarness * h, GstMessageType types);
void src_harness_wait_error (SrcHarness * h, const gchar * part);
const gchar *src_harness_caps_name (SrcHarness * h, gboolean is_video);
void src_harness_free (SrcHarness * h);

G_END_DECLS
