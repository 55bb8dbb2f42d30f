/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/**
 * GST_RTC_API: (skip)
 *
 * Marks what the library exports: everything else is hidden.
 */
#ifndef GST_RTC_API
# ifdef BUILDING_GST_RTC
#  define GST_RTC_API GST_API_EXPORT
# else
#  define GST_RTC_API GST_API_IMPORT
# endif
#endif
