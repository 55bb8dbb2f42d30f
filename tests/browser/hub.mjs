/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A stand-in for gst-webrtc-signalling-server that is enough for two browser
 * pages: welcome, status, lists, sessions and forwarding, and the errors that
 * a page can cause. Tests use the real program where there is one.
 */

import { randomUUID } from "node:crypto";

import { WebSocketServer } from "ws";

/**
 * @typedef {object} Peer
 * @property {string} id
 * @property {import("ws").WebSocket} socket
 * @property {string[]} roles
 * @property {unknown} meta
 */

export class Hub {
  #server;
  /** @type {Map<string, Peer>} */
  #peers = new Map();
  /** @type {Map<string, { producer: Peer, consumer: Peer }>} */
  #sessions = new Map();

  /** @param {WebSocketServer} server listening */
  constructor(server) {
    this.#server = server;
    server.on("connection", (socket) => this.#welcome(socket));
  }

  /**
   * @param {number} [port] 0 for a free one
   * @returns {Promise<Hub>} once it listens
   */
  static async listen(port = 0) {
    const server = new WebSocketServer({ host: "127.0.0.1", port });
    const hub = new Hub(server);

    await new Promise((resolve, reject) => {
      server.once("listening", resolve);
      server.once("error", reject);
    });
    return hub;
  }

  get port() {
    return /** @type {import("node:net").AddressInfo} */ (
      this.#server.address()
    ).port;
  }

  async stop() {
    for (const { socket } of this.#peers.values()) {
      socket.terminate();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param {import("ws").WebSocket} socket */
  #welcome(socket) {
    /** @type {Peer} */
    const peer = { id: randomUUID(), socket, roles: [], meta: null };

    this.#peers.set(peer.id, peer);
    socket.on("message", (data) => this.#handle(peer, String(data)));
    socket.on("close", () => this.#leave(peer));
    send(peer, { type: "welcome", peerId: peer.id });
  }

  /**
   * @param {Peer} peer
   * @param {string} text
   */
  #handle(peer, text) {
    const message = JSON.parse(text);

    switch (message.type) {
      case "setProtocolVersion":
        break;
      case "setPeerStatus":
        this.#setStatus(peer, message);
        break;
      case "list":
        send(peer, { type: "list", producers: this.#having("producer") });
        break;
      case "listConsumers":
        send(peer, {
          type: "listConsumers",
          consumers: this.#having("consumer"),
        });
        break;
      case "startSession":
        this.#startSession(peer, message);
        break;
      case "endSession":
        this.#endSession(message.sessionId, peer);
        break;
      case "peer":
        this.#forward(peer, message);
        break;
      default:
        throw new Error(`the page sent ${text}`);
    }
  }

  /** @param {string} role */
  #having(role) {
    return [...this.#peers.values()]
      .filter(({ roles }) => roles.includes(role))
      .map(({ id, meta }) => ({ id, meta }));
  }

  /**
   * @param {Peer} peer
   * @param {{ roles: string[], meta?: unknown }} status
   */
  #setStatus(peer, { roles, meta = null }) {
    const stopped =
      peer.roles.includes("producer") && !roles.includes("producer");

    if (stopped) {
      this.#endSessions(({ producer }) => producer === peer, peer);
    }
    Object.assign(peer, { roles, meta });
    this.#broadcast(peer);
  }

  /**
   * @param {Peer} consumer
   * @param {{ peerId: string, offer?: string | null }} message
   */
  #startSession(consumer, { peerId, offer = null }) {
    const producer = this.#peers.get(peerId);

    if (!producer?.roles.includes("producer")) {
      const details = `Peer with ID '${peerId}' not found`;

      send(consumer, { type: "error", details });
      return;
    }

    const sessionId = randomUUID();
    this.#sessions.set(sessionId, { producer, consumer });
    send(consumer, { type: "sessionStarted", peerId, sessionId });
    send(producer, {
      type: "startSession",
      peerId: consumer.id,
      sessionId,
      offer,
    });
  }

  /**
   * @param {Peer} from
   * @param {{ sessionId: string }} message
   */
  #forward(from, message) {
    const session = this.#sessions.get(message.sessionId);

    if (session) {
      const { producer, consumer } = session;

      send(from === producer ? consumer : producer, message);
    }
  }

  /**
   * @param {string} sessionId
   * @param {Peer} by
   */
  #endSession(sessionId, by) {
    const session = this.#sessions.get(sessionId);

    if (session && this.#sessions.delete(sessionId)) {
      const { producer, consumer } = session;

      send(by === producer ? consumer : producer, {
        type: "endSession",
        sessionId,
      });
    }
  }

  /**
   * @param {(session: { producer: Peer, consumer: Peer }) => boolean} which
   * @param {Peer} by
   */
  #endSessions(which, by) {
    for (const [sessionId, session] of [...this.#sessions]) {
      if (which(session)) {
        this.#endSession(sessionId, by);
      }
    }
  }

  /** @param {Peer} peer */
  #leave(peer) {
    this.#peers.delete(peer.id);
    this.#endSessions(
      ({ producer, consumer }) => producer === peer || consumer === peer,
      peer
    );
    peer.roles = [];
    this.#broadcast(peer);
  }

  /** @param {Peer} peer */
  #broadcast({ id, roles, meta }) {
    for (const listener of this.#peers.values()) {
      if (listener.roles.includes("listener")) {
        send(listener, { type: "peerStatusChanged", peerId: id, roles, meta });
      }
    }
  }
}

/**
 * @param {Peer} peer
 * @param {object} message
 */
function send({ socket }, message) {
  if (socket.readyState === socket.OPEN) {
    socket.send(JSON.stringify(message));
  }
}
