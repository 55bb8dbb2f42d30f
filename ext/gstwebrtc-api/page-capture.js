/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Shares this device's camera and microphone, or its screen: one producer
 * session at a time, with a preview.
 */

import { describeFailure, listDevices, openDevices } from "./page-devices.js";
import { find, showCommand } from "./page-dom.js";

/** @typedef {import("./src/producer-session.js").ProducerSession} ProducerSession */

/** Events: `error` (ErrorEvent). */
export class Capture extends EventTarget {
  #root;
  #makeSession;
  #command;
  /** @type {ProducerSession | null} */
  #session = null;
  #opening = false;
  #name = "";

  /**
   * @param {HTMLElement} root the #produce element
   * @param {(stream: MediaStream, name: string) => ProducerSession | null
   * } makeSession null when not connected
   * @param {() => string} command the line that receives what is shared
   */
  constructor(root, makeSession, command) {
    super();
    this.#root = root;
    this.#makeSession = makeSession;
    this.#command = command;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    this.#form.addEventListener("change", () => this.#showSource());
    find("#produce-stop", root).addEventListener("click", () => this.stop());
    navigator.mediaDevices?.addEventListener("devicechange", () =>
      this.#listDevices()
    );
    this.#showSource();
    this.#listDevices();
  }

  /** @param {boolean} possible */
  enable(possible) {
    find("#produce-start", this.#root).toggleAttribute("disabled", !possible);
    this.#show();
  }

  async start() {
    if (this.#session || this.#opening) {
      return;
    }
    this.#opening = true;
    try {
      const wish = Object.fromEntries(new FormData(this.#form));

      this.#begin(await openDevices(/** @type {any} */ (wish)));
    } catch (error) {
      this.#report(`Cannot share: ${describeFailure(error)}.`);
    } finally {
      this.#opening = false;
    }
    this.#listDevices();
  }

  stop() {
    this.#session?.close();
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (find("form", this.#root));
  }

  /** @param {MediaStream} stream */
  #begin(stream) {
    const input = /** @type {HTMLInputElement} */ (
      find("#produce-name", this.#root)
    );
    const name = input.value.trim();
    const session = this.#makeSession(stream, name);

    if (!session) {
      stream.getTracks().forEach((track) => track.stop());
      throw new Error("there is no connection to the signalling server");
    }
    this.#session = session;
    this.#name = name ? `“${name}”` : "Your stream";
    session.addEventListener("error", (event) => {
      const { message } = /** @type {ErrorEvent} */ (event);

      this.#report(`While sharing: ${message}.`);
    });
    for (const event of [
      "stateChanged",
      "clientConsumerAdded",
      "clientConsumerRemoved",
    ]) {
      session.addEventListener(event, () => this.#show());
    }
    session.addEventListener("closed", () => {
      this.#session = null;
      this.#show();
    });
    for (const track of stream.getTracks()) {
      /* the browser's own way to stop, or a device that was pulled out */
      track.addEventListener("ended", () => this.#onTrackEnded(session));
    }
    session.start();
    this.#show();
  }

  /** @param {ProducerSession} session */
  #onTrackEnded(session) {
    const tracks = session.stream?.getTracks() ?? [];

    if (tracks.every(({ readyState }) => readyState === "ended")) {
      session.close();
    }
  }

  #show() {
    const preview = /** @type {HTMLVideoElement} */ (
      find("#produce-preview", this.#root)
    );
    const stream = this.#session?.stream ?? null;
    const watching = this.#session?.clients.length ?? 0;

    this.#root.dataset.state = stream ? "sharing" : "idle";
    if (preview.srcObject !== stream) {
      preview.srcObject = stream;
    }
    preview.hidden = !stream?.getVideoTracks().length;
    this.#form.hidden = stream !== null;
    find("#on-air", this.#root).hidden = stream === null;
    find("#produce-info", this.#root).textContent = stream
      ? `${this.#name} is on air, ${watching} watching.`
      : "";
    showCommand(find("#produce-command", this.#root), this.#command());
  }

  #showSource() {
    const { source } = Object.fromEntries(new FormData(this.#form));

    for (const field of this.#form.querySelectorAll("[data-for]")) {
      const { dataset } = /** @type {HTMLElement} */ (field);

      field.toggleAttribute("hidden", dataset.for !== source);
    }
  }

  #listDevices() {
    for (const [name, kind] of /** @type {[string, MediaDeviceKind][]} */ ([
      ["camera", "videoinput"],
      ["microphone", "audioinput"],
    ])) {
      const select = find(`[name="${name}"]`, this.#root);

      listDevices(/** @type {HTMLSelectElement} */ (select), kind).catch(
        (error) => console.warn("cannot list devices", error)
      );
    }
  }

  /** @param {string} message */
  #report(message) {
    this.dispatchEvent(new ErrorEvent("error", { message }));
  }
}
