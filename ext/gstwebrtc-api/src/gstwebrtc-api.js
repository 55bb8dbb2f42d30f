/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The client: one connection to a signalling server, kept up for as long as
 * the client lives. Each connection is a ComChannel of its own; sessions end
 * with theirs. The PeerDirectory outlives channels, so listeners hear about
 * departures when a channel goes and about arrivals when the next one comes.
 */

import { ComChannel } from "./com-channel.js";
import { makeConfig } from "./config.js";
import { ListenerSet } from "./listener-set.js";
import { PeerDirectory } from "./peer-directory.js";
import { SessionState } from "./session-state.js";

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

  #config;
  /** @type {ComChannel | null} */
  #channel = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #reconnection;
  #closed = false;
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
    this.#config = makeConfig(userConfig);
    this.#forwardPeers();
    this.#connect();
  }

  /** Ends all sessions and the connection, and does not come back. */
  close() {
    this.#closed = true;
    clearTimeout(this.#reconnection);
    this.#channel?.close();
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

  #connect() {
    const channel = new ComChannel(this.#config, this.#peers);
    let announced = false;

    this.#channel = channel;
    channel.addEventListener("ready", () => {
      announced = true;
      this.#connectionListeners.notify("connected", channel.clientId);
    });
    channel.addEventListener("error", (event) => {
      const { message, error } = /** @type {ErrorEvent} */ (event);

      console.error(message, error);
    });
    channel.addEventListener("closed", () => this.#onClosed(announced));
  }

  /** @param {boolean} announced whether listeners know of the connection */
  #onClosed(announced) {
    this.#channel = null;
    if (announced) {
      this.#connectionListeners.notify("disconnected");
    }
    if (this.#config.reconnectionTimeout > 0 && !this.#closed) {
      this.#reconnection = setTimeout(
        () => this.#connect(),
        this.#config.reconnectionTimeout
      );
    }
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
    if (!this.#channel?.ready || !(stream instanceof MediaStream)) {
      return null;
    }
    return this.#channel.sessions.produce(stream, consumerId);
  }

  /**
   * @param {unknown} producerId
   * @param {RTCOfferOptions | null} offerOptions
   */
  #consume(producerId, offerOptions) {
    if (!this.#channel?.ready || typeof producerId !== "string") {
      return null;
    }
    return producerId
      ? this.#channel.sessions.consume(producerId, offerOptions)
      : null;
  }
}
