/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The sessions, found by what messages name them with. A consumer session has
 * no id until the server has named it, so it is found by its producer until
 * then; there is one per producer.
 */

import { ConsumerSession } from "./consumer-session.js";
import { ProducerSession } from "./producer-session.js";
import { SessionState } from "./session-state.js";

export class SessionTable {
  #server;
  /** @type {Set<ConsumerSession>} */
  #consumers = new Set();
  /** @type {ProducerSession | null} */
  #producer = null;
  /** @type {ConsumerSession[]} asked for when the connection was lost */
  #unsure = [];

  /** @param {import("./server-link.js").ServerLink} server */
  constructor(server) {
    this.#server = server;
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
      this.#server,
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

    const session = new ProducerSession(this.#server, stream, consumerId);
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

  /**
   * The server has us back.
   *
   * @param {string[]} ids of the sessions that it still knows
   */
  resumed(ids) {
    for (const session of [...this.#consumers]) {
      session.resumed(ids);
    }
    for (const client of this.#producer?.clients ?? []) {
      client.resumed(ids);
    }
    this.#unsure = [...this.#consumers].filter(
      ({ state, sessionId }) => state !== SessionState.idle && !sessionId
    );
  }

  /**
   * All that waited for us has come: what has no id by now was asked for in
   * vain.
   */
  askAgain() {
    for (const session of this.#unsure.splice(0)) {
      session.askAgain();
    }
  }

  /** The server knows none of them any more. Those with a path need not it. */
  forgotten() {
    for (const session of [...this.#consumers]) {
      session.forgotten();
    }
    for (const client of this.#producer?.clients ?? []) {
      client.forgotten();
    }
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
