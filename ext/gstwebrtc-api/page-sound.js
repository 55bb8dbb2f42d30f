/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The sound of the player. It starts muted, since browsers refuse to start by
 * themselves with sound; once somebody turned the sound on it stays on for
 * what is played next.
 */

import { find, setIcon } from "./page-dom.js";

const volumeStep = 10;

export class Sound {
  #root;
  #video;
  #wanted = false;

  /**
   * @param {HTMLElement} root has #mute, #volume and #unmute
   * @param {HTMLVideoElement} video
   */
  constructor(root, video) {
    this.#root = root;
    this.#video = video;
    find("#unmute", root).addEventListener("click", () => this.#turn(true));
    find("#mute", root).addEventListener("click", () => this.toggle());
    find("#volume", root).addEventListener("input", () =>
      this.#setVolume(this.#slider.valueAsNumber)
    );
    video.addEventListener("volumechange", () => this.show());
  }

  /** For what is played next. */
  begin() {
    this.#video.muted = !this.#wanted;
  }

  toggle() {
    this.#turn(this.#video.muted);
  }

  /** @param {1 | -1} direction */
  step(direction) {
    this.#setVolume(this.#slider.valueAsNumber + direction * volumeStep);
  }

  show() {
    const media = /** @type {MediaStream | null} */ (this.#video.srcObject);
    const { muted, volume } = this.#video;
    const mute = find("#mute", this.#root);
    const hasSound = (media?.getAudioTracks().length ?? 0) > 0;

    this.#wanted = this.#wanted && (!muted || !media);
    find("#unmute", this.#root).hidden = !muted || !hasSound;
    setIcon(mute, muted ? "muted" : "sound");
    mute.setAttribute("aria-pressed", String(muted));
    this.#slider.value = String(muted ? 0 : Math.round(100 * volume));
  }

  get #slider() {
    return /** @type {HTMLInputElement} */ (find("#volume", this.#root));
  }

  /** @param {boolean} on */
  #turn(on) {
    this.#wanted = on;
    this.#video.muted = !on;
    if (on) {
      if (this.#video.volume === 0) {
        this.#video.volume = 1;
      }
      /* a browser may pause what becomes audible */
      this.#video.play().catch(() => {
        this.#video.muted = true;
      });
    }
  }

  /** @param {number} percent */
  #setVolume(percent) {
    const volume = Math.min(Math.max(percent, 0), 100) / 100;

    this.#video.volume = volume;
    this.#turn(volume > 0);
  }
}
