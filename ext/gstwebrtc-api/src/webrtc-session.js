/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One session with one peer: its state, its id and its PeerLink.
 *
 * Our own candidates wait in #candidates until the server has named the
 * session, which for a session that begins with our offer is after the
 * browser has begun to gather them.
 */

import { emitError } from "./events.js";
import { PeerLink } from "./peer-link.js";
import { SessionState } from "./session-state.js";
import { StatsReader } from "./stats.js";

/** @typedef {import("./server-link.js").ServerLink} ServerLink */

/**
 * Events: `error` (ErrorEvent), `stateChanged`, `rtcPeerConnectionChanged`,
 * `closed`.
 */
export class WebRTCSession extends EventTarget {
  #peerId;
  #sessionId = "";
  /** @type {import("./session-state.js").State} */
  #state = SessionState.idle;
  #server;
  /** @type {PeerLink | null} */
  #link = null;
  #endedByPeer = false;
  /** @type {StatsReader | null} */
  #stats = null;
  /** @type {RTCIceCandidateInit[]} */
  #candidates = [];

  /**
   * @param {string} peerId
   * @param {ServerLink} server
   */
  constructor(peerId, server) {
    super();
    this.#peerId = peerId;
    this.#server = server;
  }

  /** The other side. */
  get peerId() {
    return this.#peerId;
  }

  /** Empty until the server has named the session. */
  get sessionId() {
    return this.#sessionId;
  }

  /** One of SessionState. */
  get state() {
    return this.#state;
  }

  /** Null before the session has begun and after it is closed. */
  get rtcPeerConnection() {
    return this.#link?.connection ?? null;
  }

  /**
   * What the browser measures, in few words. Rates are those since the call
   * before, and 0 in the first one.
   *
   * @returns {Promise<import("./stats.js").SessionStats | null>} null without
   *   a connection
   */
  async stats() {
    const connection = this.rtcPeerConnection;

    if (!connection) {
      return null;
    }
    if (this.#stats?.connection !== connection) {
      this.#stats = new StatsReader(connection);
    }
    return this.#stats.read();
  }

  /** Ends the session, for the other side too. */
  close() {
    if (this.#state === SessionState.closed) {
      return;
    }
    this.#tellEnd();
    this.enterState(SessionState.closed);
    this.#dropLink();
    this.dispatchEvent(new Event("closed"));
  }

  /**
   * The other side or the server ended the session.
   *
   * @internal
   */
  endedByPeer() {
    this.#endedByPeer = true;
    this.close();
  }

  /**
   * The connection to the server was lost and is back.
   *
   * @internal
   * @param {string[]} ids of the sessions that the server still knows
   */
  resumed(ids) {
    if (this.#sessionId && !ids.includes(this.#sessionId)) {
      this.endedByPeer();
    }
  }

  /**
   * The server knows the session no more. With a path to the peer it goes on
   * for as long as that holds.
   *
   * @internal
   */
  forgotten() {
    this.#endedByPeer = true;
    if (this.rtcPeerConnection?.connectionState !== "connected") {
      this.close();
    }
  }

  /**
   * @internal
   * @param {string} sessionId
   */
  assignSessionId(sessionId) {
    this.#sessionId = sessionId;
    for (const candidate of this.#candidates.splice(0)) {
      this.#sendCandidate(candidate);
    }
  }

  /**
   * @internal
   * @param {import("./messages.js").PeerMessage} message
   */
  handlePeerMessage(message) {
    if (this.#state !== SessionState.closed) {
      this.ensureLink().accept(message);
    }
  }

  /** @protected */
  get server() {
    return this.#server;
  }

  /**
   * @protected
   * @param {import("./session-state.js").State} state
   */
  enterState(state) {
    if (state > this.#state) {
      this.#state = state;
      this.dispatchEvent(new Event("stateChanged"));
    }
  }

  /**
   * Reports what went wrong, then closes.
   *
   * @protected
   * @param {string} message
   * @param {unknown} cause
   */
  fail(message, cause) {
    if (this.#state !== SessionState.closed) {
      emitError(this, message, cause);
      this.close();
    }
  }

  /**
   * @protected
   * @returns {PeerLink} the current one, made when there is none
   */
  ensureLink() {
    if (this.#link) {
      return this.#link;
    }

    const link = new PeerLink(this.#server.webrtcConfig, {
      sendCandidate: (ice) => this.#sendCandidate(ice),
      sendDescription: (sdp) => this.#sendDescription(sdp),
      writeAnswer: (owner) => this.writeAnswer(owner),
      linkFailed: (message, cause) => this.fail(message, cause),
      pathLost: () => this.pathLost(),
      pathFound: () => this.pathFound(),
    });
    this.#link = link;
    this.prepareConnection(link.connection);
    this.dispatchEvent(new Event("rtcPeerConnectionChanged"));
    return link;
  }

  /**
   * Ends what there is with the peer, so that the session can begin anew.
   *
   * @protected
   */
  forgetPeer() {
    this.#tellEnd();
    this.#sessionId = "";
    this.#endedByPeer = false;
    this.#dropLink();
  }

  /**
   * There is no way to the peer any more, or never was.
   *
   * @protected
   */
  pathLost() {
    this.fail("connection failed", "no working path to the peer");
  }

  /** @protected */
  pathFound() {}

  /**
   * For what a kind of session wants from a new connection.
   *
   * @protected
   * @param {RTCPeerConnection} _connection
   */
  prepareConnection(_connection) {}

  /**
   * The answer to the offer that was just applied; null lets the browser
   * write it.
   *
   * @protected
   * @param {PeerLink} _link
   * @returns {Promise<RTCSessionDescriptionInit | null>}
   */
  async writeAnswer(_link) {
    return null;
  }

  #tellEnd() {
    if (this.#sessionId && !this.#endedByPeer) {
      this.#server.send({ type: "endSession", sessionId: this.#sessionId });
    }
  }

  /** @param {RTCIceCandidateInit} ice */
  #sendCandidate(ice) {
    if (this.#sessionId) {
      this.#server.send({ type: "peer", sessionId: this.#sessionId, ice });
    } else {
      this.#candidates.push(ice);
    }
  }

  /** @param {RTCSessionDescriptionInit} sdp */
  #sendDescription(sdp) {
    const sessionId = this.#sessionId;

    if (!this.#server.send({ type: "peer", sessionId, sdp })) {
      throw new Error("no connection to the signaling server");
    }
  }

  #dropLink() {
    const link = this.#link;

    this.#candidates = [];
    this.#stats = null;
    if (link) {
      this.#link = null;
      link.close();
      this.dispatchEvent(new Event("rtcPeerConnectionChanged"));
    }
  }
}
