/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The sessions that the page watches. A tile and the player may show the same
 * stream: they share one session, which is closed when the last lets go.
 */

/** @typedef {import("./src/consumer-session.js").ConsumerSession} ConsumerSession */

/**
 * All tracks of a connection that carry something now, whatever streams they
 * belong to.
 *
 * @param {RTCPeerConnection} connection
 * @param {() => void} changed
 * @returns {MediaStream} kept up to date
 */
function follow(connection, changed) {
  const media = new MediaStream();
  const receives = (/** @type {RTCRtpTransceiver} */ { currentDirection }) =>
    ["recvonly", "sendrecv"].includes(currentDirection ?? "");

  connection.addEventListener("track", ({ track }) => {
    media.addTrack(track);
    changed();
  });
  connection.addEventListener("signalingstatechange", () => {
    if (connection.signalingState !== "stable") {
      return;
    }
    for (const transceiver of connection.getTransceivers()) {
      if (receives(transceiver)) {
        media.addTrack(transceiver.receiver.track);
      } else {
        media.removeTrack(transceiver.receiver.track);
      }
    }
    changed();
  });
  return media;
}

/** One of those who show a session. */
export class Viewing extends EventTarget {
  #shared;
  #release;

  /**
   * @param {SharedSession} shared
   * @param {() => void} release
   */
  constructor(shared, release) {
    super();
    this.#shared = shared;
    this.#release = release;
  }

  get session() {
    return this.#shared.session;
  }

  /** Null while there is no connection. */
  get media() {
    return this.#shared.media;
  }

  end() {
    this.#release();
  }
}

/**
 * @typedef {object} SharedSession
 * @property {ConsumerSession} session
 * @property {MediaStream | null} media
 * @property {Set<Viewing>} viewings
 */

/** Events of a Viewing: `mediaChanged` (or its tracks), `ended`. */
export class SessionPool {
  #create;
  /** @type {Map<string, SharedSession>} by the producer's id */
  #shared = new Map();

  /**
   * @param {(peerId: string) => ConsumerSession | null} create null: not
   *   connected
   */
  constructor(create) {
    this.#create = create;
  }

  /**
   * @param {string} peerId
   * @returns {Viewing | null} null if not connected
   */
  view(peerId) {
    const shared = this.#shared.get(peerId) ?? this.#begin(peerId);
    if (!shared) {
      return null;
    }

    const viewing = new Viewing(shared, () => {
      shared.viewings.delete(viewing);
      if (shared.viewings.size === 0) {
        shared.session.close();
      }
    });
    shared.viewings.add(viewing);
    return viewing;
  }

  /**
   * @param {string} peerId
   * @returns {SharedSession | null}
   */
  #begin(peerId) {
    const session = this.#create(peerId);
    if (!session) {
      return null;
    }

    /** @type {SharedSession} */
    const shared = { session, media: null, viewings: new Set() };
    const tell = (/** @type {string} */ type) => {
      for (const viewing of [...shared.viewings]) {
        viewing.dispatchEvent(new Event(type));
      }
    };
    this.#shared.set(peerId, shared);
    session.addEventListener("rtcPeerConnectionChanged", () => {
      const connection = session.rtcPeerConnection;

      shared.media = connection
        ? follow(connection, () => tell("mediaChanged"))
        : null;
      tell("mediaChanged");
    });
    session.addEventListener("closed", () => {
      this.#shared.delete(peerId);
      tell("ended");
    });
    session.mungeStereoHack = true;
    if (!session.connect()) {
      session.close();
      return null;
    }
    return shared;
  }
}
