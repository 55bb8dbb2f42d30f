/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <gio/gio.h>
#include <gst/gst.h>
#include <gst/rtc/rtc.h>
#include <gst/rtpgcc/rtpgccbwe.h>

#include "webrtcsink.h"
#include "webrtcsrc.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  /* GnuTLS has to be initialised before libnice computes its first HMAC */
  g_tls_backend_get_default ();

  gst_type_mark_as_plugin_api (GST_RTC_TYPE_SIGNALLER, 0);
  gst_type_mark_as_plugin_api (GST_RTC_TYPE_SIGNALLER_ROLE, 0);

  return gst_rtc_gcc_bwe_register (plugin) &&
      gst_rtc_web_rtc_sink_register (plugin) &&
      gst_rtc_web_rtc_src_register (plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, rtc,
    "WebRTC sinks and sources", plugin_init, PACKAGE_VERSION, "LGPL",
    PACKAGE_NAME, PACKAGE_ORIGIN);
