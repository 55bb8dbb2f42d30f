/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The WebSocket to the signalling server, for one life of it: after `closed`
 * a channel is not used again.
 *
 * The server welcomes us with our id; we ask to be a listener and are ready
 * when it tells us that we are. Before that, send() refuses. A session whose
 * end cannot be told (the socket is gone) is ended by the server anyway.
 */

import { emitError } from "./events.js";
import { parseMessage } from "./messages.js";
import { SessionTable } from "./session-table.js";

/**
 * Events: `ready`, `error` (ErrorEvent), `closed`.
 */
export class ComChannel extends EventTarget {
  #socket;
  #config;
  #clientId = "";
  #ready = false;
  #closed = false;
  #peers;
  #sessions;

  /**
   * @param {Readonly<import("./config.js").Config>} config
   * @param {import("./peer-directory.js").PeerDirectory} peers kept up to date, cleared at the end
   */
  constructor(config, peers) {
    super();
    this.#config = config;
    this.#peers = peers;
    this.#sessions = new SessionTable(this);
    this.#socket = new WebSocket(config.signalingServerUrl);
    this.#socket.onmessage = (event) => this.#onMessage(event.data);
    this.#socket.onerror = () => {
      const url = config.signalingServerUrl;

      emitError(this, "error from signaling server", `cannot reach ${url}`);
      this.close();
    };
    this.#socket.onclose = () => this.close();
  }

  /** Empty until the server has welcomed us. */
  get clientId() {
    return this.#clientId;
  }

  get ready() {
    return this.#ready;
  }

  get sessions() {
    return this.#sessions;
  }

  get webrtcConfig() {
    return this.#config.webrtcConfig;
  }

  /** Closes all sessions and the connection to the server. */
  close() {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#sessions.closeAll();
    this.#ready = false;
    this.#socket.close();
    this.#peers.clear();
    this.dispatchEvent(new Event("closed"));
  }

  /**
   * @param {import("./messages.js").ClientMessage} message
   * @returns {boolean} false if there is no server to send it to
   */
  send(message) {
    return this.#ready && this.#write(message);
  }

  /**
   * Tells the server what we are.
   *
   * @param {import("./messages.js").PeerRole[]} roles
   * @returns {boolean} false if there is no server to tell
   */
  announce(roles) {
    const { meta } = this.#config;

    return this.send({ type: "setPeerStatus", roles, meta });
  }

  /** @param {import("./messages.js").ClientMessage} message */
  #write(message) {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** @param {unknown} data */
  #onMessage(data) {
    if (this.#closed) {
      return;
    }
    try {
      this.#dispatch(parseMessage(data));
    } catch (error) {
      emitError(this, "bad message from signaling server", error);
    }
  }

  /** @param {import("./messages.js").ServerMessage} message */
  #dispatch(message) {
    switch (message.type) {
      case "welcome":
        this.#onWelcome(message.peerId);
        break;
      case "peerStatusChanged":
        this.#onStatus(message);
        break;
      case "list":
        this.#peers.replace("producer", this.#others(message.producers));
        break;
      case "listConsumers":
        this.#peers.replace("consumer", this.#others(message.consumers));
        break;
      case "sessionStarted":
        this.#onSessionStarted(message);
        break;
      case "startSession":
        this.#onStartSession(message);
        break;
      case "endSession":
        this.#sessions.find(message.sessionId)?.endedByPeer();
        break;
      case "peer":
        this.#sessions.find(message.sessionId)?.handlePeerMessage(message);
        break;
      case "error":
        emitError(
          this,
          "error received from signaling server",
          message.details
        );
        break;
      default:
        throw new Error(
          `unknown type ${JSON.stringify(
            /** @type {{ type: string }} */ (message).type
          )}`
        );
    }
  }

  /** @param {string} peerId */
  #onWelcome(peerId) {
    const { meta } = this.#config;

    this.#clientId = peerId;
    this.#write({ type: "setPeerStatus", roles: ["listener"], meta });
  }

  /** @param {import("./messages.js").PeerStatus} status */
  #onStatus(status) {
    if (!Array.isArray(status.roles)) {
      throw new Error("peer status without roles");
    }
    if (status.peerId !== this.#clientId) {
      this.#peers.update(status);
      return;
    }
    if (!this.#ready && status.roles.includes("listener")) {
      this.#becomeReady();
    }
    if (status.roles.includes("producer")) {
      this.#sessions.producer?.registered();
    }
  }

  #becomeReady() {
    this.#ready = true;
    this.dispatchEvent(new Event("ready"));
    this.send({ type: "list" });
    this.send({ type: "listConsumers" });
  }

  /** @param {{ peerId: string, sessionId: string }} message */
  #onSessionStarted({ peerId, sessionId }) {
    if (!this.#sessions.started(peerId, sessionId)) {
      this.send({ type: "endSession", sessionId });
    }
  }

  /** @param {{ peerId: string, sessionId: string }} message */
  #onStartSession(message) {
    if (!this.#sessions.producer?.addClient(message)) {
      this.send({ type: "endSession", sessionId: message.sessionId });
    }
  }

  /** @param {import("./messages.js").PeerEntry[]} entries */
  #others(entries) {
    return entries.filter(({ id }) => id !== this.#clientId);
  }
}
