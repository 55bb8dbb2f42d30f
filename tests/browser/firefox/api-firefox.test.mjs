/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { launchFirefox } from "../browsers.mjs";
import { describeBrowser } from "../scenarios.mjs";

describeBrowser("Firefox", launchFirefox);
