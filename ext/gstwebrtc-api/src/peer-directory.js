/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Who is out there. Knows the remote producers and passive consumers by what
 * the server told about them, and reports differences only: a peer that is
 * announced twice is added once, and a list that repeats what is known
 * reports nothing. A peer without any role is forgotten.
 */

/** @typedef {"producer" | "consumer"} WatchedRole */

/**
 * @typedef {object} Peer
 * @property {string} id
 * @property {Readonly<Record<string, unknown>>} meta
 */

/** @type {readonly WatchedRole[]} */
const watchedRoles = Object.freeze(["producer", "consumer"]);

/**
 * @param {string} id
 * @param {unknown} meta
 * @returns {Readonly<Peer>}
 */
function makePeer(id, meta) {
  const copy = meta !== null && typeof meta === "object" ? { ...meta } : {};

  return Object.freeze({ id, meta: Object.freeze(copy) });
}

/**
 * Events, each a CustomEvent with detail {peer, role}: `peerAdded`,
 * `peerChanged`, `peerRemoved`.
 */
export class PeerDirectory extends EventTarget {
  /** @type {Record<WatchedRole, Map<string, Readonly<Peer>>>} */
  #peers = { producer: new Map(), consumer: new Map() };

  /**
   * @param {WatchedRole} role
   * @returns {Readonly<Peer>[]}
   */
  list(role) {
    return [...this.#peers[role].values()];
  }

  /**
   * One peer's new status.
   *
   * @param {import("./messages.js").PeerStatus} status
   */
  update(status) {
    for (const role of watchedRoles) {
      if (status.roles.includes(role)) {
        this.#put(role, makePeer(status.peerId, status.meta));
      } else {
        this.#drop(role, status.peerId);
      }
    }
  }

  /**
   * The complete list of those with a role.
   *
   * @param {WatchedRole} role
   * @param {import("./messages.js").PeerEntry[]} entries
   */
  replace(role, entries) {
    const ids = new Set(entries.map((entry) => entry.id));

    for (const id of [...this.#peers[role].keys()]) {
      if (!ids.has(id)) {
        this.#drop(role, id);
      }
    }
    for (const entry of entries) {
      this.#put(role, makePeer(entry.id, entry.meta));
    }
  }

  /** Forgets everybody. */
  clear() {
    for (const role of watchedRoles) {
      this.replace(role, []);
    }
  }

  /**
   * @param {WatchedRole} role
   * @param {Readonly<Peer>} peer
   */
  #put(role, peer) {
    const known = this.#peers[role].get(peer.id);

    if (known && JSON.stringify(known.meta) === JSON.stringify(peer.meta)) {
      return;
    }
    this.#peers[role].set(peer.id, peer);
    this.#emit(known ? "peerChanged" : "peerAdded", { peer, role });
  }

  /**
   * @param {WatchedRole} role
   * @param {string} peerId
   */
  #drop(role, peerId) {
    const peer = this.#peers[role].get(peerId);

    if (peer) {
      this.#peers[role].delete(peerId);
      this.#emit("peerRemoved", { peer, role });
    }
  }

  /**
   * @param {string} type
   * @param {object} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
