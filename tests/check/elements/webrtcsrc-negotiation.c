/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/check/common/srcharness.h"

#include <gst/check/gstcheck.h>

static Suite *
webrtcsrc_negotiation_suite (void)
{
  Suite *suite = suite_create ("webrtcsrc-negotiation");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);

  return suite;
}

GST_CHECK_MAIN (webrtcsrc_negotiation);
