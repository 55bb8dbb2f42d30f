/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <gio/gio.h>
#include <gst/gst.h>
#include <gst/rtc/rtc.h>

#ifdef HAVE_LIBCRYPTO
#include <openssl/crypto.h>
#endif

#include "webrtcsink.h"
#include "webrtcsrc.h"

/* GStreamer's DTLS elements use OpenSSL, which takes itself down when the
 * process exits. GStreamer's threads may still be on their way out then, and
 * both free what OpenSSL keeps for each thread: a crash at the end of every
 * tenth program that had ten viewers. Has to come before anybody else uses
 * OpenSSL. */
static void
keep_openssl_until_the_end (void)
{
#ifdef HAVE_LIBCRYPTO
  OPENSSL_init_crypto (OPENSSL_INIT_NO_ATEXIT, NULL);
#endif
}

static gboolean
plugin_init (GstPlugin * plugin)
{
  keep_openssl_until_the_end ();
  /* GnuTLS has to be initialised before libnice computes its first HMAC */
  g_tls_backend_get_default ();

  gst_type_mark_as_plugin_api (GST_RTC_TYPE_SIGNALLER, 0);
  gst_type_mark_as_plugin_api (GST_RTC_TYPE_SIGNALLER_ROLE, 0);

  return gst_rtc_web_rtc_sink_register (plugin) &&
      gst_rtc_web_rtc_src_register (plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, rtc,
    "WebRTC sinks and sources", plugin_init, PACKAGE_VERSION, "LGPL",
    PACKAGE_NAME, PACKAGE_ORIGIN);
