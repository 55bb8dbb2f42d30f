/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The original form: window.gstWebRTCAPI. Each test is a page of its own.
 */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";

import { FakeSocket, FakeStream, becomeReady, settle } from "./fakes.js";

const { defineSingleton } = await import("../src/singleton.js");

/** @type {any} */
let page;
/** @type {string[]} */
let seen;

mock.method(console, "error", () => {});

beforeEach(() => {
  page = new EventTarget();
  seen = [];
  Object.assign(globalThis, {
    window: page,
    document: Object.assign(new EventTarget(), { readyState: "loading" }),
  });
  defineSingleton();
});

afterEach(() => {
  /* it never stops by itself */
  page.gstWebRTCConfig = {};
  Reflect.deleteProperty(globalThis, "window");
  Reflect.deleteProperty(globalThis, "document");
});

function load() {
  Object.assign(document, { readyState: "interactive" });
  document.dispatchEvent(new Event("DOMContentLoaded"));
}

const listener = {
  connected: (/** @type {string} */ id) => seen.push(`connected ${id}`),
  disconnected: () => seen.push("disconnected"),
};

const producers = {
  producerAdded: (/** @type {any} */ { id }) => seen.push(`+${id}`),
  producerRemoved: (/** @type {any} */ { id }) => seen.push(`-${id}`),
};

describe("gstWebRTCAPI", () => {
  it("does not exist for pages that do not use it", async () => {
    load();
    await settle();
    assert.equal(FakeSocket.all.length, 0);
  });

  it("connects once the document is there, as it is configured", () => {
    page.gstWebRTCConfig = {
      signalingServerUrl: "ws://there:1",
      meta: { name: "page" },
      reconnectionTimeout: 0,
    };
    assert.equal(page.gstWebRTCAPI, page.gstWebRTCAPI);
    assert.ok(page.gstWebRTCAPI.registerConnectionListener(listener));
    assert.equal(FakeSocket.all.length, 0);
    load();
    assert.equal(FakeSocket.all.length, 1);
    assert.equal(FakeSocket.last.url, "ws://there:1");
    becomeReady();
    FakeSocket.last.lose();
    assert.deepEqual(seen, ["connected me", "disconnected"]);
  });

  it("connects when it is first used later", async () => {
    page.gstWebRTCConfig = { reconnectionTimeout: 0 };
    load();
    page.gstWebRTCAPI.registerConnectionListener(listener);
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(FakeSocket.last.url, "ws://127.0.0.1:8443");
    becomeReady();
    assert.deepEqual(seen, ["connected me"]);
    FakeSocket.last.lose();
  });

  it("tells of producers and makes sessions", () => {
    const api = page.gstWebRTCAPI;

    page.gstWebRTCConfig = { reconnectionTimeout: 0 };
    assert.deepEqual(api.getAvailableProducers(), []);
    assert.equal(api.createConsumerSession("p"), null);
    assert.ok(api.registerProducersListener(producers));
    assert.equal(api.registerProducersListener({ producerAdded() {} }), false);
    load();

    const socket = becomeReady();
    socket.receive({ type: "list", producers: [{ id: "p" }, { id: "q" }] });
    socket.receive({ type: "peerStatusChanged", peerId: "q", roles: [] });
    assert.deepEqual(seen, ["+p", "+q", "-q"]);
    assert.deepEqual(api.getAvailableProducers(), [{ id: "p", meta: {} }]);

    const session = api.createConsumerSession("p");
    assert.ok(session instanceof api.ConsumerSession);
    assert.ok(session instanceof api.WebRTCSession);
    assert.ok(session.connect());
    assert.equal(session.state, api.SessionState.connecting);
    const producer = api.createProducerSession(new FakeStream());
    assert.ok(producer instanceof api.ProducerSession);
    assert.ok(api.RemoteController && api.ClientSession);

    assert.ok(api.unregisterProducersListener(producers));
    assert.equal(api.unregisterProducersListener(producers), false);
    socket.lose();
    assert.equal(session.state, api.SessionState.closed);
    assert.deepEqual(seen.slice(3), []);
  });

  it("lets go of all listeners", () => {
    page.gstWebRTCConfig = { reconnectionTimeout: 0 };
    page.gstWebRTCAPI.registerConnectionListener(listener);
    page.gstWebRTCAPI.registerProducersListener(producers);
    page.gstWebRTCAPI.unregisterAllConnectionListeners();
    page.gstWebRTCAPI.unregisterAllProducersListeners();
    load();
    becomeReady().receive({ type: "list", producers: [{ id: "p" }] });
    assert.deepEqual(seen, []);
    FakeSocket.last.lose();
  });
});
