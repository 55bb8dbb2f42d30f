/* SPDX-License-Identifier: LGPL-2.1-or-later */

/** @typedef {import("./messages.js").ClientMessage} ClientMessage */

const longest = 128;

/**
 * What was sent on a connection, the last of it: when the connection is lost
 * some of that may not have arrived. The server says how many messages did.
 */
export class SentLog {
  /** @type {ClientMessage[]} */
  #last = [];
  #count = 0;

  /** @param {ClientMessage} message */
  add(message) {
    this.#count++;
    this.#last.push(message);
    if (this.#last.length > longest) {
      this.#last.shift();
    }
  }

  /**
   * Messages of sessions that are to be sent once more. The others are about
   * their connection, or are asked again anyway.
   *
   * @param {number} arrived how many did; negative if that is not known
   * @returns {ClientMessage[]}
   */
  missing(arrived) {
    const first = this.#count - this.#last.length;

    return arrived < 0
      ? []
      : this.#last
          .slice(Math.max(arrived - first, 0))
          .filter((message) => "sessionId" in message);
  }
}
