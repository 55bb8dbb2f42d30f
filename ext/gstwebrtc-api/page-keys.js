/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The page's keys, for as long as nobody types or controls something. */

/** @param {Event} event */
function isTaken({ target }) {
  return (
    target instanceof Element &&
    target.closest("input, select, textarea, [data-controlling] video") !== null
  );
}

/** @param {import("./page-player.js").Player} player */
export function listenToKeys(player) {
  /** @type {ReadonlyMap<string, () => unknown>} */
  const actions = new Map([
    ["m", () => player.sound.toggle()],
    ["f", () => player.toggleFullScreen()],
    ["p", () => player.togglePictureInPicture()],
    ["i", () => player.toggleStats()],
    ["c", () => player.toggleControl()],
    ["s", () => player.stop()],
    ["arrowup", () => player.sound.step(1)],
    ["arrowdown", () => player.sound.step(-1)],
  ]);

  document.addEventListener("keydown", (event) => {
    const { key, ctrlKey, altKey, metaKey, repeat } = event;
    const name = key.toLowerCase();
    const action = actions.get(name);
    const isVolume = name.startsWith("arrow");

    if (!action || !player.session || isTaken(event)) {
      return;
    }
    if (ctrlKey || altKey || metaKey || (repeat && !isVolume)) {
      return;
    }
    event.preventDefault();
    action();
  });
}
