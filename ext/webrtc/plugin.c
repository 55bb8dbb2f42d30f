/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <gst/gst.h>

#include "webrtcsrc.h"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return gst_rtc_web_rtc_src_register (plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, rtc,
    "WebRTC made easy", plugin_init, PACKAGE_VERSION, "LGPL", PACKAGE_NAME,
    PACKAGE_ORIGIN)
