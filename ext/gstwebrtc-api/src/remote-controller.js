/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The consumer's end of a producer's control channel: takes what a person
 * does in a video element, or what the page asks for, to the producer, and
 * tells the page what comes back.
 */

import { emitError, toError } from "./events.js";
import { readKeyboardLayout } from "./keysyms.js";
import { keyEvent, mouseEvent, touchEvents, wheelEvent } from "./navigation.js";

const domEvents = Object.freeze([
  "wheel",
  "contextmenu",
  "mousemove",
  "mousedown",
  "mouseup",
  "touchstart",
  "touchmove",
  "touchend",
  "touchcancel",
  "keydown",
  "keyup",
]);

/**
 * Events: `error` (ErrorEvent), `closed`, `info` and `controlResponse`
 * (CustomEvent, detail is the message).
 */
export class RemoteController extends EventTarget {
  /** @type {RTCDataChannel | null} */
  #channel;
  #session;
  /** @type {HTMLVideoElement | null} */
  #video = null;
  #nextId = 0;
  #lastTouch = 0;

  /**
   * @param {RTCDataChannel} channel
   * @param {import("./consumer-session.js").ConsumerSession} session
   */
  constructor(channel, session) {
    super();
    this.#channel = channel;
    this.#session = session;
    channel.onmessage = ({ data }) => this.#onMessage(data);
    channel.onclose = () => this.close();
    channel.onerror = (event) => {
      const { error } = /** @type {RTCErrorEvent} */ (event);

      emitError(this, "error on the control channel", error ?? "unknown");
    };
  }

  /** Null once closed. */
  get rtcDataChannel() {
    return this.#channel;
  }

  get consumerSession() {
    return this.#session;
  }

  /** Null while there is none. */
  get videoElement() {
    return this.#video;
  }

  /**
   * From now on what a person does in this element goes to the producer. The
   * element can be focused then, as only so it hears of keys.
   *
   * @param {HTMLVideoElement | null} element null: in none
   */
  attachVideoElement(element) {
    const isVideo =
      typeof HTMLVideoElement !== "undefined" &&
      element instanceof HTMLVideoElement;

    if (element === this.#video || (element !== null && !isVideo)) {
      return;
    }
    this.#detach();
    if (element && this.#channel) {
      this.#video = element;
      element.setAttribute("tabindex", "0");
      for (const type of domEvents) {
        element.addEventListener(type, this.#onDomEvent, { passive: false });
      }
      readKeyboardLayout();
    }
  }

  /**
   * @param {object | string} request as the protocol has it, or its JSON
   * @returns {number} its number, which the answer will carry; -1 if it could
   *   not be sent
   */
  sendControlRequest(request) {
    try {
      if (!request || !["object", "string"].includes(typeof request)) {
        throw new Error("a request is an object or a string");
      }
      if (this.#channel?.readyState !== "open") {
        throw new Error("the control channel is not open");
      }
      this.#channel.send(JSON.stringify({ id: this.#nextId, request }));
      return this.#nextId++;
    } catch (error) {
      emitError(this, "cannot send the control request", toError(error));
      return -1;
    }
  }

  /** Lets go of the video element and closes the channel. */
  close() {
    const channel = this.#channel;

    if (!channel) {
      return;
    }
    this.#detach();
    this.#channel = null;
    channel.onmessage = channel.onclose = channel.onerror = null;
    channel.close();
    this.dispatchEvent(new Event("closed"));
  }

  #detach() {
    const video = this.#video;

    if (video) {
      this.#video = null;
      for (const type of domEvents) {
        video.removeEventListener(type, this.#onDomEvent);
      }
      video.removeAttribute("tabindex");
    }
  }

  /** @param {unknown} data */
  #onMessage(data) {
    try {
      const message = JSON.parse(String(data));

      if (message?.type === "InfoMessage") {
        this.dispatchEvent(new CustomEvent("info", { detail: message }));
      } else if (message?.type === "ControlResponseMessage") {
        this.dispatchEvent(
          new CustomEvent("controlResponse", { detail: message })
        );
      }
    } catch (error) {
      emitError(this, "cannot read a control message", error);
    }
  }

  #onDomEvent = (/** @type {Event} */ event) => {
    const video = this.#video;
    if (!video) {
      return;
    }

    event.preventDefault();
    switch (event.type) {
      case "contextmenu":
        break;
      case "wheel":
        this.#navigate(wheelEvent(/** @type {WheelEvent} */ (event), video));
        break;
      case "keydown":
      case "keyup":
        this.#navigate(keyEvent(/** @type {KeyboardEvent} */ (event)));
        break;
      case "mousemove":
      case "mousedown":
      case "mouseup":
        this.#onMouse(/** @type {MouseEvent} */ (event), video);
        break;
      default:
        this.#onTouch(/** @type {TouchEvent} */ (event), video);
        break;
    }
  };

  /**
   * @param {MouseEvent} event
   * @param {HTMLVideoElement} video
   */
  #onMouse(event, video) {
    if (event.type === "mousedown" && event.button === 0) {
      video.focus();
    }
    this.#navigate(mouseEvent(event, video));
  }

  /**
   * @param {TouchEvent} event
   * @param {HTMLVideoElement} video
   */
  #onTouch(event, video) {
    const fingers = touchEvents(event, video);

    for (const finger of fingers) {
      this.#navigate(finger);
    }
    /* what happened at one time is one frame */
    if (event.timeStamp > this.#lastTouch) {
      this.#lastTouch = event.timeStamp;
      const [{ modifier_state } = { modifier_state: "" }] = fingers;
      this.#navigate({ event: "TouchFrame", modifier_state });
    }
  }

  /** @param {import("./navigation.js").NavigationEvent} event */
  #navigate(event) {
    /* a hand is faster than a channel that is still being opened */
    if (this.#channel?.readyState === "open") {
      this.sendControlRequest({ type: "navigationEvent", event });
    }
  }
}
