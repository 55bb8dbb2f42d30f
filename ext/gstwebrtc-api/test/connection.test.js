/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from "node:assert/strict";
import { beforeEach, describe, it, mock } from "node:test";

import { FakeSocket, FakeStream, becomeReady, connect, settle } from "./fakes.js";

const { default: GstWebRTCAPI } = await import("../src/index.js");

/** @param {string[]} seen */
function connectionListener(seen) {
  return {
    connected: (/** @type {string} */ id) => seen.push(`connected ${id}`),
    disconnected: () => seen.push("disconnected"),
  };
}

/** @param {string[]} seen */
function peerListener(seen) {
  const note = (/** @type {string} */ what) => (/** @type {any} */ peer) =>
    seen.push(`${what} ${peer.id} ${peer.meta.name ?? ""}`.trim());

  return {
    producerAdded: note("+producer"),
    producerRemoved: note("-producer"),
    producerChanged: note("~producer"),
    consumerAdded: note("+consumer"),
    consumerRemoved: note("-consumer"),
  };
}

const quiet = mock.method(console, "error", () => {});

beforeEach(() => {
  quiet.mock.resetCalls();
});

describe("configuration", () => {
  it("has defaults", () => {
    connect();
    assert.equal(FakeSocket.last.url, "ws://127.0.0.1:8443");
  });

  it("takes the user's keys, and no meta that is no object", () => {
    connect({ signalingServerUrl: "ws://server:1", meta: "x" });

    const socket = FakeSocket.last;
    socket.readyState = FakeSocket.OPEN;
    socket.receive({ type: "welcome", peerId: "me" });
    assert.equal(socket.url, "ws://server:1");
    assert.deepEqual(socket.take(), [
      { type: "setPeerStatus", roles: ["listener"], meta: null },
    ]);
  });

  it("ignores what is no object", () => {
    connect("nonsense");
    assert.equal(FakeSocket.last.url, "ws://127.0.0.1:8443");
  });

  it("offers the states of sessions", () => {
    assert.deepEqual(GstWebRTCAPI.SessionState, {
      idle: 0,
      connecting: 1,
      streaming: 2,
      closed: 3,
    });
  });
});

describe("connection", () => {
  it("is ready when the server lists us as a listener", () => {
    /** @type {string[]} */
    const seen = [];
    const api = connect({ meta: { name: "page" } });
    const socket = FakeSocket.last;

    assert.ok(api.registerConnectionListener(connectionListener(seen)));
    socket.readyState = FakeSocket.OPEN;
    socket.receive({ type: "welcome", peerId: "me" });
    assert.deepEqual(socket.take(), [
      { type: "setPeerStatus", roles: ["listener"], meta: { name: "page" } },
    ]);
    assert.equal(api.createConsumerSession("p"), null);
    assert.deepEqual(seen, []);

    socket.receive({
      type: "peerStatusChanged",
      peerId: "me",
      roles: ["listener"],
      meta: { name: "page" },
    });
    assert.deepEqual(seen, ["connected me"]);
    assert.deepEqual(socket.take(), [
      { type: "list" },
      { type: "listConsumers" },
    ]);
  });

  it("refuses listeners without both functions", () => {
    const api = connect();

    assert.equal(api.registerConnectionListener({ connected() {} }), false);
    assert.equal(api.registerConnectionListener(null), false);
    assert.equal(api.registerPeerListener({ other() {} }), false);
  });

  it("registers once and unregisters", () => {
    /** @type {string[]} */
    const seen = [];
    const listener = connectionListener(seen);
    const api = connect();

    assert.ok(api.registerConnectionListener(listener));
    assert.ok(api.registerConnectionListener(listener));
    assert.ok(api.unregisterConnectionListener(listener));
    assert.equal(api.unregisterConnectionListener(listener), false);
    becomeReady();
    assert.deepEqual(seen, []);
  });

  it("survives a listener that throws", () => {
    /** @type {string[]} */
    const seen = [];
    const api = connect();

    api.registerConnectionListener({
      connected() {
        throw new Error("bug of the application");
      },
      disconnected() {},
    });
    api.registerConnectionListener(connectionListener(seen));
    becomeReady();
    assert.deepEqual(seen, ["connected me"]);
    assert.equal(quiet.mock.callCount(), 1);
  });

  it("is made again after the timeout, later each time, for ever", (t) => {
    t.mock.method(Math, "random", () => 0.5);
    t.mock.timers.enable({ apis: ["setTimeout"] });

    /** @type {string[]} */
    const seen = [];
    const api = connect({ reconnectionTimeout: 100 });
    api.registerConnectionListener(connectionListener(seen));
    becomeReady("first");
    FakeSocket.last.lose();
    assert.deepEqual(seen, ["connected first", "disconnected"]);
    t.mock.timers.tick(99);
    assert.equal(FakeSocket.all.length, 1);
    t.mock.timers.tick(1);
    assert.equal(FakeSocket.all.length, 2);

    FakeSocket.last.onerror({});
    t.mock.timers.tick(159);
    assert.equal(FakeSocket.all.length, 2);
    t.mock.timers.tick(1);
    assert.equal(FakeSocket.all.length, 3);
    becomeReady("second");
    assert.deepEqual(seen.slice(2), ["connected second"]);
  });

  it("is given up when the server does not answer", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    connect({ reconnectionTimeout: 1000 });
    t.mock.timers.tick(15000);
    assert.equal(FakeSocket.all[0].readyState, 3);
    t.mock.timers.tick(1200);
    assert.equal(FakeSocket.all.length, 2);
    becomeReady();
    t.mock.timers.tick(1e6);
    assert.equal(FakeSocket.all.length, 2);
  });

  it("stays away for long from a server that threw it out", (t) => {
    t.mock.method(Math, "random", () => 0.5);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    connect({ reconnectionTimeout: 100 });
    becomeReady().lose(1008);
    t.mock.timers.tick(29999);
    assert.equal(FakeSocket.all.length, 1);
    t.mock.timers.tick(1);
    assert.equal(FakeSocket.all.length, 2);
  });

  it("carries a token in its address", async () => {
    connect({ signalingServerUrl: "ws://server:1/?room=x", token: "a b&c" });
    assert.equal(FakeSocket.last.url, "ws://server:1/?room=x&access_token=a+b%26c");

    let asked = 0;
    connect({ token: async () => `fresh${++asked}`, reconnectionTimeout: 0 });
    await settle();
    assert.equal(FakeSocket.last.url, "ws://127.0.0.1:8443/?access_token=fresh1");
  });

  it("does not show the token when it fails", () => {
    connect({ token: "secret" });
    FakeSocket.last.onerror({});
    assert.equal(quiet.mock.callCount(), 1);
    assert.doesNotMatch(String(quiet.mock.calls[0].arguments), /secret/);
  });

  it("is tried again when there is no token", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });

    let tokens = 0;
    connect({
      reconnectionTimeout: 100,
      async token() {
        if (tokens++ === 0) {
          throw new Error("not logged in");
        }
        return "t";
      },
    });
    await settle();
    assert.equal(FakeSocket.all.length, 0);
    t.mock.timers.tick(200);
    await settle();
    assert.equal(FakeSocket.all.length, 1);
  });

  it("is not made again when that is switched off or closed", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });

    connect({ reconnectionTimeout: 0 });
    FakeSocket.last.lose();
    t.mock.timers.tick(1e6);
    assert.equal(FakeSocket.all.length, 1);

    const api = connect();
    becomeReady();
    api.close();
    t.mock.timers.tick(1e6);
    assert.equal(FakeSocket.all.length, 2);
  });

  it("ends all sessions with it", () => {
    const api = connect({ reconnectionTimeout: 0 });
    const socket = becomeReady();
    const consumer = api.createConsumerSession("p");
    const stream = new FakeStream();
    const producer = api.createProducerSession(/** @type {any} */ (stream));

    assert.ok(consumer && producer);
    assert.ok(consumer.connect());
    assert.ok(producer.start());
    socket.lose();
    assert.equal(consumer.state, 3);
    assert.equal(producer.state, 3);
    assert.ok(stream.tracks[0].stopped);
    assert.equal(api.createConsumerSession("p"), null);
  });

  it("reports what it cannot read and goes on", () => {
    const api = connect();
    const socket = becomeReady();

    for (const bad of [
      "{",
      "null",
      { type: "newThing" },
      { type: 3 },
      { type: "peerStatusChanged", peerId: "p" },
      { type: "list" },
      { type: "error", details: "not welcome" },
    ]) {
      quiet.mock.resetCalls();
      socket.receive(bad);
      assert.equal(quiet.mock.callCount(), 1, JSON.stringify(bad));
    }
    assert.ok(api.createConsumerSession("p"));
  });
});

describe("peers", () => {
  /** @type {string[]} */
  let seen;
  /** @type {InstanceType<typeof GstWebRTCAPI>} */
  let api;
  /** @type {FakeSocket} */
  let socket;

  beforeEach(() => {
    seen = [];
    api = connect({ reconnectionTimeout: 0 });
    api.registerPeerListener(peerListener(seen));
    socket = becomeReady();
  });

  it("come from the list, without ourselves", () => {
    socket.receive({
      type: "list",
      producers: [{ id: "p", meta: { name: "ball" } }, { id: "q" }, { id: "me" }],
    });
    assert.deepEqual(seen, ["+producer p ball", "+producer q"]);
    assert.deepEqual(api.getAvailableProducers(), [
      { id: "p", meta: { name: "ball" } },
      { id: "q", meta: {} },
    ]);
    assert.ok(Object.isFrozen(api.getAvailableProducers()[0].meta));
  });

  it("are told apart by a second list", () => {
    socket.receive({ type: "list", producers: [{ id: "p" }, { id: "q" }] });
    socket.receive({ type: "list", producers: [{ id: "q" }, { id: "r" }] });
    assert.deepEqual(seen.slice(2), ["-producer p", "+producer r"]);
  });

  it("come, change and go with their status", () => {
    for (const [roles, name] of [
      [["producer"], "a"],
      [["producer"], "a"],
      [["producer"], "b"],
      [["consumer"], "b"],
      [[], "b"],
    ]) {
      socket.receive({
        type: "peerStatusChanged",
        peerId: "p",
        roles,
        meta: { name },
      });
    }
    assert.deepEqual(seen, [
      "+producer p a",
      "~producer p b",
      "-producer p b",
      "+consumer p b",
      "-consumer p b",
    ]);
  });

  it("are gone with the connection", () => {
    socket.receive({ type: "list", producers: [{ id: "p" }] });
    socket.receive({ type: "listConsumers", consumers: [{ id: "c" }] });
    assert.equal(api.getAvailableConsumers().length, 1);
    socket.lose();
    assert.deepEqual(seen.slice(2), ["-producer p", "-consumer c"]);
    assert.deepEqual(api.getAvailableProducers(), []);
  });
});
