/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is done about loss: encoders of audio are told of the listeners who share
 * them, and sessions correct. An estimate that stays as it is is not announced,
 * and loss may still come and go: so the sessions are looked at from time to
 * time. Control thread. */

#include "basewebrtcsink-private.h"

#include "audioencoder.h"
#include "track.h"

static void
add_path (GHashTable * paths, GstRtcTrack * track, const GstRtcAudioPath * path)
{
  const GstRtcCodec *codec = gst_rtc_track_get_codec (track);
  GstRtcRendition *rendition = gst_rtc_track_get_rendition (track);
  GArray *array;

  if (!codec || codec->kind != GST_RTC_MEDIA_AUDIO || !rendition)
    return;
  array = g_hash_table_lookup (paths, rendition);
  if (!array) {
    array = g_array_new (FALSE, FALSE, sizeof (GstRtcAudioPath));
    g_hash_table_insert (paths, rendition, array);
  }
  g_array_append_val (array, *path);
}

static void
add_session (GHashTable * paths, GstRtcSinkSession * session)
{
  GPtrArray *tracks = gst_rtc_sink_session_get_tracks (session);
  GstRtcAudioPath path = { 0, };
  GstRtcGccReport report;

  if (!gst_rtc_sink_session_get_report (session, &report))
    return;

  path.loss = report.loss;
  /* what was not measured may be much more */
  if (report.limit == GST_RTC_GCC_LIMIT_NETWORK)
    path.estimate = report.estimate;
  for (guint i = 0; i < tracks->len; i++)
    add_path (paths, g_ptr_array_index (tracks, i), &path);
}

/**
 * gst_rtc_base_sink_adapt_to_loss:
 *
 * Thread: control
 */
void
gst_rtc_base_sink_adapt_to_loss (GstRtcBaseSink * self)
{
  const gint64 now = g_get_monotonic_time ();
  g_autoptr (GPtrArray) sessions = gst_rtc_base_sink_copy_sessions (self);
  g_autoptr (GHashTable) paths = g_hash_table_new_full (NULL, NULL, NULL,
      (GDestroyNotify) g_array_unref);
  GHashTableIter iter;
  gpointer rendition;
  GArray *array;

  for (guint i = 0; i < sessions->len; i++) {
    gst_rtc_sink_session_adapt_fec (g_ptr_array_index (sessions, i), now);
    add_session (paths, g_ptr_array_index (sessions, i));
  }

  g_hash_table_iter_init (&iter, paths);
  while (g_hash_table_iter_next (&iter, &rendition, (gpointer *) & array)) {
    GstElement *encoder = gst_rtc_rendition_get_encoder (rendition);

    if (encoder)
      gst_rtc_audio_encoder_take_paths (encoder, now,
          (const GstRtcAudioPath *) array->data, array->len);
  }
}
