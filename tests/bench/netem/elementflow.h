/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "flow.h"
#include "realtime.h"

G_BEGIN_DECLS

typedef struct _ElementFlow ElementFlow;

ElementFlow *element_flow_new (RealTime * time, Flow * flow,
    const gchar * estimator, GError ** error);
gboolean element_flow_start (ElementFlow * self, GError ** error);
gboolean element_flow_stop (ElementFlow * self, GError ** error);
void element_flow_free (ElementFlow * self);

G_END_DECLS
