/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "log.h"

GST_DEBUG_CATEGORY (gst_rtc_signalling_debug);

/* Thread: any, as often as one likes */
void
gst_rtc_signalling_log_init (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (gst_rtc_signalling_debug, "webrtcsignalling", 0,
        "signalling server and signaller");
    g_once_init_leave (&done, 1);
  }
}
