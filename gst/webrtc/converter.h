/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "codecs.h"

G_BEGIN_DECLS

gchar *gst_rtc_converter_describe (const GstRtcCodec * codec, GstCaps * input,
    GstElementFactory * encoder);

G_END_DECLS
