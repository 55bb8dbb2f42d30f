/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonNode *gst_rtc_json_from_structure (const GstStructure * structure);
GstStructure *gst_rtc_structure_from_json (JsonNode * node);

G_END_DECLS
