/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The list of producers, one button each. What a producer calls itself is
 * shown as text only.
 */

/** @typedef {import("./src/peer-directory.js").Peer} Peer */

/**
 * @param {string} tag
 * @param {string} className
 */
function element(tag, className) {
  const made = document.createElement(tag);

  made.className = className;
  return made;
}

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

/** Events: `chosen` (CustomEvent, detail is the peer's id). */
export class StreamList extends EventTarget {
  #root;
  #count;

  /**
   * @param {HTMLElement} root the #producers element
   * @param {HTMLElement} count shows how many there are
   */
  constructor(root, count) {
    super();
    this.#root = root;
    this.#count = count;
  }

  /** @param {Peer} peer */
  add(peer) {
    const item = element("li", "stream");
    const button = element("button", "");
    const label = element("span", "label");

    item.dataset.peerId = peer.id;
    button.setAttribute("type", "button");
    label.append(element("span", "name"), element("code", "id"));
    button.append(element("span", "icon"), label, element("span", "note"));
    button.addEventListener("click", () => {
      this.dispatchEvent(new CustomEvent("chosen", { detail: peer.id }));
    });
    item.append(button);
    this.#root.append(item);
    this.rename(peer);
    this.show("", "idle");
  }

  /** @param {Peer} peer known, perhaps with another name */
  rename(peer) {
    const item = this.#item(peer.id);
    const name = item?.querySelector(".name");
    const id = item?.querySelector(".id");

    if (item && name && id) {
      item.dataset.name = nameOf(peer);
      name.textContent = nameOf(peer);
      item.title = nameOf(peer);
      id.textContent = peer.id;
    }
  }

  /** @param {string} id */
  remove(id) {
    this.#item(id)?.remove();
    this.#showCount();
  }

  /**
   * @param {string} playingId the stream in the player, "" for none
   * @param {string} state the player's
   */
  show(playingId, state) {
    for (const item of this.#items()) {
      const mine = item.dataset.peerId === playingId;
      const button = item.querySelector("button");
      const note = item.querySelector(".note");

      item.dataset.state = mine ? state : "idle";
      button?.setAttribute("aria-pressed", String(mine));
      if (note) {
        note.textContent = notes.get(item.dataset.state) ?? "";
      }
    }
    this.#showCount();
  }

  #items() {
    return /** @type {HTMLElement[]} */ ([...this.#root.children]);
  }

  /** @param {string} id */
  #item(id) {
    return this.#items().find(({ dataset }) => dataset.peerId === id);
  }

  #showCount() {
    this.#count.textContent = String(this.#items().length);
  }
}
