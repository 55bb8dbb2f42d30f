/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "codecs.h"

G_BEGIN_DECLS

const gchar *gst_rtc_converter_for_input (GstRtcMediaKind kind,
    GstCaps * input);

G_END_DECLS
