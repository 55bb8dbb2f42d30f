/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The producers as tiles: a button that plays, and one for a small live
 * preview. What a producer calls itself is shown as text only.
 */

import { element, icon, setIcon } from "./page-dom.js";

/** @typedef {import("./src/peer-directory.js").Peer} Peer */
/** @typedef {import("./page-sessions.js").Viewing} Viewing */

/**
 * @param {Peer} peer
 * @returns {string} what people call it
 */
export function nameOf({ id, meta }) {
  const { name } = meta;

  return typeof name === "string" && name.trim() ? name : id;
}

const notes = new Map([
  ["connecting", "Connecting…"],
  ["playing", "Playing"],
]);

class Tile {
  #root = element("li", "stream");
  #video = document.createElement("video");
  #main = element("button", "main");
  #preview = element("button", "preview icon-button");
  #name = element("span", "name");
  #id = element("code", "id");
  #note = element("span", "note");
  #view;
  /** @type {Viewing | null} */
  #viewing = null;

  /**
   * @param {Peer} peer
   * @param {() => void} chosen
   * @param {(id: string) => Viewing | null} view
   */
  constructor(peer, chosen, view) {
    const picture = element("span", "picture");
    const label = element("span", "label");

    this.#view = view;
    this.#video.muted = this.#video.autoplay = this.#video.playsInline = true;
    this.#video.setAttribute("aria-hidden", "true");
    this.#video.tabIndex = -1;
    picture.append(this.#video, icon("play"));
    label.append(this.#name, this.#id);
    this.#main.setAttribute("type", "button");
    this.#main.append(picture, label, this.#note);
    this.#main.addEventListener("click", chosen);
    this.#preview.setAttribute("type", "button");
    this.#preview.append(icon("eye"));
    this.#preview.addEventListener("click", () => this.#togglePreview());
    this.#root.dataset.peerId = peer.id;
    this.#root.append(this.#main, this.#preview);
    this.rename(peer);
    this.show("idle");
    this.#showPreview();
  }

  get root() {
    return this.#root;
  }

  /** @param {Peer} peer */
  rename(peer) {
    const name = nameOf(peer);

    this.#root.dataset.name = name;
    this.#name.textContent = name;
    this.#main.title = name;
    this.#id.textContent = peer.id;
    this.#preview.setAttribute("aria-label", `Preview of ${name}`);
  }

  /** @param {string} state idle, connecting or playing */
  show(state) {
    this.#root.dataset.state = state;
    this.#main.setAttribute("aria-pressed", String(state !== "idle"));
    setIcon(this.#main, state === "idle" ? "play" : "stop");
    this.#note.textContent = notes.get(state) ?? "";
  }

  remove() {
    this.#endPreview();
    this.#root.remove();
  }

  #togglePreview() {
    if (this.#viewing) {
      this.#endPreview();
      return;
    }

    const viewing = this.#view(this.#root.dataset.peerId ?? "");
    this.#viewing = viewing;
    viewing?.addEventListener("mediaChanged", () => this.#showPreview());
    viewing?.addEventListener("ended", () => this.#endPreview());
    this.#showPreview();
  }

  #endPreview() {
    const viewing = this.#viewing;

    this.#viewing = null;
    viewing?.end();
    this.#showPreview();
  }

  #showPreview() {
    const on = this.#viewing !== null;

    this.#video.srcObject = this.#viewing?.media ?? null;
    this.#root.toggleAttribute("data-preview", on);
    this.#preview.setAttribute("aria-pressed", String(on));
    this.#preview.title = on ? "End the preview" : "Preview";
  }
}

/** Events: `chosen` (CustomEvent, detail is the peer's id). */
export class StreamList extends EventTarget {
  #root;
  #count;
  #view;
  /** @type {Map<string, Tile>} by the peer's id */
  #tiles = new Map();

  /**
   * @param {HTMLElement} root the #producers element
   * @param {HTMLElement} count shows how many there are
   * @param {(id: string) => Viewing | null} view for previews
   */
  constructor(root, count, view) {
    super();
    this.#root = root;
    this.#count = count;
    this.#view = view;
  }

  /** @param {Peer} peer */
  add(peer) {
    const chosen = () =>
      this.dispatchEvent(new CustomEvent("chosen", { detail: peer.id }));
    const tile = new Tile(peer, chosen, this.#view);

    this.#tiles.set(peer.id, tile);
    this.#root.append(tile.root);
    this.#showCount();
  }

  /** @param {Peer} peer known, perhaps with another name */
  rename(peer) {
    this.#tiles.get(peer.id)?.rename(peer);
  }

  /** @param {string} id */
  remove(id) {
    this.#tiles.get(id)?.remove();
    this.#tiles.delete(id);
    this.#showCount();
  }

  /**
   * @param {string} playingId the stream in the player, "" for none
   * @param {string} state the player's
   */
  show(playingId, state) {
    for (const [id, tile] of this.#tiles) {
      tile.show(id === playingId ? state : "idle");
    }
  }

  #showCount() {
    this.#count.textContent = String(this.#tiles.size);
  }
}
