/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Compares the certificate that a peer shows in its DTLS handshake with the
 * fingerprint that its description promised (RFC 8827 section 6.5), which
 * webrtcbin before 1.28 never does.
 *
 * The certificate shows up on the thread that does the handshake, before any
 * data passes, and there it is judged: on a mismatch both directions are cut at
 * the last pads before ICE. Whoever owns the guard is told, and ends the
 * session at leisure.
 */

#include "dtlsguard.h"

#include "sdp.h"

struct _GstRtcDtlsGuard
{
  /* construct-only: any thread */
  GstRtcDtlsRefused refused;
  gpointer data;

  GMutex lock;
  /* guarded by lock */
  GStrv fingerprints;
  gboolean verified;
  gboolean is_cut;
  GPtrArray *pads;              /* element-type GstPad */
  GPtrArray *decoders;          /* element-type GstElement */
};

/**
 * gst_rtc_dtls_guard_new:
 * @refused: called on the thread that does the handshake
 * @data: its argument
 */
GstRtcDtlsGuard *
gst_rtc_dtls_guard_new (GstRtcDtlsRefused refused, gpointer data)
{
  GstRtcDtlsGuard *self = g_new0 (GstRtcDtlsGuard, 1);

  self->refused = refused;
  self->data = data;
  self->pads = g_ptr_array_new_with_free_func (gst_object_unref);
  self->decoders = g_ptr_array_new_with_free_func (gst_object_unref);
  g_mutex_init (&self->lock);

  return self;
}

/**
 * gst_rtc_dtls_guard_stop:
 *
 * What it watches is in NULL, and may outlive it: an application can keep
 * webrtcbin.
 *
 * Thread: any
 */
void
gst_rtc_dtls_guard_stop (GstRtcDtlsGuard * self)
{
  g_autoptr (GPtrArray) decoders = NULL;

  g_mutex_lock (&self->lock);
  decoders = g_steal_pointer (&self->decoders);
  self->decoders = g_ptr_array_new_with_free_func (gst_object_unref);
  g_ptr_array_set_size (self->pads, 0);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < decoders->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (decoders, i),
        self);
}

/**
 * gst_rtc_dtls_guard_free:
 *
 * gst_rtc_dtls_guard_stop() was called.
 */
void
gst_rtc_dtls_guard_free (GstRtcDtlsGuard * self)
{
  g_ptr_array_unref (self->pads);
  g_ptr_array_unref (self->decoders);
  g_strfreev (self->fingerprints);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * gst_rtc_dtls_guard_take_fingerprints:
 * @fingerprints: (transfer full): what the peer's description promised; to be
 *     set before webrtcbin gets the description
 *
 * Thread: any
 */
void
gst_rtc_dtls_guard_take_fingerprints (GstRtcDtlsGuard * self,
    GStrv fingerprints)
{
  GStrv old;

  g_mutex_lock (&self->lock);
  old = self->fingerprints;
  self->fingerprints = fingerprints;
  g_mutex_unlock (&self->lock);

  g_strfreev (old);
}

static GstPadProbeReturn
drop_everything (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  return GST_PAD_PROBE_DROP;
}

static void
cut_pad (gpointer pad, gpointer unused)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER |
      GST_PAD_PROBE_TYPE_BUFFER_LIST, drop_everything, NULL, NULL);
}

static gpointer
ref_pad (gconstpointer pad, gpointer unused)
{
  return gst_object_ref ((gpointer) pad);
}

/**
 * gst_rtc_dtls_guard_cut:
 *
 * Nothing comes in or goes out any more.
 *
 * Thread: any
 */
void
gst_rtc_dtls_guard_cut (GstRtcDtlsGuard * self)
{
  g_autoptr (GPtrArray) pads = NULL;

  g_mutex_lock (&self->lock);
  self->is_cut = TRUE;
  pads = g_ptr_array_copy (self->pads, ref_pad, NULL);
  g_mutex_unlock (&self->lock);

  g_ptr_array_foreach (pads, cut_pad, NULL);
}

/**
 * gst_rtc_dtls_guard_cut_input:
 *
 * Nothing comes in any more; what says goodbye still goes out.
 *
 * Thread: any
 */
void
gst_rtc_dtls_guard_cut_input (GstRtcDtlsGuard * self)
{
  g_autoptr (GPtrArray) pads = NULL;

  g_mutex_lock (&self->lock);
  pads = g_ptr_array_copy (self->pads, ref_pad, NULL);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < pads->len; i++) {
    GstPad *pad = g_ptr_array_index (pads, i);

    if (GST_PAD_IS_SRC (pad))
      cut_pad (pad, NULL);
  }
}

/* The thread that does the handshake */
static void
on_peer_pem (GObject * decoder, GParamSpec * pspec, GstRtcDtlsGuard * self)
{
  g_autofree gchar *pem = NULL;
  gboolean matches;

  g_object_get (decoder, "peer-pem", &pem, NULL);
  if (!pem)
    return;

  g_mutex_lock (&self->lock);
  matches = self->fingerprints &&
      gst_rtc_sdp_certificate_matches (pem,
      (const gchar * const *) self->fingerprints);
  self->verified = matches;
  g_mutex_unlock (&self->lock);

  if (matches)
    return;

  gst_rtc_dtls_guard_cut (self);
  self->refused (self->data);
}

/**
 * gst_rtc_dtls_guard_watch_decoder:
 * @decoder: a dtlsdec
 *
 * Thread: any
 */
void
gst_rtc_dtls_guard_watch_decoder (GstRtcDtlsGuard * self, GstElement * decoder)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->decoders, gst_object_ref (decoder));
  g_mutex_unlock (&self->lock);

  g_signal_connect (decoder, "notify::peer-pem", G_CALLBACK (on_peer_pem),
      self);
}

/**
 * gst_rtc_dtls_guard_watch_pad:
 * @pad: where packets leave or come in
 *
 * Thread: any
 */
void
gst_rtc_dtls_guard_watch_pad (GstRtcDtlsGuard * self, GstPad * pad)
{
  gboolean is_cut;

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->pads, gst_object_ref (pad));
  is_cut = self->is_cut;
  g_mutex_unlock (&self->lock);

  if (is_cut)
    cut_pad (pad, NULL);
}

/**
 * gst_rtc_dtls_guard_is_verified:
 *
 * Returns: whether the peer showed the certificate that it had promised
 *
 * Thread: any
 */
gboolean
gst_rtc_dtls_guard_is_verified (GstRtcDtlsGuard * self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->verified;
}
