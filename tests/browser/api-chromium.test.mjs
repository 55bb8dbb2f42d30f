/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { launchChromium } from "./browsers.mjs";
import { describeBrowser } from "./scenarios.mjs";

describeBrowser("Chromium", launchChromium);
