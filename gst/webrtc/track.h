/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/rtpgcc/rtpgccbwe.h>
#include <gst/sdp/sdp.h>

#include "extmap.h"
#include "payloads.h"
#include "settings.h"
#include "ptmap.h"
#include "sinkpad.h"

G_BEGIN_DECLS

typedef struct _GstRtcTrack GstRtcTrack;

/**
 * GstRtcTrackContext:
 * @settings: what the element was set to
 * @payloads: (element-type GstRtcPayload): all that it can offer
 * @extmap: ids of header extensions in the session
 * @pt_map: payload types in the session
 * @clock: (nullable): the element's clock
 * @base_time: its base time
 * @setup_payloader: shows a payloader to the application
 * @owner: its argument, the element
 * @bwe: (nullable): what paces the session's packets
 * @offer: (nullable): the consumer's, if it made one
 *
 * What the tracks of a session have in common.
 */
typedef struct
{
  const GstRtcSettings *settings;
  GArray *payloads;
  GstRtcExtmap *extmap;
  GstRtcPtMap *pt_map;
  GstClock *clock;
  GstClockTime base_time;
  void (*setup_payloader) (GstElement * owner, const gchar * consumer_id,
      const gchar * pad_name, GstElement * payloader);
  GstElement *owner;
  GstRtcGccBwe *bwe;
  const GstSDPMessage *offer;
} GstRtcTrackContext;

GstRtcTrack *gst_rtc_track_new (GstRtcSinkPad * pad, guint mline);
void gst_rtc_track_free (GstRtcTrack * self);
gint gst_rtc_track_get_pt (GstRtcTrack * self);
guint gst_rtc_track_get_number_id (GstRtcTrack * self);
GstRtcSinkPad *gst_rtc_track_get_pad (GstRtcTrack * self);
guint gst_rtc_track_get_mline (GstRtcTrack * self);

gboolean gst_rtc_track_pad_can_offer (GstRtcSinkPad * pad, GArray * payloads);
gboolean gst_rtc_track_prepare (GstRtcTrack * self,
    const GstRtcTrackContext * context, GError ** error);
gboolean gst_rtc_track_offer (GstRtcTrack * self, GstElement * webrtcbin,
    const GstRtcTrackContext * context, GError ** error);
gboolean gst_rtc_track_take_answer (GstRtcTrack * self,
    const GstSDPMessage * answer, GstRtcExtmap * extmap, GError ** error);
guint gst_rtc_track_get_fec_percentage (GstRtcTrack * self);
void gst_rtc_track_set_fec_percentage (GstRtcTrack * self, guint percentage);
gboolean gst_rtc_track_is_outdated (GstRtcTrack * self);
gboolean gst_rtc_track_take_offer (GstRtcTrack * self,
    const GstRtcTrackContext * context, const GstSDPMedia * media);
gboolean gst_rtc_track_answer (GstRtcTrack * self, GstElement * webrtcbin,
    const GstRtcTrackContext * context, GError ** error);
GstCaps *gst_rtc_track_get_description (GstRtcTrack * self);
const GstRtcCodec *gst_rtc_track_get_codec (GstRtcTrack * self);
GstCaps *gst_rtc_track_get_input_caps (GstRtcTrack * self);
gboolean gst_rtc_track_is_connected (GstRtcTrack * self);
gboolean gst_rtc_track_connect (GstRtcTrack * self,
    const GstRtcTrackContext * context, GstBin * pipeline, GstElement * filter,
    GstElement * payloader, GError ** error);

void gst_rtc_track_leave (GstRtcTrack * self, GstElement * webrtcbin);

void gst_rtc_track_attach (GstRtcTrack * self, GstRtcRendition * rendition);
void gst_rtc_track_switch (gpointer self, GstRtcRendition * rendition);
GstRtcRendition *gst_rtc_track_get_rendition (GstRtcTrack * self);
void gst_rtc_track_set_wanted (GstRtcTrack * self, gdouble factor);
gdouble gst_rtc_track_get_wanted (GstRtcTrack * self);
GstRtcRendition *gst_rtc_track_detach (GstRtcTrack * self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstRtcTrack, gst_rtc_track_free)

G_END_DECLS
