/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fails to compile when the declarations promise what the code has not. */

import Actual from "../src/index.js";
import Declared from "./index.js";

export const api: typeof Declared = Actual;
