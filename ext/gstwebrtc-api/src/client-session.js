/* SPDX-License-Identifier: LGPL-2.1-or-later */

import { SessionState } from "./session-state.js";
import { WebRTCSession } from "./webrtc-session.js";

/**
 * One consumer of a producer session. Streaming from the beginning. Whoever
 * changes what its connection sends has it offered again.
 */
export class ClientSession extends WebRTCSession {
  #stream;

  /**
   * @param {string} peerId
   * @param {string} sessionId
   * @param {import("./server-link.js").ServerLink} server
   * @param {MediaStream} stream
   */
  constructor(peerId, sessionId, server, stream) {
    super(peerId, server);
    this.#stream = stream;
    this.assignSessionId(sessionId);
    this.enterState(SessionState.streaming);
  }

  /**
   * Offers the stream.
   *
   * @internal
   */
  start() {
    const link = this.ensureLink();

    link.enqueue("cannot offer the stream", () => link.describe(null));
  }

  /**
   * @protected
   * @param {RTCPeerConnection} connection
   */
  prepareConnection(connection) {
    for (const track of this.#stream.getTracks()) {
      connection.addTrack(track, this.#stream);
    }
    connection.onnegotiationneeded = () => {
      if (connection.signalingState === "stable") {
        this.start();
      }
    };
  }
}
