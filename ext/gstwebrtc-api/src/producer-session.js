/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Offers one MediaStream to everybody. The server confirms a registration by
 * telling us our own status; from then on each consumer that asks becomes a
 * ClientSession. One client that fails is reported and leaves; the others and
 * the producer go on.
 */

import { ClientSession } from "./client-session.js";
import { emitError } from "./events.js";
import { SessionState } from "./session-state.js";

/**
 * Events: `error` (ErrorEvent), `stateChanged`, `closed`,
 * `clientConsumerAdded` and `clientConsumerRemoved` (CustomEvent, detail is
 * the ClientSession).
 */
export class ProducerSession extends EventTarget {
  #channel;
  /** @type {MediaStream | null} */
  #stream;
  #consumerId;
  /** @type {import("./session-state.js").State} */
  #state = SessionState.idle;
  /** @type {Map<string, ClientSession>} by session id */
  #clients = new Map();

  /**
   * @param {import("./com-channel.js").ComChannel} channel
   * @param {MediaStream} stream
   * @param {string | null} consumerId a passive consumer to call
   */
  constructor(channel, stream, consumerId) {
    super();
    this.#channel = channel;
    this.#stream = stream;
    this.#consumerId = consumerId;
  }

  /** Null once closed. */
  get stream() {
    return this.#stream;
  }

  /** One of SessionState. */
  get state() {
    return this.#state;
  }

  /**
   * Registers as a producer; a second call changes nothing.
   *
   * @returns {boolean} false if that is not possible
   */
  start() {
    if (this.#state === SessionState.closed) {
      return false;
    }
    if (this.#state !== SessionState.idle) {
      return true;
    }
    if (!this.#channel.announce(["listener", "producer"])) {
      return false;
    }
    this.#enterState(SessionState.connecting);
    return true;
  }

  /** Stops the stream's tracks and ends all clients. */
  close() {
    if (this.#state === SessionState.closed) {
      return;
    }
    for (const track of this.#stream?.getTracks() ?? []) {
      track.stop();
    }
    this.#stream = null;
    for (const client of [...this.#clients.values()]) {
      client.close();
    }
    if (this.#state !== SessionState.idle) {
      this.#channel.announce(["listener"]);
    }
    this.#enterState(SessionState.closed);
    this.dispatchEvent(new Event("closed"));
  }

  /**
   * The server lists us as a producer.
   *
   * @internal
   */
  registered() {
    if (this.#state !== SessionState.connecting) {
      return;
    }
    this.#enterState(SessionState.streaming);
    if (this.#consumerId) {
      this.#channel.send({ type: "startSession", peerId: this.#consumerId });
    }
  }

  /**
   * A consumer asks for the stream. An offer of its own is not used, ours
   * says what there is.
   *
   * @internal
   * @param {{ peerId: string, sessionId: string }} message
   * @returns {boolean} false if there is nothing to give
   */
  addClient({ peerId, sessionId }) {
    const stream = this.#stream;

    if (!stream || this.#clients.has(sessionId)) {
      return false;
    }

    const client = new ClientSession(
      peerId,
      sessionId,
      this.#channel,
      stream
    );
    this.#clients.set(sessionId, client);
    client.addEventListener("error", (event) => {
      const { message, error } = /** @type {ErrorEvent} */ (event);

      emitError(this, `error from client consumer ${peerId}: ${message}`, error);
    });
    client.addEventListener("closed", () => this.#forget(client));
    this.#emit("clientConsumerAdded", client);
    client.start();
    return true;
  }

  /**
   * @internal
   * @param {string} sessionId
   * @returns {ClientSession | undefined}
   */
  client(sessionId) {
    return this.#clients.get(sessionId);
  }

  /** @param {ClientSession} client */
  #forget(client) {
    this.#clients.delete(client.sessionId);
    this.#emit("clientConsumerRemoved", client);
  }

  /** @param {import("./session-state.js").State} state */
  #enterState(state) {
    this.#state = state;
    this.dispatchEvent(new Event("stateChanged"));
  }

  /**
   * @param {string} type
   * @param {ClientSession} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
