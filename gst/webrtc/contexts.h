/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

gboolean gst_rtc_contexts_forward (GstElement * element,
    GstMessage * message);

G_END_DECLS
