/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { GstWebRTCAPI } from "./gstwebrtc-api.js";
import { defineSingleton } from "./singleton.js";

/* For pages that load the script by a tag, and for the console. */
if (typeof window !== "undefined") {
  const global = /** @type {Record<string, unknown>} */ (
    /** @type {unknown} */ (window)
  );

  global.GstWebRTCAPI ??= GstWebRTCAPI;
  if (!("gstWebRTCAPI" in global)) {
    defineSingleton();
  }
}

export default GstWebRTCAPI;
