/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "packetlog.h"

G_BEGIN_DECLS

GArray *gst_rtc_twcc_event_parse (GstEvent * event);

G_END_DECLS
