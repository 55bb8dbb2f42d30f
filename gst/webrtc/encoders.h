/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GList *gst_rtc_encoders_list (GstCaps * caps);
void gst_rtc_encoders_note_failure (GstElementFactory * factory);

G_END_DECLS
