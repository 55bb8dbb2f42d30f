/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The messages of the signalling protocol, version 1.0 and our server's
 * additions to it: one JSON object per text frame, told apart by `type`. Only
 * what this client sends or receives.
 */

/** @typedef {"producer" | "listener" | "consumer"} PeerRole */

/**
 * @typedef {object} PeerStatus
 * @property {PeerRole[]} roles
 * @property {unknown} [meta]
 * @property {string} peerId
 */

/** @typedef {{ id: string, meta?: unknown }} PeerEntry */

/** @typedef {{ type: "offer" | "answer", sdp: string }} SdpMessage */

/**
 * Exactly one of sdp and ice is there.
 *
 * @typedef {object} PeerMessage
 * @property {"peer"} type
 * @property {string} sessionId
 * @property {SdpMessage} [sdp]
 * @property {RTCIceCandidateInit} [ice]
 */

/**
 * The members after peerId are an extension that not every server has.
 *
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {string} peerId
 * @property {string} [resumeToken]
 * @property {number} [resumeTimeout] in seconds
 * @property {boolean} [resumed]
 * @property {string[]} [sessions]
 * @property {number} [received] of ours, on the connection that was lost
 * @property {RTCIceServer[]} [iceServers]
 */

/**
 * @typedef {Welcome
 *   | ({ type: "peerStatusChanged" } & PeerStatus)
 *   | { type: "list", producers: PeerEntry[] }
 *   | { type: "listConsumers", consumers: PeerEntry[] }
 *   | { type: "sessionStarted", peerId: string, sessionId: string,
 *       iceServers?: RTCIceServer[] }
 *   | { type: "startSession", peerId: string, sessionId: string,
 *       offer?: string | null, iceServers?: RTCIceServer[] }
 *   | { type: "endSession", sessionId: string }
 *   | PeerMessage
 *   | { type: "error", details: string }} ServerMessage
 */

/**
 * @typedef {{ type: "setPeerStatus", roles: PeerRole[], meta: object | null,
 *     resumable?: boolean, resumeToken?: string, received?: number }
 *   | { type: "list" }
 *   | { type: "listConsumers" }
 *   | { type: "startSession", peerId: string, offer?: string }
 *   | { type: "endSession", sessionId: string }
 *   | { type: "peer", sessionId: string, sdp: RTCSessionDescriptionInit }
 *   | { type: "peer", sessionId: string, ice: RTCIceCandidateInit }
 * } ClientMessage
 */

/**
 * @param {unknown} text what the WebSocket delivered
 * @returns {ServerMessage} of which only `type` has been looked at
 */
export function parseMessage(text) {
  if (typeof text !== "string") {
    throw new Error("not a text message");
  }

  const message = JSON.parse(text);
  if (typeof message?.type !== "string") {
    throw new Error("message without a type");
  }
  return message;
}
