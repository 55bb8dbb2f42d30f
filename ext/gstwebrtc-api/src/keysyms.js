/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From what a browser says about a key to the name that X11, and GStreamer's
 * navigation events with it, have for it.
 *
 * Keys that write one character are named after the character; the others
 * after the place of the key (`code`) where that tells left from right or the
 * keypad from the rest, else after `key`.
 */

import { keysymTable } from "./keysym-table.js";

/** @type {Map<string, string> | null} */
let characters = null;

/** @returns {Map<string, string>} read from the table at first use */
function characterNames() {
  if (characters) {
    return characters;
  }

  const names = new Map();
  let next = 0;
  for (const word of keysymTable.trim().split(/\s+/)) {
    if (word.endsWith(":")) {
      next = parseInt(word, 16);
    } else {
      names.set(String.fromCodePoint(next++), word);
    }
  }
  characters = names;
  return names;
}

/**
 * @template T
 * @param {Record<string, T>} entries
 * @returns {ReadonlyMap<string, T>} which knows nothing but them
 */
function table(entries) {
  return new Map(Object.entries(entries));
}

const byCode = table({
  AltLeft: "Alt_L",
  AltRight: "Alt_R",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  ArrowUp: "Up",
  Backspace: "BackSpace",
  CapsLock: "Caps_Lock",
  ContextMenu: "Menu",
  ControlLeft: "Control_L",
  ControlRight: "Control_R",
  Convert: "Henkan",
  Enter: "Return",
  HyperLeft: "Hyper_L",
  HyperRight: "Hyper_R",
  KanaMode: "Hiragana_Katakana",
  Lang1: "Hangul",
  Lang2: "Hangul_Hanja",
  MetaLeft: "Meta_L",
  MetaRight: "Meta_R",
  NonConvert: "Muhenkan",
  NumLock: "Num_Lock",
  NumpadEnter: "Return",
  OSLeft: "Super_L",
  OSRight: "Super_R",
  PageDown: "Page_Down",
  PageUp: "Page_Up",
  PrintScreen: "Print",
  ScrollLock: "Scroll_Lock",
  ShiftLeft: "Shift_L",
  ShiftRight: "Shift_R",
  SuperLeft: "Super_L",
  SuperRight: "Super_R",
});

/* the keypad while Num Lock is off, by `key` */
const onKeypad = table({
  ArrowDown: "KP_Down",
  ArrowLeft: "KP_Left",
  ArrowRight: "KP_Right",
  ArrowUp: "KP_Up",
  Clear: "KP_Begin",
  Delete: "KP_Delete",
  End: "KP_End",
  Home: "KP_Home",
  Insert: "KP_Insert",
  PageDown: "KP_Page_Down",
  PageUp: "KP_Page_Up",
});

const byKey = table({
  Alt: "Alt_L",
  AltGraph: "ISO_Level3_Shift",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  ArrowUp: "Up",
  AudioVolumeDown: "XF86AudioLowerVolume",
  AudioVolumeMute: "XF86AudioMute",
  AudioVolumeUp: "XF86AudioRaiseVolume",
  Backspace: "BackSpace",
  BrowserBack: "XF86Back",
  BrowserForward: "XF86Forward",
  CapsLock: "Caps_Lock",
  Compose: "Multi_key",
  ContextMenu: "Menu",
  Control: "Control_L",
  Enter: "Return",
  Hyper: "Hyper_L",
  MediaPlayPause: "XF86AudioPlay",
  MediaStop: "XF86AudioStop",
  MediaTrackNext: "XF86AudioNext",
  MediaTrackPrevious: "XF86AudioPrev",
  Meta: "Meta_L",
  NumLock: "Num_Lock",
  PageDown: "Page_Down",
  PageUp: "Page_Up",
  PrintScreen: "Print",
  ScrollLock: "Scroll_Lock",
  Shift: "Shift_L",
  Super: "Super_L",
});

/* named alike on both sides */
const alike =
  /^(Cancel|Clear|Copy|Cut|Delete|End|Escape|Execute|F([1-9]|[12]\d|3[0-5])|Find|Help|Home|Insert|Paste|Pause|Redo|Select|Tab|Undo)$/;

/* what the character that a dead key is labelled with makes of it */
const deadByLabel = table({
  "'": "acute",
  "´": "acute",
  "`": "grave",
  "^": "circumflex",
  "~": "tilde",
  '"': "diaeresis",
  "¨": "diaeresis",
  "¸": "cedilla",
  "°": "abovering",
  "¯": "macron",
  "˘": "breve",
  "ˇ": "caron",
  "˙": "abovedot",
  "˝": "doubleacute",
  "˛": "ogonek",
});

/* where the layout cannot be asked: [plain, with Shift], from the layouts
 * that have a dead key there */
/** @type {ReadonlyMap<string, string[]>} */
const deadByCode = table({
  Backquote: ["grave", "tilde"],
  BracketLeft: ["circumflex", "diaeresis"],
  Digit6: ["circumflex", "circumflex"],
  Equal: ["acute", "grave"],
  Quote: ["acute", "diaeresis"],
  Semicolon: ["diaeresis", "diaeresis"],
});

/** @type {{ get(code: string): string | undefined } | null} */
let layout = null;

/**
 * Asks the browser what is written on the keys. Only some can say; without
 * it dead keys are guessed.
 *
 * @returns {Promise<void>}
 */
export async function readKeyboardLayout() {
  try {
    const { keyboard } = /** @type {any} */ (navigator);

    layout = (await keyboard?.getLayoutMap()) ?? null;
  } catch {
    layout = null;
  }
}

/**
 * @param {string} code
 * @param {boolean} shift
 */
function deadKey(code, shift) {
  const label = layout?.get(code);
  const accent =
    (!shift && label && deadByLabel.get(label)) ||
    deadByCode.get(code)?.[shift ? 1 : 0];

  return accent ? `dead_${accent}` : "Unidentified";
}

/**
 * @param {string} character
 * @returns {string} X11 names any character, if only by its number
 */
function characterKey(character) {
  const known = characterNames().get(character);
  if (known) {
    return known;
  }

  const code = /** @type {number} */ (character.codePointAt(0));
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
  return isControl
    ? "Unidentified"
    : `U${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * @param {string} key of a KeyboardEvent
 * @param {string} code of a KeyboardEvent
 * @param {boolean} [shift] whether Shift is down
 * @returns {string} "Unidentified" if there is none
 */
export function keysymOf(key, code, shift = false) {
  if ([...key].length === 1) {
    return characterKey(key);
  }
  if (key === "Dead") {
    return deadKey(code, shift);
  }

  const onPad = code.startsWith("Numpad") ? onKeypad.get(key) : undefined;
  const known = onPad ?? byCode.get(code);
  if (known) {
    return known;
  }
  return (
    [code, key].find((name) => alike.test(name)) ??
    byKey.get(key) ??
    "Unidentified"
  );
}
