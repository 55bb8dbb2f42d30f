/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again until the answer is truthy.
 *
 * @template T
 * @param {string} what is waited for; part of the error when it never comes
 * @param {() => T | Promise<T>} ask
 * @param {number} [limit] in ms
 * @returns {Promise<NonNullable<T>>} the answer
 */
export async function until(what, ask, limit = 15000) {
  const deadline = performance.now() + limit;
  /** @type {unknown} */
  let last;

  for (;;) {
    try {
      const answer = await ask();

      if (answer) {
        return answer;
      }
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`no ${what} within ${limit} ms; last answer: ${last}`);
    }
    await delay(50);
  }
}
