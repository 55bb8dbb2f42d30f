/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_RTC_TYPE_SRC_PAD (gst_rtc_src_pad_get_type ())
G_DECLARE_FINAL_TYPE (GstRtcSrcPad, gst_rtc_src_pad, GST_RTC, SRC_PAD,
    GstGhostPad)

/**
 * GstRtcSrcPadSettle:
 * @owner: what gst_rtc_src_pad_claim() was told
 *
 * Says what becomes of a flow return that is not OK: what all streams together
 * are to return. Called on a streaming thread, without a lock.
 */
typedef GstFlowReturn (*GstRtcSrcPadSettle) (GstRtcSrcPad * self,
    GstFlowReturn ret, gpointer owner);

/* Downstream knows what comes: called as a GstRtcSrcPadSettle is */
typedef void (*GstRtcSrcPadBegun) (GstRtcSrcPad * self, gpointer owner);

/**
 * GstRtcSrcPadStream:
 * @stream: what STREAM_START is made from
 * @group_id: the same for all streams of a session
 * @msid: (nullable): id of the MediaStream
 * @possible: what the pad could deliver, in order of preference
 * @keep: an end of the stream is not the end of the pad
 * @begun: (nullable): told when caps went downstream
 */
typedef struct
{
  GstStream *stream;
  guint group_id;
  const gchar *msid;
  GstCaps *possible;
  gboolean keep;
  GstRtcSrcPadBegun begun;
} GstRtcSrcPadStream;

GstRtcSrcPad *gst_rtc_src_pad_new (GstPadTemplate * templ,
    const gchar * name);

/* any thread */
gboolean gst_rtc_src_pad_claim (GstRtcSrcPad * self, GObject * owner,
    GstRtcSrcPadSettle settle);
gboolean gst_rtc_src_pad_is_claimed (GstRtcSrcPad * self);
GObject *gst_rtc_src_pad_ref_owner (GstRtcSrcPad * self);
gboolean gst_rtc_src_pad_is_video (GstRtcSrcPad * self);
gboolean gst_rtc_src_pad_is_requested (GstRtcSrcPad * self);
void gst_rtc_src_pad_set_stream (GstRtcSrcPad * self,
    const GstRtcSrcPadStream * stream);
void gst_rtc_src_pad_set_collection (GstRtcSrcPad * self,
    GstStreamCollection * collection);
guint64 gst_rtc_src_pad_get_frames (GstRtcSrcPad * self);

/* a worker, when nothing feeds the pad any more */
void gst_rtc_src_pad_push_eos (GstRtcSrcPad * self);
void gst_rtc_src_pad_let_go (GstRtcSrcPad * self);
void gst_rtc_src_pad_doom (GstRtcSrcPad * self);

/* any thread but a streaming one */
gboolean gst_rtc_src_pad_is_doomed (GstRtcSrcPad * self);
gboolean gst_rtc_src_pad_remove (GstRtcSrcPad * self, GstElement * element);

G_END_DECLS
