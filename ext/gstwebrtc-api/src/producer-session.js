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
  #server;
  /** @type {MediaStream | null} */
  #stream;
  #consumerId;
  /** @type {import("./session-state.js").State} */
  #state = SessionState.idle;
  /** @type {Map<string, ClientSession>} by session id */
  #clients = new Map();

  /**
   * @param {import("./server-link.js").ServerLink} server
   * @param {MediaStream} stream
   * @param {string | null} consumerId a passive consumer to call
   */
  constructor(server, stream, consumerId) {
    super();
    this.#server = server;
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

  /** Those who receive the stream now. */
  get clients() {
    return [...this.#clients.values()];
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
    if (!this.#server.announce(["listener", "producer"])) {
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
    for (const client of this.clients) {
      client.close();
    }
    if (this.#state !== SessionState.idle) {
      this.#server.announce(["listener"]);
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
      this.#server.send({ type: "startSession", peerId: this.#consumerId });
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
      this.#server,
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
