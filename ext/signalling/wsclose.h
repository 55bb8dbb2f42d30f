/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>

#include "outbox.h"

G_BEGIN_DECLS

/* Takes over @socket */
void gst_rtc_ws_close (SoupWebsocketConnection * socket,
    GstRtcOutbox * outbox);

G_END_DECLS
