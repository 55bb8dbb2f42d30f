/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The way to the signalling server, over all lives of the connection. Each
 * life is a ComChannel.
 *
 * A loss is one of two. With a server that keeps lost peers, sessions and
 * what is known of others are *held*: media does not pass through the server
 * and need not notice. What sessions send meanwhile waits in #outbox, and what
 * they sent last is sent again if it did not arrive (SentLog). Holding
 * ends when the server has us back, says that it has not, or the time is
 * over; sessions that carry media go on even then, as those of GStreamer's
 * side do. With any other server everything ends with the connection.
 */

import { Backoff } from "./backoff.js";
import { ComChannel } from "./com-channel.js";
import { addressWith } from "./config.js";
import { emitError } from "./events.js";

/** @typedef {import("./messages.js").ClientMessage} ClientMessage */

/* what a server closes us with for something that we did */
const blamingCodes = Object.freeze([1008, 1009]);

const longestOutbox = 200;

/**
 * Events: `ready`, `lost` after a `ready`, `message` (CustomEvent), `resumed`
 * (CustomEvent, detail is the ids of the sessions that go on), `forgotten`
 * when what was held is not known to the server any more, `dropped` when
 * nothing is held, `error` (ErrorEvent).
 */
export class ServerLink extends EventTarget {
  #config;
  #backoff;
  /** @type {ComChannel | null} */
  #channel = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #expiry;
  #closed = false;
  #asking = false;
  #holding = false;
  #resumeToken = "";
  /** @type {ComChannel | null} the one that the token is of */
  #lost = null;
  /** @type {import("./messages.js").PeerRole[]} */
  #roles = ["listener"];
  /** @type {RTCIceServer[] | null} */
  #iceServers = null;
  /** @type {ClientMessage[]} */
  #outbox = [];
  #watching = false;

  /** @param {Readonly<import("./config.js").Config>} config */
  constructor(config) {
    super();
    this.#config = config;
    this.#backoff = new Backoff(config.reconnectionTimeout);
  }

  /** Empty while there is no connection. */
  get clientId() {
    return this.#channel?.clientId ?? "";
  }

  get ready() {
    return this.#channel?.ready ?? false;
  }

  /** How often a consumer session that lost its path may begin anew. */
  get sessionRetries() {
    return this.#config.sessionRetries;
  }

  /**
   * For a new RTCPeerConnection: the servers that the user named, else those
   * that the signalling server named, else the usual ones.
   *
   * @returns {RTCConfiguration}
   */
  get webrtcConfig() {
    const { webrtcConfig, ownIceServers } = this.#config;

    return this.#iceServers && !ownIceServers
      ? { ...webrtcConfig, iceServers: this.#iceServers }
      : webrtcConfig;
  }

  /** Connects; throws if the address is none. */
  open() {
    if (this.#channel || this.#asking || this.#closed) {
      return;
    }
    clearTimeout(this.#retry);
    this.#watchNetwork(true);
    if (typeof this.#config.token === "function") {
      this.#askForToken(this.#config.token);
    } else {
      this.#connect(this.#config.token);
    }
  }

  /** For good. */
  close() {
    this.#closed = true;
    this.#watchNetwork(false);
    clearTimeout(this.#retry);
    if (this.#channel) {
      this.#channel.close();
    } else {
      this.#drop();
    }
  }

  /**
   * @param {ClientMessage} message
   * @returns {boolean} false if there is no server to send it to
   */
  send(message) {
    if (this.ready) {
      return this.#channel?.send(message) ?? false;
    }
    /* a session's, which the server still knows */
    if (!this.#holding || !("sessionId" in message)) {
      return false;
    }
    this.#outbox.push(message);
    return this.#outbox.length <= longestOutbox || this.#giveUpHolding();
  }

  /**
   * Tells the server what we are, now or when it is there again.
   *
   * @param {import("./messages.js").PeerRole[]} roles
   * @returns {boolean} false if there is no server to tell
   */
  announce(roles) {
    const { meta } = this.#config;

    if (!this.ready && roles.includes("producer")) {
      return false;
    }
    this.#roles = roles;
    /* each status replaces the one before, with all that it said */
    return this.send({
      type: "setPeerStatus",
      roles,
      meta,
      ...(this.#channel?.resumeToken ? { resumable: true } : {}),
    });
  }

  /** @param {() => string | Promise<string>} ask */
  async #askForToken(ask) {
    this.#asking = true;
    try {
      const token = await ask();

      if (!this.#closed) {
        this.#connect(token);
      }
    } catch (error) {
      emitError(this, "no token for the signaling server", error);
      this.#connectLater();
    } finally {
      this.#asking = false;
    }
  }

  /** @param {string} token empty for none */
  #connect(token) {
    const { signalingServerUrl, meta } = this.#config;
    const address = addressWith(signalingServerUrl, token);
    const channel = new ComChannel(address, () => ({
      roles: this.#roles,
      meta,
      resumeToken: this.#resumeToken,
      received: this.#lost?.received ?? 0,
    }));
    let announced = false;

    this.#channel = channel;
    channel.addEventListener("ready", () => {
      announced = true;
      this.#onReady(channel);
    });
    channel.addEventListener("message", (event) => this.#forward(event));
    channel.addEventListener("error", (event) => {
      const { message, error } = /** @type {ErrorEvent} */ (event);

      emitError(this, message, error);
    });
    channel.addEventListener("closed", () =>
      this.#onClosed(channel, announced)
    );
  }

  /** @param {ComChannel} channel */
  #onReady(channel) {
    const sessions = channel.resumedSessions;
    const missing = this.#lost?.sent.missing(channel.arrived) ?? [];
    const outbox = missing.concat(this.#outbox);
    const wasHolding = this.#holding;

    this.#backoff.reset();
    this.#letGo();
    if (sessions) {
      this.#emit("resumed", sessions);
      for (const message of outbox) {
        channel.send(message);
      }
    } else if (wasHolding) {
      this.dispatchEvent(new Event("forgotten"));
    }
    this.dispatchEvent(new Event("ready"));
    this.send({ type: "list" });
    this.send({ type: "listConsumers" });
  }

  /**
   * @param {ComChannel} channel
   * @param {boolean} announced whether others know of this life
   */
  #onClosed(channel, announced) {
    const blamed = blamingCodes.includes(channel.closeCode);
    const goesOn = this.#comesBack && !blamed;

    this.#channel = null;
    if (goesOn && announced && channel.resumeToken) {
      this.#resumeToken = channel.resumeToken;
      this.#lost = channel;
      this.#hold(channel.resumeTimeout);
    } else if (!goesOn || announced) {
      this.#drop();
    }
    if (announced) {
      this.dispatchEvent(new Event("lost"));
    }
    if (blamed) {
      this.#backoff.discourage();
    }
    this.#connectLater();
  }

  get #comesBack() {
    return this.#config.reconnectionTimeout > 0 && !this.#closed;
  }

  #connectLater() {
    if (this.#comesBack) {
      this.#retry = setTimeout(() => this.open(), this.#backoff.next());
    }
  }

  /** @param {number} timeout in ms */
  #hold(timeout) {
    this.#holding = true;
    this.#expiry = setTimeout(() => this.#giveUpHolding(), timeout);
  }

  /** No more holding. */
  #letGo() {
    clearTimeout(this.#expiry);
    this.#holding = false;
    this.#resumeToken = "";
    this.#lost = null;
    this.#outbox = [];
  }

  /** @returns {false} */
  #giveUpHolding() {
    if (this.#holding) {
      this.#letGo();
      this.dispatchEvent(new Event("forgotten"));
    }
    return false;
  }

  #drop() {
    this.#letGo();
    this.#roles = ["listener"];
    this.#iceServers = null;
    this.dispatchEvent(new Event("dropped"));
  }

  /** @param {Event} event */
  #forward(event) {
    const { detail } = /** @type {CustomEvent} */ (event);

    if (Array.isArray(detail.iceServers)) {
      this.#iceServers = detail.iceServers;
    }
    this.#emit("message", detail);
  }

  /** @param {boolean} watch whether to try at once when there is a network */
  #watchNetwork(watch) {
    if (typeof window === "undefined" || watch === this.#watching) {
      return;
    }
    this.#watching = watch;
    if (watch) {
      window.addEventListener("online", this.#onOnline);
    } else {
      window.removeEventListener("online", this.#onOnline);
    }
  }

  #onOnline = () => {
    if (this.#comesBack) {
      this.open();
    }
  };

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
