/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common.h"

#include "gst/webrtc/sdp.h"

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  g_autofree gchar *text = g_strndup ((const gchar *) data, size);
  g_autofree gchar *with_prefix = g_strconcat ("a=", text, NULL);
  const GstRtcSdpCandidate kind = gst_rtc_sdp_classify_candidate (text);

  /* the prefix changes nothing, but where there is one already */
  if (!g_str_has_prefix (text, "a="))
    g_assert_cmpint (gst_rtc_sdp_classify_candidate (with_prefix), ==, kind);

  return 0;
}
