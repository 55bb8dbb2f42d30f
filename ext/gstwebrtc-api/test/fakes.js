/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The browser's classes as far as the library uses them, driven by the test:
 * nothing happens that the test does not make happen.
 */

import { afterEach } from "node:test";

export class FakeSocket {
  static OPEN = 1;
  /** @type {FakeSocket[]} */
  static all = [];

  readyState = 0;
  /** @type {any[]} */
  sent = [];
  /** @type {any} */
  onmessage = null;
  /** @type {any} */
  onerror = null;
  /** @type {any} */
  onclose = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  static get last() {
    return /** @type {FakeSocket} */ (FakeSocket.all.at(-1));
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  /** @param {object | string} message */
  receive(message) {
    const data =
      typeof message === "string" ? message : JSON.stringify(message);

    this.onmessage({ data });
  }

  /**
   * The connection breaks.
   *
   * @param {number} [code] why
   */
  lose(code = 1006) {
    this.readyState = 3;
    this.onclose({ code });
  }

  /**
   * What was sent since the last call.
   *
   * @returns {any[]}
   */
  take() {
    return this.sent.splice(0);
  }
}

export class FakeConnection extends EventTarget {
  /** @type {FakeConnection[]} */
  static all = [];
  /** Makes setRemoteDescription() throw. */
  static broken = false;

  connectionState = "new";
  signalingState = "stable";
  /** @type {any} */
  localDescription = null;
  /** @type {any} */
  remoteDescription = null;
  /** @type {any[]} */
  candidates = [];
  /** @type {any[]} */
  tracks = [];
  /** @type {string[]} */
  channels = [];
  closed = false;
  /** @type {any} */
  onicecandidate = null;
  /** @type {any} */
  onconnectionstatechange = null;
  /** @type {any} */
  ontrack = null;
  /** @type {any} */
  ondatachannel = null;
  /** @type {any} */
  onnegotiationneeded = null;

  /** @param {any} configuration */
  constructor(configuration) {
    super();
    this.configuration = configuration;
    FakeConnection.all.push(this);
  }

  static get last() {
    return /** @type {FakeConnection} */ (FakeConnection.all.at(-1));
  }

  /** @param {any} description */
  async setRemoteDescription(description) {
    if (FakeConnection.broken) {
      throw new Error("not an SDP");
    }
    this.remoteDescription = description;
    this.signalingState =
      description.type === "offer" ? "have-remote-offer" : "stable";
  }

  /** @param {any} [description] */
  async setLocalDescription(description) {
    const type =
      this.signalingState === "have-remote-offer" ? "answer" : "offer";

    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    this.localDescription = description ?? { type, sdp: `our ${type}` };
  }

  /** @param {any} options */
  async createOffer(options) {
    this.offerOptions = options;
    return { type: "offer", sdp: "our offer" };
  }

  async createAnswer() {
    return { type: "answer", sdp: "a=fmtp:96 minptime=10" };
  }

  /** @param {any} candidate */
  async addIceCandidate(candidate) {
    if (!this.remoteDescription) {
      throw new Error("too early");
    }
    this.candidates.push(candidate);
  }

  /** @param {any} track */
  addTrack(track) {
    this.tracks.push(track);
  }

  /** @param {string} label */
  createDataChannel(label) {
    this.channels.push(label);
  }

  close() {
    this.closed = true;
  }

  /** @param {string} candidate */
  gather(candidate) {
    const ice = { candidate, sdpMLineIndex: 0 };

    this.onicecandidate?.({ candidate: { toJSON: () => ice } });
  }

  /** @param {string} state */
  become(state) {
    this.connectionState = state;
    this.onconnectionstatechange?.({});
  }
}

export class FakeDataChannel {
  readyState = "open";
  /** @type {any[]} */
  sent = [];
  /** @type {any} */
  onmessage = null;
  /** @type {any} */
  onclose = null;
  /** @type {any} */
  onerror = null;

  /** @param {string} label */
  constructor(label) {
    this.label = label;
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = "closed";
  }

  /** @returns {any[]} what was sent since the last call */
  take() {
    return this.sent.splice(0);
  }
}

export class FakeStream extends EventTarget {
  tracks = [{ stopped: false, stop() { this.stopped = true; } }];

  getTracks() {
    return this.tracks;
  }

  /** @param {any} track */
  addTrack(track) {
    this.tracks.push(track);
  }
}

class FakeErrorEvent extends Event {
  /**
   * @param {string} type
   * @param {{ message: string, error: Error }} init
   */
  constructor(type, { message, error }) {
    super(type);
    this.message = message;
    this.error = error;
  }
}

Object.assign(globalThis, {
  WebSocket: FakeSocket,
  RTCPeerConnection: FakeConnection,
  MediaStream: FakeStream,
  ErrorEvent: FakeErrorEvent,
});

const { default: GstWebRTCAPI } = await import("../src/index.js");

/** @type {{ close(): void }[]} */
const clients = [];

/**
 * A client that is closed after the test, as its timers go on for ever.
 *
 * @param {unknown} [config]
 */
export function connect(config) {
  const api = new GstWebRTCAPI(config);

  clients.push(api);
  return api;
}

afterEach(() => {
  for (const api of clients.splice(0)) {
    api.close();
  }
  FakeSocket.all.length = 0;
  FakeConnection.all.length = 0;
  FakeConnection.broken = false;
});

/** Lets every promise that can go on go on. */
export function settle() {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The names of the events that come, in order.
 *
 * @param {EventTarget} target
 * @param {string[]} types
 * @returns {string[]} grows
 */
export function record(target, types) {
  /** @type {string[]} */
  const seen = [];

  for (const type of types) {
    target.addEventListener(type, (event) => {
      const { message } = /** @type {any} */ (event);

      seen.push(message ? `${type}: ${message}` : type);
    });
  }
  return seen;
}

/**
 * Brings the newest socket to where the server lists us as a listener.
 *
 * @param {string} [peerId] ours
 * @param {object} [extension] of the welcome
 * @returns {FakeSocket} with nothing left to take
 */
export function becomeReady(peerId = "me", extension = {}) {
  const socket = FakeSocket.last;

  socket.readyState = FakeSocket.OPEN;
  socket.receive({ type: "welcome", peerId, ...extension });
  socket.receive({
    type: "peerStatusChanged",
    peerId,
    roles: ["listener"],
    meta: null,
  });
  socket.take();
  return socket;
}
