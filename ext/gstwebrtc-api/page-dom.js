/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the parts of the page have in common. */

/**
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} selector of something that index.html has
 * @param {ParentNode} [root]
 * @returns {Kind}
 */
export function find(selector, root = document) {
  return /** @type {Kind} */ (root.querySelector(selector));
}

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);

  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * @param {string} name of a symbol in index.html
 * @returns {SVGElement}
 */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const use = document.createElementNS(namespace, "use");

  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * @param {Element} button one that shows an icon
 * @param {string} name of a symbol in index.html
 */
export function setIcon(button, name) {
  button.querySelector("use")?.setAttribute("href", `#i-${name}`);
}

/**
 * Puts a text where everybody can paste it, also in pages that are not from
 * https://, for which browsers have an old way only.
 *
 * @param {string} text
 */
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }

  const area = /** @type {HTMLTextAreaElement} */ (element("textarea"));
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/**
 * A line that can be copied.
 *
 * @param {HTMLElement} root a .command
 * @param {string} text
 */
export function showCommand(root, text) {
  const button = find("button", root);

  find("code", root).textContent = text;
  button.onclick = async () => {
    try {
      await copy(text);
      button.dataset.done = "Copied";
    } catch {
      getSelection()?.selectAllChildren(find("code", root));
      button.dataset.done = "Press Ctrl+C";
    }
    setTimeout(() => delete button.dataset.done, 1500);
  };
}
