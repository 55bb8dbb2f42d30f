/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GStrv gst_rtc_get_loopback_if_alone (void);

G_END_DECLS
