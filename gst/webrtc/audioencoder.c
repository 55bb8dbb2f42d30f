/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells an encoder of audio how its listeners' networks are, if it has
 * properties for that (opusenc has). What the application sets, in
 * `encoder-setup` or later, is the application's from then on.
 *
 * Everything hangs on the encoder, and is used on the control thread, but for
 * the notes of what the application set: properties are set on any thread. */

#include "audioencoder.h"

GST_DEBUG_CATEGORY_STATIC (webrtcaudio_debug);
#define GST_CAT_DEFAULT webrtcaudio_debug

static const gchar *const names[] = {
  "inband-fec", "packet-loss-percentage", "bitrate"
};

enum
{
  FEC,
  LOSS,
  BITRATE
};

typedef struct
{
  GstRtcAudioPolicy policy;
  gint bitrate;                 /* when all is well; 0: not read yet */
  GThread *setting;             /* atomic: who sets for us just now */
  gint taken;                   /* atomic bits: the application's */
} AudioEncoder;

static GQuark
audio_encoder_quark (void)
{
  return g_quark_from_static_string ("gst-rtc-audio-encoder");
}

static gboolean
has_property (GstElement * encoder, guint i)
{
  return g_object_class_find_property (G_OBJECT_GET_CLASS (encoder),
      names[i]) != NULL;
}

/* Whatever thread sets the property */
static void
on_notify (GObject * encoder, GParamSpec * pspec, gpointer data)
{
  AudioEncoder *self = data;

  if (g_atomic_pointer_get (&self->setting) == g_thread_self ())
    return;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_str_equal (pspec->name, names[i]))
      g_atomic_int_or (&self->taken, 1 << i);
  }
}

/**
 * gst_rtc_audio_encoder_watch:
 * @encoder: an encoder that nobody has configured yet
 *
 * Thread: control
 */
void
gst_rtc_audio_encoder_watch (GstElement * encoder)
{
  AudioEncoder *self = g_new0 (AudioEncoder, 1);

  GST_DEBUG_CATEGORY_INIT (webrtcaudio_debug, "webrtcaudio", 0,
      "Audio and what the network does to it");

  g_object_set_qdata_full (G_OBJECT (encoder), audio_encoder_quark (), self,
      g_free);
  g_signal_connect (encoder, "notify", G_CALLBACK (on_notify), self);
}

static void
set (GstElement * encoder, AudioEncoder * self, guint i, gint value)
{
  gint before;

  if ((g_atomic_int_get (&self->taken) & (1 << i)) || !has_property (encoder,
          i))
    return;

  g_object_get (encoder, names[i], &before, NULL);
  if (before == value)
    return;
  g_atomic_pointer_set (&self->setting, g_thread_self ());
  g_object_set (encoder, names[i], value, NULL);
  g_atomic_pointer_set (&self->setting, NULL);
}

/**
 * gst_rtc_audio_encoder_take_paths:
 * @encoder: an encoder that was configured
 * @now: us
 * @paths: those to the listeners who share it
 *
 * Thread: control
 */
void
gst_rtc_audio_encoder_take_paths (GstElement * encoder, gint64 now,
    const GstRtcAudioPath * paths, guint n_paths)
{
  AudioEncoder *self = g_object_get_qdata (G_OBJECT (encoder),
      audio_encoder_quark ());
  GstRtcAudioSettings settings;

  if (!self)
    return;
  if (self->bitrate == 0 && has_property (encoder, BITRATE))
    g_object_get (encoder, "bitrate", &self->bitrate, NULL);

  if (gst_rtc_audio_policy_take (&self->policy, now, self->bitrate, paths,
          n_paths))
    GST_INFO_OBJECT (encoder, "protection %u, thrift %u for %u listeners",
        self->policy.protection.step, self->policy.thrift.step, n_paths);
  gst_rtc_audio_policy_get (&self->policy, self->bitrate, &settings);
  set (encoder, self, BITRATE, settings.bitrate);
  set (encoder, self, LOSS, settings.loss_percentage);
  set (encoder, self, FEC, settings.fec);
}
