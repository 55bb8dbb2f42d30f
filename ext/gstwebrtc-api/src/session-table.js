/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The sessions of one channel, found by what messages name them with. A
 * consumer session has no id until the server has named it, so it is found by
 * its producer until then; there is one per producer.
 */

import { ConsumerSession } from "./consumer-session.js";
import { ProducerSession } from "./producer-session.js";

export class SessionTable {
  #channel;
  /** @type {Set<ConsumerSession>} */
  #consumers = new Set();
  /** @type {ProducerSession | null} */
  #producer = null;

  /** @param {import("./com-channel.js").ComChannel} channel */
  constructor(channel) {
    this.#channel = channel;
  }

  get producer() {
    return this.#producer;
  }

  /**
   * @param {string} producerId
   * @param {RTCOfferOptions | null} offerOptions
   * @returns {ConsumerSession} the one there is, else a new one
   */
  consume(producerId, offerOptions) {
    const known = this.#consumerOf(producerId);
    if (known) {
      return known;
    }

    const session = new ConsumerSession(
      producerId,
      this.#channel,
      offerOptions
    );
    this.#consumers.add(session);
    session.addEventListener("closed", () => this.#consumers.delete(session));
    return session;
  }

  /**
   * @param {MediaStream} stream
   * @param {string | null} consumerId
   * @returns {ProducerSession | null} null if another stream is produced
   */
  produce(stream, consumerId) {
    if (this.#producer) {
      return this.#producer.stream === stream ? this.#producer : null;
    }

    const session = new ProducerSession(this.#channel, stream, consumerId);
    this.#producer = session;
    session.addEventListener("closed", () => {
      this.#producer = null;
    });
    return session;
  }

  /**
   * @param {string} sessionId
   * @returns {import("./webrtc-session.js").WebRTCSession | undefined}
   */
  find(sessionId) {
    for (const session of this.#consumers) {
      if (session.sessionId === sessionId) {
        return session;
      }
    }
    return this.#producer?.client(sessionId);
  }

  /**
   * @param {string} producerId
   * @param {string} sessionId
   * @returns {boolean} false if nobody waits for it (any more)
   */
  started(producerId, sessionId) {
    const session = this.#consumerOf(producerId);

    if (!session || session.sessionId) {
      return false;
    }
    session.assignSessionId(sessionId);
    return true;
  }

  closeAll() {
    for (const session of [...this.#consumers]) {
      session.close();
    }
    this.#producer?.close();
  }

  /** @param {string} producerId */
  #consumerOf(producerId) {
    return [...this.#consumers].find(({ peerId }) => peerId === producerId);
  }
}
