/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * How long to wait before the next attempt. Each failure in a row makes it
 * longer, and chance spreads the clients of a server that was restarted.
 */

const growth = 1.6;
const spread = 0.2;
const longest = 30000;

export class Backoff {
  #first;
  #random;
  #failures = 0;

  /**
   * @param {number} first delay in ms
   * @param {() => number} [random] from 0 to 1
   */
  constructor(first, random = Math.random) {
    this.#first = first;
    this.#random = random;
  }

  /** @returns {number} in ms, never more than 30 s unless that was asked for */
  next() {
    const limit = Math.max(longest, this.#first);
    const base = this.#first * growth ** this.#failures;

    if (base < limit) {
      this.#failures++;
    }
    return Math.min(base, limit) * (1 + spread * (2 * this.#random() - 1));
  }

  /** For an attempt that must not come soon. */
  discourage() {
    while (this.#first * growth ** this.#failures < longest) {
      this.#failures++;
    }
  }

  reset() {
    this.#failures = 0;
  }
}
