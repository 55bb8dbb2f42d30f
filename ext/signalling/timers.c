/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Time limits on a context of one's own */

#include "timers.h"

/**
 * gst_rtc_timer_start:
 * @ms: milliseconds between calls of @func
 *
 * Returns: (transfer full): to be stopped by whoever started it
 */
GSource *
gst_rtc_timer_start (GMainContext * context, guint ms, GSourceFunc func,
    gpointer data)
{
  GSource *timer = g_timeout_source_new (ms);

  g_source_set_callback (timer, func, data, NULL);
  g_source_attach (timer, context);

  return timer;
}

/**
 * gst_rtc_timer_stop:
 * @timer: (inout) (nullable): what was started; %NULL afterwards
 */
void
gst_rtc_timer_stop (GSource ** timer)
{
  if (!*timer)
    return;

  g_source_destroy (*timer);
  g_clear_pointer (timer, g_source_unref);
}
