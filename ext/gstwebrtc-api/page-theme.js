/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Dark or light: what the system says, until somebody says otherwise. */

const key = "gst-rtc-theme";
const themes = ["system", "dark", "light"];

/** @returns {string} what was chosen before; a page may not be let remember */
function remembered() {
  try {
    return localStorage.getItem(key) ?? "system";
  } catch {
    return "system";
  }
}

/** @param {string} theme */
function remember(theme) {
  try {
    localStorage.setItem(key, theme);
  } catch {
    /* then it is so until the page is closed */
  }
}

/** @param {HTMLElement} button goes through them */
export function offerThemes(button) {
  const show = (/** @type {string} */ theme) => {
    const label = `Colours: ${theme}`;

    document.documentElement.dataset.theme = theme;
    button.title = label;
    button.setAttribute("aria-label", label);
  };

  button.addEventListener("click", () => {
    const now = themes.indexOf(document.documentElement.dataset.theme ?? "");
    const next = themes[(now + 1) % themes.length];

    remember(next);
    show(next);
  });
  show(themes.includes(remembered()) ? remembered() : "system");
}
