/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Where each message of the server goes: to those who know the peers, to the
 * sessions, or nowhere.
 */

import { emitError } from "./events.js";

export class Router {
  #link;
  #peers;
  #sessions;

  /**
   * @param {import("./server-link.js").ServerLink} link
   * @param {import("./peer-directory.js").PeerDirectory} peers
   * @param {import("./session-table.js").SessionTable} sessions
   */
  constructor(link, peers, sessions) {
    this.#link = link;
    this.#peers = peers;
    this.#sessions = sessions;
  }

  /** @param {import("./messages.js").ServerMessage} message */
  route(message) {
    switch (message.type) {
      case "welcome":
        break;
      case "peerStatusChanged":
        this.#onStatus(message);
        break;
      case "list":
        this.#peers.replace("producer", this.#others(message.producers));
        this.#sessions.askAgain();
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
          this.#link,
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

  /** @param {import("./messages.js").PeerStatus} status */
  #onStatus(status) {
    if (!Array.isArray(status.roles)) {
      throw new Error("peer status without roles");
    }
    if (status.peerId !== this.#link.clientId) {
      this.#peers.update(status);
    } else if (status.roles.includes("producer")) {
      this.#sessions.producer?.registered();
    }
  }

  /** @param {{ peerId: string, sessionId: string }} message */
  #onSessionStarted({ peerId, sessionId }) {
    if (!this.#sessions.started(peerId, sessionId)) {
      this.#link.send({ type: "endSession", sessionId });
    }
  }

  /** @param {{ peerId: string, sessionId: string }} message */
  #onStartSession(message) {
    if (!this.#sessions.producer?.addClient(message)) {
      this.#link.send({ type: "endSession", sessionId: message.sessionId });
    }
  }

  /** @param {import("./messages.js").PeerEntry[]} entries */
  #others(entries) {
    return entries.filter(({ id }) => id !== this.#link.clientId);
  }
}
