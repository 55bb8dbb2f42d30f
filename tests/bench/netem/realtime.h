/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "world.h"

G_BEGIN_DECLS

typedef struct _RealTime RealTime;

typedef void (*RealTimeJob) (gpointer receiver, gpointer object);

RealTime *real_time_new (void);
void real_time_free (RealTime * self);

/* any thread */
World *real_time_enter (RealTime * self);
void real_time_leave (RealTime * self);
guint64 real_time_get_local (const RealTime * self, gint64 time);

/* while in the world */
void real_time_post (RealTime * self, RealTimeJob job, gpointer receiver,
    gpointer object);

/* one thread */
void real_time_begin (RealTime * self, World * world);
gdouble real_time_run_until (RealTime * self, gint64 time);
void real_time_end (RealTime * self);

G_END_DECLS
