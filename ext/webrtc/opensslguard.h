/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

void gst_rtc_keep_openssl_until_the_end (void);
