/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { keysymOf, readKeyboardLayout } from "../src/keysyms.js";

describe("a key is called", () => {
  for (const [key, code, name] of [
    ["A", "KeyA", "A"],
    ["a", "KeyA", "a"],
    ["ф", "KeyA", "Cyrillic_ef"],
    [" ", "Space", "space"],
    ["5", "Numpad5", "5"],
    ["-", "Minus", "minus"],
    ["€", "KeyE", "EuroSign"],
    [".", "Period", "period"],
    ["<", "IntlBackslash", "less"],
    ["…", "KeyX", "ellipsis"],
    ["한", "KeyG", "UD55C"],
    ["😀", "KeyX", "U1F600"],
    ["\u0007", "KeyG", "Unidentified"],
    ["Shift", "ShiftLeft", "Shift_L"],
    ["Shift", "ShiftRight", "Shift_R"],
    ["Control", "ControlRight", "Control_R"],
    ["AltGraph", "AltRight", "Alt_R"],
    ["Meta", "MetaLeft", "Meta_L"],
    ["Tab", "Tab", "Tab"],
    ["Enter", "Enter", "Return"],
    ["Enter", "NumpadEnter", "Return"],
    ["Backspace", "Backspace", "BackSpace"],
    ["ArrowUp", "ArrowUp", "Up"],
    ["PageDown", "PageDown", "Page_Down"],
    ["F1", "F1", "F1"],
    ["F12", "F12", "F12"],
    ["F13", "F13", "F13"],
    ["F24", "F24", "F24"],
    ["Escape", "Escape", "Escape"],
    ["Pause", "Pause", "Pause"],
    ["PrintScreen", "PrintScreen", "Print"],
    ["ContextMenu", "ContextMenu", "Menu"],
    ["ArrowUp", "Numpad8", "KP_Up"],
    ["Home", "Numpad7", "KP_Home"],
    ["Clear", "Numpad5", "KP_Begin"],
    ["Delete", "NumpadDecimal", "KP_Delete"],
    ["CapsLock", "CapsLock", "Caps_Lock"],
    ["Escape", "", "Escape"],
    ["Enter", "", "Return"],
    ["Dead", "Quote", "dead_acute"],
    ["Dead", "KeyQ", "Unidentified"],
    ["InvalidKey", "InvalidCode", "Unidentified"],
    ["constructor", "toString", "Unidentified"],
    ["", "", "Unidentified"],
  ]) {
    it(`${name} for ${JSON.stringify(key)} of ${code || "nowhere"}`, () => {
      assert.equal(keysymOf(key, code), name);
    });
  }

  it("differently with Shift when it is dead", () => {
    assert.equal(keysymOf("Dead", "Quote", true), "dead_diaeresis");
  });

  it("what is written on it, where the browser knows", async () => {
    const keyboard = { getLayoutMap: async () => new Map([["Backquote", "^"]]) };
    const known = Object.getOwnPropertyDescriptor(globalThis, "navigator");

    assert.equal(keysymOf("Dead", "Backquote"), "dead_grave");
    Object.defineProperty(globalThis, "navigator", {
      value: { keyboard },
      configurable: true,
    });
    await readKeyboardLayout();
    assert.equal(keysymOf("Dead", "Backquote"), "dead_circumflex");

    if (known) {
      Object.defineProperty(globalThis, "navigator", known);
    } else {
      Reflect.deleteProperty(globalThis, "navigator");
    }
    await readKeyboardLayout();
  });
});
