/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The original form of the API: one client per page, which takes its
 * configuration from window.gstWebRTCConfig and connects by itself once the
 * document is there. It exists from the first time that the page touches it.
 */

import { ClientSession } from "./client-session.js";
import { ConsumerSession } from "./consumer-session.js";
import { GstWebRTCAPI } from "./gstwebrtc-api.js";
import { ListenerSet } from "./listener-set.js";
import { ProducerSession } from "./producer-session.js";
import { RemoteController } from "./remote-controller.js";
import { SessionState } from "./session-state.js";
import { WebRTCSession } from "./webrtc-session.js";

/** @typedef {import("./peer-directory.js").Peer} Peer */

/** @param {() => void} start */
function whenLoaded(start) {
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start, { once: true });
  } else {
    /* what is registered in this turn shall not miss anything */
    setTimeout(start);
  }
}

class Singleton {
  SessionState = SessionState;
  WebRTCSession = WebRTCSession;
  ClientSession = ClientSession;
  ConsumerSession = ConsumerSession;
  ProducerSession = ProducerSession;
  RemoteController = RemoteController;

  /** @type {GstWebRTCAPI | null} */
  #client = null;
  #connectionListeners = new ListenerSet(
    ({ connected, disconnected }) =>
      typeof connected === "function" && typeof disconnected === "function"
  );
  #producersListeners = new ListenerSet(
    ({ producerAdded, producerRemoved }) =>
      typeof producerAdded === "function" &&
      typeof producerRemoved === "function"
  );

  constructor() {
    whenLoaded(() => this.#connect());
  }

  /** @param {unknown} listener @returns {boolean} */
  registerConnectionListener(listener) {
    return this.#connectionListeners.add(listener);
  }

  /** @param {unknown} listener @returns {boolean} */
  unregisterConnectionListener(listener) {
    return this.#connectionListeners.remove(listener);
  }

  unregisterAllConnectionListeners() {
    this.#connectionListeners.clear();
  }

  /** @param {unknown} listener @returns {boolean} */
  registerProducersListener(listener) {
    return this.#producersListeners.add(listener);
  }

  /** @param {unknown} listener @returns {boolean} */
  unregisterProducersListener(listener) {
    return this.#producersListeners.remove(listener);
  }

  unregisterAllProducersListeners() {
    this.#producersListeners.clear();
  }

  getAvailableProducers() {
    return this.#client?.getAvailableProducers() ?? [];
  }

  /** @param {MediaStream} stream */
  createProducerSession(stream) {
    return this.#client?.createProducerSession(stream) ?? null;
  }

  /** @param {string} producerId */
  createConsumerSession(producerId) {
    return this.#client?.createConsumerSession(producerId) ?? null;
  }

  #connect() {
    const config = /** @type {any} */ (window).gstWebRTCConfig;
    const client = new GstWebRTCAPI(config);

    this.#client = client;
    client.registerConnectionListener({
      connected: (/** @type {string} */ clientId) =>
        this.#connectionListeners.notify("connected", clientId),
      disconnected: () => this.#connectionListeners.notify("disconnected"),
    });
    client.registerPeerListener({
      producerAdded: (/** @type {Peer} */ producer) =>
        this.#producersListeners.notify("producerAdded", producer),
      producerRemoved: (/** @type {Peer} */ producer) =>
        this.#producersListeners.notify("producerRemoved", producer),
    });
  }
}

export function makeSingleton() {
  return new Singleton();
}

/** Puts `gstWebRTCAPI` where pages look for it, made when they do. */
export function defineSingleton() {
  /** @type {Singleton | null} */
  let instance = null;

  Object.defineProperty(window, "gstWebRTCAPI", {
    configurable: true,
    enumerable: true,
    get: () => (instance ??= makeSingleton()),
  });
}
