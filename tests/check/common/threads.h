/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

void wait_for_threads (void);
