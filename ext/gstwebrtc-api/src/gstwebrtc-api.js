/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The client: one way to a signalling server (ServerLink), kept up for as
 * long as the client lives, who is out there (PeerDirectory), and the
 * sessions with some of them (SessionTable). Here is what applications see.
 */

import { makeConfig } from "./config.js";
import { emitError } from "./events.js";
import { ListenerSet } from "./listener-set.js";
import { PeerDirectory } from "./peer-directory.js";
import { Router } from "./router.js";
import { ServerLink } from "./server-link.js";
import { SessionState } from "./session-state.js";
import { SessionTable } from "./session-table.js";

/** @typedef {import("./consumer-session.js").ConsumerSession} ConsumerSession */
/** @typedef {import("./producer-session.js").ProducerSession} ProducerSession */

const peerMethods = [
  "producerAdded",
  "producerRemoved",
  "producerChanged",
  "consumerAdded",
  "consumerRemoved",
  "consumerChanged",
];

export class GstWebRTCAPI {
  static SessionState = SessionState;

  #server;
  #sessions;
  #peers = new PeerDirectory();
  #connectionListeners = new ListenerSet(
    (listener) =>
      typeof listener.connected === "function" &&
      typeof listener.disconnected === "function"
  );
  #peerListeners = new ListenerSet((listener) =>
    peerMethods.some((method) => typeof listener[method] === "function")
  );

  /**
   * Connects at once.
   *
   * @param {unknown} [userConfig] keys of Config; others keep their defaults
   */
  constructor(userConfig) {
    this.#server = new ServerLink(makeConfig(userConfig));
    this.#sessions = new SessionTable(this.#server);
    this.#forwardPeers();
    this.#followServer();
    this.#server.open();
  }

  /** Ends all sessions and the connection, and does not come back. */
  close() {
    this.#server.close();
  }

  /**
   * @param {unknown} listener with connected(clientId) and disconnected()
   * @returns {boolean} false if it is no such listener
   */
  registerConnectionListener(listener) {
    return this.#connectionListeners.add(listener);
  }

  /**
   * @param {unknown} listener
   * @returns {boolean} true if it was registered
   */
  unregisterConnectionListener(listener) {
    return this.#connectionListeners.remove(listener);
  }

  unregisterAllConnectionListeners() {
    this.#connectionListeners.clear();
  }

  /**
   * @param {unknown} listener with at least one of producerAdded(peer),
   *   producerRemoved(peer), producerChanged(peer) and the same for consumer
   * @returns {boolean} false if it is no such listener
   */
  registerPeerListener(listener) {
    return this.#peerListeners.add(listener);
  }

  /**
   * @param {unknown} listener
   * @returns {boolean} true if it was registered
   */
  unregisterPeerListener(listener) {
    return this.#peerListeners.remove(listener);
  }

  unregisterAllPeerListeners() {
    this.#peerListeners.clear();
  }

  /** The remote producers that are known now. */
  getAvailableProducers() {
    return this.#peers.list("producer");
  }

  /** The passive consumers that are known now: they wait to be called. */
  getAvailableConsumers() {
    return this.#peers.list("consumer");
  }

  /**
   * @param {MediaStream} stream
   * @returns {ProducerSession | null} null if not connected, or if another
   *   stream is produced
   */
  createProducerSession(stream) {
    return this.#produce(stream, null);
  }

  /**
   * @param {MediaStream} stream
   * @param {string} consumerId a passive consumer, called once registered
   * @returns {ProducerSession | null}
   */
  createProducerSessionForConsumer(stream, consumerId) {
    return this.#produce(stream, consumerId);
  }

  /**
   * @param {string} producerId
   * @returns {ConsumerSession | null} null if not connected
   */
  createConsumerSession(producerId) {
    return this.#consume(producerId, null);
  }

  /**
   * @param {string} producerId
   * @param {RTCOfferOptions} offerOptions we offer, with these
   * @returns {ConsumerSession | null} null if not connected
   */
  createConsumerSessionWithOfferOptions(producerId, offerOptions) {
    const options = typeof offerOptions === "object" ? offerOptions : null;

    return this.#consume(producerId, options);
  }

  #followServer() {
    const server = this.#server;
    const router = new Router(server, this.#peers, this.#sessions);
    const detailOf = (/** @type {Event} */ event) =>
      /** @type {CustomEvent} */ (event).detail;

    server.addEventListener("ready", () => {
      this.#connectionListeners.notify("connected", server.clientId);
    });
    server.addEventListener("lost", () => {
      this.#connectionListeners.notify("disconnected");
    });
    server.addEventListener("message", (event) => {
      try {
        router.route(detailOf(event));
      } catch (error) {
        emitError(server, "bad message from signaling server", error);
      }
    });
    server.addEventListener("resumed", (event) => {
      this.#sessions.resumed(detailOf(event));
    });
    server.addEventListener("forgotten", () => {
      this.#sessions.forgotten();
      this.#peers.clear();
    });
    server.addEventListener("dropped", () => {
      this.#sessions.closeAll();
      this.#peers.clear();
    });
    server.addEventListener("error", (event) => {
      const { message, error } = /** @type {ErrorEvent} */ (event);

      console.error(message, error);
    });
  }

  #forwardPeers() {
    for (const what of ["Added", "Changed", "Removed"]) {
      this.#peers.addEventListener(`peer${what}`, (event) => {
        const { peer, role } = /** @type {CustomEvent} */ (event).detail;

        this.#peerListeners.notify(role + what, peer);
      });
    }
  }

  /**
   * @param {unknown} stream
   * @param {string | null} consumerId
   */
  #produce(stream, consumerId) {
    if (!this.#server.ready || !(stream instanceof MediaStream)) {
      return null;
    }
    return this.#sessions.produce(stream, consumerId);
  }

  /**
   * @param {unknown} producerId
   * @param {RTCOfferOptions | null} offerOptions
   */
  #consume(producerId, offerOptions) {
    if (!this.#server.ready || typeof producerId !== "string") {
      return null;
    }
    return producerId ? this.#sessions.consume(producerId, offerOptions) : null;
  }
}
