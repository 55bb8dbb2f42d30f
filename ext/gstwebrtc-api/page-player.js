/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one big player. */

import { element, find } from "./page-dom.js";
import { Sound } from "./page-sound.js";
import { statsRows } from "./page-stats.js";

/** @typedef {import("./page-sessions.js").Viewing} Viewing */

const patience = 8000;
const idleTime = 2500;

/** Events: `changed` when another session, or none, is played. */
export class Player extends EventTarget {
  #root;
  #video;
  #sound;
  /** @type {Viewing | null} */
  #viewing = null;
  /** what of the session's media is played */
  #shown = new MediaStream();
  #controlling = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #statsTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #idleTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patienceTimer;

  /** @param {HTMLElement} root the #player element */
  constructor(root) {
    super();
    this.#root = root;
    this.#video = /** @type {HTMLVideoElement} */ (find("video", root));
    this.#sound = new Sound(root, this.#video);
    this.#on("#player-stop", () => this.stop());
    this.#on("#stats-toggle", () => this.toggleStats());
    this.#on("#pip", () => this.togglePictureInPicture());
    this.#on("#fullscreen", () => this.toggleFullScreen());
    this.#on("#control", () => this.#setControlling(!this.#controlling));
    this.#track.addEventListener("change", () => this.#showTracks());
    this.#video.addEventListener("dblclick", () => {
      if (!this.#controlling) {
        this.toggleFullScreen();
      }
    });
    for (const event of ["loadeddata", "playing"]) {
      this.#video.addEventListener(event, () => this.#showState());
    }
    /* in full screen the bar goes away with a resting hand */
    root.addEventListener("pointermove", () => this.#stir());
    root.addEventListener("keydown", () => this.#stir());
  }

  /** What is played now. */
  get session() {
    return this.#viewing?.session ?? null;
  }

  /**
   * @param {Viewing} viewing
   * @param {string} name
   */
  play(viewing, name) {
    this.stop();
    this.#viewing = viewing;
    this.#sound.begin();
    viewing.addEventListener("mediaChanged", () => this.#showMedia(viewing));
    viewing.addEventListener("ended", () => this.#onEnded(viewing));
    for (const event of ["recoveringChanged", "remoteControllerChanged"]) {
      viewing.session.addEventListener(event, this.#onSessionChanged);
    }
    this.rename(name);
    this.#showMedia(viewing);
    this.#enable(true);
    this.dispatchEvent(new Event("changed"));
  }

  stop() {
    const viewing = this.#viewing;

    if (viewing) {
      this.#onEnded(viewing);
      viewing.end();
    }
  }

  /** @param {string} name the stream's new name */
  rename(name) {
    find("#player-name", this.#root).textContent = name;
  }

  get sound() {
    return this.#sound;
  }

  async toggleFullScreen() {
    if (document.fullscreenElement) {
      await document.exitFullscreen();
    } else if (this.#viewing) {
      /* on iPhones only the video itself can */
      const video = /** @type {any} */ (this.#video);
      await (this.#root.requestFullscreen?.() ??
        video.webkitEnterFullscreen?.());
    }
  }

  async togglePictureInPicture() {
    if (document.pictureInPictureElement) {
      await document.exitPictureInPicture();
    } else if (this.#viewing && this.#video.videoWidth > 0) {
      await this.#video.requestPictureInPicture?.();
    }
  }

  toggleStats() {
    const panel = find("#stats", this.#root);

    clearInterval(this.#statsTimer);
    panel.hidden = !panel.hidden || !this.#viewing;
    this.#press("#stats-toggle", !panel.hidden);
    if (!panel.hidden) {
      this.#statsTimer = setInterval(() => this.#showStats(), 1000);
      this.#showStats();
    }
  }

  toggleControl() {
    if (this.session?.remoteController) {
      this.#setControlling(!this.#controlling);
    }
  }

  get #track() {
    return /** @type {HTMLSelectElement} */ (find("#track", this.#root));
  }

  /** @param {Viewing} viewing */
  #showMedia(viewing) {
    if (viewing !== this.#viewing) {
      return;
    }

    if (!viewing.media) {
      this.#video.srcObject = null;
    } else if (this.#video.srcObject !== this.#shown) {
      this.#shown = new MediaStream();
      this.#video.srcObject = this.#shown;
    }
    this.#showTracks();
    this.#sound.show();
    this.#showState();
  }

  /** All sound, and one picture. */
  #showTracks() {
    const media = this.#viewing?.media;
    const pictures = media?.getVideoTracks() ?? [];
    const chosen =
      pictures.find(({ id }) => id === this.#track.value) ?? pictures[0];
    const wanted = [...(media?.getAudioTracks() ?? [])];

    if (chosen) {
      wanted.push(chosen);
    }
    for (const track of this.#shown.getTracks()) {
      if (!wanted.includes(track)) {
        this.#shown.removeTrack(track);
      }
    }
    for (const track of wanted) {
      this.#shown.addTrack(track);
    }
    this.#track.replaceChildren(
      ...pictures.map(
        ({ id }, i) =>
          new Option(`Picture ${i + 1}`, id, false, id === chosen?.id)
      )
    );
    this.#track.hidden = pictures.length < 2;
  }

  #onSessionChanged = () => {
    const controller = this.session?.remoteController ?? null;

    find("#control", this.#root).hidden = !controller;
    this.#setControlling(this.#controlling && controller !== null);
    this.#showState();
  };

  /** @param {Viewing} viewing */
  #onEnded(viewing) {
    for (const event of ["recoveringChanged", "remoteControllerChanged"]) {
      viewing.session.removeEventListener(event, this.#onSessionChanged);
    }
    if (viewing !== this.#viewing) {
      return;
    }
    this.#setControlling(false);
    viewing.session.remoteController?.attachVideoElement(null);
    this.#viewing = null;
    this.#video.srcObject = null;
    this.#showTracks();
    if (!find("#stats", this.#root).hidden) {
      this.toggleStats();
    }
    if (document.pictureInPictureElement === this.#video) {
      document.exitPictureInPicture();
    }
    find("#control", this.#root).hidden = true;
    this.rename("");
    this.#enable(false);
    this.#sound.show();
    this.#showState();
  }

  #showState() {
    const session = this.session;
    const shows = this.#video.srcObject !== null && this.#video.readyState >= 2;
    let state = "idle";
    let hint = "Choose a stream to watch it here.";

    if (session?.recovering) {
      state = "connecting";
      hint = "The path to the stream was lost. Looking for another one…";
    } else if (session) {
      state = shows ? "playing" : "connecting";
      hint = shows ? "" : "Connecting…";
    }
    clearTimeout(this.#patienceTimer);
    if (state === "connecting") {
      this.#patienceTimer = setTimeout(() => this.#showPatience(), patience);
    }
    this.#root.dataset.state = state;
    find("#player-hint", this.#root).textContent = hint;
    this.dispatchEvent(new Event("changed"));
  }

  #showPatience() {
    find("#player-hint", this.#root).textContent =
      "Still connecting. The stream may not be reachable from here.";
  }

  async #showStats() {
    const session = this.session;
    const stats = await session?.stats();

    if (stats && session === this.session) {
      find("#stats", this.#root).replaceChildren(
        ...statsRows(stats).flatMap(([what, amount]) => [
          element("dt", "", what),
          element("dd", "", amount),
        ])
      );
    }
  }

  /** @param {boolean} on */
  #setControlling(on) {
    this.#controlling = on;
    this.#press("#control", on);
    this.#root.toggleAttribute("data-controlling", on);
    this.session?.remoteController?.attachVideoElement(on ? this.#video : null);
    if (on) {
      this.#video.focus();
    }
  }

  /** @param {boolean} on */
  #enable(on) {
    for (const control of ["#mute", "#volume", "#stats-toggle", "#pip", "#fullscreen"]) {
      find(control, this.#root).toggleAttribute("disabled", !on);
    }
    find("#pip", this.#root).hidden = !document.pictureInPictureEnabled;
    find("#player-stop", this.#root).hidden = !on;
  }

  #stir() {
    this.#root.removeAttribute("data-resting");
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(
      () => this.#root.setAttribute("data-resting", ""),
      idleTime
    );
  }

  /**
   * @param {string} selector
   * @param {boolean} pressed
   */
  #press(selector, pressed) {
    find(selector, this.#root).setAttribute("aria-pressed", String(pressed));
  }

  /**
   * @param {string} selector
   * @param {() => unknown} handler
   */
  #on(selector, handler) {
    find(selector, this.#root).addEventListener("click", handler);
  }
}
