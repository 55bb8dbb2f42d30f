/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Listener objects of the application. What they throw is logged and stops
 * nobody else; one may unregister itself while it is called.
 */
export class ListenerSet {
  /** @type {Set<Record<string, unknown>>} */
  #listeners = new Set();

  /** @type {(listener: Record<string, unknown>) => boolean} */
  #accepts;

  /**
   * @param {(listener: Record<string, unknown>) => boolean} accepts says
   *   whether an object can be a listener
   */
  constructor(accepts) {
    this.#accepts = accepts;
  }

  /**
   * @param {unknown} listener
   * @returns {boolean} false if it is no listener
   */
  add(listener) {
    if (listener === null || typeof listener !== "object") {
      return false;
    }

    const candidate = /** @type {Record<string, unknown>} */ (listener);
    if (!this.#accepts(candidate)) {
      return false;
    }
    this.#listeners.add(candidate);
    return true;
  }

  /**
   * @param {unknown} listener
   * @returns {boolean} true if it was registered
   */
  remove(listener) {
    return this.#listeners.delete(/** @type {any} */ (listener));
  }

  clear() {
    this.#listeners.clear();
  }

  /**
   * @param {string} method called on each listener that has it
   * @param {...unknown} args
   */
  notify(method, ...args) {
    for (const listener of [...this.#listeners]) {
      const handler = listener[method];

      if (typeof handler !== "function") {
        continue;
      }
      try {
        handler.apply(listener, args);
      } catch (error) {
        console.error(`a listener failed in ${method}()`, error);
      }
    }
  }
}
