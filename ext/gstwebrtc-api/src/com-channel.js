/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The WebSocket to the signalling server, for one life of it: after `closed`
 * a channel is not used again.
 *
 * The server welcomes us with our id; we say what we are and are ready when
 * it tells us that we are a listener. One that keeps lost peers (it sends a
 * `resumeToken`) is asked to do so, and whoever has a token from an earlier
 * life hands it in. That is answered by a second welcome: either we are who we were,
 * and ready at once, or we go on as somebody new.
 */

import { emitError } from "./events.js";
import { parseMessage } from "./messages.js";
import { SentLog } from "./sent-log.js";

/** how long a server may take, in ms */
const patience = 15000;

/**
 * @typedef {object} Hello
 * @property {import("./messages.js").PeerRole[]} roles
 * @property {object | null} meta
 * @property {string} resumeToken of an earlier life, or empty
 * @property {number} received how many messages came in that life
 */

/**
 * Events: `ready`, `message` (CustomEvent, detail is the message), `error`
 * (ErrorEvent), `closed`.
 */
export class ComChannel extends EventTarget {
  #socket;
  #hello;
  #timer;
  #clientId = "";
  #ready = false;
  #closed = false;
  #asked = false;
  /** @type {string[] | null} */
  #sessions = null;
  #resumeToken = "";
  #resumeTimeout = 0;
  #closeCode = 0;
  #received = 0;
  #arrived = -1;
  #sent = new SentLog();

  /**
   * @param {string} url
   * @param {() => Hello} hello asked when the server is there
   */
  constructor(url, hello) {
    super();
    this.#hello = hello;
    this.#socket = new WebSocket(url);
    this.#timer = setTimeout(() => {
      emitError(this, "error from signaling server", "it does not answer");
      this.close();
    }, patience);
    this.#socket.onmessage = (event) => this.#onMessage(event.data);
    this.#socket.onerror = () => {
      /* not the whole address, a token may be in it */
      const where = url.split("?")[0];

      emitError(this, "error from signaling server", `cannot reach ${where}`);
      this.close();
    };
    this.#socket.onclose = (event) => {
      this.#closeCode = event?.code ?? 0;
      this.close();
    };
  }

  /** Empty until the server has welcomed us. */
  get clientId() {
    return this.#clientId;
  }

  get ready() {
    return this.#ready;
  }

  /** With what to come back after a loss; empty if that is not possible. */
  get resumeToken() {
    return this.#resumeToken;
  }

  /** For how many ms after a loss. */
  get resumeTimeout() {
    return this.#resumeTimeout;
  }

  /** The ids of those that outlived the loss; null if we are somebody new. */
  get resumedSessions() {
    return this.#sessions;
  }

  /** How many messages came. */
  get received() {
    return this.#received;
  }

  /** How many of ours arrived in the life before; -1 if nobody said. */
  get arrived() {
    return this.#arrived;
  }

  get sent() {
    return this.#sent;
  }

  /** Why the server closed it, as WebSockets number it; 0 if it did not. */
  get closeCode() {
    return this.#closeCode;
  }

  close() {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#ready = false;
    clearTimeout(this.#timer);
    this.#socket.close();
    this.dispatchEvent(new Event("closed"));
  }

  /**
   * @param {import("./messages.js").ClientMessage} message
   * @returns {boolean} false if there is no server to send it to
   */
  send(message) {
    return this.#ready && this.#write(message);
  }

  /** @param {import("./messages.js").ClientMessage} message */
  #write(message) {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#socket.send(JSON.stringify(message));
    this.#sent.add(message);
    return true;
  }

  /** @param {unknown} data */
  #onMessage(data) {
    if (this.#closed) {
      return;
    }
    this.#received++;
    try {
      const message = parseMessage(data);

      this.dispatchEvent(new CustomEvent("message", { detail: message }));
      if (message.type === "welcome") {
        this.#onWelcome(message);
      } else if (message.type === "peerStatusChanged") {
        this.#onStatus(message);
      }
    } catch (error) {
      emitError(this, "bad message from signaling server", error);
    }
  }

  /** @param {import("./messages.js").Welcome} welcome */
  #onWelcome(welcome) {
    const { peerId, resumeToken, resumeTimeout } = welcome;
    const { resumed, sessions, received } = welcome;

    this.#clientId = peerId;
    this.#resumeToken = typeof resumeToken === "string" ? resumeToken : "";
    this.#resumeTimeout = 1000 * (Number(resumeTimeout) || 0);
    if (!this.#asked) {
      this.#asked = true;
      this.#introduce();
    } else if (resumed === true) {
      this.#sessions = Array.isArray(sessions) ? sessions : [];
      this.#arrived = typeof received === "number" ? received : -1;
      this.#becomeReady();
    }
  }

  #introduce() {
    const { roles, meta, resumeToken, received } = this.#hello();
    const canResume = this.#resumeToken !== "";

    this.#write({
      type: "setPeerStatus",
      roles,
      meta,
      ...(canResume ? { resumable: true } : {}),
      ...(canResume && resumeToken ? { resumeToken, received } : {}),
    });
  }

  /** @param {import("./messages.js").PeerStatus} status */
  #onStatus({ peerId, roles }) {
    const isOurs = peerId === this.#clientId && Array.isArray(roles);

    if (isOurs && roles.includes("listener")) {
      this.#becomeReady();
    }
  }

  #becomeReady() {
    if (!this.#ready) {
      this.#ready = true;
      clearTimeout(this.#timer);
      this.dispatchEvent(new Event("ready"));
    }
  }
}
