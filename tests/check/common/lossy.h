/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A network that loses packets of RTP, but none of RTCP, STUN or DTLS. The same
 * ones each time. */
typedef struct _Lossy Lossy;

Lossy *lossy_new (void);
void lossy_free (Lossy * self);

/* what a webrtcsink sends to all its consumers; before they join */
void lossy_watch_sink (Lossy * self, GstElement * sink);
/* what a webrtcbin in a bin sends; what is in a pipeline receives */
void lossy_watch_sending (Lossy * self, GstBin * bin);
void lossy_watch_receiving (Lossy * self, GstBin * bin);

void lossy_set_percent (Lossy * self, guint percent);
guint lossy_get_dropped (Lossy * self);

G_END_DECLS
