/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import {
  FakeConnection,
  FakeDataChannel,
  becomeReady,
  connect,
  record,
  settle,
} from "./fakes.js";
import { modifierState, toVideo } from "../src/navigation.js";

/** A video element of 400 x 300 with 10 px of padding, 10 px from the edge. */
class FakeVideo extends EventTarget {
  videoWidth = 1280;
  videoHeight = 720;
  offsetWidth = 420;
  offsetHeight = 320;
  clientWidth = 420;
  clientHeight = 320;
  clientLeft = 0;
  clientTop = 0;
  focused = 0;
  /** @type {Record<string, string>} */
  attributes = {};

  /** @param {string} name @param {string} value */
  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  /** @param {string} name */
  removeAttribute(name) {
    delete this.attributes[name];
  }

  getBoundingClientRect() {
    return { left: 10, top: 10, width: 420, height: 320 };
  }

  focus() {
    this.focused++;
  }
}

Object.assign(globalThis, {
  HTMLVideoElement: FakeVideo,
  getComputedStyle: () => ({
    paddingLeft: "10px",
    paddingTop: "10px",
    paddingRight: "10px",
    paddingBottom: "10px",
    objectFit: "contain",
  }),
});

/** @type {any} */
let session;
/** @type {any} */
let controller;
/** @type {FakeDataChannel} */
let channel;
/** @type {any} */
let video;

beforeEach(async () => {
  const api = connect();
  const socket = becomeReady();

  session = api.createConsumerSession("p");
  session.connect();
  socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
  socket.receive({ type: "peer", sessionId: "s", sdp: { type: "offer" } });
  await settle();
  channel = new FakeDataChannel("control");
  FakeConnection.last.ondatachannel({ channel });
  controller = session.remoteController;
  video = new FakeVideo();
});

/**
 * @param {string} type
 * @param {object} members
 * @returns {Event} as it was after its handlers
 */
function dispatch(type, members = {}) {
  const event = new Event(type, { cancelable: true });

  Object.entries({ buttons: 0, ...members }).forEach(([name, value]) =>
    Object.defineProperty(event, name, { value })
  );
  video.dispatchEvent(event);
  return event;
}

/** @returns {any[]} the navigation events that were sent */
function sentEvents() {
  return channel.take().map(({ request }) => {
    assert.equal(request.type, "navigationEvent");
    return request.event;
  });
}

describe("remote controller", () => {
  it("comes with the channel called control, and no other", () => {
    const seen = record(session, ["remoteControllerChanged"]);

    assert.equal(controller.consumerSession, session);
    assert.equal(controller.rtcDataChannel, channel);
    assert.equal(controller.videoElement, null);
    FakeConnection.last.ondatachannel({ channel: new FakeDataChannel("input") });
    assert.deepEqual(seen, []);
    assert.equal(session.remoteController, controller);

    FakeConnection.last.ondatachannel({ channel: new FakeDataChannel("control") });
    assert.notEqual(session.remoteController, controller);
    assert.equal(controller.rtcDataChannel, null);
    assert.deepEqual(seen, ["remoteControllerChanged"]);
  });

  it("numbers its requests", () => {
    const seen = record(controller, ["error"]);
    const request = { type: "customUpstreamEvent", structureName: "x" };

    assert.equal(controller.sendControlRequest(request), 0);
    assert.equal(controller.sendControlRequest('{"as":"text"}'), 1);
    assert.deepEqual(channel.take(), [
      { id: 0, request },
      { id: 1, request: '{"as":"text"}' },
    ]);
    assert.equal(controller.sendControlRequest(3), -1);
    assert.equal(controller.sendControlRequest(null), -1);
    channel.readyState = "closing";
    assert.equal(controller.sendControlRequest(request), -1);
    assert.deepEqual(channel.take(), []);
    assert.deepEqual(seen, Array(3).fill("error: cannot send the control request"));
  });

  it("tells what comes back", () => {
    /** @type {any[]} */
    const seen = [];

    for (const type of ["info", "controlResponse"]) {
      controller.addEventListener(type, (/** @type {any} */ { detail }) =>
        seen.push(detail)
      );
    }
    const errors = record(controller, ["error"]);
    const messages = [
      { type: "InfoMessage", mid: "0", info: { meta: {} } },
      { type: "ControlResponseMessage", id: 0, error: null },
    ];
    for (const message of [...messages, { type: "Else" }, null]) {
      channel.onmessage({ data: JSON.stringify(message) });
    }
    assert.deepEqual(seen, messages);
    channel.onmessage({ data: "{" });
    assert.deepEqual(errors, ["error: cannot read a control message"]);
  });

  it("closes with its session, and its channel", () => {
    const seen = record(controller, ["closed"]);

    controller.attachVideoElement(video);
    session.close();
    assert.deepEqual(seen, ["closed"]);
    assert.equal(channel.readyState, "closed");
    assert.equal(controller.videoElement, null);
    assert.deepEqual(video.attributes, {});
    assert.equal(session.remoteController, null);
    controller.attachVideoElement(video);
    assert.equal(controller.videoElement, null);
  });

  it("follows one element at a time", () => {
    const other = /** @type {any} */ (new FakeVideo());

    controller.attachVideoElement(video);
    controller.attachVideoElement({});
    controller.attachVideoElement(undefined);
    assert.equal(controller.videoElement, video);
    assert.deepEqual(video.attributes, { tabindex: "0" });

    controller.attachVideoElement(other);
    dispatch("mousemove", { clientX: 0, clientY: 0 });
    assert.deepEqual(channel.take(), []);
    assert.deepEqual(video.attributes, {});
    controller.attachVideoElement(null);
    assert.equal(controller.videoElement, null);
    assert.deepEqual(other.attributes, {});
  });
});

describe("what a person does in the video", () => {
  beforeEach(() => controller.attachVideoElement(video));

  it("moves, presses and releases", () => {
    const place = { clientX: 220, clientY: 170 };

    assert.ok(dispatch("mousemove", place).defaultPrevented);
    dispatch("mousedown", { ...place, button: 0, buttons: 1, shiftKey: true });
    dispatch("mouseup", { ...place, button: 2 });
    assert.deepEqual(sentEvents(), [
      { event: "MouseMove", x: 640, y: 360, modifier_state: "" },
      {
        event: "MouseButtonPress",
        button: 1,
        x: 640,
        y: 360,
        modifier_state: "shift-mask+button1-mask",
      },
      {
        event: "MouseButtonRelease",
        button: 3,
        x: 640,
        y: 360,
        modifier_state: "",
      },
    ]);
    assert.equal(video.focused, 1);
  });

  it("scrolls and opens no menu", () => {
    const place = { clientX: 20, clientY: 0, deltaX: 5, deltaY: -10 };

    assert.ok(dispatch("wheel", place).defaultPrevented);
    assert.ok(dispatch("contextmenu").defaultPrevented);
    assert.deepEqual(sentEvents(), [
      {
        event: "MouseScroll",
        x: 0,
        y: 0,
        delta_x: -5,
        delta_y: 10,
        modifier_state: "",
      },
    ]);
  });

  it("types", () => {
    const key = { key: "ф", code: "KeyA", ctrlKey: true, altKey: true };

    assert.ok(dispatch("keydown", key).defaultPrevented);
    dispatch("keyup", { key: "Escape", code: "Escape" });
    assert.deepEqual(sentEvents(), [
      {
        event: "KeyPress",
        key: "Cyrillic_ef",
        modifier_state: "mod1-mask+control-mask",
      },
      { event: "KeyRelease", key: "Escape", modifier_state: "" },
    ]);
  });

  it("touches, with a frame for what happens at one time", () => {
    const finger = (/** @type {number} */ identifier) => ({
      identifier,
      clientX: 220,
      clientY: 170,
      ...(identifier ? { force: 0.25 } : {}),
    });

    dispatch("touchstart", {
      changedTouches: [finger(0), finger(1)],
      timeStamp: 5,
    });
    dispatch("touchmove", { changedTouches: [finger(1)], timeStamp: 6 });
    dispatch("touchend", { changedTouches: [finger(1)], timeStamp: 6 });
    dispatch("touchcancel", { changedTouches: [finger(0)], timeStamp: 7 });
    const sent = sentEvents();
    assert.deepEqual(
      sent.map(({ event, identifier, pressure }) => [event, identifier, pressure]),
      [
        ["TouchDown", 0, 0.5],
        ["TouchDown", 1, 0.25],
        ["TouchFrame", undefined, undefined],
        ["TouchMotion", 1, 0.25],
        ["TouchFrame", undefined, undefined],
        ["TouchUp", 1, undefined],
        ["TouchUp", 0, undefined],
        ["TouchFrame", undefined, undefined],
      ]
    );
    assert.deepEqual([sent[0].x, sent[0].y], [640, 360]);
  });

  it("is lost without an error while the channel opens", () => {
    const seen = record(controller, ["error"]);

    channel.readyState = "connecting";
    dispatch("mousemove", { clientX: 0, clientY: 0 });
    assert.deepEqual(channel.take(), []);
    assert.deepEqual(seen, []);
  });
});

describe("coordinates", () => {
  const hd = { width: 1280, height: 720 };
  const box = { left: 0, top: 0, width: 400, height: 300 };
  /* contain: 400 x 225 with 37.5 above */
  for (const [x, y, expected, fit] of /** @type {[number, number, number[], string?][]} */ ([
    [200, 150, [640, 360]],
    [0, 37.5, [0, 0]],
    [400, 262.5, [1280, 720]],
    [200, 10, [640, 0]],
    [-50, 400, [0, 720]],
    [100, 150, [320, 360]],
    [0, 0, [0, 0], "fill"],
    [100, 75, [320, 180], "fill"],
    [200, 0, [640, 0], "cover"],
    [0, 150, [160, 360], "cover"],
    [201, 151, [641, 361], "none"],
    [200, 150, [640, 360], "scale-down"],
  ])) {
    it(`${x}, ${y} ${fit ?? ""} is ${expected}`, () => {
      const point = toVideo({ x, y }, box, hd, fit);

      assert.deepEqual([point.x, point.y].map(Math.round), expected);
    });
  }

  it("are 0, 0 without a picture", () => {
    assert.deepEqual(toVideo({ x: 9, y: 9 }, box, { width: 0, height: 0 }), {
      x: 0,
      y: 0,
    });
  });

  it("leave out the padding", () => {
    const padded = { left: 10, top: 20, width: 640, height: 360 };

    assert.deepEqual(toVideo({ x: 10, y: 20 }, padded, hd), { x: 0, y: 0 });
    assert.deepEqual(toVideo({ x: 330, y: 200 }, padded, hd), { x: 640, y: 360 });
  });
});

describe("modifiers", () => {
  it("are joined in one order", () => {
    const all = { shiftKey: true, metaKey: true, ctrlKey: true, altKey: true };

    assert.equal(
      modifierState({ ...all, buttons: 31 }),
      "mod1-mask+control-mask+meta-mask+shift-mask+" +
        "button1-mask+button2-mask+button3-mask+button4-mask+button5-mask"
    );
    assert.equal(modifierState({}), "");
  });
});
