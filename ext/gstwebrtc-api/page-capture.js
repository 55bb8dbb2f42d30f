/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Shares this device's camera and microphone: one producer session at a time,
 * with a preview. A device that lacks one of them shares the other.
 */

/** @typedef {import("./src/producer-session.js").ProducerSession} ProducerSession */

/** @returns {Promise<MediaStream>} */
async function openDevices() {
  if (!navigator.mediaDevices) {
    throw new Error(
      "this browser opens camera and microphone only for pages from " +
        "https:// or from this computer itself"
    );
  }

  const wishes = [
    { video: true, audio: true },
    { video: true },
    { audio: true },
  ];
  /** @type {unknown} */
  let reason;
  for (const wish of wishes) {
    try {
      return await navigator.mediaDevices.getUserMedia(wish);
    } catch (error) {
      reason = error;
      if (!(error instanceof Error) || error.name !== "NotFoundError") {
        break;
      }
    }
  }
  throw reason;
}

/** Events: `error` (ErrorEvent). */
export class Capture extends EventTarget {
  #root;
  #makeSession;
  /** @type {ProducerSession | null} */
  #session = null;
  #opening = false;
  #name = "";
  #watchers = 0;

  /**
   * @param {HTMLElement} root the #produce element
   * @param {(stream: MediaStream, name: string) => ProducerSession | null
   * } makeSession null when not connected
   */
  constructor(root, makeSession) {
    super();
    this.#root = root;
    this.#makeSession = makeSession;
    this.#find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    this.#find("#produce-stop").addEventListener("click", () => this.stop());
  }

  /** @param {boolean} possible */
  enable(possible) {
    /** @type {HTMLButtonElement} */ (
      this.#find("#produce-start")
    ).disabled = !possible;
  }

  async start() {
    if (this.#session || this.#opening) {
      return;
    }
    this.#opening = true;
    try {
      this.#begin(await openDevices());
    } catch (error) {
      this.#report("Cannot share", error);
    } finally {
      this.#opening = false;
    }
  }

  stop() {
    this.#session?.close();
  }

  /** @param {MediaStream} stream */
  #begin(stream) {
    const input = /** @type {HTMLInputElement} */ (this.#find("#produce-name"));
    const name = input.value.trim();
    const session = this.#makeSession(stream, name);

    if (!session) {
      stream.getTracks().forEach((track) => track.stop());
      throw new Error("not connected");
    }
    this.#session = session;
    this.#name = name ? `“${name}”` : "Your stream";
    this.#watchers = 0;
    session.addEventListener("error", (event) => {
      this.#report("While sharing", /** @type {ErrorEvent} */ (event).message);
    });
    session.addEventListener("stateChanged", () => this.#show());
    session.addEventListener("clientConsumerAdded", () => this.#watched(+1));
    session.addEventListener("clientConsumerRemoved", () => this.#watched(-1));
    session.addEventListener("closed", () => {
      this.#session = null;
      this.#show();
    });
    session.start();
    this.#show();
  }

  /** @param {number} change */
  #watched(change) {
    this.#watchers += change;
    this.#show();
  }

  #show() {
    const preview = /** @type {HTMLVideoElement} */ (
      this.#find("#produce-preview")
    );
    const stream = this.#session?.stream ?? null;

    this.#root.dataset.state = stream ? "sharing" : "idle";
    if (preview.srcObject !== stream) {
      preview.srcObject = stream;
    }
    preview.hidden = !stream?.getVideoTracks().length;
    this.#find("form").hidden = stream !== null;
    this.#find("#produce-stop").hidden = stream === null;
    this.#find("#produce-info").textContent = stream
      ? `${this.#name} is on air, ${this.#watchers} watching.`
      : "";
  }

  /**
   * @param {string} what
   * @param {unknown} reason
   */
  #report(what, reason) {
    const text = reason instanceof Error ? reason.message : String(reason);
    const message = `${what}: ${text}`;

    this.dispatchEvent(new ErrorEvent("error", { message }));
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
