/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Messages that were on their way when the connection was lost.
 */

import assert from "node:assert/strict";
import { beforeEach, describe, it, mock } from "node:test";

import { SentLog } from "../src/sent-log.js";
import {
  FakeConnection,
  FakeSocket,
  becomeReady,
  connect,
  settle,
} from "./fakes.js";

const delay = 100;

/** @type {FakeSocket} */
let socket;

mock.method(console, "error", () => {});

/** A consumer session that has just answered */
async function watch() {
  const api = connect({ reconnectionTimeout: delay });

  socket = becomeReady("me", { resumeToken: "one", resumeTimeout: 30 });
  socket.receive({ type: "list", producers: [{ id: "p" }] });
  assert.ok(api.createConsumerSession("p")?.connect());
  socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
  socket.receive({
    type: "peer",
    sessionId: "s",
    sdp: { type: "offer", sdp: "theirs" },
  });
  await settle();
}

/**
 * @param {import("node:test").TestContext} t
 * @param {number} [received] how many of our messages came before the loss
 * @returns {string[]} what is said after that
 */
function comeBack(t, received) {
  t.mock.timers.tick(delay);
  socket = FakeSocket.last;
  socket.readyState = FakeSocket.OPEN;
  socket.receive({ type: "welcome", peerId: "x", resumeToken: "two" });
  socket.take();
  socket.receive({
    type: "welcome",
    peerId: "me",
    resumeToken: "three",
    resumeTimeout: 30,
    resumed: true,
    sessions: ["s"],
    received,
  });
  return socket.take().map(({ type, ice }) => ice?.candidate ?? type);
}

describe("what was on its way at a loss", () => {
  beforeEach((t) => {
    const { mock: mocked } = /** @type {import("node:test").TestContext} */ (t);

    mocked.timers.enable({ apis: ["setTimeout"] });
    mocked.method(Math, "random", () => 0.5);
  });

  it("is said again, before what was said meanwhile", async (t) => {
    await watch();
    FakeConnection.last.gather("arrived");
    FakeConnection.last.gather("lost");
    socket.lose();
    FakeConnection.last.gather("while away");
    /* setPeerStatus, two lists, startSession, an answer and a candidate */
    assert.deepEqual(comeBack(t, 6), [
      "lost",
      "while away",
      "list",
      "listConsumers",
    ]);

    /* and on that connection: setPeerStatus, two candidates and a list */
    FakeConnection.last.gather("lost as well");
    socket.lose();
    assert.deepEqual(comeBack(t, 4), ["lost as well", "list", "listConsumers"]);
  });

  it("is not said again to a server that does not count", async (t) => {
    await watch();
    FakeConnection.last.gather("lost");
    socket.lose();
    assert.deepEqual(comeBack(t), ["list", "listConsumers"]);
  });
});

describe("a log of what was sent", () => {
  /** @param {number} arrived */
  const missingOf300 = (arrived) => {
    const log = new SentLog();

    for (let i = 0; i < 300; i++) {
      log.add({ type: "endSession", sessionId: `${i}` });
    }
    return log
      .missing(arrived)
      .map((message) => "sessionId" in message && Number(message.sessionId));
  };

  it("has an end", () => {
    assert.equal(missingOf300(0).length, 128);
    assert.equal(missingOf300(0)[0], 300 - 128);
    assert.deepEqual(missingOf300(298), [298, 299]);
    assert.deepEqual(missingOf300(300), []);
    assert.deepEqual(missingOf300(1000), []);
    assert.deepEqual(missingOf300(-1), []);
  });
});
