/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The one big player. Plays all tracks of a session, whatever streams they
 * belong to. Starts muted, since browsers refuse to start by themselves with
 * sound; once somebody turned the sound on it stays on for what is played
 * next.
 */

import { StatsLine } from "./page-stats.js";

/** @typedef {import("./src/consumer-session.js").ConsumerSession} ConsumerSession */

/**
 * @param {ParentNode} root
 * @param {string} selector
 */
function find(root, selector) {
  return /** @type {HTMLElement} */ (root.querySelector(selector));
}

/** Events: `changed` when another session, or none, is played. */
export class Player extends EventTarget {
  #root;
  #video;
  #unmute;
  #stop;
  #name;
  #stats;
  /** @type {ConsumerSession | null} */
  #session = null;
  #sound = false;

  /** @param {HTMLElement} root the #player element */
  constructor(root) {
    super();
    this.#root = root;
    this.#video = /** @type {HTMLVideoElement} */ (find(root, "video"));
    this.#unmute = find(root, "#unmute");
    this.#stop = find(root, "#player-stop");
    this.#name = find(root, "#player-name");
    this.#stats = find(root, "#stats");
    this.#unmute.addEventListener("click", () => this.#turnSoundOn());
    this.#stop.addEventListener("click", () => this.stop());
    this.#video.addEventListener("volumechange", () => this.#showUnmute());
    for (const event of ["loadeddata", "playing"]) {
      this.#video.addEventListener(event, () => this.#showPlaying());
    }
    setInterval(() => this.#showStats(), 1000);
  }

  /** What is played now. */
  get session() {
    return this.#session;
  }

  /**
   * @param {ConsumerSession} session not connected yet
   * @param {string} name
   */
  play(session, name) {
    this.stop();
    this.#session = session;
    this.#video.muted = !this.#sound;
    this.#name.textContent = name;
    this.#stop.hidden = false;
    this.#root.dataset.state = "connecting";
    session.addEventListener("rtcPeerConnectionChanged", () =>
      this.#follow(session)
    );
    session.addEventListener("closed", () => this.#onClosed(session));
    session.mungeStereoHack = true;
    if (!session.connect()) {
      session.close();
    }
    this.dispatchEvent(new Event("changed"));
  }

  stop() {
    this.#session?.close();
  }

  /** @param {string} name the stream's new name */
  rename(name) {
    this.#name.textContent = name;
  }

  /** @param {ConsumerSession} session */
  #follow(session) {
    const connection = session.rtcPeerConnection;
    if (!connection) {
      return;
    }

    const media = new MediaStream();
    const stats = new StatsLine(connection);
    this.#readStats = () => stats.read();
    this.#video.srcObject = media;
    connection.addEventListener("track", ({ track }) => {
      media.addTrack(track);
      this.#showUnmute();
    });
  }

  /** @type {() => Promise<string>} */
  #readStats = async () => "";

  /** @param {ConsumerSession} session */
  #onClosed(session) {
    if (session !== this.#session) {
      return;
    }
    this.#session = null;
    this.#readStats = async () => "";
    this.#video.srcObject = null;
    this.#name.textContent = "";
    this.#stats.textContent = "";
    this.#stop.hidden = true;
    this.#unmute.hidden = true;
    this.#root.dataset.state = "idle";
    this.dispatchEvent(new Event("changed"));
  }

  #showPlaying() {
    if (this.#session && this.#video.srcObject) {
      this.#root.dataset.state = "playing";
      this.dispatchEvent(new Event("changed"));
    }
  }

  async #showStats() {
    const session = this.#session;
    const text = await this.#readStats();

    if (session === this.#session) {
      this.#stats.textContent = text;
    }
  }

  #turnSoundOn() {
    this.#sound = true;
    this.#video.muted = false;
    /* a browser may pause what becomes audible */
    this.#video.play().catch(() => {
      this.#video.muted = true;
    });
  }

  #showUnmute() {
    const media = /** @type {MediaStream | null} */ (this.#video.srcObject);
    const silent = this.#video.muted && media !== null;

    this.#sound = this.#sound && !this.#video.muted;
    this.#unmute.hidden = !silent || media.getAudioTracks().length === 0;
  }
}
