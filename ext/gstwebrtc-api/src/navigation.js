/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * DOM events as the navigation events of the control channel. Positions are
 * pixels of the video as it was sent, wherever and however large it is shown.
 */

import { keysymOf } from "./keysyms.js";

/** @typedef {{ event: string, [member: string]: unknown }} NavigationEvent */

/**
 * Where a video's content box is within the element, in CSS pixels.
 *
 * @typedef {object} ContentBox
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 */

const modifierKeys = Object.freeze([
  ["altKey", "mod1-mask"],
  ["ctrlKey", "control-mask"],
  ["metaKey", "meta-mask"],
  ["shiftKey", "shift-mask"],
]);

const buttonCount = 5;

/**
 * @param {any} event of a mouse, a finger or the keyboard
 * @returns {string} what is held down
 */
export function modifierState(event) {
  const held = modifierKeys
    .filter(([key]) => event[key])
    .map(([, mask]) => mask);

  for (let i = 0; i < buttonCount; i++) {
    if (event.buttons & (1 << i)) {
      held.push(`button${i + 1}-mask`);
    }
  }
  return held.join("+");
}

/**
 * @param {number} value
 * @param {number} limit
 */
function clamp(value, limit) {
  return Math.min(Math.max(value, 0), limit);
}

/**
 * The size at which a picture is drawn, in relation to its own.
 *
 * @param {string} objectFit
 * @param {number} horizontal the scale that fills the width
 * @param {number} vertical the one that fills the height
 * @returns {[number, number]}
 */
function scales(objectFit, horizontal, vertical) {
  switch (objectFit) {
    case "fill":
      return [horizontal, vertical];
    case "none":
      return [1, 1];
    case "cover":
      return [Math.max(horizontal, vertical), Math.max(horizontal, vertical)];
    case "scale-down":
      return [
        Math.min(horizontal, vertical, 1),
        Math.min(horizontal, vertical, 1),
      ];
    default:
      return [Math.min(horizontal, vertical), Math.min(horizontal, vertical)];
  }
}

/**
 * @param {{ x: number, y: number }} point within the element
 * @param {ContentBox} box of the element
 * @param {{ width: number, height: number }} picture as it was sent
 * @param {string} [objectFit] of the element; the picture is centred
 * @returns {{ x: number, y: number }} 0, 0 while there is no picture
 */
export function toVideo(point, box, picture, objectFit = "contain") {
  if (!(picture.width && picture.height && box.width && box.height)) {
    return { x: 0, y: 0 };
  }

  const [scaleX, scaleY] = scales(
    objectFit,
    box.width / picture.width,
    box.height / picture.height
  );
  const left = box.left + (box.width - picture.width * scaleX) / 2;
  const top = box.top + (box.height - picture.height * scaleY) / 2;

  return {
    x: clamp((point.x - left) / scaleX, picture.width),
    y: clamp((point.y - top) / scaleY, picture.height),
  };
}

/**
 * @param {HTMLVideoElement} video
 * @param {{ clientX: number, clientY: number }} point
 * @returns {{ x: number, y: number }} in pixels of the video
 */
export function positionIn(video, { clientX, clientY }) {
  const rect = video.getBoundingClientRect();
  const style = getComputedStyle(video);
  const pixels = (/** @type {string} */ text) => parseFloat(text) || 0;
  /* a transformation scales what getComputedStyle() does not know of */
  const zoomX = rect.width / video.offsetWidth || 1;
  const zoomY = rect.height / video.offsetHeight || 1;
  const left = pixels(style.paddingLeft);
  const top = pixels(style.paddingTop);

  return toVideo(
    {
      x: (clientX - rect.left) / zoomX - video.clientLeft,
      y: (clientY - rect.top) / zoomY - video.clientTop,
    },
    {
      left,
      top,
      width: video.clientWidth - left - pixels(style.paddingRight),
      height: video.clientHeight - top - pixels(style.paddingBottom),
    },
    { width: video.videoWidth, height: video.videoHeight },
    style.objectFit
  );
}

/**
 * @param {KeyboardEvent} event keydown or keyup
 * @returns {NavigationEvent}
 */
export function keyEvent(event) {
  return {
    event: event.type === "keydown" ? "KeyPress" : "KeyRelease",
    key: keysymOf(event.key, event.code, event.shiftKey),
    modifier_state: modifierState(event),
  };
}

/**
 * @param {MouseEvent} event mousemove, mousedown or mouseup
 * @param {HTMLVideoElement} video
 * @returns {NavigationEvent}
 */
export function mouseEvent(event, video) {
  const place = {
    ...positionIn(video, event),
    modifier_state: modifierState(event),
  };

  if (event.type === "mousemove") {
    return { event: "MouseMove", ...place };
  }
  return {
    event:
      event.type === "mousedown" ? "MouseButtonPress" : "MouseButtonRelease",
    button: event.button + 1,
    ...place,
  };
}

/**
 * @param {WheelEvent} event
 * @param {HTMLVideoElement} video
 * @returns {NavigationEvent}
 */
export function wheelEvent(event, video) {
  return {
    event: "MouseScroll",
    ...positionIn(video, event),
    delta_x: -event.deltaX,
    delta_y: -event.deltaY,
    modifier_state: modifierState(event),
  };
}

/** @type {ReadonlyMap<string, string>} */
const touches = new Map([
  ["touchstart", "TouchDown"],
  ["touchmove", "TouchMotion"],
  ["touchend", "TouchUp"],
  ["touchcancel", "TouchUp"],
]);

/* for fingers on a screen that does not measure it, as pointer events do */
const usualPressure = 0.5;

/**
 * One event for each finger that changed.
 *
 * @param {TouchEvent} event
 * @param {HTMLVideoElement} video
 * @returns {NavigationEvent[]}
 */
export function touchEvents(event, video) {
  const name = touches.get(event.type) ?? "TouchUp";
  const modifier_state = modifierState(event);

  return Array.from(event.changedTouches, (touch) => ({
    event: name,
    identifier: touch.identifier,
    ...positionIn(video, touch),
    ...(name === "TouchUp" ? {} : { pressure: touch.force ?? usualPressure }),
    modifier_state,
  }));
}
