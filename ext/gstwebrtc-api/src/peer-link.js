/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * An RTCPeerConnection and the order in which it is fed.
 *
 * What the peer sends goes through one promise chain (#work), because an
 * offer takes several asynchronous steps and nothing may overtake it.
 * Candidates that come before any remote description wait in #candidates.
 *
 * close() can happen while a step is awaited. Each step therefore looks at
 * #closed when it goes on, and what a step throws after close() is nobody's
 * business any more.
 */

/**
 * What a link needs from its session.
 *
 * @typedef {object} LinkOwner
 * @property {(ice: RTCIceCandidateInit) => void} sendCandidate
 * @property {(sdp: RTCSessionDescriptionInit) => void} sendDescription
 * @property {(link: PeerLink) => Promise<RTCSessionDescriptionInit | null>
 * } writeAnswer null: the browser may write it
 * @property {(message: string, cause: unknown) => void} linkFailed
 * @property {() => void} pathLost ICE or DTLS failed
 * @property {() => void} pathFound connected, for the first time or again
 */

export class PeerLink {
  #owner;
  #connection;
  #closed = false;
  /** @type {(RTCIceCandidateInit | null)[]} */
  #candidates = [];
  #work = Promise.resolve();

  /**
   * @param {RTCConfiguration} configuration
   * @param {LinkOwner} owner
   */
  constructor(configuration, owner) {
    this.#owner = owner;
    this.#connection = new RTCPeerConnection(configuration);
    this.#connection.onicecandidate = (event) => {
      if (event.candidate && !this.#closed) {
        owner.sendCandidate(event.candidate.toJSON());
      }
    };
    this.#connection.onconnectionstatechange = () => this.#onPath();
  }

  get connection() {
    return this.#connection;
  }

  get closed() {
    return this.#closed;
  }

  close() {
    const connection = this.#connection;

    this.#closed = true;
    this.#candidates = [];
    connection.onicecandidate = connection.onconnectionstatechange = null;
    connection.ontrack = connection.ondatachannel = null;
    connection.onnegotiationneeded = null;
    connection.close();
  }

  /** @param {import("./messages.js").PeerMessage} message */
  accept(message) {
    this.enqueue("cannot use what the peer sent", async () => {
      if (message.sdp) {
        await this.#acceptDescription(message.sdp);
      } else if (message.ice) {
        await this.#acceptCandidate(message.ice);
      } else {
        throw new Error("peer message with neither sdp nor ice");
      }
    });
  }

  /**
   * Runs a job behind those before it; one that throws fails the link.
   *
   * @param {string} what has gone wrong if the job throws
   * @param {() => Promise<void>} job
   */
  enqueue(what, job) {
    this.#work = this.#work
      .then(() => (this.#closed ? undefined : job()))
      .catch((error) => {
        if (!this.#closed) {
          this.#owner.linkFailed(what, error);
        }
      });
  }

  #onPath() {
    const { connectionState } = this.#connection;

    if (this.#closed) {
      return;
    }
    if (connectionState === "failed") {
      this.#owner.pathLost();
    } else if (connectionState === "connected") {
      this.#owner.pathFound();
    }
  }

  /**
   * Makes the description the local one and sends it.
   *
   * @param {RTCSessionDescriptionInit | null} description null: the one that
   *   the signalling state asks for
   */
  async describe(description) {
    await this.#connection.setLocalDescription(description ?? undefined);

    const local = this.#connection.localDescription;
    if (local && !this.#closed) {
      this.#owner.sendDescription({ type: local.type, sdp: local.sdp });
    }
  }

  /** @param {import("./messages.js").SdpMessage} description */
  async #acceptDescription(description) {
    await this.#connection.setRemoteDescription(description);
    for (const candidate of this.#candidates.splice(0)) {
      await this.#addCandidate(candidate);
    }
    if (description.type !== "offer" || this.#closed) {
      return;
    }

    const answer = await this.#owner.writeAnswer(this);
    if (!this.#closed) {
      await this.describe(answer);
    }
  }

  /** @param {RTCIceCandidateInit} ice */
  async #acceptCandidate(ice) {
    const candidate = ice.candidate ? ice : null;

    if (this.#connection.remoteDescription) {
      await this.#addCandidate(candidate);
    } else {
      this.#candidates.push(candidate);
    }
  }

  /**
   * A candidate that the browser cannot use is one path less, not the end.
   *
   * @param {RTCIceCandidateInit | null} candidate null: no more will come
   */
  async #addCandidate(candidate) {
    try {
      await this.#connection.addIceCandidate(candidate);
    } catch (error) {
      if (!this.#closed) {
        console.warn("ignoring a candidate", candidate, error);
      }
    }
  }
}
