/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A consumer session whose path to the producer fails begins anew.
 */

import assert from "node:assert/strict";
import { beforeEach, describe, it, mock } from "node:test";

import {
  FakeConnection,
  FakeDataChannel,
  FakeSocket,
  FakeStream,
  becomeReady,
  connect,
  record,
  settle,
} from "./fakes.js";

const patience = 15000;
const events = [
  "error",
  "stateChanged",
  "recoveringChanged",
  "streamsChanged",
  "remoteControllerChanged",
  "closed",
];

/** @type {ReturnType<typeof connect>} */
let api;
/** @type {FakeSocket} */
let socket;
/** @type {any} */
let session;
/** @type {string[]} */
let seen;

mock.method(console, "error", () => {});

/** @param {string} sessionId */
async function bringUp(sessionId) {
  socket.receive({ type: "sessionStarted", peerId: "p", sessionId });
  socket.receive({
    type: "peer",
    sessionId,
    sdp: { type: "offer", sdp: sessionId },
  });
  await settle();
  FakeConnection.last.ontrack({ track: {}, streams: [new FakeStream()] });
  FakeConnection.last.become("connected");
  socket.take();
}

beforeEach(async (t) => {
  const { mock: mocked } = /** @type {import("node:test").TestContext} */ (t);

  mocked.timers.enable({ apis: ["setTimeout"] });
  mocked.method(Math, "random", () => 0.5);
  api = connect({ sessionRetries: 2, reconnectionTimeout: 100 });
  socket = becomeReady("me", { resumeToken: "one", resumeTimeout: 30 });
  session = api.createConsumerSession("p");
  session.connect();
  await bringUp("first");
  seen = record(session, events);
});

describe("a path that fails", () => {
  it("is replaced by another session with the same producer", async () => {
    const before = FakeConnection.last;
    const [stream] = session.streams;

    before.become("disconnected");
    assert.deepEqual(seen, []);
    before.become("failed");
    assert.deepEqual(socket.take(), [
      { type: "endSession", sessionId: "first" },
      { type: "startSession", peerId: "p" },
    ]);
    assert.ok(before.closed);
    assert.ok(session.recovering);
    assert.equal(session.state, 2);

    await bringUp("second");
    assert.equal(session.sessionId, "second");
    assert.equal(session.recovering, false);
    assert.notEqual(session.streams[0], stream);
    assert.equal(session.rtcPeerConnection, FakeConnection.last);
    assert.deepEqual(seen, [
      "recoveringChanged",
      "streamsChanged",
      "recoveringChanged",
    ]);
  });

  it("may fail again after it was found", async () => {
    for (const sessionId of ["a", "b", "c", "d"]) {
      FakeConnection.last.become("failed");
      await bringUp(sessionId);
    }
    assert.equal(session.state, 2);
    assert.equal(session.sessionId, "d");
  });

  it("ends the session when nothing helps", (t) => {
    FakeConnection.last.become("failed");
    socket.take();
    t.mock.timers.tick(patience);
    assert.deepEqual(socket.take(), [{ type: "startSession", peerId: "p" }]);
    t.mock.timers.tick(patience);
    assert.equal(session.state, 3);
    assert.equal(session.recovering, false);
    assert.deepEqual(seen, [
      "recoveringChanged",
      "error: connection failed",
      "recoveringChanged",
      "stateChanged",
      "closed",
    ]);
  });

  it("takes the remote controller with it, and brings another", async () => {
    const first = new FakeDataChannel("control");
    FakeConnection.last.ondatachannel({ channel: first });
    const { remoteController } = session;
    assert.equal(remoteController.rtcDataChannel, first);

    FakeConnection.last.become("failed");
    assert.equal(session.remoteController, null);
    assert.equal(remoteController.rtcDataChannel, null);

    await bringUp("second");
    FakeConnection.last.ondatachannel({ channel: new FakeDataChannel("control") });
    assert.ok(session.remoteController);
    assert.notEqual(session.remoteController, remoteController);
  });

  it("waits for the server when that is lost, too", async (t) => {
    socket.lose();
    FakeConnection.last.become("failed");
    assert.ok(session.recovering);
    for (let i = 0; i < 9; i++) {
      t.mock.timers.tick(patience);
      FakeSocket.last.onerror({});
    }
    /* which costs no attempt */
    assert.equal(session.state, 2);
    t.mock.timers.tick(40000);
    socket = FakeSocket.last;
    socket.readyState = FakeSocket.OPEN;
    socket.receive({ type: "welcome", peerId: "other", resumeToken: "two" });
    socket.take();
    socket.receive({
      type: "welcome",
      peerId: "other",
      resumeToken: "two",
      resumed: false,
    });
    socket.receive({
      type: "peerStatusChanged",
      peerId: "other",
      roles: ["listener"],
    });
    assert.equal(session.state, 2);
    assert.deepEqual(
      socket.take().map(({ type }) => type),
      ["startSession", "list", "listConsumers"]
    );
    await bringUp("second");
    assert.equal(session.recovering, false);
  });

  it("is not sought for a session that is closed meanwhile", (t) => {
    FakeConnection.last.become("failed");
    session.close();
    socket.take();
    t.mock.timers.tick(10 * patience);
    assert.deepEqual(socket.take(), []);
    assert.deepEqual(seen.at(-1), "closed");
  });

  it("that was never found ends the session", async () => {
    const other = api.createConsumerSession("q");
    assert.ok(other);
    assert.ok(other.connect());
    const errors = record(other, ["error", "closed"]);

    socket.receive({ type: "sessionStarted", peerId: "q", sessionId: "x" });
    socket.receive({ type: "peer", sessionId: "x", sdp: { type: "offer" } });
    await settle();
    FakeConnection.last.ontrack({ track: {}, streams: [new FakeStream()] });
    FakeConnection.last.become("failed");
    assert.deepEqual(errors, ["error: connection failed", "closed"]);
  });
});
